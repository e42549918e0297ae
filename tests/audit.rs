use crate::harness::app::{secret, today};
use crate::harness::soon;
use crate::harness::{Database, Engine, TestApp, each_engine};
use diesel::connection::SimpleConnection;
use panoh::domain::audit::AuditEvent;
use panoh::policy::api_key;
use panoh::policy::fingerprint::Fingerprints;
use panoh::store::audit::chain::{self, Broken, Head};
use panoh::store::audit::disclosures::ClosedDisclosures;
use panoh::store::audit::writer::{AuditWriter, Recorded};
use panoh::store::database::connection::{Address, AnyConnection};
use panoh::store::outside_policy::outside_policy;
use panoh::store::{Credentials, Store, StoreError};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const ENTRIES: &str = "{ auditEntries(first: 20) { nodes { event outcome purpose agreements operation document client \
    disclosures { categories people } lookedUp questions { categories found } } } }";

fn connect(database: &Database) -> AnyConnection {
    database.address.connect(false).unwrap()
}

fn entries(app: &TestApp, agency: &str) -> Vec<Value> {
    app.data(agency, ENTRIES)["auditEntries"]["nodes"].as_array().unwrap().clone()
}

fn id_of(app: &TestApp, number: &Value) -> Value {
    let query = format!(
        "{{ individuals(first: 1, filter: {{ registrationNumber: {{ eq: {number} }} }}) {{ nodes {{ id }} }} }}"
    );
    app.data("unhcr", &query)["individuals"]["nodes"][0]["id"].clone()
}

/// Each outcome is on record, with who, for what, under which agreements; which categories of how many people were shown, and what
/// was asked about everybody.
#[test]
fn every_outcome_is_on_record() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 700);
        let page = "query Page { individuals(first: 3, orderBy: { field: FAMILY_NAME, direction: ASC }) { nodes { sex solutions { stage } phone } } }";
        let people = app.data("embassy-ca", page)["individuals"]["nodes"].as_array().unwrap().len();
        let counted =
            app.data("embassy-ca", "{ individuals(first: 1, filter: { sex: { eq: FEMALE } }) { totalCount } }");
        assert_eq!(app.code("embassy-ca", "{ individuals(first: 0) { totalCount } }"), "BAD_INPUT");
        assert_eq!(app.code("embassy-ca", "{ nothing }"), "VALIDATION");
        assert_eq!(app.code("embassy-ca", "{"), "PARSE");
        let refused = app.ask_for("embassy-ca", Some("PROGRAMME_DELIVERY"), "{ viewer { purpose } }", Value::Null);
        assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN");
        let entries = entries(&app, "embassy-ca");
        let outcomes: Vec<&str> = entries.iter().map(|entry| entry["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["FORBIDDEN", "PARSE", "VALIDATION", "BAD_INPUT", "OK", "OK"]);
        assert_eq!(entries[0]["purpose"], "PROGRAMME_DELIVERY");
        let first = &entries[5];
        assert_eq!(first["agreements"], json!(["DSA-2003-06"]));
        assert_eq!(first["client"], "embassy-ca data office");
        // CONTACT is selected too, and hidden.
        let selected = json!([{ "categories": ["DEMOGRAPHICS", "SOLUTIONS"], "people": people }]);
        assert_eq!(first["disclosures"], selected);
        assert_eq!(first["questions"], json!([{ "categories": ["IDENTITY"], "found": people }]));
        let total = counted["individuals"]["totalCount"].as_i64().unwrap();
        assert_eq!(entries[4]["disclosures"], json!([]));
        assert_eq!(entries[4]["questions"], json!([{ "categories": ["DEMOGRAPHICS"], "found": total }]));
        let fingerprints = Fingerprints::new(secret().derive(&["audit"]));
        assert_eq!(first["operation"], Value::Null, "no operation was named");
        assert_ne!(first["document"], entries[4]["document"]);
        assert_eq!(fingerprints.of("a").len(), first["document"].as_str().unwrap().len());
        assert!(!format!("{entries:?}").contains("Page"));
    });
}

/// The holder's data officer learns who was told what of a person; nobody else does.
#[test]
fn the_holder_sees_who_has_seen_a_person() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let seen = app.data(
            "embassy-us",
            "{ individuals(first: 1, orderBy: { field: REGISTRATION_NUMBER, direction: ASC }) \
            { nodes { registrationNumber legalStatus } } }",
        );
        let id = id_of(&app, &seen["individuals"]["nodes"][0]["registrationNumber"]);
        let log = format!(
            "{{ accessLog(individualId: {id}, first: 10) {{ totalCount nodes {{ agency {{ code }} purpose agreements categories client shown asked }} }} }}"
        );
        let log_of = app.data("unhcr", &log)["accessLog"]["nodes"].as_array().unwrap().clone();
        let of_embassy: Vec<&Value> = log_of
            .iter()
            .filter(|entry| entry["agency"]["code"] == "embassy-us" && entry["purpose"] == "RESETTLEMENT")
            .collect();
        assert_eq!(of_embassy.len(), 1, "{log_of:?}");
        assert_eq!(of_embassy[0]["categories"], json!(["IDENTITY", "LEGAL_STATUS"]));
        assert_eq!(of_embassy[0]["agreements"], json!(["DSA-2003-03", "DSA-2003-04"]));
        assert_eq!(of_embassy[0]["client"], Value::Null);
        // Reading the log is on record too.
        let again = app.data("unhcr", &log)["accessLog"].clone();
        assert_eq!(again["totalCount"].as_u64().unwrap() as usize, log_of.len() + 1);
        let own = app.data("embassy-us", "{ individuals(first: 1) { nodes { id } } }")["individuals"]["nodes"][0]["id"]
            .clone();
        let foreign = format!("{{ accessLog(individualId: {own}, first: 1) {{ totalCount }} }}");
        assert_eq!(app.code("embassy-us", &foreign), "FORBIDDEN");
        assert_eq!(app.code("unhcr", &foreign), "INVALID_ID");
        // Of UNDP there is the release that the demo has made.
        assert_eq!(entries(&app, "undp").len(), 1, "others' entries are not shown");
    });
}

/// Flip a byte, drop an entry, swap two, cut the tail: each is found, and the first broken entry named.
#[test]
fn a_changed_chain_is_found() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        for _ in 0..5 {
            app.data("unhcr", "{ individuals(first: 2) { nodes { sex } } }");
        }
        let mut connection = connect(&app.database);
        let verify = |connection: &mut AnyConnection, kept: Option<&Head>| chain::verify(connection, kept).unwrap();
        let head = verify(&mut connection, None).unwrap();
        assert_eq!(chain::head(&mut connection).unwrap(), head);
        assert!(head.sequence >= 6);
        for statement in ["UPDATE audit_entries SET outcome = 'x'", "DELETE FROM audit_entries"] {
            assert!(
                connection.batch_execute(statement).unwrap_err().to_string().contains("append-only"),
                "{statement}"
            );
        }
        connection
            .batch_execute(match engine {
                Engine::Sqlite => "DROP TRIGGER audit_entries_unchanged; DROP TRIGGER audit_entries_kept",
                Engine::Postgres => {
                    "DROP TRIGGER audit_entries_unchanged ON audit_entries; DROP TRIGGER audit_head_rises ON audit_head"
                }
            })
            .unwrap();
        connection.batch_execute("CREATE TABLE kept AS SELECT * FROM audit_entries").unwrap();
        let swap = "UPDATE audit_entries SET sequence = 100 WHERE sequence = 3; UPDATE audit_entries SET sequence = 3 WHERE sequence = 4; \
            UPDATE audit_entries SET sequence = 4 WHERE sequence = 100";
        let cut = format!("DELETE FROM audit_entries WHERE sequence = {}", head.sequence);
        let cut_with_head = format!(
            "{cut}; UPDATE audit_head SET sequence = {0}, hash = (SELECT hash FROM kept WHERE sequence = {0})",
            head.sequence - 1
        );
        let cut_off = Broken::CutOff { found: head.sequence - 1, expected: head.sequence };
        for (harm, kept, broken) in [
            ("UPDATE audit_entries SET questions = NULL WHERE sequence = 4", None, Broken::Changed(4)),
            ("UPDATE audit_entries SET agency_id = agency_id + 1 WHERE sequence = 5", None, Broken::Changed(5)),
            ("DELETE FROM audit_entries WHERE sequence = 2", None, Broken::Missing(2)),
            (swap, None, Broken::Changed(3)),
            (cut.as_str(), None, cut_off.clone()),
            (cut_with_head.as_str(), Some(&head), cut_off),
        ] {
            connection.batch_execute(harm).unwrap();
            assert_eq!(verify(&mut connection, kept), Err(broken), "{harm}");
            connection
                .batch_execute("DELETE FROM audit_entries; INSERT INTO audit_entries SELECT * FROM kept")
                .unwrap();
            let repair = format!("UPDATE audit_head SET sequence = {}, hash = '{}'", head.sequence, head.hash);
            connection.batch_execute(&repair).unwrap();
            assert_eq!(verify(&mut connection, Some(&head)), Ok(head.clone()));
        }
        let lists =
            ["UPDATE audit_lists SET people = '4711.0.0'", "UPDATE audit_lists SET people = people || ' 4711.0.0'"];
        let questions = ["UPDATE audit_questions SET categories = 1023", "UPDATE audit_questions SET basis_id = 4711"];
        for (table, changes) in [("audit_lists", lists), ("audit_questions", questions)] {
            let names = ["unchanged", "kept"].map(|name| format!("{table}_{name}"));
            let triggers = match engine {
                Engine::Sqlite => format!("DROP TRIGGER {}; DROP TRIGGER {}", names[0], names[1]),
                Engine::Postgres if table == "audit_questions" => format!("DROP TRIGGER {} ON {table}", names[0]),
                Engine::Postgres => {
                    format!("DROP TRIGGER {} ON {table}; DROP TRIGGER {} ON {table}", names[0], names[1])
                }
            };
            assert!(connection.batch_execute(&format!("DELETE FROM {table}")).is_err());
            let kept = format!("{triggers}; CREATE TABLE listed AS SELECT * FROM {table}");
            connection.batch_execute(&kept).unwrap();
            let gone = format!("DELETE FROM {table}");
            for harm in [gone.as_str(), changes[0], changes[1]] {
                let harm = format!("{harm} WHERE sequence = 4");
                connection.batch_execute(&harm).unwrap();
                assert_eq!(verify(&mut connection, None), Err(Broken::Changed(4)), "{harm}");
                let repair = format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM listed");
                connection.batch_execute(&repair).unwrap();
            }
            connection.batch_execute("DROP TABLE listed").unwrap();
        }
        // What nobody would find where it lies, or the databases would read differently, belongs to no list.
        for (harm, repair) in [
            ("UPDATE audit_lists SET people = '0' || people", "UPDATE audit_lists SET people = substr(people, 2)"),
            ("UPDATE audit_lists SET people = people || '.'", "UPDATE audit_lists SET people = rtrim(people, '.')"),
            ("INSERT INTO audit_people VALUES (0, 0, '300.4.1.0')", "DELETE FROM audit_people"),
            ("INSERT INTO audit_people VALUES (0, 1, '44.-252.1.0')", "DELETE FROM audit_people"),
            ("INSERT INTO audit_people VALUES (0, 0, '44.4.1.2')", "DELETE FROM audit_people"),
        ] {
            connection.batch_execute(harm).unwrap();
            assert!(matches!(verify(&mut connection, None), Err(Broken::Garbled { .. })), "{harm}");
            let triggers = match engine {
                Engine::Sqlite => "DROP TRIGGER IF EXISTS audit_people_kept",
                Engine::Postgres => "DROP TRIGGER IF EXISTS audit_people_unchanged ON audit_people",
            };
            connection.batch_execute(&format!("{triggers}; {repair}")).unwrap();
            assert_eq!(verify(&mut connection, None), Ok(head.clone()));
        }
        for sequence in [0, -7, 1_000] {
            for row in [
                format!("audit_lists VALUES ({sequence}, '1.0.0')"),
                format!("audit_questions VALUES (1, {sequence}, 1)"),
            ] {
                connection.batch_execute(&format!("INSERT INTO {row}")).unwrap();
                assert_eq!(verify(&mut connection, None), Err(Broken::Superfluous(sequence)), "{row}");
                let table = row.split(' ').next().unwrap();
                connection.batch_execute(&format!("DELETE FROM {table} WHERE sequence = {sequence}")).unwrap();
            }
        }
        let other = Head { hash: "0".repeat(64), ..head.clone() };
        assert_eq!(verify(&mut connection, Some(&other)), Err(Broken::Replaced(head.sequence)));
    });
}

/// If the audit is gone or read-only no data leaves and nothing is changed; once it is repaired, the server goes on.
#[test]
fn without_the_audit_nothing_is_answered() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let query = "{ individuals(first: 2) { nodes { id } } }";
        let person = app.data("unhcr", query)["individuals"]["nodes"][0]["id"].clone();
        let terms = "reference: \"T\", providerCode: \"unhcr\", recipientCode: \"undp\", purpose: RESETTLEMENT, level: IDENTIFIED, \
            categories: [IDENTITY], consentRequired: true, validFrom: \"2025-01-01\", validUntil: \"2027-01-01\"";
        let consent = format!("individualId: {person}, recipientCode: \"undp\", purpose: RESETTLEMENT, given: true");
        let changes = [
            format!("mutation {{ recordConsent(input: {{ {consent} }}) {{ userErrors {{ code }} }} }}"),
            format!("mutation {{ proposeAgreement(input: {{ terms: {{ {terms} }} }}) {{ userErrors {{ code }} }} }}"),
        ];
        let agreements = "{ agreements(first: 1) { totalCount } }";
        let before = app.data("unhcr", agreements);
        let read_only = match engine {
            Engine::Sqlite => [
                "CREATE TRIGGER audit.read_only BEFORE INSERT ON audit_entries BEGIN SELECT RAISE(ABORT, 'read-only'); END",
                "DROP TRIGGER audit.read_only",
            ],
            Engine::Postgres => {
                ["REVOKE INSERT ON audit_entries FROM panoh_server", "GRANT INSERT ON audit_entries TO panoh_server"]
            }
        };
        let gone = ["ALTER TABLE audit_entries RENAME TO elsewhere", "ALTER TABLE elsewhere RENAME TO audit_entries"];
        for [broken, repaired] in [gone, read_only] {
            connect(&app.database).batch_execute(broken).unwrap();
            for asked in [query, "{ viewer { purpose } }", "{ nothing }", &changes[0], &changes[1]] {
                let answer = app.ask("unhcr", asked);
                assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{broken}: {asked}: {answer}");
                assert!(answer.get("data").is_none(), "{answer}");
            }
            connect(&app.database).batch_execute(repaired).unwrap();
            app.data("unhcr", query);
            assert_eq!(app.data("unhcr", agreements), before, "nothing was changed");
        }
        assert!(chain::verify(&mut connect(&app.database), None).unwrap().is_ok());
    });
}

/// A key that is disabled is refused from the next request on, also on a connection that stays open.
#[test]
fn a_disabled_key_is_refused_at_once() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        app.data("undp", "{ viewer { purpose } }");
        let disable = |name: &str| {
            let arguments = ["client", "disable", "--agency", "undp", "--name", name];
            let database = url(&app.database.address);
            Command::new(env!("CARGO_BIN_EXE_panoh")).args(arguments).env("PANOH_DATABASE", database).output().unwrap()
        };
        assert!(disable("undp data office").status.success());
        assert_eq!(app.code("undp", "{ viewer { purpose } }"), "UNAUTHENTICATED");
        assert!(!disable("undp data office").status.success(), "it is disabled already");
        app.data("unhcr", "{ viewer { purpose } }");
    });
}

/// A log of many entries is read piece by piece: pages and counts are as exact across the pieces as within one.
#[test]
fn an_access_log_is_exact_across_its_pieces() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let person = app.data("unhcr", "{ individuals(first: 1) { nodes { id registrationNumber } } }")["individuals"]
            ["nodes"][0]
            .clone();
        let (id, number) = (person["id"].as_str().unwrap(), person["registrationNumber"].as_str().unwrap());
        let numbers = match engine {
            Engine::Sqlite => {
                "WITH RECURSIVE numbers (n) AS (SELECT 1000 UNION ALL SELECT n + 1 FROM numbers WHERE n < 60000) "
            }
            Engine::Postgres => "WITH numbers AS (SELECT generate_series(1000, 60000) AS n) ",
        };
        let key = format!("(SELECT audit_key FROM individuals WHERE registration_number = '{number}')");
        let shown = [16_384, 16_385, 20_000, 32_768, 32_769, 49_000, 49_200, 59_999];
        let listed: String = shown
            .iter()
            .map(|nth| format!("INSERT INTO audit_lists (sequence, people) SELECT {nth}, {key} || '.1.0'; "))
            .collect();
        let fill = format!(
            "INSERT INTO audit_entries (sequence, recorded_at, event, agency_id, outcome, agreements, disclosures, hash, number) \
             {numbers} SELECT n, '2026-01-01 00:00:00', 'REQUEST', (SELECT id FROM agencies WHERE code = 'undp'), 'OK', '[]', '[]', '', 0 \
             FROM numbers; {listed} UPDATE audit_head SET sequence = 60000"
        );
        connect(&app.database).batch_execute(&fill).unwrap();
        let log = |window: &str| {
            let query = format!(
                "{{ accessLog(individualId: \"{id}\", {window}) {{ totalCount edges {{ cursor node {{ agency {{ code }} }} }} \
                 pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
            );
            app.data("unhcr", &query)["accessLog"].clone()
        };
        for (from_end, size) in [(false, 3), (false, 1), (true, 3)] {
            let (mut seen, mut cursor) = (0, None);
            loop {
                let (take, beyond, more, edge) = match from_end {
                    false => ("first", "after", "hasNextPage", "endCursor"),
                    true => ("last", "before", "hasPreviousPage", "startCursor"),
                };
                let bound = cursor.map_or(String::new(), |cursor| format!(", {beyond}: \"{cursor}\""));
                let page = log(&format!("{take}: {size}{bound}"));
                let edges = page["edges"].as_array().unwrap();
                // UNHCR's own are beside them: the first question, and what this loop asks.
                seen += edges.iter().filter(|edge| edge["node"]["agency"]["code"] == "undp").count();
                if page["pageInfo"][more] != true {
                    break;
                }
                cursor = page["pageInfo"][edge].as_str().map(str::to_owned);
            }
            assert_eq!(seen, shown.len() + 1, "{engine:?} {from_end} {size}: with the release of statistics");
        }
        let count = log("first: 1")["totalCount"].as_i64().unwrap();
        assert_eq!(log("first: 100")["edges"].as_array().unwrap().len() as i64, count + 1, "with the question before");
    });
}

/// An answer whose snapshot has not seen a change of access does not leave.
#[test]
fn an_outdated_snapshot_is_stale() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let store = Store::open(app.database.address.clone(), secret(), 2).unwrap();
        let credentials = Credentials { key_hash: api_key::hash(&app.key("unhcr")), purpose: None };
        let disclosures = |store: &Store| store.read(&credentials, today(), &soon()).unwrap().close();
        let append = |disclosures: ClosedDisclosures, epoch: i64| {
            let receipt =
                store.audit_writer().append(disclosures.record(&BTreeSet::new(), "OK"), &credentials, Some(epoch));
            panoh::http::block_on(receipt.durable(soon().at())).unwrap()
        };
        let fresh = disclosures(&store);
        let epoch = fresh.epoch();
        assert_eq!(append(fresh, epoch), Recorded::Durable);
        let outdated = disclosures(&store);
        outside_policy::<_, StoreError>(&app.database.address, AuditEvent::Import, "consents", |_| Ok(())).unwrap();
        assert_eq!(append(outdated, epoch), Recorded::Stale);
        assert_eq!(disclosures(&store).epoch(), epoch + 1);
    });
}

/// Access changes all the time, so that a query runs at last while it stands still; others' answers are put on record meanwhile.
#[test]
fn the_audit_is_read_while_access_keeps_changing() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut connection = connect(&app.database);
                while !over.load(Ordering::Relaxed) {
                    connection.batch_execute("UPDATE policy_epochs SET epoch = epoch + 1").unwrap();
                    std::thread::sleep(Duration::from_millis(2));
                }
            });
            let asking: Vec<_> = ["unhcr", "undp", "embassy-us", "embassy-ca"]
                .map(|agency| {
                    let app = &app;
                    scope.spawn(move || {
                        let query = "{ auditEntries(first: 50) { totalCount nodes { outcome } } }";
                        (0..50).filter(|_| app.ask(agency, query)["data"]["auditEntries"].is_null()).count()
                    })
                })
                .into_iter()
                .collect();
            let unanswered: usize = asking.into_iter().map(|asked| asked.join().unwrap()).sum();
            over.store(true, Ordering::Relaxed);
            assert_eq!(unanswered, 0, "of 200 questions");
        });
    });
}

/// Requests that prove no client are on record as a count.
#[test]
fn requests_that_prove_no_client_are_counted() {
    each_engine(|engine| {
        let database = Database::migrated(engine);
        let audit_writer = AuditWriter::start(database.address.clone());
        (0..7).for_each(|_| audit_writer.count_unauthenticated());
        drop(audit_writer);
        let started = Instant::now();
        while chain::head(&mut connect(&database)).unwrap().sequence == 0 {
            assert!(started.elapsed() < Duration::from_secs(10), "nothing is on record");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(chain::verify(&mut connect(&database), None).unwrap().is_ok());
    });
}

/// Killed in the middle of load, fifty times: each answer that a client received has its durable entry, and the chain holds.
#[test]
fn what_was_answered_is_on_record_after_a_kill() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 100);
        let folder = tempfile::TempDir::new().unwrap();
        let secret_file = folder.path().join("secret");
        std::fs::write(&secret_file, "2a".repeat(32)).unwrap();
        let fingerprints = Fingerprints::new(secret().derive(&["audit"]));
        let key = app.key("undp");
        let mut answered: Vec<String> = Vec::new();
        for round in 0..50 {
            let (mut server, address) = serving(&app, &secret_file);
            let received = Arc::new(AtomicUsize::new(0));
            let clients: Vec<_> = (0..4)
                .map(|client| {
                    let (key, address, received) = (key.clone(), address.clone(), Arc::clone(&received));
                    std::thread::spawn(move || load(&address, &key, &format!("r{round}c{client}"), &received))
                })
                .collect();
            let started = Instant::now();
            while received.load(Ordering::Relaxed) < 5 && started.elapsed() < Duration::from_secs(30) {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(Duration::from_millis(round % 7 * 5));
            server.kill().unwrap();
            server.wait().unwrap();
            answered.extend(clients.into_iter().flat_map(|client| client.join().unwrap()));
        }
        let mut connection = connect(&app.database);
        assert!(chain::verify(&mut connection, None).unwrap().is_ok());
        let recorded = operations(&app);
        assert!(answered.len() >= 250, "only {} answers", answered.len());
        for name in &answered {
            assert!(recorded.contains(&fingerprints.of(name)), "the answer to {name} is not on record");
        }
        println!("{engine:?}: {} answers of {} entries, 50 kills", answered.len(), recorded.len());
    });
}

/// A server of its own over the database of another, and its address.
pub fn serving(app: &TestApp, secret_file: &Path) -> (Child, String) {
    let mut server = Command::new(env!("CARGO_BIN_EXE_panoh"))
        .args(["serve", "--listen", "127.0.0.1:0", "--secret-key-file"])
        .arg(secret_file)
        .env("PANOH_DATABASE", url(&app.database.address))
        .env("NO_COLOR", "1")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stderr.take().unwrap()).lines();
    let line = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains("serving"))).unwrap().unwrap();
    (server, line.split("address=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned())
}

/// Asks until the server is gone; the names of the operations that were answered.
fn load(address: &str, key: &str, name: &str, received: &AtomicUsize) -> Vec<String> {
    let client = reqwest::blocking::Client::new();
    let mut answered = Vec::new();
    for number in 0.. {
        let operation = format!("{name}n{number}");
        let query = format!("query {operation} {{ individuals(first: 3) {{ nodes {{ familyName }} }} }}");
        let body = json!({ "query": query, "operationName": operation }).to_string();
        let request = client.post(format!("http://{address}/graphql")).header("content-type", "application/json");
        match request.bearer_auth(key).body(body).send().and_then(|response| response.text()) {
            Ok(text) if text.contains("\"data\":{\"individuals\"") => {
                received.fetch_add(1, Ordering::Relaxed);
                answered.push(operation);
            }
            _ => break,
        }
    }
    answered
}

/// The fingerprints of the operations on record.
fn operations(app: &TestApp) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut after = String::new();
    loop {
        let query = format!(
            "{{ auditEntries(first: 100{after}) {{ nodes {{ operation }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let page = app.data("undp", &query)["auditEntries"].clone();
        let names = page["nodes"].as_array().unwrap().iter().filter_map(|node| node["operation"].as_str());
        found.extend(names.map(str::to_owned));
        if page["pageInfo"]["hasNextPage"] == false {
            return found;
        }
        after = format!(", after: {}", page["pageInfo"]["endCursor"]);
    }
}

pub fn url(address: &Address) -> String {
    match address {
        Address::Sqlite(path) => format!("sqlite://{}", path.display()),
        Address::Postgres(url) => url.clone(),
    }
}
