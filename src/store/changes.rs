//! What a client changes, in a snapshot that may: agreements, their signatures, consents.

use super::agreements;
use super::errors::Result;
use super::insert;
use super::register;
use super::snapshot::Snapshot;
use super::tables::{agreement_signatures, agreements as agreements_table, idempotency_keys, individuals};
use super::wall;
use crate::domain::Key;
use crate::domain::Vocabulary;
use crate::domain::agreement::{Agreement, AgreementStatus};
use crate::domain::consent::Consent;
use crate::domain::place::Place;
use chrono::{NaiveDateTime, TimeDelta};
use diesel::dsl::max;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use std::collections::HashMap;

/// What became of a request that was made under an idempotency key before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier {
    /// It was this one, and it made or changed the thing with this key.
    Same(Key),
    /// It was another request.
    Other,
}

impl Snapshot {
    /// What was asked before under an idempotency key of the viewer's client.
    pub fn earlier(&mut self, idempotency_key: &str, request: &str) -> Result<Option<Earlier>> {
        let client = self.viewer().client.id;
        let found: Option<(String, Key)> = idempotency_keys::table
            .find((client, idempotency_key))
            .select((idempotency_keys::request, idempotency_keys::result_id))
            .first(self.connection())
            .optional()?;
        Ok(found.map(|(earlier, result)| if earlier == request { Earlier::Same(result) } else { Earlier::Other }))
    }

    /// Remembers what was asked under an idempotency key.
    pub fn remember(&mut self, idempotency_key: &str, request: &str, result: Key) -> Result<()> {
        let row = (
            idempotency_keys::client_id.eq(self.viewer().client.id),
            idempotency_keys::idempotency_key.eq(idempotency_key),
            idempotency_keys::request.eq(request),
            idempotency_keys::result_id.eq(result),
        );
        diesel::insert_into(idempotency_keys::table).values(row).execute(self.connection())?;
        Ok(())
    }

    /// Whether a person is anonymised.
    pub fn is_anonymised(&mut self, individual: Key) -> Result<bool> {
        let person = individuals::table.filter(individuals::id.eq(individual)).filter(individuals::anonymised);
        Ok(person.count().get_result::<i64>(self.connection())? > 0)
    }

    /// Places by P-code.
    pub fn places_by_code(&mut self) -> Result<HashMap<String, Place>> {
        let found = register::places(self.connection())?;
        Ok(found.into_iter().map(|(code, (place, _))| (code, place)).collect())
    }

    /// Whether some agreement, of whichever parties, has this reference.
    pub fn is_reference_taken(&mut self, reference: &str) -> Result<bool> {
        Ok(!agreements::by_reference(self.connection(), &[reference.to_owned()])?.is_empty())
    }

    /// Adds an agreement.
    pub fn add_agreement(&mut self, agreement: &Agreement) -> Result<()> {
        insert::agreements(self.connection(), std::slice::from_ref(agreement))
    }

    /// Changes where an agreement stands.
    pub fn set_agreement_status(&mut self, agreement: Key, status: AgreementStatus) -> Result<()> {
        self.change_access();
        register::set_agreement_status(self.connection(), agreement, status)
    }

    /// The agencies that have signed an agreement.
    pub fn signatures(&mut self, agreement: Key) -> Result<Vec<Key>> {
        Ok(agreement_signatures::table
            .filter(agreement_signatures::agreement_id.eq(agreement))
            .select(agreement_signatures::agency_id)
            .load(self.connection())?)
    }

    /// Signs an agreement for the viewer's agency.
    pub fn sign_agreement(&mut self, agreement: Key, now: NaiveDateTime) -> Result<()> {
        let viewer = self.viewer();
        let row = (
            agreement_signatures::agreement_id.eq(agreement),
            agreement_signatures::agency_id.eq(viewer.agency.id),
            agreement_signatures::client_id.eq(viewer.client.id),
            agreement_signatures::signed_at.eq(now),
        );
        diesel::insert_into(agreement_signatures::table).values(row).execute(self.connection())?;
        Ok(())
    }

    /// Takes back the signatures of the drafts that would replace an agreement: whoever signed them did so before it was
    /// paused or ended.
    pub fn void_signatures_of_successors(&mut self, agreement: Key) -> Result<()> {
        let drafts: Vec<Key> = agreements_table::table
            .filter(agreements_table::replaces_id.eq(agreement))
            .filter(agreements_table::status.eq(AgreementStatus::Draft.code()))
            .select(agreements_table::id)
            .load(self.connection())?;
        let signatures = agreement_signatures::table.filter(agreement_signatures::agreement_id.eq_any(drafts));
        diesel::delete(signatures).execute(self.connection())?;
        Ok(())
    }

    /// The agreements between the same parties, for the same purpose, that were ever in force.
    pub fn forerunners(&mut self, draft: &Agreement) -> Result<Vec<Agreement>> {
        agreements::between(self.connection(), draft)
    }

    /// The newest moment from which a consent to a recipient for a purpose counts for every agreement: now, or later where
    /// entries are dated ahead of the clock.
    pub fn consents_count_from(&mut self, draft: &Agreement, now: NaiveDateTime) -> Result<NaiveDateTime> {
        let newest = wall::newest_consent(self.connection(), draft.recipient_id, draft.purpose)?;
        Ok(newest.map_or(now, |newest| now.max(newest + TimeDelta::microseconds(1))))
    }

    /// Lets only consents count for an agreement that are recorded from a moment on.
    pub fn set_consents_from(&mut self, agreement: Key, from: Option<NaiveDateTime>) -> Result<()> {
        let agreement = agreements_table::table.filter(agreements_table::id.eq(agreement));
        diesel::update(agreement).set(agreements_table::consents_from.eq(from)).execute(self.connection())?;
        Ok(())
    }

    /// Records what a person said; it is the newest entry from now on. The person must be held by the viewer's agency.
    pub fn record_consent(&mut self, mut consent: Consent) -> Result<()> {
        let (person, recipient, purpose) = (consent.individual_id, consent.recipient_id, consent.purpose);
        let earlier = register::answers(self.connection(), person, recipient, purpose)?;
        // An imported entry may be dated by the end of its day.
        let least = earlier.last().map(|newest| newest.recorded_at + TimeDelta::microseconds(1));
        // One that is recorded now counts for every agreement that stands.
        let counts_from: Option<NaiveDateTime> = agreements_table::table
            .filter(agreements_table::recipient_id.eq(recipient))
            .filter(agreements_table::purpose.eq(purpose.code()))
            .select(max(agreements_table::consents_from))
            .first(self.connection())?;
        let moments = [Some(consent.recorded_at), least, counts_from];
        consent.recorded_at = moments.into_iter().flatten().max().unwrap_or(consent.recorded_at);
        self.change_access();
        register::supersede(self.connection(), person, recipient, purpose)?;
        insert::consents(self.connection(), &[(consent, true)])
    }
}
