//! How the holder's caseworkers follow emergencies up.

use super::inputs::*;
use crate::domain::Id;
use crate::domain::client::Role;
use crate::domain::emergency::{
    Emergency, EmergencyFact, EmergencyOutcome, EmergencyStep, MAX_ANSWER, MAX_DAYS_AHEAD, MAX_STEPS,
};
use crate::domain::incident::Verification;
use crate::domain::individual::{Individual, RecordClosure};
use crate::domain::purpose::Purpose;
use crate::domain::text::is_line;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::incident::held::{held_incident, unfounded};
use crate::graphql::individual::held::{Outcome, change, held};
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode, check_day};
use crate::graphql::schema::vocabularies::requires;
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use crate::store::individual::held::Held;
use async_graphql::{Context, Error, ID, Object};
use chrono::{Days, NaiveDate};
use std::fmt::Debug;

/// What may be changed of emergencies.
#[derive(Default)]
pub struct EmergencyMutations;

/// What may be changed of emergencies.
#[Object]
impl EmergencyMutations {
    /// Opens an emergency by an incident that is recorded already. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn open_emergency(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "By which incident.")] input: OpenEmergencyInput,
    ) -> Result<OpenEmergencyPayload, Error> {
        let request_context = RequestContext::of(context);
        let id = ids::open(request_context, "input.incidentId", &input.incident_id)?;
        let changed = change(request_context, input.idempotency_key.as_deref(), &("emergency", &input), |session| {
            let (person, access, incident) = held_incident(session, id)?;
            if session.is_emergency(incident.id)? {
                let message = "it is an emergency already";
                return Err(UserError::at("incidentId", UserErrorCode::WrongStatus, message).into());
            }
            if incident.verification == Verification::Unfounded {
                return Err(unfounded("incidentId").into());
            }
            session.open_emergencies(&[(access, incident)])?;
            session.touch(&[access])?;
            Ok(person)
        })?;
        Ok(changed.into())
    }

    /// Records what is known in an emergency by now. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn record_emergency_fact(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "In which emergency, and what.")] input: RecordEmergencyFactInput,
    ) -> Result<RecordEmergencyFactPayload, Error> {
        let known_on = input.known_on.read("input.knownOn")?;
        let given = (&input.emergency_id, input.idempotency_key.as_deref());
        let changed = follow_up(context, given, ("fact", &input), |session, person, emergency| {
            let earliest = earliest(session, &emergency)?;
            check_day(session, "knownOn", known_on, earliest)?;
            let answer = input.answer.trim();
            if !is_line(answer, MAX_ANSWER) {
                let message = format!("expected 1 to {MAX_ANSWER} characters on one line");
                return Err(UserError::at("answer", UserErrorCode::Invalid, message).into());
            }
            let fact = EmergencyFact {
                id: new_key(),
                individual_id: person.id(),
                emergency_id: emergency.id,
                question: input.question,
                answer: Some(answer.to_owned()),
                known_on,
            };
            Ok(session.know(person, fact)?)
        })?;
        Ok(changed.into())
    }

    /// Plans what is to be done in an emergency, and by when. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn plan_emergency_step(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "In which emergency, and what.")] input: PlanEmergencyStepInput,
    ) -> Result<PlanEmergencyStepPayload, Error> {
        let due_on = input.due_on.read("input.dueOn")?;
        let given = (&input.emergency_id, input.idempotency_key.as_deref());
        let changed = follow_up(context, given, ("step", &input), |session, person, emergency| {
            let latest = session.viewer().today + Days::new(MAX_DAYS_AHEAD);
            let earliest = earliest(session, &emergency)?;
            if !(earliest..=latest).contains(&due_on) {
                let message = format!("give a day from {earliest} to {latest}");
                return Err(UserError::at("dueOn", UserErrorCode::Invalid, message).into());
            }
            if session.steps_of(emergency.id)?.len() >= MAX_STEPS {
                let message = format!("an emergency has at most {MAX_STEPS} steps");
                return Err(UserError::at("emergencyId", UserErrorCode::Invalid, message).into());
            }
            let step = EmergencyStep {
                id: new_key(),
                individual_id: person.id(),
                emergency_id: emergency.id,
                action: input.action,
                due_on,
                done_on: None,
            };
            Ok(session.plan_step(person, step)?)
        })?;
        Ok(changed.into())
    }

    /// Withdraws what was recorded as known in an emergency by mistake. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn withdraw_emergency_fact(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "In which emergency, and what.")] input: WithdrawEmergencyFactInput,
    ) -> Result<WithdrawEmergencyFactPayload, Error> {
        let given = (&input.emergency_id, input.idempotency_key.as_deref());
        let changed = follow_up(context, given, ("withdraw fact", &input), |session, person, emergency| match session
            .forget(person, emergency.id, input.question)?
        {
            true => Ok(()),
            false => Err(UserError::at("question", UserErrorCode::NotFound, "nothing is known of it").into()),
        })?;
        Ok(changed.into())
    }

    /// Records that a step in an emergency was done. Once more with another day, it corrects the day. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn complete_emergency_step(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which step, and when.")] input: CompleteEmergencyStepInput,
    ) -> Result<CompleteEmergencyStepPayload, Error> {
        let done_on = input.done_on.read("input.doneOn")?;
        let given = (&input.step_id, input.idempotency_key.as_deref());
        let changed = with_step(context, given, ("done", &input), |session, person, emergency, step| {
            if step.done_on == Some(done_on) {
                return Err(wrong_step(format!("it was done on {done_on} already")).into());
            }
            let earliest = earliest(session, &emergency)?;
            check_day(session, "doneOn", done_on, earliest)?;
            Ok(session.complete_step(person, step.id, Some(done_on))?)
        })?;
        Ok(changed.into())
    }

    /// Records that a step in an emergency is not done, which was recorded as done by mistake. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn reopen_emergency_step(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which step.")] input: ReopenEmergencyStepInput,
    ) -> Result<ReopenEmergencyStepPayload, Error> {
        let given = (&input.step_id, input.idempotency_key.as_deref());
        let changed = with_step(context, given, ("reopen step", &input), |session, person, _, step| {
            if step.done_on.is_none() {
                return Err(wrong_step("it is not done".to_owned()).into());
            }
            Ok(session.complete_step(person, step.id, None)?)
        })?;
        Ok(changed.into())
    }

    /// Cancels a step that is not done and will not be: it is removed. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn cancel_emergency_step(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which step.")] input: CancelEmergencyStepInput,
    ) -> Result<CancelEmergencyStepPayload, Error> {
        let given = (&input.step_id, input.idempotency_key.as_deref());
        let changed = with_step(context, given, ("cancel step", &input), |session, person, _, step| {
            if let Some(done_on) = step.done_on {
                let message = format!("it was done on {done_on}; if not, record that first (reopenEmergencyStep)");
                return Err(wrong_step(message).into());
            }
            Ok(session.cancel_step(person, step.id)?)
        })?;
        Ok(changed.into())
    }

    /// Closes an emergency of which all steps are done or cancelled. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn close_emergency(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which emergency, and how it ended.")] input: CloseEmergencyInput,
    ) -> Result<CloseEmergencyPayload, Error> {
        let closed_on = input.closed_on.read("input.closedOn")?;
        let given = (&input.emergency_id, input.idempotency_key.as_deref());
        let changed = follow_up(context, given, ("close emergency", &input), |session, person, emergency| {
            let steps = session.steps_of(emergency.id)?;
            let open = steps.iter().filter(|step| step.done_on.is_none()).count();
            if open > 0 {
                let message = format!("{open} of its steps are not done; record when they were, or cancel them");
                return Err(UserError::at("emergencyId", UserErrorCode::WrongStatus, message).into());
            }
            if [EmergencyOutcome::Safe, EmergencyOutcome::SafeElsewhere].contains(&input.outcome)
                && session.record(person)?.closed_as == Some(RecordClosure::Deceased)
            {
                let message =
                    "the person died, by the record; give DIED, or reopen the record first (reopenIndividual)";
                return Err(UserError::at("outcome", UserErrorCode::Invalid, message).into());
            }
            let last = steps.iter().filter_map(|step| step.done_on).max();
            check_day(session, "closedOn", closed_on, last.unwrap_or(emergency.opened_on).max(emergency.opened_on))?;
            Ok(session.end_emergency(person, emergency.id, Some((input.outcome, closed_on)))?)
        })?;
        Ok(changed.into())
    }

    /// Opens an emergency again that was closed by mistake. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn reopen_emergency(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which emergency.")] input: ReopenEmergencyInput,
    ) -> Result<ReopenEmergencyPayload, Error> {
        let request_context = RequestContext::of(context);
        let id = ids::open(request_context, "input.emergencyId", &input.emergency_id)?;
        let request = ("reopen emergency", &input);
        let changed = change(request_context, input.idempotency_key.as_deref(), &request, |session| {
            let (person, access, emergency) = held_emergency(session, id, "emergencyId")?;
            if emergency.closed_on.is_none() {
                let message = "it is not closed";
                return Err(UserError::at("emergencyId", UserErrorCode::WrongStatus, message).into());
            }
            let incident = session.held_incident(emergency.incident_id)?;
            if incident.is_some_and(|(.., incident)| incident.verification == Verification::Unfounded) {
                return Err(unfounded("emergencyId").into());
            }
            session.end_emergency(access, emergency.id, None)?;
            Ok(person)
        })?;
        Ok(changed.into())
    }
}

/// Changes once what belongs to an open emergency.
fn follow_up(
    context: &Context<'_>,
    (emergency, idempotency_key): (&ID, Option<&str>),
    request: impl Debug,
    work: impl FnOnce(&mut WriteSession, Held, Emergency) -> Attempt<()>,
) -> Result<Outcome, Error> {
    let request_context = RequestContext::of(context);
    let id = ids::open(request_context, "input.emergencyId", emergency)?;
    change(request_context, idempotency_key, &request, |session| {
        let (person, access, emergency) = open(session, id, "emergencyId")?;
        work(session, access, emergency)?;
        Ok(person)
    })
}

/// Changes once a step of an open emergency.
fn with_step(
    context: &Context<'_>,
    (step, idempotency_key): (&ID, Option<&str>),
    request: impl Debug,
    work: impl FnOnce(&mut WriteSession, Held, Emergency, EmergencyStep) -> Attempt<()>,
) -> Result<Outcome, Error> {
    let request_context = RequestContext::of(context);
    let id = ids::open(request_context, "input.stepId", step)?;
    change(request_context, idempotency_key, &request, |session| {
        let message = "nobody whom the agency holds has an emergency with this step";
        let missing = || UserError::at("stepId", UserErrorCode::NotFound, message);
        let step = session.emergency_step(id)?.ok_or_else(missing)?;
        let (person, access, emergency) = open(session, step.emergency_id, "stepId")?;
        work(session, access, emergency, step)?;
        Ok(person)
    })
}

fn wrong_step(message: String) -> UserError {
    UserError::at("stepId", UserErrorCode::WrongStatus, message)
}

/// An emergency of a person whom the agency holds, which is not closed.
fn open(session: &mut WriteSession, id: Id<Emergency>, field: &str) -> Attempt<(Id<Individual>, Held, Emergency)> {
    let found = held_emergency(session, id, field)?;
    match found.2.closed_on {
        None => Ok(found),
        Some(closed_on) => {
            let message = format!("the emergency was closed on {closed_on}; reopen it first (reopenEmergency)");
            Err(UserError::at(field, UserErrorCode::WrongStatus, message).into())
        }
    }
}

/// An emergency of a person whom the agency holds.
fn held_emergency(
    session: &mut WriteSession,
    id: Id<Emergency>,
    field: &str,
) -> Attempt<(Id<Individual>, Held, Emergency)> {
    let missing = || UserError::at(field, UserErrorCode::NotFound, "nobody whom the agency holds is in this emergency");
    let (person, _, emergency) = session.held_emergency(id)?.ok_or_else(missing)?;
    let access = held(session, person, field)?;
    Ok((person, access, emergency))
}

/// The first day of what is known and done in an emergency: when the incident happened, or if that is not known, was recorded as one.
fn earliest(session: &mut WriteSession, emergency: &Emergency) -> Attempt<NaiveDate> {
    let incident = session.held_incident(emergency.incident_id)?;
    let occurred_on = incident.and_then(|(_, _, incident)| incident.occurred_on);
    Ok(occurred_on.unwrap_or(emergency.opened_on).min(emergency.opened_on))
}
