//! What one row shows to one viewer.

use crate::domain::agreement::Agreement;
use crate::domain::category::DataCategory;
use crate::domain::grants::Level;
use crate::domain::{Vocabulary, vocabulary};
use chrono::{Datelike, NaiveDate};
use std::collections::BTreeSet;

/// What is revealed of a row, as a bit mask: the databases compute it as the union over the agreements that cover the row.
///
/// For each category one bit says that it is revealed and one that a covering agreement grants it at whatever level;
/// one bit says that an agreement of level `IDENTIFIED` covers the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Reveal(i64);

const GRANTED_SHIFT: u32 = 16;
const IDENTIFIED: i64 = 1 << 32;

vocabulary! {
    /// Why a category of fields is not shown.
    RedactionReason {
        /// An agreement that covers the person grants the category, but not at its level.
        Level = "LEVEL",
        /// The category is not shared.
        NotShared = "NOT_SHARED",
    }
}

/// A category of a row that is not shown, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Redaction {
    /// The category.
    pub category: DataCategory,
    /// The reason, which tells nothing about the person.
    pub reason: RedactionReason,
}

impl Reveal {
    /// Everything, exactly: the holder's own view.
    pub fn everything() -> Self {
        Self::granting(&DataCategory::ALL.iter().copied().collect(), Level::Identified)
    }

    /// What an agreement reveals of the rows that it covers. Level `STATISTICS` reveals nothing.
    pub fn by(agreement: &Agreement) -> Self {
        Self::granting(&agreement.categories, agreement.level)
    }

    /// Demographics alone, exactly: what is kept when a person is anonymised.
    pub fn demographics() -> Self {
        Self::granting(&BTreeSet::from([DataCategory::Demographics]), Level::Identified)
    }

    /// What is revealed of a case that was found through a visible member who reveals the family.
    pub fn family() -> Self {
        Self(revealed_bit(DataCategory::Family))
    }

    /// A mask as a database computed it.
    pub fn from_mask(mask: i64) -> Self {
        Self(mask)
    }

    /// The mask, to compute with in a database.
    pub fn mask(self) -> i64 {
        self.0
    }

    /// What two agreements that cover the same row reveal together.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the category's fields are shown.
    pub fn reveals(self, category: DataCategory) -> bool {
        self.0 & revealed_bit(category) != 0
    }

    /// Whether dates are exact: an agreement of level `IDENTIFIED` covers the row, or it is the holder's own.
    pub fn is_identified(self) -> bool {
        self.0 & IDENTIFIED != 0
    }

    /// A date as the row shows it: exact, or 1 January of its year.
    pub fn date(self, date: NaiveDate) -> NaiveDate {
        if self.is_identified() { date } else { coarse(date) }
    }

    /// The categories that are not shown, with reasons.
    pub fn redactions(self) -> Vec<Redaction> {
        let hidden = DataCategory::ALL.iter().copied().filter(|category| !self.reveals(*category));
        let reason = |category| match self.0 & (revealed_bit(category) << GRANTED_SHIFT) {
            0 => RedactionReason::NotShared,
            _ => RedactionReason::Level,
        };
        hidden.map(|category| Redaction { category, reason: reason(category) }).collect()
    }

    fn granting(categories: &BTreeSet<DataCategory>, level: Level) -> Self {
        if level == Level::Statistics {
            return Self::default();
        }
        let granted = categories.iter().map(|category| {
            let revealed = level == Level::Identified || !category.identifies();
            let bit = revealed_bit(*category);
            bit << GRANTED_SHIFT | if revealed { bit } else { 0 }
        });
        let level_bit = if level == Level::Identified { IDENTIFIED } else { 0 };
        Self(granted.fold(level_bit, |mask, bits| mask | bits))
    }
}

/// A date given by its year only: 1 January.
pub fn coarse(date: NaiveDate) -> NaiveDate {
    NaiveDate::from_ymd_opt(date.year(), 1, 1).expect("1 January exists in every year")
}

fn revealed_bit(category: DataCategory) -> i64 {
    1 << (category as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pseudonymised_grants_hide_identifying_categories_with_a_reason() {
        let categories = [DataCategory::Demographics, DataCategory::Identity].into();
        let reveal = Reveal::granting(&categories, Level::Pseudonymised);
        assert!(reveal.reveals(DataCategory::Demographics));
        assert!(!reveal.reveals(DataCategory::Identity));
        assert!(!reveal.is_identified());
        let redactions = reveal.redactions();
        let reason = |category| redactions.iter().find(|redaction| redaction.category == category).unwrap().reason;
        assert_eq!(reason(DataCategory::Identity), RedactionReason::Level);
        assert_eq!(reason(DataCategory::Contact), RedactionReason::NotShared);
        assert_eq!(redactions.len(), 9);
    }

    #[test]
    fn the_holder_sees_everything_and_statistics_nothing() {
        assert_eq!(Reveal::everything().redactions(), []);
        let all = DataCategory::ALL.iter().copied().collect();
        assert_eq!(Reveal::granting(&all, Level::Statistics), Reveal::default());
    }
}
