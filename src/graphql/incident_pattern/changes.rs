//! How the holder's caseworkers record patterns.

use super::IncidentPattern;
use crate::domain::client::Role;
use crate::domain::incident::{IncidentActor, IncidentKind};
use crate::domain::incident_pattern::MAX_NAME;
use crate::domain::purpose::Purpose;
use crate::domain::text::is_line;
use crate::domain::{self, Id};
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Allowed, Attempt, UserError, UserErrorCode, changed, payloads};
use crate::graphql::schema::vocabularies::requires;
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use async_graphql::{Context, Enum, Error, ID, InputObject, Object};
use chrono::{SubsecRound, Utc};
use std::fmt::Debug;

type Key = Id<domain::incident_pattern::IncidentPattern>;

/// What recording a pattern takes.
#[derive(Debug, InputObject)]
pub struct RecordIncidentPatternInput {
    /// What it is called: 1 to 200 characters on one line, which name nobody. The agency has no other of this name.
    name: String,
    /// Of which kind all its incidents are; left out if of several.
    kind: Option<IncidentKind>,
    /// Who did all of them; left out if several did.
    actor: Option<IncidentActor>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    idempotency_key: Option<String>,
}

/// What correcting a pattern takes.
#[derive(Debug, InputObject)]
pub struct CorrectIncidentPatternInput {
    /// The pattern, of the agency.
    pattern_id: ID,
    /// What it is called, as in recording it; as it was if it is left out. Where it is cited already, its name stays.
    name: Option<String>,
    /// Of which kind all its incidents are; as it was if it is left out.
    kind: Option<IncidentKind>,
    /// Who did all of them; as it was if it is left out.
    actor: Option<IncidentActor>,
    /// What is not the same of all its incidents.
    #[graphql(default)]
    clear: Vec<IncidentPatternField>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    idempotency_key: Option<String>,
}

/// What may differ between the incidents of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum IncidentPatternField {
    /// Their kind.
    Kind,
    /// Who did them.
    Actor,
}

payloads! {
    pattern: IncidentPattern = "The pattern; null if nothing was changed.";
    /// The pattern, or why there is none.
    RecordIncidentPatternPayload;
    /// The pattern as corrected, or why nothing was changed.
    CorrectIncidentPatternPayload;
}

/// What may be changed of patterns.
#[derive(Default)]
pub struct IncidentPatternMutations;

/// What may be changed of patterns.
#[Object]
impl IncidentPatternMutations {
    /// Records a pattern, to which incidents are assigned then. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn record_incident_pattern(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What happens again and again.")] input: RecordIncidentPatternInput,
    ) -> Result<RecordIncidentPatternPayload, Error> {
        let request_context = RequestContext::of(context);
        let changed = change(request_context, input.idempotency_key.as_deref(), &("pattern", &input), |session| {
            record(session, &input)
        })?;
        Ok(changed.into())
    }

    /// Corrects what a pattern is called, or of which kind and by whom all its incidents are, which those that belong to it must fit. For the
    /// holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn correct_incident_pattern(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which pattern, and what is right.")] input: CorrectIncidentPatternInput,
    ) -> Result<CorrectIncidentPatternPayload, Error> {
        let request_context = RequestContext::of(context);
        let id = ids::open(request_context, "input.patternId", &input.pattern_id)?;
        let key = input.idempotency_key.as_deref();
        let changed =
            change(request_context, key, &("correct pattern", &input), |session| correct(session, &input, id))?;
        Ok(changed.into())
    }
}

/// Changes once a pattern of the agency.
fn change(
    request_context: &RequestContext,
    idempotency_key: Option<&str>,
    request: &impl Debug,
    work: impl FnOnce(&mut WriteSession) -> Attempt<Key>,
) -> Result<Result<Option<IncidentPattern>, Vec<UserError>>, Error> {
    const WHO: Allowed<'_> = Allowed {
        roles: &[Role::Caseworker, Role::DataOfficer],
        purpose: Some(Purpose::CaseManagement),
        otherwise: "this is for a CASEWORKER or DATA_OFFICER, under CASE_MANAGEMENT",
    };
    changed(request_context, (idempotency_key, request), &WHO, work, |session, key| {
        Ok(session.incident_patterns(&[key])?.remove(&key).map(IncidentPattern))
    })
}

/// A name that no other pattern of the agency has.
fn free_name(session: &mut WriteSession, given: &str) -> Attempt<String> {
    let name = given.trim();
    if !is_line(name, MAX_NAME) {
        let message = format!("expected 1 to {MAX_NAME} characters on one line");
        return Err(UserError::at("name", UserErrorCode::Invalid, message).into());
    }
    if session.has_pattern_named(name)? {
        return Err(UserError::at("name", UserErrorCode::Taken, "the agency has a pattern of this name").into());
    }
    Ok(name.to_owned())
}

fn correct(session: &mut WriteSession, input: &CorrectIncidentPatternInput, id: Key) -> Attempt<Key> {
    let Some(found) = session.incident_patterns(&[id])?.remove(&id) else {
        return Err(UserError::at("patternId", UserErrorCode::NotFound, "the agency has no such pattern").into());
    };
    let stated =
        [(IncidentPatternField::Kind, input.kind.is_some()), (IncidentPatternField::Actor, input.actor.is_some())];
    if stated.iter().any(|(field, is_stated)| *is_stated && input.clear.contains(field)) {
        let message = "of all its incidents something is either the same or not, not both";
        return Err(UserError::at("clear", UserErrorCode::Invalid, message).into());
    }
    let name = match input.name.as_deref().filter(|name| name.trim() != found.name) {
        Some(name) => free_name(session, name)?,
        None => found.name.clone(),
    };
    let stays = |field: IncidentPatternField| !input.clear.contains(&field);
    let pattern = domain::incident_pattern::IncidentPattern {
        name,
        kind: input.kind.or(found.kind.filter(|_| stays(IncidentPatternField::Kind))),
        actor: input.actor.or(found.actor.filter(|_| stays(IncidentPatternField::Actor))),
        ..(*found).clone()
    };
    if !session.fits_all(&pattern)? {
        let message =
            "an incident that belongs to it is of another kind or actor; take that out first (assignIncident)";
        return Err(UserError::at("patternId", UserErrorCode::WrongStatus, message).into());
    }
    session.correct_pattern(&pattern)?;
    Ok(id)
}

fn record(session: &mut WriteSession, input: &RecordIncidentPatternInput) -> Attempt<Key> {
    let name = free_name(session, &input.name)?;
    let pattern = domain::incident_pattern::IncidentPattern {
        id: new_key(),
        holder_id: session.viewer().agency.id,
        name,
        kind: input.kind,
        actor: input.actor,
        recorded_at: Utc::now().naive_utc().trunc_subsecs(6),
    };
    session.add_pattern(&pattern)?;
    Ok(pattern.id)
}
