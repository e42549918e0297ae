//! Puts in order whom entries list, a segment at a time, beside the audit's writer: no answer waits for it.

use super::people;
use crate::store::database::connection::{Address, AnyConnection};
use crate::store::database::errors::Result;
use crate::store::database::files::Files;
use crate::store::database::queue::Queue;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Where the compaction goes on, and what it is told.
pub(super) struct Compaction {
    address: Address,
    files: Files,
    queue: Queue,
    /// How many segments it was told are full.
    full: i64,
    told: Option<Sender<()>>,
}

impl Compaction {
    /// That of a database, which begins with the first segment that is full.
    pub fn of(address: Address, files: Files, queue: Queue) -> Self {
        Self { address, files, queue, full: 0, told: None }
    }

    /// Tells it the newest entry.
    pub fn tell(&mut self, newest: i64) {
        let full = people::segments(newest);
        if full <= self.full {
            return;
        }
        self.full = full;
        if self.told.as_ref().is_none_or(|told| told.send(()).is_err()) {
            let (told, full) = channel();
            let _ = told.send(());
            let (address, files, queue) = (self.address.clone(), self.files.clone(), self.queue.clone());
            std::thread::spawn(move || run(&full, &address, &files, &queue));
            self.told = Some(told);
        }
    }
}

/// Compacts whatever is full whenever a segment is. What failed is tried again with the next.
fn run(full: &Receiver<()>, address: &Address, files: &Files, queue: &Queue) {
    let mut kept: Option<AnyConnection> = None;
    while full.recv().is_ok() {
        full.try_iter().for_each(drop);
        let mut compact = || -> Result<AnyConnection> {
            files.check()?;
            let mut connection = kept.take().map_or_else(|| address.connect(false), Ok)?;
            people::compact(&mut connection, queue)?;
            Ok(connection)
        };
        match compact() {
            Ok(connection) => kept = Some(connection),
            Err(error) => tracing::warn!(%error, "a segment of the audit could not be put in order"),
        }
    }
}
