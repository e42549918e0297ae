//! Relocation plans, and what they would change.

pub(super) mod changes;
pub(super) mod impact;
mod inputs;
mod moved;

use super::agency::{Agency, agency};
use super::engine::loaders::lists;
use super::engine::request_context::RequestContext;
use super::place::{Place, place};
use super::schema::ids;
use super::schema::paging::{Listed, PageArguments, connection, queries};
use super::schema::scalars::{Date, DateTime};
use crate::domain;
use crate::domain::incident::IncidentActor;
use crate::domain::relocation_plan::{RelocationOutcome, RelocationSide};
use crate::policy::Released;
use crate::store::relocation_plan::{Shared, position};
use async_graphql::{Context, Error, ID, Object};

queries! {
    RelocationPlanQueries: "What may be asked of relocation plans." {
        /// The relocation plans that the viewer sees, by when they were recorded, newest first: those that its agency holds under CASE_MANAGEMENT; under another purpose
        /// those that are shared with it.
        relocation_plans() -> RelocationPlanConnection;
    }
}

lists! {
    /// The places of relocation plans.
    PlacesOfRelocationPlans of domain::relocation_plan::RelocationPlan =>
        Released<domain::relocation_plan::RelocationPlanPlace>, places_of_relocation_plans;
    /// With whom relocation plans are shared.
    SharesOfRelocationPlans of domain::relocation_plan::RelocationPlan => Shared, shares_of_relocation_plans;
}

/// The name by which this list's cursors are sealed.
const ORDER: &str = "relocationPlans";

/// A plan, by its row.
#[derive(Clone)]
pub struct RelocationPlan(pub Released<domain::relocation_plan::RelocationPlan>);

impl RelocationPlan {
    async fn places(&self, context: &Context<'_>, side: RelocationSide) -> Vec<Place> {
        let mut found = Vec::new();
        for at in RequestContext::of(context).load::<PlacesOfRelocationPlans>(self.0.id).await {
            if at.side == side {
                found.extend(place(context, Some(at.place_id)).await);
            }
        }
        found
    }
}

/// That an authority means to move people from places to others.
#[Object]
impl RelocationPlan {
    /// Global id, for this agency and purpose only.
    pub async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, self.0.id)
    }

    /// The agency that records it, and that holds the records of those who are to be moved.
    async fn holder(&self, context: &Context<'_>) -> Result<Agency, Error> {
        agency(context, self.0.holder_id).await
    }

    /// From where people are to be moved, by P-code; all below is meant too.
    async fn from(&self, context: &Context<'_>) -> Vec<Place> {
        self.places(context, RelocationSide::From).await
    }

    /// To where, by P-code; each of them to any of these.
    async fn to(&self, context: &Context<'_>) -> Vec<Place> {
        self.places(context, RelocationSide::To).await
    }

    /// Who announced it.
    async fn announced_by(&self) -> IncidentActor {
        self.0.announced_by
    }

    /// When.
    async fn announced_on(&self) -> Date {
        Date(self.0.announced_on)
    }

    /// From when people are to be moved; null if that is not known.
    async fn effective_on(&self) -> Option<Date> {
        self.0.effective_on.map(Date)
    }

    /// When it was recorded, for its holder.
    async fn recorded_at(&self, context: &Context<'_>) -> Option<DateTime> {
        let is_own = self.0.holder_id == RequestContext::of(context).viewer().agency.id;
        is_own.then_some(DateTime(self.0.recorded_at))
    }

    /// What became of it; null while that is open.
    async fn outcome(&self) -> Option<RelocationOutcome> {
        self.0.outcome
    }

    /// When.
    async fn closed_on(&self) -> Option<Date> {
        self.0.closed_on.map(Date)
    }

    /// With whom it is shared: all for its holder, the viewer's own shares for others.
    async fn shares(&self, context: &Context<'_>) -> Vec<RelocationPlanShare> {
        let shares = RequestContext::of(context).load::<SharesOfRelocationPlans>(self.0.id).await;
        shares.into_iter().map(RelocationPlanShare).collect()
    }
}

/// A share, by its row.
pub struct RelocationPlanShare(Shared);

/// That a plan is shared with the recipient of an agreement.
#[Object]
impl RelocationPlanShare {
    /// The agreement.
    async fn agreement_id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, self.0.0.agreement_id)
    }

    /// Its recipient.
    async fn recipient(&self, context: &Context<'_>) -> Result<Agency, Error> {
        agency(context, self.0.1).await
    }

    /// Since when.
    async fn shared_on(&self) -> Date {
        Date(self.0.0.shared_on)
    }
}

connection!(RelocationPlanConnection of RelocationPlanEdge to RelocationPlan, (), relocation_plans_count: "A page of relocation plans.");

/// A page of the plans that the viewer sees.
async fn relocation_plans(context: &Context<'_>, arguments: PageArguments) -> Result<RelocationPlanConnection, Error> {
    let request_context = RequestContext::of(context);
    let window = arguments.window(context, ORDER)?;
    let found = request_context.read(|session| session.relocation_plans_page(&window))?;
    let place = |plan: &Released<domain::relocation_plan::RelocationPlan>| position(plan);
    Ok(RelocationPlanConnection(Listed::of(request_context, ORDER, (), found, place, RelocationPlan)))
}
