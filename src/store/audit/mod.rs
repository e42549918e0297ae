//! The audit: a chain of entries, its one writer, and what clients read of it.

pub mod chain;
mod compaction;
pub mod disclosures;
pub(super) mod file;
pub mod log;
mod lookups;
pub(super) mod outbox;
pub(super) mod people;
pub(super) mod rows;
pub mod writer;
