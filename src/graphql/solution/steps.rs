//! The steps of durable solutions: a case together, unless somebody is split.

use super::checks::{check_destination, check_sense, check_stage, complete, earliest, invalid, nonsense, on_a_day};
use super::inputs::{IdentifySolutionInput, MoveSolutionInput};
use crate::domain::Id;
use crate::domain::individual::Individual;
use crate::domain::solution::{Solution, SolutionKind, SolutionStage};
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use crate::store::individual::changes::Held;
use chrono::NaiveDate;

/// The records that move with a person's, if that is open.
///
/// # Errors
/// If it is closed, or the database fails.
pub(super) fn moving_with(
    session: &mut WriteSession,
    person: Held,
    field: &str,
    is_split: bool,
) -> Attempt<Vec<Individual>> {
    if session.record(person)?.closed_as.is_some() {
        let message = "the record is closed; reopen it first";
        return Err(UserError::at(field, UserErrorCode::WrongStatus, message).into());
    }
    Ok(session.moving_with(person, is_split)?)
}

/// Adds a solution of a person, and of those of its case that go along.
///
/// # Errors
/// If the person cannot be identified for it, or the database fails.
pub(super) fn identify(
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

/// Takes a step of a solution, and of the same one of those of the case that go along.
///
/// # Errors
/// If one of them cannot take it, or the database fails.
pub(super) fn move_on(
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
