//! Imports of files, outside policy: all of a file or nothing.

mod agreements;
mod caseload;
mod consents;
mod data_finder;
mod demographics;
mod errors;
mod figures;
mod places;
mod population;
mod programmes;
mod report;
mod table;

use crate::domain::agency::Agency;
use crate::domain::{Id, vocabulary};
use crate::store::beside::Beside;
use crate::store::database::connection::AnyConnection;
use chrono::NaiveDate;
pub use errors::{ImportError, RowError, RowErrors};
use figures::Figures;
pub use report::Report;
use std::collections::{BTreeSet, HashMap};
use table::Table;

vocabulary! {
    /// What a file holds.
    Kind {
        /// OCHA's P-codes (CSV).
        Places = "places",
        /// UNHCR Refugee Data Finder: population, solutions or demographics (CSV).
        Population = "population",
        /// Cases and individuals (CSV of our own).
        Caseload = "caseload",
        /// IATI 2.0x activities (XML).
        Programmes = "programmes",
        /// Data-sharing agreements (CSV of our own).
        Agreements = "agreements",
        /// Consents, refusals and withdrawals (CSV of our own).
        Consents = "consents",
    }
}

impl Kind {
    /// The most bytes of a file. XML is held as a tree, which takes several times as much; IATI's own registry takes files
    /// of at most 60 MB.
    pub fn max_bytes(self) -> u64 {
        match self {
            Self::Programmes => 60_000_000,
            Self::Places | Self::Population | Self::Caseload | Self::Agreements | Self::Consents => 256_000_000,
        }
    }

    /// What goes on while a file is imported. Consents and agreements are held against those that clients change.
    pub fn beside(self) -> Beside {
        match self {
            Self::Agreements | Self::Consents => Beside::Nothing,
            Self::Places | Self::Population | Self::Caseload | Self::Programmes => Beside::Changes,
        }
    }
}

/// How a file is imported.
#[derive(Debug, Clone)]
pub struct Options {
    /// The code of the agency that holds the caseload.
    pub holder: Option<String>,
    /// The code of the agency that leads the programmes.
    pub lead: Option<String>,
    /// The day on which dates are judged.
    pub today: NaiveDate,
}

/// A file with its header and two made-up rows, for the kinds whose format is our own.
pub fn template(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Caseload => Some(caseload::TEMPLATE),
        Kind::Agreements => Some(agreements::TEMPLATE),
        Kind::Consents => Some(consents::TEMPLATE),
        Kind::Places | Kind::Population | Kind::Programmes => None,
    }
}

/// A file as it is before any database is asked about it.
pub struct Content<'f>(Read<'f>);

enum Read<'f> {
    Places(Table<'f>),
    Population(Figures),
    Caseload(Table<'f>),
    Programmes(&'f [u8]),
    Agreements(Table<'f>),
    Consents(Table<'f>),
}

/// Reads a file, without a database.
///
/// # Errors
/// If the file as a whole is not what its kind should be, but for programmes, which `import` reads.
pub fn read<'f>(kind: Kind, file_name: &str, bytes: &'f [u8]) -> Result<Content<'f>, ImportError> {
    Ok(Content(match kind {
        Kind::Places => Read::Places(places::table(bytes)?),
        Kind::Population => Read::Population(population::read(file_name, bytes)?),
        Kind::Caseload => Read::Caseload(caseload::table(bytes)?),
        Kind::Programmes => Read::Programmes(bytes),
        Kind::Agreements => Read::Agreements(agreements::table(bytes)?),
        Kind::Consents => Read::Consents(consents::table(bytes)?),
    }))
}

impl Content<'_> {
    /// Imports it within the caller's transaction, which is to be undone if this fails.
    ///
    /// # Errors
    /// If an option, a row or a whole file of programmes is wrong, or the database fails.
    pub fn import(self, connection: &mut AnyConnection, options: &Options) -> Result<Report, ImportError> {
        match self.0 {
            Read::Places(table) => places::import(connection, table),
            Read::Population(figures) => figures.merge(connection),
            Read::Caseload(table) => caseload::import(connection, table, options),
            Read::Programmes(bytes) => programmes::import(connection, bytes, options),
            Read::Agreements(table) => agreements::import(connection, table),
            Read::Consents(table) => consents::import(connection, table, options),
        }
    }
}

/// The key of an agency that an option names.
fn agency_of(connection: &mut AnyConnection, option: &str, code: Option<&String>) -> Result<Id<Agency>, ImportError> {
    let code = code.ok_or_else(|| ImportError::Option(format!("give {option} CODE, the code of an agency")))?;
    let agencies = crate::store::agency::by_code(connection)?;
    let found = agencies.get(code).map(|agency| agency.id);
    found.ok_or_else(|| ImportError::Option(format!("{option}: {}", no_such_agency(&agencies))))
}

/// What is said of the code of an agency that there is not.
fn no_such_agency(agencies: &HashMap<String, Agency>) -> String {
    let codes: BTreeSet<&str> = agencies.keys().map(String::as_str).collect();
    format!("there is no such agency; there are {}", codes.into_iter().collect::<Vec<_>>().join(", "))
}
