//! `ready` tells whether an answer can be put on record now; a server that cannot answers nothing, and goes on when it can.

use crate::harness::{Engine, TestApp, each_engine};
use diesel::connection::SimpleConnection;
use panoh::store::database::connection::Address;
use serde_json::Value;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn ready(app: &TestApp) -> u16 {
    // What was found is told for a second.
    std::thread::sleep(Duration::from_millis(1_100));
    app.get("/health/ready").send().unwrap().status().as_u16()
}

fn answer(app: &TestApp) -> Value {
    app.ask("unhcr", "{ viewer { purpose } }")
}

/// Without the right to put anything on record there is no answer, and with it there is again.
#[test]
fn a_role_without_rights_is_not_ready() {
    let app = TestApp::demo(Engine::Postgres, 10);
    assert_eq!(ready(&app), 200);
    let mut owner = app.database.address.connect(false).unwrap();
    owner.batch_execute("REVOKE INSERT ON audit_entries FROM panoh_server").unwrap();
    assert_eq!(ready(&app), 503);
    let refused = answer(&app);
    assert_eq!(refused["errors"][0]["extensions"]["code"], "UNAVAILABLE", "{refused}");
    owner.batch_execute("GRANT INSERT ON audit_entries TO panoh_server").unwrap();
    assert_eq!(ready(&app), 200);
    assert_eq!(answer(&app)["data"]["viewer"]["purpose"], "CASE_MANAGEMENT");
}

/// A file that is replaced or removed is noticed before the next record: nothing is answered until it is back.
#[test]
fn a_lost_file_is_noticed() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    let Address::Sqlite(path) = &app.database.address else { unreachable!("it is SQLite") };
    let audit = PathBuf::from(format!("{}-audit", path.display()));
    for file in [path, &audit] {
        assert_eq!(ready(&app), 200);
        let away = file.with_extension("away");
        std::fs::rename(file, &away).unwrap();
        assert_eq!(answer(&app)["errors"][0]["extensions"]["code"], "UNAVAILABLE");
        assert_eq!(ready(&app), 503);
        std::fs::copy(&away, file).unwrap();
        assert_eq!(answer(&app)["errors"][0]["extensions"]["code"], "UNAVAILABLE", "a copy is another file");
        std::fs::rename(&away, file).unwrap();
        assert_eq!(answer(&app)["data"]["viewer"]["purpose"], "CASE_MANAGEMENT");
    }
}

/// Probes answer HEAD.
#[test]
fn probes_answer_head() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    for path in ["/health/live", "/health/ready"] {
        let client = reqwest::blocking::Client::new();
        assert_eq!(client.head(app.url(path)).send().unwrap().status(), 200, "{path}");
    }
}

/// Load alone is no reason to be taken for broken.
#[test]
fn load_is_no_reason() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let started = Instant::now();
        std::thread::scope(|scope| {
            for _ in 0..12 {
                scope.spawn(|| {
                    while started.elapsed() < Duration::from_secs(3) {
                        app.ask("unhcr", "{ individuals(first: 50) { nodes { familyName } } }");
                    }
                });
            }
            for _ in 0..2 {
                assert_eq!(ready(&app), 200);
            }
        });
    });
}

/// A log that cannot be written stops nothing: neither a pipe that nobody reads any more, nor a full disk. Nor does a terminal that
/// closes; SIGINT lets what has begun end.
#[test]
fn a_lost_log_and_a_closed_terminal_stop_nothing() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    let Address::Sqlite(path) = &app.database.address else { unreachable!("it is SQLite") };
    let secret = path.with_extension("secret");
    std::fs::write(&secret, "2a".repeat(32)).unwrap();
    for full in [false, true] {
        let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        drop(socket);
        let log = match full {
            true => Stdio::from(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap()),
            false => Stdio::piped(),
        };
        let mut server = Command::new(env!("CARGO_BIN_EXE_panoh"))
            .args(["serve", "--listen", &address.to_string(), "--database", &format!("sqlite://{}", path.display())])
            .arg("--secret-key-file")
            .arg(&secret)
            .env("PANOH_LOG", "trace")
            .stderr(log)
            .spawn()
            .unwrap();
        drop(server.stderr.take());
        let answers = |signal: Option<&str>| {
            if let Some(signal) = signal {
                assert!(Command::new("kill").args([signal, &server.id().to_string()]).status().unwrap().success());
            }
            let client = reqwest::blocking::Client::new();
            let started = Instant::now();
            loop {
                let request =
                    client.post(format!("http://{address}/graphql")).header("content-type", "application/json");
                let sent = request.bearer_auth(app.key("undp")).body(r#"{"query":"{ viewer { purpose } }"}"#).send();
                match sent {
                    Ok(response) => break assert_eq!(response.status(), 200),
                    Err(error) => assert!(started.elapsed() < Duration::from_secs(10), "{error}"),
                }
                std::thread::sleep(Duration::from_millis(50));
            }
        };
        (0..20).for_each(|_| answers(None));
        answers(Some("-HUP"));
        assert!(Command::new("kill").args(["-INT", &server.id().to_string()]).status().unwrap().success());
        assert!(server.wait().unwrap().success());
    }
}
