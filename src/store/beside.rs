//! What goes on while work outside policy is done.

use super::database::connection::AnyConnection;
use super::database::errors::Result;
use super::database::policy_epoch;
use diesel::RunQueryDsl;

/// The key of the advisory lock under which PostgreSQL does work outside policy that excludes its like: "work" in ASCII.
const LOCK: i64 = 0x77_6f_72_6b;

/// What goes on while work outside policy is done, beside answers, which always do. SQLite lets nothing else change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Nothing: other such work waits, and so does whoever changes what decides access.
    Nothing,
    /// What changes who may see what: the work reads nothing of it before its end.
    Changes,
    /// Imports: the work is short and reads nothing that they bring.
    Imports,
}

impl Beside {
    /// Keeps out what does not go on beside the work, until its transaction ends. Whoever waits for several locks waits in this
    /// order: other work, the policy's epoch, the chain.
    pub(super) fn exclude(self, connection: &mut AnyConnection) -> Result<()> {
        if let (AnyConnection::Postgresql(postgres), Self::Nothing | Self::Changes) = (&mut *connection, self) {
            diesel::sql_query(format!("SELECT pg_advisory_xact_lock({LOCK})")).execute(postgres)?;
        }
        match (connection, self) {
            (AnyConnection::Postgresql(_), Self::Changes) => Ok(()),
            (connection, _) => policy_epoch::hold(connection).map(|_| ()),
        }
    }
}
