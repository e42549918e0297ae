//! Providing housing, and ending it.

use super::inputs::*;
use crate::domain::client::Role;
use crate::domain::housing::{Housing, MAX_MONTHS};
use crate::domain::programme::ProgrammeKind;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::enrolment::participation::{Step, change_participation};
use crate::graphql::schema::user_errors::{UserError, UserErrorCode};
use crate::graphql::schema::vocabularies::requires;
use crate::store::bulk::insert::new_key;
use async_graphql::{Context, Error, Object};
use chrono::NaiveDate;

/// What may be changed of housing.
#[derive(Default)]
pub struct HousingMutations;

/// What may be changed of housing.
#[Object]
impl HousingMutations {
    /// Records a dwelling that is provided to a person who is enrolled in a programme of HOUSING. For the agency that leads the programme,
    /// if it holds the person, or sees its assistance.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], None))]
    async fn provide_housing(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "To whom, what, and for how long.")] input: ProvideHousingInput,
    ) -> Result<ProvideHousingPayload, Error> {
        let moved_in_on = input.moved_in_on.read("input.movedInOn")?;
        let (request_context, step) = (RequestContext::of(context), (ProgrammeKind::Housing, Step::Begins));
        let changed = change_participation(request_context, ("housing", &input), step, |session, part| {
            let mut wrong = part.check("movedInOn", moved_in_on);
            if !(1..=MAX_MONTHS).contains(&input.months) {
                let message = format!("expected 1 to {MAX_MONTHS} months");
                wrong.push(UserError::at("months", UserErrorCode::Invalid, message));
            }
            let had = session.housing_in(part.participant, part.programme.id)?;
            wrong.extend(had.iter().filter(|had| had.took_place()).filter_map(|had| check_free(had, moved_in_on)));
            if !wrong.is_empty() {
                return Err(wrong.into());
            }
            let housing = Housing {
                id: new_key(),
                individual_id: part.participant.id(),
                programme_id: part.programme.id,
                dwelling: input.dwelling,
                moved_in_on,
                months: input.months,
                moved_out_on: None,
            };
            Ok(session.house(part.participant, housing)?)
        })?;
        Ok(changed.into())
    }

    /// Records that a person moved out of the dwelling that was provided; if it lives in none, of the last one with another day, to correct
    /// that. For the agency that leads the programme, if it holds the person, or sees its assistance; and for the holder of a person whom
    /// the lead does not see.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], None))]
    async fn end_housing(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who moved out, and when.")] input: EndHousingInput,
    ) -> Result<EndHousingPayload, Error> {
        let moved_out_on = input.moved_out_on.read("input.movedOutOn")?;
        let (request_context, step) = (RequestContext::of(context), (ProgrammeKind::Housing, Step::GoesOn));
        let changed = change_participation(request_context, ("end housing", &input), step, |session, part| {
            let had = session.housing_in(part.participant, part.programme.id)?;
            let is_open = |housing: &&Housing| housing.moved_out_on.is_none();
            let last = had.iter().filter(|housing| housing.took_place()).max_by_key(|housing| housing.moved_in_on);
            let last = last.filter(|last| last.moved_out_on != Some(moved_out_on));
            let Some(left) = had.iter().find(is_open).or(last) else {
                let message = "the person lives in no dwelling of this programme, or left the last one on this day";
                return Err(UserError::at("individualId", UserErrorCode::NotFound, message).into());
            };
            let wrong = part.check_end("movedOutOn", moved_out_on, ("the person moved in", left.moved_in_on));
            if !wrong.is_empty() {
                return Err(wrong.into());
            }
            Ok(session.move_out(part.participant, left.id, moved_out_on)?)
        })?;
        Ok(changed.into())
    }
}

/// What is in the way of moving in on a day, if somebody had another dwelling.
fn check_free(had: &Housing, on: NaiveDate) -> Option<UserError> {
    match had.moved_out_on {
        None => {
            let message = format!("the person lives in another dwelling since {}; end that first", had.moved_in_on);
            Some(UserError::at("individualId", UserErrorCode::WrongStatus, message))
        }
        Some(out) if on < out => {
            let message = format!("the person lived in another dwelling until {out}; give a day from then on");
            Some(UserError::at("movedInOn", UserErrorCode::Invalid, message))
        }
        Some(_) => None,
    }
}
