//! SQLite's two files, as they were when the server opened them: it would write on into files that were replaced or removed.

use super::audit_file;
use super::connection::Address;
use super::errors::{Result, StoreError};
use std::fs::metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Which files a server has open. PostgreSQL's are its own.
#[derive(Debug, Clone)]
pub(super) struct Files(Arc<[(PathBuf, Option<Place>)]>);

/// Device and inode.
type Place = (u64, u64);

impl Files {
    /// Those of a database, as they are now.
    pub fn of(address: &Address) -> Self {
        let paths = match address {
            Address::Sqlite(path) => vec![path.clone(), audit_file::beside(path)],
            Address::Postgres(_) => Vec::new(),
        };
        Self(paths.into_iter().map(|path| (path.clone(), place(&path))).collect())
    }

    /// Fails if one is another file now, or none.
    pub fn check(&self) -> Result<()> {
        match self.0.iter().find(|(path, opened)| place(path) != *opened) {
            Some((path, _)) => Err(StoreError::Replaced(path.clone())),
            None => Ok(()),
        }
    }
}

fn place(path: &Path) -> Option<Place> {
    metadata(path).ok().map(|file| (file.dev(), file.ino()))
}
