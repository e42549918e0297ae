use crate::harness::Database;
use crate::harness::databases::reading_only;
use crate::harness::{Engine, each_engine};
use diesel::connection::SimpleConnection;
use panoh::store::database::connection::Address;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// `panoh` with arguments, in a folder of its own, on a database.
fn panoh(folder: &Path, database: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_panoh"));
    command.current_dir(folder).args(arguments).env("PANOH_DATABASE", database);
    command
}

/// Runs a command that must fail, and gives what it says.
fn complaint(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "it succeeds: {said}");
    said
}

fn url(database: &Database) -> String {
    match &database.address {
        Address::Sqlite(path) => format!("sqlite://{}", path.display()),
        Address::Postgres(url) => url.clone(),
    }
}

/// The demo starts twice on one database with the same keys, and refuses another size.
#[test]
fn the_demo_keeps_its_keys() {
    each_engine(|engine| {
        let folder = TempDir::new().unwrap();
        let database = Database::empty(engine);
        let keys = |people: &str| {
            let arguments = ["demo", "--people", people, "--keys", "keys.json", "--listen", "127.0.0.1:0"];
            let mut command = panoh(folder.path(), &url(&database), &arguments);
            let mut server = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
            let printed: Vec<String> =
                BufReader::new(server.stdout.take().unwrap()).lines().take(7).map_while(Result::ok).collect();
            let stopped = Command::new("kill").arg(server.id().to_string()).status().unwrap();
            assert!(stopped.success() && server.wait().unwrap().success(), "SIGTERM stops it gracefully");
            assert!(printed.iter().any(|line| line.starts_with("Explorer:  http://127.0.0.1:")), "{printed:?}");
            std::fs::read_to_string(folder.path().join("keys.json")).unwrap()
        };
        let first = keys("20");
        assert!(first.contains("\"embassy-us\": \"panoh_"), "{first}");
        assert_eq!(first, keys("20"));
        for entry in std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
            let mode = std::os::unix::fs::PermissionsExt::mode(&entry.metadata().unwrap().permissions());
            assert_eq!(mode & 0o077, 0, "{:?} is for its owner only", entry.file_name());
        }
        let other = complaint(&mut panoh(
            folder.path(),
            &url(&database),
            &["demo", "--people", "30", "--listen", "127.0.0.1:0"],
        ));
        assert!(other.contains("has 20 people, not 30"), "{other}");
        std::fs::write(folder.path().join("other.secret"), "5a".repeat(32)).unwrap();
        let arguments = ["demo", "--people", "20", "--listen", "127.0.0.1:0", "--secret-key-file", "other.secret"];
        let other = complaint(&mut panoh(folder.path(), &url(&database), &arguments));
        assert!(other.contains("made with another secret key file"), "{other}");
    });
}

/// Agencies and clients are added; the key alone is printed, and wrong input says what would be right.
#[test]
fn agencies_and_clients_are_administered() {
    each_engine(|engine| {
        let folder = TempDir::new().unwrap();
        let database = Database::migrated(engine);
        let run = |arguments: &[&str]| panoh(folder.path(), &url(&database), arguments).output().unwrap();
        assert!(run(&["agency", "add", "--code", "iom", "--name", "IOM"]).status.success());
        let client = run(&["client", "add", "--agency", "iom", "--role", "READER", "--purpose", "STATISTICS"]);
        let key = String::from_utf8(client.stdout).unwrap();
        assert!(key.starts_with("panoh_") && key.lines().count() == 1, "{key}");
        for (arguments, expected) in [
            (["agency", "add", "--code", "iom", "--name", "IOM"].as_slice(), "there is an agency iom already"),
            (&["agency", "add", "--code", "I O M", "--name", "IOM"], "2 to 32 of a-z"),
            (&["agency", "add", "--code", "x1", "--name", "X", "--country", "ZZZ"], "not a country"),
            (
                &["client", "add", "--agency", "who", "--role", "READER", "--purpose", "STATISTICS"],
                "there is no agency who",
            ),
            (
                &["client", "add", "--agency", "iom", "--role", "KING", "--purpose", "STATISTICS"],
                "READER, CASEWORKER, DATA_OFFICER",
            ),
            (
                &["client", "add", "--agency", "iom", "--role", "READER", "--purpose", "STATISTICS"],
                "a client called iom READER already",
            ),
            (&["client", "disable", "--agency", "iom", "--name", "nobody"], "no client called nobody"),
        ] {
            let said = complaint(&mut panoh(folder.path(), &url(&database), arguments));
            assert!(said.contains(expected), "{said}");
        }
    });
}

/// What keeps a server from starting is said in words: no database, an older or newer one, a port in use, no secret or a short one.
#[test]
fn a_server_that_cannot_start_says_why() {
    each_engine(|engine| {
        let folder = TempDir::new().unwrap();
        let database = Database::empty(engine);
        let secret = folder.path().join("secret");
        let serve = |address: &str, listen: &str| {
            let arguments = ["serve", "--listen", listen, "--secret-key-file", "secret"];
            complaint(&mut panoh(folder.path(), address, &arguments))
        };
        let unmigrated = serve(&url(&database), "127.0.0.1:0");
        assert!(unmigrated.contains("no database at") || unmigrated.contains("run `panoh migrate`"), "{unmigrated}");
        panoh::store::migrations::migrate(&database.address).unwrap();
        assert!(serve(&url(&database), "127.0.0.1:0").contains("there is no secret key file secret"));
        std::fs::write(&secret, "abcd").unwrap();
        assert!(serve(&url(&database), "127.0.0.1:0").contains("holds 2 bytes; at least 32"));
        std::fs::write(&secret, "not hexadecimal").unwrap();
        assert!(serve(&url(&database), "127.0.0.1:0").contains("hexadecimal digits only"));
        std::fs::write(&secret, "5a".repeat(32)).unwrap();
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let in_use = serve(&url(&database), &taken.local_addr().unwrap().to_string());
        assert!(in_use.contains("cannot listen on 127.0.0.1:"), "{in_use}");
        assert!(serve("mysql://x", "127.0.0.1:0").contains("must start with sqlite:// or postgres://"));
        assert!(serve("postgres://nobody@127.0.0.1:1/none", "127.0.0.1:0").contains("cannot be reached"));
    });
}

/// An import waits for nobody forever: a locked database is said to be busy, and a missing file and an option are named.
#[test]
fn an_import_that_cannot_run_says_why() {
    let folder = TempDir::new().unwrap();
    let database = Database::migrated(Engine::Sqlite);
    let file = folder.path().join("places.csv");
    std::fs::write(
        &file,
        "Location,Admin Level,P-Code,Name,Parent P-Code,Valid from date\nTJK,1,1,One,TJK,2017-01-01\n",
    )
    .unwrap();
    let import = |arguments: &[&str]| panoh(folder.path(), &url(&database), &[&["import"], arguments].concat());
    assert!(complaint(&mut import(&["places", "none.csv"])).contains("none.csv: No such file"));
    assert!(complaint(&mut import(&["caseload", "places.csv"])).contains("it lacks case_number"));
    assert!(complaint(&mut import(&["things", "places.csv"])).contains("places, population, caseload"));
    assert!(complaint(&mut import(&["places", "--template"])).contains("has no template"));
    let mut other = database.address.connect(false).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    assert!(complaint(&mut import(&["places", "places.csv"])).contains("database is locked"));
    other.batch_execute("ROLLBACK").unwrap();
    let dry = import(&["places", "places.csv", "--dry-run"]).output().unwrap();
    assert!(String::from_utf8_lossy(&dry.stdout).contains("nothing kept: 1 added"));
    for expected in ["1 added, 0 updated, 0 unchanged", "0 added, 0 updated, 1 unchanged"] {
        let real = import(&["places", "places.csv"]).output().unwrap();
        assert!(String::from_utf8_lossy(&real.stdout).contains(expected));
    }
}

/// A database that cannot be written to is said to be read-only, whichever command meets it.
#[test]
fn a_read_only_database_is_named() {
    each_engine(|engine| {
        let database = Database::migrated(engine);
        let folder = TempDir::new().unwrap();
        let program = Path::new(env!("CARGO_BIN_EXE_panoh"));
        let (mut command, address) = match &database.address {
            Address::Sqlite(file) => (reading_only(file, folder.path(), program), url(&database)),
            Address::Postgres(url) => {
                (Command::new(program), format!("{url}&options=-c%20default_transaction_read_only%3Don"))
            }
        };
        command.current_dir(folder.path()).env("PANOH_DATABASE", address);
        let complaint = complaint(command.args(["agency", "add", "--code", "unhcr", "--name", "UNHCR"]));
        assert!(complaint.contains("the database is read-only"), "{complaint}");
    });
}

/// A command whose output nobody reads ends quietly, and a client whose key cannot be printed is not kept.
#[test]
fn output_that_is_lost_ends_commands_and_keeps_no_client() {
    each_engine(|engine| {
        let folder = TempDir::new().unwrap();
        let database = Database::migrated(engine);
        let panoh = |arguments: &[&str]| panoh(folder.path(), &url(&database), arguments);
        let mut closed = panoh(&["schema"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(closed.stdout.take());
        let ended = closed.wait_with_output().unwrap();
        assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");

        assert!(panoh(&["agency", "add", "--code", "undp", "--name", "UNDP"]).status().unwrap().success());
        let add = ["client", "add", "--agency", "undp", "--role", "READER", "--purpose", "STATISTICS"];
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        assert!(complaint(panoh(&add).stdout(full)).contains("nothing was kept"));
        let listed = panoh(&["client", "list"]).output().unwrap();
        assert_eq!(String::from_utf8(listed.stdout).unwrap(), "");
        assert!(panoh(&add).status().unwrap().success());

        for arguments in [
            ["agency", "add", "--code", "x-1", "--name", "a\tb"].as_slice(),
            &["client", "add", "--agency", "undp", "--role", "READER", "--purpose", "STATISTICS", "--name", "a\nb"],
        ] {
            assert!(complaint(&mut panoh(arguments)).contains("no control characters"), "{arguments:?}");
        }
        assert!(complaint(panoh(&["schema"]).env("PANOH_LOG", "panoh=[")).contains("PANOH_LOG"));
        let endless = complaint(&mut panoh(&["import", "places", "/dev/zero"]));
        assert!(endless.contains("it has more than 256000000 bytes"), "{endless}");
        let endless = complaint(&mut panoh(&["serve", "--secret-key-file", "/dev/zero"]));
        assert!(endless.contains("it has more than 4096 bytes"), "{endless}");
    });
}

/// Two servers with secrets of their own on one database have each a role of its own.
#[test]
fn two_servers_do_not_take_each_others_role() {
    let database = Database::migrated(Engine::Postgres);
    let secret = |byte: u8| panoh::policy::seal::Secret::new(vec![byte; 32]).unwrap();
    let first = panoh::store::rls::server_address(&database.address, &secret(1)).unwrap();
    let second = panoh::store::rls::server_address(&database.address, &secret(2)).unwrap();
    assert_ne!(first, second);
    for address in [first, second] {
        assert!(address.connect(false).is_ok());
    }
}
