//! The two databases: connections, transactions, tables, and until when a statement may run.

pub(super) mod attached;
pub(super) mod codes;
#[allow(missing_docs, reason = "derived code")]
pub mod connection;
pub mod deadline;
pub mod errors;
pub(super) mod files;
mod ids;
pub(super) mod insert;
mod interrupt;
pub mod page;
pub(super) mod policy_epoch;
pub mod pool;
pub(super) mod queue;
pub(super) mod size;
pub(super) mod stored;
pub mod tables;
pub(super) mod text;
pub mod transaction;
