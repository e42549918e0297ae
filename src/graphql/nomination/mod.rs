//! Nominations for circuit rides, as they are shown.

pub(super) mod changes;
mod inputs;

use crate::domain;
use crate::domain::category::DataCategory;
use crate::domain::nomination::InterviewOutcome;
use crate::graphql::circuit_ride::CircuitRide;
use crate::graphql::engine::loaders::items;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::interview::Interview;
use crate::graphql::schema::scalars::Date;
use crate::graphql::schema::vocabularies::category;
use crate::policy::{ItemAccess, Released};
use crate::store::nomination::Nominated;
use async_graphql::Object;

items! {
    /// Nominations, each with its circuit ride and interview.
    Nominations => Nominated, nominations_of;
}

/// A nomination, as released, with its circuit ride and interview.
pub struct Nomination {
    nomination: Released<domain::nomination::Nomination>,
    circuit_ride: CircuitRide,
    interview: Option<Interview>,
}

impl Nomination {
    /// The nominations of a person.
    pub(in crate::graphql) async fn of(request_context: &RequestContext, person: ItemAccess) -> Vec<Self> {
        let found = request_context.load::<Nominations>(person).await;
        let shown = |(nomination, ride, interview): Nominated| Self {
            nomination,
            circuit_ride: CircuitRide(ride),
            interview: interview.map(Interview),
        };
        found.into_iter().map(shown).collect()
    }
}

/// That a person is to be interviewed on a circuit ride.
#[Object]
impl Nomination {
    /// For which circuit ride. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn circuit_ride(&self) -> &CircuitRide {
        &self.circuit_ride
    }

    /// Since which day; 1 January of the year if the row shows dates by year. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn nominated_on(&self) -> Date {
        Date(self.nomination.nominated_on)
    }

    /// The day from which the person no longer is nominated, if the holder took it back. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn withdrawn_on(&self) -> Option<Date> {
        self.nomination.withdrawn_on.map(Date)
    }

    /// The interview; null until it is scheduled, and if the row shows dates by year. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn interview(&self) -> Option<&Interview> {
        self.interview.as_ref()
    }

    /// What became of the interview. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn outcome(&self) -> Option<InterviewOutcome> {
        self.nomination.outcome
    }

    /// On which day that was decided. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn outcome_on(&self) -> Option<Date> {
        self.nomination.outcome_on.map(Date)
    }
}
