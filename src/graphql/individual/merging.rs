//! What two records must fulfil to be merged.

use super::record::{camel_case, check_solutions};
use crate::domain::Vocabulary;
use crate::domain::emergency::EmergencyOutcome;
use crate::domain::individual::{Individual, LegalStatus};
use crate::domain::solution::{Solution, SolutionStage};
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::store::WriteSession;
use crate::store::bulk::contradiction::Contradiction;
use crate::store::bulk::merge::merged;
use crate::store::individual::held::Held;

/// Both records are open, and what comes of them and of their solutions can be.
///
/// # Errors
/// If not, with what would have to be done first; or if the database fails.
pub(super) fn check_merge(session: &mut WriteSession, kept: Held, duplicate: Held) -> Attempt<()> {
    let (one, other) = (session.record(kept)?, session.record(duplicate)?);
    for (field, record) in [("individualId", &one), ("duplicateId", &other)] {
        if record.closed_as.is_some() {
            let message = "the record is closed; reopen it first, and close the one that is kept afterwards";
            return Err(UserError::at(field, UserErrorCode::WrongStatus, message).into());
        }
    }
    if let Some(country) = session.await_interviews_apart(&[kept, duplicate])? {
        let message = format!(
            "they await interviews on two circuit rides to {country}; withdraw the nomination for one of them first"
        );
        return Err(UserError::at("duplicateId", UserErrorCode::WrongStatus, message).into());
    }
    check_contradictions(session, kept, duplicate)?;
    let merged = merged(&one, &other);
    check_merged(&merged, &other, session)?;
    let (of_one, of_other): (Vec<Solution>, Vec<Solution>) = session
        .solutions_held(&[kept, duplicate])?
        .into_iter()
        .partition(|solution| solution.individual_id == kept.id());
    check_departures(of_one.iter().chain(&of_other))?;
    check_solutions(&of_one, &one, &merged, "duplicateId")?;
    check_solutions(&of_other, &other, &merged, "duplicateId")
}

/// They contradict each other in nothing.
fn check_contradictions(session: &mut WriteSession, kept: Held, duplicate: Held) -> Attempt<()> {
    let message = match session.contradiction(kept, duplicate)? {
        None => return Ok(()),
        Some(Contradiction::Ended(ended)) => {
            let [one, other] = ended.map(|outcome| outcome.map_or("OPEN", EmergencyOutcome::code));
            format!(
                "both are in one emergency, which is {one} by the record that is kept and {other} by the duplicate; close or reopen it \
                 in one of them first (closeEmergency, reopenEmergency)"
            )
        }
        Some(Contradiction::Answered(question)) => format!(
            "both are in one emergency, and of {question} something else is known by each since the same day; correct one of them first \
             (recordEmergencyFact)"
        ),
        Some(Contradiction::Decided) => {
            "the embassy accepted one and rejected the other on a circuit ride; correct the solution that is wrong first (correctSolution)"
                .to_owned()
        }
        Some(Contradiction::Lent(day)) => format!(
            "both have a loan of {day} in one programme, and nobody could say which is meant; its lead voids one of them first (voidLoan)"
        ),
    };
    Err(UserError::at("duplicateId", UserErrorCode::WrongStatus, message).into())
}

/// The record that comes of it can be, and a citizen stays one.
fn check_merged(merged: &Individual, duplicate: &Individual, session: &WriteSession) -> Attempt<()> {
    if let Some(wrong) = merged.inconsistencies(session.viewer().today).first() {
        let (field, reason) = (camel_case(wrong.field), wrong.reason);
        return Err(invalid(format!("merged they could not be ({field}: {reason}); correct one of them first")).into());
    }
    let citizen = Some(LegalStatus::Citizen);
    match duplicate.legal_status == citizen && merged.legal_status != citizen {
        true => {
            let message = "the duplicate is a citizen, and the record that is kept is not; correct one of them first";
            Err(invalid(message.to_owned()).into())
        }
        false => Ok(()),
    }
}

/// Nothing is pursued since before a departure from which the person has come back.
fn check_departures<'s>(mut solutions: impl Iterator<Item = &'s Solution> + Clone) -> Attempt<()> {
    let departed = solutions.clone().filter(|solution| solution.stage == SolutionStage::Departed);
    let departed_on = departed.filter_map(|solution| solution.stage_on).max();
    let is_left_over = |solution: &&Solution| {
        !solution.stage.is_final() && solution.stage_on.is_some() && solution.stage_on < departed_on
    };
    match solutions.find(is_left_over) {
        Some(pursued) => Err(invalid(format!(
            "a {} is pursued since before a departure from which the person came back; withdraw it first",
            pursued.kind
        ))
        .into()),
        None => Ok(()),
    }
}

fn invalid(message: String) -> UserError {
    UserError::at("duplicateId", UserErrorCode::Invalid, message)
}
