//! Handovers of programmes, and whom their receivers do not see.

pub(super) mod changes;
mod exceptions;
mod inputs;

use self::exceptions::{HandoverExceptionConnection, handover_exceptions};
use super::agency::{Agency, agency};
use super::engine::loaders::lists;
use super::engine::request_context::RequestContext;
use super::programme::Programme;
use super::schema::ids;
use super::schema::paging::{Listed, PageArguments, connection, queries};
use super::schema::scalars::{Date, DateTime};
use crate::domain;
use crate::domain::handover::HandoverDecision;
use crate::policy::Released;
use crate::store::handover::{HandedProgramme, position};
use async_graphql::{Context, Error, ID, Object};

queries! {
    HandoverQueries: "What may be asked of handovers." {
        /// The handovers that the viewer's agency proposes or receives, newest first.
        handovers() -> HandoverConnection;

        /// Those whom the viewer's agency holds, who are enrolled in what a handover hands over, and whom its receiver does not see. For
        /// the holder, under CASE_MANAGEMENT: for others nobody is there. Null if the agency is no party to such a handover.
        #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
        async fn handover_exceptions(
            &self,
            context: &async_graphql::Context<'_>,
            #[graphql(desc = "The handover.")] handover_id: ID,
            #[graphql(desc = "The first so many, 1 to 100.")] first: Option<i32>,
            #[graphql(desc = "After this cursor.")] after: Option<String>,
            #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
            #[graphql(desc = "Before this cursor.")] before: Option<String>,
        ) -> Result<Option<HandoverExceptionConnection>, Error> {
            let page = PageArguments { first, after, last, before };
            handover_exceptions(context, &handover_id, page)
        }
    }
}

lists! {
    /// The programmes of handovers.
    ProgrammesOfHandovers of domain::handover::Handover => HandedProgramme, programmes_of_handovers;
}

/// The name by which this list's cursors are sealed.
const ORDER: &str = "handovers";

/// A handover, by its row.
#[derive(Clone)]
pub struct Handover(pub Released<domain::handover::Handover>);

/// A handover of programmes, visible to both parties: on its day the receiver becomes the lead of what it has accepted.
#[Object]
impl Handover {
    /// Global id, for this agency and purpose only.
    pub async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, self.0.id)
    }

    /// The agency that leads the programmes, and hands them over.
    async fn proposer(&self, context: &Context<'_>) -> Result<Agency, Error> {
        agency(context, self.0.proposer_id).await
    }

    /// The agency to which they are handed over.
    async fn receiver(&self, context: &Context<'_>) -> Result<Agency, Error> {
        agency(context, self.0.receiver_id).await
    }

    /// The day from which the receiver leads what it has accepted, and records who takes part.
    async fn cut_over_on(&self) -> Date {
        Date(self.0.cut_over_on)
    }

    /// When it was proposed.
    async fn proposed_at(&self) -> DateTime {
        DateTime(self.0.proposed_at)
    }

    /// The programmes, by identifier.
    async fn programmes(&self, context: &Context<'_>) -> Vec<HandoverProgramme> {
        let handed = RequestContext::of(context).load::<ProgrammesOfHandovers>(self.0.id).await;
        let cut_over_on = self.0.cut_over_on;
        handed.into_iter().map(|of| HandoverProgramme { of, cut_over_on }).collect()
    }
}

/// A programme of a handover.
pub struct HandoverProgramme {
    of: HandedProgramme,
    cut_over_on: chrono::NaiveDate,
}

/// A programme of a handover.
#[Object]
impl HandoverProgramme {
    /// The programme's identifier.
    async fn programme_identifier(&self) -> &str {
        &self.of.identifier
    }

    /// The programme; null if the agency does not see it, once its handover is declined or withdrawn.
    async fn programme(&self) -> Option<Programme> {
        self.of.programme.clone().map(Programme)
    }

    /// Where its handover stands.
    async fn decision(&self) -> HandoverDecision {
        self.of.handed.decision
    }

    /// On which day it was accepted, declined or withdrawn.
    async fn decided_on(&self) -> Option<Date> {
        self.of.handed.decided_on.map(Date)
    }

    /// Whether it has been handed over: it is accepted, and the day of the cut-over has come.
    async fn is_handed_over(&self, context: &Context<'_>) -> bool {
        let today = RequestContext::of(context).viewer().today;
        self.of.handed.decision == HandoverDecision::Accepted && self.cut_over_on <= today
    }
}

connection!(HandoverConnection of HandoverEdge to Handover, (), handovers_count: "A page of handovers.");

/// A page of the handovers to which the viewer's agency is a party.
async fn handovers(context: &Context<'_>, arguments: PageArguments) -> Result<HandoverConnection, Error> {
    let request_context = RequestContext::of(context);
    let window = arguments.window(context, ORDER)?;
    let found = request_context.read(|session| session.handovers_page(&window))?;
    let place = |handover: &Released<domain::handover::Handover>| position(handover);
    Ok(HandoverConnection(Listed::of(request_context, ORDER, (), found, place, Handover)))
}
