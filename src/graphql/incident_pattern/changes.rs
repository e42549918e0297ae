//! How the holder's caseworkers record patterns.

use super::IncidentPattern;
use crate::domain::client::Role;
use crate::domain::incident::{IncidentActor, IncidentKind};
use crate::domain::incident_pattern::MAX_NAME;
use crate::domain::purpose::Purpose;
use crate::domain::text::is_line;
use crate::domain::{self, Id};
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::schema::user_errors::{Allowed, Attempt, UserError, UserErrorCode, changed, payloads};
use crate::graphql::schema::vocabularies::requires;
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use async_graphql::{Context, Error, InputObject, Object};
use chrono::{SubsecRound, Utc};

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

payloads! {
    pattern: IncidentPattern = "The pattern; null if nothing was changed.";
    /// The pattern, or why there is none.
    RecordIncidentPatternPayload;
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
        const WHO: Allowed<'_> = Allowed {
            roles: &[Role::Caseworker, Role::DataOfficer],
            purpose: Some(Purpose::CaseManagement),
            otherwise: "this is for a CASEWORKER or DATA_OFFICER, under CASE_MANAGEMENT",
        };
        let given = (input.idempotency_key.as_deref(), &("pattern", &input));
        let changed = changed(
            request_context,
            given,
            &WHO,
            |session| record(session, &input),
            |session, key| Ok(session.incident_patterns(&[key])?.remove(&key).map(IncidentPattern)),
        )?;
        Ok(changed.into())
    }
}

fn record(
    session: &mut WriteSession,
    input: &RecordIncidentPatternInput,
) -> Attempt<Id<domain::incident_pattern::IncidentPattern>> {
    let name = input.name.trim();
    if !is_line(name, MAX_NAME) {
        let message = format!("expected 1 to {MAX_NAME} characters on one line");
        return Err(UserError::at("name", UserErrorCode::Invalid, message).into());
    }
    if session.has_pattern_named(name)? {
        return Err(UserError::at("name", UserErrorCode::Taken, "the agency has a pattern of this name").into());
    }
    let pattern = domain::incident_pattern::IncidentPattern {
        id: new_key(),
        holder_id: session.viewer().agency.id,
        name: name.to_owned(),
        kind: input.kind,
        actor: input.actor,
        recorded_at: Utc::now().naive_utc().trunc_subsecs(6),
    };
    session.add_pattern(&pattern)?;
    Ok(pattern.id)
}
