//! One request's view of the database: one connection, one transaction, one viewer and what it is granted.

use super::viewers::{Known, Viewers};
use crate::domain::agreement::Agreement;
use crate::policy::seal::Seal;
use crate::policy::{Grant, Viewer};
use crate::store::audit::disclosures::{ClosedDisclosures, Disclosures};
use crate::store::credentials::{Credentials, ReadError};
use crate::store::database::connection::AnyConnection;
use crate::store::database::deadline::{Deadline, Watched};
use crate::store::database::errors::{Result, StoreError};
use crate::store::database::files::Files;
use crate::store::database::pool::{Manager, Use};
use crate::store::database::transaction::OpenTransaction;
use diesel::r2d2::Pool;
use std::sync::Arc;

/// How many bytes of texts and items a request may hold: others' memory is not one client's to fill.
pub(super) const MAX_HELD: i64 = 8 * 1024 * 1024;

/// How many bytes of items one may hold that changes something: others wait until it has read them.
const MAX_ITEMS_OF_CHANGES: i64 = 1024 * 1024;

/// One request's view of the database, for one viewer.
pub struct ReadSession {
    /// Before the transaction: nobody cancels a statement on a connection that is given back.
    pub(super) watched: Watched,
    pub(super) open: OpenTransaction,
    pub(super) known: Arc<Known>,
    pub(super) epoch: i64,
    /// How many bytes of texts and items it has read.
    pub(super) held: i64,
    /// How many of items alone, and how many it may read of these.
    pub(super) held_items: i64,
    pub(super) max_items: i64,
    /// Whether this is part of a session that changes something.
    pub(super) may_change: bool,
    pub(super) credentials: Credentials,
    pub(super) viewers: Viewers,
    pub(super) writers: Pool<Manager>,
    pub(super) files: Files,
    pub(super) disclosures: Disclosures,
}

impl ReadSession {
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
        self.known.people.get().copied().filter(|_| !self.may_change)
    }

    /// Remembers how many people the viewer sees.
    pub(in crate::store) fn know_people(&self, count: i64) {
        if !self.may_change {
            self.known.people.get_or_init(|| count);
        }
    }

    /// Has the request read fewer items: it changes something, and others wait for it.
    pub fn hold_others_up_less(&mut self) {
        self.max_items = MAX_ITEMS_OF_CHANGES;
    }

    /// Counts bytes of long texts that the request is about to read: it holds each as a record, as what is released, as a value and as JSON.
    ///
    /// # Errors
    /// [`StoreError::TooMuch`] if it would hold more than it may.
    pub(in crate::store) fn hold_text(&mut self, bytes: i64) -> Result<()> {
        self.held = self.held.saturating_add(bytes.saturating_mul(4));
        self.check_held()
    }

    /// Counts bytes of items that the request is about to hold.
    ///
    /// # Errors
    /// [`StoreError::TooMuch`] if it would hold more than it may.
    pub(in crate::store) fn hold(&mut self, bytes: i64) -> Result<()> {
        self.held = self.held.saturating_add(bytes);
        self.held_items = self.held_items.saturating_add(bytes);
        self.check_held()
    }

    fn check_held(&self) -> Result<()> {
        match self.held > MAX_HELD || self.held_items > self.max_items {
            true => Err(StoreError::TooMuch),
            false => Ok(()),
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

    /// Closes the session; what it showed is left.
    pub fn close(mut self) -> ClosedDisclosures {
        self.end()
    }

    pub(super) fn end(&mut self) -> ClosedDisclosures {
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
