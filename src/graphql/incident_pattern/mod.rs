//! Patterns of incidents, for their holder.

pub(super) mod changes;

use super::engine::loaders::rows;
use super::engine::request_context::{Load, RequestContext};
use super::schema::ids;
use super::schema::paging::{Listed, PageArguments, connection, queries};
use super::schema::scalars::{Date, DateTime, Long};
use crate::domain::incident::{IncidentActor, IncidentKind};
use crate::domain::{self, Id};
use crate::policy::Released;
use crate::store::incident_pattern::{PatternExtent, position};
use crate::store::{ReadSession, Result as Read};
use async_graphql::{Context, Error, ID, Object};
use std::collections::HashMap;

queries! {
    IncidentPatternQueries: "What may be asked of patterns of incidents." {
        /// The agency's patterns of incidents, newest first; none for any purpose but CASE_MANAGEMENT.
        incident_patterns() -> IncidentPatternConnection;
    }
}

rows! {
    /// Patterns of incidents.
    IncidentPatterns => domain::incident_pattern::IncidentPattern, incident_patterns;
}

/// What belongs to patterns, and is not unfounded.
pub struct Extents;

impl Load for Extents {
    type Key = Id<domain::incident_pattern::IncidentPattern>;
    type Value = Option<PatternExtent>;

    fn load(session: &mut ReadSession, keys: &[Self::Key]) -> Read<HashMap<Self::Key, Self::Value>> {
        Ok(session.extents_of_patterns(keys)?.into_iter().map(|(key, extent)| (key, Some(extent))).collect())
    }

    fn missing() -> Self::Value {
        None
    }
}

/// The name by which this list's cursors are sealed.
const ORDER: &str = "incidentPatterns";

/// A pattern, by its row.
#[derive(Clone)]
pub struct IncidentPattern(pub Released<domain::incident_pattern::IncidentPattern>);

impl IncidentPattern {
    async fn extent(&self, context: &Context<'_>) -> PatternExtent {
        RequestContext::of(context).load::<Extents>(self.0.id).await.unwrap_or_default()
    }
}

/// Incidents that belong together, as their holder sees it: what happens again and again.
#[Object]
impl IncidentPattern {
    /// Global id, for this agency and purpose only.
    pub async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, self.0.id)
    }

    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Of which kind all its incidents are; null if of several.
    async fn kind(&self) -> Option<IncidentKind> {
        self.0.kind
    }

    /// Who did all of them; null if several did, or it is not known.
    async fn actor(&self) -> Option<IncidentActor> {
        self.0.actor
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at)
    }

    /// How many events belong to it that are not unfounded.
    async fn events(&self, context: &Context<'_>) -> Long {
        Long(self.extent(context).await.events)
    }

    /// How many people these affected.
    async fn people(&self, context: &Context<'_>) -> Long {
        Long(self.extent(context).await.people)
    }

    /// The first day of them that is known.
    async fn first_on(&self, context: &Context<'_>) -> Option<Date> {
        self.extent(context).await.first_on.map(Date)
    }

    /// The last.
    async fn last_on(&self, context: &Context<'_>) -> Option<Date> {
        self.extent(context).await.last_on.map(Date)
    }
}

connection!(IncidentPatternConnection of IncidentPatternEdge to IncidentPattern, (), incident_patterns_count: "A page of patterns of incidents.");

/// A page of the agency's patterns.
async fn incident_patterns(
    context: &Context<'_>,
    arguments: PageArguments,
) -> Result<IncidentPatternConnection, Error> {
    let request_context = RequestContext::of(context);
    let window = arguments.window(context, ORDER)?;
    let found = request_context.read(|session| session.incident_patterns_page(&window))?;
    let place = |pattern: &Released<domain::incident_pattern::IncidentPattern>| position(pattern);
    Ok(IncidentPatternConnection(Listed::of(request_context, ORDER, (), found, place, IncidentPattern)))
}
