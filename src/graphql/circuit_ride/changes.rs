//! How an embassy requests a circuit ride and closes it, and how the holder declines or reopens it.

use super::CircuitRide;
use super::inputs::*;
use crate::domain::circuit_ride::{
    CircuitRideStatus, MAX_CAPACITY, MAX_CITIES, MAX_DAYS, MAX_INTERVIEWERS, MAX_MONTHS_AHEAD,
};
use crate::domain::client::Role;
use crate::domain::place::Place;
use crate::domain::purpose::Purpose;
use crate::domain::{self, Id};
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Allowed, Attempt, UserError, UserErrorCode, changed};
use crate::graphql::schema::vocabularies::requires;
use crate::policy::Released;
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use async_graphql::{Context, Error, ID, Object};
use chrono::{Months, NaiveDate, SubsecRound, TimeDelta, Utc};
use std::collections::BTreeSet;
use std::fmt::Debug;

type Ride = domain::circuit_ride::CircuitRide;

/// What may be changed of circuit rides.
#[derive(Default)]
pub struct CircuitRideMutations;

/// What may be changed of circuit rides.
#[Object]
impl CircuitRideMutations {
    /// Requests a circuit ride to the agency's country: the holder then nominates whom its officers interview. For an agency with a
    /// country.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn request_circuit_ride(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of whom, where, when, and how many.")] input: RequestCircuitRideInput,
    ) -> Result<RequestCircuitRidePayload, Error> {
        let window = (input.opens_on.read("input.opensOn")?, input.closes_on.read("input.closesOn")?);
        let request_context = RequestContext::of(context);
        let changed =
            change(request_context, input.idempotency_key.as_deref(), &("request ride", &input), |session| {
                request(session, &input, window)
            })?;
        Ok(changed.into())
    }

    /// Closes a circuit ride before its last day, or calls it off: from now on nobody is seen because of being nominated. For its
    /// requester.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn close_circuit_ride(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] input: CloseCircuitRideInput,
    ) -> Result<CloseCircuitRidePayload, Error> {
        let (ride, key) = (&input.circuit_ride_id, input.idempotency_key.as_deref());
        let request_context = RequestContext::of(context);
        let ride = ids::open(request_context, "input.circuitRideId", ride)?;
        let status = CircuitRideStatus::Closed;
        let closed = change(request_context, key, &(status, ride), |session| {
            if open_ride(session, ride)?.requester_id != session.viewer().agency.id {
                return Err(wrong(UserErrorCode::NotAllowed, "its requester closes it").into());
            }
            set_status(session, ride, status)
        })?;
        Ok(closed.into())
    }

    /// Declines a circuit ride on which nobody was interviewed: whoever was nominated is no longer seen by that, and interviews are called
    /// off. For its holder.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn decline_circuit_ride(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] input: DeclineCircuitRideInput,
    ) -> Result<DeclineCircuitRidePayload, Error> {
        let (ride, key) = (&input.circuit_ride_id, input.idempotency_key.as_deref());
        Ok(as_holder(context, CircuitRideStatus::Declined, ride, key, decline)?.into())
    }

    /// Reopens a circuit ride that was closed, or declined, by mistake: whoever is nominated still is seen by that again, and interviews on
    /// later days are scheduled anew. For its holder, until its last day.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn reopen_circuit_ride(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] input: ReopenCircuitRideInput,
    ) -> Result<ReopenCircuitRidePayload, Error> {
        let (ride, key) = (&input.circuit_ride_id, input.idempotency_key.as_deref());
        Ok(as_holder(context, CircuitRideStatus::Requested, ride, key, reopen)?.into())
    }
}

/// The circuit ride after a change, or why nothing was changed.
type Outcome = Result<Option<CircuitRide>, Vec<UserError>>;

fn change(
    request_context: &RequestContext,
    idempotency_key: Option<&str>,
    request: &impl Debug,
    work: impl FnOnce(&mut WriteSession) -> Attempt<Id<Ride>>,
) -> Result<Outcome, Error> {
    const WHO: Allowed<'_> = Allowed {
        roles: &[Role::DataOfficer],
        purpose: None,
        otherwise: "circuit rides are requested, closed and declined by clients with the role DATA_OFFICER",
    };
    changed(request_context, (idempotency_key, request), &WHO, work, |session, key| {
        Ok(session.circuit_rides(&[key])?.remove(&key).map(CircuitRide))
    })
}

fn request(
    session: &mut WriteSession,
    input: &RequestCircuitRideInput,
    (opens_on, closes_on): (NaiveDate, NaiveDate),
) -> Attempt<Id<Ride>> {
    let viewer = session.viewer().clone();
    let mut wrong = check_window(viewer.today, opens_on, closes_on);
    let mut invalid = |field: &str, message: String| wrong.push(UserError::at(field, UserErrorCode::Invalid, message));
    for (field, number, most) in
        [("capacity", input.capacity, MAX_CAPACITY), ("interviewers", input.interviewers, MAX_INTERVIEWERS)]
    {
        if !(1..=most).contains(&number) {
            invalid(field, format!("expected 1 to {most}"));
        }
    }
    let different: BTreeSet<&String> = input.city_codes.iter().collect();
    if different.len() != input.city_codes.len() || !(1..=MAX_CITIES).contains(&different.len()) {
        invalid("cityCodes", format!("name 1 to {MAX_CITIES} cities, each once"));
    }
    let holder = session.agencies_by_code(std::slice::from_ref(&input.holder_code))?.pop();
    if holder == Some(viewer.agency.id) {
        invalid("holderCode", "this is the agency itself".to_owned());
    }
    let places = session.places_by_code()?;
    let mut cities: Vec<Id<Place>> = Vec::new();
    for (nth, code) in input.city_codes.iter().take(MAX_CITIES).enumerate() {
        match places.get(code) {
            Some(place) => cities.push(place.id),
            None => invalid(&format!("cityCodes.{nth}"), "there is no place with this P-code".to_owned()),
        }
    }
    let Some(holder_id) = holder else {
        wrong.push(UserError::at("holderCode", UserErrorCode::NotFound, "there is no such agency"));
        return Err(wrong.into());
    };
    let Some(country) = viewer.agency.country else {
        let message = "the agency has no country to which anybody could be resettled";
        wrong.push(UserError::of(UserErrorCode::NotAllowed, message));
        return Err(wrong.into());
    };
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    let ride = Ride {
        id: new_key(),
        requester_id: viewer.agency.id,
        holder_id,
        country,
        opens_on,
        closes_on,
        capacity: input.capacity,
        interviewers: input.interviewers,
        status: CircuitRideStatus::Requested,
        requested_at: Utc::now().naive_utc().trunc_subsecs(6),
    };
    session.request_circuit_ride(&ride, &cities)?;
    Ok(ride.id)
}

/// What is wrong with the days of interviews.
fn check_window(today: NaiveDate, opens_on: NaiveDate, closes_on: NaiveDate) -> Vec<UserError> {
    let (field, message) = match () {
        () if opens_on < today => ("opensOn", "it has passed; give today or a later day".to_owned()),
        () if opens_on > today + Months::new(MAX_MONTHS_AHEAD) => {
            ("opensOn", format!("it lies too far ahead; give a day within {MAX_MONTHS_AHEAD} months"))
        }
        () if closes_on < opens_on => ("closesOn", "it lies before the first day".to_owned()),
        () if closes_on - opens_on >= TimeDelta::days(MAX_DAYS) => {
            ("closesOn", format!("it lasts too long; give at most {MAX_DAYS} days"))
        }
        () => return Vec::new(),
    };
    vec![UserError::at(field, UserErrorCode::Invalid, message)]
}

/// Changes once the status of a circuit ride for which the agency nominates.
fn as_holder(
    context: &Context<'_>,
    status: CircuitRideStatus,
    ride: &ID,
    idempotency_key: Option<&str>,
    check: impl FnOnce(&mut WriteSession, Released<Ride>) -> Attempt<()>,
) -> Result<Outcome, Error> {
    let request_context = RequestContext::of(context);
    let key = ids::open(request_context, "input.circuitRideId", ride)?;
    change(request_context, idempotency_key, &(status, key), |session| {
        let ride = circuit_ride(session, key)?;
        if ride.holder_id != session.viewer().agency.id {
            return Err(wrong(UserErrorCode::NotAllowed, "this is for its holder").into());
        }
        if session.viewer().purpose != Purpose::CaseManagement {
            return Err(UserError::of(UserErrorCode::NotAllowed, "this is done under CASE_MANAGEMENT").into());
        }
        check(session, ride)?;
        session.call_off_interviews(key)?;
        set_status(session, key, status)
    })
}

/// That a circuit ride may be declined.
fn decline(session: &mut WriteSession, ride: Released<Ride>) -> Attempt<()> {
    check_open(session, &ride)?;
    match session.has_interviewed(ride.id)? {
        true => {
            let message = "people were interviewed on it, or are today, of whom the embassy decides; withdraw the nominations of whoever was \
                 not (withdrawNomination), or its requester closes it (closeCircuitRide)";
            Err(wrong(UserErrorCode::WrongStatus, message).into())
        }
        false => Ok(()),
    }
}

/// That a circuit ride may be reopened.
fn reopen(session: &mut WriteSession, ride: Released<Ride>) -> Attempt<()> {
    let message = if ride.status == CircuitRideStatus::Requested {
        "nobody has closed or declined it"
    } else if ride.closes_on < session.viewer().today {
        "its last day has passed; another one is requested"
    } else if session.awaits_elsewhere(&ride)? {
        "somebody who is nominated for it awaits an interview on another circuit ride to this country by now; withdraw that nomination \
         first (withdrawNomination)"
    } else {
        return Ok(());
    };
    Err(wrong(UserErrorCode::WrongStatus, message).into())
}

fn set_status(session: &mut WriteSession, ride: Id<Ride>, status: CircuitRideStatus) -> Attempt<Id<Ride>> {
    session.set_ride_status(ride, status)?;
    session.keep_coverage()?;
    Ok(ride)
}

fn wrong(code: UserErrorCode, message: &str) -> UserError {
    UserError::at("circuitRideId", code, message)
}

/// A circuit ride to which the agency is a party.
///
/// # Errors
/// If there is none, or the database fails.
pub(in crate::graphql) fn circuit_ride(session: &mut WriteSession, key: Id<Ride>) -> Attempt<Released<Ride>> {
    let missing = || {
        let message = "there is no such circuit ride to which the agency is a party";
        UserError::at("circuitRideId", UserErrorCode::NotFound, message)
    };
    Ok(session.circuit_rides(&[key])?.remove(&key).ok_or_else(missing)?)
}

/// A circuit ride to which the agency is a party, and which is not over.
///
/// # Errors
/// If there is none, or the database fails.
pub(in crate::graphql) fn open_ride(session: &mut WriteSession, key: Id<Ride>) -> Attempt<Released<Ride>> {
    let ride = circuit_ride(session, key)?;
    check_open(session, &ride)?;
    Ok(ride)
}

fn check_open(session: &WriteSession, ride: &Ride) -> Attempt<()> {
    let message = match (ride.status_on(session.viewer().today), ride.status) {
        (CircuitRideStatus::Requested, _) => return Ok(()),
        (status, CircuitRideStatus::Requested) => format!("the circuit ride is {status}: its last day has passed"),
        (status, _) => {
            format!("the circuit ride is {status}; if that is wrong, its holder reopens it (reopenCircuitRide)")
        }
    };
    Err(wrong(UserErrorCode::WrongStatus, &message).into())
}
