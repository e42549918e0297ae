//! The steps of durable solutions: a case together, unless somebody is split.

use super::checks::{
    check_destination, check_form, check_leaves, check_return, check_sense, check_stage, complete, earliest, invalid,
    on_a_day,
};
use super::inputs::{CorrectSolutionInput, IdentifySolutionInput, MoveSolutionInput};
use crate::domain::Vocabulary;
use crate::domain::individual::Individual;
use crate::domain::solution::{Solution, SolutionKind, SolutionStage};
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use crate::store::individual::held::Held;
use chrono::NaiveDate;

/// Somebody whose solutions move, with the record as it is stored.
pub(super) type Member = (Held, Individual);

/// The records that move with a person's, if that is open: the open ones of its case; its own alone if it is split from that.
///
/// # Errors
/// If it is closed, or the database fails.
pub(super) fn moving_with(
    session: &mut WriteSession,
    person: Held,
    field: &str,
    is_split: bool,
) -> Attempt<Vec<Member>> {
    if session.record(person)?.closed_as.is_some() {
        let message = "the record is closed; reopen it first";
        return Err(UserError::at(field, UserErrorCode::WrongStatus, message).into());
    }
    let moving = if is_split { vec![person] } else { session.held_members(person)? };
    Ok(session.records(&moving)?)
}

/// Adds a solution of a person, and of those of its case that go along.
///
/// # Errors
/// If the person cannot be identified for it, or the database fails.
pub(super) fn identify(
    session: &mut WriteSession,
    input: &IdentifySolutionInput,
    person: Held,
    moving: &[Member],
    on: NaiveDate,
) -> Attempt<()> {
    let pursued = solutions_of(session, moving)?;
    let details = input.details.clone().unwrap_or_default();
    for (member, record) in moving {
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
        let earliest = same.iter().filter_map(|other| other.stage_on).chain(earliest(record, &pursued)).max();
        if member.id() == person.id() {
            if is_pursued {
                let message = "the person pursues this solution already; move it on instead";
                return Err(UserError::at("kind", UserErrorCode::WrongStatus, message).into());
            }
            on_a_day(session, on, earliest)?;
            check_form(&solution)?;
            check_sense(&solution, record)?;
            check_leaves(session, &solution, record)?;
        } else if is_pursued
            || same.iter().any(|other| other.split_reason.is_some())
            || earliest.is_some_and(|earliest| on < earliest)
            || !solution.inconsistencies(record).is_empty()
        {
            continue;
        }
        session.add_solution(*member, solution)?;
    }
    Ok(())
}

/// Takes a step of a person's solution, and of the same one of those of the case that go along.
///
/// # Errors
/// If one of them cannot take it, or the database fails.
pub(super) fn move_on(
    session: &mut WriteSession,
    input: &MoveSolutionInput,
    solution: &Solution,
    moving: &[Member],
    on: NaiveDate,
) -> Attempt<()> {
    check_stage(solution, input.stage)?;
    let pursued = solutions_of(session, moving)?;
    // Whoever is named comes first: what is wrong with all is said of that one.
    let (named, others): (Vec<&Member>, Vec<&Member>) =
        moving.iter().partition(|(_, record)| record.id == solution.individual_id);
    for (member, record) in named.into_iter().chain(others) {
        let earliest = earliest(record, &pursued);
        let is_own = record.id == solution.individual_id;
        // Who came to the stage later than on that day comes after.
        let goes_along = |other: &&Solution| {
            other.individual_id == record.id
                && (other.id == solution.id
                    || (!is_own
                        && other.split_reason.is_none()
                        && other.is_same_way(solution)
                        && other.stage == solution.stage
                        && other.stage_on.max(earliest).is_none_or(|earliest| earliest <= on)))
        };
        for solution in pursued.iter().filter(goes_along) {
            let taken = take(session, input, (*member, record), (solution, &pursued), on);
            taken.map_err(|refused| if is_own { refused } else { refused.about("another member of the case") })?;
        }
    }
    Ok(())
}

/// Corrects how far one person's solution has come.
///
/// # Errors
/// If it was granted, cannot stand there, is pursued again since, or the database fails.
pub(super) fn correct(
    session: &mut WriteSession,
    solution: &Solution,
    moving: &[Member],
    input: &CorrectSolutionInput,
    on: NaiveDate,
) -> Attempt<()> {
    let stage = input.stage;
    let [(member, record)] = moving else { return Ok(()) };
    let wrong = |field: &str, message: String| Err(UserError::at(field, UserErrorCode::WrongStatus, message).into());
    if solution.stage == SolutionStage::Granted {
        return wrong("solutionId", "it is granted; correct the legal status, which takes that back".to_owned());
    }
    // What was not reached is moved on to, step by step.
    let reached = match solution.stage {
        SolutionStage::Departed | SolutionStage::Rejected => SolutionStage::Accepted,
        SolutionStage::Withdrawn => {
            let decided = solution.destination.map(|country| session.decided_stage(*member, country)).transpose()?;
            decided.flatten().unwrap_or(SolutionStage::Submitted)
        }
        stage => stage,
    };
    let may = |one: &SolutionStage| {
        let is_itself = *one == solution.stage && *one != SolutionStage::Departed;
        one.fits(solution.kind) && (is_itself || *one <= reached)
    };
    if !may(&stage) {
        let stages: Vec<&str> =
            SolutionStage::ALL.iter().filter(|one| may(one)).map(|one| SolutionStage::code(*one)).collect();
        return wrong("stage", format!("it is corrected to {}, and moved on from there", stages.join(" or ")));
    }
    let pursued = solutions_of(session, moving)?;
    let others: Vec<Solution> = pursued.into_iter().filter(|other| other.id != solution.id).collect();
    if !stage.is_final() && others.iter().any(|other| other.is_same_way(solution) && !other.stage.is_final()) {
        return wrong("solutionId", "the person pursues this solution again; move that one on".to_owned());
    }
    let interviewed_on = match solution.destination.filter(|_| follows_interview(stage)) {
        Some(country) => session.interviewed_on(*member, country)?,
        None => None,
    };
    on_a_day(session, on, earliest(record, &others).max(interviewed_on))?;
    if input.priority.is_some() && solution.kind != SolutionKind::Resettlement {
        let message = format!("{} has none", solution.kind);
        return Err(UserError::at("priority", UserErrorCode::Invalid, message).into());
    }
    let priority = input.priority.or(solution.priority);
    let corrected = complete(Solution { stage, stage_on: Some(on), priority, ..solution.clone() })?;
    check_sense(&corrected, record)?;
    session.correct_solution(*member, corrected, on)?;
    if let Some(country) = session.await_interviews_apart(&[*member])? {
        let message = format!(
            "the person would await interviews on two circuit rides to {country}; withdraw the later nomination first"
        );
        return wrong("solutionId", message);
    }
    Ok(())
}

/// Whether an embassy gives a stage by an interview.
fn follows_interview(stage: SolutionStage) -> bool {
    [SolutionStage::Interviewed, SolutionStage::Accepted, SolutionStage::Rejected].contains(&stage)
}

/// Takes a step of one person's solution, if it can be taken and nothing lies after it that a departure ends.
fn take(
    session: &mut WriteSession,
    input: &MoveSolutionInput,
    (member, record): (Held, &Individual),
    (solution, pursued): (&Solution, &[Solution]),
    on: NaiveDate,
) -> Attempt<()> {
    on_a_day(session, on, solution.stage_on.max(earliest(record, pursued)))?;
    let moved = complete(Solution {
        stage: input.stage,
        stage_on: Some(on),
        split_reason: input.split_reason.or(solution.split_reason),
        ..input.details.clone().unwrap_or_default().add_to(solution)?
    })?;
    check_return(solution, &moved)?;
    if ![SolutionStage::Rejected, SolutionStage::Withdrawn].contains(&moved.stage) {
        check_sense(&Solution { stage: solution.stage, ..moved.clone() }, record)?;
    }
    if moved.destination != solution.destination {
        check_destination(&moved, record, pursued)?;
        check_leaves(session, &moved, record)?;
    }
    if moved.stage == SolutionStage::Departed
        && let Some(later) = session.active_after(member, on)?
    {
        let message = format!("{later}; give a day from then on");
        return Err(invalid("on", message).into());
    }
    Ok(session.move_solution(member, moved, on)?)
}

fn solutions_of(session: &mut WriteSession, people: &[Member]) -> Attempt<Vec<Solution>> {
    let held: Vec<Held> = people.iter().map(|(person, _)| *person).collect();
    Ok(session.solutions_held(&held)?)
}
