//! A session in which a client may change something: what it changes is kept with its record, or not at all.

use super::read::ReadSession;
use crate::domain::audit::AuditRecord;
use crate::store::audit::chain::Chain;
use crate::store::audit::disclosures::ClosedDisclosures;
use crate::store::audit::writer::{AuditWriter, Recorded};
use crate::store::database::errors::{Result, StoreError};
use crate::store::database::policy_epoch;
use crate::store::database::queue::{Queue, Turn};
use crate::store::database::transaction;
use crate::store::rls;
use crate::store::visibility;
use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};

/// A session that reads and changes. Of all of a database one is open at a time.
pub struct WriteSession {
    session: ReadSession,
    /// Before the chain of the audit.
    queue: Queue,
    access_changed: bool,
    affected: usize,
    /// After the transaction: the next one begins when it has ended.
    _turn: Turn,
}

impl Deref for WriteSession {
    type Target = ReadSession;

    fn deref(&self) -> &ReadSession {
        &self.session
    }
}

impl DerefMut for WriteSession {
    fn deref_mut(&mut self) -> &mut ReadSession {
        &mut self.session
    }
}

impl WriteSession {
    /// Changes over a session whose transaction may write, in its turn.
    pub(super) fn over(session: ReadSession, queue: Queue, turn: Turn) -> Self {
        let session = ReadSession { may_change: true, ..session };
        Self { session, queue, access_changed: false, affected: 0, _turn: turn }
    }

    /// Marks that access is decided differently from now on.
    pub(in crate::store) fn change_access(&mut self) {
        self.access_changed = true;
    }

    /// How many people the incidents affect that this session records, with so many more.
    pub fn affected_with(&mut self, people: usize) -> usize {
        self.affected += people;
        self.affected
    }

    /// Makes a change of which nothing is kept if it is refused, whatever it did before that; what the session changed earlier stays.
    ///
    /// # Errors
    /// If the change or the database fails: then nothing of the session can be kept. On PostgreSQL an agreement is no longer the
    /// transaction's own in here, and takes no scope.
    pub fn attempt<T, E>(
        &mut self,
        change: impl FnOnce(&mut Self) -> Result<std::result::Result<T, E>>,
    ) -> Result<std::result::Result<T, E>> {
        let before = (self.access_changed, self.affected);
        transaction::begin_part(self.connection())?;
        let changed = change(self)?;
        transaction::end_part(self.connection(), changed.is_ok())?;
        if changed.is_err() {
            (self.access_changed, self.affected) = before;
        }
        Ok(changed)
    }

    /// Closes the session; what it showed is left, and nothing is kept of what it changed.
    pub fn close(self) -> ClosedDisclosures {
        self.session.close()
    }

    /// Puts on record what only read, while nobody can change access. The audit's writer does so: whoever has read the audit in a
    /// transaction cannot write it there, on SQLite, once others have.
    ///
    /// # Errors
    /// If the record is not durable before the request's time is over, if the writer failed, and [`StoreError::Unsettled`] if access
    /// was changed past the guard.
    pub fn put_on_record(
        mut self,
        writer: &AuditWriter,
        record: impl FnOnce(ClosedDisclosures) -> AuditRecord,
    ) -> Result<()> {
        let (until, disclosures) = (self.session.deadline().at(), self.session.end());
        let epoch = Some(disclosures.epoch());
        match writer.append(record(disclosures), &self.session.credentials, epoch).wait(until)? {
            Recorded::Durable => Ok(()),
            Recorded::Stale => Err(StoreError::Unsettled),
        }
    }

    /// Keeps what was changed, with its record; if that decides access, every answer that is under way is stale. Answers
    /// wait from when the chain is locked, which is last.
    ///
    /// # Errors
    /// If a file was replaced, the record cannot be written, or the database fails.
    pub fn commit(mut self, record: impl FnOnce(ClosedDisclosures) -> AuditRecord) -> Result<()> {
        self.session.files.check()?;
        let (agency, disclosures) = (self.session.known.viewer.agency.code.clone(), self.session.end());
        let announced = disclosures.announced().to_vec();
        let record = record(disclosures);
        let connection = self.session.open.connection();
        visibility::keep_some(connection)?;
        if self.access_changed {
            policy_epoch::raise(connection)?;
        }
        rls::speak_for(connection, &BTreeSet::from([self.session.credentials.key_hash.clone()]))?;
        let _turn = self.queue.turn()?;
        let recorded = Chain::lock(connection).and_then(|mut chain| chain.append_with_change(connection, vec![record]));
        recorded.map_err(|error| StoreError::Audit(error.to_string()))?;
        self.session.open.commit()?;
        for what in announced {
            tracing::warn!(agency, what, "on record");
        }
        Ok(())
    }
}

/// A session of either kind.
pub enum Session {
    /// One that reads.
    Read(ReadSession),
    /// One that may change something.
    Write(WriteSession),
}

impl Session {
    /// Whether the client may change something in it.
    pub fn is_writable(&self) -> bool {
        matches!(self, Self::Write(_))
    }

    /// The session as one that changes.
    ///
    /// # Errors
    /// [`StoreError::ReadOnly`] if it reads.
    pub fn writable(&mut self) -> Result<&mut WriteSession> {
        match self {
            Self::Read(_) => Err(StoreError::ReadOnly),
            Self::Write(session) => Ok(session),
        }
    }

    /// Closes the session; what it showed is left.
    pub fn close(self) -> ClosedDisclosures {
        match self {
            Self::Read(session) => session.close(),
            Self::Write(session) => session.close(),
        }
    }
}

impl Deref for Session {
    type Target = ReadSession;

    fn deref(&self) -> &ReadSession {
        match self {
            Self::Read(session) => session,
            Self::Write(session) => session,
        }
    }
}

impl DerefMut for Session {
    fn deref_mut(&mut self) -> &mut ReadSession {
        match self {
            Self::Read(session) => session,
            Self::Write(session) => session,
        }
    }
}
