//! Protection incidents, as they are shown.

pub(super) mod changes;
pub(super) mod held;
mod inputs;
mod recording;

use crate::domain;
use crate::domain::Id;
use crate::domain::category::DataCategory;
use crate::domain::incident::{IncidentActor, IncidentKind, Verification};
use crate::domain::purpose::Purpose;
use crate::graphql::emergency::Emergency;
use crate::graphql::engine::loaders::items;
use crate::graphql::engine::request_context::{Load, RequestContext};
use crate::graphql::incident_pattern::{IncidentPattern, IncidentPatterns};
use crate::graphql::individual::Individual;
use crate::graphql::place::{Place, place};
use crate::graphql::schema::ids;
use crate::graphql::schema::scalars::Date;
use crate::graphql::schema::vocabularies::category;
use crate::policy::{ItemAccess, Released, Reveal};
use crate::store::incident::IncidentFile;
use crate::store::{ReadSession, Result as Read};
use async_graphql::{Context, ID, Object};
use std::collections::HashMap;

items! {
    /// Incidents, without the emergencies.
    Incidents => IncidentFile, incidents_of;
    /// Incidents, each with the emergency that it is.
    IncidentsWithEmergencies => IncidentFile, incidents_with_emergencies_of;
}

/// Everybody whom events affected, for the holder.
pub struct Affected;

impl Load for Affected {
    type Key = (Id<domain::incident::Incident>, Reveal);
    type Value = Vec<Released<domain::individual::Individual>>;

    fn load(session: &mut ReadSession, keys: &[Self::Key]) -> Read<HashMap<Self::Key, Self::Value>> {
        session.affected_by(keys)
    }

    fn missing() -> Self::Value {
        Vec::new()
    }
}

/// An incident, as released.
pub struct Incident(pub IncidentFile);

impl Incident {
    /// The incidents of a person; their emergencies are read if the field selects them.
    pub(in crate::graphql) async fn of(context: &Context<'_>, person: ItemAccess) -> Vec<Self> {
        let request_context = RequestContext::of(context);
        let found = match context.look_ahead().field("emergency").exists() {
            true => request_context.load::<IncidentsWithEmergencies>(person).await,
            false => request_context.load::<Incidents>(person).await,
        };
        found.into_iter().map(Self).collect()
    }
}

/// A protection incident that a person suffered. What people told of it is read by `incidentAccounts`, for one person at a time.
#[Object]
impl Incident {
    /// Id for changes, for the holder; others have none. `node` does not read it.
    async fn id(&self, context: &Context<'_>) -> Option<ID> {
        ids::of_holder(context, self.0.incident.id)
    }

    /// What happened. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn kind(&self) -> IncidentKind {
        self.0.incident.kind
    }

    /// Who did it; null if that is not known. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn actor(&self) -> Option<IncidentActor> {
        self.0.incident.actor
    }

    /// When; 1 January of the year if the row shows dates by year. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn occurred_on(&self) -> Option<Date> {
        self.0.incident.occurred_on.map(Date)
    }

    /// Where. Categories PROTECTION and LOCATION: both must be revealed.
    #[graphql(directive = category::apply(DataCategory::Location))]
    async fn place(&self, context: &Context<'_>) -> Option<Place> {
        place(context, self.0.incident.place_id).await
    }

    /// How far the report is checked. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn verification(&self) -> Verification {
        self.0.incident.verification
    }

    /// The emergency that it is; null if it is none. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn emergency(&self, context: &Context<'_>) -> Option<Emergency> {
        let viewer = RequestContext::of(context).viewer();
        self.0.emergency.clone().map(|file| Emergency::new(file, viewer.today))
    }

    /// Everybody whom the same event affected, the person too. For the holder; null for others.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn affected(&self, context: &Context<'_>) -> Option<Vec<Individual>> {
        let request_context = RequestContext::of(context);
        if request_context.viewer().purpose != Purpose::CaseManagement {
            return None;
        }
        let event = (self.0.incident.event_id, self.0.reveal);
        Some(request_context.load::<Affected>(event).await.into_iter().map(Individual).collect())
    }

    /// To which pattern it belongs. For the holder; null for others.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn pattern(&self, context: &Context<'_>) -> Option<IncidentPattern> {
        let pattern = self.0.incident.pattern_id?;
        RequestContext::of(context).load::<IncidentPatterns>(pattern).await.map(IncidentPattern)
    }
}
