//! Training sessions of programmes, as they are shown.

pub mod changes;
mod inputs;

use crate::domain;
use crate::domain::individual::Sex;
use crate::domain::training_session::TrainingTopic;
use crate::graphql::engine::loaders::lists;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::place::{Place, place};
use crate::graphql::schema::scalars::Date;
use crate::policy::Released;
use crate::store::training_session::Held;
use async_graphql::{Context, Object};

lists! {
    /// The training sessions of programmes.
    SessionsOfProgrammes of domain::programme::Programme => Held, training_sessions_of_programmes;
}

/// A training session, by its row, with who took part.
pub struct TrainingSession(Held);

impl TrainingSession {
    /// The training sessions of a programme.
    pub(in crate::graphql) async fn of(
        request_context: &RequestContext,
        programme: domain::Id<domain::programme::Programme>,
    ) -> Vec<Self> {
        request_context.load::<SessionsOfProgrammes>(programme).await.into_iter().map(Self).collect()
    }
}

/// A session of a programme of training. Participants are counted, and never named.
#[Object]
impl TrainingSession {
    /// About what.
    async fn topic(&self) -> TrainingTopic {
        self.0.0.topic
    }

    /// On which day.
    async fn held_on(&self) -> Date {
        Date(self.0.0.held_on)
    }

    /// Where.
    async fn place(&self, context: &Context<'_>) -> Option<Place> {
        place(context, Some(self.0.0.place_id)).await
    }

    /// Who took part, by institution and sex.
    async fn participants(&self) -> Vec<TrainingParticipants> {
        self.0.1.iter().cloned().map(TrainingParticipants).collect()
    }
}

/// Participants of an institution, by their row.
pub struct TrainingParticipants(Released<domain::training_session::TrainingParticipants>);

/// How many of an institution took part in a training session.
#[Object]
impl TrainingParticipants {
    /// Whom they work for.
    async fn institution(&self) -> &str {
        &self.0.institution
    }

    /// Their sex.
    async fn sex(&self) -> Sex {
        self.0.sex
    }

    /// How many.
    async fn number(&self) -> i32 {
        self.0.number
    }
}
