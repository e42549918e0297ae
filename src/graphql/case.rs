//! Cases.

use super::engine::loaders::Members;
use super::engine::request_context::RequestContext;
use super::individual::Individual;
use super::individual::filter::IndividualFilter;
use super::schema::ids;
use super::schema::paging::{Cursor, Listed, PageArguments, connection};
use super::schema::vocabularies::category;
use crate::domain;
use crate::domain::category::DataCategory;
use crate::policy::Released;
use crate::policy::filter::Filter;
use crate::store::database::page::Position;
use crate::store::individual::Detail;
use async_graphql::{Context, Error, ID, InputObject, Object};

/// What may be asked of cases.
#[derive(Default)]
pub struct CaseQueries;

/// What may be asked of cases.
#[Object]
impl CaseQueries {
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
        cases(context, PageArguments { first, after, last, before }, filter).await
    }
}

/// A case, as released.
#[derive(Clone)]
pub struct Case(pub Released<domain::case::Case>);

/// A case (registration group), visible when FAMILY is revealed for a visible member.
#[Object]
impl Case {
    /// Global id, for this agency and purpose only.
    pub async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, "Case", self.0.id)
    }

    /// Case number, unique with its holder. Category FAMILY.
    #[graphql(directive = category::apply(DataCategory::Family))]
    async fn number(&self) -> &str {
        &self.0.number
    }

    /// The members that the viewer sees and that reveal their family. Category FAMILY.
    #[graphql(directive = category::apply(DataCategory::Family))]
    async fn members(&self, context: &Context<'_>) -> Vec<Individual> {
        let field = context.field();
        let detail = match field.selection_set().all(|field| ["id", "__typename"].contains(&field.name())) {
            true => Detail::Keys,
            false => Detail::Whole,
        };
        RequestContext::of(context).load::<Members>((self.0.id, detail)).await.into_iter().map(Individual).collect()
    }
}

/// Which cases to list.
#[derive(InputObject, Clone, Default)]
pub struct CaseFilter {
    /// Cases that have such a member, of those that the viewer sees and that reveal their family.
    member: Option<IndividualFilter>,
}

connection!(CaseConnection of CaseEdge to Case, Filter, cases_count: "A page of cases.");

/// A page of the cases that the viewer sees, in an order that tells nothing.
pub async fn cases(
    context: &Context<'_>,
    page: PageArguments,
    filter: Option<CaseFilter>,
) -> Result<CaseConnection, Error> {
    let request_context = RequestContext::of(context);
    let window = page.window(context, "cases")?;
    let filter = filter.unwrap_or_default().member.unwrap_or_default().parse(request_context)?;
    let found = request_context.read(|snapshot| snapshot.cases_page(&filter, &window))?;
    let rows = found.rows.into_iter().map(|row| {
        let position = Position { value: None, id: row.id };
        (Cursor::new(request_context, "cases", &position), Case(row))
    });
    let (has_previous, has_next) = (found.has_previous, found.has_next);
    Ok(CaseConnection(Listed { filter, nodes: rows.collect(), has_previous, has_next }))
}
