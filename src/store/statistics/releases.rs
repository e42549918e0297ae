//! Releases of agreements' tables, as they are stored.

use crate::domain::Id;
use crate::domain::agreement::Agreement;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::statistics_releases;
use chrono::NaiveDate;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, RunQueryDsl};

/// A release of an agreement's tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct Release {
    /// Row key.
    pub id: Id<Release>,
    /// The agreement.
    pub agreement_id: Id<Agreement>,
    /// Its number among the agreement's, from 1.
    pub number: i32,
    /// The day whose people it counts.
    pub as_of: NaiveDate,
    /// The first day on which the next one may be made.
    pub next_from: NaiveDate,
    /// The day on which it was made.
    pub made_on: NaiveDate,
}

/// The newest release of an agreement.
///
/// # Errors
/// If the database fails.
pub fn newest(connection: &mut AnyConnection, agreement: Id<Agreement>) -> Result<Option<Release>> {
    Ok(statistics_releases::table
        .filter(statistics_releases::agreement_id.eq(agreement))
        .order(statistics_releases::number.desc())
        .first(connection)
        .optional()?)
}

pub(super) fn insert_release(connection: &mut AnyConnection, release: Release) -> Result<Id<Release>> {
    let row = (
        statistics_releases::id.eq(release.id),
        statistics_releases::agreement_id.eq(release.agreement_id),
        statistics_releases::number.eq(release.number),
        statistics_releases::as_of.eq(release.as_of),
        statistics_releases::next_from.eq(release.next_from),
        statistics_releases::made_on.eq(release.made_on),
    );
    diesel::insert_into(statistics_releases::table).values(row).execute(connection)?;
    Ok(release.id)
}
