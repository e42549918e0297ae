//! Tables of counts.

use super::StatisticsDimension;
use crate::domain::Vocabulary;
use crate::domain::category::DataCategory;
use std::collections::BTreeSet;
use std::fmt::{Display, Formatter};
use std::str::FromStr;

/// The most dimensions of a table.
pub const MAX_DIMENSIONS: usize = 3;

/// The most figures of a table that one person may be in.
pub const MAX_VALUES_PER_PERSON: i32 = 3;

/// A table that an agreement lets be released: people by the values of its dimensions together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatisticsTable {
    /// What people are counted by, in this order.
    pub dimensions: Vec<StatisticsDimension>,
    /// The most figures of it that one person may be in: 1 if no dimension is a list.
    pub values_per_person: i32,
}

impl StatisticsTable {
    /// A table that counts as many values of a person as one may.
    pub fn new(dimensions: Vec<StatisticsDimension>) -> Self {
        let is_list = dimensions.iter().any(|dimension| dimension.is_list());
        Self { dimensions, values_per_person: if is_list { MAX_VALUES_PER_PERSON } else { 1 } }
    }

    /// Whether a person may be in several of its cells.
    pub fn is_list(&self) -> bool {
        self.dimensions.iter().any(|dimension| dimension.is_list())
    }

    /// Whether another answers for it too. Over a dimension of which a person has several values there is no margin.
    pub fn is_margin_of(&self, whole: &Self) -> bool {
        let has = |table: &Self, dimension: &StatisticsDimension| table.dimensions.contains(dimension);
        self.dimensions.iter().all(|dimension| has(whole, dimension))
            && whole.dimensions.iter().all(|dimension| !dimension.is_list() || has(self, dimension))
    }

    /// The categories that it counts by.
    pub fn categories(&self) -> BTreeSet<DataCategory> {
        self.dimensions.iter().map(|dimension| dimension.category()).collect()
    }
}

/// What is not a table in text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected dimensions joined by *, such as NATIONALITY*SEX, and after a colon how many values of a person are counted, such as \
     REGION*PROGRAMME:2; the dimensions are {}", StatisticsDimension::ALL.iter().map(|one| one.code()).collect::<Vec<_>>().join(", ")
)]
pub struct NotATable;

impl FromStr for StatisticsTable {
    type Err = NotATable;

    fn from_str(text: &str) -> Result<Self, NotATable> {
        let (names, values) = text.split_once(':').map_or((text, None), |(names, values)| (names, Some(values)));
        let dimensions: Result<Vec<_>, _> =
            names.split(['*', '×']).map(|name| StatisticsDimension::parse(name.trim())).collect();
        let mut table = Self::new(dimensions.map_err(|_| NotATable)?);
        if let Some(values) = values {
            table.values_per_person = values.trim().parse().map_err(|_| NotATable)?;
        }
        Ok(table)
    }
}

impl Display for StatisticsTable {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let names: Vec<String> = self.dimensions.iter().map(ToString::to_string).collect();
        f.write_str(&names.join(" × "))
    }
}

/// In how many figures of a release of these tables one person may be.
pub fn figures_per_person(tables: &[StatisticsTable]) -> i32 {
    tables.iter().map(|table| table.values_per_person).sum()
}

#[cfg(test)]
mod tests {
    use super::StatisticsDimension::*;
    use super::*;

    #[test]
    fn tables_are_read_from_text() {
        let table = |text: &str| text.parse::<StatisticsTable>();
        assert_eq!(table("NATIONALITY*SEX").unwrap(), StatisticsTable::new(vec![Nationality, Sex]));
        let two = StatisticsTable { dimensions: vec![Region, Programme], values_per_person: 2 };
        assert_eq!(table("REGION * PROGRAMME: 2").unwrap(), two);
        assert_eq!(table(&format!("{two}:2")).unwrap(), two);
        for wrong in ["", "AGE", "SEX*", "SEX:many"] {
            assert_eq!(table(wrong), Err(NotATable), "{wrong}");
        }
    }
}
