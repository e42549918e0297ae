//! Bringing a database to this version's schema.

use super::connection::{Address, AnyConnection};
use super::errors::{Result, StoreError};
use diesel::migration::MigrationSource;
use diesel::{Connection as _, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::collections::BTreeSet;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The key of the advisory lock under which PostgreSQL is migrated: "panoh" in ASCII.
const LOCK: i64 = 0x70_61_6e_6f_68;

/// Applies the migrations that are missing and returns how many those were. Safe from several machines at once.
pub fn migrate(address: &Address) -> Result<usize> {
    let mut connection = address.connect(true)?;
    match &mut connection {
        AnyConnection::Sqlite(sqlite) => sqlite.immediate_transaction(|sqlite| apply(sqlite, SQLITE)),
        AnyConnection::Postgresql(postgres) => postgres.transaction(|postgres| {
            diesel::sql_query(format!("SELECT pg_advisory_xact_lock({LOCK})")).execute(postgres)?;
            apply(postgres, POSTGRES)
        }),
    }
}

/// Fails where the database's schema is not this version's.
pub fn check(connection: &mut AnyConnection) -> Result<()> {
    let lacks = match connection {
        AnyConnection::Sqlite(sqlite) => missing(sqlite, &SQLITE)?,
        AnyConnection::Postgresql(postgres) => missing(postgres, &POSTGRES)?,
    };
    if lacks > 0 { Err(StoreError::Older(lacks)) } else { Ok(()) }
}

fn apply<C, DB>(connection: &mut C, source: EmbeddedMigrations) -> Result<usize>
where
    C: MigrationHarness<DB>,
    DB: diesel::backend::Backend,
    EmbeddedMigrations: MigrationSource<DB>,
{
    missing(connection, &source)?;
    let applied =
        connection.run_pending_migrations(source).map_err(|error| StoreError::Migration(error.to_string()))?;
    Ok(applied.len())
}

/// How many migrations the database lacks; an error where it has one that this version does not know.
fn missing<C, DB>(connection: &mut C, source: &EmbeddedMigrations) -> Result<usize>
where
    C: MigrationHarness<DB>,
    DB: diesel::backend::Backend,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| StoreError::Migration(error.to_string());
    let known = MigrationSource::<DB>::migrations(source).map_err(failed)?;
    let known: BTreeSet<_> = known.iter().map(|migration| migration.name().version().to_string()).collect();
    let applied: BTreeSet<_> =
        connection.applied_migrations().map_err(failed)?.iter().map(ToString::to_string).collect();
    match applied.difference(&known).last() {
        Some(newer) => Err(StoreError::Newer(newer.clone())),
        None => Ok(known.difference(&applied).count()),
    }
}
