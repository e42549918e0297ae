//! Which releases are due.

use super::microdata::covered_from;
use super::releases::{Release, newest};
use crate::domain::Id;
use crate::domain::agreement::Agreement;
use crate::domain::coverage::CoverageBasis;
use crate::store::agreement::rows::all_agreements;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::statistics_waits;
use crate::store::visibility::undecided;
use chrono::{Months, NaiveDate};
use diesel::RunQueryDsl;
use std::collections::HashMap;

/// How long a release is held against those of other agreements, and waits for their day: so none is held up for ever.
const COMPARED_MONTHS: i32 = 12;

/// An agreement that names statistics tables, with the release of it that stands.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The agreement.
    pub agreement: Agreement,
    /// Its newest release; none before the first.
    pub last: Option<Release>,
    /// Until when it waits for its first, as too few people had changed.
    pub waits_until: Option<NaiveDate>,
}

/// A release that is due.
#[derive(Debug, Clone)]
pub struct Due {
    /// The agreement.
    pub agreement: Agreement,
    /// The release that stands; none before the first.
    pub last: Option<Release>,
    /// The day whose people it is to count: the first of a period.
    pub as_of: NaiveDate,
    /// The first day on which the one after it may be made.
    pub next_from: NaiveDate,
    /// Before the first: the other agreements since whose releases enough people must have changed.
    pub since: Vec<Standing>,
}

impl Due {
    /// Its number.
    pub fn number(&self) -> i32 {
        self.last.map_or(1, |last| last.number + 1)
    }
}

/// The agreements that have statistics tables, whatever became of them.
///
/// # Errors
/// If the database fails.
pub fn standing(connection: &mut AnyConnection) -> Result<Vec<Standing>> {
    let waits: Vec<(Id<Agreement>, NaiveDate)> = statistics_waits::table.load(connection)?;
    let waits: HashMap<Id<Agreement>, NaiveDate> = waits.into_iter().collect();
    let named = all_agreements(connection)?.into_iter().filter(|agreement| !agreement.statistics_tables.is_empty());
    let one = |agreement: Agreement| {
        let waits_until = waits.get(&agreement.id).copied();
        Ok(Standing { last: newest(connection, agreement.id)?, agreement, waits_until })
    };
    named.map(one).collect()
}

/// The releases that are due on a day; of one agreement, if its reference is given. Those of agreements that have one come first.
///
/// An agreement's first release is as of the day on which it is made. All agreements between the same parties for the same purpose have one
/// calendar, those that have ended too: each waits for the day of all others, so that no new version draws noise early. Releases are made
/// months after those before them were, however late these were.
///
/// # Errors
/// If the database fails.
pub fn due(connection: &mut AnyConnection, today: NaiveDate, reference: Option<&str>) -> Result<Vec<Due>> {
    let all = standing(connection)?;
    let undecided = undecided(connection)?;
    let counting = all.iter().filter(|one| one.counts(today, reference) && !undecided.contains(&one.agreement.id));
    let mut found: Vec<Due> = counting.filter_map(|one| one.due(&all, today)).collect();
    for due in found.iter_mut().filter(|due| due.as_of < today) {
        due.as_of = due.as_of.max(covered_from(connection, CoverageBasis::agreed(due.agreement.id))?.min(today));
    }
    found.sort_by(|one, other| {
        let order = |due: &Due| (due.last.is_none(), due.agreement.reference.clone());
        order(one).cmp(&order(other))
    });
    Ok(found)
}

/// A release that an agreement without one takes over: of the same tables and people, to the same recipient.
#[derive(Debug, Clone)]
pub struct TakenOver {
    /// The agreement that has none.
    pub agreement: Agreement,
    /// The one under which it was made.
    pub from: Agreement,
    /// The release.
    pub last: Release,
}

/// The releases that are taken over on a day; by one agreement, if its reference is given.
///
/// # Errors
/// If the database fails.
pub fn taken_over(connection: &mut AnyConnection, today: NaiveDate, reference: Option<&str>) -> Result<Vec<TakenOver>> {
    let all = standing(connection)?;
    let lacking = all.iter().filter(|one| one.last.is_none() && one.counts(today, reference));
    Ok(lacking
        .filter_map(|one| {
            let (from, last) = newest_like(&all, &one.agreement)?;
            Some(TakenOver { agreement: one.agreement.clone(), from, last })
        })
        .collect())
}

/// The newest release that an agreement may take over: one after which no other was made, or that stood beside the newest.
fn newest_like(all: &[Standing], agreement: &Agreement) -> Option<(Agreement, Release)> {
    let calendar = all.iter().filter(|other| agreement.shares_like(&other.agreement));
    let releases = calendar.clone().filter_map(|other| other.last);
    let (made_on, next_from) =
        (releases.clone().map(|last| last.made_on).max(), releases.map(|last| last.next_from).max());
    let like = calendar.filter(|other| agreement.releases_like(&other.agreement));
    like.filter_map(|other| Some((other.agreement.clone(), other.last?)))
        .filter(|(_, last)| Some(last.made_on) == made_on || Some(last.next_from) == next_from)
        .max_by_key(|(_, last)| last.next_from)
}

/// The first day on which something may be released under an agreement that has no release yet: it may not be made that day, if too few
/// people have changed.
///
/// # Errors
/// If the database fails.
pub fn first_from(connection: &mut AnyConnection, agreement: &Agreement, today: NaiveDate) -> Result<NaiveDate> {
    let all = standing(connection)?;
    let takes_over = newest_like(&all, agreement).is_some();
    let waits_until = all.iter().find(|one| one.agreement.id == agreement.id).and_then(|one| one.waits_until);
    let first = Standing { agreement: agreement.clone(), last: None, waits_until };
    Ok(if takes_over { today.max(agreement.valid_from) } else { first.next_from(&all, today).max(today) })
}

/// From when on the next release of each agreement may be made, by reference; of one, if its reference is given.
///
/// # Errors
/// If the database fails.
pub fn coming(
    connection: &mut AnyConnection,
    today: NaiveDate,
    reference: Option<&str>,
) -> Result<Vec<(String, NaiveDate)>> {
    let all = standing(connection)?;
    let undecided = undecided(connection)?;
    let counting = all.iter().filter(|one| one.counts(today, reference) && !undecided.contains(&one.agreement.id));
    let mut found: Vec<_> = counting.map(|one| (one.agreement.reference.clone(), one.next_from(&all, today))).collect();
    found.sort();
    Ok(found)
}

impl Standing {
    fn counts(&self, today: NaiveDate, reference: Option<&str>) -> bool {
        self.agreement.in_force(today) && reference.is_none_or(|reference| self.agreement.reference == reference)
    }

    fn due(&self, all: &[Self], today: NaiveDate) -> Option<Due> {
        let months = self.agreement.release_months.unwrap_or_default();
        let next_from = self.next_from(all, today);
        let (as_of, since) = match self.last {
            Some(_) => (begun(next_from, months, today)?.max(self.agreement.valid_from), Vec::new()),
            None if next_from <= today => (today, self.since(all, today)),
            None => return None,
        };
        let (agreement, last) = (self.agreement.clone(), self.last);
        Some(Due { agreement, last, as_of, next_from: later(today, months), since })
    }

    /// The first day on which its next release may be made: it waits for the day of all others, but for those whose day was today too and whose
    /// figures are counted with its own.
    fn next_from(&self, all: &[Self], today: NaiveDate) -> NaiveDate {
        let next = later(today, self.agreement.release_months.unwrap_or_default());
        let others = self.others(all).filter(|(other, last)| !self.is_counted_with(other) || last.next_from != next);
        let others = others.map(|(_, last)| last.next_from.min(later(last.made_on, COMPARED_MONTHS)));
        let days = others.chain(self.last.map(|last| last.next_from)).chain(self.waits_until);
        days.max().unwrap_or_default().max(self.agreement.valid_from)
    }

    /// The agreements since whose releases of the last year enough people must have changed before its first. From one that is made on the same
    /// day, and whose figures are counted with its own, nobody need differ.
    fn since(&self, all: &[Self], today: NaiveDate) -> Vec<Self> {
        let counts = |(other, last): &(&Self, Release)| {
            later(last.made_on, COMPARED_MONTHS) > today && (!self.is_counted_with(other) || last.made_on != today)
        };
        let others = self.others(all).filter(counts);
        others.map(|(other, _)| other.clone()).collect()
    }

    /// The others between the same parties for the same purpose that have a release.
    fn others<'s>(&'s self, all: &'s [Self]) -> impl Iterator<Item = (&'s Self, Release)> {
        let shares =
            |other: &&Self| self.agreement.id != other.agreement.id && self.agreement.shares_like(&other.agreement);
        all.iter().filter(shares).filter_map(|other| Some((other, other.last?)))
    }

    fn is_counted_with(&self, other: &Self) -> bool {
        self.agreement.is_counted_with(&other.agreement)
    }
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
