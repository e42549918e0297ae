use crate::harness::{Database, Engine, each_engine};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{Bool, Text};
use diesel::{QueryableByName, RunQueryDsl};
use panoh::store::StoreError;
use panoh::store::connection::AnyConnection;
use panoh::store::migrations::{check, migrate};
use std::collections::BTreeMap;

/// A second run applies nothing.
#[test]
fn migrating_twice_is_harmless() {
    each_engine(|engine| {
        let database = Database::empty(engine);
        assert!(migrate(&database.address).unwrap() > 0);
        assert_eq!(migrate(&database.address).unwrap(), 0);
    });
}

/// Of several machines at once, one applies each migration and the others wait.
#[test]
fn migrating_from_two_machines_at_once_is_safe() {
    each_engine(|engine| {
        let database = Database::empty(engine);
        let applied: usize = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| migrate(&database.address).unwrap())).collect();
            runs.into_iter().map(|run| run.join().unwrap()).sum()
        });
        let again = Database::empty(engine);
        assert_eq!(applied, migrate(&again.address).unwrap());
    });
}

/// A schema that is older or newer than the binary's is refused, in words that say what to do.
#[test]
fn another_versions_schema_is_refused() {
    each_engine(|engine| {
        let database = Database::empty(engine);
        let mut connection = database.address.connect(true).unwrap();
        assert!(matches!(check(&mut connection), Err(StoreError::Older(_))));
        migrate(&database.address).unwrap();
        check(&mut connection).unwrap();
        connection.batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')").unwrap();
        assert!(matches!(check(&mut connection), Err(StoreError::Newer(_))));
        assert!(matches!(migrate(&database.address), Err(StoreError::Newer(_))));
    });
}

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    required: bool,
}

/// Every column of a database, by table and name, with its kind and whether it must have a value.
pub fn columns(engine: Engine) -> BTreeMap<String, (String, bool)> {
    let database = Database::migrated(engine);
    let mut connection = database.address.connect(false).unwrap();
    let statement = match engine {
        Engine::Sqlite => {
            "SELECT m.name || '.' || c.name AS name, c.type AS kind, c.\"notnull\" OR c.pk > 0 AS required \
             FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
        }
        Engine::Postgres => {
            "SELECT table_name || '.' || column_name AS name, upper(data_type) AS kind, is_nullable = 'NO' AS required \
             FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name) \
             WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        }
    };
    let query = diesel::sql_query(statement);
    let columns: Vec<Column> = match &mut connection {
        AnyConnection::Sqlite(sqlite) => query.load(sqlite).unwrap(),
        AnyConnection::Postgresql(postgres) => query.load(postgres).unwrap(),
    };
    // Where SQLite keeps coverage; PostgreSQL's own place for that is the schema `wall`.
    let keeping = ["coverage_due_people", "coverage_due_agreements", "coverage_never", "coverage_found"];
    let own = columns.into_iter().filter(|column| {
        let table = column.name.split('.').next().unwrap_or_default();
        !table.starts_with("__diesel") && !keeping.contains(&table)
    });
    own.map(|column| (column.name.clone(), (family(&column), column.required))).collect()
}

/// The type that both databases mean: SQLite's row key must be declared INTEGER, and is a BIGINT all the same.
fn family(column: &Column) -> String {
    match column.kind.as_str() {
        "INTEGER" if column.name.ends_with(".id") => "BIGINT".to_owned(),
        "TIMESTAMP WITHOUT TIME ZONE" => "TIMESTAMP".to_owned(),
        other => other.to_owned(),
    }
}

/// Both folders of migrations make the same tables.
#[test]
fn both_databases_have_the_same_columns() {
    let sqlite = columns(Engine::Sqlite);
    assert!(sqlite.len() > 50, "only {} columns", sqlite.len());
    assert_eq!(sqlite, columns(Engine::Postgres));
}
