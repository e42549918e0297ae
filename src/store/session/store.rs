//! A database, and the two ways to it: a session that reads, and one that may change something.

use super::read::{MAX_HELD, ReadSession};
use super::viewers::{Known, Viewers};
use super::write::WriteSession;
use crate::policy::fingerprint::Fingerprints;
use crate::policy::seal::Secret;
use crate::store::audit::chain;
use crate::store::audit::disclosures::Disclosures;
use crate::store::audit::writer::AuditWriter;
use crate::store::credentials::{Credentials, ReadError};
use crate::store::database::connection::Address;
use crate::store::database::deadline::{Canceller, Deadline, Watched};
use crate::store::database::errors::Result;
use crate::store::database::policy_epoch;
use crate::store::database::pool::{Manager, Statements, Use, pool};
use crate::store::database::queue::Queue;
use crate::store::database::size::magnitude;
use crate::store::database::transaction::OpenTransaction;
use crate::store::migrations;
use crate::store::rls;
use crate::store::visibility::Deciding;
use chrono::NaiveDate;
use diesel::r2d2::Pool;
use std::sync::Arc;

/// The most connections that change something; they wait for one another anyway.
const WRITERS: u32 = 4;

/// A database, and the way to it.
#[derive(Clone)]
pub struct Store {
    readers: Pool<Manager>,
    writers: Pool<Manager>,
    statements: Statements,
    canceller: Canceller,
    fingerprints: Fingerprints,
    audit_writer: AuditWriter,
    viewers: Viewers,
    people: i64,
    /// Where whoever changes something waits.
    changes: Queue,
    _deciding: Deciding,
}

impl Store {
    /// A store over the database at `address`, whose schema must be this version's.
    ///
    /// # Errors
    /// If the database cannot be reached, has another schema or fails, or no role that row level security binds can be used.
    pub fn open(address: Address, secret: Secret, connections: u32) -> Result<Self> {
        let mut connection = address.connect(false)?;
        migrations::check(&mut connection)?;
        chain::settle(&mut connection)?;
        let people = magnitude(&mut connection)?;
        let address = rls::server_address(&address, &secret)?;
        let statements = Statements::default();
        let readers = pool(address.clone(), Use::Reading, connections, statements.clone());
        let audit_writer = AuditWriter::start(address.clone());
        let changes = Queue::default();
        Ok(Self {
            readers,
            writers: pool(address.clone(), Use::Writing, WRITERS, statements.clone()),
            statements,
            canceller: Canceller::start(address.clone()),
            fingerprints: Fingerprints::new(secret.derive(&["audit"])),
            _deciding: Deciding::start(address, audit_writer.files().clone(), changes.clone()),
            changes,
            audit_writer,
            viewers: Viewers::new(Arc::new(secret)),
            people,
        })
    }

    /// Opens a session for the client that the credentials prove, until a deadline. There is no other way to read rows for a client.
    ///
    /// # Errors
    /// If the credentials are refused, the request's time is over, or the database fails.
    pub fn read(
        &self,
        credentials: &Credentials,
        today: NaiveDate,
        deadline: &Deadline,
    ) -> Result<ReadSession, ReadError> {
        let mut open = OpenTransaction::begin(&self.readers, Use::Reading)?;
        let watched = deadline.watch(open.connection(), &self.canceller)?;
        let (known, epoch) = self.viewers.open(open.connection(), credentials, today)?;
        Ok(self.session(open, watched, known, credentials, epoch))
    }

    /// Opens a session in which the client may change something: one at a time. What is changed is kept with its record, by
    /// [`WriteSession::commit`], or not at all.
    ///
    /// # Errors
    /// If the credentials are refused, the request's time is over, or the database fails.
    pub fn write(
        &self,
        credentials: &Credentials,
        today: NaiveDate,
        deadline: &Deadline,
    ) -> Result<WriteSession, ReadError> {
        let turn = self.changes.turn()?;
        let mut open = OpenTransaction::begin(&self.writers, Use::Writing)?;
        let watched = deadline.watch(open.connection(), &self.canceller)?;
        policy_epoch::hold(open.connection())?;
        let (known, epoch) = self.viewers.open(open.connection(), credentials, today)?;
        let session = self.session(open, watched, known, credentials, epoch);
        Ok(WriteSession::over(session, self.audit_writer.queue().clone(), turn))
    }

    fn session(
        &self,
        open: OpenTransaction,
        watched: Watched,
        known: Arc<Known>,
        credentials: &Credentials,
        epoch: i64,
    ) -> ReadSession {
        ReadSession {
            watched,
            open,
            known,
            epoch,
            held: 0,
            held_items: 0,
            max_items: MAX_HELD,
            may_change: false,
            credentials: credentials.clone(),
            viewers: self.viewers.clone(),
            writers: self.writers.clone(),
            files: self.audit_writer.files().clone(),
            disclosures: Disclosures::default(),
        }
    }

    /// The way to the audit.
    pub fn audit_writer(&self) -> &AuditWriter {
        &self.audit_writer
    }

    /// Keyed hashes for the audit.
    pub fn fingerprints(&self) -> &Fingerprints {
        &self.fingerprints
    }

    /// The power of ten within which the number of people was when the store was opened.
    pub fn magnitude(&self) -> i64 {
        self.people
    }

    /// The SQL statements that requests have sent.
    pub fn statements(&self) -> &Statements {
        &self.statements
    }

    /// The pools of connections: how many are open, and how many of these are idle.
    pub fn pools(&self) -> [(&'static str, u32, u32); 2] {
        [("readers", &self.readers), ("writers", &self.writers)].map(|(name, pool)| {
            let state = pool.state();
            (name, state.connections, state.idle_connections)
        })
    }
}
