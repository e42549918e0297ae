//! Work that no agreement limits: administration, imports, retention and the demo, kept with its audit entry.

use super::audit::chain::Chain;
use super::beside::Beside;
use super::database::connection::{Address, AnyConnection};
use super::database::errors::{Result, StoreError};
use super::database::policy_epoch;
use super::database::pool::Use;
use super::database::transaction::in_transaction;
use super::migrations;
use super::visibility;
use crate::domain::audit::{AuditEvent, AuditRecord};
use diesel::connection::SimpleConnection;

/// Work that no agreement limits: administration, imports and the demo. All of it is kept with its audit entry, and makes
/// every answer stale that is under way; or nothing is, and that it was tried is on record.
///
/// # Errors
/// If the database cannot be reached, is not at this version's schema or fails, or `work` fails.
pub fn outside_policy<T, E: From<StoreError>>(
    address: &Address,
    event: AuditEvent,
    detail: &str,
    work: impl FnOnce(&mut AnyConnection) -> Result<T, E>,
) -> Result<T, E> {
    outside_policy_beside(address, Beside::Nothing, event, detail, || Ok(()), |connection, ()| work(connection))
}

/// The same beside other changes, with a part that is prepared before anything waits.
///
/// # Errors
/// If the database cannot be reached, is of another schema or fails, or `prepare` or `work` fails.
pub fn outside_policy_beside<P, T, E: From<StoreError>>(
    address: &Address,
    beside: Beside,
    event: AuditEvent,
    detail: &str,
    prepare: impl FnOnce() -> Result<P, E>,
    work: impl FnOnce(&mut AnyConnection, P) -> Result<T, E>,
) -> Result<T, E> {
    let record = AuditRecord::of_change(event, detail);
    keep(address, beside, record.clone(), prepare, |connection, prepared| {
        Ok((work(connection, prepared)?, vec![record]))
    })
}

/// The same as [`outside_policy`] for work that only knows at its end what is to be put on record of it; `tried` is, if
/// nothing is kept.
///
/// # Errors
/// If the database cannot be reached, is not at this version's schema or fails, or `work` fails.
pub fn outside_policy_with<T, E: From<StoreError>>(
    address: &Address,
    tried: AuditRecord,
    work: impl FnOnce(&mut AnyConnection) -> Result<(T, Vec<AuditRecord>), E>,
) -> Result<T, E> {
    keep(address, Beside::Nothing, tried, || Ok(()), |connection, ()| work(connection))
}

/// The same with a part that is prepared before anything waits.
pub(in crate::store) fn keep<P, T, E: From<StoreError>>(
    address: &Address,
    beside: Beside,
    tried: AuditRecord,
    prepare: impl FnOnce() -> Result<P, E>,
    work: impl FnOnce(&mut AnyConnection, P) -> Result<(T, Vec<AuditRecord>), E>,
) -> Result<T, E> {
    let mut connection = address.connect(false)?;
    migrations::check(&mut connection)?;
    connection.hold_more()?;
    let prepared = prepare();
    let mut begun = prepared.is_err();
    let done = prepared.and_then(|prepared| {
        in_transaction(&mut connection, Use::Working, |connection| {
            beside.exclude(connection)?;
            begun = true;
            let (value, records) = work(connection, prepared)?;
            end(connection, address, records)?;
            Ok(value)
        })
    });
    if done.is_err() && begun {
        let tried = AuditRecord { outcome: "NOT_KEPT".to_owned(), ..tried };
        let recorded = in_transaction::<_, StoreError>(&mut connection, Use::Working, |connection| {
            Chain::lock(connection)?.append(connection, vec![tried])
        });
        if let Err(error) = recorded {
            tracing::error!(%error, "that this was tried is not on record");
        }
    }
    done
}

/// The end of work: whoever changes access waits from here on, and every answer from when the chain is locked. Coverage is kept
/// in between.
fn end(connection: &mut AnyConnection, address: &Address, records: Vec<AuditRecord>) -> Result<()> {
    policy_epoch::raise(connection)?;
    visibility::keep(connection)?;
    address.flush()?;
    if let AnyConnection::Sqlite(sqlite) = connection {
        sqlite.batch_execute("PRAGMA busy_timeout = 60000")?;
    }
    Chain::lock(connection)?.append_with_change(connection, records)
}
