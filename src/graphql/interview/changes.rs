//! How the holder schedules interviews, and how the embassy records what became of them.

use super::inputs::*;
use super::outcomes::record_outcome;
use crate::domain::circuit_ride::CircuitRide;
use crate::domain::client::Role;
use crate::domain::interview::{Interview, MAX_MINUTES, MAX_ROOM, MIN_MINUTES};
use crate::domain::language::LanguageCode;
use crate::domain::purpose::Purpose;
use crate::domain::text::is_line;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::individual::held::change_for;
use crate::graphql::nomination::changes::change_nomination;
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::graphql::schema::vocabularies::requires;
use crate::policy::Released;
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use crate::store::individual::held::Held;
use async_graphql::{Context, Error, Object};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta, Timelike};

/// What may be changed of interviews.
#[derive(Default)]
pub struct InterviewMutations;

/// What may be changed of interviews.
#[Object]
impl InterviewMutations {
    /// Schedules an interview of a person who is nominated for a circuit ride, together with the nominated members of its case, in place of
    /// one that was scheduled before. No officer, room or interpreter is needed by two at once. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn schedule_interview(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "With whom, when, where and how.")] input: ScheduleInterviewInput,
    ) -> Result<ScheduleInterviewPayload, Error> {
        let starts_at = input.starts_at.read("input.startsAt")?;
        let language = input.interpreter_language.as_ref();
        let language = language.map(|given| given.read("input.interpreterLanguage")).transpose()?;
        let given = (&input.circuit_ride_id, &input.individual_id, input.idempotency_key.as_deref());
        let changed = change_nomination(context, given, ("schedule", &input), |session, ride, person| {
            schedule(session, &input, (ride, person), (starts_at, language))
        })?;
        Ok(changed.into())
    }

    /// Records what became of an interview of the agency, and moves the solution of whoever was interviewed together and is seen by it. For
    /// the requester of the circuit ride.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::Resettlement)))]
    async fn record_interview_outcome(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of whose interview, and what.")] input: RecordInterviewOutcomeInput,
    ) -> Result<RecordInterviewOutcomePayload, Error> {
        let on = input.on.read("input.on")?;
        let request_context = RequestContext::of(context);
        let ride = ids::open(request_context, "input.circuitRideId", &input.circuit_ride_id)?;
        let person = ids::open(request_context, "input.individualId", &input.individual_id)?;
        let (by, request) = ([Purpose::Resettlement], ("outcome", &input));
        let changed = change_for(request_context, &by, input.idempotency_key.as_deref(), &request, |session| {
            record_outcome(session, &input, (ride, person), on)?;
            Ok(person)
        })?;
        Ok(changed.into())
    }
}

fn schedule(
    session: &mut WriteSession,
    input: &ScheduleInterviewInput,
    (ride, person): (&Released<CircuitRide>, Held),
    (starts_at, interpreter_language): (NaiveDateTime, Option<LanguageCode>),
) -> Attempt<()> {
    let mut wrong = check(input, ride, starts_at, session.viewer().today);
    let cities = session.cities_of_circuit_rides(&[ride.id])?.remove(&ride.id).unwrap_or_default();
    let Some(city) = cities.iter().find(|city| city.code == input.city_code) else {
        let codes: Vec<&str> = cities.iter().map(|city| city.code.as_str()).collect();
        let message = format!("the circuit ride interviews in {}", codes.join(" and "));
        wrong.push(UserError::at("cityCode", UserErrorCode::Invalid, message));
        return Err(wrong.into());
    };
    let Some((_, own)) = session.nominations_for(ride.id, &[person])?.pop() else {
        let message = "the person is not nominated for this circuit ride; nominate the case first";
        wrong.push(UserError::at("individualId", UserErrorCode::NotFound, message));
        return Err(wrong.into());
    };
    if !own.awaits_interview() {
        let message = "the outcome of the person's interview is recorded already";
        wrong.push(UserError::at("individualId", UserErrorCode::WrongStatus, message));
    }
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    let members = session.held_members(person)?;
    let mut with = session.nominations_for(ride.id, &members)?;
    with.retain(|(member, nomination)| member.id() != person.id() && nomination.awaits_interview());
    with.push((person, own));
    let people: Vec<Held> = with.iter().map(|(member, _)| *member).collect();
    if session.consent_to_resettlement(&people, ride.requester_id)?.len() < people.len() {
        let message =
            "the person, or a member of the case, has given no consent to this embassy for resettlement that stands";
        return Err(UserError::at("individualId", UserErrorCode::WrongStatus, message).into());
    }
    let interview = Interview {
        id: new_key(),
        circuit_ride_id: ride.id,
        place_id: city.id,
        starts_at,
        ends_at: starts_at + TimeDelta::minutes(input.minutes.into()),
        interviewer: input.interviewer,
        room: input.room.trim().to_owned(),
        interpreter_language,
    };
    let mut others = session.interviews_besides(&interview, &with)?;
    others.extend(session.interviews_of_others(&interview)?);
    let clash = others.iter().find_map(|other| Some((interview.clash(other)?.to_string(), other.ends_at)));
    let elsewhere = session.interviews_elsewhere(&interview, &people)?;
    let own = elsewhere.first().map(|other| ("one of these people has".to_owned(), other.ends_at));
    if let Some((who_has, until)) = clash.or(own) {
        let until = until.format("%Y-%m-%dT%H:%M:%SZ");
        let message = format!("{who_has} another interview then, until {until}");
        return Err(UserError::at("startsAt", UserErrorCode::Taken, message).into());
    }
    Ok(session.schedule_interview(&interview, &with)?)
}

/// What is wrong with an interview by itself.
fn check(
    input: &ScheduleInterviewInput,
    ride: &CircuitRide,
    starts_at: NaiveDateTime,
    today: NaiveDate,
) -> Vec<UserError> {
    let mut wrong = Vec::new();
    let mut invalid = |field: &str, message: String| wrong.push(UserError::at(field, UserErrorCode::Invalid, message));
    let ends_at = starts_at + TimeDelta::minutes(input.minutes.clamp(0, MAX_MINUTES).into());
    let days = ride.opens_on..=ride.closes_on;
    if (starts_at.second(), starts_at.nanosecond()) != (0, 0) {
        invalid("startsAt", "give whole minutes".to_owned());
    } else if !days.contains(&starts_at.date()) || !days.contains(&ends_at.date()) {
        invalid("startsAt", format!("the circuit ride is from {} to {}", ride.opens_on, ride.closes_on));
    } else if starts_at.date() < today {
        invalid("startsAt", "its day has passed".to_owned());
    }
    if !(MIN_MINUTES..=MAX_MINUTES).contains(&input.minutes) {
        invalid("minutes", format!("expected {MIN_MINUTES} to {MAX_MINUTES}"));
    }
    if !(1..=ride.interviewers).contains(&input.interviewer) {
        invalid("interviewer", format!("the circuit ride has {}; expected 1 to {0}", ride.interviewers));
    }
    if !is_line(&input.room, MAX_ROOM) {
        invalid("room", format!("expected 1 to {MAX_ROOM} characters on one line"));
    }
    wrong
}
