//! How the holder's caseworkers change the caseload: registering, correcting, moving, closing and merging.

use super::held::{change, held};
use super::inputs::*;
use super::merging::check_merge;
use super::record::{camel_case, check_solutions, empty, needs};
use crate::domain::Id;
use crate::domain::case::Case;
use crate::domain::client::Role;
use crate::domain::individual::{Individual as Record, RecordClosure};
use crate::domain::purpose::Purpose;
use crate::domain::text::is_line;
use crate::graphql::demarche::citing::withdraw_if_short;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::graphql::schema::vocabularies::requires;
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use async_graphql::{Context, Error, ID, Object};
use chrono::Days;

/// The most members of a case.
const MAX_MEMBERS: i64 = 100;

/// The most characters of a case number.
const MAX_NUMBER: usize = 100;

/// What may be changed of the caseload.
#[derive(Default)]
pub struct IndividualMutations;

/// What may be changed of the caseload.
#[Object]
impl IndividualMutations {
    /// Registers a person, in a case or in none. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn register_individual(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who, and in which case.")] input: RegisterIndividualInput,
    ) -> Result<RegisterIndividualPayload, Error> {
        let request_context = RequestContext::of(context);
        let dates = input.record.dates("input.record")?;
        let changed = change(request_context, input.idempotency_key.as_deref(), &("register", &input), |session| {
            let needs = needs(&input.specific_needs, "specificNeeds")?;
            let blank = Record::known_as(new_key(), session.viewer().agency.id);
            let record = input.record.apply(session, dates, blank)?;
            if record.registration_number.is_none() {
                let message = "everybody has a registration number";
                return Err(UserError::at("record.registrationNumber", UserErrorCode::Invalid, message).into());
            }
            let case_id = case_for_another(session, input.case_number.as_deref())?;
            let registered_on = record.registered_on.or(Some(session.viewer().today));
            Ok(session.add_individual(&Record { case_id, registered_on, ..record }, &needs)?)
        })?;
        Ok(changed.into())
    }

    /// Corrects a person's record, if nobody has changed it since it was read. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn correct_individual(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose record, and what is right.")] input: CorrectIndividualInput,
    ) -> Result<CorrectIndividualPayload, Error> {
        let request_context = RequestContext::of(context);
        let (dates, read_at) = (input.record.dates("input.record")?, input.updated_at.read("input.updatedAt")?);
        let person = open(request_context, "individualId", &input.individual_id)?;
        let changed = change(request_context, input.idempotency_key.as_deref(), &("correct", &input), |session| {
            let access = held(session, person, "individualId")?;
            let stored = session.record(access)?;
            let mut record = stored.clone();
            empty(&input.clear, &input.record, &mut record)?;
            let record = input.record.apply(session, dates, record)?;
            check_solutions(&session.solutions_held(&[access])?, &stored, &record, "record")?;
            if let Some((column, day)) = session.recorded_since(&stored, &record)? {
                let message = format!("something is recorded of the person on {day}; give that day, or one before");
                let field = format!("record.{}", camel_case(column));
                return Err(UserError::at(&field, UserErrorCode::Invalid, message).into());
            }
            if !session.correct(access, record, read_at)? {
                let message = "the record has changed since it was read; read it again";
                return Err(UserError::at("updatedAt", UserErrorCode::Conflict, message).into());
            }
            Ok(person)
        })?;
        Ok(changed.into())
    }

    /// Moves a person to another case of the agency, to a new one, or out of its case. A case without members goes. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn move_individual(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who, and where to.")] input: MoveIndividualInput,
    ) -> Result<MoveIndividualPayload, Error> {
        let request_context = RequestContext::of(context);
        let person = open(request_context, "individualId", &input.individual_id)?;
        let changed = change(request_context, input.idempotency_key.as_deref(), &("move", &input), |session| {
            let access = held(session, person, "individualId")?;
            let number = input.case_number.as_deref();
            let known = number.map(|number| session.case_numbered(number)).transpose()?.flatten();
            if access.case_id() == known.map(|(case, _)| case) && (known.is_some() || number.is_none()) {
                return Err(UserError::at("caseNumber", UserErrorCode::Invalid, "the person is there already").into());
            }
            let case = case_for_another(session, number)?;
            session.move_to_case(access, case)?;
            Ok(person)
        })?;
        Ok(changed.into())
    }

    /// Adds a specific need of a person. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn add_specific_need(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose need, and which.")] input: AddSpecificNeedInput,
    ) -> Result<AddSpecificNeedPayload, Error> {
        let request_context = RequestContext::of(context);
        let person = open(request_context, "individualId", &input.individual_id)?;
        let changed = change(request_context, input.idempotency_key.as_deref(), &("need", &input), |session| {
            let access = held(session, person, "individualId")?;
            let code = input.code.parse().map_err(|error| UserError::invalid("code", &error))?;
            if !session.add_need(access, &code)? {
                return Err(UserError::at("code", UserErrorCode::Invalid, "the person has this need already").into());
            }
            Ok(person)
        })?;
        Ok(changed.into())
    }

    /// Removes a specific need that a person no longer has. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn remove_specific_need(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose need, and which.")] input: RemoveSpecificNeedInput,
    ) -> Result<RemoveSpecificNeedPayload, Error> {
        let request_context = RequestContext::of(context);
        let person = open(request_context, "individualId", &input.individual_id)?;
        let changed = change(request_context, input.idempotency_key.as_deref(), &("no need", &input), |session| {
            let access = held(session, person, "individualId")?;
            let code = input.code.parse().map_err(|error| UserError::invalid("code", &error))?;
            if !session.remove_need(access, &code)? {
                return Err(UserError::at("code", UserErrorCode::NotFound, "the person has no such need").into());
            }
            Ok(person)
        })?;
        Ok(changed.into())
    }

    /// Closes the record of a person who has departed or died: open enrolments, housing and years at school end on that day, and solutions
    /// that are pursued are withdrawn. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn close_individual(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose record, and why.")] input: CloseIndividualInput,
    ) -> Result<CloseIndividualPayload, Error> {
        let request_context = RequestContext::of(context);
        let on = input.closed_on.read("input.closedOn")?;
        let person = open(request_context, "individualId", &input.individual_id)?;
        let changed = change(request_context, input.idempotency_key.as_deref(), &("close", &input), |session| {
            let access = held(session, person, "individualId")?;
            let record = session.record(access)?;
            if record.closed_as.is_some() {
                let message = "the record is closed already; reopen it first";
                return Err(UserError::at("individualId", UserErrorCode::WrongStatus, message).into());
            }
            let closed = Record { closed_as: Some(input.closed_as), closed_on: Some(on), ..record };
            let wrong =
                closed.inconsistencies(session.viewer().today).into_iter().find(|wrong| wrong.field == "closed_on");
            if let Some(wrong) = wrong {
                return Err(UserError::at("closedOn", UserErrorCode::Invalid, wrong.reason).into());
            }
            if let Some(later) = session.active_after(access, on)? {
                let message = format!("{later}; give a day from then on");
                return Err(UserError::at("closedOn", UserErrorCode::Invalid, message).into());
            }
            let since = on + Days::new(1)..session.viewer().today + Days::new(1);
            if input.closed_as == RecordClosure::Deceased
                && let Some(day) = session.first_suffered(access, &since)?
            {
                let message = format!("an incident is recorded of the person on {day}; give a day from then on");
                return Err(UserError::at("closedOn", UserErrorCode::Invalid, message).into());
            }
            session.close_record(access, Some((input.closed_as, on)))?;
            Ok(person)
        })?;
        Ok(changed.into())
    }

    /// Opens a record again that was closed by mistake, or of a person who has come back. Enrolments and solutions that
    /// have ended stay so. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn reopen_individual(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose record.")] input: ReopenIndividualInput,
    ) -> Result<ReopenIndividualPayload, Error> {
        let request_context = RequestContext::of(context);
        let person = open(request_context, "individualId", &input.individual_id)?;
        let changed = change(request_context, input.idempotency_key.as_deref(), &("reopen", &input), |session| {
            let access = held(session, person, "individualId")?;
            if session.record(access)?.closed_as.is_none() {
                let message = "the record is not closed";
                return Err(UserError::at("individualId", UserErrorCode::WrongStatus, message).into());
            }
            session.close_record(access, None)?;
            Ok(person)
        })?;
        Ok(changed.into())
    }

    /// Merges the record of a person who was registered twice into the other. Its needs, consents, solutions, enrolments, what it got
    /// under programmes and incidents are moved; what the other lacks is taken over; the newest answer to each recipient and purpose counts.
    /// It cannot be undone. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn merge_individuals(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which record is kept, and which is merged into it.")] input: MergeIndividualsInput,
    ) -> Result<MergeIndividualsPayload, Error> {
        let request_context = RequestContext::of(context);
        let kept = open(request_context, "individualId", &input.individual_id)?;
        let duplicate = open(request_context, "duplicateId", &input.duplicate_id)?;
        let changed = change(request_context, input.idempotency_key.as_deref(), &("merge", &input), |session| {
            if kept == duplicate {
                return Err(
                    UserError::at("duplicateId", UserErrorCode::Invalid, "this is the record that is kept").into()
                );
            }
            let (access, other) = (held(session, kept, "individualId")?, held(session, duplicate, "duplicateId")?);
            check_merge(session, access, other)?;
            let patterns = session.patterns_of(&[access, other])?;
            session.merge(access, other)?;
            for pattern in patterns {
                withdraw_if_short(session, Some(pattern))?;
            }
            Ok(kept)
        })?;
        Ok(changed.into())
    }
}

fn open(request_context: &RequestContext, argument: &str, id: &ID) -> Result<Id<Record>, Error> {
    ids::open(request_context, &format!("input.{argument}"), id)
}

/// The agency's case of a number, to which one more is to belong; a new one if there is none.
fn case_for_another(session: &mut WriteSession, number: Option<&str>) -> Attempt<Option<Id<Case>>> {
    let Some(number) = number else { return Ok(None) };
    if !is_line(number, MAX_NUMBER) {
        let message = format!("expected 1 to {MAX_NUMBER} characters on one line");
        return Err(UserError::at("caseNumber", UserErrorCode::Invalid, message).into());
    }
    match session.case_numbered(number)? {
        None => Ok(Some(session.add_case(number.trim())?)),
        Some((_, MAX_MEMBERS..)) => {
            let message = format!("a case has at most {MAX_MEMBERS} members");
            Err(UserError::at("caseNumber", UserErrorCode::Invalid, message).into())
        }
        Some((case, _)) => Ok(Some(case)),
    }
}
