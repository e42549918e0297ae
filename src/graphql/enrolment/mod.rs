//! Enrolments in programmes: who takes part, from when, until when.

mod checks;
mod inputs;

use self::checks::{check_end, check_start};
use self::inputs::*;
use crate::domain::Id;
use crate::domain::client::Role;
use crate::domain::individual::Individual;
use crate::domain::programme::Programme;
use crate::domain::purpose::Purpose;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::individual::changes::{change_for, held};
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::graphql::schema::vocabularies::requires;
use crate::policy::Released;
use crate::store::WriteSession;
use crate::store::enrolment::Participant;
use async_graphql::{Context, Error, Object};

/// What may be changed of enrolments.
#[derive(Default)]
pub struct EnrolmentMutations;

/// What may be changed of enrolments.
#[Object]
impl EnrolmentMutations {
    /// Enrols a person in a programme. The holder refers people to any programme that it sees; an agency that leads one enrols whom it
    /// sees in another of its programmes, unless an agreement could show more of the person then, to itself or to others.
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
                if session.could_show_more(participant, record.holder_id, &programme)? {
                    let message = "an agreement could show more of the person then; have the holder refer the person";
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

    /// Ends a person's enrolment in a programme. For the agency that leads the programme, if it holds the person, or sees its assistance.
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
            let (participant, _) = participant(session, person)?;
            let programme = programme(session, &input.programme_identifier)?;
            check_lead(session, &programme)?;
            let (had, today) = (session.enrolments_in(participant, programme.id)?, session.viewer().today);
            let Some(open) = had.iter().find(|enrolment| enrolment.is_open(today)) else {
                let message = "the person is not enrolled in this programme";
                return Err(UserError::at("programmeIdentifier", UserErrorCode::NotFound, message).into());
            };
            if let Some(wrong) = check_end(open, on, today) {
                return Err(wrong.into());
            }
            session.end_enrolment(participant, open.id, on)?;
            Ok(person)
        })?;
        Ok(changed.into())
    }
}

/// Under which purposes enrolments change: the holder's, and that of a programme's lead.
const BY: &[Purpose] = &[Purpose::CaseManagement, Purpose::ProgrammeDelivery];

/// A person whose enrolments the agency may change, and what it knows of the record.
fn participant(session: &mut WriteSession, person: Id<Individual>) -> Attempt<(Participant, Individual)> {
    if session.viewer().purpose == Purpose::CaseManagement {
        let held = held(session, person, "individualId")?;
        return Ok((held.participant(), session.record(held)?));
    }
    let message = "the agency sees nobody with this id who takes part in a programme that it leads";
    let missing = || UserError::at("individualId", UserErrorCode::NotFound, message);
    let (participant, released) = session.participant(person)?.ok_or_else(missing)?;
    Ok((participant, (*released).clone()))
}

/// The agency leads a programme today.
fn check_lead(session: &WriteSession, programme: &Programme) -> Attempt<()> {
    match programme.lead_on(session.viewer().today) == session.viewer().agency.id {
        true => Ok(()),
        false => {
            let message = "another agency leads this programme, and records who takes part";
            Err(UserError::at("programmeIdentifier", UserErrorCode::NotAllowed, message).into())
        }
    }
}

/// The programme of an identifier, if the viewer sees it.
fn programme(session: &mut WriteSession, identifier: &str) -> Attempt<Released<Programme>> {
    let missing = || {
        let message = "the agency sees no programme with this identifier";
        UserError::at("programmeIdentifier", UserErrorCode::NotFound, message)
    };
    Ok(session.programme_identified(identifier)?.ok_or_else(missing)?)
}
