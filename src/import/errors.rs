//! Why a file was not imported.

use crate::store::StoreError;
use std::fmt;

/// A row that cannot be taken. It never quotes a cell: cells may be personal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowError {
    /// The line, as an editor counts.
    pub line: u64,
    /// The column's name, if one is to blame.
    pub column: Option<String>,
    /// What is wrong, and what would be right.
    pub reason: String,
}

impl fmt::Display for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(f, "line {}, {column}: {}", self.line, self.reason),
            None => write!(f, "line {}: {}", self.line, self.reason),
        }
    }
}

/// The most errors that are listed.
const MAX_LISTED: usize = 100;

/// What is wrong with the rows of a file: how many errors there are, and the first of them by line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowErrors {
    count: usize,
    listed: Vec<RowError>,
}

impl RowErrors {
    /// Adds an error.
    pub fn push(&mut self, error: RowError) {
        self.count += 1;
        self.listed.push(error);
        if self.listed.len() >= 2 * MAX_LISTED {
            self.shorten();
        }
    }

    /// Adds errors.
    pub fn extend(&mut self, errors: Vec<RowError>) {
        errors.into_iter().for_each(|error| self.push(error));
    }

    /// How many errors there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The first errors by line.
    pub fn listed(&self) -> &[RowError] {
        &self.listed
    }

    /// Fails if any row is wrong.
    ///
    /// # Errors
    /// [`ImportError::Rows`] with all that is wrong.
    pub fn finish(mut self) -> Result<(), ImportError> {
        self.shorten();
        if self.count == 0 { Ok(()) } else { Err(ImportError::Rows(self)) }
    }

    fn shorten(&mut self) {
        self.listed.sort_by_key(|error| error.line);
        self.listed.truncate(MAX_LISTED);
    }
}

impl fmt::Display for RowErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bad rows; nothing was imported", self.count)?;
        self.listed.iter().try_for_each(|error| write!(f, "\n  {error}"))?;
        match self.count - self.listed.len() {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

/// Why a file was not imported. Nothing of it was kept.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file as a whole is not what it should be.
    #[error("{0}; nothing was imported")]
    File(String),
    /// Rows are wrong.
    #[error("{0}")]
    Rows(RowErrors),
    /// An option is missing or names nothing.
    #[error("{0}")]
    Option(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_errors_by_line_are_listed_and_all_are_counted() {
        let mut errors = RowErrors::default();
        for line in (1..=1_000).rev() {
            errors.push(RowError { line, column: None, reason: "wrong".to_owned() });
        }
        let text = errors.finish().unwrap_err().to_string();
        assert!(text.starts_with("1000 bad rows; nothing was imported\n  line 1: wrong\n"), "{text}");
        assert!(text.ends_with("line 100: wrong\n  and 900 more"), "{text}");
    }
}
