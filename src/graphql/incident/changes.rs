//! How the holder's caseworkers record incidents, check them, and group them.

use super::held::{held_incident, unfounded};
use super::inputs::*;
use super::recording::{MAX_AFFECTED, add, check_day, record, remove};
use crate::domain::client::Role;
use crate::domain::emergency::Emergency;
use crate::domain::incident::{Incident, Verification};
use crate::domain::individual::Individual;
use crate::domain::place::Place;
use crate::domain::purpose::Purpose;
use crate::domain::{Id, Vocabulary};
use crate::graphql::demarche::citing::withdraw_if_short;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::individual::held::{Outcome, change};
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::graphql::schema::vocabularies::requires;
use crate::store::WriteSession;
use crate::store::individual::held::Held;
use async_graphql::{Context, Error, ID, Object};
use chrono::NaiveDate;

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
        let people = people(request_context, &input.individual_ids)?;
        let changed = change(request_context, input.idempotency_key.as_deref(), &("incident", &input), |session| {
            let place_id = place(session, input.place_code.as_deref())?;
            record(session, &input, &people, (occurred_on, place_id))
        })?;
        Ok(changed.into())
    }

    /// Adds people of whom it became known that an incident affected them as well. What is known of it, and how far it is checked, counts for
    /// them, too. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn add_affected_individuals(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "To which incident, and whom.")] input: AddAffectedIndividualsInput,
    ) -> Result<AddAffectedIndividualsPayload, Error> {
        let request_context = RequestContext::of(context);
        let id = ids::open(request_context, "input.incidentId", &input.incident_id)?;
        let people = people(request_context, &input.individual_ids)?;
        let changed =
            change(request_context, input.idempotency_key.as_deref(), &("add affected", &input), |session| {
                add(session, &input, id, &people)
            })?;
        Ok(changed.into())
    }

    /// Removes an incident of a person who was recorded as affected by mistake, with what was told of it, and the emergency that it was of this
    /// person; of all others whom it affected it stays. For the holder's data officers: what was told is gone then.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn remove_affected_individual(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which incident of this person.")] input: RemoveAffectedIndividualInput,
    ) -> Result<RemoveAffectedIndividualPayload, Error> {
        let request_context = RequestContext::of(context);
        let id = ids::open(request_context, "input.incidentId", &input.incident_id)?;
        if request_context.viewer().client.role != Role::DataOfficer {
            let message = "an incident is removed by clients with the role DATA_OFFICER, under CASE_MANAGEMENT";
            let refused: Outcome = Err(vec![UserError::of(UserErrorCode::NotAllowed, message)]);
            return Ok(refused.into());
        }
        let key = input.idempotency_key.as_deref();
        let changed = change(request_context, key, &("remove affected", &input), |session| {
            let (_, _, incident) = held_incident(session, id)?;
            let person = remove(session, id)?;
            withdraw_if_short(session, incident.pattern_id)?;
            Ok(person)
        })?;
        Ok(changed.into())
    }

    /// Records what is known by now of an incident, or was recorded by mistake: what happened, who did it, when and where, for all whom it
    /// affected. If it was an arbitrary deportation, that opens an emergency for each of them. For the holder.
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

    /// Records how far the report of an incident is checked, for all whom it affected: REPORTED, CORROBORATED or VERIFIED. UNFOUNDED closes
    /// its open emergencies; from there it goes back to REPORTED, if that was a mistake, which opens them again. For the holder.
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
                withdraw_if_short(session, incident.pattern_id)?;
            }
            if incident.verification == Verification::Unfounded {
                session.reopen_unfounded(incident.event_id)?;
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
            withdraw_if_short(session, incident.pattern_id)?;
            Ok(person)
        })?;
        Ok(changed.into())
    }
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
    if input.clear.iter().any(|field| field.is_stated_in(input)) {
        let message = "what was wrong is either stated or not known any more, not both";
        return Err(UserError::at("clear", UserErrorCode::Invalid, message).into());
    }
    if let Some(on) = occurred_on
        && let Some(since) = session.first_of_emergencies(incident.event_id)?.filter(|since| on > *since)
    {
        let message = format!(
            "something is known, was done or is due in its emergency on {since}; give a day until then, or correct that first"
        );
        return Err(UserError::at("occurredOn", UserErrorCode::Invalid, message).into());
    }
    let suffered = session.suffered(incident.event_id)?;
    let affected: Vec<Held> = suffered.iter().map(|(person, _)| *person).collect();
    for (_, record) in session.records(&affected)? {
        check_day(session.viewer().today, &record, occurred_on, "occurredOn")?;
    }
    let place_id = place(session, input.place_code.as_deref())?;
    let known = input.clear.iter().fold(incident, |known, field| match field {
        IncidentField::Actor => Incident { actor: None, ..known },
        IncidentField::OccurredOn => Incident { occurred_on: None, ..known },
        IncidentField::Place => Incident { place_id: None, ..known },
    });
    let known = Incident {
        kind: input.kind.unwrap_or(known.kind),
        actor: input.actor.or(known.actor),
        occurred_on: occurred_on.or(known.occurred_on),
        place_id: place_id.or(known.place_id),
        ..known
    };
    let pattern = known.pattern_id.map(|pattern| session.incident_patterns(&[pattern])).transpose()?;
    if pattern.is_some_and(|found| found.values().any(|pattern| !pattern.fits(&known))) {
        let message = "the pattern in which the incident is has another kind or actor; take it out of that first (assignIncident)";
        let field = if input.kind.is_some() { "kind" } else { "actor" };
        return Err(UserError::at(field, UserErrorCode::Invalid, message).into());
    }
    session.correct_event(&known)?;
    if Emergency::follows(known.kind) {
        let mut unfollowed = Vec::new();
        for (person, incident) in suffered {
            if !session.is_emergency(incident.id)? {
                unfollowed.push((person, incident));
            }
        }
        session.open_emergencies(&unfollowed)?;
    }
    Ok(())
}

/// The people of ids.
fn people(request_context: &RequestContext, given: &[ID]) -> Result<Vec<Id<Individual>>, Error> {
    let open = |(nth, id)| ids::open(request_context, &format!("input.individualIds.{nth}"), id);
    given.iter().take(MAX_AFFECTED + 1).enumerate().map(open).collect()
}

/// The place of a P-code.
fn place(session: &mut WriteSession, code: Option<&str>) -> Attempt<Option<Id<Place>>> {
    let Some(code) = code else { return Ok(None) };
    let unknown = || UserError::at("placeCode", UserErrorCode::NotFound, "there is no place with this P-code");
    Ok(Some(session.places_by_code()?.get(code).map(|place| place.id).ok_or_else(unknown)?))
}

fn check_next(before: Verification, now: Verification) -> Attempt<()> {
    if before.next().contains(&now) {
        return Ok(());
    }
    let next: Vec<&str> = before.next().iter().map(|next| next.code()).collect();
    let message = format!("after {before} comes {}", next.join(" or "));
    Err(UserError::at("verification", UserErrorCode::WrongStatus, message).into())
}
