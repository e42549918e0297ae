//! What an enrolment must fulfil.

use crate::domain::enrolment::Enrolment;
use crate::domain::individual::Individual;
use crate::domain::programme::{Programme, ProgrammeKind, ProgrammeStatus};
use crate::graphql::schema::user_errors::{UserError, UserErrorCode};
use chrono::NaiveDate;

/// What is wrong with enrolling a person in a programme, in which it had some enrolments, from a day on.
pub(super) fn check_start(
    person: &Individual,
    programme: &Programme,
    had: &[Enrolment],
    (on, today): (NaiveDate, NaiveDate),
) -> Vec<UserError> {
    let of_programme = |message: String| UserError::at("programmeIdentifier", UserErrorCode::Invalid, message);
    let of_day = |message: String| UserError::at("startedOn", UserErrorCode::Invalid, message);
    let mut wrong = Vec::new();
    if programme.kind == ProgrammeKind::Training {
        wrong.push(of_programme("those who take part in a TRAINING are counted and never named".to_owned()));
    }
    if programme.status != ProgrammeStatus::Implementation {
        let message = format!("the programme is {}; people are enrolled in IMPLEMENTATION", programme.status);
        wrong.push(of_programme(message));
    }
    if person.closed_as.is_some() {
        let message = "the record is closed; reopen it first";
        wrong.push(UserError::at("individualId", UserErrorCode::WrongStatus, message));
    }
    if on > today {
        wrong.push(of_day("it lies in the future".to_owned()));
    }
    if let Some(starts_on) = programme.starts_on.filter(|starts_on| on < *starts_on) {
        wrong.push(of_day(format!("the programme starts later, on {starts_on}")));
    }
    if let Some(ends_on) = programme.ends_on.filter(|ends_on| on > *ends_on) {
        wrong.push(of_day(format!("the programme ended before, on {ends_on}")));
    }
    if let Some(earliest) = person.earliest().filter(|earliest| on < *earliest) {
        wrong.push(of_day(format!("the person was born, arrived or was registered later, on {earliest}")));
    }
    let ends = || had.iter().filter(|enrolment| enrolment.took_place()).map(|enrolment| enrolment.ended_on);
    if ends().any(|ended_on| ended_on.is_none()) {
        let message = "the person is enrolled in this programme already";
        wrong.push(UserError::at("programmeIdentifier", UserErrorCode::Taken, message));
    }
    if let Some(ended_on) = ends().flatten().max().filter(|ended_on| on < *ended_on) {
        wrong.push(of_day(format!("the person was enrolled until {ended_on}; give a day from then on")));
    }
    wrong
}

/// What is wrong with ending the enrolment of a person on a day.
pub(super) fn check_end(
    enrolment: &Enrolment,
    person: &Individual,
    (on, today): (NaiveDate, NaiveDate),
) -> Option<UserError> {
    let started_on = enrolment.started_on.filter(|started_on| on < *started_on);
    let closed_on = person.closed_on.filter(|closed_on| on > *closed_on);
    let wrong = match (started_on, closed_on) {
        _ if on > today => "it lies in the future".to_owned(),
        (Some(started_on), _) => format!("the person was enrolled later, on {started_on}"),
        (None, Some(closed_on)) => format!("the record was closed on {closed_on}; give a day until then"),
        (None, None) => return None,
    };
    Some(UserError::at("endedOn", UserErrorCode::Invalid, wrong))
}
