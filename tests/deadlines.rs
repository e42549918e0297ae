//! Requests end: at their deadline, or when their client has gone.

use crate::budgets::dear;
use crate::harness::app::{secret, today};
use crate::harness::{Engine, TestApp, each_engine};
use diesel::connection::SimpleConnection;
use panoh::policy::api_key;
use panoh::policy::filter::Filter;
use panoh::store::database::deadline::Deadline;
use panoh::store::{Credentials, Store, StoreError};
use serde_json::json;
use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_millis(300);

/// A statement ends with its request's time, in the middle of its work, and the connection goes on.
#[test]
fn a_statement_ends_at_the_deadline() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let mut other = app.database.address.connect(false).unwrap();
        let started = Instant::now();
        if engine == Engine::Sqlite {
            let deadline = Deadline::after(SOON);
            let _entered = deadline.enter();
            let endless = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c";
            assert!(other.batch_execute(endless).is_err());
        } else {
            let store = Store::open(app.database.address.clone(), secret(), 1).unwrap();
            let credentials = Credentials { key_hash: api_key::hash(&app.key("unhcr")), purpose: None };
            let deadline = Deadline::after(Duration::from_secs(60));
            let mut session = store.read(&credentials, today(), &deadline).unwrap();
            other.batch_execute("BEGIN; LOCK TABLE individuals, coverages, cases IN ACCESS EXCLUSIVE MODE").unwrap();
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    std::thread::sleep(SOON);
                    deadline.expire();
                });
                let error = session.individuals_count(&Filter::everybody()).map_err(|error| deadline.explain(error));
                assert!(matches!(error, Err(StoreError::TooLong)), "{error:?}");
            });
            drop(session);
            other.batch_execute("ROLLBACK").unwrap();
            let again = Deadline::after(Duration::from_secs(60));
            let mut session = store.read(&credentials, today(), &again).unwrap();
            assert_eq!(session.individuals_count(&Filter::everybody()).unwrap(), 20);
        }
        let took = started.elapsed();
        assert!(took >= SOON && took < Duration::from_secs(3), "{took:?}");
    });
}

/// A client that has gone is worked for no more, and its record says so.
#[test]
fn whoever_has_gone_is_worked_for_no_more() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 1_500);
        app.data("unhcr", "{ viewer { purpose } }");
        let body = json!({ "query": dear(49, 180) }).to_string();
        let url = app.url("");
        let mut socket = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nHost: panoh\r\nContent-Type: application/json\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n",
            app.key("unhcr"),
            body.len()
        );
        socket.write_all(format!("{head}{body}").as_bytes()).unwrap();
        std::thread::sleep(SOON);
        drop(socket);
        let gone = Instant::now();
        let outcome = || {
            let entries = app.data("unhcr", "{ auditEntries(first: 9) { nodes { outcome } } }");
            entries["auditEntries"]["nodes"].to_string().contains("CANCELLED")
        };
        while !outcome() {
            assert!(gone.elapsed() < Duration::from_secs(3), "it goes on");
            std::thread::sleep(Duration::from_millis(50));
        }
    });
}
