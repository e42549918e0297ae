//! How the holder's caseworkers record incidents, check them, and group them.

use super::held::{held_incident, unfounded};
use super::inputs::*;
use crate::domain::client::Role;
use crate::domain::emergency::Emergency;
use crate::domain::incident::{Incident, Verification};
use crate::domain::individual::{Individual, RecordClosure};
use crate::domain::place::Place;
use crate::domain::purpose::Purpose;
use crate::domain::{Id, Vocabulary};
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::incident_account::checked_account;
use crate::graphql::individual::held::{all_held, change};
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::graphql::schema::vocabularies::requires;
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use crate::store::individual::held::Held;
use async_graphql::{Context, Error, Object};
use chrono::NaiveDate;

/// The most people of one incident, and of all that a mutation records: others wait for it.
const MAX_AFFECTED: usize = 100;

/// What may be changed of incidents.
#[derive(Default)]
pub struct IncidentMutations;

/// What may be changed of incidents.
#[Object]
impl IncidentMutations {
    /// Records a protection incident, with all whom it affected. An arbitrary deportation opens an emergency for each of them. For the
    /// holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn record_incident(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What happened, and to whom.")] input: RecordIncidentInput,
    ) -> Result<RecordIncidentPayload, Error> {
        let request_context = RequestContext::of(context);
        let occurred_on = input.occurred_on.as_ref().map(|on| on.read("input.occurredOn")).transpose()?;
        let open = |(nth, id)| ids::open(request_context, &format!("input.individualIds.{nth}"), id);
        let people = input.individual_ids.iter().take(MAX_AFFECTED + 1).enumerate().map(open);
        let people = people.collect::<Result<Vec<Id<Individual>>, Error>>()?;
        let changed = change(request_context, input.idempotency_key.as_deref(), &("incident", &input), |session| {
            record(session, &input, &people, occurred_on)
        })?;
        Ok(changed.into())
    }

    /// Records what is known by now of an incident, or was recorded by mistake: who did it, when and where, for all whom it affected. For the
    /// holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn correct_incident(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which incident, and what is known of it.")] input: CorrectIncidentInput,
    ) -> Result<CorrectIncidentPayload, Error> {
        let request_context = RequestContext::of(context);
        let id = ids::open(request_context, "input.incidentId", &input.incident_id)?;
        let occurred_on = input.occurred_on.as_ref().map(|on| on.read("input.occurredOn")).transpose()?;
        let changed = change(request_context, input.idempotency_key.as_deref(), &("correct", &input), |session| {
            let (person, _, incident) = held_incident(session, id)?;
            correct(session, &input, incident, occurred_on)?;
            Ok(person)
        })?;
        Ok(changed.into())
    }

    /// Records how far the report of an incident is checked, for all whom it affected: from REPORTED to CORROBORATED and VERIFIED, and from
    /// each to UNFOUNDED, which closes its open emergencies; from there back to REPORTED, if that was a mistake. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn verify_incident(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which incident, and how far.")] input: VerifyIncidentInput,
    ) -> Result<VerifyIncidentPayload, Error> {
        let request_context = RequestContext::of(context);
        let id = ids::open(request_context, "input.incidentId", &input.incident_id)?;
        let changed = change(request_context, input.idempotency_key.as_deref(), &("verify", &input), |session| {
            let (person, _, incident) = held_incident(session, id)?;
            check_next(incident.verification, input.verification)?;
            session.verify_event(incident.event_id, input.verification)?;
            if input.verification == Verification::Unfounded {
                session.close_unfounded(incident.event_id)?;
            }
            Ok(person)
        })?;
        Ok(changed.into())
    }

    /// Assigns an incident to a pattern of the agency, or takes it out of one, for all whom it affected. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn assign_incident(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which incident, and where it belongs.")] input: AssignIncidentInput,
    ) -> Result<AssignIncidentPayload, Error> {
        let request_context = RequestContext::of(context);
        let id = ids::open(request_context, "input.incidentId", &input.incident_id)?;
        let pattern = input.pattern_id.as_ref().map(|id| ids::open(request_context, "input.patternId", id));
        let pattern = pattern.transpose()?;
        let changed = change(request_context, input.idempotency_key.as_deref(), &("assign", &input), |session| {
            let (person, _, incident) = held_incident(session, id)?;
            if incident.pattern_id == pattern {
                let message =
                    if pattern.is_some() { "it belongs to this pattern already" } else { "it is in no pattern" };
                return Err(UserError::at("patternId", UserErrorCode::WrongStatus, message).into());
            }
            if let Some(pattern) = pattern {
                let Some(found) = session.incident_patterns(&[pattern])?.remove(&pattern) else {
                    let message = "the agency has no such pattern";
                    return Err(UserError::at("patternId", UserErrorCode::NotFound, message).into());
                };
                if !found.fits(&incident) {
                    let message = "the incident is of another kind or actor than the pattern's";
                    return Err(UserError::at("patternId", UserErrorCode::Invalid, message).into());
                }
            }
            session.assign_event(incident.event_id, pattern)?;
            Ok(person)
        })?;
        Ok(changed.into())
    }
}

fn record(
    session: &mut WriteSession,
    input: &RecordIncidentInput,
    people: &[Id<Individual>],
    occurred_on: Option<NaiveDate>,
) -> Attempt<Id<Individual>> {
    let mut different = people.to_vec();
    different.sort_unstable();
    different.dedup();
    let Some(first) =
        people.first().copied().filter(|_| people.len() <= MAX_AFFECTED && different.len() == people.len())
    else {
        let message = format!("name 1 to {MAX_AFFECTED} people, each once");
        return Err(UserError::at("individualIds", UserErrorCode::Invalid, message).into());
    };
    if session.affected_with(people.len()) > MAX_AFFECTED {
        let message =
            format!("the incidents of a mutation affect at most {MAX_AFFECTED} people; record this one by another");
        return Err(UserError::at("individualIds", UserErrorCode::Invalid, message).into());
    }
    let follows = Emergency::follows(input.kind);
    if follows && input.emergency == Some(false) {
        let message = format!("{} is always an emergency; leave this out", input.kind);
        return Err(UserError::at("emergency", UserErrorCode::Invalid, message).into());
    }
    let account = input.account.as_deref().map(checked_account).transpose()?;
    let place_id = place(session, input.place_code.as_deref())?;
    let event_id = new_key();
    let held = all_held(session, people, |nth| format!("individualIds.{nth}"))?;
    let mut suffered: Vec<(Held, Incident)> = Vec::new();
    for (person, record) in session.records(&held)? {
        check_day(session.viewer().today, &record, occurred_on)?;
        let incident = Incident {
            id: if suffered.is_empty() { event_id } else { new_key() },
            individual_id: person.id(),
            event_id,
            kind: input.kind,
            actor: input.actor,
            occurred_on,
            place_id,
            verification: Verification::Reported,
            pattern_id: None,
        };
        suffered.push((person, incident));
    }
    session.record_incidents(&suffered)?;
    if let Some(account) = account {
        let told: Vec<(Held, Id<Incident>)> =
            suffered.iter().map(|(person, incident)| (*person, incident.id)).collect();
        session.add_accounts(&told, &account)?;
    }
    if follows || input.emergency == Some(true) {
        session.open_emergencies(&suffered)?;
    }
    Ok(first)
}

/// Says what is known by now of an incident that was not found to be unfounded, and that fits its pattern with it.
fn correct(
    session: &mut WriteSession,
    input: &CorrectIncidentInput,
    incident: Incident,
    occurred_on: Option<NaiveDate>,
) -> Attempt<()> {
    if incident.verification == Verification::Unfounded {
        return Err(unfounded("incidentId").into());
    }
    if let Some(on) = occurred_on
        && let Some(since) = session.first_of_emergencies(incident.event_id)?.filter(|since| on > *since)
    {
        let message = format!("something is known, or was done, in its emergency since {since}; give a day until then");
        return Err(UserError::at("occurredOn", UserErrorCode::Invalid, message).into());
    }
    let affected = session.affected_held(incident.event_id)?;
    for (_, record) in session.records(&affected)? {
        check_day(session.viewer().today, &record, occurred_on)?;
    }
    let known = Incident {
        actor: input.actor.or(incident.actor),
        occurred_on: occurred_on.or(incident.occurred_on),
        place_id: place(session, input.place_code.as_deref())?.or(incident.place_id),
        ..incident
    };
    let pattern = known.pattern_id.map(|pattern| session.incident_patterns(&[pattern])).transpose()?;
    if pattern.is_some_and(|found| found.values().any(|pattern| !pattern.fits(&known))) {
        let message =
            "the pattern in which the incident is has another actor; take it out of that first (assignIncident)";
        return Err(UserError::at("actor", UserErrorCode::Invalid, message).into());
    }
    Ok(session.correct_event(&known)?)
}

/// The place of a P-code.
fn place(session: &mut WriteSession, code: Option<&str>) -> Attempt<Option<Id<Place>>> {
    let Some(code) = code else { return Ok(None) };
    let unknown = || UserError::at("placeCode", UserErrorCode::NotFound, "there is no place with this P-code");
    Ok(Some(session.places_by_code()?.get(code).map(|place| place.id).ok_or_else(unknown)?))
}

/// A day on which something happened to a person: not in the future, and within the person's life.
fn check_day(today: NaiveDate, person: &Individual, occurred_on: Option<NaiveDate>) -> Attempt<()> {
    let died_on = person.closed_on.filter(|_| person.closed_as == Some(RecordClosure::Deceased));
    let message = match occurred_on {
        Some(on) if on > today => "it lies in the future",
        Some(on) if person.date_of_birth.is_some_and(|born| on < born) => "somebody who was affected was not born yet",
        Some(on) if died_on.is_some_and(|died| on > died) => "somebody who was affected had died before",
        _ => return Ok(()),
    };
    Err(UserError::at("occurredOn", UserErrorCode::Invalid, message).into())
}

fn check_next(before: Verification, now: Verification) -> Attempt<()> {
    if before.next().contains(&now) {
        return Ok(());
    }
    let next: Vec<&str> = before.next().iter().map(|next| next.code()).collect();
    let message = format!("after {before} comes {}", next.join(" or "));
    Err(UserError::at("verification", UserErrorCode::WrongStatus, message).into())
}
