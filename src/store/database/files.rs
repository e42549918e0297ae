//! SQLite's two files, as they were when the server opened them: it would write on into files that were replaced or removed.

use super::attached;
use super::connection::Address;
use super::errors::{Result, StoreError};
use rustix::fs::statvfs;
use std::fs::metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How many bytes must be free: a record and what lies around it take some pages of 4 KB.
const MIN_ROOM: u64 = 256 * 1024;

/// Which files a server has open. PostgreSQL's are its own.
#[derive(Debug, Clone)]
pub(in crate::store) struct Files(Arc<[(PathBuf, Option<Place>)]>);

/// Device and inode.
type Place = (u64, u64);

impl Files {
    /// Those of a database, as they are now.
    pub fn of(address: &Address) -> Self {
        let paths = match address {
            Address::Sqlite(path) => vec![path.clone(), attached::beside(path)],
            Address::Postgres(_) => Vec::new(),
        };
        Self(paths.into_iter().map(|path| (path.clone(), place(&path))).collect())
    }

    /// Fails if one is another file now, or none.
    ///
    /// # Errors
    /// If a file was replaced or removed since it was opened.
    pub fn check(&self) -> Result<()> {
        match self.0.iter().find(|(path, opened)| place(path) != *opened) {
            Some((path, _)) => Err(StoreError::Replaced(path.clone())),
            None => Ok(()),
        }
    }
}

impl Files {
    /// Fails if the disk has no room for what is put on record.
    ///
    /// # Errors
    /// If fewer than 256 KiB are free where a file lies.
    pub fn check_room(&self) -> Result<()> {
        for folder in self.0.iter().filter_map(|(path, _)| path.parent()) {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            let room = statvfs(folder).map(|disk| disk.f_bavail * disk.f_frsize);
            if room.is_ok_and(|bytes| bytes < MIN_ROOM) {
                return Err(StoreError::Audit(format!("the disk of {} is full", folder.display())));
            }
        }
        Ok(())
    }
}

fn place(path: &Path) -> Option<Place> {
    metadata(path).ok().map(|file| (file.dev(), file.ino()))
}
