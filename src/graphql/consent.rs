//! What people say about sharing with a recipient: recorded by the agency that holds their record.

use super::agency::{Agency, agency};
use super::agreement::Agreement;
use super::agreement::changes::one;
use super::engine::loaders::items;
use super::engine::request_context::RequestContext;
use super::individual::Individual;
use super::schema::ids;
use super::schema::scalars::{Date, DateTime, GivenDate};
use super::schema::user_errors::{Changed, UserError, UserErrorCode, once};
use super::schema::vocabularies::requires;
use crate::domain;
use crate::domain::Id;
use crate::domain::category::DataCategory;
use crate::domain::client::Role;
use crate::domain::consent::ConsentDecision;
use crate::domain::grants::Grants;
use crate::domain::grants::Level;
use crate::domain::purpose::Purpose;
use crate::policy::Released;
use crate::policy::consent::can_explain;
use crate::store::agreement::changes::Answered;
use crate::store::{Result, WriteSession};
use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};
use chrono::{NaiveDate, SecondsFormat, Utc};
use std::collections::BTreeSet;

items! {
    /// What people have answered.
    Consents => Released<domain::consent::Consent>, consents_of;
}

/// What a person has answered, and whether it counts.
pub struct Consent {
    entry: Released<domain::consent::Consent>,
    stands: bool,
}

impl Consent {
    /// What a person has answered, the newest first.
    pub fn of(entries: Vec<Released<domain::consent::Consent>>, today: NaiveDate) -> Vec<Self> {
        let mut answered = BTreeSet::new();
        let each = |entry: Released<domain::consent::Consent>| {
            let is_newest = answered.insert((entry.recipient_id, entry.purpose));
            Self { stands: is_newest && entry.stands_on(today), entry }
        };
        entries.into_iter().map(each).collect()
    }
}

/// What a person answered when asked whether data may be shared with a recipient for a purpose.
#[Object]
impl Consent {
    /// With whom.
    async fn recipient(&self, context: &Context<'_>) -> Result<Agency, Error> {
        agency(context, self.entry.recipient_id).await
    }

    /// For what.
    async fn purpose(&self) -> Purpose {
        self.entry.purpose
    }

    /// What the person said.
    async fn decision(&self) -> ConsentDecision {
        self.entry.decision
    }

    /// When.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.entry.recorded_at)
    }

    /// The last day on which a consent counts; null if it has no end.
    async fn expires_on(&self) -> Option<Date> {
        self.entry.expires_on.map(Date)
    }

    /// The categories that were explained to the person: it counts for no agreement that grants others. Null if no agreement was in
    /// force then: it counts for what the one grants that is in force first.
    async fn categories(&self) -> Option<Vec<DataCategory>> {
        self.entry.explained.map(|explained| explained.categories().into_iter().collect())
    }

    /// The level that was explained to the person: it counts for no agreement that goes beyond it. Null as `categories` is.
    async fn level(&self) -> Option<Level> {
        self.entry.explained.map(Grants::level)
    }

    /// Whether it is a consent that counts today: given, not expired, and the newest answer about this recipient and purpose.
    async fn stands(&self) -> bool {
        self.stands
    }
}

/// What may be recorded of consents.
#[derive(Default)]
pub struct ConsentMutations;

/// What may be recorded of consents.
#[Object]
impl ConsentMutations {
    /// Records that a person agreed to share with a recipient for a purpose, or refused. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn record_consent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The answer.")] input: RecordConsentInput,
    ) -> Result<RecordConsentPayload, Error> {
        record(context, &input)
    }

    /// Records that a person took a consent back. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn withdraw_consent(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose consent, to what.")] input: WithdrawConsentInput,
    ) -> Result<WithdrawConsentPayload, Error> {
        let RecordConsentPayload { individual, user_errors, .. } = withdraw(context, &input)?;
        Ok(WithdrawConsentPayload { individual, user_errors })
    }
}

/// What recording a person's answer takes.
#[derive(Debug, InputObject)]
pub struct RecordConsentInput {
    /// The person, whom the agency holds.
    individual_id: ID,
    /// Code of the agency that data would be shared with.
    recipient_code: String,
    /// The purpose that the person was asked about.
    purpose: Purpose,
    /// Whether the person agreed; a refusal stands against every agreement for the recipient and purpose.
    given: bool,
    /// The last day on which a consent counts; without end if it is left out.
    expires_on: Option<GivenDate>,
    /// The version of an agreement that was explained to the person. A consent counts for what grants no category and no level
    /// beyond it. If it is left out, what was explained is what the agreements in force grant that require consent, or all in
    /// force if none does; if none is, what the one grants that is in force first. A revoked one cannot be named.
    agreement_id: Option<ID>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    idempotency_key: Option<String>,
}

/// What withdrawing a person's consent takes.
#[derive(Debug, InputObject)]
pub struct WithdrawConsentInput {
    /// The person, whom the agency holds.
    individual_id: ID,
    /// Code of the agency that data was shared with.
    recipient_code: String,
    /// The purpose.
    purpose: Purpose,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    idempotency_key: Option<String>,
}

/// The person, or why nothing was recorded.
#[derive(SimpleObject)]
pub struct RecordConsentPayload {
    /// The person; null if nothing was recorded.
    individual: Option<Individual>,
    /// The agreements, in force or drafts, for which a consent counts that was recorded: those that grant no category and no level
    /// beyond what was explained. If it is to count for another, name that as `agreementId`.
    counts_for: Vec<Agreement>,
    /// What is wrong with the input; none if the answer is recorded.
    user_errors: Vec<UserError>,
}

/// The person, or why nothing was recorded.
#[derive(SimpleObject)]
pub struct WithdrawConsentPayload {
    /// The person; null if nothing was recorded.
    individual: Option<Individual>,
    /// What is wrong with the input; none if the withdrawal is recorded.
    user_errors: Vec<UserError>,
}

/// What is to be recorded.
#[derive(Debug)]
struct Answer<'i> {
    individual: Id<domain::individual::Individual>,
    recipient: &'i str,
    purpose: Purpose,
    decision: ConsentDecision,
    expires_on: Option<NaiveDate>,
    agreement: Option<Id<domain::agreement::Agreement>>,
}

/// Records that a person agreed or refused.
pub(super) fn record(context: &Context<'_>, input: &RecordConsentInput) -> Result<RecordConsentPayload, Error> {
    let request_context = RequestContext::of(context);
    let individual = ids::open(request_context, "input.individualId", &input.individual_id)?;
    let expires_on = input.expires_on.as_ref().map(|given| given.read("input.expiresOn")).transpose()?;
    let decision = if input.given { ConsentDecision::Given } else { ConsentDecision::Refused };
    let open = |id: &ID| ids::open(request_context, "input.agreementId", id);
    let agreement = input.agreement_id.as_ref().map(open).transpose()?;
    let (recipient, purpose) = (input.recipient_code.as_str(), input.purpose);
    let answer = Answer { individual, recipient, purpose, decision, expires_on, agreement };
    change(request_context, input.idempotency_key.as_deref(), &answer)
}

/// Records that a person took a consent back.
pub(super) fn withdraw(context: &Context<'_>, input: &WithdrawConsentInput) -> Result<RecordConsentPayload, Error> {
    let request_context = RequestContext::of(context);
    let individual = ids::open(request_context, "input.individualId", &input.individual_id)?;
    let decision = ConsentDecision::Withdrawn;
    let (recipient, purpose) = (input.recipient_code.as_str(), input.purpose);
    let answer = Answer { individual, recipient, purpose, decision, expires_on: None, agreement: None };
    change(request_context, input.idempotency_key.as_deref(), &answer)
}

fn change(
    request_context: &RequestContext,
    idempotency_key: Option<&str>,
    answer: &Answer<'_>,
) -> Result<RecordConsentPayload, Error> {
    let changed = once(request_context, idempotency_key, answer, |session| recorded(session, answer))?;
    match changed {
        Err(user_errors) => Ok(RecordConsentPayload { individual: None, counts_for: Vec::new(), user_errors }),
        Ok(key) => {
            let individual = request_context.read(|session| Ok(session.individuals(&[key])?.remove(&key)))?;
            let counts_for = match (&individual, answer.decision) {
                (Some(person), ConsentDecision::Given) => request_context
                    .read(|session| session.consent_counts_for(person.access(), answer.recipient, answer.purpose))?,
                _ => Vec::new(),
            };
            let counts_for = counts_for.into_iter().map(Agreement).collect();
            Ok(RecordConsentPayload { individual: individual.map(Individual), counts_for, user_errors: Vec::new() })
        }
    }
}

fn recorded(session: &mut WriteSession, answer: &Answer<'_>) -> Result<Changed<domain::individual::Individual>> {
    let refuse = |field: &str, code, message: &str| Ok(Err(vec![UserError::at(field, code, message)]));
    let viewer = session.viewer().clone();
    if viewer.client.role == Role::Reader || viewer.purpose != Purpose::CaseManagement {
        let message = "answers are recorded by the holder's CASEWORKER or DATA_OFFICER, under CASE_MANAGEMENT";
        return Ok(Err(vec![UserError::of(UserErrorCode::NotAllowed, message)]));
    }
    // Under CASE_MANAGEMENT the agency sees nobody but those whom it holds.
    let Some(individual) = session.individuals(&[answer.individual])?.remove(&answer.individual) else {
        return refuse("individualId", UserErrorCode::NotFound, "the agency holds nobody with this id");
    };
    let individual = individual.access();
    if session.is_anonymised(individual)? {
        return refuse(
            "individualId",
            UserErrorCode::Invalid,
            "the person is anonymised, and can be asked nothing more",
        );
    }
    let Some(recipient_id) = session.agencies_by_code(&[answer.recipient.to_owned()])?.pop() else {
        return refuse("recipientCode", UserErrorCode::NotFound, "there is no agency with this code");
    };
    if recipient_id == viewer.agency.id {
        return refuse("recipientCode", UserErrorCode::Invalid, "the holder needs no consent to its own records");
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
    let named = match answer.agreement {
        None => None,
        Some(key) => {
            let found = one(session, key)?.filter(|agreement| {
                agreement.provider_id == viewer.agency.id
                    && agreement.recipient_id == recipient_id
                    && agreement.purpose == answer.purpose
            });
            if found.as_ref().is_some_and(|found| !can_explain(found, Utc::now().naive_utc())) {
                return refuse(
                    "agreementId",
                    UserErrorCode::Invalid,
                    "it is revoked; name one that is in force, or a draft",
                );
            }
            if found.is_none() {
                let message = "the agency shares with this recipient for this purpose under no agreement with this id";
                return refuse("agreementId", UserErrorCode::NotFound, message);
            }
            found
        }
    };
    let (purpose, decision, expires_on) = (answer.purpose, answer.decision, answer.expires_on);
    let answered = Answered { recipient_id, purpose, decision, expires_on };
    if let Some(until) = session.record_consent(individual, &answered, named.as_ref())? {
        let message = format!(
            "a refusal or withdrawal is on record that counts against every consent until {}; ask again after that",
            until.and_utc().to_rfc3339_opts(SecondsFormat::Secs, true)
        );
        return refuse("given", UserErrorCode::Invalid, &message);
    }
    Ok(Ok(answer.individual))
}
