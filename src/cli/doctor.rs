//! `panoh doctor`: whether a deployment is as it should be.

use super::{CliError, Database, output::say, secret};
use crate::domain::audit::AuditEvent;
use crate::store::audit::chain;
use crate::store::database::connection::{Address, AnyConnection};
use crate::store::migrations;
use crate::store::outside_policy::outside_policy;
use crate::store::statistics::schedule::due;
use crate::store::visibility::{deviations, keep_anew, undecided};
use crate::store::{StoreError, rls};
use chrono::{Days, Utc};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Doctor {
    #[command(flatten)]
    database: Database,
    /// The file that holds the deployment's secret, to check the server's role on PostgreSQL
    #[arg(long, env = "PANOH_SECRET_KEY_FILE", value_name = "FILE")]
    secret_key_file: Option<PathBuf>,
    /// Compute everybody's coverage anew first; that is put on record
    #[arg(long)]
    mend_coverage: bool,
}

/// What a check found: what holds, or what to mend.
type Finding = Result<String, String>;

impl Doctor {
    pub(super) fn run(self) -> Result<(), CliError> {
        let address = self.database.address()?;
        let mut connection = address.connect(false)?;
        migrations::check(&mut connection)?;
        say!("ok: the schema is this version's");
        if self.mend_coverage {
            outside_policy::<_, StoreError>(&address, AuditEvent::Administration, "coverage computed anew", keep_anew)?;
        }
        let mut findings = vec![coverage(&mut connection)?, chain(&mut connection)?, releases(&mut connection)?];
        if let Address::Postgres(_) = address {
            findings.push(self.row_level_security(&address));
        }
        let mut to_mend = 0;
        for finding in findings {
            match finding {
                Ok(holds) => say!("ok: {holds}"),
                Err(mend) => {
                    to_mend += 1;
                    say!("mend: {mend}");
                }
            }
        }
        if to_mend == 0 { Ok(()) } else { Err(CliError::Unsound(to_mend)) }
    }

    /// The server's role must see nobody if nobody has opened a transaction.
    fn row_level_security(&self, address: &Address) -> Finding {
        let secret = secret::read(&secret::path(&self.secret_key_file, address))
            .map_err(|error| format!("the server's role cannot be checked without the secret: {error}"))?;
        let seen = rls::server_address(address, &secret).and_then(|server| rls::rows_seen_unopened(&server));
        match seen {
            Ok(0) => Ok("row level security binds the server's role, and shows it nobody by itself".to_owned()),
            Ok(rows) => Err(format!(
                "the server's role sees {rows} rows without a viewer: restore the policies of row level security from a fresh \
                 database that `panoh migrate` made"
            )),
            Err(error) => Err(error.to_string()),
        }
    }
}

fn coverage(connection: &mut AnyConnection) -> Result<Finding, StoreError> {
    let undecided = undecided(connection)?.len();
    if undecided > 0 {
        return Ok(Err(format!(
            "a server is still deciding whom {undecided} agreements cover that were proposed or signed just now: check again later"
        )));
    }
    let deviating = deviations(connection)?;
    Ok(match deviating.len() {
        0 => Ok("coverage is what agreements, consents and records make it".to_owned()),
        many => Err(format!(
            "{many} coverages were added, removed or changed by hand; `panoh doctor --mend-coverage` computes them anew. Find out \
             who had access to the database"
        )),
    })
}

/// A release that was due yesterday is overdue: whatever makes them does so each day.
fn releases(connection: &mut AnyConnection) -> Result<Finding, StoreError> {
    let yesterday = Utc::now().date_naive() - Days::new(1);
    let overdue: Vec<String> =
        due(connection, yesterday, None)?.into_iter().map(|due| due.agreement.reference).collect();
    Ok(match overdue.is_empty() {
        true => Ok("no release of statistics is overdue".to_owned()),
        false => Err(format!(
            "releases of statistics are overdue under {}; have `panoh statistics release` run each day, or `panoh serve` with \
             the owner's address",
            overdue.join(", ")
        )),
    })
}

fn chain(connection: &mut AnyConnection) -> Result<Finding, StoreError> {
    Ok(match chain::verify(connection, None)? {
        Ok(head) => Ok(format!("the audit's {} entries form an unbroken chain", head.sequence)),
        Err(broken) => Err(format!("the audit is broken: {broken}; compare it with a backup and a head that was kept")),
    })
}
