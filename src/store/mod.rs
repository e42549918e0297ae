//! The databases: tables, statements, and the one way to a connection.

pub mod administration;
pub mod agencies;
pub mod agreements;
pub mod audit;
mod audit_file;
pub mod audit_log;
pub mod cases;
pub mod changes;
pub mod claim;
mod codes;
mod conditions;
#[allow(missing_docs, reason = "derived code")]
pub mod connection;
mod cover;
mod dimensions;
pub mod emergency;
mod erasure;
pub mod errors;
mod figure_filter;
pub mod individual_order;
pub mod individuals;
pub mod insert;
pub mod items;
pub mod migrations;
mod narrow;
mod outbox;
pub mod page;
pub mod past;
pub mod places;
mod policy_epoch;
pub mod population_figures;
pub mod preview;
pub mod programmes;
pub mod recorder;
pub mod register;
pub mod retention;
pub mod snapshot;
pub mod statistics;
pub mod tables;
mod text;
pub mod trace;
pub mod transaction;
pub mod wall;

pub use claim::{Claim, ReadError, Refusal};
pub use errors::{Result, StoreError};
pub use snapshot::{Snapshot, Store};
