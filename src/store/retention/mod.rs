//! Retention: the periods that holders keep, and erasing what is past them.

pub mod due;
mod erasure;

use self::due::{Due, past_period};
use super::agency::by_code;
use super::database::connection::AnyConnection;
use super::database::errors::{Result, StoreError};
use super::database::tables::{agencies, retention_periods};
use crate::domain::Vocabulary;
use crate::domain::audit::{AuditEvent, AuditRecord};
use crate::domain::category::DataCategory;
use chrono::NaiveDate;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

/// Why a period cannot be set.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    /// There is no such agency.
    #[error("--holder: there is no agency {0}; `panoh agency list` shows them")]
    NoAgency(String),
    /// Demographics are what is kept.
    #[error(
        "--category: DEMOGRAPHICS has no period: sex, age band, nationality and region are what is kept, of nobody"
    )]
    Demographics,
    /// There is no period to take away.
    #[error("{0} has no period for {1}; `panoh retention list` shows those that there are")]
    NoPeriod(String, DataCategory),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sets how many months a holder keeps a category; without limit if none are given.
///
/// # Errors
/// If the agency is unknown, the category has no period, none is to be taken away, or the database fails.
pub fn set_period(
    connection: &mut AnyConnection,
    holder: &str,
    category: DataCategory,
    months: Option<i32>,
) -> Result<(), RetentionError> {
    let found = by_code(connection)?.remove(holder);
    let holder_id = found.ok_or_else(|| RetentionError::NoAgency(holder.to_owned()))?.id;
    if category == DataCategory::Demographics {
        return Err(RetentionError::Demographics);
    }
    let period = retention_periods::table.find((holder_id, category.code()));
    let removed = diesel::delete(period).execute(connection).map_err(StoreError::from)?;
    let Some(months) = months else {
        let none = || RetentionError::NoPeriod(holder.to_owned(), category);
        return (removed > 0).then_some(()).ok_or_else(none);
    };
    let row = (
        retention_periods::holder_id.eq(holder_id),
        retention_periods::category.eq(category.code()),
        retention_periods::months.eq(months),
    );
    diesel::insert_into(retention_periods::table).values(row).execute(connection).map_err(StoreError::from)?;
    Ok(())
}

/// Every period: the holder's code, the category, the months.
///
/// # Errors
/// If the database fails.
pub fn periods(connection: &mut AnyConnection) -> Result<Vec<(String, DataCategory, i32)>> {
    Ok(retention_periods::table
        .inner_join(agencies::table)
        .order((agencies::code, retention_periods::category))
        .select((agencies::code, retention_periods::category, retention_periods::months))
        .load(connection)?)
}

/// Erases what is past its period. Gives what it was, and what is to be put on record of it.
///
/// # Errors
/// If the database fails.
pub fn run(connection: &mut AnyConnection, today: NaiveDate) -> Result<(Vec<Due>, Vec<AuditRecord>)> {
    let found = past_period(connection, today)?;
    connection.delete_securely()?;
    for past in &found {
        erasure::erase(connection, past, today)?;
    }
    connection.analyse()?;
    let mut records: Vec<AuditRecord> = found.iter().map(Due::record).collect();
    if records.is_empty() {
        records.push(AuditRecord::of_change(AuditEvent::Administration, "retention: nothing is past its period"));
    }
    Ok((found, records))
}
