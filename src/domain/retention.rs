//! Retention: how long what is held of people is kept, and what of it is past that.

use super::category::DataCategory;
use chrono::{Datelike, Months, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};

/// The longest period, in months.
pub const MAX_MONTHS: i32 = 1_200;

/// The day from which periods count, if the last activity was on `last`: the first of the next month, so that what is
/// kept of the activity is its month.
pub fn counted_from(last: NaiveDate) -> NaiveDate {
    last.with_day(1).and_then(|first| first.checked_add_months(Months::new(1))).unwrap_or(NaiveDate::MAX)
}

/// Whether a period of some months from the day `from` has ended before the day `today` begins.
pub fn is_past(from: NaiveDate, months: i32, today: NaiveDate) -> bool {
    let months = Months::new(months.unsigned_abs());
    from.checked_add_months(months).is_some_and(|end| end <= today)
}

/// How many months a holder keeps each category of a person; without limit what is not named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Periods(BTreeMap<DataCategory, i32>);

impl FromIterator<(DataCategory, i32)> for Periods {
    fn from_iter<T: IntoIterator<Item = (DataCategory, i32)>>(periods: T) -> Self {
        Self(periods.into_iter().collect())
    }
}

impl Periods {
    /// The categories whose period, counted from the day `from`, is past.
    pub fn past(&self, from: NaiveDate, today: NaiveDate) -> BTreeSet<DataCategory> {
        let past = self.0.iter().filter(|(_, months)| is_past(from, **months, today));
        past.map(|(category, _)| *category).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn periods_count_from_the_month_after() {
        for (last, from) in [("2025-12-31", "2026-01-01"), ("2026-01-01", "2026-02-01"), ("2026-01-31", "2026-02-01")] {
            assert_eq!(counted_from(date(last)), date(from), "{last}");
        }
        let periods: Periods = [(DataCategory::Contact, 12), (DataCategory::Identity, 24)].into_iter().collect();
        for (from, past) in [
            ("2025-02-01", vec![]),
            ("2025-01-01", vec![DataCategory::Contact]),
            ("2024-01-01", vec![DataCategory::Identity, DataCategory::Contact]),
        ] {
            assert_eq!(periods.past(date(from), date("2026-01-01")).into_iter().collect::<Vec<_>>(), past, "{from}");
        }
    }
}
