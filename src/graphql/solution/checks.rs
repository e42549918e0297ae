//! What a step of a durable solution must fulfil.

use crate::domain::Vocabulary;
use crate::domain::individual::{Individual, LegalStatus};
use crate::domain::solution::{IntegrationForm, Solution, SolutionKind, SolutionStage, SubmissionPriority};
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::store::WriteSession;
use chrono::NaiveDate;

/// A solution leads somewhere else than where the person is already.
///
/// # Errors
/// If it does not, with the field and why.
pub(super) fn check_sense(solution: &Solution, person: &Individual) -> Attempt<()> {
    match nonsense(solution, person) {
        Some((field, message)) => Err(UserError::at(field, UserErrorCode::Invalid, message).into()),
        None => Ok(()),
    }
}

/// Why a solution makes no sense for a person, by the field that says so.
pub(super) fn nonsense(solution: &Solution, person: &Individual) -> Option<(&'static str, &'static str)> {
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

/// The first day on which something can be done for a person.
pub(super) fn earliest(person: &Individual) -> Option<NaiveDate> {
    person.date_of_birth.max(person.arrived_on).max(person.registered_on)
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
