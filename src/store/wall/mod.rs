//! The second wall: on PostgreSQL the server connects as a role that owns nothing, and row level security shows it what the
//! viewer who opened the transaction may see. `migrations/postgres/*wall*` says how.

mod consents;
mod opening;
mod role;
mod statistics;

pub(super) use consents::newest_consent;
pub(super) use opening::Openings;
pub use role::server_address;
pub(super) use statistics::statistics;
