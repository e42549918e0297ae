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
    let Some(wrong) = solution.inconsistency(person) else { return Ok(()) };
    let field = match wrong.field {
        "stage_on" => "on".to_owned(),
        "kind" => "kind".to_owned(),
        detail => format!("details.{detail}"),
    };
    Err(invalid(&field, wrong.reason.to_owned()).into())
}

/// A destination that becomes known is not the country of origin, and not pursued already.
///
/// # Errors
/// If it is, with the field and why.
pub(super) fn check_destination(moved: &Solution, person: &Individual, pursued: &[Solution]) -> Attempt<()> {
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

/// What a stage needs is known: of a submission where to, on what it rests and how urgent it is; of a grant what is granted.
///
/// # Errors
/// If something is missing, with the field.
pub(super) fn complete(solution: Solution) -> Attempt<Solution> {
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
