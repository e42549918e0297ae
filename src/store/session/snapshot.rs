//! One request's view of the database: one connection, one transaction, one viewer and what it is granted.

use super::credentials::{Credentials, ReadError};
use super::policy_epoch;
use super::viewers::{Known, Viewers};
use crate::domain::agreement::Agreement;
use crate::domain::audit::AuditRecord;
use crate::policy::fingerprint::Fingerprints;
use crate::policy::seal::{Seal, Secret};
use crate::policy::{Grant, Viewer};
use crate::store::audit::chain::{self, Chain};
use crate::store::audit::disclosures::{ClosedDisclosures, Disclosures};
use crate::store::audit::writer::AuditWriter;
use crate::store::database::connection::{Address, AnyConnection, Manager, Statements, Use, pool};
use crate::store::database::deadline::{Canceller, Deadline, Watched};
use crate::store::database::errors::{Result, StoreError};
use crate::store::database::files::Files;
use crate::store::database::migrations;
use crate::store::database::size::magnitude;
use crate::store::database::transaction::OpenTransaction;
use crate::store::rls;
use crate::store::visibility;
use chrono::NaiveDate;
use diesel::r2d2::Pool;
use std::collections::BTreeSet;
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
}

impl Store {
    /// A store over the database at `address`, whose schema must be this version's.
    pub fn open(address: Address, secret: Secret, connections: u32) -> Result<Self> {
        let mut connection = address.connect(false)?;
        migrations::check(&mut connection)?;
        chain::settle(&mut connection)?;
        let people = magnitude(&mut connection)?;
        let address = rls::server_address(&address, &secret)?;
        let statements = Statements::default();
        let readers = pool(address.clone(), Use::Reading, connections, statements.clone());
        Ok(Self {
            readers,
            writers: pool(address.clone(), Use::Writing, WRITERS, statements.clone()),
            statements,
            canceller: Canceller::start(address.clone()),
            fingerprints: Fingerprints::new(secret.derive(&["audit"])),
            audit_writer: AuditWriter::start(address),
            viewers: Viewers::new(Arc::new(secret)),
            people,
        })
    }

    /// Opens a snapshot for the client that the credentials prove, until a deadline. There is no other way to read rows for a client.
    pub fn read(
        &self,
        credentials: &Credentials,
        today: NaiveDate,
        deadline: &Deadline,
    ) -> Result<Snapshot, ReadError> {
        let mut open = OpenTransaction::begin(&self.readers, Use::Reading)?;
        let watched = deadline.watch(open.connection(), &self.canceller)?;
        let (known, epoch) = self.viewers.open(open.connection(), credentials, today)?;
        Ok(self.snapshot(open, watched, known, credentials, epoch, false))
    }

    /// Opens a snapshot in which the client may change something: one at a time. What is changed is kept with its record, by
    /// [`Snapshot::commit`], or not at all.
    pub fn write(
        &self,
        credentials: &Credentials,
        today: NaiveDate,
        deadline: &Deadline,
    ) -> Result<Snapshot, ReadError> {
        let mut open = OpenTransaction::begin(&self.writers, Use::Writing)?;
        let watched = deadline.watch(open.connection(), &self.canceller)?;
        policy_epoch::hold(open.connection())?;
        let (known, epoch) = self.viewers.open(open.connection(), credentials, today)?;
        Ok(self.snapshot(open, watched, known, credentials, epoch, true))
    }

    fn snapshot(
        &self,
        open: OpenTransaction,
        watched: Watched,
        known: Arc<Known>,
        credentials: &Credentials,
        epoch: i64,
        writable: bool,
    ) -> Snapshot {
        Snapshot {
            watched,
            open,
            known,
            epoch,
            writable,
            credentials: credentials.clone(),
            viewers: self.viewers.clone(),
            writers: self.writers.clone(),
            files: self.audit_writer.files().clone(),
            access_changed: false,
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

/// One request's view of the database, for one viewer.
pub struct Snapshot {
    /// Before the transaction: nobody cancels a statement on a connection that is given back.
    watched: Watched,
    open: OpenTransaction,
    known: Arc<Known>,
    epoch: i64,
    writable: bool,
    access_changed: bool,
    credentials: Credentials,
    viewers: Viewers,
    writers: Pool<Manager>,
    files: Files,
    disclosures: Disclosures,
}

impl Snapshot {
    /// On whose behalf the request runs.
    pub fn viewer(&self) -> &Viewer {
        &self.known.viewer
    }

    /// Until when the request may work.
    pub fn deadline(&self) -> &Deadline {
        self.watched.deadline()
    }

    /// What the client presented.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// What seals ids and cursors for the viewer.
    pub fn seal(&self) -> &Seal {
        &self.known.seal
    }

    /// The agreements in force to which the viewer's agency is a party, of the request's purpose.
    pub fn agreements_in_force(&self) -> &[Agreement] {
        &self.known.agreements
    }

    /// What the viewer is granted.
    pub(in crate::store) fn grant(&self) -> &Grant {
        &self.known.grant
    }

    /// How many people the viewer sees, if that was counted since what decides it changed.
    pub(in crate::store) fn people_known(&self) -> Option<i64> {
        self.known.people.get().copied().filter(|_| !self.writable)
    }

    /// Remembers how many people the viewer sees.
    pub(in crate::store) fn know_people(&self, count: i64) {
        if !self.writable {
            self.known.people.get_or_init(|| count);
        }
    }

    /// The connection, and what the viewer is granted, for statements on people.
    pub(in crate::store) fn granted(&mut self) -> (&mut AnyConnection, &Grant) {
        (self.open.connection(), &self.known.grant)
    }

    /// A transaction in which something is tried and nothing kept, opened for the same viewer.
    pub(in crate::store) fn attempt(&self) -> Result<OpenTransaction> {
        let mut open = OpenTransaction::begin(&self.writers, Use::Writing)?;
        match self.viewers.open(open.connection(), &self.credentials, self.known.viewer.today) {
            Ok(_) => Ok(open),
            Err(ReadError::Refused(_)) => Err(StoreError::Unsettled),
            Err(ReadError::Store(error)) => Err(error),
        }
    }

    /// What the request was shown so far.
    pub(in crate::store) fn disclosures(&mut self) -> &mut Disclosures {
        &mut self.disclosures
    }

    /// Closes the snapshot; what it showed is left.
    pub fn close(mut self) -> ClosedDisclosures {
        self.end()
    }

    /// Whether the client may change something in this snapshot.
    pub fn is_writable(&self) -> bool {
        self.writable
    }

    /// Marks that access is decided differently from now on.
    pub(in crate::store) fn change_access(&mut self) {
        self.access_changed = true;
    }

    /// Keeps what was changed, with its record; where that decides access, every answer that is under way is stale. Answers
    /// wait from when the chain is locked, which is last.
    pub fn commit(mut self, record: impl FnOnce(ClosedDisclosures) -> AuditRecord) -> Result<()> {
        if !self.writable {
            return Err(StoreError::ReadOnly);
        }
        self.files.check()?;
        let (agency, disclosures) = (self.known.viewer.agency.code.clone(), self.end());
        let announced = disclosures.announced().to_vec();
        let record = record(disclosures);
        let connection = self.open.connection();
        visibility::keep(connection)?;
        if self.access_changed {
            policy_epoch::raise(connection)?;
        }
        rls::speak_for(connection, &BTreeSet::from([self.credentials.key_hash.clone()]))?;
        let recorded = Chain::lock(connection).and_then(|mut chain| chain.append_with_change(connection, vec![record]));
        recorded.map_err(|error| StoreError::Audit(error.to_string()))?;
        self.open.commit()?;
        for what in announced {
            tracing::warn!(agency, what, "on record");
        }
        Ok(())
    }

    fn end(&mut self) -> ClosedDisclosures {
        let agreements =
            self.known.agreements.iter().filter(|agreement| agreement.recipient_id == self.known.viewer.agency.id);
        let agreements = agreements.map(|agreement| agreement.reference.clone()).collect();
        let disclosures = std::mem::take(&mut self.disclosures);
        ClosedDisclosures { disclosures, viewer: self.known.viewer.clone(), agreements, epoch: self.epoch }
    }

    /// The connection, for statements on reference data.
    pub(in crate::store) fn connection(&mut self) -> &mut AnyConnection {
        self.open.connection()
    }
}
