//! Results of programmes, as they are shown.

pub mod changes;
mod inputs;

use crate::domain;
use crate::domain::programme_result::{Participants, ResultMeasure};
use crate::graphql::engine::loaders::lists;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::schema::scalars::{Date, Decimal};
use crate::policy::Released;
use async_graphql::Object;

lists! {
    /// The results of programmes.
    ResultsOfProgrammes of domain::programme::Programme => Released<domain::programme_result::ProgrammeResult>, results_of_programmes;
}

/// A result, by its row.
pub struct ProgrammeResult(Released<domain::programme_result::ProgrammeResult>);

impl ProgrammeResult {
    /// The results of a programme.
    pub(in crate::graphql) async fn of(
        request_context: &RequestContext,
        programme: domain::Id<domain::programme::Programme>,
    ) -> Vec<Self> {
        request_context.load::<ResultsOfProgrammes>(programme).await.into_iter().map(Self).collect()
    }
}

fn decimal(number: Option<&String>) -> Option<Decimal> {
    number.map(|number| Decimal(number.clone()))
}

/// What a programme reports of an indicator for a period, as IATI has results. Its lead states the numbers; none is computed.
#[Object]
impl ProgrammeResult {
    /// What is measured.
    async fn indicator(&self) -> &str {
        &self.0.indicator
    }

    /// About whom.
    async fn participants(&self) -> Participants {
        self.0.participants
    }

    /// In what it is counted.
    async fn measure(&self) -> ResultMeasure {
        self.0.measure
    }

    /// The first day of the period.
    async fn period_from(&self) -> Date {
        Date(self.0.period_from)
    }

    /// The last day of the period.
    async fn period_until(&self) -> Date {
        Date(self.0.period_until)
    }

    /// Where it began; null if that is not told.
    async fn baseline(&self) -> Option<Decimal> {
        decimal(self.0.baseline.as_ref())
    }

    /// What was to be reached; null if that is not told.
    async fn target(&self) -> Option<Decimal> {
        decimal(self.0.target.as_ref())
    }

    /// What was reached; null if that is not told.
    async fn reached(&self) -> Option<Decimal> {
        decimal(self.0.reached.as_ref())
    }
}
