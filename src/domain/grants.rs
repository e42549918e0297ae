//! What an agreement grants, and what a person was told of it: categories of data, at a level.

use super::category::DataCategory;
use super::{Vocabulary, vocabulary};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

vocabulary! {
    /// How much of a person an agreement shows.
    Level {
        /// Protected counts only.
        Statistics = "STATISTICS",
        /// Rows without identity, contact and exact place; dates by year.
        Pseudonymised = "PSEUDONYMISED",
        /// Rows with all granted categories.
        Identified = "IDENTIFIED",
    }
}

/// Categories at a level, in bits, as the databases keep and compare them: from 1 for `DEMOGRAPHICS` to 512 for `PROTECTION`,
/// 65,536 above level `STATISTICS` and 131,072 at level `IDENTIFIED`. So what two of them grant both is their conjunction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grants(i64);

const ROWS: i64 = 1 << 16;
const IDENTIFIED: i64 = 1 << 17;

impl Grants {
    /// Categories at a level.
    pub fn new(categories: &BTreeSet<DataCategory>, level: Level) -> Self {
        let level = match level {
            Level::Statistics => 0,
            Level::Pseudonymised => ROWS,
            Level::Identified => ROWS | IDENTIFIED,
        };
        Self(categories.iter().fold(level, |bits, category| bits | bit(*category)))
    }

    /// Categories alone.
    pub fn of(categories: &BTreeSet<DataCategory>) -> Self {
        Self::new(categories, Level::Statistics)
    }

    /// Every category at level `IDENTIFIED`: what a holder has of its own records.
    pub fn everything() -> Self {
        Self::new(&DataCategory::ALL.iter().copied().collect(), Level::Identified)
    }

    /// Grants as a database keeps them.
    pub fn from_bits(bits: i64) -> Self {
        Self(bits)
    }

    /// The bits.
    pub fn bits(self) -> i64 {
        self.0
    }

    /// The categories.
    pub fn categories(self) -> BTreeSet<DataCategory> {
        DataCategory::ALL.iter().copied().filter(|category| self.0 & bit(*category) != 0).collect()
    }

    /// The level.
    pub fn level(self) -> Level {
        match (self.0 & ROWS != 0, self.0 & IDENTIFIED != 0) {
            (_, true) => Level::Identified,
            (true, false) => Level::Pseudonymised,
            (false, false) => Level::Statistics,
        }
    }

    /// What both grant.
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether nothing here goes beyond `other`.
    pub fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

fn bit(category: DataCategory) -> i64 {
    1 << (category as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bits_are_those_that_migrations_name() {
        let of = |category| Grants::new(&BTreeSet::from([category]), Level::Statistics).bits();
        let named = [("DEMOGRAPHICS", 1), ("IDENTITY", 2), ("CONTACT", 4), ("LOCATION", 8), ("LEGAL_STATUS", 16)];
        let others =
            [("SPECIFIC_NEEDS", 32), ("FAMILY", 64), ("SOLUTIONS", 128), ("ASSISTANCE", 256), ("PROTECTION", 512)];
        for (code, bits) in named.into_iter().chain(others) {
            assert_eq!(of(code.parse().unwrap()), bits, "{code}");
        }
        assert_eq!(Grants::everything().bits(), 197_631);
        for level in Level::ALL {
            assert_eq!(Grants::new(&BTreeSet::new(), *level).level(), *level);
        }
        assert_eq!(Grants::everything().categories(), DataCategory::ALL.iter().copied().collect());
    }

    #[test]
    fn a_level_or_a_category_more_goes_beyond() {
        let (one, two) = ([DataCategory::Identity].into(), [DataCategory::Identity, DataCategory::Family].into());
        let narrow = Grants::new(&one, Level::Pseudonymised);
        assert!(narrow.is_within(Grants::new(&two, Level::Identified)));
        assert!(!Grants::new(&two, Level::Pseudonymised).is_within(narrow));
        assert!(!Grants::new(&one, Level::Identified).is_within(narrow));
        assert_eq!(Grants::new(&two, Level::Identified).and(narrow), narrow);
    }
}
