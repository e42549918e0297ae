//! How the holder's caseworkers pursue durable solutions.

mod inputs;

use self::inputs::*;
use crate::domain::Id;
use crate::domain::Vocabulary;
use crate::domain::client::Role;
use crate::domain::individual::{Individual, LegalStatus};
use crate::domain::purpose::Purpose;
use crate::domain::solution::{IntegrationForm, Solution, SolutionKind, SolutionStage, SubmissionPriority};
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::individual::changes::{change, held};
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::graphql::schema::vocabularies::requires;
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use crate::store::individual::changes::Held;
use async_graphql::{Context, Error, Object};
use chrono::NaiveDate;

/// What may be changed of durable solutions.
#[derive(Default)]
pub struct SolutionMutations;

/// What may be changed of durable solutions.
#[Object]
impl SolutionMutations {
    /// Records that a person was identified for a durable solution, and with it the open records of its case for which it makes
    /// sense, that do not pursue it yet and were not split from it. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn identify_solution(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "For whom, and which.")] input: IdentifySolutionInput,
    ) -> Result<IdentifySolutionPayload, Error> {
        let request_context = RequestContext::of(context);
        let on = input.on.read("input.on")?;
        let person = ids::open(request_context, "input.individualId", &input.individual_id)?;
        let changed = change(request_context, input.idempotency_key.as_deref(), &("identify", &input), |session| {
            let access = held(session, person, "individualId")?;
            let moving = moving_with(session, access, "individualId", input.split_reason.is_some())?;
            identify(session, &input, access, &moving, on)?;
            Ok(person)
        })?;
        Ok(changed.into())
    }

    /// Moves a durable solution on, and with it the same solution of the other open records of the case. Who departs has a closed
    /// record, with its enrolments ended and its other solutions withdrawn; who is granted citizenship or legal residence has that
    /// legal status. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn move_solution(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which solution, and where to.")] input: MoveSolutionInput,
    ) -> Result<MoveSolutionPayload, Error> {
        let request_context = RequestContext::of(context);
        let on = input.on.read("input.on")?;
        let id = ids::open(request_context, "input.solutionId", &input.solution_id)?;
        let changed =
            change(request_context, input.idempotency_key.as_deref(), &("move solution", &input), |session| {
                let Some((person, access, solution)) = session.held_solution(id)? else {
                    let message = "nobody whom the agency holds has this solution";
                    return Err(UserError::at("solutionId", UserErrorCode::NotFound, message).into());
                };
                let is_split = input.split_reason.or(solution.split_reason).is_some();
                let moving = moving_with(session, access, "solutionId", is_split)?;
                move_on(session, &input, id, &moving, on)?;
                Ok(person)
            })?;
        Ok(changed.into())
    }
}

/// The records that move with a person's, if that is open.
fn moving_with(session: &mut WriteSession, person: Held, field: &str, is_split: bool) -> Attempt<Vec<Individual>> {
    if session.record(person)?.closed_as.is_some() {
        let message = "the record is closed; reopen it first";
        return Err(UserError::at(field, UserErrorCode::WrongStatus, message).into());
    }
    Ok(session.moving_with(person, is_split)?)
}

fn identify(
    session: &mut WriteSession,
    input: &IdentifySolutionInput,
    person: Held,
    moving: &[Individual],
    on: NaiveDate,
) -> Attempt<()> {
    let pursued = session.solutions_of_records(moving)?;
    let details = input.details.clone().unwrap_or_default();
    let mut added = Vec::new();
    for record in moving {
        let solution = details.add_to(&Solution {
            stage_on: Some(on),
            split_reason: input.split_reason,
            ..Solution::identified(new_key(), record.id, input.kind)
        })?;
        let origin = record.nationality.filter(|country| !country.is_pseudo());
        let returns = solution.kind == SolutionKind::VoluntaryRepatriation;
        let solution = Solution { destination: solution.destination.or(origin.filter(|_| returns)), ..solution };
        let is_same = |other: &&Solution| other.individual_id == record.id && other.is_same_way(&solution);
        let same: Vec<&Solution> = pursued.iter().filter(is_same).collect();
        let is_pursued = same.iter().any(|other| !other.stage.is_final());
        let earliest = same.iter().filter_map(|other| other.stage_on).chain(earliest(record)).max();
        if record.id == person.id() {
            if is_pursued {
                let message = "the person pursues this solution already; move it on instead";
                return Err(UserError::at("kind", UserErrorCode::WrongStatus, message).into());
            }
            on_a_day(session, on, earliest)?;
            check_sense(&solution, record)?;
        } else if is_pursued
            || same.iter().any(|other| other.split_reason.is_some())
            || earliest.is_some_and(|earliest| on < earliest)
            || nonsense(&solution, record).is_some()
        {
            continue;
        }
        added.push(solution);
    }
    Ok(session.add_solutions(&added)?)
}

/// The first day on which something can be done for a person.
fn earliest(person: &Individual) -> Option<NaiveDate> {
    person.date_of_birth.max(person.arrived_on).max(person.registered_on)
}

/// A solution leads somewhere else than where the person is already.
fn check_sense(solution: &Solution, person: &Individual) -> Attempt<()> {
    match nonsense(solution, person) {
        Some((field, message)) => Err(UserError::at(field, UserErrorCode::Invalid, message).into()),
        None => Ok(()),
    }
}

/// Why a solution makes no sense for a person, by the field that says so.
fn nonsense(solution: &Solution, person: &Individual) -> Option<(&'static str, &'static str)> {
    match (solution.kind, solution.form, person.legal_status) {
        (SolutionKind::LocalIntegration, None, _) => {
            Some(("details.form", "state what it rests on: CITIZENSHIP or LEGAL_RESIDENCE"))
        }
        (SolutionKind::LocalIntegration, _, Some(LegalStatus::Citizen)) => {
            Some(("kind", "the person is a citizen already"))
        }
        (SolutionKind::LocalIntegration, Some(IntegrationForm::LegalResidence), Some(LegalStatus::LegalResident)) => {
            Some(("details.form", "the person has legal residence already"))
        }
        (SolutionKind::Resettlement, ..) if solution.destination.is_some_and(|to| person.nationality == Some(to)) => {
            Some(("details.destination", "this is the country of origin: a return is VOLUNTARY_REPATRIATION"))
        }
        _ => None,
    }
}

fn move_on(
    session: &mut WriteSession,
    input: &MoveSolutionInput,
    id: Id<Solution>,
    moving: &[Individual],
    on: NaiveDate,
) -> Attempt<()> {
    let pursued = session.solutions_of_records(moving)?;
    let Some(solution) = pursued.iter().find(|solution| solution.id == id) else {
        let message = "nobody whom the agency holds has this solution";
        return Err(UserError::at("solutionId", UserErrorCode::NotFound, message).into());
    };
    check_stage(solution, input.stage)?;
    let details = input.details.clone().unwrap_or_default();
    for record in moving {
        let earliest = earliest(record);
        // Who came to the stage later than on that day comes after.
        let goes_along = |other: &&Solution| {
            other.individual_id == record.id
                && (other.id == id
                    || (other.individual_id != solution.individual_id
                        && other.split_reason.is_none()
                        && other.is_same_way(solution)
                        && other.stage == solution.stage
                        && other.stage_on.max(earliest).is_none_or(|earliest| earliest <= on)))
        };
        for solution in pursued.iter().filter(goes_along) {
            on_a_day(session, on, solution.stage_on.max(earliest))?;
            let moved = complete(Solution {
                stage: input.stage,
                stage_on: Some(on),
                split_reason: input.split_reason.or(solution.split_reason),
                ..details.add_to(solution)?
            })?;
            if moved.destination != solution.destination {
                check_destination(&moved, record, &pursued)?;
            }
            take(session, &moved, on)?;
        }
    }
    Ok(())
}

/// A destination that becomes known is not the country of origin, and not pursued already.
fn check_destination(moved: &Solution, person: &Individual, pursued: &[Solution]) -> Attempt<()> {
    check_sense(moved, person)?;
    let is_twice = |other: &Solution| {
        other.id != moved.id && other.individual_id == person.id && other.is_same_way(moved) && !other.stage.is_final()
    };
    if pursued.iter().any(is_twice) {
        let message = "the person pursues this solution already; move that one on, and withdraw this one";
        return Err(UserError::at("details.destination", UserErrorCode::WrongStatus, message).into());
    }
    Ok(())
}

/// Takes a step, if nothing lies after it that a departure ends.
fn take(session: &mut WriteSession, moved: &Solution, on: NaiveDate) -> Attempt<()> {
    if moved.stage == SolutionStage::Departed
        && let Some(later) = session.active_after(moved.individual_id, on)?
    {
        let message = format!("an enrolment or another solution has a day after it, {later}; give a later day");
        return Err(invalid("on", message).into());
    }
    Ok(session.move_solution(moved, on)?)
}

/// The stage comes next.
fn check_stage(solution: &Solution, stage: SolutionStage) -> Attempt<()> {
    let next: Vec<&str> = solution.next_stages().into_iter().map(SolutionStage::code).collect();
    let message = match next.is_empty() {
        true => format!("it has ended with {}; identify another solution", solution.stage),
        false if next.contains(&stage.code()) => return Ok(()),
        false => format!("after {} comes {}", solution.stage, next.join(" or ")),
    };
    Err(UserError::at("stage", UserErrorCode::WrongStatus, message).into())
}

/// What a stage needs is known: of a submission where to, on what it rests and how urgent it is; of a grant what is granted.
fn complete(solution: Solution) -> Attempt<Solution> {
    let missing = match (solution.kind, solution.stage) {
        (SolutionKind::Resettlement, SolutionStage::Submitted) if solution.destination.is_none() => {
            Some(("destination", "a submission goes to a country; state which"))
        }
        (SolutionKind::Resettlement, SolutionStage::Submitted) if solution.submission_category.is_none() => {
            Some(("submissionCategory", "a submission rests on one of UNHCR's submission categories; state which"))
        }
        (_, SolutionStage::Granted) if solution.form.is_none() => {
            Some(("form", "state what was granted: CITIZENSHIP or LEGAL_RESIDENCE"))
        }
        _ => None,
    };
    if let Some((field, message)) = missing {
        return Err(invalid(&format!("details.{field}"), message.to_owned()).into());
    }
    let submitted = solution.kind == SolutionKind::Resettlement && solution.stage == SolutionStage::Submitted;
    let priority = solution.priority.or(submitted.then_some(SubmissionPriority::Normal));
    Ok(Solution { priority, ..solution })
}

/// A day on which something was done: not in the future, and not before what comes first.
fn on_a_day(session: &WriteSession, on: NaiveDate, earliest: Option<NaiveDate>) -> Attempt<()> {
    if on > session.viewer().today {
        return Err(invalid("on", "it lies in the future".to_owned()).into());
    }
    match earliest.filter(|earliest| on < *earliest) {
        Some(earliest) => Err(invalid("on", format!("it lies before what comes first, on {earliest}")).into()),
        None => Ok(()),
    }
}

fn invalid(field: &str, message: String) -> UserError {
    UserError::at(field, UserErrorCode::Invalid, message)
}
