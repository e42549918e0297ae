//! SQLite's file of the audit, beside the database's: answers are put on record there while an import holds the database.

use crate::store::database::attached::{beside, file_url};
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::{Result, StoreError};
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{Connection as _, RunQueryDsl, SqliteConnection};
use std::path::Path;

const TABLES: &str = include_str!("../../../migrations/sqlite/00000000000020_audit_apart/audit.sql");

const LISTS: &str = include_str!("../../../migrations/sqlite/00000000000023_audit_lists/audit.sql");

const MOVED: &str = "INSERT INTO audit_entries SELECT * FROM earlier.audit_entries; \
    INSERT INTO audit_recent_people SELECT * FROM earlier.audit_recent_people; \
    INSERT INTO audit_questions SELECT * FROM earlier.audit_questions; \
    INSERT INTO audit_numbers SELECT * FROM earlier.audit_numbers; \
    UPDATE audit_head SET (sequence, hash) = (SELECT sequence, hash FROM earlier.audit_head)";

/// Fails if SQLite's is not there.
pub(in crate::store) fn check(connection: &mut AnyConnection) -> Result<()> {
    let AnyConnection::Sqlite(sqlite) = connection else {
        return Ok(());
    };
    let has_table = "EXISTS (SELECT 1 FROM pragma_table_list WHERE schema = 'audit' AND name = 'audit_head')";
    match diesel::select(sql::<Bool>(has_table)).get_result(sqlite)? {
        true => Ok(()),
        false => Err(StoreError::NoAuditFile),
    }
}

/// Makes it, with what a database of an earlier version has on record itself. The caller holds that database's lock, and drops
/// it there afterwards: until then, this can be done again.
pub(in crate::store) fn make(database: &Path) -> Result<()> {
    let file = beside(database);
    let mut audit = open(&file)?;
    let earlier = format!("{}?mode=ro", file_url(database));
    diesel::sql_query("ATTACH ? AS earlier").bind::<Text, _>(earlier).execute(&mut audit)?;
    audit.transaction(|audit| {
        let known = newest(audit, "earlier")?;
        if newest(audit, "main")?.unwrap_or_default() > known.unwrap_or_default() {
            return Err(StoreError::OtherAuditFile(file));
        }
        audit.batch_execute(TABLES)?;
        if known.is_some() {
            audit.batch_execute(MOVED)?;
        }
        Ok(())
    })
}

/// Gives it the list of an entry's people in one row, unless it has that.
pub(in crate::store) fn list_by_entry(database: &Path) -> Result<()> {
    open(&beside(database))?.immediate_transaction(|audit| match has_table(audit, "main", "audit_lists")? {
        true => Ok(()),
        false => Ok(audit.batch_execute(LISTS)?),
    })
}

fn open(file: &Path) -> Result<SqliteConnection> {
    let failed = |error: &dyn ToString| StoreError::migration(&error.to_string());
    let mut audit = SqliteConnection::establish(&file_url(file)).map_err(|error| failed(&error))?;
    audit.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")?;
    Ok(audit)
}

fn has_table(audit: &mut SqliteConnection, schema: &str, table: &str) -> Result<bool> {
    let found = format!("EXISTS (SELECT 1 FROM {schema}.sqlite_master WHERE name = '{table}')");
    Ok(diesel::select(sql::<Bool>(&found)).get_result(audit)?)
}

/// The number of the newest entry that a file has, if it has an audit.
fn newest(audit: &mut SqliteConnection, schema: &str) -> Result<Option<i64>> {
    if !has_table(audit, schema, "audit_head")? {
        return Ok(None);
    }
    let newest = format!("(SELECT sequence FROM {schema}.audit_head)");
    Ok(Some(diesel::select(sql::<BigInt>(&newest)).get_result(audit)?))
}
