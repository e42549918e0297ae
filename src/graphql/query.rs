//! The root of the schema.

use super::agency::{Agency, AgencyQueries, Client};
use super::agreement::{Agreement, AgreementQueries};
use super::audit::AuditQueries;
use super::case::{Case, CaseQueries};
use super::circuit_ride::{CircuitRide, CircuitRideQueries};
use super::demarche::{Demarche, DemarcheQueries};
use super::emergency_access::{EmergencyAccess, EmergencyAccessQueries};
use super::engine::errors::Code;
use super::engine::request_context::RequestContext;
use super::handover::{Handover, HandoverQueries};
use super::incident_account::IncidentAccountQueries;
use super::incident_pattern::{IncidentPattern, IncidentPatternQueries};
use super::individual::{Individual, IndividualQueries};
use super::place::{Place, PlaceQueries};
use super::population_figure::{PopulationFigure, PopulationFigureQueries};
use super::programme::{Programme, ProgrammeQueries};
use super::rate_limit::RateLimit;
use super::relocation_plan::impact::RelocationImpactQueries;
use super::relocation_plan::{RelocationPlan, RelocationPlanQueries};
use super::schema::ids;
use super::situation::SituationQueries;
use super::statistics::StatisticsQueries;
use super::stipend::StipendQueries;
use crate::domain::{self, Id, Noun};
use crate::store::database::page::MAX_ROWS;
use async_graphql::{Context, Error, ID, Interface, MergedObject, Object};
use std::collections::HashMap;

/// Declares the nouns that have a global id, each with how its rows are read by key.
macro_rules! nodes {
    ($($(#[doc = $says:literal])+ $noun:ident of $record:ty, by $method:ident;)+) => {
        /// Anything that has a global id.
        #[derive(Interface, Clone)]
        #[graphql(field(name = "id", ty = "ID", desc = "Global id, for this agency and purpose only."))]
        pub enum Node {
            $($(#[doc = $says])+ $noun($noun),)+
        }

        const NODES: &[&str] = &[$(<$record>::NAME),+];

        /// Reads nodes: one statement or two for each noun, through the same gate as every other way to a row.
        fn read_nodes(
            request_context: &RequestContext,
            wanted: &[(&'static str, i64)],
        ) -> Result<Vec<Option<Node>>, Error> {
            let mut found: HashMap<(&str, i64), Node> = HashMap::new();
            $({
                let ids = ids_of::<$record>(wanted);
                if !ids.is_empty() {
                    let rows = request_context.read(|session| session.$method(&ids))?;
                    let node = |(id, row): (Id<$record>, _)| ((<$record>::NAME, id.value()), Node::$noun($noun(row)));
                    found.extend(rows.into_iter().map(node));
                }
            })+
            Ok(wanted.iter().map(|key| found.get(key).cloned()).collect())
        }
    };
}

nodes! {
    /// An agency.
    Agency of domain::agency::Agency, by agencies;
    /// An agreement.
    Agreement of domain::agreement::Agreement, by agreements;
    /// A case.
    Case of domain::case::Case, by cases;
    /// A circuit ride.
    CircuitRide of domain::circuit_ride::CircuitRide, by circuit_rides;
    /// The viewer's client.
    Client of domain::client::Client, by clients;
    /// A demarche.
    Demarche of domain::demarche::Demarche, by demarches;
    /// An opening of an emergency agreement.
    EmergencyAccess of domain::emergency_access::EmergencyAccess, by emergency_accesses;
    /// A handover of programmes.
    Handover of domain::handover::Handover, by handovers;
    /// A pattern of incidents.
    IncidentPattern of domain::incident_pattern::IncidentPattern, by incident_patterns;
    /// An individual.
    Individual of domain::individual::Individual, by individuals;
    /// A place.
    Place of domain::place::Place, by places;
    /// A population figure.
    PopulationFigure of domain::population_figure::PopulationFigure, by population_figures;
    /// A programme.
    Programme of domain::programme::Programme, by programmes;
    /// A relocation plan.
    RelocationPlan of domain::relocation_plan::RelocationPlan, by relocation_plans;
}

/// Those of one noun.
fn ids_of<T: Noun>(wanted: &[(&str, i64)]) -> Vec<Id<T>> {
    wanted.iter().filter(|(noun, _)| *noun == T::NAME).map(|(_, key)| Id::new(*key)).collect()
}

/// What may be asked.
#[derive(MergedObject, Default)]
pub struct Query(
    NodeQueries,
    AgencyQueries,
    AgreementQueries,
    AuditQueries,
    CaseQueries,
    CircuitRideQueries,
    DemarcheQueries,
    EmergencyAccessQueries,
    HandoverQueries,
    IncidentAccountQueries,
    IncidentPatternQueries,
    IndividualQueries,
    PlaceQueries,
    PopulationFigureQueries,
    ProgrammeQueries,
    RelocationImpactQueries,
    RelocationPlanQueries,
    SituationQueries,
    StatisticsQueries,
    StipendQueries,
);

/// What belongs to no noun.
#[derive(Default)]
pub struct NodeQueries;

/// What belongs to no noun.
#[Object]
impl NodeQueries {
    /// What the viewer's client may still ask for.
    async fn rate_limit(&self, context: &Context<'_>) -> RateLimit {
        context.data_unchecked::<RateLimit>().clone()
    }

    /// The thing with an id; null if it is not there or not to be seen, which is the same answer.
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "A global id of this agency and purpose.")] id: ID,
    ) -> Result<Option<Node>, Error> {
        let request_context = RequestContext::of(context);
        let key = ids::open_any(request_context, NODES, "id", &id)?;
        Ok(read_nodes(request_context, &[key])?.pop().flatten())
    }

    /// The things with ids, in the ids' order; null for each that is not there or not to be seen.
    async fn nodes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Global ids of this agency and purpose; at most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>, Error> {
        if ids.len() as i64 > MAX_ROWS {
            return Err(Code::Limit.at("ids", format!("at most {MAX_ROWS} ids")));
        }
        let request_context = RequestContext::of(context);
        let open = |(index, id)| ids::open_any(request_context, NODES, &format!("ids.{index}"), id);
        let keys = ids.iter().enumerate().map(open).collect::<Result<Vec<_>, _>>()?;
        read_nodes(request_context, &keys)
    }
}
