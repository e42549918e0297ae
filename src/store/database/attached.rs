//! SQLite's files: the database's, and the audit's, which is attached to its connections.

use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{RunQueryDsl, SqliteConnection};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The file that belongs to a database's.
pub(in crate::store) fn beside(database: &Path) -> PathBuf {
    let mut name = OsString::from(database);
    name.push("-audit");
    PathBuf::from(name)
}

/// Opens it on the database's connection.
pub(in crate::store) fn attach(sqlite: &mut SqliteConnection, database: &Path) -> Result<(), diesel::result::Error> {
    let file = file_url(&beside(database));
    diesel::sql_query("ATTACH ? AS audit").bind::<Text, _>(file).execute(sqlite)?;
    sqlite.batch_execute(
        "PRAGMA audit.journal_mode = WAL; PRAGMA audit.synchronous = FULL; PRAGMA audit.cache_size = -1024",
    )
}

/// A file URL, so that no path is taken for an option or another address.
pub(in crate::store) fn file_url(path: &Path) -> String {
    let escaped: String = path
        .to_string_lossy()
        .chars()
        .map(|character| match character {
            '%' => "%25".to_owned(),
            '?' => "%3f".to_owned(),
            '#' => "%23".to_owned(),
            other => other.to_string(),
        })
        .collect();
    format!("file:{escaped}")
}
