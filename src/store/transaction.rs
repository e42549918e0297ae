//! Transactions: a request's, which is rolled back unless it is committed, and those of work outside policy.

use super::audit;
use super::connection::{Address, AnyConnection, Manager, Pooled};
use super::errors::{Result, StoreError};
use super::migrations;
use super::visibility;
use crate::domain::audit::{AuditEvent, AuditRecord};
use diesel::connection::TransactionManager;
use diesel::r2d2::Pool;

type Transactions = <AnyConnection as diesel::Connection>::TransactionManager;

/// Work that no agreement limits: administration, imports and the demo. All of it is kept with its audit entry, and makes
/// every answer stale that is under way; or nothing is, and that it was tried is on record.
pub fn outside_policy<T, E: From<StoreError>>(
    address: &Address,
    event: AuditEvent,
    detail: &str,
    work: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, E> {
    let record = AuditRecord::of_change(event, detail);
    outside_policy_with(address, record.clone(), |connection| Ok((work(connection)?, vec![record])))
}

/// The same for work that only knows at its end what is to be put on record of it; `tried` is, where nothing is kept.
pub fn outside_policy_with<T, E: From<StoreError>>(
    address: &Address,
    tried: AuditRecord,
    work: impl FnOnce(&mut AnyConnection) -> Result<(T, Vec<AuditRecord>), E>,
) -> Result<T, E> {
    let mut connection = address.connect(false)?;
    migrations::check(&mut connection)?;
    let mut begun = false;
    let done = in_transaction(&mut connection, |connection| {
        let (head, _) = audit::lock(connection)?;
        begun = true;
        let (value, records) = work(connection)?;
        visibility::keep(connection)?;
        audit::raise_policy_epoch(connection)?;
        audit::append(connection, head, records)?;
        Ok(value)
    });
    if done.is_err() && begun {
        let tried = AuditRecord { outcome: "NOT_KEPT".to_owned(), ..tried };
        in_transaction::<_, StoreError>(&mut connection, |connection| {
            let (head, _) = audit::lock(connection)?;
            audit::append(connection, head, vec![tried])
        })?;
    }
    done
}

/// A transaction that is kept where the work succeeds. Its first statement must write: SQLite cannot wait for its write lock
/// later.
pub(super) fn in_transaction<T, E: From<StoreError>>(
    connection: &mut AnyConnection,
    work: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, E> {
    Transactions::begin_transaction(connection).map_err(StoreError::from)?;
    let done = work(connection);
    let ended = match done {
        Ok(_) => Transactions::commit_transaction(connection),
        Err(_) => Transactions::rollback_transaction(connection),
    };
    let value = done?;
    ended.map_err(StoreError::from)?;
    Ok(value)
}

/// A transaction that is rolled back when it is dropped.
pub(super) struct OpenTransaction {
    pooled: Pooled,
    committed: bool,
}

impl OpenTransaction {
    /// Begins a transaction on a connection of a pool.
    pub fn begin(pool: &Pool<Manager>) -> Result<Self> {
        let mut pooled = pool.get().map_err(|error| StoreError::Unreachable(error.to_string()))?;
        Transactions::begin_transaction(&mut *pooled)?;
        Ok(Self { pooled, committed: false })
    }

    /// The connection.
    pub fn connection(&mut self) -> &mut AnyConnection {
        &mut self.pooled
    }

    /// Keeps what was changed.
    pub fn commit(&mut self) -> Result<()> {
        Transactions::commit_transaction(&mut *self.pooled)?;
        self.committed = true;
        Ok(())
    }
}

impl Drop for OpenTransaction {
    fn drop(&mut self) {
        if self.committed {
            return;
        }
        if let Err(error) = Transactions::rollback_transaction(self.connection()) {
            tracing::warn!(%error, "a read could not be closed");
        }
    }
}
