//! How a column of each kind is reduced to what its row reveals, by the kind's name in the ledger.

use crate::domain::category::DataCategory;
use crate::policy::Reveal;
use chrono::NaiveDate;

/// Seen with the row.
pub fn row<T>(value: T, _: Reveal) -> T {
    value
}

/// Seen if its category is revealed.
pub fn field<T>(value: Option<T>, reveal: Reveal, category: DataCategory) -> Option<T> {
    value.filter(|_| reveal.reveals(category))
}

/// A date, seen if its category is revealed; by year if the row is not identified.
pub fn date(value: Option<NaiveDate>, reveal: Reveal, category: DataCategory) -> Option<NaiveDate> {
    day(field(value, reveal, category), reveal)
}

/// Seen with the item that it is part of.
pub fn part<T>(value: T, _: Reveal) -> T {
    value
}

/// A date of an item, by year if the row is not identified.
pub fn day<D: Coarsened>(value: D, reveal: Reveal) -> D {
    value.coarsened(reveal)
}

/// A part of an item, seen if the row is identified.
pub fn exact<T>(value: Option<T>, reveal: Reveal) -> Option<T> {
    value.filter(|_| reveal.is_identified())
}

/// A date, or an optional one, by year if the row is not identified.
pub trait Coarsened {
    /// As the row shows it.
    fn coarsened(self, reveal: Reveal) -> Self;
}

impl Coarsened for NaiveDate {
    fn coarsened(self, reveal: Reveal) -> Self {
        reveal.date(self)
    }
}

impl Coarsened for Option<NaiveDate> {
    fn coarsened(self, reveal: Reveal) -> Self {
        self.map(|date| reveal.date(date))
    }
}
