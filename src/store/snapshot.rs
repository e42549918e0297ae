//! One request's view of the database: one connection, one transaction, one viewer and what it is granted.

use super::agreements;
use super::audit::{self, Chain};
use super::claim::{Claim, ReadError, identify};
use super::connection::{Address, AnyConnection, Manager, Pooled, Statements, Use, pool};
use super::cover::Scope;
use super::errors::{Result, StoreError};
use super::migrations;
use super::narrow;
use super::policy_epoch;
use super::recorder::Recorder;
use super::trace::{ClosedTrace, Trace};
use super::transaction::OpenTransaction;
use super::wall::{self, Openings};
use crate::domain::Key;
use crate::domain::agreement::Agreement;
use crate::domain::audit::AuditRecord;
use crate::policy::fingerprint::Fingerprints;
use crate::policy::seal::{Seal, Secret};
use crate::policy::statistics::Noise;
use crate::policy::{Grant, Viewer};
use chrono::NaiveDate;
use diesel::RunQueryDsl;
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
    secret: Arc<Secret>,
    noise: Noise,
    fingerprints: Fingerprints,
    recorder: Recorder,
    openings: Openings,
    few: usize,
}

impl Store {
    /// A store over the database at `address`, whose schema must be this version's.
    pub fn open(address: Address, secret: Secret, connections: u32) -> Result<Self> {
        let mut connection = address.connect(false)?;
        migrations::check(&mut connection)?;
        audit::settle(&mut connection)?;
        let address = wall::server_address(&address, &secret)?;
        let statements = Statements::default();
        let readers = pool(address.clone(), Use::Reading, connections, statements.clone());
        Ok(Self {
            readers,
            writers: pool(address.clone(), Use::Writing, WRITERS, statements.clone()),
            statements,
            noise: Noise::new(secret.derive(&["statistics"])),
            fingerprints: Fingerprints::new(secret.derive(&["audit"])),
            recorder: Recorder::start(address),
            openings: Openings::default(),
            secret: Arc::new(secret),
            few: narrow::FEW,
        })
    }

    /// The store, with another bound up to which scopes are driven from the people that they may cover.
    pub fn with_few(self, few: usize) -> Self {
        Self { few, ..self }
    }

    /// Opens a snapshot for the client that the claim proves. There is no other way to read rows for a client.
    pub fn read(&self, claim: &Claim, today: NaiveDate) -> Result<Snapshot, ReadError> {
        let mut open = OpenTransaction::begin(&self.readers, Use::Reading)?;
        let epoch = policy_epoch::read(open.connection())?;
        self.snapshot(open, claim, today, epoch, false)
    }

    /// Opens a snapshot in which the client may change something: one at a time. What is changed is kept with its record, by
    /// [`Snapshot::commit`], or not at all.
    pub fn write(&self, claim: &Claim, today: NaiveDate) -> Result<Snapshot, ReadError> {
        let mut open = OpenTransaction::begin(&self.writers, Use::Writing)?;
        let epoch = policy_epoch::hold(open.connection())?;
        self.snapshot(open, claim, today, epoch, true)
    }

    fn snapshot(
        &self,
        mut open: OpenTransaction,
        claim: &Claim,
        today: NaiveDate,
        epoch: i64,
        writable: bool,
    ) -> Result<Snapshot, ReadError> {
        let opening = self.openings.open(open.connection(), claim, today, epoch, self.few)?;
        let viewer = identify(open.connection(), claim, opening.client, today)?;
        let agreements = agreements::counting(open.connection(), &viewer)?;
        let grant = Grant::new(&viewer, &agreements);
        let seal = Seal::new(&self.secret, &viewer);
        Ok(Snapshot {
            open,
            viewer,
            grant,
            agreements,
            seal,
            epoch,
            writable,
            access_changed: false,
            noise: self.noise.clone(),
            few: self.few,
            candidates: opening.people.clone(),
            trace: Trace::default(),
        })
    }

    /// The way to the audit.
    pub fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    /// Keyed hashes for the audit.
    pub fn fingerprints(&self) -> &Fingerprints {
        &self.fingerprints
    }

    /// How many SQL statements requests have sent.
    pub fn statements_sent(&self) -> u64 {
        self.statements.sent()
    }

    /// Whether the database answers.
    pub fn is_ready(&self) -> bool {
        let answers = |mut connection: Pooled| diesel::sql_query("SELECT 1").execute(&mut *connection).is_ok();
        self.readers.get().is_ok_and(answers)
    }
}

/// One request's view of the database, for one viewer.
pub struct Snapshot {
    open: OpenTransaction,
    viewer: Viewer,
    grant: Grant,
    agreements: Vec<Agreement>,
    seal: Seal,
    epoch: i64,
    writable: bool,
    access_changed: bool,
    noise: Noise,
    few: usize,
    /// Found when a statement on people first needs them.
    candidates: Option<Option<Arc<[Key]>>>,
    trace: Trace,
}

impl Snapshot {
    /// On whose behalf the request runs.
    pub fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// What seals ids and cursors for the viewer.
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// The agreements in force to which the viewer's agency is a party, of the request's purpose.
    pub fn agreements_in_force(&self) -> &[Agreement] {
        &self.agreements
    }

    /// What the viewer is granted.
    pub(super) fn grant(&self) -> &Grant {
        &self.grant
    }

    /// What decides how counts are rounded.
    pub(super) fn noise(&self) -> &Noise {
        &self.noise
    }

    /// The connection, and the scope of rows and fields for statements on it.
    pub(super) fn scoped(&mut self) -> Result<(&mut AnyConnection, Scope<'_>)> {
        let connection = self.open.connection();
        let today = self.viewer.today;
        let candidates = match &mut self.candidates {
            Some(found) => found,
            unknown => unknown.insert(narrow::candidates(connection, &self.grant, today, self.few)?),
        };
        Ok((connection, Scope::new(&self.grant, today, candidates.as_deref())))
    }

    /// What the request was shown so far.
    pub(super) fn trace(&mut self) -> &mut Trace {
        &mut self.trace
    }

    /// Closes the snapshot; what it showed is left.
    pub fn close(mut self) -> ClosedTrace {
        self.end()
    }

    /// Whether the client may change something in this snapshot.
    pub fn is_writable(&self) -> bool {
        self.writable
    }

    /// Marks that access is decided differently from now on.
    pub(super) fn change_access(&mut self) {
        self.access_changed = true;
    }

    /// Keeps what was changed, with its record; where that decides access, every answer that is under way is stale. Answers
    /// wait from when the chain is locked, which is last.
    pub fn commit(mut self, record: impl FnOnce(ClosedTrace) -> AuditRecord) -> Result<()> {
        if !self.writable {
            return Err(StoreError::ReadOnly);
        }
        let (agency, trace) = (self.viewer.agency.code.clone(), self.end());
        let announced = trace.announced().to_vec();
        let record = record(trace);
        let connection = self.open.connection();
        if self.access_changed {
            policy_epoch::raise(connection)?;
        }
        let recorded = Chain::lock(connection).and_then(|mut chain| chain.append_with_change(connection, vec![record]));
        recorded.map_err(|error| StoreError::Audit(error.to_string()))?;
        self.open.commit()?;
        for what in announced {
            tracing::warn!(agency, what, "on record");
        }
        Ok(())
    }

    fn end(&mut self) -> ClosedTrace {
        let agreements = self.agreements.iter().filter(|agreement| agreement.recipient_id == self.viewer.agency.id);
        let agreements = agreements.map(|agreement| agreement.reference.clone()).collect();
        let trace = std::mem::take(&mut self.trace);
        ClosedTrace { trace, viewer: self.viewer.clone(), agreements, epoch: self.epoch }
    }

    /// The connection, for statements on reference data.
    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        self.open.connection()
    }
}
