//! `panoh agency` and `panoh client`.

use super::{
    CliError, Database,
    output::{say, try_print},
};
use crate::domain::Vocabulary;
use crate::domain::audit::AuditEvent;
use crate::domain::client::Role;
use crate::domain::country::CountryCode;
use crate::domain::purpose::Purpose;
use crate::store::StoreError;
use crate::store::agency::administration::{add_agency, add_client, disable_client, list_clients};
use crate::store::agency::by_code;
use crate::store::beside::Beside;
use crate::store::database::connection::AnyConnection;
use crate::store::migrations;
use crate::store::outside_policy::outside_policy_beside;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum Agency {
    /// Add an agency
    Add {
        #[command(flatten)]
        database: Database,
        /// Its code: 2 to 32 of a-z, 0-9 and -
        #[arg(long)]
        code: String,
        /// Its full name
        #[arg(long)]
        name: String,
        /// The state that it acts for, ISO 3166-1 alpha-3
        #[arg(long)]
        country: Option<CountryCode>,
    },
    /// List all agencies: code, state, name
    List {
        #[command(flatten)]
        database: Database,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum Client {
    /// Add a client; its key alone goes to standard output, this once
    Add {
        #[command(flatten)]
        database: Database,
        /// The code of its agency
        #[arg(long)]
        agency: String,
        /// READER, CASEWORKER or DATA_OFFICER
        #[arg(long)]
        role: Role,
        /// A purpose that it is registered for; the first is its default: CASE_MANAGEMENT, PROGRAMME_DELIVERY, RESETTLEMENT,
        /// PROTECTION_ADVOCACY, VOLUNTARY_REPATRIATION or STATISTICS
        #[arg(long = "purpose", required = true, num_args = 1..)]
        purposes: Vec<Purpose>,
        /// A name to tell it from others [default: the agency's code and the role]
        #[arg(long)]
        name: Option<String>,
    },
    /// List all clients: agency, role, default purpose, name
    List {
        #[command(flatten)]
        database: Database,
    },
    /// Accept a client's key no more, from the next request on
    Disable {
        #[command(flatten)]
        database: Database,
        /// The code of its agency
        #[arg(long)]
        agency: String,
        /// Its name
        #[arg(long)]
        name: String,
    },
}

impl Agency {
    pub(super) fn run(self) -> Result<(), CliError> {
        match self {
            Self::Add { database, code, name, country } => {
                administer(&database, "agency added", |connection| add_agency(connection, &code, &name, country))?;
                eprintln!("added {code}");
            }
            Self::List { database } => {
                let mut agencies: Vec<_> = by_code(&mut reading(&database)?)?.into_values().collect();
                agencies.sort_by(|left, right| left.code.cmp(&right.code));
                for agency in agencies {
                    let country = agency.country.map_or_else(|| "-".to_owned(), |country| country.to_string());
                    say!("{:<16} {country:<4} {}", agency.code, agency.name);
                }
            }
        }
        Ok(())
    }
}

impl Client {
    pub(super) fn run(self) -> Result<(), CliError> {
        match self {
            Self::Add { database, agency, role, purposes, name } => {
                let name = name.unwrap_or_else(|| format!("{agency} {role}"));
                // A client whose key nobody got is not kept.
                administer(&database, "client added", |connection| -> Result<(), CliError> {
                    let key = add_client(connection, &agency, role, &name, &purposes)?;
                    try_print(format_args!("{key}\n")).map_err(CliError::Output)
                })?;
            }
            Self::List { database } => {
                for client in list_clients(&mut reading(&database)?)? {
                    let (role, purpose) = (client.role.code(), client.purpose.code());
                    let state = if client.enabled { "" } else { "disabled" };
                    say!("{:<16} {role:<13} {purpose:<24} {} {state}", client.agency, client.name);
                }
            }
            Self::Disable { database, agency, name } => {
                administer(&database, "client disabled", |connection| disable_client(connection, &agency, &name))?;
                eprintln!("{name}'s key is accepted no more");
            }
        }
        Ok(())
    }
}

/// Changes something of administration's, also while a file is imported.
pub(super) fn administer<T, E>(
    database: &Database,
    detail: &str,
    change: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, CliError>
where
    E: From<StoreError>,
    CliError: From<E>,
{
    let (address, event) = (database.address()?, AuditEvent::Administration);
    let done =
        outside_policy_beside(&address, Beside::Imports, event, detail, || Ok(()), |connection, ()| change(connection));
    Ok(done?)
}

/// A connection for what only reads.
pub(super) fn reading(database: &Database) -> Result<AnyConnection, CliError> {
    let mut connection = database.address()?.connect(false)?;
    migrations::check(&mut connection)?;
    Ok(connection)
}
