//! What people say about sharing with a recipient: recorded by the agency that holds their record.

use super::desk::Desk;
use super::ids;
use super::individual::Individual;
use super::scalars::GivenDate;
use super::user_errors::{Changed, UserError, UserErrorCode, once};
use crate::domain::Key;
use crate::domain::client::Role;
use crate::domain::consent::{Consent, ConsentDecision};
use crate::domain::purpose::Purpose;
use crate::store::insert::new_key;
use crate::store::{Result, Snapshot};
use async_graphql::{Context, Error, ID, InputObject, SimpleObject};
use chrono::{NaiveDate, SubsecRound, Utc};

/// What recording a person's answer takes.
#[derive(Debug, InputObject)]
pub struct RecordConsentInput {
    /// The person, whom the agency holds.
    individual: ID,
    /// Code of the agency that data would be shared with.
    recipient: String,
    /// The purpose that the person was asked about.
    purpose: Purpose,
    /// Whether the person agreed; a refusal stands against every agreement for the recipient and purpose.
    given: bool,
    /// The last day on which a consent counts; without end where it is left out.
    expires_on: Option<GivenDate>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    idempotency_key: Option<String>,
}

/// What withdrawing a person's consent takes.
#[derive(Debug, InputObject)]
pub struct WithdrawConsentInput {
    /// The person, whom the agency holds.
    individual: ID,
    /// Code of the agency that data was shared with.
    recipient: String,
    /// The purpose.
    purpose: Purpose,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    idempotency_key: Option<String>,
}

/// The person, or why nothing was recorded.
#[derive(SimpleObject)]
pub struct ConsentPayload {
    /// The person; null where nothing was recorded.
    individual: Option<Individual>,
    /// What is wrong with the input; none where the answer is recorded.
    user_errors: Vec<UserError>,
}

/// What is to be recorded.
#[derive(Debug)]
struct Answer<'i> {
    individual: Key,
    recipient: &'i str,
    purpose: Purpose,
    decision: ConsentDecision,
    expires_on: Option<NaiveDate>,
}

/// Records that a person agreed or refused.
pub(super) fn record(context: &Context<'_>, input: &RecordConsentInput) -> Result<ConsentPayload, Error> {
    let desk = Desk::of(context);
    let individual = ids::open(desk, "Individual", "input.individual", &input.individual)?;
    let expires_on = input.expires_on.as_ref().map(|given| given.read("input.expiresOn")).transpose()?;
    let decision = if input.given { ConsentDecision::Given } else { ConsentDecision::Refused };
    let answer = Answer { individual, recipient: &input.recipient, purpose: input.purpose, decision, expires_on };
    change(desk, input.idempotency_key.as_deref(), &answer)
}

/// Records that a person took a consent back.
pub(super) fn withdraw(context: &Context<'_>, input: &WithdrawConsentInput) -> Result<ConsentPayload, Error> {
    let desk = Desk::of(context);
    let individual = ids::open(desk, "Individual", "input.individual", &input.individual)?;
    let decision = ConsentDecision::Withdrawn;
    let answer = Answer { individual, recipient: &input.recipient, purpose: input.purpose, decision, expires_on: None };
    change(desk, input.idempotency_key.as_deref(), &answer)
}

fn change(desk: &Desk, idempotency_key: Option<&str>, answer: &Answer<'_>) -> Result<ConsentPayload, Error> {
    let changed = once(desk, idempotency_key, answer, |snapshot| recorded(snapshot, answer))?;
    match changed {
        Err(user_errors) => Ok(ConsentPayload { individual: None, user_errors }),
        Ok(key) => {
            let individual = desk.read(|snapshot| Ok(snapshot.individuals(&[key])?.remove(&key)))?;
            Ok(ConsentPayload { individual: individual.map(Individual), user_errors: Vec::new() })
        }
    }
}

fn recorded(snapshot: &mut Snapshot, answer: &Answer<'_>) -> Result<Changed> {
    let refuse = |field: &str, code, message: &str| Ok(Err(vec![UserError::at(field, code, message)]));
    let viewer = snapshot.viewer().clone();
    if viewer.client.role == Role::Reader || viewer.purpose != Purpose::CaseManagement {
        let message = "answers are recorded by the holder's CASEWORKER or DATA_OFFICER, under CASE_MANAGEMENT";
        return Ok(Err(vec![UserError::of(UserErrorCode::NotAllowed, message)]));
    }
    // Under CASE_MANAGEMENT the agency sees nobody but those whom it holds.
    if !snapshot.individuals(&[answer.individual])?.contains_key(&answer.individual) {
        return refuse("individual", UserErrorCode::NotFound, "the agency holds nobody with this id");
    }
    if snapshot.is_anonymised(answer.individual)? {
        return refuse("individual", UserErrorCode::Invalid, "the person is anonymised, and can be asked nothing more");
    }
    let Some(recipient_id) = snapshot.agencies_by_code(&[answer.recipient.to_owned()])?.pop() else {
        return refuse("recipient", UserErrorCode::NotFound, "there is no agency with this code");
    };
    if recipient_id == viewer.agency.id {
        return refuse("recipient", UserErrorCode::Invalid, "the holder needs no consent to its own records");
    }
    if answer.purpose == Purpose::CaseManagement {
        return refuse("purpose", UserErrorCode::Invalid, "CASE_MANAGEMENT is the holder's own work");
    }
    if answer.expires_on.is_some() && answer.decision != ConsentDecision::Given {
        return refuse("expiresOn", UserErrorCode::Invalid, "only a consent that is given expires");
    }
    if answer.expires_on.is_some_and(|date| date < viewer.today) {
        return refuse("expiresOn", UserErrorCode::Invalid, "it lies in the past");
    }
    snapshot.record_consent(Consent {
        id: new_key(),
        individual_id: answer.individual,
        recipient_id,
        purpose: answer.purpose,
        decision: answer.decision,
        recorded_at: Utc::now().naive_utc().trunc_subsecs(6),
        expires_on: answer.expires_on,
    })?;
    Ok(Ok(answer.individual))
}
