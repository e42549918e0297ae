//! Bringing a database to this version's schema.

use super::database::connection::{Address, AnyConnection};
use super::database::errors::{Result, StoreError};
use crate::store::audit::file;
use crate::store::rendered;
use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::sql_types::Bool;
use diesel::sqlite::Sqlite;
use diesel::{Connection as _, QueryDsl, RunQueryDsl, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::collections::BTreeSet;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The key of the advisory lock under which PostgreSQL is migrated: "panoh" in ASCII.
const LOCK: i64 = 0x70_61_6e_6f_68;

/// The migration from which on SQLite has the audit in a file of its own.
const AUDIT_APART: &str = "00000000000020";

/// The migration from which on the audit lists an entry's people in one row.
const AUDIT_LISTS: &str = "00000000000023";

diesel::table! {
    /// What the migrations' library keeps of those that were applied.
    #[sql_name = "__diesel_schema_migrations"]
    applied_migrations (version) {
        /// The migration's version.
        version -> Text,
    }
}

/// Applies the migrations that are missing, and what this version renders anew; returns how many those were. Safe from several
/// machines at once.
///
/// # Errors
/// If the database is of a later version, cannot be reached, or fails.
pub fn migrate(address: &Address) -> Result<usize> {
    let connection = &mut address.connect_without_audit(true)?;
    let applied = match connection {
        AnyConnection::Sqlite(sqlite) => sqlite.immediate_transaction(|sqlite| {
            migrate_audit(sqlite, address)?;
            apply(sqlite, SQLITE)
        }),
        AnyConnection::Postgresql(postgres) => postgres.transaction(|postgres| {
            postgres.batch_execute(&lock())?;
            apply(postgres, POSTGRES)
        }),
    }?;
    let rendered = connection.transaction(|connection| {
        match connection {
            AnyConnection::Sqlite(sqlite) => sqlite.batch_execute("UPDATE rendered SET digest = digest")?,
            AnyConnection::Postgresql(postgres) => postgres.batch_execute(&lock())?,
        }
        rendered::apply(connection)
    })?;
    Ok(applied + rendered)
}

/// Has other machines wait until the transaction ends. No statement of it is compiled: of those by which coverage is kept that takes four
/// seconds, for each thousand people.
fn lock() -> String {
    format!("SET LOCAL jit = off; SELECT pg_advisory_xact_lock({LOCK})")
}

/// Brings SQLite's file of the audit to this version, whose migrations cannot: they run in the database's transaction. What was done
/// before a crash is done again, or left.
fn migrate_audit(sqlite: &mut SqliteConnection, address: &Address) -> Result<()> {
    let Address::Sqlite(path) = address else {
        return Ok(());
    };
    let applied = MigrationHarness::<Sqlite>::applied_migrations(sqlite);
    let applied = applied.map_err(|error| StoreError::migration(&error))?;
    let lacks = |wanted: &str| applied.iter().all(|version| version.to_string() != wanted);
    if lacks(AUDIT_APART) {
        file::make(path)?;
    }
    if lacks(AUDIT_LISTS) {
        file::list_by_entry(path)?;
    }
    Ok(())
}

/// Fails if the database's schema is not this version's. Only reads.
///
/// # Errors
/// If the schema is older or newer, SQLite's file of the audit is missing, or the database fails.
pub fn check(connection: &mut AnyConnection) -> Result<()> {
    let known = match connection {
        AnyConnection::Sqlite(_) => known::<Sqlite>(&SQLITE)?,
        AnyConnection::Postgresql(_) => known::<Pg>(&POSTGRES)?,
    };
    let applied = match is_migrated(connection)? {
        true => applied_migrations::table.select(applied_migrations::version).load(connection)?,
        false => Vec::new(),
    };
    let migrations = missing(&known, applied)?;
    let lacks = match migrations {
        0 => rendered::lacking(connection)?,
        migrations => migrations,
    };
    match lacks {
        0 => file::check(connection),
        lacks => Err(StoreError::Older(lacks)),
    }
}

fn is_migrated(connection: &mut AnyConnection) -> Result<bool> {
    let has_table = sql::<Bool>(match connection {
        AnyConnection::Sqlite(_) => "EXISTS (SELECT 1 FROM sqlite_master WHERE name = '__diesel_schema_migrations')",
        AnyConnection::Postgresql(_) => "to_regclass('__diesel_schema_migrations') IS NOT NULL",
    });
    Ok(diesel::select(has_table).get_result(connection)?)
}

fn apply<C, DB>(connection: &mut C, source: EmbeddedMigrations) -> Result<usize>
where
    C: MigrationHarness<DB>,
    DB: Backend,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let applied = connection.applied_migrations().map_err(|error| StoreError::migration(&error))?;
    missing(&known(&source)?, applied.iter().map(ToString::to_string).collect())?;
    let applied = connection.run_pending_migrations(source).map_err(|error| StoreError::migration(&error))?;
    Ok(applied.len())
}

/// The versions of the migrations that this program has.
fn known<DB: Backend>(source: &EmbeddedMigrations) -> Result<BTreeSet<String>>
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    let migrations = MigrationSource::<DB>::migrations(source).map_err(|error| StoreError::migration(&error))?;
    Ok(migrations.iter().map(|migration| migration.name().version().to_string()).collect())
}

/// How many migrations the database lacks; an error if it has one that this version does not know.
fn missing(known: &BTreeSet<String>, applied: Vec<String>) -> Result<usize> {
    let applied = BTreeSet::from_iter(applied);
    match applied.difference(known).last() {
        Some(newer) => Err(StoreError::Newer(newer.clone())),
        None => Ok(known.difference(&applied).count()),
    }
}
