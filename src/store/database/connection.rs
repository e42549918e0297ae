//! Where the two databases are, and connections to them.

use super::attached::{self, file_url};
use super::errors::{Result, StoreError};
use super::interrupt;
use diesel::connection::SimpleConnection;
use diesel::{Connection as _, PgConnection, RunQueryDsl, SqliteConnection};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum AnyConnection {
    /// PostgreSQL 15 or later.
    Postgresql(PgConnection),
    /// SQLite, bundled.
    Sqlite(SqliteConnection),
}

/// The backend that statements are written for.
pub type Backend = <AnyConnection as diesel::Connection>::Backend;

impl AnyConnection {
    /// Has PostgreSQL's planner look at the tables after a bulk load. SQLite's plans are chosen without such a look.
    ///
    /// # Errors
    /// If the database fails.
    pub fn analyse(&mut self) -> Result<()> {
        if let Self::Postgresql(postgres) = self {
            postgres.batch_execute("ANALYZE")?;
        }
        Ok(())
    }

    /// Has SQLite hold more of a long transaction in memory: what does not fit is written again with each change of it.
    pub(in crate::store) fn hold_more(&mut self) -> Result<()> {
        if let Self::Sqlite(sqlite) = self {
            sqlite.batch_execute("PRAGMA main.cache_size = -131072")?;
        }
        Ok(())
    }

    /// Has SQLite overwrite what this connection deletes.
    pub(in crate::store) fn delete_securely(&mut self) -> Result<()> {
        if let Self::Sqlite(sqlite) = self {
            sqlite.batch_execute("PRAGMA secure_delete = ON")?;
        }
        Ok(())
    }
}

/// The most bytes that a log of SQLite's keeps once nothing reads what is in it.
const LOG_BYTES: u64 = 64 * 1024 * 1024;

impl AnyConnection {
    /// Shortens SQLite's logs that grew while something read the database for long, if nothing does any more.
    pub(in crate::store) fn shorten_logs(&mut self) -> Result<()> {
        let Self::Sqlite(sqlite) = self else { return Ok(()) };
        #[derive(diesel::QueryableByName)]
        struct Opened {
            #[diesel(sql_type = diesel::sql_types::Text)]
            name: String,
            #[diesel(sql_type = diesel::sql_types::Text)]
            file: String,
        }
        let opened: Vec<Opened> = diesel::sql_query("SELECT name, file FROM pragma_database_list").load(sqlite)?;
        for Opened { name, file } in opened.into_iter().filter(|opened| !opened.file.is_empty()) {
            if std::fs::metadata(format!("{file}-wal")).is_ok_and(|log| log.len() > LOG_BYTES) {
                sqlite.batch_execute("PRAGMA busy_timeout = 100")?;
                let done: Checkpoint =
                    diesel::sql_query(format!("PRAGMA {name}.wal_checkpoint(TRUNCATE)")).get_result(sqlite)?;
                sqlite.batch_execute("PRAGMA busy_timeout = 5000")?;
                tracing::debug!(name, busy = done.busy, "log shortened");
            }
        }
        Ok(())
    }
}

#[derive(diesel::QueryableByName)]
struct Checkpoint {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    busy: i32,
}

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL server and database, as libpq understands it.
    Postgres(String),
}

impl FromStr for Address {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once("://") {
            Some(("sqlite", path)) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            Some(("postgres" | "postgresql", _)) => Ok(Self::Postgres(text.to_owned())),
            _ => Err(StoreError::UnknownAddress),
        }
    }
}

impl Address {
    /// Opens a connection; a missing SQLite file is made only if `create` says so.
    ///
    /// # Errors
    /// If there is no file and none is to be made, or the database cannot be reached.
    pub fn connect(&self, create: bool) -> Result<AnyConnection> {
        let mut connection = self.connect_without_audit(create)?;
        if let (AnyConnection::Sqlite(sqlite), Self::Sqlite(path)) = (&mut connection, self)
            && attached::beside(path).exists()
        {
            patiently(|| attached::attach(sqlite, path)).map_err(|error| self.unreachable(&error))?;
        }
        Ok(connection)
    }

    /// The same, but without SQLite's file of the audit.
    pub(in crate::store) fn connect_without_audit(&self, create: bool) -> Result<AnyConnection> {
        match self {
            Self::Sqlite(path) => {
                if !create && !path.exists() {
                    return Err(StoreError::NoDatabase(path.clone()));
                }
                interrupt::install();
                let mut sqlite =
                    SqliteConnection::establish(&file_url(path)).map_err(|error| self.unreachable(&error))?;
                patiently(|| sqlite.batch_execute(SQLITE)).map_err(|error| self.unreachable(&error))?;
                Ok(AnyConnection::Sqlite(sqlite))
            }
            Self::Postgres(url) => {
                let postgres =
                    PgConnection::establish(&with_timeouts(url)).map_err(|error| self.unreachable(&error))?;
                Ok(AnyConnection::Postgresql(postgres))
            }
        }
    }

    /// Has PostgreSQL look through the tables after a bulk load: for its planner, and so that indexes alone can answer. If that
    /// fails, it does so itself some time later.
    pub fn vacuum(&self) {
        let vacuumed = self.connect(false).and_then(|connection| match connection {
            AnyConnection::Postgresql(mut postgres) => {
                // Coverage was kept last and looks empty until then: pages are planned badly.
                postgres.batch_execute("ANALYZE coverages")?;
                Ok(postgres.batch_execute("VACUUM (ANALYZE)")?)
            }
            AnyConnection::Sqlite(_) => Ok(()),
        });
        if let Err(error) = vacuumed {
            tracing::warn!(%error, "the tables could not be looked through after the load, which is kept");
        }
    }

    fn unreachable(&self, complaint: &impl ToString) -> StoreError {
        match self {
            Self::Sqlite(path) => StoreError::unreachable(&format!("{}: {}", path.display(), complaint.to_string())),
            Self::Postgres(_) => StoreError::unreachable(complaint),
        }
    }

    /// Writes SQLite's file anew, so that neither it nor its log keeps traces of what was deleted or moved.
    ///
    /// # Errors
    /// If the database cannot be reached or fails, or its log is in use.
    pub fn rewrite(&self) -> Result<()> {
        if let AnyConnection::Sqlite(mut sqlite) = self.connect(false)? {
            sqlite.batch_execute("PRAGMA busy_timeout = 60000; VACUUM")?;
            let done: Checkpoint = diesel::sql_query("PRAGMA main.wal_checkpoint(TRUNCATE)").get_result(&mut sqlite)?;
            if done.busy != 0 {
                return Err(StoreError::unreachable(&"its log is in use"));
            }
        }
        Ok(())
    }

    /// Has the disk take what a long transaction on SQLite has written, so that its end, for which answers wait, is short.
    pub(in crate::store) fn flush(&self) -> Result<()> {
        if let Self::Sqlite(path) = self {
            let mut log = path.clone().into_os_string();
            log.push("-wal");
            let flushed = File::open(log).and_then(|log| log.sync_data());
            flushed.map_err(|error| self.unreachable(&error))?;
        }
        Ok(())
    }

    /// The folder that the database's file lies in, if it has one.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(path) => {
                path.parent().map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent })
            }
            Self::Postgres(_) => None,
        }
    }
}

/// What libpq is told beside the address, unless that says it: a server that is silent is given up.
const TIMEOUTS: [(&str, u32); 5] = [
    ("connect_timeout", 3),
    ("tcp_user_timeout", 10_000),
    ("keepalives_idle", 5),
    ("keepalives_interval", 2),
    ("keepalives_count", 3),
];

fn with_timeouts(url: &str) -> String {
    let mut url = url.to_owned();
    for (name, value) in TIMEOUTS {
        if !url.contains(&format!("{name}=")) {
            let before = if url.contains('?') { '&' } else { '?' };
            url.push_str(&format!("{before}{name}={value}"));
        }
    }
    url
}

const SQLITE: &str = "PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA main.journal_mode = WAL; \
    PRAGMA main.synchronous = FULL; PRAGMA main.cache_size = -4096; PRAGMA main.journal_size_limit = 67108864";

/// How often a locked SQLite file is tried again.
const PATIENCE: u32 = 100;

/// SQLite does not wait for the lock under which a new file gets its journal mode.
fn patiently(mut work: impl FnMut() -> Result<(), diesel::result::Error>) -> Result<(), diesel::result::Error> {
    let mut done = work();
    for _ in 0..PATIENCE {
        if !matches!(&done, Err(error) if is_locked(error)) {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
        done = work();
    }
    done
}

/// Whether SQLite's lock was not to be had.
pub(in crate::store) fn is_locked(error: &diesel::result::Error) -> bool {
    matches!(error, diesel::result::Error::DatabaseError(_, info) if info.message() == "database is locked")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_shrinks_once_nothing_reads_it() {
        let folder = tempfile::TempDir::new().unwrap();
        let path = folder.path().join("a.db");
        let address = Address::Sqlite(path.clone());
        let mut writer = address.connect(true).unwrap();
        writer.batch_execute("CREATE TABLE t (b BLOB); INSERT INTO t VALUES (1)").unwrap();
        let mut reader = address.connect(false).unwrap();
        reader.batch_execute("BEGIN; SELECT * FROM t").unwrap();
        (0..10).for_each(|_| writer.batch_execute("INSERT INTO t VALUES (randomblob(8000000))").unwrap());
        let log = || std::fs::metadata(folder.path().join("a.db-wal")).unwrap().len();
        assert!(log() > LOG_BYTES);
        writer.shorten_logs().unwrap();
        assert!(log() > LOG_BYTES, "somebody reads it");
        drop(reader);
        writer.shorten_logs().unwrap();
        assert_eq!(log(), 0);
    }

    #[test]
    fn what_an_address_says_itself_is_not_said_again() {
        let url = with_timeouts("postgres://host/panoh?connect_timeout=60");
        assert!(url.starts_with("postgres://host/panoh?connect_timeout=60&tcp_user_timeout="), "{url}");
        assert!(with_timeouts("postgres:///panoh").starts_with("postgres:///panoh?connect_timeout=3&"));
    }
}
