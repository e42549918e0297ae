//! Break-glass: the recipient opens an emergency agreement, the provider reviews that.

use super::EmergencyAccess;
use crate::domain;
use crate::domain::Id;
use crate::domain::agreement::Agreement;
use crate::domain::client::Role;
use crate::domain::emergency_access::{EmergencyReason, MAX_MINUTES};
use crate::graphql::agreement::changes::{not_found, one, wrong_status};
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Changed, UserError, UserErrorCode, once, payloads};
use crate::graphql::schema::vocabularies::requires;
use crate::store::bulk::insert::new_key;
use crate::store::{Result, WriteSession};
use async_graphql::{Context, Error, ID, InputObject, Object};
use chrono::{SubsecRound, TimeDelta, Utc};

/// What may be changed of emergency accesses.
#[derive(Default)]
pub struct EmergencyAccessMutations;

/// What may be changed of emergency accesses.
#[Object]
impl EmergencyAccessMutations {
    /// Opens an emergency agreement for at most three hours: from the next request on it shares what it says, never with the
    /// country of origin. The provider is shown it (emergencyAccesses), and must review it before it can be opened again. For the
    /// recipient.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], None))]
    async fn open_emergency_access(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agreement, and why.")] input: OpenEmergencyAccessInput,
    ) -> Result<OpenEmergencyAccessPayload, Error> {
        Ok(open(context, &input)?.into())
    }

    /// Reviews an opening of an emergency agreement, and closes it if it is open still. For the provider.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn review_emergency_access(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The opening, and what was found.")] input: ReviewEmergencyAccessInput,
    ) -> Result<ReviewEmergencyAccessPayload, Error> {
        Ok(review(context, &input)?.into())
    }
}

/// What opening an emergency agreement takes.
#[derive(Debug, InputObject)]
pub struct OpenEmergencyAccessInput {
    /// The agreement, which is for emergencies and in force.
    agreement_id: ID,
    /// Why.
    reason: EmergencyReason,
    /// For how many minutes, 1 to 180.
    #[graphql(default = 180)]
    minutes: i32,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    idempotency_key: Option<String>,
}

/// What reviewing an opening takes.
#[derive(Debug, InputObject)]
pub struct ReviewEmergencyAccessInput {
    /// The opening.
    emergency_access_id: ID,
    /// What the provider found: whether there was reason to open it.
    justified: bool,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    idempotency_key: Option<String>,
}

payloads! {
    emergency_access: EmergencyAccess = "The opening; null if nothing was changed.";
    /// The opening, or why there is none.
    OpenEmergencyAccessPayload;
    /// The opening that was reviewed, or why it was not.
    ReviewEmergencyAccessPayload;
}

/// The opening after a change, or why nothing was changed.
type Outcome = Result<Option<EmergencyAccess>, Vec<UserError>>;

/// Opens an emergency agreement.
pub(in crate::graphql) fn open(context: &Context<'_>, input: &OpenEmergencyAccessInput) -> Result<Outcome, Error> {
    let request_context = RequestContext::of(context);
    let key = ids::open(request_context, "input.agreementId", &input.agreement_id)?;
    let request = ("open", key, input.reason, input.minutes);
    let changed =
        once(request_context, input.idempotency_key.as_deref(), &request, |session| opened(session, key, input))?;
    payload(request_context, changed)
}

/// Reviews an opening.
pub(in crate::graphql) fn review(context: &Context<'_>, input: &ReviewEmergencyAccessInput) -> Result<Outcome, Error> {
    let request_context = RequestContext::of(context);
    let key = ids::open(request_context, "input.emergencyAccessId", &input.emergency_access_id)?;
    let request = ("review", key, input.justified);
    let changed = once(request_context, input.idempotency_key.as_deref(), &request, |session| {
        reviewed(session, key, input.justified)
    })?;
    payload(request_context, changed)
}

fn opened(
    session: &mut WriteSession,
    key: Id<Agreement>,
    input: &OpenEmergencyAccessInput,
) -> Result<Changed<domain::emergency_access::EmergencyAccess>> {
    let viewer = session.viewer().clone();
    if viewer.client.role == Role::Reader {
        return not_allowed("emergency agreements are opened by clients with the role CASEWORKER or DATA_OFFICER");
    }
    let Some(agreement) = one(session, key)? else { return Ok(not_found()) };
    if agreement.recipient_id != viewer.agency.id {
        return not_allowed("an emergency agreement is opened by its recipient");
    }
    let refuse = |field: &str, code, message: &str| Ok(Err(vec![UserError::at(field, code, message)]));
    if !agreement.emergency {
        return refuse(
            "agreementId",
            UserErrorCode::Invalid,
            "it is not for emergencies, and shares without being opened",
        );
    }
    if !agreement.in_force(viewer.today) {
        return Ok(wrong_status(&agreement, "only one that is in force today is opened"));
    }
    if !(1..=MAX_MINUTES).contains(&input.minutes) {
        return refuse("minutes", UserErrorCode::Invalid, &format!("expected 1 to {MAX_MINUTES}"));
    }
    if session.awaits_review(&agreement)? {
        let message =
            "an earlier opening is not reviewed yet; its provider's data officer does (reviewEmergencyAccess)";
        return refuse("agreementId", UserErrorCode::WrongStatus, message);
    }
    let now = Utc::now().naive_utc().trunc_subsecs(6);
    let access = domain::emergency_access::EmergencyAccess {
        id: new_key(),
        agreement_id: agreement.id,
        client_id: viewer.client.id,
        reason: input.reason,
        opened_at: now,
        closes_at: now + TimeDelta::minutes(input.minutes.into()),
        reviewed_at: None,
        justified: None,
    };
    session.open_emergency_access(&access, &agreement)?;
    Ok(Ok(access.id))
}

fn reviewed(
    session: &mut WriteSession,
    key: Id<domain::emergency_access::EmergencyAccess>,
    justified: bool,
) -> Result<Changed<domain::emergency_access::EmergencyAccess>> {
    let viewer = session.viewer().clone();
    let refuse = |code, message: &str| Ok(Err(vec![UserError::at("emergencyAccessId", code, message)]));
    let reviewers = "an opening is reviewed by the provider's DATA_OFFICER";
    if viewer.client.role != Role::DataOfficer {
        return not_allowed(reviewers);
    }
    let Some(opened) = session.emergency_accesses(&[key])?.remove(&key) else {
        return refuse(
            UserErrorCode::NotFound,
            "there is no such opening of an agreement to which the agency is a party",
        );
    };
    if opened.agreement.provider_id != viewer.agency.id {
        return not_allowed(reviewers);
    }
    if opened.access.reviewed_at.is_some() {
        return refuse(UserErrorCode::WrongStatus, "it is reviewed already, which is final");
    }
    session.review_emergency_access(&opened, Utc::now().naive_utc().trunc_subsecs(6), justified)?;
    Ok(Ok(key))
}

fn not_allowed<T>(message: &str) -> Result<Changed<T>> {
    Ok(Err(vec![UserError::of(UserErrorCode::NotAllowed, message)]))
}

fn payload(
    request_context: &RequestContext,
    changed: Changed<domain::emergency_access::EmergencyAccess>,
) -> Result<Outcome, Error> {
    let Ok(key) = changed.as_ref().copied() else { return Ok(changed.map(|_| None)) };
    let opened = request_context.read(|session| Ok(session.emergency_accesses(&[key])?.remove(&key)))?;
    Ok(Ok(opened.map(EmergencyAccess)))
}
