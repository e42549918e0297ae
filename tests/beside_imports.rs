//! What goes on while a file is imported, and what a crash between the two files of SQLite leaves.

use crate::audit::{serving, url};
use crate::harness::app::{secret, today};
use crate::harness::soon;
use crate::harness::{Database, Engine, TestApp, each_engine};
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use panoh::domain::audit::{AuditEvent, AuditRecord};
use panoh::import::{ImportError, Kind, Options, read};
use panoh::policy::api_key;
use panoh::policy::fingerprint::Fingerprints;
use panoh::store::audit::chain;
use panoh::store::database::connection::AnyConnection;
use panoh::store::outside_policy::outside_policy_beside;
use panoh::store::population_figure::PopulationFigureFilter;
use panoh::store::{Credentials, Store, StoreError};
use serde_json::json;
use std::process::Command;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

const HEADER: &str = "year,coo_name,coo,coo_iso,coa_name,coa,coa_iso,refugees,asylum_seekers,returned_refugees,idps,returned_idps,\
    stateless,ooc,oip,hst\n";

#[derive(Debug)]
struct Undone;

impl From<StoreError> for Undone {
    fn from(_: StoreError) -> Self {
        Self
    }
}

impl From<ImportError> for Undone {
    fn from(_: ImportError) -> Self {
        Self
    }
}

/// Imports figures, and does something else before that is kept.
fn import_and(database: &Database, meanwhile: impl FnOnce()) {
    let years: String = (1951..2020).map(|year| format!("{year},,,AFG,,,TJK,1,2,3,4,5,6,7,8,9\n")).collect();
    let text = format!("{HEADER}{years}");
    let options = Options { holder: None, lead: None, today: today() };
    let kind = Kind::Population;
    let prepare = || Ok(read(kind, "world.csv", text.as_bytes())?);
    let beside = kind.beside();
    let import = |connection: &mut AnyConnection, content: panoh::import::Content| {
        let report = content.import(connection, &options)?;
        connection.analyse()?;
        meanwhile();
        Ok(report.added)
    };
    let added = outside_policy_beside::<_, _, Undone>(
        &database.address,
        beside,
        AuditEvent::Import,
        "population",
        prepare,
        import,
    );
    assert_eq!(added.unwrap(), 69 * 9);
}

/// Clients read, each answer on record, while an import has written everything but its end; then they see what it brought.
#[test]
fn answers_leave_while_a_file_is_imported() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 60);
        let figures =
            "{ populationFigures(first: 1, filter: { asylum: { eq: \"TJK\" }, year: { eq: 1960 } }) { totalCount } }";
        let count = || app.data("unhcr", figures)["populationFigures"]["totalCount"].clone();
        let head = || chain::head(&mut app.database.address.connect(false).unwrap()).unwrap().sequence;
        let store = Store::open(app.database.address.clone(), secret(), 2).unwrap();
        let credentials = Credentials { key_hash: api_key::hash(&app.key("unhcr")), purpose: None };
        let mut session = store.read(&credentials, today(), &soon()).unwrap();
        let mut seen = || session.population_figures_count(&PopulationFigureFilter::default()).unwrap();
        let known = seen();
        import_and(&app.database, || {
            let (before, started) = (head(), Instant::now());
            for _ in 0..5 {
                assert_eq!(count(), 0);
                app.data("embassy-us", "{ individuals(first: 3) { nodes { familyName } } }");
            }
            assert_eq!(head(), before + 10, "each answer is on record");
            assert!(started.elapsed() < Duration::from_secs(3), "they took {:?}", started.elapsed());
            if engine == Engine::Postgres {
                record_a_consent(&app);
                disable_a_client(&app);
            }
        });
        assert_eq!(count(), 9);
        assert_eq!(seen(), known, "a snapshot from before");
        assert!(chain::verify(&mut app.database.address.connect(false).unwrap(), None).unwrap().is_ok());
    });
}

fn record_a_consent(app: &TestApp) {
    let people = app.data("unhcr", "{ individuals(first: 1) { nodes { id } } }");
    let person = &people["individuals"]["nodes"][0]["id"];
    let consent = format!("individualId: {person}, recipientCode: \"undp\", purpose: RESETTLEMENT, given: true");
    let mutation = format!("mutation {{ recordConsent(input: {{ {consent} }}) {{ userErrors {{ code }} }} }}");
    assert_eq!(app.data("unhcr", &mutation)["recordConsent"]["userErrors"], json!([]));
}

fn disable_a_client(app: &TestApp) {
    let arguments = ["client", "disable", "--agency", "undp", "--name", "undp data office"];
    let address = url(&app.database.address);
    let mut disable = Command::new(env!("CARGO_BIN_EXE_panoh"));
    assert!(disable.args(arguments).env("PANOH_DATABASE", address).status().unwrap().success());
    assert_eq!(app.code("undp", "{ viewer { purpose } }"), "UNAUTHENTICATED");
}

/// A second import waits for the first.
#[test]
fn imports_exclude_each_other() {
    each_engine(|engine| {
        let database = Database::migrated(engine);
        let (began, waits) = channel();
        std::thread::scope(|scope| {
            import_and(&database, || {
                let second = || {
                    outside_policy_beside::<_, _, StoreError>(
                        &database.address,
                        Kind::Caseload.beside(),
                        AuditEvent::Import,
                        "caseload",
                        || Ok(()),
                        |_, ()| {
                            began.send(Instant::now()).unwrap();
                            Ok(())
                        },
                    )
                };
                scope.spawn(move || second().unwrap());
                assert!(waits.recv_timeout(Duration::from_millis(500)).is_err(), "it began");
            });
            waits.recv_timeout(Duration::from_secs(5)).expect("it begins when the first has ended");
        });
    });
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

fn number(app: &TestApp, statement: &str) -> i64 {
    let query = diesel::sql_query(format!("SELECT count(*) AS number FROM {statement}"));
    let found: Number = match app.database.address.connect(false).unwrap() {
        AnyConnection::Sqlite(mut sqlite) => query.get_result(&mut sqlite).unwrap(),
        AnyConnection::Postgresql(mut postgres) => query.get_result(&mut postgres).unwrap(),
    };
    found.number
}

/// Killed in the middle of changes, fifteen times: each change that is kept is on record, and each that is on record is kept.
#[test]
fn changes_are_kept_with_their_records_after_a_kill() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let folder = tempfile::TempDir::new().unwrap();
        let secret_file = folder.path().join("secret");
        std::fs::write(&secret_file, "2a".repeat(32)).unwrap();
        let before = number(&app, "consents");
        let people = app.data("unhcr", "{ individuals(first: 1) { nodes { id } } }");
        let person = &people["individuals"]["nodes"][0]["id"];
        let input = format!("individualId: {person}, recipientCode: \"undp\", purpose: RESETTLEMENT, given: true");
        let change = format!("mutation Change {{ recordConsent(input: {{ {input} }}) {{ userErrors {{ code }} }} }}");
        let body = json!({ "query": change, "operationName": "Change" }).to_string();
        for round in 0..15 {
            let (mut server, address) = serving(&app, &secret_file);
            let (key, body) = (app.key("unhcr"), body.clone());
            let (acknowledged, made) = std::sync::mpsc::channel();
            let client = std::thread::spawn(move || {
                let client = reqwest::blocking::Client::new();
                let ask = || {
                    let request = client.post(format!("http://{address}/graphql")).bearer_auth(&key);
                    request.header("content-type", "application/json").body(body.clone()).send()
                };
                while ask().is_ok() {
                    let _ = acknowledged.send(());
                }
            });
            for _ in 0..=round % 3 {
                made.recv_timeout(Duration::from_secs(30)).expect("a change is acknowledged");
            }
            std::thread::sleep(Duration::from_millis(round * 7));
            server.kill().unwrap();
            server.wait().unwrap();
            client.join().unwrap();
        }
        assert!(chain::verify(&mut app.database.address.connect(false).unwrap(), None).unwrap().is_ok());
        let operation = Fingerprints::new(secret().derive(&["audit"])).of("Change");
        let recorded = number(&app, &format!("audit_entries WHERE operation = '{operation}' AND outcome = 'OK'"));
        assert!(recorded > 15, "only {recorded} changes");
        assert_eq!(number(&app, "consents") - before, recorded);
    });
}

/// As a crash leaves it that comes after a change is durable and before its record is in the chain.
fn crash(database: &Database, nth: i64, detail: &str) {
    let record = serde_json::to_string(&AuditRecord::of_change(AuditEvent::Import, detail)).unwrap();
    let kept = format!("{{\"record\": {record}, \"listed\": []}}");
    let row = format!("INSERT INTO audit_outbox VALUES ({nth}, '2026-01-15 10:00:00.000001', '{kept}')");
    database.address.connect(false).unwrap().batch_execute(&row).unwrap();
}

/// What a crash left out of the chain goes there before anything else, once, whoever comes first.
#[test]
fn a_change_is_on_record_after_a_crash() {
    type First = fn(&Database);
    let first: [(&str, First); 3] = [
        ("verify", |database| {
            let mut connection = database.address.connect(false).unwrap();
            assert!(chain::verify(&mut connection, None).unwrap().is_ok());
        }),
        ("open", |database| drop(Store::open(database.address.clone(), secret(), 1).unwrap())),
        ("change", |database| import_and(database, || {})),
    ];
    for (what, first) in first {
        let database = Database::migrated(Engine::Sqlite);
        let changed = || {
            outside_policy_beside::<_, _, StoreError>(
                &database.address,
                Kind::Places.beside(),
                AuditEvent::Import,
                "places",
                || Ok(()),
                |_, ()| Ok(()),
            )
            .unwrap();
        };
        let mut connection = database.address.connect(false).unwrap();
        let mut sequence = || chain::head(&mut connection).unwrap().sequence;
        changed();
        assert_eq!(sequence(), 1);
        crash(&database, 2, "lost");
        crash(&database, 3, "lost too");
        first(&database);
        let moved = sequence();
        assert_eq!(moved, if what == "change" { 4 } else { 3 }, "{what}");
        chain::settle(&mut database.address.connect(false).unwrap()).unwrap();
        assert_eq!(sequence(), moved, "{what}: once");
        changed();
        assert_eq!(sequence(), moved + 1, "{what}");
        assert!(chain::verify(&mut database.address.connect(false).unwrap(), None).unwrap().is_ok());
        let entries = details(&database);
        assert_eq!(entries[..3], ["places", "lost", "lost too"].map(str::to_owned), "{what}");
    }
}

#[derive(diesel::QueryableByName)]
struct Detail {
    #[diesel(sql_type = diesel::sql_types::Text)]
    detail: String,
}

/// What is on record, oldest first.
fn details(database: &Database) -> Vec<String> {
    let AnyConnection::Sqlite(mut sqlite) = database.address.connect(false).unwrap() else { panic!("not SQLite") };
    let entries = diesel::sql_query("SELECT detail FROM audit_entries ORDER BY sequence");
    let rows: Vec<Detail> = entries.load(&mut sqlite).unwrap();
    rows.into_iter().map(|row| row.detail).collect()
}
