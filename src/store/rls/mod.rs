//! Row level security: on PostgreSQL the server connects as a role that owns nothing, and the database shows it what the
//! viewer who opened the transaction may see. `migrations/postgres/*wall*` says how, and
//! `rendered/postgres.sql` what follows from the ledger.

mod opening;
mod role;

pub(super) use opening::{Granted, speak_for};
pub use role::{is_owners, rows_seen_unopened, server_address};
