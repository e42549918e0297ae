//! Whom an incident affected: recorded with it, added once that is known, or removed if it was a mistake.

use super::held::{held_incident, unfounded};
use super::inputs::{AddAffectedIndividualsInput, RecordIncidentInput};
use crate::domain::Id;
use crate::domain::emergency::Emergency;
use crate::domain::incident::{Incident, Verification};
use crate::domain::individual::{Individual, RecordClosure};
use crate::domain::place::Place;
use crate::graphql::incident_account::checked_account;
use crate::graphql::individual::held::all_held;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use crate::store::individual::held::Held;
use chrono::NaiveDate;

/// The most people of one incident, and of all that a mutation records: others wait for it.
pub(super) const MAX_AFFECTED: usize = 100;

/// Records an incident of people, and gives the first of them.
///
/// # Errors
/// What is wrong with it; nothing is recorded then.
pub(super) fn record(
    session: &mut WriteSession,
    input: &RecordIncidentInput,
    people: &[Id<Individual>],
    (occurred_on, place_id): (Option<NaiveDate>, Option<Id<Place>>),
) -> Attempt<Id<Individual>> {
    let Some(first) = people.first().copied() else { return Err(wrong_number().into()) };
    let known = Incident {
        id: new_key(),
        individual_id: first,
        event_id: new_key(),
        kind: input.kind,
        actor: input.actor,
        occurred_on,
        place_id,
        verification: Verification::Reported,
        pattern_id: None,
    };
    let more = More { account: input.account.as_deref(), emergency: input.emergency, wrong_day_at: "occurredOn" };
    affect(session, &known, people, &more)?;
    Ok(first)
}

/// Adds people to an incident, and gives the person of whom it was named.
///
/// # Errors
/// What is wrong with it; nothing is recorded then.
pub(super) fn add(
    session: &mut WriteSession,
    input: &AddAffectedIndividualsInput,
    id: Id<Incident>,
    people: &[Id<Individual>],
) -> Attempt<Id<Individual>> {
    let (person, _, known) = held_incident(session, id)?;
    if known.verification == Verification::Unfounded {
        return Err(unfounded("incidentId").into());
    }
    let affected: Vec<Id<Individual>> =
        session.suffered(known.event_id)?.iter().map(|(affected, _)| affected.id()).collect();
    let given = session.all_held(people)?;
    let is_affected = |person: &Id<Individual>| given.get(person).is_some_and(|person| affected.contains(&person.id()));
    if let Some(nth) = people.iter().position(is_affected) {
        let message = "this person is affected by it already";
        return Err(UserError::at(&format!("individualIds.{nth}"), UserErrorCode::Taken, message).into());
    }
    if affected.len() + people.len() > MAX_AFFECTED {
        let message = format!("it affects {} people already, and at most {MAX_AFFECTED}", affected.len());
        return Err(UserError::at("individualIds", UserErrorCode::Invalid, message).into());
    }
    let more = More { account: input.account.as_deref(), emergency: input.emergency, wrong_day_at: "individualIds" };
    affect(session, &known, people, &more)?;
    Ok(person)
}

/// Removes an incident of a person who was not affected, and gives the person; of others it stays.
///
/// # Errors
/// If nobody else was affected: then it is unfounded.
pub(super) fn remove(session: &mut WriteSession, id: Id<Incident>) -> Attempt<Id<Individual>> {
    let (person, access, incident) = held_incident(session, id)?;
    if session.suffered(incident.event_id)?.len() < 2 {
        let message = "nobody else is affected by it; if it was somebody else, add that person first (addAffectedIndividuals), and if there was no \
             such incident, it is UNFOUNDED (verifyIncident)";
        return Err(UserError::at("incidentId", UserErrorCode::WrongStatus, message).into());
    }
    session.remove_incident(incident.id)?;
    session.touch(&[access])?;
    Ok(person)
}

/// What is recorded with an incident of each person.
struct More<'a> {
    /// What was told.
    account: Option<&'a str>,
    /// Whether it is an emergency, if that is said.
    emergency: Option<bool>,
    /// To which field of the input it belongs that a day lies outside somebody's life.
    wrong_day_at: &'a str,
}

/// Records of each of some people what is known of an incident, with what was told, and as an emergency if it is one.
fn affect(session: &mut WriteSession, known: &Incident, people: &[Id<Individual>], more: &More<'_>) -> Attempt<()> {
    let mut different = people.to_vec();
    different.sort_unstable();
    different.dedup();
    if !(1..=MAX_AFFECTED).contains(&people.len()) || different.len() != people.len() {
        return Err(wrong_number().into());
    }
    if session.affected_with(people.len()) > MAX_AFFECTED {
        let message =
            format!("the incidents of a mutation affect at most {MAX_AFFECTED} people; record this one by another");
        return Err(UserError::at("individualIds", UserErrorCode::Invalid, message).into());
    }
    let follows = Emergency::follows(known.kind);
    if follows && more.emergency == Some(false) {
        let message = format!("{} is always an emergency; leave this out", known.kind);
        return Err(UserError::at("emergency", UserErrorCode::Invalid, message).into());
    }
    let account = more.account.map(checked_account).transpose()?;
    let held = all_held(session, people, |nth| format!("individualIds.{nth}"))?;
    let mut suffered: Vec<(Held, Incident)> = Vec::new();
    for (person, record) in session.records(&held)? {
        check_day(session.viewer().today, &record, known.occurred_on, more.wrong_day_at)?;
        suffered.push((person, Incident { id: new_key(), individual_id: person.id(), ..known.clone() }));
    }
    session.record_incidents(&suffered)?;
    if let Some(account) = account {
        let told: Vec<(Held, Id<Incident>)> =
            suffered.iter().map(|(person, incident)| (*person, incident.id)).collect();
        session.add_accounts(&told, &account)?;
    }
    if follows || more.emergency == Some(true) {
        session.open_emergencies(&suffered)?;
    }
    Ok(())
}

fn wrong_number() -> UserError {
    let message = format!("name 1 to {MAX_AFFECTED} people, each once");
    UserError::at("individualIds", UserErrorCode::Invalid, message)
}

/// A day on which something happened to a person: not in the future, and within the person's life.
///
/// # Errors
/// If not.
pub(super) fn check_day(
    today: NaiveDate,
    person: &Individual,
    occurred_on: Option<NaiveDate>,
    field: &str,
) -> Attempt<()> {
    let died_on = person.closed_on.filter(|_| person.closed_as == Some(RecordClosure::Deceased));
    let message = match occurred_on {
        Some(on) if on > today => "it lies in the future",
        Some(on) if person.date_of_birth.is_some_and(|born| on < born) => "somebody who was affected was not born yet",
        Some(on) if died_on.is_some_and(|died| on > died) => "somebody who was affected had died before",
        _ => return Ok(()),
    };
    Err(UserError::at(field, UserErrorCode::Invalid, message).into())
}
