//! Statistics of the caseload.

pub(super) mod preview;

use super::agreement::Agreement;
use super::engine::errors::{Code, failure};
use super::engine::request_context::RequestContext;
use super::individual::filter::IndividualFilter;
use super::schema::ids;
use super::schema::scalars::Date;
use crate::domain::purpose::Purpose;
use crate::domain::statistics::StatisticsDimension;
use crate::domain::{self, Id};
use crate::policy::filter::Filter;
use crate::policy::statistics::{NotClosed, Published, PublishedCell, Question};
use crate::store::ReadSession;
use crate::store::statistics::releases::Release;
use crate::store::statistics::{Answer, StatisticsError};
use async_graphql::{Context, Error, ID, Object, SimpleObject};
use chrono::NaiveDate;

/// What may be asked of the statistics of the caseload.
#[derive(Default)]
pub struct StatisticsQueries;

/// What may be asked of the statistics of the caseload.
#[Object]
impl StatisticsQueries {
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
        #[graphql(desc = "The agreement under which it is released, if several have such a table.")]
        agreement_id: Option<ID>,
    ) -> Result<CaseloadStatistics, Error> {
        caseload_statistics(context, group_by, filter, agreement_id)
    }
}

/// A table, as it may leave.
pub struct CaseloadStatistics {
    answer: Answer,
    group_by: Vec<StatisticsDimension>,
}

/// Counts of people. The holder's own are live and exact. Others read releases: finished tables as of one day. Their cells are rounded
/// to tens at random, once for each release; small counts and zeros are withheld, with what could tell them; margins are sums of
/// the cells that are shown.
#[Object]
impl CaseloadStatistics {
    /// The release that is read; null if counts are live, for the holder.
    async fn release(&self) -> Option<StatisticsRelease> {
        self.answer.release.map(StatisticsRelease::from)
    }

    /// The agreement under which it is released; null if counts are live.
    async fn agreement(&self, context: &Context<'_>) -> Result<Option<Agreement>, Error> {
        let Some(key) = self.answer.agreement else { return Ok(None) };
        let found = RequestContext::of(context).read(|session| Ok(session.agreements(&[key])?.remove(&key)))?;
        Ok(found.map(Agreement))
    }

    /// Everybody for whom the filter holds: the sum of the cells and the rest; of a slice, of its cells. Withheld if people may be in
    /// several cells.
    async fn total(&self) -> Cell {
        Cell::from(self.answer.published.total())
    }

    /// A cell for each combination of values, by value; none without dimensions to group by. A value is listed if it belongs to a closed
    /// vocabulary, or is shown in some cell.
    async fn cells(&self) -> Vec<StatisticsCell> {
        statistics_cells(&self.answer.published, &self.group_by)
    }

    /// Those who are in withheld cells of a whole table; null of a slice, of live counts and if people may be in several cells.
    async fn rest(&self) -> Option<Cell> {
        self.answer.published.rest().map(Cell::from)
    }

    /// Those of whom not all values are counted, as they have more than the table counts of one person; null if nobody can have.
    async fn left_out(&self) -> Option<Cell> {
        self.answer.published.left_out().map(Cell::from)
    }

    /// The least count that is shown; null if counts are exact.
    async fn minimum_cell_size(&self) -> Option<i64> {
        self.answer.minimum
    }
}

/// A release of an agreement's tables.
#[derive(SimpleObject)]
pub struct StatisticsRelease {
    /// Its number among the agreement's, from 1.
    number: i32,
    /// The day whose people it counts, by their age on that day.
    as_of: Date,
    /// The first day on which the next one may be made. It is made if enough people have changed by then.
    next_from: Date,
}

impl From<Release> for StatisticsRelease {
    fn from(release: Release) -> Self {
        Self { number: release.number, as_of: Date(release.as_of), next_from: Date(release.next_from) }
    }
}

/// A cell of a table.
#[derive(SimpleObject)]
pub struct StatisticsCell {
    /// A value for each dimension that is grouped by.
    key: Vec<StatisticsKey>,
    /// The count.
    cell: Cell,
}

/// A value of a dimension.
#[derive(SimpleObject)]
pub struct StatisticsKey {
    /// The dimension.
    dimension: StatisticsDimension,
    /// P-code, programme identifier, enum value or other code; null if it is unknown, or if a list is empty.
    value: Option<String>,
}

/// A count of people.
#[derive(SimpleObject)]
pub struct Cell {
    /// How many people; null if that is withheld.
    count: Option<i64>,
    /// Whether the count is withheld: too few people or none, or others could be told from it.
    suppressed: bool,
    /// Whether the count is the true one, as the holder sees it.
    exact: bool,
    /// Whether the count has everybody in it. A margin may leave out cells that are withheld: then it is false.
    complete: bool,
}

impl From<&PublishedCell> for Cell {
    fn from(cell: &PublishedCell) -> Self {
        Self {
            count: cell.count(),
            suppressed: cell.count().is_none(),
            exact: cell.is_exact(),
            complete: cell.is_complete(),
        }
    }
}

/// The cells of a table that is grouped by some dimensions.
pub(super) fn statistics_cells(published: &Published, group_by: &[StatisticsDimension]) -> Vec<StatisticsCell> {
    let cell = |cell: &PublishedCell| StatisticsCell {
        key: group_by
            .iter()
            .zip(cell.key())
            .map(|(dimension, value)| StatisticsKey { dimension: *dimension, value: value.clone() })
            .collect(),
        cell: Cell::from(cell),
    };
    published.cells().iter().map(cell).collect()
}

impl CaseloadStatistics {
    /// Whether it is released, and as of a day that is not later than another.
    pub(super) fn is_of(&self, day: NaiveDate) -> bool {
        self.answer.release.is_some_and(|release| release.as_of <= day)
    }
}

/// A table that agreements release, if they do.
pub(super) fn released_statistics(
    context: &Context<'_>,
    group_by: Vec<StatisticsDimension>,
    agreement: Option<Id<domain::agreement::Agreement>>,
) -> Result<Option<CaseloadStatistics>, Error> {
    if RequestContext::of(context).viewer().purpose == Purpose::CaseManagement {
        return Ok(None);
    }
    Ok(counted(context, &group_by, agreement)?.map(|answer| CaseloadStatistics { answer, group_by }))
}

/// People by some dimensions, as the viewer may have them: the holder live, of open records; others as an agreement releases it, or not.
pub(super) fn counted(
    context: &Context<'_>,
    group_by: &[StatisticsDimension],
    agreement: Option<Id<domain::agreement::Agreement>>,
) -> Result<Option<Answer>, Error> {
    let request_context = RequestContext::of(context);
    let counted = match request_context.viewer().purpose {
        Purpose::CaseManagement => {
            let question = Question::new(group_by, &Filter::everybody());
            let question = question.map_err(|refusal| Code::BadInput.error(refusal.to_string()))?;
            let live = |published| Answer { published, release: None, agreement: None, minimum: None };
            ask(request_context, |session| session.open_statistics(&question).map(live))?
        }
        _ => answer(context, group_by, None, agreement)?,
    };
    match counted {
        Ok(answer) => Ok(Some(answer)),
        Err(StatisticsError::NoTables | StatisticsError::NotAgreed(..) | StatisticsError::NotReleased(..)) => Ok(None),
        Err(refusal) => Err(refused(refusal)),
    }
}

/// Answers a question about the caseload.
pub(super) fn caseload_statistics(
    context: &Context<'_>,
    group_by: Vec<StatisticsDimension>,
    filter: Option<IndividualFilter>,
    agreement: Option<ID>,
) -> Result<CaseloadStatistics, Error> {
    let request_context = RequestContext::of(context);
    let agreement = agreement.map(|id| ids::open(request_context, "agreementId", &id)).transpose()?;
    let answer = answer(context, &group_by, filter, agreement)?.map_err(refused)?;
    Ok(CaseloadStatistics { answer, group_by })
}

fn answer(
    context: &Context<'_>,
    group_by: &[StatisticsDimension],
    filter: Option<IndividualFilter>,
    agreement: Option<Id<domain::agreement::Agreement>>,
) -> Result<Result<Answer, StatisticsError>, Error> {
    let request_context = RequestContext::of(context);
    let filter = filter.map_or(Ok(Filter::everybody()), |filter| filter.parse(request_context))?;
    let question = Question::new(group_by, &filter).map_err(|refusal| {
        let (code, argument) = match refusal {
            NotClosed::TooManyDimensions(_) => (Code::Limit, "groupBy"),
            NotClosed::GroupedTwice(_) => (Code::BadInput, "groupBy"),
            _ => (Code::BadInput, "filter"),
        };
        code.at(argument, refusal.to_string())
    })?;
    ask(request_context, |session| session.caseload_statistics(&question, agreement))
}

fn ask(
    request_context: &RequestContext,
    question: impl FnOnce(&mut ReadSession) -> Result<Answer, StatisticsError>,
) -> Result<Result<Answer, StatisticsError>, Error> {
    request_context.read(|session| match question(session) {
        Ok(answer) => Ok(Ok(answer)),
        Err(StatisticsError::Store(error)) => Err(error),
        Err(refusal) => Ok(Err(refusal)),
    })
}

fn refused(refusal: StatisticsError) -> Error {
    match refusal {
        StatisticsError::NoTables | StatisticsError::NotAgreed(..) => {
            Code::Forbidden.at("groupBy", refusal.to_string())
        }
        StatisticsError::BelowRegions => Code::BadInput.at("filter.region", refusal.to_string()),
        StatisticsError::Several(_) => Code::BadInput.at("agreementId", refusal.to_string()),
        StatisticsError::NotReleased(..) => Code::Unavailable.error(refusal.to_string()),
        StatisticsError::Store(error) => failure(&error),
        StatisticsError::TooManyCells(_) => Code::Limit.at("groupBy", refusal.to_string()),
    }
}
