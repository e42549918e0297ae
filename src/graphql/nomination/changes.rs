//! How the holder nominates cases for a circuit ride, and takes that back.

use super::inputs::*;
use crate::domain::Id;
use crate::domain::circuit_ride::CircuitRide;
use crate::domain::client::Role;
use crate::domain::country::CountryCode;
use crate::domain::individual::Individual as Record;
use crate::domain::nomination::InterviewOutcome;
use crate::domain::purpose::Purpose;
use crate::domain::solution::{Solution, SolutionKind, SolutionStage};
use crate::graphql::circuit_ride::changes::open_ride;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::individual::held::{Outcome, change, held};
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::graphql::schema::vocabularies::requires;
use crate::policy::Released;
use crate::store::WriteSession;
use crate::store::individual::held::Held;
use async_graphql::{Context, Error, ID, Object};
use std::fmt::Debug;

/// What may be changed of nominations.
#[derive(Default)]
pub struct NominationMutations;

/// What may be changed of nominations.
#[Object]
impl NominationMutations {
    /// Nominates a person for a circuit ride, and with it the open records of its case that are submitted to the same country and were not
    /// split from it. All of them have given consent to the embassy for resettlement, which stands. From now on until the ride closes,
    /// the embassy sees them under an agreement whose scope names circuit rides, if the consent is as broad as that. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn nominate_case(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who, and for which.")] input: NominateCaseInput,
    ) -> Result<NominateCasePayload, Error> {
        let given = (&input.circuit_ride_id, &input.individual_id, input.idempotency_key.as_deref());
        Ok(change_nomination(context, given, ("nominate", &input), nominate)?.into())
    }

    /// Withdraws a person's nomination for a circuit ride; those of its case stay. An interview of which nothing has come is called off.
    /// For the holder, unless the embassy has accepted the person.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn withdraw_nomination(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose, and for which.")] input: WithdrawNominationInput,
    ) -> Result<WithdrawNominationPayload, Error> {
        let given = (&input.circuit_ride_id, &input.individual_id, input.idempotency_key.as_deref());
        let changed = change_nomination(context, given, ("withdraw", &input), |session, ride, person| {
            let Some((_, nomination)) = session.nominations_for(ride.id, &[person])?.pop() else {
                let message = "the person is not nominated for this circuit ride";
                return Err(UserError::at("individualId", UserErrorCode::NotFound, message).into());
            };
            if nomination.outcome == Some(InterviewOutcome::Accepted) {
                let message = "the embassy has accepted the person; if it is not resettled there, withdraw the solution (moveSolution)";
                return Err(UserError::at("individualId", UserErrorCode::WrongStatus, message).into());
            }
            Ok(session.withdraw_nomination(person, &nomination)?)
        })?;
        Ok(changed.into())
    }
}

/// Changes once what a person has on a circuit ride that is not over, and for which the agency nominates.
///
/// # Errors
/// If an id is none, or as `change`.
pub(in crate::graphql) fn change_nomination(
    context: &Context<'_>,
    (ride, person, idempotency_key): (&ID, &ID, Option<&str>),
    request: impl Debug,
    work: impl FnOnce(&mut WriteSession, &Released<CircuitRide>, Held) -> Attempt<()>,
) -> Result<Outcome, Error> {
    let request_context = RequestContext::of(context);
    let ride = ids::open(request_context, "input.circuitRideId", ride)?;
    let person: Id<Record> = ids::open(request_context, "input.individualId", person)?;
    change(request_context, idempotency_key, &request, |session| {
        let ride = open_ride(session, ride)?;
        if ride.holder_id != session.viewer().agency.id {
            let message = "the holder of this circuit ride is another agency, which nominates";
            return Err(UserError::at("circuitRideId", UserErrorCode::NotAllowed, message).into());
        }
        let held = held(session, person, "individualId")?;
        work(session, &ride, held)?;
        Ok(person)
    })
}

fn nominate(session: &mut WriteSession, ride: &Released<CircuitRide>, person: Held) -> Attempt<()> {
    let wrong = |message: String| UserError::at("individualId", UserErrorCode::WrongStatus, message);
    if session.record(person)?.closed_as.is_some() {
        return Err(wrong("the record is closed; reopen it first".to_owned()).into());
    }
    let submitted = |solution: &Solution| is_submitted(solution, ride.country);
    let own = session.solutions_held(&[person])?;
    let Some(own) = own.into_iter().find(submitted) else {
        let message = format!("the person is not submitted for resettlement to {}, or is no longer", ride.country);
        return Err(wrong(message).into());
    };
    let mut nominated = vec![person];
    if own.split_reason.is_none() {
        let members = session.held_members(person)?;
        let along: Vec<_> = session.solutions_held(&members)?.into_iter().filter(submitted).collect();
        let goes_along = |member: &Held| {
            let is_along = |one: &Solution| {
                one.individual_id == member.id() && one.split_reason.is_none() && one.is_same_way(&own)
            };
            member.id() != person.id() && along.iter().any(is_along)
        };
        nominated.extend(members.into_iter().filter(goes_along));
    }
    let standing = session.nominations_for(ride.id, &nominated)?;
    if standing.iter().any(|(member, _)| member.id() == person.id()) {
        let message = "the person is nominated for this circuit ride already";
        return Err(UserError::at("individualId", UserErrorCode::Taken, message).into());
    }
    nominated.retain(|one| standing.iter().all(|(member, _)| member.id() != one.id()));
    let consent = session.consent_to_resettlement(&nominated, ride.requester_id)?;
    if let Some(without) = nominated.iter().find(|one| !consent.contains(&one.id())) {
        let who = if without.id() == person.id() { "the person" } else { "another member of the case" };
        let message =
            format!("{who} has given no consent to this embassy for resettlement that stands; record it first");
        return Err(wrong(message).into());
    }
    if session.is_nominated_elsewhere(ride, &nominated)? {
        let message = "the person, or a member of the case, awaits an interview on another circuit ride to this country; withdraw that first";
        return Err(UserError::at("individualId", UserErrorCode::Taken, message).into());
    }
    let free = i64::from(ride.capacity) - session.places_taken(ride.id, &nominated)?;
    if nominated.len() as i64 > free {
        let message = format!(
            "the circuit ride has places for {} more, and {} are to be nominated",
            free.max(0),
            nominated.len()
        );
        return Err(UserError::at("circuitRideId", UserErrorCode::Taken, message).into());
    }
    Ok(session.nominate(ride.id, &nominated)?)
}

/// Whether a solution is resettlement to a country that has not decided yet.
fn is_submitted(solution: &Solution, country: CountryCode) -> bool {
    solution.kind == SolutionKind::Resettlement
        && solution.destination == Some(country)
        && [SolutionStage::Submitted, SolutionStage::Interviewed].contains(&solution.stage)
}
