//! Transactions: kept if the work succeeds, or rolled back unless they are committed.

use super::connection::AnyConnection;
use super::errors::{Result, StoreError};
use super::interrupt;
use super::pool::{Manager, Pooled, Use};
use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::r2d2::{Pool, R2D2Connection};

type Transactions = <AnyConnection as diesel::Connection>::TransactionManager;

/// A transaction that is kept if the work succeeds. Its first statement must write: SQLite cannot wait for its write lock
/// later.
pub(in crate::store) fn in_transaction<T, E: From<StoreError>>(
    connection: &mut AnyConnection,
    purpose: Use,
    work: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, E> {
    begin(connection, purpose)?;
    let done = work(connection);
    let ended = match done {
        Ok(_) => Transactions::commit_transaction(connection),
        Err(_) => Transactions::rollback_transaction(connection),
    };
    let value = done?;
    ended.map_err(StoreError::from)?;
    Ok(value)
}

/// Begins a part of a transaction, which [`end_part`] ends.
pub(in crate::store) fn begin_part(connection: &mut AnyConnection) -> Result<()> {
    Ok(Transactions::begin_transaction(connection)?)
}

/// Ends a part of a transaction: it is kept with the rest, or undone alone.
pub(in crate::store) fn end_part(connection: &mut AnyConnection, is_kept: bool) -> Result<()> {
    Ok(match is_kept {
        true => Transactions::commit_transaction(connection),
        false => Transactions::rollback_transaction(connection),
    }?)
}

fn begin(connection: &mut AnyConnection, purpose: Use) -> Result<()> {
    Ok(match connection {
        AnyConnection::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction(sqlite),
        AnyConnection::Postgresql(postgres) => {
            AnsiTransactionManager::begin_transaction_sql(postgres, &purpose.beginning())
        }
    }?)
}

/// A transaction that is rolled back when it is dropped.
pub(in crate::store) struct OpenTransaction {
    pooled: Pooled,
    committed: bool,
}

impl OpenTransaction {
    /// Begins a transaction on a connection of a pool.
    ///
    /// # Errors
    /// If no connection becomes free in time, or the database fails.
    pub fn begin(pool: &Pool<Manager>, purpose: Use) -> Result<Self> {
        // Those that broke while nobody used them are as many as there are, at most; each leaves the pool.
        for _ in 0..pool.max_size() {
            let mut pooled = pool.get().map_err(|error| StoreError::Unreachable(error.to_string()))?;
            match begin(&mut pooled, purpose) {
                Err(_) if pooled.is_broken() => {}
                begun => return begun.map(|()| Self { pooled, committed: false }),
            }
        }
        Err(StoreError::Unreachable("every connection was broken".to_owned()))
    }

    /// The connection.
    pub fn connection(&mut self) -> &mut AnyConnection {
        &mut self.pooled
    }

    /// Keeps what was changed.
    ///
    /// # Errors
    /// If the database fails.
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
        // What SQLite interrupts while something changes it has rolled back itself; that connection leaves the pool.
        if let Err(error) = Transactions::rollback_transaction(self.connection())
            && !interrupt::is_over()
        {
            tracing::warn!(%error, "a transaction could not be rolled back");
        }
    }
}
