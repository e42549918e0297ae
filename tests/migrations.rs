use crate::harness::world::World;
use crate::harness::{Database, Engine, each_engine};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{QueryableByName, RunQueryDsl};
use panoh::domain::audit::{AuditEntry, AuditEvent, AuditRecord};
use panoh::store::StoreError;
use panoh::store::audit::chain::{self, Head};
use panoh::store::database::connection::{Address, AnyConnection};
use panoh::store::migrations::{check, migrate};
use panoh::store::visibility::deviations;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

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
        let mut connection = database.address.connect(false).unwrap();
        check(&mut connection).unwrap();
        connection.batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99990101000000')").unwrap();
        assert!(matches!(check(&mut connection), Err(StoreError::Newer(_))));
        assert!(matches!(migrate(&database.address), Err(StoreError::Newer(_))));
    });
}

/// What this version renders is applied anew if another did so last; whom terms cover is decided anew then.
#[test]
fn definitions_of_another_version_are_replaced() {
    each_engine(|engine| {
        let database = Database::migrated(engine);
        World::new(1).insert(&database.address);
        let mut connection = database.address.connect(false).unwrap();
        let harm = "DELETE FROM solution_stages; UPDATE coverages SET until = '2000-01-01' WHERE basis_id > 0; \
            UPDATE rendered SET digest = 'another' WHERE part = 'definitions'";
        connection.batch_execute(harm).unwrap();
        assert!(matches!(check(&mut connection), Err(StoreError::Older(1))));
        assert!(!deviations(&mut connection).unwrap().is_empty());
        assert_eq!(migrate(&database.address).unwrap(), 1);
        check(&mut connection).unwrap();
        assert_eq!(deviations(&mut connection).unwrap(), Vec::new());
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

/// Every column of a database that both kinds have, by table and name, with its kind and whether it must have a value.
pub fn columns(engine: Engine) -> BTreeMap<String, (String, bool)> {
    let database = Database::migrated(engine);
    let mut connection = database.address.connect(false).unwrap();
    let statement = match engine {
        Engine::Sqlite => {
            "SELECT t.name || '.' || c.name AS name, c.type AS kind, c.\"notnull\" OR c.pk > 0 AS required \
             FROM pragma_table_list t JOIN pragma_table_info(t.name, t.schema) c \
             WHERE t.schema IN ('main', 'audit') AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%' \
                 AND t.name NOT LIKE 'audit_outbox%'"
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
    let postgres = columns(Engine::Postgres);
    let differs: Vec<_> = sqlite.iter().filter(|(name, column)| postgres.get(*name) != Some(column)).collect();
    assert!(differs.is_empty(), "PostgreSQL has these otherwise, or not at all: {differs:?}");
    let more: Vec<_> = postgres.keys().filter(|name| !sqlite.contains_key(*name)).collect();
    assert!(more.is_empty(), "SQLite has none of {more:?}");
}

#[derive(QueryableByName)]
struct Epoch {
    #[diesel(sql_type = BigInt)]
    epoch: i64,
}

/// A database of the version before the audit had a file of its own, with an audit.
fn with_audit_inside() -> (Database, Head) {
    let database = Database::empty(Engine::Sqlite);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/sqlite");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.as_str() < "00000000000020")
        .collect();
    names.sort();
    let mut connection = database.address.connect(true).unwrap();
    let versions = "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL, \
        run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)";
    connection.batch_execute(versions).unwrap();
    for name in names {
        connection.batch_execute(&std::fs::read_to_string(folder.join(&name).join("up.sql")).unwrap()).unwrap();
        let version = name.split('_').next().unwrap();
        connection
            .batch_execute(&format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{version}')"))
            .unwrap();
    }
    let at = "2026-01-15T10:00:00".parse().unwrap();
    let mut head = Head { sequence: 0, hash: String::new() };
    for detail in ["agency added", "client added"] {
        let record = AuditRecord::of_change(AuditEvent::Administration, detail);
        let entry = AuditEntry::following(&head.hash, head.sequence + 1, at, record);
        let (sequence, hash) = (entry.sequence, entry.hash);
        let row =
            format!("{sequence}, '2026-01-15 10:00:00', 'ADMINISTRATION', 'OK', '[]', '[]', '{detail}', '{hash}'");
        connection
            .batch_execute(&format!(
                "INSERT INTO audit_entries (sequence, recorded_at, event, outcome, agreements, disclosures, detail, hash) \
                 VALUES ({row}); UPDATE audit_head SET sequence = {sequence}, hash = '{hash}', policy_epoch = 7"
            ))
            .unwrap();
        head = Head { sequence, hash };
    }
    (database, head)
}

fn epoch(connection: &mut AnyConnection) -> i64 {
    let AnyConnection::Sqlite(sqlite) = connection else { panic!("not SQLite") };
    diesel::sql_query("SELECT epoch FROM policy_epochs").get_result::<Epoch>(sqlite).unwrap().epoch
}

fn file(database: &Database, end: &str) -> PathBuf {
    let Address::Sqlite(path) = &database.address else { panic!("not SQLite") };
    PathBuf::from(format!("{}{end}", path.display()))
}

/// An audit that was in the database goes to its own file whole, also if that was interrupted before; the old one is gone
/// only when the new one is there.
#[test]
fn the_audit_moves_to_its_own_file() {
    let interrupted = with_audit_inside().0;
    migrate(&interrupted.address).unwrap();
    for left in [false, true] {
        let (database, head) = with_audit_inside();
        if left {
            for end in ["-audit", "-audit-wal"] {
                let _ = std::fs::copy(file(&interrupted, end), file(&database, end));
            }
        }
        assert!(migrate(&database.address).unwrap() > 0);
        let mut connection = database.address.connect(false).unwrap();
        assert_eq!(chain::verify(&mut connection, Some(&head)).unwrap(), Ok(head.clone()));
        let inside = "SELECT * FROM main.audit_entries";
        assert!(connection.batch_execute(inside).unwrap_err().to_string().contains("no such table"));
        assert_eq!(epoch(&mut connection), 7);
        assert!(connection.batch_execute("DELETE FROM audit_entries").unwrap_err().to_string().contains("append-only"));
        assert_eq!(migrate(&database.address).unwrap(), 0);
    }
}

/// The file of a later audit is not replaced by an earlier one, and a lost one is not replaced by an empty one.
#[test]
fn an_audit_is_never_replaced() {
    let (earlier, later) = (Database::empty(Engine::Sqlite), with_audit_inside().0);
    migrate(&later.address).unwrap();
    for end in ["-audit", "-audit-wal"] {
        let _ = std::fs::copy(file(&later, end), file(&earlier, end));
    }
    assert!(matches!(migrate(&earlier.address), Err(StoreError::OtherAuditFile(_))));
    std::fs::remove_file(file(&later, "-audit")).unwrap();
    assert_eq!(migrate(&later.address).unwrap(), 0);
    assert!(matches!(check(&mut later.address.connect(false).unwrap()), Err(StoreError::NoAuditFile)));
}
