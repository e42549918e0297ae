//! The root of the schema.

use super::agency::{Agency, AgencyQueries};
use super::agreement::{Agreement, AgreementQueries};
use super::audit::AuditQueries;
use super::case::{Case, CaseQueries};
use super::emergency::{EmergencyAccess, EmergencyQueries};
use super::engine::errors::Code;
use super::engine::rate_limit::RateLimit;
use super::engine::request_context::RequestContext;
use super::individual::{Individual, IndividualQueries};
use super::place::{Place, PlaceQueries};
use super::population_figure::{PopulationFigure, PopulationFigureQueries};
use super::programme::{Programme, ProgrammeQueries};
use super::schema::ids;
use super::statistics::StatisticsQueries;
use crate::domain::Key;
use crate::domain::client::Role;
use crate::store::database::page::MAX_ROWS;
use async_graphql::{Context, Error, ID, Interface, MergedObject, Object};
use std::collections::HashMap;

/// Anything that has a global id.
#[derive(Interface, Clone)]
#[graphql(field(name = "id", ty = "ID", desc = "Global id, for this agency and purpose only."))]
pub enum Node {
    /// An agency.
    Agency(Agency),
    /// An agreement.
    Agreement(Agreement),
    /// A case.
    Case(Case),
    /// An opening of an emergency agreement.
    EmergencyAccess(EmergencyAccess),
    /// An individual.
    Individual(Individual),
    /// A place.
    Place(Place),
    /// A population figure.
    PopulationFigure(PopulationFigure),
    /// A programme.
    Programme(Programme),
}

const NODES: [&str; 8] =
    ["Agency", "Agreement", "Case", "EmergencyAccess", "Individual", "Place", "PopulationFigure", "Programme"];

/// What may be asked.
#[derive(MergedObject, Default)]
pub struct Query(
    NodeQueries,
    AgencyQueries,
    AgreementQueries,
    AuditQueries,
    CaseQueries,
    EmergencyQueries,
    IndividualQueries,
    PlaceQueries,
    PopulationFigureQueries,
    ProgrammeQueries,
    StatisticsQueries,
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

    /// The thing with an id; null where it is not there or not to be seen, which is the same answer.
    async fn node(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "A global id of this agency and purpose.")] id: ID,
    ) -> Result<Option<Node>, Error> {
        let request_context = RequestContext::of(context);
        let key = ids::open_any(request_context, &NODES, "id", &id)?;
        Ok(nodes(request_context, &[key])?.pop().flatten())
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
        let open = |(index, id)| ids::open_any(request_context, &NODES, &format!("ids.{index}"), id);
        let keys = ids.iter().enumerate().map(open).collect::<Result<Vec<_>, _>>()?;
        nodes(request_context, &keys)
    }
}

/// Reads nodes: one statement or two for each noun, through the same gate as every other way to a row.
fn nodes(request_context: &RequestContext, wanted: &[(&'static str, Key)]) -> Result<Vec<Option<Node>>, Error> {
    let mut found: HashMap<(&str, Key), Node> = HashMap::new();
    for noun in NODES {
        let keys: Vec<Key> = wanted.iter().filter(|(of, _)| *of == noun).map(|(_, key)| *key).collect();
        if keys.is_empty() {
            continue;
        }
        macro_rules! read {
            ($method:ident, $node:ident) => {{
                let rows = request_context.read(|snapshot| snapshot.$method(&keys))?;
                found.extend(rows.into_iter().map(|(key, row)| ((noun, key), Node::$node($node(row)))));
            }};
        }
        match noun {
            "Agency" => read!(agencies, Agency),
            "Agreement" => read!(agreements, Agreement),
            "Case" => read!(cases, Case),
            "EmergencyAccess" if request_context.viewer().client.role != Role::DataOfficer => {}
            "EmergencyAccess" => read!(emergency_accesses, EmergencyAccess),
            "Individual" => read!(individuals, Individual),
            "Place" => read!(places, Place),
            "PopulationFigure" => read!(population_figures, PopulationFigure),
            _ => read!(programmes, Programme),
        }
    }
    Ok(wanted.iter().map(|key| found.get(key).cloned()).collect())
}
