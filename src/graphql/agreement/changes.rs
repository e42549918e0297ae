//! The life of an agreement: proposed, signed by both parties, suspended, revoked, replaced by a new version.

use super::Agreement;
use super::terms::{AgreementTerms, Known, field_of};
use crate::domain;
use crate::domain::Id;
use crate::domain::agreement::AgreementStatus;
use crate::domain::client::Role;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Changed, UserError, UserErrorCode, once, payloads};
use crate::graphql::schema::vocabularies::requires;
use crate::store::{ReadSession, Result, WriteSession};
use async_graphql::{Context, Error, ID, InputObject, Object};
use chrono::{SubsecRound, Utc};

/// The most drafts under which an agency would share: whom they cover is decided with each change of a person.
const MAX_DRAFTS: i64 = 50;

/// The most agreements of an agency of which it is being decided whom they cover.
const MAX_UNDECIDED: usize = 3;

/// What may be changed of agreements.
#[derive(Default)]
pub struct AgreementMutations;

/// What may be changed of agreements.
#[Object]
impl AgreementMutations {
    /// Proposes an agreement to which the viewer's agency is a party, as a draft.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn propose_agreement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its terms.")] input: ProposeAgreementInput,
    ) -> Result<ProposeAgreementPayload, Error> {
        Ok(propose(context, input)?.into())
    }

    /// Signs a draft for the viewer's agency. With the signatures of both parties it is in force, and what it replaces is
    /// revoked. Whoever signs last waits until it is decided of all people whom it covers: WRONG_STATUS for some seconds or minutes, if they
    /// are more than a hundred.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn sign_agreement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agreement.")] input: SignAgreementInput,
    ) -> Result<SignAgreementPayload, Error> {
        Ok(step(context, Step::Sign, &input.agreement_id, input.idempotency_key.as_deref())?.into())
    }

    /// Pauses an agreement that is in force; either party may. A new version lifts it.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn suspend_agreement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agreement.")] input: SuspendAgreementInput,
    ) -> Result<SuspendAgreementPayload, Error> {
        Ok(step(context, Step::Suspend, &input.agreement_id, input.idempotency_key.as_deref())?.into())
    }

    /// Ends an agreement for good; either party may.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn revoke_agreement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agreement.")] input: RevokeAgreementInput,
    ) -> Result<RevokeAgreementPayload, Error> {
        Ok(step(context, Step::Revoke, &input.agreement_id, input.idempotency_key.as_deref())?.into())
    }

    /// Proposes a new version of an agreement, as a draft that replaces it once both parties have signed.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn renew_agreement(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The agreement, and the new terms.")] input: RenewAgreementInput,
    ) -> Result<RenewAgreementPayload, Error> {
        Ok(renew(context, input)?.into())
    }
}

/// What proposing an agreement takes.
#[derive(Debug, InputObject)]
pub struct ProposeAgreementInput {
    /// Its terms.
    terms: AgreementTerms,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    idempotency_key: Option<String>,
}

/// What renewing an agreement takes.
#[derive(Debug, InputObject)]
pub struct RenewAgreementInput {
    /// The agreement that the new version replaces, once both parties have signed it.
    agreement_id: ID,
    /// The new version's terms, between the same parties. If they grant more, consents to what was explained before do not count
    /// for it.
    terms: AgreementTerms,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    idempotency_key: Option<String>,
}

/// Declares what a step of an agreement takes.
macro_rules! steps {
    ($($(#[doc = $about:literal])+ $name:ident;)+) => {$(
        $(#[doc = $about])+
        #[derive(Debug, InputObject)]
        pub struct $name {
            /// The agreement.
            agreement_id: ID,
            /// Makes a repeated request do nothing twice; 1 to 64 characters.
            idempotency_key: Option<String>,
        }
    )+};
}

steps! {
    /// What signing an agreement takes.
    SignAgreementInput;
    /// What suspending an agreement takes.
    SuspendAgreementInput;
    /// What revoking an agreement takes.
    RevokeAgreementInput;
}

payloads! {
    agreement: Agreement = "The agreement; null if nothing was changed.";
    /// The agreement that was proposed, or why none was.
    ProposeAgreementPayload;
    /// The agreement that was signed, or why it was not.
    SignAgreementPayload;
    /// The agreement that was suspended, or why it was not.
    SuspendAgreementPayload;
    /// The agreement that was revoked, or why it was not.
    RevokeAgreementPayload;
    /// The new version of the agreement, or why there is none.
    RenewAgreementPayload;
}

/// The agreement after a change, or why nothing was changed.
type Outcome = Result<Option<Agreement>, Vec<UserError>>;

/// What a party does to an agreement.
#[derive(Debug, Clone, Copy)]
pub(in crate::graphql) enum Step {
    Sign,
    Suspend,
    Revoke,
}

/// Proposes an agreement.
pub(in crate::graphql) fn propose(context: &Context<'_>, input: ProposeAgreementInput) -> Result<Outcome, Error> {
    let request_context = RequestContext::of(context);
    let changed = once(request_context, input.idempotency_key.as_deref(), &("propose", &input.terms), |session| {
        if let Err(refused) = data_officer(session) {
            return Ok(Err(refused));
        }
        add(session, &input.terms, None)
    })?;
    payload(request_context, changed)
}

/// Proposes a new version of an agreement.
pub(in crate::graphql) fn renew(context: &Context<'_>, input: RenewAgreementInput) -> Result<Outcome, Error> {
    let request_context = RequestContext::of(context);
    let key = ids::open(request_context, "input.agreementId", &input.agreement_id)?;
    let changed = once(request_context, input.idempotency_key.as_deref(), &("renew", key, &input.terms), |session| {
        if let Err(refused) = data_officer(session) {
            return Ok(Err(refused));
        }
        match one(session, key)? {
            None => Ok(not_found()),
            Some(replaced) if matches!(replaced.status, AgreementStatus::Draft | AgreementStatus::Revoked) => {
                Ok(wrong_status(&replaced, "only one that is in force or suspended has a new version"))
            }
            Some(replaced) => add(session, &input.terms, Some(&replaced)),
        }
    })?;
    payload(request_context, changed)
}

/// Signs, suspends or revokes an agreement.
pub(in crate::graphql) fn step(
    context: &Context<'_>,
    step: Step,
    agreement: &ID,
    idempotency_key: Option<&str>,
) -> Result<Outcome, Error> {
    let request_context = RequestContext::of(context);
    let key = ids::open(request_context, "input.agreementId", agreement)?;
    let changed = once(request_context, idempotency_key, &(step, key), |session| {
        if let Err(refused) = data_officer(session) {
            return Ok(Err(refused));
        }
        match one(session, key)? {
            None => Ok(not_found()),
            Some(agreement) => match step {
                Step::Sign => sign(session, &agreement),
                Step::Suspend => suspend(session, &agreement),
                Step::Revoke => revoke(session, &agreement),
            },
        }
    })?;
    payload(request_context, changed)
}

fn add(
    session: &mut WriteSession,
    terms: &AgreementTerms,
    replaced: Option<&domain::agreement::Agreement>,
) -> Result<Changed<domain::agreement::Agreement>> {
    let known = Known::of(session, terms)?;
    let draft = match terms.draft(&known, replaced.map(|replaced| replaced.id)) {
        Ok(draft) => draft,
        Err(errors) => return Ok(Err(errors)),
    };
    let refuse = |field: &str, code, message: &str| Ok(Err(vec![UserError::at(field, code, message)]));
    if ![draft.provider_id, draft.recipient_id].contains(&session.viewer().agency.id) {
        return refuse("terms.providerCode", UserErrorCode::NotAllowed, "the agency must be provider or recipient");
    }
    let parties = |agreement: &domain::agreement::Agreement| (agreement.provider_id, agreement.recipient_id);
    if replaced.is_some_and(|replaced| parties(replaced) != parties(&draft) || replaced.purpose != draft.purpose) {
        let message = "a new version is between the same parties, for the same purpose";
        return refuse("terms", UserErrorCode::Invalid, message);
    }
    if session.is_reference_taken(&draft)? {
        return refuse(
            "terms.reference",
            UserErrorCode::Taken,
            "an agreement between the two has this reference already",
        );
    }
    if let Err(refused) = session.check_beside(&draft)? {
        return refuse(field_of(&refused), UserErrorCode::Invalid, &refused.to_string());
    }
    if draft.provider_id == session.viewer().agency.id {
        if session.drafts_count()? >= MAX_DRAFTS {
            let message = format!("the agency has {MAX_DRAFTS} drafts under which it would share; revoke one first");
            return refuse("terms", UserErrorCode::WrongStatus, &message);
        }
        if session.undecided_agreements(draft.provider_id)?.len() >= MAX_UNDECIDED {
            let message = "it is still being decided whom the last ones cover; propose it again in a minute";
            return refuse("terms", UserErrorCode::WrongStatus, message);
        }
    }
    session.add_agreement(&draft)?;
    Ok(Ok(draft.id))
}

fn sign(
    session: &mut WriteSession,
    agreement: &domain::agreement::Agreement,
) -> Result<Changed<domain::agreement::Agreement>> {
    if agreement.status != AgreementStatus::Draft {
        return Ok(wrong_status(agreement, "only a draft is signed"));
    }
    let replaced = match agreement.replaces_id {
        None => None,
        Some(key) => one(session, key)?,
    };
    let stands = |replaced: &domain::agreement::Agreement| replaced.status.is_signed();
    if let Some(ended) = replaced.as_ref().filter(|replaced| !stands(replaced)) {
        return Ok(wrong_status(ended, "what it would replace has ended; propose a new agreement"));
    }
    let own = session.viewer().agency.id;
    let mut signed = session.signatures(agreement.id)?;
    if signed.contains(&own) {
        return Ok(Err(vec![UserError::of(UserErrorCode::WrongStatus, "the agency has signed it already")]));
    }
    if let Err(refused) = session.check_beside(agreement)? {
        return Ok(Err(vec![UserError::at("agreementId", UserErrorCode::WrongStatus, refused.to_string())]));
    }
    signed.push(own);
    let is_signed = [agreement.provider_id, agreement.recipient_id].iter().all(|party| signed.contains(party));
    let undecided = session.undecided_agreements(agreement.provider_id)?;
    if is_signed && undecided.contains(&agreement.id) || own == agreement.provider_id && undecided.len() > MAX_UNDECIDED
    {
        let message = "it is still being decided whom this agreement or others cover; sign it again in a minute";
        return Ok(Err(vec![UserError::at("agreementId", UserErrorCode::WrongStatus, message)]));
    }
    let now = Utc::now().naive_utc().trunc_subsecs(6);
    session.sign_agreement(agreement.id, now)?;
    if is_signed {
        if let Some(replaced) = replaced {
            session.set_agreement_status(replaced.id, AgreementStatus::Revoked)?;
        }
        session.set_agreement_status(agreement.id, AgreementStatus::InForce)?;
    }
    Ok(Ok(agreement.id))
}

fn suspend(
    session: &mut WriteSession,
    agreement: &domain::agreement::Agreement,
) -> Result<Changed<domain::agreement::Agreement>> {
    match agreement.status {
        AgreementStatus::InForce => end(session, agreement, AgreementStatus::Suspended),
        _ => Ok(wrong_status(agreement, "only one that is in force is suspended")),
    }
}

fn revoke(
    session: &mut WriteSession,
    agreement: &domain::agreement::Agreement,
) -> Result<Changed<domain::agreement::Agreement>> {
    match agreement.status {
        AgreementStatus::Revoked => Ok(wrong_status(agreement, "it is revoked, which is final")),
        _ => end(session, agreement, AgreementStatus::Revoked),
    }
}

fn end(
    session: &mut WriteSession,
    agreement: &domain::agreement::Agreement,
    status: AgreementStatus,
) -> Result<Changed<domain::agreement::Agreement>> {
    session.set_agreement_status(agreement.id, status)?;
    session.void_signatures_of_successors(agreement.id)?;
    Ok(Ok(agreement.id))
}

/// An agreement to which the viewer's agency is a party.
pub(in crate::graphql) fn one(
    session: &mut ReadSession,
    key: Id<domain::agreement::Agreement>,
) -> Result<Option<domain::agreement::Agreement>> {
    Ok(session.agreements(&[key])?.remove(&key).map(|agreement| (*agreement).clone()))
}

fn data_officer(session: &ReadSession) -> Result<(), Vec<UserError>> {
    match session.viewer().client.role {
        Role::DataOfficer => Ok(()),
        _ => {
            Err(vec![UserError::of(UserErrorCode::NotAllowed, "agreements are for clients with the role DATA_OFFICER")])
        }
    }
}

pub(in crate::graphql) fn not_found<T>() -> Changed<T> {
    let message = "there is no such agreement to which the agency is a party";
    Err(vec![UserError::at("agreementId", UserErrorCode::NotFound, message)])
}

pub(in crate::graphql) fn wrong_status<T>(agreement: &domain::agreement::Agreement, message: &str) -> Changed<T> {
    let message = format!("{message}; it is {}", agreement.status);
    Err(vec![UserError::at("agreementId", UserErrorCode::WrongStatus, message)])
}

fn payload(request_context: &RequestContext, changed: Changed<domain::agreement::Agreement>) -> Result<Outcome, Error> {
    let Ok(key) = changed.as_ref().copied() else { return Ok(changed.map(|_| None)) };
    let agreement = request_context.read(|session| Ok(session.agreements(&[key])?.remove(&key)))?;
    Ok(Ok(agreement.map(Agreement)))
}
