//! Cases.

use super::desk::Desk;
use super::ids;
use super::individual::Individual;
use super::individual_filter::IndividualFilter;
use super::loads::Members;
use super::paging::{Cursor, Nodes, PageArguments, connection};
use super::vocabularies::category;
use crate::domain;
use crate::domain::category::DataCategory;
use crate::policy::Released;
use crate::policy::filter::Filter;
use crate::store::page::Position;
use async_graphql::{Context, Error, ID, InputObject, Object};

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
        Desk::of(context).load::<Members>(self.0.id).await.into_iter().map(Individual).collect()
    }
}

/// Which cases to list.
#[derive(InputObject, Clone, Default)]
pub struct CaseFilter {
    /// Cases that have such a member, of those that the viewer sees and that reveal their family.
    member: Option<IndividualFilter>,
}

/// What a connection of cases has beside its nodes.
pub struct CaseCount(Filter);

#[Object]
impl CaseCount {
    /// How many cases the viewer sees in all pages; counted only when asked for.
    async fn total_count(&self, context: &Context<'_>) -> Result<i64, Error> {
        Desk::of(context).read(|snapshot| snapshot.cases_count(&self.0))
    }
}

/// A page of the cases that the viewer sees, in an order that tells nothing.
pub async fn cases(
    context: &Context<'_>,
    page: PageArguments,
    filter: Option<CaseFilter>,
) -> Result<Nodes<Case, CaseCount>, Error> {
    let desk = Desk::of(context);
    let window = page.window(context, "cases")?;
    let filter = filter.unwrap_or_default().member.unwrap_or_default().parse(desk)?;
    let found = desk.read(|snapshot| snapshot.cases_page(&filter, &window))?;
    let rows = found.rows.into_iter().map(|row| {
        let position = Position { value: None, id: row.id };
        (Cursor::new(desk, "cases", &position), Case(row))
    });
    Ok(connection(CaseCount(filter), found.has_previous, found.has_next, rows))
}
