//! Databases, a server and clients for the tests.

pub mod app;
pub mod databases;
pub mod incidents;
pub mod oracle;
pub mod races;
pub mod recorded;
pub mod rides;
pub mod services;
pub mod world;

pub use app::TestApp;
pub use databases::{Database, Engine, each_engine};

use panoh::policy::ledger::{Erased, TABLES, Table};

/// The tables of what hangs on a person and does not go with it.
pub fn lists() -> impl Iterator<Item = &'static str> {
    let hangs_on = |table: &&Table| table.person == Some("individual_id") && table.erased != Erased::WithParent;
    TABLES.iter().filter(hangs_on).map(|table| table.name)
}

/// A deadline that no test meets.
pub fn soon() -> panoh::store::database::deadline::Deadline {
    panoh::store::database::deadline::Deadline::after(std::time::Duration::from_secs(600))
}
