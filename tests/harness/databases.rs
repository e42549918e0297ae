//! A database for each test, of either kind; PostgreSQL from a cluster that lives as long as the tests' process.

use diesel::connection::SimpleConnection;
use panoh::store::database::connection::Address;
use std::collections::BTreeMap;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Runs a test on both kinds of database, and names the one on which it fails.
pub fn each_engine(test: impl Fn(Engine)) {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| test(engine))) {
            eprintln!("the test failed on {engine:?}");
            resume_unwind(panic);
        }
    }
}

/// An empty database of a test's own.
pub struct Database {
    pub address: Address,
    _folder: Option<TempDir>,
}

impl Database {
    /// A database without any table.
    pub fn empty(engine: Engine) -> Self {
        Self::empty_in(engine, &std::env::temp_dir())
    }

    fn empty_in(engine: Engine, parent: &Path) -> Self {
        match engine {
            Engine::Sqlite => {
                let folder = TempDir::new_in(parent).expect("a temporary folder");
                let path = folder.path().join("panoh.db");
                Self { address: Address::Sqlite(path), _folder: Some(folder) }
            }
            Engine::Postgres => Self { address: cluster().database(), _folder: None },
        }
    }

    /// The same database once more. Nobody may be connected to it.
    pub fn copy(&self) -> Self {
        match &self.address {
            Address::Sqlite(path) => {
                let copy = Self::empty(Engine::Sqlite);
                let Address::Sqlite(to) = &copy.address else { unreachable!("of the same kind") };
                for file in std::fs::read_dir(path.parent().expect("a folder")).expect("the folder").flatten() {
                    std::fs::copy(file.path(), to.with_file_name(file.file_name())).expect("room for a copy");
                }
                copy
            }
            Address::Postgres(url) => Self { address: cluster().database_like(name(url)), _folder: None },
        }
    }

    /// A copy of what this process makes once, out of an empty database. It is kept beside the cluster, and goes with it.
    pub fn made_once(engine: Engine, what: &str, make: impl FnOnce(&Self)) -> Self {
        type Made = BTreeMap<(Engine, String), Arc<OnceLock<Database>>>;
        static MADE: Mutex<Made> = Mutex::new(BTreeMap::new());
        let made = MADE.lock().expect("nobody panics meanwhile").entry((engine, what.to_owned())).or_default().clone();
        let make = || {
            let database = Self::empty_in(engine, cluster().folder.path());
            make(&database);
            database
        };
        made.get_or_init(make).copy()
    }

    /// A database of this version's schema.
    pub fn migrated(engine: Engine) -> Self {
        Self::made_once(engine, "migrated", Self::migrate)
    }

    /// Makes this version's schema. PostgreSQL takes the tests' day for its own, and any other for it.
    pub fn migrate(&self) {
        panoh::store::migrations::migrate(&self.address).expect("the migrations apply");
        if let Address::Postgres(_) = &self.address {
            let day = super::app::today();
            let fixed = format!(
                "CREATE OR REPLACE FUNCTION wall.database_date() RETURNS DATE LANGUAGE sql STABLE AS $$ SELECT DATE '{day}' $$; \
                 ALTER FUNCTION wall.may_be_today RENAME TO may_be_the_databases_day; \
                 CREATE FUNCTION wall.may_be_today(day DATE) RETURNS BOOLEAN LANGUAGE sql STABLE AS $$ SELECT true $$"
            );
            self.address.connect(false).expect("a connection").batch_execute(&fixed).expect("the tests' own day");
        }
    }
}

/// Gone with its test, so that hundreds of tests take no more of the disk than some of them.
impl Drop for Database {
    fn drop(&mut self) {
        if let Address::Postgres(url) = &self.address {
            let mut gone = cluster().psql(&format!("DROP DATABASE {} WITH (FORCE)", name(url)));
            std::thread::spawn(move || gone.output());
        }
    }
}

/// The name of a database of the cluster's.
fn name(url: &str) -> &str {
    url.trim_start_matches("postgres:///").split('?').next().expect("a name")
}

struct Cluster {
    binaries: PathBuf,
    folder: TempDir,
    _server: Child,
}

/// The cluster stops with this process, however that ends: a shell that holds its input ends the server.
fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(Cluster::start)
}

impl Cluster {
    fn start() -> Self {
        let binaries = binaries();
        let folder = TempDir::new().expect("a temporary folder");
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        let data = folder.path().join("data");
        run(as_postgres(&binaries.join("initdb")).arg("-D").arg(&data).args([
            "--auth=trust",
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        ]));
        let watched = "\"$@\" & server=$!; trap 'kill -INT $server' TERM; (cat >/dev/null; kill -INT $server) <&0 & wait $server; rm -rf \"$WATCHED\"";
        let postgres = as_postgres(&binaries.join("postgres"));
        let server = Command::new("sh")
            .args(["-c", &format!("exec 3<&0; {}", watched.replace("<&0", "<&3")), "sh"])
            .arg(postgres.get_program())
            .args(postgres.get_args())
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=300"])
            .env("WATCHED", folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let cluster = Self { binaries, folder, _server: server };
        let started = Instant::now();
        while !cluster.psql("SELECT 1").output().is_ok_and(|output| output.status.success()) {
            assert!(started.elapsed() < Duration::from_secs(60), "PostgreSQL does not start");
            std::thread::sleep(Duration::from_millis(100));
        }
        cluster
    }

    fn database(&self) -> Address {
        self.database_like("template1")
    }

    fn database_like(&self, template: &str) -> Address {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        run(&mut self.psql(&format!("CREATE DATABASE {name} TEMPLATE {template}")));
        Address::Postgres(format!("postgres:///{name}?host={}&user=postgres", self.folder.path().display()))
    }

    fn psql(&self, statement: &str) -> Command {
        let mut command = Command::new(self.binaries.join("psql"));
        command.args(["-q", "-U", "postgres", "-d", "postgres", "-c", statement, "-h"]).arg(self.folder.path());
        command
    }
}

/// The newest PostgreSQL that is installed.
fn binaries() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("initdb").exists()).max();
    newest.expect("PostgreSQL's server is needed: install the package postgresql, or use tests/run")
}

/// A command of PostgreSQL's, which refuses to run as root.
fn as_postgres(program: &Path) -> Command {
    if !is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
    command
}

/// Takes away the right to write to a SQLite file, and gives a program that has no more rights than others: root would
/// write nevertheless.
pub fn reading_only(file: &Path, folder: &Path, program: &Path) -> Command {
    let copy = folder.join("program");
    std::fs::copy(program, &copy).expect("room for the program");
    run(Command::new("chmod").arg("444").arg(file));
    run(Command::new("chmod").arg("555").args([file.parent().expect("a folder"), folder]));
    as_postgres(&copy)
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id");
    output.stdout.trim_ascii() == b"0"
}

fn run(command: &mut Command) {
    let output = command.output().expect("the command starts");
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        let _ = std::io::stderr().write_all(complaint.as_bytes());
        panic!("{command:?} failed");
    }
}
