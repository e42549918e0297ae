//! The pool of connections, what their transactions are for, and how many statements they send.

use super::connection::{Address, AnyConnection};
use super::errors::{Result, StoreError};
use diesel::Connection as _;
use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection};
use diesel::r2d2::{ManageConnection, Pool, PooledConnection};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Counts the SQL statements that connections send, and their time.
#[derive(Debug, Clone, Default)]
pub struct Statements {
    sent: Arc<AtomicU64>,
    nanoseconds: Arc<AtomicU64>,
    /// When the one began that this connection runs.
    began: Option<Instant>,
}

impl Statements {
    /// How many were sent.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// How long they took in all.
    pub fn time(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed))
    }
}

impl Instrumentation for Statements {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { .. } => {
                self.sent.fetch_add(1, Ordering::Relaxed);
                self.began = Some(Instant::now());
            }
            InstrumentationEvent::FinishQuery { .. } => {
                let took = self.began.take().map_or(0, |began| began.elapsed().as_nanos() as u64);
                self.nanoseconds.fetch_add(took, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}

/// What a connection's transactions are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// They read only: each sees one snapshot.
    Reading,
    /// They change things, one after the other.
    Writing,
    /// They do work outside policy, for as long as it takes.
    Working,
}

impl Use {
    /// How PostgreSQL begins one. Everything is said each time: a pooler forgets what a session was told.
    pub(in crate::store) fn beginning(self) -> String {
        let (level, timeout) = match self {
            Self::Reading => ("REPEATABLE READ, READ ONLY", "10s"),
            Self::Writing => ("READ COMMITTED", "60s"),
            Self::Working => ("READ COMMITTED", "0"),
        };
        format!(
            "BEGIN ISOLATION LEVEL {level}; SET LOCAL statement_timeout = '{timeout}'; SET LOCAL lock_timeout = '10s'; \
             SET LOCAL TIME ZONE 'UTC'; SET LOCAL jit = off"
        )
    }
}

/// A connection on loan from the pool.
pub type Pooled = PooledConnection<Manager>;

/// Makes and checks a pool's connections.
#[derive(Debug, Clone)]
pub struct Manager {
    address: Address,
    statements: Statements,
    purpose: Use,
}

impl ManageConnection for Manager {
    type Connection = AnyConnection;
    type Error = StoreError;

    fn connect(&self) -> Result<AnyConnection> {
        let mut connection = self.address.connect(false)?;
        connection.set_instrumentation(self.statements.clone());
        if let (AnyConnection::Sqlite(sqlite), Use::Reading) = (&mut connection, self.purpose) {
            sqlite.batch_execute("PRAGMA query_only = ON")?;
        }
        Ok(connection)
    }

    fn is_valid(&self, connection: &mut AnyConnection) -> Result<()> {
        connection.batch_execute("SELECT 1").map_err(StoreError::from)
    }

    fn has_broken(&self, connection: &mut AnyConnection) -> bool {
        diesel::r2d2::R2D2Connection::is_broken(connection)
    }
}

/// A pool of at most `size` connections, opened as they are needed, whose statements are counted.
pub fn pool(address: Address, purpose: Use, size: u32, statements: Statements) -> Pool<Manager> {
    Pool::builder()
        .max_size(size)
        .min_idle(Some(0))
        .test_on_check_out(false)
        .connection_timeout(Duration::from_secs(2))
        .build_unchecked(Manager { address, statements, purpose })
}
