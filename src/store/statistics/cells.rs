//! Reading what is released: the finished cells of an agreement, and never a person's row.

use super::releases::{Release, newest};
use super::{Answer, StatisticsError, schedule};
use crate::domain::Id;
use crate::domain::agreement::Agreement;
use crate::domain::coverage::CoverageBasis;
use crate::domain::statistics::StatisticsTable;
use crate::policy::statistics::answer::answers;
use crate::policy::statistics::{Key, MIN_MINIMUM, Published, Question, ReleasedTable};
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::{Result, StoreError};
use crate::store::database::tables::statistics_cells;
use crate::store::session::read::ReadSession;
use diesel::connection::SimpleConnection;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

/// The parts of a finished table, as they are stored.
pub(super) const CELL: &str = "CELL";
pub(super) const REST: &str = "REST";
pub(super) const LEFT_OUT: &str = "LEFT_OUT";

impl ReadSession {
    /// The answer to a question from the newest release of one of these agreements.
    pub(super) fn released_statistics(
        &mut self,
        question: &Question,
        agreements: &[Agreement],
    ) -> Result<Answer, StatisticsError> {
        if agreements.is_empty() {
            return Err(StatisticsError::NoTables);
        }
        let found: Vec<(&Agreement, usize)> =
            agreements.iter().filter_map(|agreement| Some((agreement, table_for(question, agreement)?))).collect();
        let (agreement, at) = match found[..] {
            [] => return Err(not_agreed(question, agreements)),
            [one] => one,
            _ => {
                let references: Vec<&str> = found.iter().map(|(agreement, _)| agreement.reference.as_str()).collect();
                return Err(StatisticsError::Several(references.join(", ")));
            }
        };
        let Some(release) = newest(self.connection(), agreement.id)? else {
            let today = self.viewer().today;
            let first = schedule::first_from(self.connection(), agreement, today)?;
            return Err(StatisticsError::NotReleased(agreement.reference.clone(), first));
        };
        let wanted = self.wanted(question)?;
        let table = table(self.connection(), release.id, at, &agreement.statistics_tables[at])?;
        let published = Published::released(question, &table, |nth, value| wanted[nth].contains(value))?;
        self.disclosures().ask(table.table.categories(), vec![CoverageBasis::agreed(agreement.id)], 0);
        Ok(Answer {
            published,
            release: Some(release),
            agreement: Some(agreement.id),
            minimum: Some(MIN_MINIMUM.max(agreement.minimum_cell_size.into())),
        })
    }
}

/// The table that answers a question best: that of the fewest dimensions.
fn table_for(question: &Question, agreement: &Agreement) -> Option<usize> {
    let tables = agreement.statistics_tables.iter().enumerate();
    let answering = tables.filter(|(_, table)| answers(question, table));
    answering.min_by_key(|(at, table)| (table.dimensions.len(), *at)).map(|(at, _)| at)
}

fn not_agreed(question: &Question, agreements: &[Agreement]) -> StatisticsError {
    let asked: Vec<String> = question.dimensions().map(|dimension| dimension.to_string()).collect();
    let tables: Vec<String> =
        agreements.iter().flat_map(|agreement| &agreement.statistics_tables).map(ToString::to_string).collect();
    let asked = if asked.is_empty() { "no dimensions".to_owned() } else { asked.join(" × ") };
    StatisticsError::NotAgreed(asked, tables.join("; "))
}

fn table(
    connection: &mut AnyConnection,
    release: Id<Release>,
    at: usize,
    agreed: &StatisticsTable,
) -> Result<ReleasedTable> {
    let rows: Vec<(String, String, Option<i64>)> = statistics_cells::table
        .filter(statistics_cells::release_id.eq(release))
        .filter(statistics_cells::table_position.eq(at as i32))
        .select((statistics_cells::part, statistics_cells::cell_values, statistics_cells::people))
        .load(connection)?;
    let corrupt = || StoreError::Corrupt("a cell of a release".to_owned());
    let mut table = ReleasedTable { table: agreed.clone(), cells: [].into(), rest: None, left_out: None };
    for (part, values, people) in rows {
        match part.as_str() {
            REST => table.rest = people,
            LEFT_OUT => table.left_out = people,
            _ => {
                let key: Key = serde_json::from_str(&values).map_err(|_| corrupt())?;
                if key.len() != agreed.dimensions.len() {
                    return Err(corrupt());
                }
                table.cells.insert(key, people.ok_or_else(corrupt)?);
            }
        }
    }
    Ok(table)
}

/// Lets a release have the cells of another.
pub(super) fn copy_cells(connection: &mut AnyConnection, from: Id<Release>, to: Id<Release>) -> Result<()> {
    Ok(connection.batch_execute(&format!(
        "INSERT INTO statistics_cells (release_id, table_position, part, cell_values, people) \
         SELECT {to}, table_position, part, cell_values, people FROM statistics_cells WHERE release_id = {from}"
    ))?)
}
