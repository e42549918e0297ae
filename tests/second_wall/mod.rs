//! The second wall with the first one turned off: statements of an attacker who speaks SQL as the server's own role.

use crate::harness::app::{secret, today};
use crate::harness::oracle::Oracle;
use crate::harness::world::World;
use crate::harness::{Database, Engine};
use chrono::{SubsecRound, TimeDelta, Utc};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{PgConnection, QueryableByName, RunQueryDsl};
use panoh::domain::agency::Agency;
use panoh::domain::agreement::Agreement;
use panoh::domain::category::DataCategory;
use panoh::domain::purpose::Purpose;
use panoh::domain::{Id, Vocabulary};
use panoh::policy::api_key;
use panoh::policy::ledger::TABLES;
use panoh::store::database::connection::{Address, AnyConnection};
use panoh::store::{StoreError, rls};
use std::collections::BTreeSet;

mod demarches;
mod relocations;
mod rides;
mod roles;
mod rows;
mod viewers;
mod writes;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

fn postgres(address: &Address) -> PgConnection {
    match address.connect(false).unwrap() {
        AnyConnection::Postgresql(connection) => connection,
        AnyConnection::Sqlite(_) => panic!("SQLite has no second wall"),
    }
}

/// A connection as the server's role.
fn server(database: &Database) -> PgConnection {
    postgres(&rls::server_address(&database.address, &secret()).unwrap())
}

/// A database with a random world.
fn world(seed: u64) -> (World, Database) {
    let (world, database) = (World::new(seed), Database::migrated(Engine::Postgres));
    world.insert(&database.address);
    (world, database)
}

/// The statement that opens a transaction for an agency.
fn open(agency: &str, purpose: Purpose) -> String {
    format!("SELECT wall.open('{}', '{}', '{}')", api_key::hash(agency), purpose.code(), today())
}

/// How many rows a statement writes in a transaction of an agency's for a purpose; none if it is refused.
fn attempt(server: &mut PgConnection, (agency, purpose): (Id<Agency>, Purpose), statement: &str) -> usize {
    let opening = open(&format!("agency-{}", agency.value() - 1), purpose);
    server.batch_execute(&format!("BEGIN; {opening}")).unwrap();
    let written = diesel::sql_query(statement).execute(server);
    server.batch_execute("COMMIT").unwrap();
    written.unwrap_or_default()
}

/// The statement that opens another transaction as the one before was.
fn sealed(connection: &mut PgConnection) -> String {
    let set = |name: &str| {
        let value = names(connection, &format!("SELECT current_setting('panoh.{name}') AS name")).pop_first().unwrap();
        format!("SET panoh.{name} = '{value}'")
    };
    ["granted", "until", "seal", "day"].map(set).join("; ")
}

fn keys<T>(connection: &mut PgConnection, statement: &str) -> BTreeSet<Id<T>> {
    numbers(connection, statement).into_iter().map(Id::new).collect()
}

fn numbers(connection: &mut PgConnection, statement: &str) -> BTreeSet<i64> {
    let rows: Vec<Number> = diesel::sql_query(statement).load(connection).unwrap();
    rows.into_iter().map(|row| row.number).collect()
}

fn names(connection: &mut PgConnection, statement: &str) -> BTreeSet<String> {
    let rows: Vec<Name> = diesel::sql_query(statement).load(connection).unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

/// The tables about people that the server's role reads.
fn protected() -> BTreeSet<&'static str> {
    TABLES.iter().filter(|table| !table.server.is_empty()).map(|table| table.name).collect()
}
