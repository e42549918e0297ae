//! Cases.

use super::engine::request_context::Load;
use super::engine::request_context::RequestContext;
use super::individual::Individual;
use super::individual::filter::IndividualFilter;
use super::schema::ids;
use super::schema::paging::{Listed, PageArguments, connection, queries};
use super::schema::vocabularies::category;
use crate::domain;
use crate::domain::Id;
use crate::domain::category::DataCategory;
use crate::policy::filter::Filter;
use crate::policy::{ItemAccess, Released};
use crate::store::database::page::Position;
use crate::store::individual::Detail;
use crate::store::{ReadSession, Result as Read};
use async_graphql::{Context, Error, ID, InputObject, Object};
use std::collections::HashMap;

queries! {
    CaseQueries: "What may be asked of cases." {
        /// The cases that the viewer sees.
        cases(filter: Option<CaseFilter> = "Which cases.") -> CaseConnection;
    }
}

/// The cases of released people who reveal their family.
pub struct Cases;

impl Load for Cases {
    type Key = ItemAccess;
    type Value = Option<Released<domain::case::Case>>;

    fn load(session: &mut ReadSession, keys: &[ItemAccess]) -> Read<HashMap<ItemAccess, Self::Value>> {
        let cases = session.cases_of(keys)?;
        Ok(keys.iter().map(|access| (*access, cases.get(&access.id()).cloned())).collect())
    }

    fn missing() -> Self::Value {
        None
    }
}

/// The members of cases, by the key of the case.
pub struct Members;

impl Load for Members {
    type Key = (Id<domain::case::Case>, Detail);
    type Value = Vec<Released<domain::individual::Individual>>;

    fn load(session: &mut ReadSession, keys: &[Self::Key]) -> Read<HashMap<Self::Key, Self::Value>> {
        let mut members = HashMap::new();
        for detail in [Detail::Keys, Detail::Whole] {
            let asked = keys.iter().filter(|(_, wanted)| *wanted == detail);
            let cases: Vec<_> = asked.map(|(case, _)| *case).collect();
            if !cases.is_empty() {
                let found = session.members_of_cases(&cases, detail)?;
                members.extend(found.into_iter().map(|(case, of_case)| ((case, detail), of_case)));
            }
        }
        Ok(members)
    }

    fn missing() -> Self::Value {
        Vec::new()
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
        ids::seal(context, self.0.id)
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
///
/// # Errors
/// If the filter or a paging argument is not valid, or the database fails.
pub async fn cases(
    context: &Context<'_>,
    page: PageArguments,
    filter: Option<CaseFilter>,
) -> Result<CaseConnection, Error> {
    let request_context = RequestContext::of(context);
    let window = page.window(context, "cases")?;
    let filter = filter.unwrap_or_default().member.unwrap_or_default().parse(request_context)?;
    let found = request_context.read(|session| session.cases_page(&filter, &window))?;
    let position = |row: &Released<domain::case::Case>| Position::of_key(row.id);
    Ok(CaseConnection(Listed::of(request_context, "cases", filter, found, position, Case)))
}
