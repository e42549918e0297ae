//! The commands of `panoh`.

mod administration;
mod audit;
mod bounded;
mod demo;
mod doctor;
mod import;
mod output;
mod retention;
mod secret;
mod serve;
mod statistics;

use self::output::say;
use crate::http::StartError;
use crate::store::StoreError;
use crate::store::agency::administration::AdministrationError;
use crate::store::database::connection::Address;
use crate::store::migrations;
use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};
use std::net::IpAddr;
use std::path::PathBuf;

/// Agencies share refugee caseload and programme data, each seeing exactly what its agreements allow.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make the Tajikistan demo if it is not there yet, print one key a client, and serve it
    Demo {
        #[command(flatten)]
        database: Database,
        #[command(flatten)]
        serving: Serving,
        /// Write the clients' keys to this file too, as JSON
        #[arg(long, env = "PANOH_KEYS", value_name = "FILE")]
        keys: Option<PathBuf>,
        /// How many people to make
        #[arg(long, env = "PANOH_PEOPLE", default_value_t = 1_500, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
        people: u32,
        /// The day that the demo's dates are counted from [default: today]
        #[arg(long, env = "PANOH_AS_OF", value_name = "YYYY-MM-DD")]
        as_of: Option<NaiveDate>,
    },
    /// Serve an existing database
    Serve {
        #[command(flatten)]
        database: Database,
        #[command(flatten)]
        serving: Serving,
    },
    /// Bring the database to this version's schema
    Migrate {
        #[command(flatten)]
        database: Database,
    },
    /// Print the GraphQL schema
    Schema,
    /// Administer agencies
    #[command(subcommand)]
    Agency(administration::Agency),
    /// Administer clients
    #[command(subcommand)]
    Client(administration::Client),
    /// Import a file, all of it or nothing
    Import(import::Import),
    /// Erase what is held of people past its period
    #[command(subcommand)]
    Retention(retention::Retention),
    /// Release statistics under agreements
    #[command(subcommand)]
    Statistics(statistics::Statistics),
    /// Check what is on record
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Check a deployment: its schema, row level security, coverage and audit; says what to mend
    Doctor(doctor::Doctor),
}

#[derive(Debug, Clone, Args)]
struct Database {
    /// The database: sqlite://FILE or postgres://…
    #[arg(
        long = "database",
        env = "PANOH_DATABASE",
        default_value = "sqlite://panoh.db",
        value_name = "URL",
        hide_env_values = true
    )]
    url: String,
}

impl Database {
    fn address(&self) -> Result<Address, StoreError> {
        self.url.parse()
    }
}

#[derive(Debug, Args)]
struct Serving {
    /// The address to listen on; port 0 takes any free one
    #[arg(long, env = "PANOH_LISTEN", default_value = "127.0.0.1:8000", value_name = "ADDRESS")]
    listen: String,
    /// An address for `GET /metrics`, without a key: one that only your monitoring reaches. Without it there are no metrics
    #[arg(long, env = "PANOH_METRICS_LISTEN", value_name = "ADDRESS")]
    metrics_listen: Option<String>,
    /// The file that holds the deployment's secret, 32 random bytes or more in hexadecimal
    #[arg(long, env = "PANOH_SECRET_KEY_FILE", value_name = "FILE")]
    secret_key_file: Option<PathBuf>,
    /// The most database connections
    #[arg(long, env = "PANOH_CONNECTIONS", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    connections: u32,
    /// A proxy whose X-Forwarded-For is believed, if it tells where requests come from; may be given several times
    #[arg(long = "trusted-proxy", env = "PANOH_TRUSTED_PROXIES", value_delimiter = ',', value_name = "IP")]
    trusted_proxies: Vec<IpAddr>,
}

/// Why a command failed, in words for the operator.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The server did not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The secret cannot be used.
    #[error(transparent)]
    Secret(#[from] secret::SecretError),
    /// The demo cannot be made.
    #[error(transparent)]
    Demo(#[from] crate::demo::DemoError),
    /// The import changed nothing.
    #[error(transparent)]
    Import(#[from] crate::import::ImportError),
    /// The agency or client cannot be added.
    #[error(transparent)]
    Administration(#[from] AdministrationError),
    /// The retention period cannot be set.
    #[error(transparent)]
    Retention(#[from] crate::store::retention::RetentionError),
    /// What was erased may still be in the database's file.
    #[error(
        "it is erased, but the file keeps traces until it is rewritten, which failed ({0}); \
         do so with `sqlite3 FILE 'VACUUM; PRAGMA wal_checkpoint(TRUNCATE)'`"
    )]
    NotRewritten(StoreError),
    /// No agreement has the reference, or it has no tables.
    #[error("no agreement that is in force and has statistics tables has the reference {0}")]
    NoAgreement(String),
    /// The audit's chain is broken.
    #[error("the audit is broken: {0}")]
    Audit(crate::store::audit::chain::Broken),
    /// Something is to be mended.
    #[error("{0} of the checks failed")]
    Unsound(usize),
    /// A file cannot be read or written.
    #[error("{path}: {cause}")]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        cause: std::io::Error,
    },
    /// What must be seen cannot be printed.
    #[error("the output cannot be written, and nothing was kept: {0}")]
    Output(std::io::Error),
    /// The server stopped.
    #[error("the server stopped: {0}")]
    Stopped(#[from] std::io::Error),
}

impl Cli {
    /// Runs the command.
    ///
    /// # Errors
    /// If the command cannot do its work, with the reason in words for the operator.
    pub fn run(self) -> Result<(), CliError> {
        match self.command {
            Command::Demo { database, serving, keys, people, as_of } => {
                demo::run(&database.address()?, &serving, keys, people, as_of)
            }
            Command::Serve { database, serving } => {
                let address = database.address()?;
                migrations::check(&mut address.connect(false)?)?;
                let secret = secret::read(&secret::path(&serving.secret_key_file, &address))?;
                serve::run(address, secret, &serving, |_| {})
            }
            Command::Migrate { database } => {
                let applied = migrations::migrate(&database.address()?)?;
                say!("{applied} migrations applied; the schema is this version's");
                Ok(())
            }
            Command::Schema => {
                output::print(format_args!("{}", crate::graphql::Api::default().sdl()));
                Ok(())
            }
            Command::Agency(command) => command.run(),
            Command::Client(command) => command.run(),
            Command::Import(command) => command.run(),
            Command::Retention(command) => command.run(),
            Command::Statistics(command) => command.run(),
            Command::Audit(command) => command.run(),
            Command::Doctor(command) => command.run(),
        }
    }
}
