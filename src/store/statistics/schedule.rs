//! Which releases are due.

use super::cells::{Release, newest};
use crate::domain::agreement::{Agreement, AgreementStatus};
use crate::domain::statistics::StatisticsDimension;
use crate::store::agreements;
use crate::store::connection::AnyConnection;
use crate::store::errors::Result;
use chrono::{Months, NaiveDate};
use std::collections::BTreeSet;

/// A release that is due.
#[derive(Debug, Clone)]
pub struct Due {
    /// The agreement.
    pub agreement: Agreement,
    /// The release that stands; none before the first.
    pub last: Option<Release>,
    /// The day whose people it is to count: the first of a period.
    pub as_of: NaiveDate,
}

impl Due {
    /// Its number.
    pub fn number(&self) -> i32 {
        self.last.map_or(1, |last| last.number + 1)
    }

    /// The first day of the next period.
    pub fn next_from(&self) -> NaiveDate {
        later(self.as_of, self.agreement.release_months.unwrap_or_default())
    }
}

/// The releases that are due on a day; of one agreement, if its reference is given.
///
/// An agreement's first release is as of the day on which it is made, and begins its first period. A new agreement between the same
/// parties, for the same purpose, begins where the others stand: its own months after the last release of any of them. Only on one day
/// several may begin, if their tables have no dimension in common.
pub fn due(connection: &mut AnyConnection, today: NaiveDate, reference: Option<&str>) -> Result<Vec<Due>> {
    let mut all = Vec::new();
    for agreement in agreements::all(connection)? {
        if !agreement.statistics_tables.is_empty() {
            let last = newest(connection, agreement.id)?;
            all.push((agreement, last));
        }
    }
    let mut found = Vec::new();
    for (agreement, last) in &all {
        let counts = agreement.status == AgreementStatus::InForce && agreement.in_force(today);
        if !counts || reference.is_some_and(|reference| agreement.reference != reference) {
            continue;
        }
        let as_of = match last {
            Some(last) => begun(last.next_from, agreement.release_months.unwrap_or_default(), today),
            None => {
                let sharing = |one: &Agreement| (one.provider_id, one.recipient_id, one.purpose);
                let months = agreement.release_months.unwrap_or_default();
                let stands = |(other, last): &(Agreement, Option<Release>)| {
                    let beside = |last: &Release| last.as_of < today || overlap(other, agreement);
                    sharing(other) == sharing(agreement)
                        && last.as_ref().is_some_and(|last| beside(last) && later(last.as_of, months) > today)
                };
                (!all.iter().any(stands)).then_some(today)
            }
        };
        if let Some(as_of) = as_of.filter(|as_of| agreement.valid_from <= *as_of) {
            found.push(Due { agreement: agreement.clone(), last: *last, as_of });
        }
    }
    found.sort_by(|one, other| one.agreement.reference.cmp(&other.agreement.reference));
    Ok(found)
}

/// Whether tables of two agreements have a dimension in common.
fn overlap(one: &Agreement, other: &Agreement) -> bool {
    let dimensions = |agreement: &Agreement| -> BTreeSet<StatisticsDimension> {
        agreement.statistics_tables.iter().flat_map(|table| table.dimensions.iter().copied()).collect()
    };
    !dimensions(one).is_disjoint(&dimensions(other))
}

/// The first day of the period in which a day lies; none before the period that begins on `next_from`.
fn begun(next_from: NaiveDate, months: i32, today: NaiveDate) -> Option<NaiveDate> {
    (0..).map(|nth| later(next_from, nth * months)).take_while(|begin| *begin <= today).last()
}

fn later(day: NaiveDate, months: i32) -> NaiveDate {
    day.checked_add_months(Months::new(months.unsigned_abs())).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_release_is_of_the_first_day_of_its_period() {
        for (today, expected) in [
            ("2026-04-14", None),
            ("2026-04-15", Some("2026-04-15")),
            ("2026-07-14", Some("2026-04-15")),
            ("2026-07-15", Some("2026-07-15")),
            ("2027-02-01", Some("2027-01-15")),
        ] {
            assert_eq!(begun(day("2026-04-15"), 3, day(today)), expected.map(day), "{today}");
        }
    }
}
