//! People's part in programmes, as whoever leads a programme records it.

use crate::domain::Id;
use crate::domain::category::DataCategory;
use crate::domain::enrolment::Enrolment;
use crate::domain::individual::Individual as Record;
use crate::domain::programme::{Programme, ProgrammeKind, ProgrammeStatus};
use crate::domain::purpose::Purpose;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::individual::held::{Outcome, change_for, held};
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::policy::Released;
use crate::store::WriteSession;
use crate::store::participant::Participant;
use async_graphql::{Error, ID};
use chrono::NaiveDate;
use std::fmt::Debug;

/// Under which purposes people's part in programmes changes: the holder's, and that of a programme's lead.
pub(in crate::graphql) const BY: &[Purpose] = &[Purpose::CaseManagement, Purpose::ProgrammeDelivery];

/// The input of a change of somebody's part in a programme.
pub(in crate::graphql) trait PartInput: Debug {
    /// Whose.
    fn individual_id(&self) -> &ID;
    /// In which programme.
    fn programme_identifier(&self) -> &str;
    /// What makes a repeated request do nothing twice.
    fn idempotency_key(&self) -> Option<&str>;
}

/// Says that inputs are of changes of somebody's part in a programme.
macro_rules! part_inputs {
    ($($input:ident),+ $(,)?) => {$(
        impl $crate::graphql::enrolment::participation::PartInput for $input {
            fn individual_id(&self) -> &async_graphql::ID {
                &self.individual_id
            }

            fn programme_identifier(&self) -> &str {
                &self.programme_identifier
            }

            fn idempotency_key(&self) -> Option<&str> {
                self.idempotency_key.as_deref()
            }
        }
    )+};
}
pub(in crate::graphql) use part_inputs;

/// The part of somebody in a programme that the agency leads.
pub(in crate::graphql) struct Participation {
    pub participant: Participant,
    pub programme: Released<Programme>,
    enrolments: Vec<Enrolment>,
    today: NaiveDate,
}

impl Participation {
    /// What is wrong with something that the person gets under the programme from a day on.
    pub fn check(&self, field: &str, on: NaiveDate) -> Vec<UserError> {
        let programme = &self.programme;
        let mut wrong = self.check_day(field, on, None);
        let is_enrolled = |enrolment: &Enrolment| {
            enrolment.is_open(self.today) && enrolment.started_on.is_none_or(|started_on| started_on <= on)
        };
        if wrong.is_empty() && !self.enrolments.iter().any(is_enrolled) {
            let message = "the person is not enrolled in the programme since that day or before, and still";
            wrong.push(UserError::at(field, UserErrorCode::Invalid, message));
        }
        if programme.status != ProgrammeStatus::Implementation {
            let message = format!("the programme is {}; give it in IMPLEMENTATION", programme.status);
            wrong.push(UserError::at("programmeIdentifier", UserErrorCode::Invalid, message));
        }
        wrong
    }

    /// What is wrong with the day of something that came after something else.
    pub fn check_day(&self, field: &str, on: NaiveDate, after: Option<(&str, NaiveDate)>) -> Vec<UserError> {
        let wrong = match after.filter(|(_, since)| on < *since) {
            _ if on > self.today => "it lies in the future".to_owned(),
            Some((what, since)) => format!("{what} later, on {since}"),
            None => return Vec::new(),
        };
        vec![UserError::at(field, UserErrorCode::Invalid, wrong)]
    }

    /// What is wrong with the day on which something ended that the person got: none of it outlasts the enrolment.
    pub fn check_end(&self, field: &str, on: NaiveDate, began: (&str, NaiveDate)) -> Vec<UserError> {
        let mut wrong = self.check_day(field, on, Some(began));
        let ends = self.enrolments.iter().map(|enrolment| enrolment.ended_on);
        // Of two enrolments the later end counts; none is the latest.
        let last = ends.reduce(|one, other| one.zip(other).map(|(one, other)| one.max(other)));
        if let Some(ended_on) = last.flatten().filter(|ended_on| on > *ended_on) {
            let message = format!("the person was enrolled until {ended_on}; give a day until then");
            wrong.push(UserError::at(field, UserErrorCode::Invalid, message));
        }
        wrong
    }
}

/// What of somebody's part in a programme changes, and so who may record that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::graphql) enum Step {
    /// The person gets something: the lead gives it.
    Begins,
    /// What the person got goes on, ends or is voided: the holder may record it too, of a person whom the lead does not see.
    GoesOn,
}

/// Changes once what somebody has in a programme of a kind; gives the person as it is then.
///
/// # Errors
/// If the id is none, or as `once`.
pub(in crate::graphql) fn change_participation(
    request_context: &RequestContext,
    (change, input): (&str, &impl PartInput),
    (kind, step): (ProgrammeKind, Step),
    work: impl FnOnce(&mut WriteSession, &Participation) -> Attempt<()>,
) -> Result<Outcome, Error> {
    let person = ids::open(request_context, "input.individualId", input.individual_id())?;
    change_for(request_context, BY, input.idempotency_key(), &(change, input), |session| {
        let (participant, _) = participant(session, person)?;
        let programme = programme(session, input.programme_identifier())?;
        match step {
            Step::Begins => check_lead(session, &programme)?,
            Step::GoesOn => check_recorder(session, participant, &programme, &[DataCategory::Assistance])?,
        }
        if programme.kind != kind {
            let message = format!("the programme is {}; this is for those of {kind}", programme.kind);
            return Err(UserError::at("programmeIdentifier", UserErrorCode::Invalid, message).into());
        }
        let enrolments = session.enrolments_in(participant, programme.id)?;
        let today = session.viewer().today;
        work(session, &Participation { participant, programme, enrolments, today })?;
        Ok(person)
    })
}

/// A person whose part in programmes the agency may record, and what it knows of the record.
pub(in crate::graphql) fn participant(
    session: &mut WriteSession,
    person: Id<Record>,
) -> Attempt<(Participant, Record)> {
    if session.viewer().purpose == Purpose::CaseManagement {
        let held = held(session, person, "individualId")?;
        return Ok((held.participant(), session.record(held)?));
    }
    let message = "the agency sees nobody with this id who takes part in a programme that it leads";
    let missing = || UserError::at("individualId", UserErrorCode::NotFound, message);
    Ok(session.participant(person)?.ok_or_else(missing)?)
}

/// The programme of an identifier, which the agency leads.
pub(in crate::graphql) fn led_programme(session: &mut WriteSession, identifier: &str) -> Attempt<Released<Programme>> {
    let programme = programme(session, identifier)?;
    check_lead(session, &programme)?;
    Ok(programme)
}

/// The agency leads a programme today, or holds a person of whom its lead is not shown what it would need.
pub(in crate::graphql) fn check_recorder(
    session: &mut WriteSession,
    person: Participant,
    programme: &Programme,
    needed: &[DataCategory],
) -> Attempt<()> {
    let is_holder = session.viewer().purpose == Purpose::CaseManagement;
    let lead = programme.lead_on(session.viewer().today);
    match is_holder && !session.is_shown_to(person, lead, needed)? {
        true => Ok(()),
        false => check_lead(session, programme),
    }
}

/// The agency leads a programme today.
pub(in crate::graphql) fn check_lead(session: &WriteSession, programme: &Programme) -> Attempt<()> {
    match programme.lead_on(session.viewer().today) == session.viewer().agency.id {
        true => Ok(()),
        false => {
            let message = "another agency leads this programme, and records who takes part";
            Err(UserError::at("programmeIdentifier", UserErrorCode::NotAllowed, message).into())
        }
    }
}

/// The programme of an identifier, if the viewer sees it.
pub(in crate::graphql) fn programme(session: &mut WriteSession, identifier: &str) -> Attempt<Released<Programme>> {
    let missing = || {
        let message = "the agency sees no programme with this identifier";
        UserError::at("programmeIdentifier", UserErrorCode::NotFound, message)
    };
    Ok(session.programme_identified(identifier)?.ok_or_else(missing)?)
}
