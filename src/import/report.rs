//! What an import did, in words.

use std::fmt;

/// The most changed records that a report lists.
const MAX_CHANGES: usize = 100;

/// What an import did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many records are new.
    pub added: usize,
    /// How many were there and have changed.
    pub updated: usize,
    /// How many were there already.
    pub unchanged: usize,
    /// What has changed of records that were there: the line that says so, and the columns.
    pub changes: Vec<(u64, Vec<&'static str>)>,
    /// What the file says that was left out, and why.
    pub notes: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} added, {} updated, {} unchanged", self.added, self.updated, self.unchanged)?;
        for (line, columns) in self.changes.iter().take(MAX_CHANGES) {
            write!(f, "\nline {line} changes {}", columns.join(", "))?;
        }
        if let Some(more @ 1..) = self.changes.len().checked_sub(MAX_CHANGES) {
            write!(f, "\nand {more} more lines change something")?;
        }
        self.notes.iter().try_for_each(|note| write!(f, "\nnote: {note}"))
    }
}
