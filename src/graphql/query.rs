//! The root of the schema.

use super::agency::{Agency, Viewer};
use super::agreement::preview::{self, AgreementPreviewInput, AgreementPreviewPayload};
use super::agreement::{self, Agreement, AgreementConnection, AgreementFilter};
use super::audit::{self, AccessLogConnection, AuditEntryConnection};
use super::case::{self, Case, CaseConnection, CaseFilter};
use super::emergency::{self, EmergencyAccess, EmergencyAccessConnection};
use super::engine::errors::Code;
use super::engine::rate_limit::RateLimit;
use super::engine::request_context::RequestContext;
use super::individual::filter::IndividualFilter;
use super::individual::{self, Individual, IndividualConnection, IndividualOrder};
use super::place::{self, Place, PlaceConnection, PlaceFilter};
use super::population_figure::{self, PopulationFigure, PopulationFigureConnection, PopulationFigureFilter};
use super::programme::{self, Programme, ProgrammeConnection, ProgrammeFilter};
use super::schema::ids;
use super::schema::paging::PageArguments;
use super::statistics::{self, CaseloadStatistics};
use crate::domain::Key;
use crate::domain::client::Role;
use crate::domain::statistics::StatisticsDimension;
use crate::store::database::page::MAX_ROWS;
use async_graphql::{Context, Error, ID, Interface, Object};
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

/// The root.
pub struct Query;

/// What may be asked.
#[Object]
impl Query {
    /// On whose behalf the request runs, and for what.
    async fn viewer(&self) -> Viewer {
        Viewer
    }

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

    /// The individuals that the viewer sees.
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
    async fn individuals(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which individuals.")] filter: Option<IndividualFilter>,
        #[graphql(desc = "The order; newest registration first by default.")] order_by: Option<IndividualOrder>,
    ) -> Result<IndividualConnection, Error> {
        individual::individuals(context, PageArguments { first, after, last, before }, filter, order_by).await
    }

    /// The cases that the viewer sees.
    async fn cases(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which cases.")] filter: Option<CaseFilter>,
    ) -> Result<CaseConnection, Error> {
        case::cases(context, PageArguments { first, after, last, before }, filter).await
    }

    /// The programmes that the viewer sees, by identifier.
    async fn programmes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which programmes.")] filter: Option<ProgrammeFilter>,
    ) -> Result<ProgrammeConnection, Error> {
        programme::programmes(context, PageArguments { first, after, last, before }, filter).await
    }

    /// All places, by P-code.
    async fn places(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which places.")] filter: Option<PlaceFilter>,
    ) -> Result<PlaceConnection, Error> {
        place::places(context, PageArguments { first, after, last, before }, filter).await
    }

    /// The agreements to which the viewer's agency is a party, by reference.
    async fn agreements(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which agreements.")] filter: Option<AgreementFilter>,
    ) -> Result<AgreementConnection, Error> {
        agreement::agreements(context, PageArguments { first, after, last, before }, filter).await
    }

    /// What the recipient of an agreement would see, were it in force today: for its provider, before it is signed. For
    /// DATA_OFFICER, under CASE_MANAGEMENT.
    async fn agreement_preview(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The terms.")] input: AgreementPreviewInput,
    ) -> Result<AgreementPreviewPayload, Error> {
        preview::preview(context, &input)
    }

    /// When emergency agreements to which the viewer's agency is a party were opened, newest first. For DATA_OFFICER.
    async fn emergency_accesses(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<EmergencyAccessConnection, Error> {
        emergency::emergency_accesses(context, PageArguments { first, after, last, before }).await
    }

    /// What is on record of the requests of the viewer's agency, newest first. For DATA_OFFICER.
    async fn audit_entries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<AuditEntryConnection, Error> {
        audit::audit_entries(context, PageArguments { first, after, last, before }).await
    }

    /// Who was told what of a person that the agency holds, newest first; null where there is no such person. For
    /// DATA_OFFICER, under CASE_MANAGEMENT.
    async fn access_log(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The person.")] individual: ID,
        #[graphql(desc = "The first so many, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
    ) -> Result<Option<AccessLogConnection>, Error> {
        audit::access_log(context, &individual, PageArguments { first, after, last, before }).await
    }

    /// How many individuals there are, by up to three dimensions. Under CASE_MANAGEMENT those whom the agency holds, live and exact.
    /// Under another purpose as an agreement releases it: one of its statistics tables, or a margin or slice of one.
    async fn caseload_statistics(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Dimensions to group by; with those of the filter, at most three.")] group_by: Vec<
            StatisticsDimension,
        >,
        #[graphql(desc = "One value (eq, within) for each of some dimensions; nothing else.")] filter: Option<
            IndividualFilter,
        >,
        #[graphql(desc = "The agreement under which it is released, if several have such a table.")] agreement: Option<
            ID,
        >,
    ) -> Result<CaseloadStatistics, Error> {
        statistics::caseload_statistics(context, group_by, filter, agreement)
    }

    /// Published population figures, by year.
    async fn population_figures(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which figures.")] filter: Option<PopulationFigureFilter>,
    ) -> Result<PopulationFigureConnection, Error> {
        population_figure::population_figures(context, PageArguments { first, after, last, before }, filter).await
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
