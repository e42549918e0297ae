//! Enrolments in programmes: who takes part, from when, until when.

mod checks;
mod inputs;
pub mod participation;

use self::checks::{check_end, check_start};
use self::inputs::*;
use self::participation::{BY, check_lead, check_recorder, participant, programme};
use crate::domain::Id;
use crate::domain::activity::Activity;
use crate::domain::category::DataCategory;
use crate::domain::client::Role;
use crate::domain::programme::Programme;
use crate::domain::purpose::Purpose;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::individual::held::change_for;
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::graphql::schema::vocabularies::requires;
use crate::store::WriteSession;
use crate::store::participant::Participant;
use async_graphql::{Context, Error, Object};
use chrono::NaiveDate;

/// What may be changed of enrolments.
#[derive(Default)]
pub struct EnrolmentMutations;

/// What may be changed of enrolments.
#[Object]
impl EnrolmentMutations {
    /// Enrols a person in a programme. The holder refers people to any programme that it sees; an agency that leads one enrols whom it
    /// sees in another of the same kind, so that no agreement shows more of the person then, to itself or to others.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], None))]
    async fn enrol_individual(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whom, in what, and from when.")] input: EnrolIndividualInput,
    ) -> Result<EnrolIndividualPayload, Error> {
        let request_context = RequestContext::of(context);
        let on = input.started_on.read("input.startedOn")?;
        let person = ids::open(request_context, "input.individualId", &input.individual_id)?;
        let request = ("enrol", &input);
        let changed = change_for(request_context, BY, input.idempotency_key.as_deref(), &request, |session| {
            let (participant, record) = participant(session, person)?;
            let programme = programme(session, &input.programme_identifier)?;
            if session.viewer().purpose != Purpose::CaseManagement {
                check_lead(session, &programme)?;
                if !session.takes_part_in(participant, programme.kind)? {
                    let message = format!(
                        "the person is in no programme of {}; have the holder refer the person",
                        programme.kind
                    );
                    return Err(UserError::at("programmeIdentifier", UserErrorCode::NotAllowed, message).into());
                }
            }
            let had = session.enrolments_in(participant, programme.id)?;
            let errors = check_start(&record, &programme, &had, (on, session.viewer().today));
            if !errors.is_empty() {
                return Err(errors.into());
            }
            session.enrol(participant, programme.id, on)?;
            Ok(person)
        })?;
        Ok(changed.into())
    }

    /// Ends a person's enrolment in a programme; if it has ended, once more with another day, to correct that. For the agency that leads
    /// the programme, if it holds the person, or sees its assistance; and for the holder of a person whom the lead does not see.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], None))]
    async fn end_enrolment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose, in what, and from when on.")] input: EndEnrolmentInput,
    ) -> Result<EndEnrolmentPayload, Error> {
        let request_context = RequestContext::of(context);
        let on = input.ended_on.read("input.endedOn")?;
        let person = ids::open(request_context, "input.individualId", &input.individual_id)?;
        let request = ("end enrolment", &input);
        let changed = change_for(request_context, BY, input.idempotency_key.as_deref(), &request, |session| {
            let (participant, record) = participant(session, person)?;
            let programme = programme(session, &input.programme_identifier)?;
            check_recorder(session, participant, &programme, &[DataCategory::Assistance])?;
            let (had, today) = (session.enrolments_in(participant, programme.id)?, session.viewer().today);
            let last = had.iter().filter(|enrolment| enrolment.took_place()).max_by_key(|enrolment| enrolment.ended_on);
            let last = last.filter(|last| last.ended_on != Some(on));
            let Some(ended) = had.iter().find(|enrolment| enrolment.is_open(today)).or(last) else {
                let message = "the person is not enrolled in this programme, or was until this day";
                return Err(UserError::at("programmeIdentifier", UserErrorCode::NotFound, message).into());
            };
            if let Some(wrong) = check_end(ended, &record, (on, today)) {
                return Err(wrong.into());
            }
            if let Some(wrong) = still_served(session, participant, programme.id, on)? {
                return Err(wrong.into());
            }
            session.end_enrolment(participant, ended.id, on)?;
            Ok(person)
        })?;
        Ok(changed.into())
    }
}

/// What a person gets in a programme that its enrolment must outlast.
fn still_served(
    session: &mut WriteSession,
    person: Participant,
    programme: Id<Programme>,
    on: NaiveDate,
) -> Attempt<Option<UserError>> {
    let (housing, years) = (session.housing_in(person, programme)?, session.school_years_in(person, programme)?);
    let wrong = |field: &str, code, message: String| Ok(Some(UserError::at(field, code, message)));
    let open = |what: &str| wrong("programmeIdentifier", UserErrorCode::WrongStatus, what.to_owned());
    if housing.iter().any(|housing| housing.moved_out_on.is_none()) {
        return open("the person lives in a dwelling of the programme; record when it moved out first");
    }
    if years.iter().any(|year| year.ended_on.is_none()) {
        return open("the person is in a year at school of the programme; record how it ended first");
    }
    let housed = housing.iter().filter_map(|housing| housing.moved_out_on).map(Activity::Housing);
    let schooled = years.iter().filter_map(|year| year.ended_on).map(Activity::SchoolYear);
    let lent = session.loans_in(person, programme)?.into_iter().map(|loan| Activity::Loan(loan.disbursed_on));
    let later = housed.chain(schooled).chain(lent).find(|activity| activity.on() > on);
    let Some(later) = later else { return Ok(None) };
    wrong("endedOn", UserErrorCode::Invalid, format!("{later}; give a day from then on"))
}
