//! What became of interviews, as the embassy records it of those whom it sees.

use super::inputs::RecordInterviewOutcomeInput;
use crate::domain::Id;
use crate::domain::circuit_ride::{CircuitRide, CircuitRideStatus};
use crate::domain::individual::Individual as Record;
use crate::domain::nomination::InterviewOutcome;
use crate::graphql::circuit_ride::changes::circuit_ride;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::store::WriteSession;
use crate::store::interview::Interviewee;
use chrono::NaiveDate;

/// Records the outcome of an interview for a person, and unless it is split, for whoever was interviewed together and stands where it does.
///
/// # Errors
/// If there is no such interview, the outcome cannot be, or the database fails.
pub(super) fn record_outcome(
    session: &mut WriteSession,
    input: &RecordInterviewOutcomeInput,
    (ride, person): (Id<CircuitRide>, Id<Record>),
    on: NaiveDate,
) -> Attempt<()> {
    let ride = circuit_ride(session, ride)?;
    if ride.requester_id != session.viewer().agency.id {
        let message = "another agency interviews on this circuit ride, and records what became of it";
        return Err(UserError::at("circuitRideId", UserErrorCode::NotAllowed, message).into());
    }
    if ride.status == CircuitRideStatus::Declined {
        let message = "the circuit ride is DECLINED; if that is wrong, its holder reopens it (reopenCircuitRide)";
        return Err(UserError::at("circuitRideId", UserErrorCode::WrongStatus, message).into());
    }
    let Some(named) = session.interviewee(&ride, person)? else {
        let message = "the agency sees nobody with this id whom it interviews on this circuit ride";
        return Err(UserError::at("individualId", UserErrorCode::NotFound, message).into());
    };
    let wrong = check(&named, input.outcome, on, session.viewer().today);
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    if input.split_reason.is_none() {
        let stands = |one: &Interviewee| (one.outcome(), one.solution.as_ref().map(|solution| solution.stage));
        for other in session.interviewed_with(&ride, &named)? {
            if stands(&other) == stands(&named) && check(&other, input.outcome, on, session.viewer().today).is_empty() {
                session.record_interview_outcome(&other, input.outcome, on, None)?;
            }
        }
    }
    Ok(session.record_interview_outcome(&named, input.outcome, on, input.split_reason)?)
}

/// What is wrong with an outcome of somebody's interview on a day.
fn check(of: &Interviewee, outcome: InterviewOutcome, on: NaiveDate, today: NaiveDate) -> Vec<UserError> {
    let status = |message: String| vec![UserError::at("outcome", UserErrorCode::WrongStatus, message)];
    let interviewed_on = of.interview.starts_at.date();
    if interviewed_on > today {
        return status(format!("the interview is on {interviewed_on}"));
    }
    match of.outcome() {
        None => {}
        Some(InterviewOutcome::NotHeld) => {
            return status("the interview did not take place; ask for another".to_owned());
        }
        Some(InterviewOutcome::Interviewed) if outcome.stage() > InterviewOutcome::Interviewed.stage() => {}
        Some(InterviewOutcome::Interviewed) => {
            return status("the person was interviewed; after that comes ACCEPTED or REJECTED".to_owned());
        }
        Some(decided) => {
            return status(format!(
                "it was decided already: {decided}; if that is wrong, the holder corrects the solution"
            ));
        }
    }
    let earliest = interviewed_on.max(of.solution.as_ref().and_then(|one| one.stage_on).unwrap_or_default());
    let invalid = |message: String| vec![UserError::at("on", UserErrorCode::Invalid, message)];
    match &of.solution {
        None if outcome != InterviewOutcome::NotHeld => {
            status("the person is no longer submitted for resettlement to the agency's country".to_owned())
        }
        _ if on > today => invalid("it lies in the future".to_owned()),
        _ if on < earliest => invalid(format!("it lies before what comes first, on {earliest}")),
        _ => Vec::new(),
    }
}
