//! Beginning and ending years at school.

use super::inputs::*;
use crate::domain::client::Role;
use crate::domain::programme::ProgrammeKind;
use crate::domain::school_year::{MAX_GRADE, SchoolYear};
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::enrolment::participation::{Step, change_participation};
use crate::graphql::schema::user_errors::{UserError, UserErrorCode};
use crate::graphql::schema::vocabularies::requires;
use crate::store::bulk::insert::new_key;
use async_graphql::{Context, Error, Object};
use chrono::NaiveDate;

/// What may be changed of years at school.
#[derive(Default)]
pub struct SchoolYearMutations;

/// What may be changed of years at school.
#[Object]
impl SchoolYearMutations {
    /// Records that a person who is enrolled in a programme of SCHOOL began a year there. For the agency that leads the programme, if it
    /// holds the person, or sees its assistance.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], None))]
    async fn start_school_year(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who, in which grade, and since when.")] input: StartSchoolYearInput,
    ) -> Result<StartSchoolYearPayload, Error> {
        let started_on = input.started_on.read("input.startedOn")?;
        let (request_context, step) = (RequestContext::of(context), (ProgrammeKind::School, Step::Begins));
        let changed = change_participation(request_context, ("school year", &input), step, |session, part| {
            let mut wrong = part.check("startedOn", started_on);
            if !(1..=MAX_GRADE).contains(&input.grade) {
                let message = format!("expected a grade from 1 to {MAX_GRADE}");
                wrong.push(UserError::at("grade", UserErrorCode::Invalid, message));
            }
            let had = session.school_years_in(part.participant, part.programme.id)?;
            let had = had.iter().filter(|had| had.took_place());
            wrong.extend(had.filter_map(|had| check_follows(had, input.grade, started_on)));
            if !wrong.is_empty() {
                return Err(wrong.into());
            }
            let year = SchoolYear {
                id: new_key(),
                individual_id: part.participant.id(),
                programme_id: part.programme.id,
                grade: input.grade,
                started_on,
                ended_on: None,
                completed: None,
            };
            Ok(session.start_school_year(part.participant, year)?)
        })?;
        Ok(changed.into())
    }

    /// Records that a person's year at school ended, and whether the grade was completed; of the last year, if none goes on, to correct that.
    /// For the agency that leads the programme, if it
    /// holds the person, or sees its assistance; and for the holder of a person whom the lead does not see.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], None))]
    async fn end_school_year(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose year ended, when, and how.")] input: EndSchoolYearInput,
    ) -> Result<EndSchoolYearPayload, Error> {
        let ended_on = input.ended_on.read("input.endedOn")?;
        let (request_context, step) = (RequestContext::of(context), (ProgrammeKind::School, Step::GoesOn));
        let changed = change_participation(request_context, ("end school year", &input), step, |session, part| {
            let had = session.school_years_in(part.participant, part.programme.id)?;
            let open = had.iter().find(|year| year.ended_on.is_none());
            let last = had.iter().filter(|year| year.took_place()).max_by_key(|year| year.started_on);
            let Some(year) = open.or(last) else {
                let message = "the person was in no year at school under this programme";
                return Err(UserError::at("individualId", UserErrorCode::NotFound, message).into());
            };
            let mut wrong = part.check_end("endedOn", ended_on, ("the year began", year.started_on));
            if input.completed && ended_on == year.started_on {
                let message = "a year that ends on its first day was recorded by mistake, and completes no grade";
                wrong.push(UserError::at("completed", UserErrorCode::Invalid, message));
            }
            if !wrong.is_empty() {
                return Err(wrong.into());
            }
            Ok(session.end_school_year(part.participant, year.id, (ended_on, input.completed))?)
        })?;
        Ok(changed.into())
    }
}

/// What is in the way of beginning a grade on a day, if somebody was in another year.
fn check_follows(had: &SchoolYear, grade: i32, on: NaiveDate) -> Option<UserError> {
    match had.ended_on {
        None => {
            let message = format!("the person is in grade {} since {}; end that year first", had.grade, had.started_on);
            Some(UserError::at("individualId", UserErrorCode::WrongStatus, message))
        }
        Some(ended_on) if on < ended_on => {
            let message = format!("the person was in another year until {ended_on}; give a day from then on");
            Some(UserError::at("startedOn", UserErrorCode::Invalid, message))
        }
        Some(_) if had.completed == Some(true) && had.grade == grade => {
            let message = format!("the person completed grade {grade} already");
            Some(UserError::at("grade", UserErrorCode::Invalid, message))
        }
        Some(_) => None,
    }
}
