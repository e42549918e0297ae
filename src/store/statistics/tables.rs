//! The statistics tables that agreements name, as rows.

use crate::domain::agreement::Agreement;
use crate::domain::statistics::{StatisticsDimension, StatisticsTable};
use crate::domain::{Id, Vocabulary};
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::{Result, StoreError};
use crate::store::database::insert::{ROWS, insert};
use crate::store::database::tables::statistics_tables;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use std::collections::HashMap;

/// Inserts the tables of agreements.
pub(in crate::store) fn insert(connection: &mut AnyConnection, agreements: &[Agreement]) -> Result<()> {
    let rows: Vec<(Id<Agreement>, i32, String, i32)> = agreements
        .iter()
        .flat_map(|agreement| (0..).zip(&agreement.statistics_tables).map(|(at, table)| (agreement.id, at, table)))
        .map(|(id, at, table)| {
            let codes: Vec<&str> = table.dimensions.iter().map(|dimension| dimension.code()).collect();
            (id, at, codes.join(","), table.values_per_person)
        })
        .collect();
    insert!(connection, statistics_tables::table, rows, |row| (
        statistics_tables::agreement_id.eq(row.0),
        statistics_tables::position.eq(row.1),
        statistics_tables::dimensions.eq(&row.2),
        statistics_tables::values_per_person.eq(row.3),
    ))
}

/// The tables of agreements, in their order.
pub(in crate::store) fn of_agreements(
    connection: &mut AnyConnection,
    agreements: Vec<Id<Agreement>>,
) -> Result<HashMap<Id<Agreement>, Vec<StatisticsTable>>> {
    if agreements.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(Id<Agreement>, i32, String, i32)> = statistics_tables::table
        .filter(statistics_tables::agreement_id.eq_any(agreements))
        .order((statistics_tables::agreement_id, statistics_tables::position))
        .load(connection)?;
    let mut tables: HashMap<Id<Agreement>, Vec<StatisticsTable>> = HashMap::new();
    for (agreement, _, codes, values_per_person) in rows {
        let dimensions: Result<Vec<_>, _> = codes.split(',').map(StatisticsDimension::parse).collect();
        let dimensions = dimensions.map_err(|_| StoreError::Corrupt("an agreement's statistics table".to_owned()))?;
        tables.entry(agreement).or_default().push(StatisticsTable { dimensions, values_per_person });
    }
    Ok(tables)
}
