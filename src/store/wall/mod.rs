//! The second wall: on PostgreSQL the server connects as a role that owns nothing, and row level security shows it what the
//! viewer who opened the transaction may see. `migrations/postgres/*wall*` says how.

mod opening;
mod role;
mod statistics;

pub(super) use opening::{Granted, speak_for};
pub use role::{rows_seen_unopened, server_address};
pub(super) use statistics::statistics;
