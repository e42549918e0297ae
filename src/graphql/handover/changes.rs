//! How programmes are handed over: proposed by the lead, answered by the receiver, for each programme.

use super::Handover;
use super::inputs::*;
use crate::domain;
use crate::domain::Id;
use crate::domain::client::Role;
use crate::domain::handover::HandoverDecision;
use crate::domain::programme::Programme;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Allowed, Attempt, UserError, UserErrorCode, changed};
use crate::graphql::schema::vocabularies::requires;
use crate::policy::Released;
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use crate::store::handover::HandedProgramme;
use async_graphql::{Context, Error, ID, Object};
use chrono::{Months, NaiveDate, SubsecRound, Utc};
use std::collections::BTreeSet;
use std::fmt::Debug;

/// The most programmes of a handover.
const MAX_PROGRAMMES: usize = 100;

/// How many months ahead the cut-over is at most: what is accepted cannot be taken back before that.
const MAX_MONTHS_AHEAD: u32 = 24;

/// What may be changed of handovers.
#[derive(Default)]
pub struct HandoverMutations;

/// What may be changed of handovers.
#[Object]
impl HandoverMutations {
    /// Proposes to hand programmes over to another agency, which answers for each. Who is enrolled in them and not seen by that agency
    /// is listed by handoverExceptions. For the lead.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn propose_handover(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "To whom, what, and from when.")] input: ProposeHandoverInput,
    ) -> Result<ProposeHandoverPayload, Error> {
        let on = input.cut_over_on.read("input.cutOverOn")?;
        let request_context = RequestContext::of(context);
        let changed = change(request_context, input.idempotency_key.as_deref(), &("hand over", &input), |session| {
            propose(session, &input, on)
        })?;
        Ok(changed.into())
    }

    /// Accepts programmes of a handover: the agency leads them from the day of the cut-over on. For the receiver.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn accept_handover(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of which handover, and what.")] input: AcceptHandoverInput,
    ) -> Result<AcceptHandoverPayload, Error> {
        let (identifiers, key) = (&input.programme_identifiers, input.idempotency_key.as_deref());
        Ok(answer(context, HandoverDecision::Accepted, &input.handover_id, identifiers, key)?.into())
    }

    /// Declines programmes of a handover. For the receiver.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn decline_handover(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of which handover, and what.")] input: DeclineHandoverInput,
    ) -> Result<DeclineHandoverPayload, Error> {
        let (identifiers, key) = (&input.programme_identifiers, input.idempotency_key.as_deref());
        Ok(answer(context, HandoverDecision::Declined, &input.handover_id, identifiers, key)?.into())
    }

    /// Withdraws programmes from a handover that the receiver has not answered. For the proposer.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn withdraw_handover(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "From which handover, and what.")] input: WithdrawHandoverInput,
    ) -> Result<WithdrawHandoverPayload, Error> {
        let (identifiers, key) = (&input.programme_identifiers, input.idempotency_key.as_deref());
        Ok(answer(context, HandoverDecision::Withdrawn, &input.handover_id, identifiers, key)?.into())
    }
}

/// The handover after a change, or why nothing was changed.
type Outcome = Result<Option<Handover>, Vec<UserError>>;

fn change(
    request_context: &RequestContext,
    idempotency_key: Option<&str>,
    request: &impl Debug,
    work: impl FnOnce(&mut WriteSession) -> Attempt<Id<domain::handover::Handover>>,
) -> Result<Outcome, Error> {
    const WHO: Allowed<'_> = Allowed {
        roles: &[Role::DataOfficer],
        purpose: None,
        otherwise: "programmes are handed over by clients with the role DATA_OFFICER",
    };
    changed(request_context, (idempotency_key, request), &WHO, work, |session, key| {
        Ok(session.handovers(&[key])?.remove(&key).map(Handover))
    })
}

fn propose(
    session: &mut WriteSession,
    input: &ProposeHandoverInput,
    on: NaiveDate,
) -> Attempt<Id<domain::handover::Handover>> {
    let viewer = session.viewer().clone();
    let Some(receiver_id) = session.agencies_by_code(std::slice::from_ref(&input.receiver_code))?.pop() else {
        return Err(UserError::at("receiverCode", UserErrorCode::NotFound, "there is no such agency").into());
    };
    if receiver_id == viewer.agency.id {
        return Err(UserError::at("receiverCode", UserErrorCode::Invalid, "this is the agency itself").into());
    }
    if on < viewer.today {
        let message = "it has passed; give today or a later day";
        return Err(UserError::at("cutOverOn", UserErrorCode::Invalid, message).into());
    }
    if on > viewer.today + Months::new(MAX_MONTHS_AHEAD) {
        let message = format!("it lies too far ahead; give a day within {MAX_MONTHS_AHEAD} months");
        return Err(UserError::at("cutOverOn", UserErrorCode::Invalid, message).into());
    }
    let mut handed = Vec::new();
    for (field, identifier) in named(&input.programme_identifiers)? {
        let Some(programme) = session.programme_identified(identifier)? else {
            let message = "the agency sees no programme with this identifier";
            return Err(UserError::at(&field, UserErrorCode::NotFound, message).into());
        };
        if programme.lead_on(viewer.today) != viewer.agency.id {
            let message = "another agency leads this programme";
            return Err(UserError::at(&field, UserErrorCode::NotAllowed, message).into());
        }
        let is_to_be = programme.next_lead_from.is_some_and(|from| from > viewer.today);
        if is_to_be || session.is_being_handed_over(programme.id)? {
            let message = "it is being handed over already; withdraw that, or wait for the day of its cut-over";
            return Err(UserError::at(&field, UserErrorCode::Taken, message).into());
        }
        handed.push(programme.id);
    }
    let handover = domain::handover::Handover {
        id: new_key(),
        proposer_id: viewer.agency.id,
        receiver_id,
        cut_over_on: on,
        proposed_at: Utc::now().naive_utc().trunc_subsecs(6),
    };
    session.propose_handover(&handover, &handed)?;
    Ok(handover.id)
}

fn answer(
    context: &Context<'_>,
    decision: HandoverDecision,
    handover: &ID,
    identifiers: &[String],
    idempotency_key: Option<&str>,
) -> Result<Outcome, Error> {
    let request_context = RequestContext::of(context);
    let key = ids::open(request_context, "input.handoverId", handover)?;
    change(request_context, idempotency_key, &(decision, key, identifiers), |session| {
        let Some(handover) = session.handovers(&[key])?.remove(&key) else {
            let message = "there is no such handover to which the agency is a party";
            return Err(UserError::at("handoverId", UserErrorCode::NotFound, message).into());
        };
        let (may, who) = match decision {
            HandoverDecision::Withdrawn => (handover.proposer_id, "its proposer withdraws it"),
            _ => (handover.receiver_id, "its receiver answers it"),
        };
        if may != session.viewer().agency.id {
            return Err(UserError::at("handoverId", UserErrorCode::NotAllowed, who).into());
        }
        if decision == HandoverDecision::Accepted && handover.cut_over_on < session.viewer().today {
            let message = format!("the day of the cut-over was {}; have it proposed anew", handover.cut_over_on);
            return Err(UserError::at("handoverId", UserErrorCode::WrongStatus, message).into());
        }
        for programme in proposed(session, key, identifiers)? {
            match decision {
                HandoverDecision::Accepted => session.accept_handover(&handover, &programme)?,
                _ => session.settle_handover(&handover, programme.id, decision)?,
            }
        }
        Ok(key)
    })
}

/// The programmes of a handover with these identifiers, all of which await an answer.
fn proposed(
    session: &mut WriteSession,
    handover: Id<domain::handover::Handover>,
    identifiers: &[String],
) -> Attempt<Vec<Released<Programme>>> {
    let handed = session.programmes_of_handovers(&[handover])?.remove(&handover).unwrap_or_default();
    let mut wanted = Vec::new();
    for (field, identifier) in named(identifiers)? {
        match handed.iter().find(|of| of.identifier == *identifier) {
            None => {
                let message = "the handover has no programme with this identifier";
                return Err(UserError::at(&field, UserErrorCode::NotFound, message).into());
            }
            Some(HandedProgramme { programme: Some(programme), handed, .. })
                if handed.decision == HandoverDecision::Proposed =>
            {
                wanted.push(programme.clone());
            }
            Some(of) => {
                let decision = of.handed.decision;
                let message = format!("only what is PROPOSED is accepted, declined or withdrawn; it is {decision}");
                return Err(UserError::at(&field, UserErrorCode::WrongStatus, message).into());
            }
        }
    }
    Ok(wanted)
}

/// Identifiers of programmes, each once, each with its field.
fn named(identifiers: &[String]) -> Attempt<Vec<(String, &String)>> {
    let different: BTreeSet<&String> = identifiers.iter().collect();
    if different.len() != identifiers.len() || !(1..=MAX_PROGRAMMES).contains(&identifiers.len()) {
        let message = format!("name 1 to {MAX_PROGRAMMES} programmes, each once");
        return Err(UserError::at("programmeIdentifiers", UserErrorCode::Invalid, message).into());
    }
    let field = |(nth, identifier)| (format!("programmeIdentifiers.{nth}"), identifier);
    Ok(identifiers.iter().enumerate().map(field).collect())
}
