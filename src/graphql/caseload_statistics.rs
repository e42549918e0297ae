//! Statistics of the caseload.

use super::desk::Desk;
use super::errors::{Code, failure};
use super::individual_filter::IndividualFilter;
use crate::domain::statistics::StatisticsDimension;
use crate::policy::filter::Filter;
use crate::policy::statistics::{NotClosed, Published, PublishedCell, Question};
use crate::store::statistics::StatisticsError;
use async_graphql::{Context, Error, Object, SimpleObject};

/// A table, as it may leave.
pub struct CaseloadStatistics {
    published: Published,
    group_by: Vec<StatisticsDimension>,
}

/// Counts of people whose grouped and filtered values are all shared for this purpose. The holder's own are exact. Others'
/// are rounded to tens, up or down, always alike for the same people; small counts, and what could tell them, are suppressed.
#[Object]
impl CaseloadStatistics {
    /// Everybody for whom the filter holds.
    async fn total(&self) -> Cell {
        Cell::from(self.published.total())
    }

    /// A cell for each combination of values, by value; none without dimensions to group by.
    async fn cells(&self) -> Vec<StatisticsCell> {
        let cell = |cell: &PublishedCell| StatisticsCell {
            key: self
                .group_by
                .iter()
                .zip(cell.key())
                .map(|(dimension, value)| StatisticsKey { dimension: *dimension, value: value.clone() })
                .collect(),
            cell: Cell::from(cell),
        };
        self.published.cells().iter().map(cell).collect()
    }

    /// The least count that is shown; null where counts are exact.
    async fn minimum_cell_size(&self) -> Option<i64> {
        self.published.minimum()
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
    /// P-code, programme identifier, enum value or other code; null where it is unknown, or where a list is empty.
    value: Option<String>,
}

/// A count of people.
#[derive(SimpleObject)]
pub struct Cell {
    /// How many people; null where that is suppressed.
    count: Option<i64>,
    /// Whether the count is withheld: too few people, or too few in what it could be told from.
    suppressed: bool,
    /// Whether the count is the true one, as the holder sees it.
    exact: bool,
}

impl From<&PublishedCell> for Cell {
    fn from(cell: &PublishedCell) -> Self {
        Self { count: cell.count(), suppressed: cell.count().is_none(), exact: cell.is_exact() }
    }
}

/// Answers a question about the caseload.
pub(super) fn caseload_statistics(
    context: &Context<'_>,
    group_by: Vec<StatisticsDimension>,
    filter: Option<IndividualFilter>,
) -> Result<CaseloadStatistics, Error> {
    let desk = Desk::of(context);
    let filter = filter.map_or(Ok(Filter::everybody()), |filter| filter.parse(desk))?;
    let question = Question::new(&group_by, &filter).map_err(|refusal| {
        let (code, argument) = match refusal {
            NotClosed::TooManyDimensions(_) => (Code::Limit, "groupBy"),
            NotClosed::Twice(_) => (Code::BadInput, "groupBy"),
            _ => (Code::BadInput, "filter"),
        };
        code.at(argument, refusal.to_string())
    })?;
    let answer = desk.read(|snapshot| match snapshot.caseload_statistics(&question) {
        Ok(published) => Ok(Ok(published)),
        Err(StatisticsError::Store(error)) => Err(error),
        Err(refusal) => Ok(Err(refusal)),
    })?;
    let published = answer.map_err(|refusal| match refusal {
        StatisticsError::NotGranted(_) => Code::Forbidden.at("groupBy", refusal.to_string()),
        StatisticsError::Store(error) => failure(&error),
        StatisticsError::TooManyCells(_) => Code::Limit.at("groupBy", refusal.to_string()),
    })?;
    Ok(CaseloadStatistics { published, group_by })
}
