//! What a client changes, in a snapshot that may: agreements, their signatures, consents.

use crate::domain::Id;
use crate::domain::Vocabulary;
use crate::domain::agency::Agency;
use crate::domain::agreement::{Agreement, AgreementStatus};
use crate::domain::consent::{Consent, ConsentDecision};
use crate::domain::place::Place;
use crate::domain::purpose::Purpose;
use crate::policy::consent::{counts_for, explained};
use crate::policy::{ItemAccess, Released};
use crate::store::agreement::rows::{agreements_between, is_reference_taken};
use crate::store::bulk::insert;
use crate::store::bulk::{lookup, reference};
use crate::store::database::errors::Result;
use crate::store::database::tables::{
    agreement_signatures, agreements as agreements_table, idempotency_keys, individuals,
};
use crate::store::session::read::ReadSession;
use crate::store::session::write::WriteSession;
use chrono::{NaiveDate, NaiveDateTime, SubsecRound, TimeDelta, Utc};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};
use std::collections::HashMap;

/// What became of a request that was made under an idempotency key before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier<T> {
    /// It was this one, and it made or changed the thing with this key.
    Same(Id<T>),
    /// It was another request.
    Other,
}

impl ReadSession {
    /// Whether a released person is anonymised.
    ///
    /// # Errors
    /// If the database fails.
    pub fn is_anonymised(&mut self, individual: ItemAccess) -> Result<bool> {
        let person = individuals::table.filter(individuals::id.eq(individual.id())).filter(individuals::anonymised);
        Ok(person.count().get_result::<i64>(self.connection())? > 0)
    }

    /// Places by P-code.
    ///
    /// # Errors
    /// If the database fails.
    pub fn places_by_code(&mut self) -> Result<HashMap<String, Place>> {
        let found = reference::places(self.connection())?;
        Ok(found.into_iter().map(|(code, (place, _))| (code, place)).collect())
    }

    /// Whether the parties of a draft have an agreement with its reference.
    ///
    /// # Errors
    /// If the database fails.
    pub fn is_reference_taken(&mut self, draft: &Agreement) -> Result<bool> {
        is_reference_taken(self.connection(), &draft.reference, [draft.provider_id, draft.recipient_id])
    }

    /// The agencies that have signed an agreement.
    ///
    /// # Errors
    /// If the database fails.
    pub fn signatures(&mut self, agreement: Id<Agreement>) -> Result<Vec<Id<Agency>>> {
        Ok(agreement_signatures::table
            .filter(agreement_signatures::agreement_id.eq(agreement))
            .select(agreement_signatures::agency_id)
            .load(self.connection())?)
    }

    /// The agreements of the viewer's agency, in force or drafts, for which a released person's newest consent counts.
    ///
    /// # Errors
    /// If the database fails.
    pub fn consent_counts_for(
        &mut self,
        individual: ItemAccess,
        recipient: &str,
        purpose: Purpose,
    ) -> Result<Vec<Released<Agreement>>> {
        let holder = self.viewer().agency.id;
        let Some(recipient) = self.agencies_by_code(&[recipient.to_owned()])?.pop() else { return Ok(Vec::new()) };
        let newest = lookup::newest_answer(self.connection(), individual.id(), recipient, purpose)?;
        let Some(newest) = newest.filter(|newest| newest.decision == ConsentDecision::Given) else {
            return Ok(Vec::new());
        };
        let agreements = agreements_between(self.connection(), holder, recipient, purpose)?;
        let counts = |agreement: &&Agreement| {
            let stands = matches!(agreement.status, AgreementStatus::InForce | AgreementStatus::Draft);
            stands && counts_for(&newest, agreement, &agreements)
        };
        let mut counting: Vec<Agreement> = agreements.iter().filter(counts).cloned().collect();
        counting.sort_by(|one, other| one.reference.cmp(&other.reference));
        Ok(counting.into_iter().map(Released::reference).collect())
    }
}

impl WriteSession {
    /// What was asked before under an idempotency key of the viewer's client.
    ///
    /// # Errors
    /// If the database fails.
    pub fn earlier<T: 'static>(&mut self, idempotency_key: &str, request: &str) -> Result<Option<Earlier<T>>> {
        let client = self.viewer().client.id;
        let found: Option<(String, Id<T>)> = idempotency_keys::table
            .find((client, idempotency_key))
            .select((idempotency_keys::request, idempotency_keys::result_id))
            .first(self.connection())
            .optional()?;
        Ok(found.map(|(earlier, result)| if earlier == request { Earlier::Same(result) } else { Earlier::Other }))
    }

    /// Remembers what was asked under an idempotency key.
    ///
    /// # Errors
    /// If the database fails.
    pub fn remember<T>(&mut self, idempotency_key: &str, request: &str, result: Id<T>) -> Result<()> {
        let row = (
            idempotency_keys::client_id.eq(self.viewer().client.id),
            idempotency_keys::idempotency_key.eq(idempotency_key),
            idempotency_keys::request.eq(request),
            idempotency_keys::result_id.eq(result),
        );
        diesel::insert_into(idempotency_keys::table).values(row).execute(self.connection())?;
        Ok(())
    }

    /// Adds an agreement that the viewer's agency proposes.
    ///
    /// # Errors
    /// If its terms do not stand, or the database fails.
    pub fn add_agreement(&mut self, agreement: &Agreement) -> Result<()> {
        let proposed = Agreement { proposed_by_id: Some(self.viewer().agency.id), ..agreement.clone() };
        insert::agreements(self.connection(), &[proposed])
    }

    /// Changes where an agreement stands.
    ///
    /// # Errors
    /// If there is no such agreement, or the database fails.
    pub fn set_agreement_status(&mut self, agreement: Id<Agreement>, status: AgreementStatus) -> Result<()> {
        self.change_access();
        reference::set_agreement_status(self.connection(), agreement, status, Utc::now().naive_utc().trunc_subsecs(6))
    }

    /// Signs an agreement for the viewer's agency.
    ///
    /// # Errors
    /// If the database fails.
    pub fn sign_agreement(&mut self, agreement: Id<Agreement>, now: NaiveDateTime) -> Result<()> {
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
    ///
    /// # Errors
    /// If the database fails.
    pub fn void_signatures_of_successors(&mut self, agreement: Id<Agreement>) -> Result<()> {
        let drafts: Vec<Id<Agreement>> = agreements_table::table
            .filter(agreements_table::replaces_id.eq(agreement))
            .filter(agreements_table::status.eq(AgreementStatus::Draft.code()))
            .select(agreements_table::id)
            .load(self.connection())?;
        let signatures = agreement_signatures::table.filter(agreement_signatures::agreement_id.eq_any(drafts));
        diesel::delete(signatures).execute(self.connection())?;
        Ok(())
    }

    /// Records what a released person said of sharing with a recipient for a purpose: about an agreement that is named, or about
    /// those in force. It is the newest entry from now on. The person must be held by the viewer's agency. If a refusal or
    /// withdrawal counts against every consent of this day, none is recorded, and the moment until which it does is given.
    ///
    /// # Errors
    /// If the database fails.
    pub fn record_consent(
        &mut self,
        individual: ItemAccess,
        answer: &Answered,
        named: Option<&Agreement>,
    ) -> Result<Option<NaiveDateTime>> {
        let holder = self.viewer().agency.id;
        let (person, recipient, purpose) = (individual.id(), answer.recipient_id, answer.purpose);
        let newest = lookup::newest_answer(self.connection(), person, recipient, purpose)?;
        let now = Utc::now().naive_utc().trunc_subsecs(6);
        // An imported entry may be dated by the end of its day.
        let stands = |entry: &&Consent| entry.decision != ConsentDecision::Given && entry.recorded_at > now;
        if answer.decision == ConsentDecision::Given
            && let Some(against) = newest.as_ref().filter(stands)
        {
            return Ok(Some(against.recorded_at));
        }
        let least = newest.map(|newest| newest.recorded_at + TimeDelta::microseconds(1));
        let agreements = agreements_between(self.connection(), holder, recipient, purpose)?;
        let explained = named.map_or_else(|| explained(&agreements, now), |agreement| Some(agreement.grants()));
        self.change_access();
        lookup::supersede(self.connection(), person, recipient, purpose)?;
        let consent = Consent {
            id: insert::new_key(),
            individual_id: person,
            recipient_id: recipient,
            purpose,
            decision: answer.decision,
            recorded_at: least.map_or(now, |least| least.max(now)),
            expires_on: answer.expires_on,
            explained,
        };
        insert::consents(self.connection(), &[(consent, true)])?;
        Ok(None)
    }
}

/// What a person said.
#[derive(Debug, Clone, Copy)]
pub struct Answered {
    /// About sharing with which agency.
    pub recipient_id: Id<Agency>,
    /// For which purpose.
    pub purpose: Purpose,
    /// What was said.
    pub decision: ConsentDecision,
    /// The last day on which a consent counts.
    pub expires_on: Option<NaiveDate>,
}
