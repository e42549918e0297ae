//! What can go wrong between Panoh and its database.

use std::path::PathBuf;

/// A failure of the store. Its text may name files and servers: it is for the operator, never for a client.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address names neither kind of database.
    #[error("the database address must start with sqlite:// or postgres://")]
    UnknownAddress,
    /// There is no database file yet.
    #[error("there is no database at {0}; `panoh migrate` or `panoh demo` creates one")]
    NoDatabase(PathBuf),
    /// SQLite's file of the audit is missing.
    #[error("the audit's file is missing: it belongs beside the database's, with -audit at the end of its name")]
    NoAuditFile,
    /// There is a file of the audit that is not this database's.
    #[error(
        "{0} holds the audit of another database, or of a later state of this one; move it away to begin without it"
    )]
    OtherAuditFile(PathBuf),
    /// A file of SQLite's is not the one that the server opened.
    #[error(
        "{0} was replaced or removed while the server had it open; start the server again when it is the right one"
    )]
    Replaced(PathBuf),
    /// The database could not be reached, or no connection became free in time.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// The database cannot be written to.
    #[error("the database is read-only, and this needs to write to it")]
    ReadOnly,
    /// The schema is older than this version's.
    #[error(
        "the database's schema is older than this version of Panoh ({0} migrations are missing); run `panoh migrate`"
    )]
    Older(usize),
    /// The schema is newer than this version's.
    #[error(
        "the database's schema is newer than this version of Panoh (it has {0}); use the version that made it, or a later one"
    )]
    Newer(String),
    /// A migration failed.
    #[error("the migration failed and changed nothing: {0}")]
    Migration(String),
    /// A stored value breaks a rule of the domain.
    #[error("the database holds a value that cannot be: {0}")]
    Corrupt(String),
    /// The audit could not be written, so that nothing may leave.
    #[error("the audit cannot be written: {0}")]
    Audit(String),
    /// The server cannot connect as a role that row level security binds.
    #[error(
        "the server does not connect as the owner of the tables, and cannot connect as {0}: {1}; \
         give it an address with a role of its own, made by `CREATE ROLE … LOGIN PASSWORD '…' IN ROLE panoh_server`"
    )]
    WithoutRowLevelSecurity(String, String),
    /// What decides access changed again and again while a request ran.
    #[error("access kept changing while the request ran")]
    Unsettled,
    /// A request asked for more than it may take time for.
    #[error("the request took too long")]
    TooLong,
    /// A request would hold more of what it reads than it may.
    #[error("the request reads too much at once")]
    TooMuch,
    /// A client's requests would hold more together than they may.
    #[error("the client's requests hold too much together")]
    TooMuchTogether,
    /// The client has gone, and its request was ended.
    #[error("the client has gone")]
    Gone,
    /// A statement that was to change one row changed another number of them: on PostgreSQL a policy hid it, as a rule.
    #[error("a statement that changes one row changed {0}")]
    OtherThanOne(usize),
    /// A statement failed.
    #[error("{0}")]
    Statement(diesel::result::Error),
}

impl From<diesel::result::Error> for StoreError {
    fn from(error: diesel::result::Error) -> Self {
        let complaint = error.to_string();
        match complaint.contains("statement timeout") {
            true => Self::TooLong,
            false if is_read_only(&complaint) => Self::ReadOnly,
            false => Self::Statement(error),
        }
    }
}

/// Whether a database's complaint is that it may not be written to: SQLite's words, and PostgreSQL's.
fn is_read_only(complaint: &str) -> bool {
    ["readonly database", "read-only transaction"].iter().any(|words| complaint.contains(words))
}

/// What databases say if they are busy, full, away, or a standby.
const PASSING: [&str; 12] = [
    "locked",
    "busy",
    "timeout",
    "closed the connection",
    "could not",
    "no connection to the server",
    "terminating connection",
    "shutting down",
    "starting up",
    "disk is full",
    "No space left",
    "conflict with recovery",
];

impl StoreError {
    pub(in crate::store) fn unreachable(complaint: &impl ToString) -> Self {
        let complaint = complaint.to_string();
        if is_read_only(&complaint) { Self::ReadOnly } else { Self::Unreachable(complaint) }
    }

    pub(in crate::store) fn migration(complaint: &impl ToString) -> Self {
        let complaint = complaint.to_string();
        if is_read_only(&complaint) { Self::ReadOnly } else { Self::Migration(complaint) }
    }

    /// Whether trying again later may help: the database is busy, locked or away.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unreachable(_)
            | Self::Audit(_)
            | Self::Unsettled
            | Self::Replaced(_)
            | Self::Gone
            | Self::ReadOnly => true,
            Self::Statement(error) => {
                let text = error.to_string();
                PASSING.iter().any(|sign| text.contains(sign))
            }
            _ => false,
        }
    }
}

/// The result of a work of the store.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// That a statement has changed the one row that it was to change. PostgreSQL says nothing of a row that a policy hides.
///
/// # Errors
/// If it has changed another number of rows.
pub fn changed_one(rows: usize) -> Result<()> {
    match rows {
        1 => Ok(()),
        rows => Err(StoreError::OtherThanOne(rows)),
    }
}
