//! Row level security: on PostgreSQL the server connects as a role that owns nothing, and the database shows it what the
//! viewer who opened the transaction may see. `rendered/definitions/postgres.sql` says what a client is granted, and
//! `rendered/ledger.rs` which rows that shows. The other functions of the schema `wall` are in `migrations/postgres`: the
//! last migration that makes one counts.

mod opening;
mod role;

pub(super) use opening::{Granted, speak_for};
pub use role::{is_owners, rows_seen_unopened, server_address};
