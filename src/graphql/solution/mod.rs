//! How the holder's caseworkers pursue durable solutions.

mod checks;
mod inputs;
mod steps;

use self::inputs::*;
use self::steps::{correct, identify, move_on, moving_with};
use crate::domain::client::Role;
use crate::domain::purpose::Purpose;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::individual::held::{change, held};
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{UserError, UserErrorCode};
use crate::graphql::schema::vocabularies::requires;
use async_graphql::{Context, Error, Object};

/// What may be changed of durable solutions.
#[derive(Default)]
pub struct SolutionMutations;

/// What may be changed of durable solutions.
#[Object]
impl SolutionMutations {
    /// Records that a person was identified for a durable solution, and with it the open records of its case for which it makes
    /// sense, that do not pursue it yet and were not split from it. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn identify_solution(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "For whom, and which.")] input: IdentifySolutionInput,
    ) -> Result<IdentifySolutionPayload, Error> {
        let request_context = RequestContext::of(context);
        let on = input.on.read("input.on")?;
        let person = ids::open(request_context, "input.individualId", &input.individual_id)?;
        let changed = change(request_context, input.idempotency_key.as_deref(), &("identify", &input), |session| {
            let access = held(session, person, "individualId")?;
            let moving = moving_with(session, access, "individualId", input.split_reason.is_some())?;
            identify(session, &input, access, &moving, on)?;
            Ok(person)
        })?;
        Ok(changed.into())
    }

    /// Moves a durable solution on, and with it the same solution of the other open records of the case. Who departs has a closed
    /// record, with its enrolments ended and its other solutions withdrawn; who is granted citizenship or legal residence has that
    /// legal status. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn move_solution(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which solution, and where to.")] input: MoveSolutionInput,
    ) -> Result<MoveSolutionPayload, Error> {
        let request_context = RequestContext::of(context);
        let on = input.on.read("input.on")?;
        let id = ids::open(request_context, "input.solutionId", &input.solution_id)?;
        let changed =
            change(request_context, input.idempotency_key.as_deref(), &("move solution", &input), |session| {
                let (person, access, solution) = session.held_solution(id)?.ok_or_else(missing)?;
                let is_split = input.split_reason.or(solution.split_reason).is_some();
                let moving = moving_with(session, access, "solutionId", is_split)?;
                move_on(session, &input, &solution, &moving, on)?;
                Ok(person)
            })?;
        Ok(changed.into())
    }

    /// Corrects the stage of one person's durable solution, or its day, that was recorded by mistake, or says how urgent it has become. Whoever is recorded as departed has the
    /// record reopened first; a grant is taken back by correcting the legal status. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn correct_solution(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which solution, and where it stands.")] input: CorrectSolutionInput,
    ) -> Result<CorrectSolutionPayload, Error> {
        let request_context = RequestContext::of(context);
        let on = input.on.read("input.on")?;
        let id = ids::open(request_context, "input.solutionId", &input.solution_id)?;
        let (key, request) = (input.idempotency_key.as_deref(), ("correct solution", &input));
        let changed = change(request_context, key, &request, |session| {
            let (person, access, solution) = session.held_solution(id)?.ok_or_else(missing)?;
            let moving = moving_with(session, access, "solutionId", true)?;
            correct(session, &solution, &moving, &input, on)?;
            Ok(person)
        })?;
        Ok(changed.into())
    }
}

fn missing() -> UserError {
    UserError::at("solutionId", UserErrorCode::NotFound, "nobody whom the agency holds has this solution")
}
