//! `panoh agency` and `panoh client`.

use super::{CliError, Database};
use crate::domain::audit::AuditEvent;
use crate::domain::client::Role;
use crate::domain::country::CountryCode;
use crate::domain::purpose::Purpose;
use crate::store::administration::{AdministrationError, add_agency, add_client};
use crate::store::snapshot::outside_policy;
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
        /// A purpose that it is registered for; the first is its default
        #[arg(long = "purpose", required = true, num_args = 1..)]
        purposes: Vec<Purpose>,
        /// A name to tell it from others [default: the agency's code and the role]
        #[arg(long)]
        name: Option<String>,
    },
}

const EVENT: AuditEvent = AuditEvent::Administration;

impl Agency {
    pub(super) fn run(self) -> Result<(), CliError> {
        let Self::Add { database, code, name, country } = self;
        outside_policy::<_, AdministrationError>(&database.address()?, EVENT, "agency added", |connection| {
            add_agency(connection, &code, &name, country)
        })?;
        eprintln!("added {code}");
        Ok(())
    }
}

impl Client {
    pub(super) fn run(self) -> Result<(), CliError> {
        let Self::Add { database, agency, role, purposes, name } = self;
        let name = name.unwrap_or_else(|| format!("{agency} {role}"));
        let key =
            outside_policy::<_, AdministrationError>(&database.address()?, EVENT, "client added", |connection| {
                add_client(connection, &agency, role, &name, &purposes)
            })?;
        println!("{key}");
        Ok(())
    }
}
