//! Answers that leave when they are on record.

use super::answer::Answer;
use super::prepared::Prepared;
use crate::domain::audit::AuditRecord;
use crate::domain::category::DataCategory;
use crate::store::audit::disclosures::ClosedDisclosures;
use crate::store::audit::writer::{Receipt, Recorded};
use crate::store::{Session, Store, StoreError};
use std::collections::BTreeSet;
use std::time::Instant;

/// An answer that may not leave yet: it is not on record.
pub struct Unrecorded {
    answer: Answer,
    session: Session,
    selected: BTreeSet<DataCategory>,
    is_mutation: bool,
    operation: Option<String>,
    /// The document without its literals.
    document: Option<String>,
}

impl Unrecorded {
    pub(in crate::graphql) fn new(
        answer: Answer,
        session: Session,
        selected: BTreeSet<DataCategory>,
        prepared: Option<&Prepared>,
    ) -> Self {
        let operation = prepared.and_then(|prepared| prepared.operation_name.clone());
        let is_mutation = prepared.is_some_and(Prepared::is_mutation);
        let document = prepared.map(|prepared| prepared.document.text.clone());
        Self { answer, session, selected, is_mutation, operation, document }
    }

    /// Puts the answer on record: what it changed is kept with its record, unless it failed. The answer of a query leaves when
    /// its record is durable.
    ///
    /// # Errors
    /// If what a mutation changed cannot be kept with its record, or nothing can be put on record while access stands still.
    pub fn record(self, store: &Store) -> Result<Recording, StoreError> {
        let fingerprint = |text: String| store.fingerprints().of(&text);
        let outcome = match self.session.deadline().check() {
            Err(StoreError::Gone) => CANCELLED,
            _ => self.answer.code().unwrap_or("OK"),
        };
        let succeeded = self.answer.executed && outcome == "OK";
        let record = |disclosures: ClosedDisclosures| AuditRecord {
            operation: self.operation.map(fingerprint),
            document: self.document.map(fingerprint),
            ..disclosures.record(&self.selected, outcome)
        };
        let credentials = self.session.credentials().clone();
        let rests_on = !self.session.is_writable() && outcome != CANCELLED;
        let disclosures = match self.session {
            Session::Write(session) if succeeded => {
                match self.is_mutation {
                    true => session.commit(record)?,
                    false => session.put_on_record(store.audit_writer(), record)?,
                }
                return Ok(Recording { answer: self.answer, receipt: None });
            }
            other => other.close(),
        };
        let epoch = rests_on.then(|| disclosures.epoch());
        let receipt = store.audit_writer().append(record(disclosures), &credentials, epoch);
        Ok(Recording { answer: self.answer, receipt: Some(receipt) })
    }
}

/// The outcome of a request whose client had gone before it was answered.
const CANCELLED: &str = "CANCELLED";

/// An answer whose record is being made durable.
pub struct Recording {
    answer: Answer,
    receipt: Option<Receipt>,
}

impl Recording {
    /// An answer without a snapshot, whose record has this receipt.
    pub fn of(answer: Answer, receipt: Receipt) -> Self {
        Self { answer, receipt: Some(receipt) }
    }

    /// The answer, once its record is durable, which is waited for until a time; nothing if access has changed meanwhile, so that the request must run again.
    ///
    /// # Errors
    /// If the record is not durable in time, or its writer failed.
    pub async fn answer(self, until: Instant) -> Result<Option<Answer>, StoreError> {
        Ok(match self.receipt {
            None => Some(self.answer),
            Some(receipt) => match receipt.durable(until).await? {
                Recorded::Durable => Some(self.answer),
                Recorded::Stale => None,
            },
        })
    }
}
