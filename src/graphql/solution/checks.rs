//! What a step of a durable solution must fulfil.

use crate::domain::Vocabulary;
use crate::domain::individual::Individual;
use crate::domain::solution::{Solution, SolutionKind, SolutionStage, SubmissionPriority};
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::store::WriteSession;
use chrono::NaiveDate;

/// What local integration rests on is known from the start.
///
/// # Errors
/// If it is not.
pub(super) fn check_form(solution: &Solution) -> Attempt<()> {
    match (solution.kind, solution.form) {
        (SolutionKind::LocalIntegration, None) => {
            let message = "state what it rests on: CITIZENSHIP or LEGAL_RESIDENCE";
            Err(invalid("details.form", message.to_owned()).into())
        }
        _ => Ok(()),
    }
}

/// A person can have a solution.
///
/// # Errors
/// If not, with the field and why.
pub(super) fn check_sense(solution: &Solution, person: &Individual) -> Attempt<()> {
    let Some(wrong) = solution.inconsistencies(person).into_iter().next() else { return Ok(()) };
    let field = match wrong.field {
        "stage_on" => "on".to_owned(),
        "kind" => "kind".to_owned(),
        detail => format!("details.{detail}"),
    };
    Err(invalid(&field, wrong.reason.to_owned()).into())
}

/// A solution by which people leave leads to another country than that where the person is.
///
/// # Errors
/// If it does not, or the database fails.
pub(super) fn check_leaves(session: &mut WriteSession, solution: &Solution, person: &Individual) -> Attempt<()> {
    let (Some(to), Some(region)) = (solution.destination, person.region_id) else { return Ok(()) };
    match session.places(&[region])?.get(&region).is_some_and(|region| region.country == to) {
        true => Err(invalid("details.destination", "this is the country where the person is".to_owned()).into()),
        false => Ok(()),
    }
}

/// The first day on which something can be done for a person: not before birth, arrival and registration, or a departure from which
/// the person has come back.
pub(super) fn earliest(person: &Individual, solutions: &[Solution]) -> Option<NaiveDate> {
    let departed = |one: &&Solution| one.individual_id == person.id && one.stage == SolutionStage::Departed;
    solutions.iter().filter(departed).filter_map(|one| one.stage_on).chain(person.earliest()).max()
}

/// What becomes the same solution as another by its destination is not pursued already, and comes after what ended.
///
/// # Errors
/// If it is, with the field and why.
pub(super) fn check_destination(moved: &Solution, person: &Individual, pursued: &[Solution]) -> Attempt<()> {
    let is_twice = |other: &Solution| {
        other.id != moved.id && other.individual_id == person.id && other.is_same_way(moved) && !other.stage.is_final()
    };
    if pursued.iter().any(is_twice) {
        let message = "the person pursues this solution already; move that one on, and withdraw this one";
        return Err(UserError::at("details.destination", UserErrorCode::WrongStatus, message).into());
    }
    let ended = pursued.iter().filter(|other| {
        other.id != moved.id && other.individual_id == person.id && other.is_same_way(moved) && other.stage.is_final()
    });
    match ended.filter_map(|other| other.stage_on).max().filter(|ended_on| moved.stage_on < Some(*ended_on)) {
        Some(ended_on) => Err(invalid("on", format!("the same solution ended before, on {ended_on}")).into()),
        None => Ok(()),
    }
}

/// The stage comes next.
///
/// # Errors
/// If it does not, with the stages that do.
pub(super) fn check_stage(solution: &Solution, stage: SolutionStage) -> Attempt<()> {
    let next: Vec<&str> = solution.next_stages().into_iter().map(SolutionStage::code).collect();
    let message = match next.is_empty() {
        true => format!("it has ended with {}; identify another solution", solution.stage),
        false if next.contains(&stage.code()) => return Ok(()),
        false => format!("after {} comes {}", solution.stage, next.join(" or ")),
    };
    Err(UserError::at("stage", UserErrorCode::WrongStatus, message).into())
}

/// Who is helped to return is submitted for that before leaving.
///
/// # Errors
/// If the person leaves without.
pub(super) fn check_return(before: &Solution, moved: &Solution) -> Attempt<()> {
    let leaves = (before.stage, moved.stage) == (SolutionStage::Identified, SolutionStage::Departed);
    match leaves && moved.assisted == Some(true) {
        true => {
            let message = "an assisted return is SUBMITTED first; state assisted: false if it was spontaneous";
            Err(invalid("details.assisted", message.to_owned()).into())
        }
        false => Ok(()),
    }
}

/// What a stage needs is known: of a submission where to, on what it rests and how urgent it is; of a grant what is granted.
///
/// # Errors
/// If something is missing, with the field.
pub(super) fn complete(solution: Solution) -> Attempt<Solution> {
    let missing = match (solution.kind, solution.stage) {
        (SolutionKind::Resettlement, stage) if needs_destination(stage) && solution.destination.is_none() => {
            Some(("destination", "a case is submitted to a country; state which"))
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

fn needs_destination(stage: SolutionStage) -> bool {
    use SolutionStage::{Accepted, Departed, Interviewed, Submitted};
    [Submitted, Interviewed, Accepted, Departed].contains(&stage)
}

/// A day on which something was done: not in the future, and not before what comes first.
///
/// # Errors
/// If it lies elsewhere, with the day that it may not lie before.
pub(super) fn on_a_day(session: &WriteSession, on: NaiveDate, earliest: Option<NaiveDate>) -> Attempt<()> {
    if on > session.viewer().today {
        return Err(invalid("on", "it lies in the future".to_owned()).into());
    }
    match earliest.filter(|earliest| on < *earliest) {
        Some(earliest) => Err(invalid("on", format!("it lies before what comes first, on {earliest}")).into()),
        None => Ok(()),
    }
}

/// A value that cannot be.
pub(super) fn invalid(field: &str, message: String) -> UserError {
    UserError::at(field, UserErrorCode::Invalid, message)
}
