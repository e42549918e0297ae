//! How often what decides access has changed, and the lock under which it changes.

use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::policy_epochs;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

/// The epoch of the transaction's snapshot.
pub(in crate::store) fn read(connection: &mut AnyConnection) -> Result<i64> {
    Ok(policy_epochs::table.select(policy_epochs::epoch).first(connection)?)
}

/// The epoch, held until the transaction ends: whoever else changes what decides access waits, readers do not. On SQLite, where
/// this must be the first statement, it is the lock of everything but the audit.
pub(in crate::store) fn hold(connection: &mut AnyConnection) -> Result<i64> {
    diesel::update(policy_epochs::table).set(policy_epochs::epoch.eq(policy_epochs::epoch)).execute(connection)?;
    read(connection)
}

/// Makes every answer stale that is being computed over an earlier snapshot, and holds the epoch.
pub(in crate::store) fn raise(connection: &mut AnyConnection) -> Result<()> {
    diesel::update(policy_epochs::table).set(policy_epochs::epoch.eq(policy_epochs::epoch + 1)).execute(connection)?;
    Ok(())
}
