//! What people are counted by, and the tables of counts that agreements let be released.

use super::category::DataCategory;
use super::{Vocabulary, vocabulary};
use std::collections::BTreeSet;
use std::fmt::{Display, Formatter};
use std::str::FromStr;

vocabulary! {
    /// A dimension by which people are counted. A key's value is the code: P-code for places, identifier for programmes, enum value or code else; null where it is unknown, or where a list is empty.
    StatisticsDimension {
        /// Nationality (DEMOGRAPHICS).
        Nationality = "NATIONALITY",
        /// Sex (DEMOGRAPHICS).
        Sex = "SEX",
        /// Age band on the release's day; of the holder's own counts on the request's UTC date (DEMOGRAPHICS).
        AgeBand = "AGE_BAND",
        /// Legal status (LEGAL_STATUS).
        LegalStatus = "LEGAL_STATUS",
        /// Region (DEMOGRAPHICS).
        Region = "REGION",
        /// Exact place (LOCATION).
        Place = "PLACE",
        /// Specific need, by its two-letter category; people with several are counted under each (SPECIFIC_NEEDS).
        SpecificNeed = "SPECIFIC_NEED",
        /// Kind of solution; people with several are counted under each (SOLUTIONS).
        SolutionKind = "SOLUTION_KIND",
        /// Stage of a solution; people with several are counted under each (SOLUTIONS).
        SolutionStage = "SOLUTION_STAGE",
        /// Programme of an enrolment, now or before; people with several are counted under each (ASSISTANCE).
        Programme = "PROGRAMME",
        /// Year of arrival (LEGAL_STATUS).
        ArrivalYear = "ARRIVAL_YEAR",
        /// Kind of an incident; people with several are counted under each (PROTECTION).
        IncidentKind = "INCIDENT_KIND",
    }
}

impl StatisticsDimension {
    /// The category that an agreement must grant for people to be counted by it.
    pub fn category(self) -> DataCategory {
        match self {
            Self::Nationality | Self::Sex | Self::AgeBand | Self::Region => DataCategory::Demographics,
            Self::LegalStatus | Self::ArrivalYear => DataCategory::LegalStatus,
            Self::Place => DataCategory::Location,
            Self::SpecificNeed => DataCategory::SpecificNeeds,
            Self::SolutionKind | Self::SolutionStage => DataCategory::Solutions,
            Self::Programme => DataCategory::Assistance,
            Self::IncidentKind => DataCategory::Protection,
        }
    }

    /// Whether a person may have several values of it.
    pub fn is_list(self) -> bool {
        matches!(
            self,
            Self::SpecificNeed | Self::SolutionKind | Self::SolutionStage | Self::Programme | Self::IncidentKind
        )
    }
}

/// The most dimensions of a table.
pub const MOST_DIMENSIONS: usize = 3;

/// The most tables of an agreement.
pub const MOST_TABLES: usize = 8;

/// The most figures of a release that one person may be in.
pub const MOST_FIGURES: i32 = 8;

/// The most figures of a table that one person may be in.
pub const MOST_VALUES_PER_PERSON: i32 = 3;

/// The fewest months from one release to the next.
pub const LEAST_RELEASE_MONTHS: i32 = 3;

/// The most months from one release to the next.
pub const MOST_RELEASE_MONTHS: i32 = 60;

/// A table that an agreement lets be released: people by the values of its dimensions together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatisticsTable {
    /// What people are counted by, in this order.
    pub dimensions: Vec<StatisticsDimension>,
    /// The most figures of it that one person may be in: 1 if no dimension is a list.
    pub values_per_person: i32,
}

/// Why an agreement's tables cannot stand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTables {
    /// More tables than one may have.
    #[error("there are {0} statistics tables, and at most {MOST_TABLES} may be agreed")]
    TooMany(usize),
    /// A table of too many dimensions, or of none.
    #[error("a statistics table has 1 to {MOST_DIMENSIONS} dimensions, not {}{}", .0.dimensions.len(), named(.0))]
    Dimensions(StatisticsTable),
    /// A dimension is named twice in a table.
    #[error("the statistics table {0} names a dimension twice")]
    Twice(StatisticsTable),
    /// Two tables have the same dimensions.
    #[error("the statistics table {0} is there twice")]
    SameTable(StatisticsTable),
    /// A dimension's category is not granted.
    #[error(
        "the statistics table {0} counts by {1}, which belongs to {2}, a category that the agreement does not grant"
    )]
    NotGranted(StatisticsTable, StatisticsDimension, DataCategory),
    /// How many values of a person are counted makes no sense.
    #[error(
        "of a person, 1 to {MOST_VALUES_PER_PERSON} values are counted in a table of SPECIFIC_NEED, SOLUTION_KIND, \
         SOLUTION_STAGE, PROGRAMME or INCIDENT_KIND, and 1 in another; not {1} in {0}"
    )]
    ValuesPerPerson(StatisticsTable, i32),
    /// One person would be in too many figures.
    #[error(
        "one person could be in {0} figures of a release, and at most {MOST_FIGURES} may be told of anybody: {1}. Leave a table \
         out, or count fewer values of a person in one"
    )]
    TooManyFigures(i32, String),
    /// The months from one release to the next are missing, too few or too many.
    #[error("releases are {LEAST_RELEASE_MONTHS} to {MOST_RELEASE_MONTHS} months apart")]
    ReleaseMonths,
    /// Tables of regions beside tables of places.
    #[error(
        "{0} counts by region and {1} by place: places tell the regions that are withheld. A table by PLACE answers for regions too, \
         with the filter place"
    )]
    RegionsAndPlaces(StatisticsTable, StatisticsTable),
    /// A table is a margin of another.
    #[error("the statistics table {0} is a margin of {1}, which answers for it: leave it out")]
    Margin(StatisticsTable, StatisticsTable),
    /// The months from one release to the next are other than those of another agreement between the same parties for the same purpose.
    #[error("releases to one recipient for one purpose are made on one day: state {1} months, as {0} does")]
    OtherMonths(String, i32),
    /// One person would be in too many figures of all agreements between the same parties for the same purpose.
    #[error(
        "one person could be in {0} figures of releases to this recipient for this purpose, and at most {MOST_FIGURES} may be told of \
         anybody: {1}. Leave tables out of one of them"
    )]
    TooManyFiguresTogether(i32, String),
    /// Releases without tables.
    #[error("it states months between releases, but no statistics tables")]
    NothingToRelease,
    /// An emergency agreement.
    #[error("an emergency agreement has no statistics tables: it shares nothing on the days of releases")]
    Emergency,
}

fn named(table: &StatisticsTable) -> String {
    if table.dimensions.is_empty() { String::new() } else { format!(": {table}") }
}

impl StatisticsTable {
    /// A table that counts as many values of a person as one may.
    pub fn new(dimensions: Vec<StatisticsDimension>) -> Self {
        let is_list = dimensions.iter().any(|dimension| dimension.is_list());
        Self { dimensions, values_per_person: if is_list { MOST_VALUES_PER_PERSON } else { 1 } }
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

    fn check(&self, granted: &BTreeSet<DataCategory>) -> Result<(), InvalidTables> {
        let named: BTreeSet<_> = self.dimensions.iter().collect();
        if !(1..=MOST_DIMENSIONS).contains(&self.dimensions.len()) {
            return Err(InvalidTables::Dimensions(self.clone()));
        }
        if named.len() < self.dimensions.len() {
            return Err(InvalidTables::Twice(self.clone()));
        }
        if let Some(beyond) = self.dimensions.iter().find(|dimension| !granted.contains(&dimension.category())) {
            return Err(InvalidTables::NotGranted(self.clone(), *beyond, beyond.category()));
        }
        let most = if self.is_list() { MOST_VALUES_PER_PERSON } else { 1 };
        match (1..=most).contains(&self.values_per_person) {
            true => Ok(()),
            false => Err(InvalidTables::ValuesPerPerson(self.clone(), self.values_per_person)),
        }
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

/// The tables of an agreement, by its reference.
pub type Named<'a> = (&'a str, &'a [StatisticsTable]);

/// Holds an agreement's tables against those of others between the same parties for the same purpose, beside which it would be in force:
/// whoever reads them all can combine them.
pub fn check_tables_beside(one: Named<'_>, others: &[Named<'_>]) -> Result<(), InvalidTables> {
    let all: Vec<Named<'_>> = others.iter().copied().chain([one]).filter(|(_, tables)| !tables.is_empty()).collect();
    let tables: Vec<&StatisticsTable> = all.iter().flat_map(|(_, tables)| *tables).collect();
    let figures = tables.iter().map(|table| table.values_per_person).sum();
    if figures > MOST_FIGURES && !one.1.is_empty() {
        let of = |(reference, tables): &Named<'_>| format!("{reference} ({})", figures_per_person(tables));
        let named: Vec<String> = all.iter().map(of).collect();
        return Err(InvalidTables::TooManyFiguresTogether(figures, named.join(", ")));
    }
    check_overlaps(&tables)
}

/// Tables must not tell each other's withheld cells.
fn check_overlaps(tables: &[&StatisticsTable]) -> Result<(), InvalidTables> {
    for (at, one) in tables.iter().enumerate() {
        let others = tables.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, other)| other);
        if let Some(whole) = others.into_iter().find(|whole| one.is_margin_of(whole)) {
            return Err(InvalidTables::Margin((*one).clone(), (*whole).clone()));
        }
    }
    check_regions(tables)
}

fn check_regions(tables: &[&StatisticsTable]) -> Result<(), InvalidTables> {
    let by = |dimension| tables.iter().find(|table| table.dimensions.contains(&dimension));
    match (by(StatisticsDimension::Region), by(StatisticsDimension::Place)) {
        (Some(regions), Some(places)) => Err(InvalidTables::RegionsAndPlaces((*regions).clone(), (*places).clone())),
        _ => Ok(()),
    }
}

/// Holds an agreement's tables against the rules for them.
pub fn check_tables(tables: &[StatisticsTable], granted: &BTreeSet<DataCategory>) -> Result<(), InvalidTables> {
    if tables.len() > MOST_TABLES {
        return Err(InvalidTables::TooMany(tables.len()));
    }
    let mut seen: BTreeSet<BTreeSet<StatisticsDimension>> = BTreeSet::new();
    for table in tables {
        table.check(granted)?;
        if !seen.insert(table.dimensions.iter().copied().collect()) {
            return Err(InvalidTables::SameTable(table.clone()));
        }
    }
    let figures = figures_per_person(tables);
    if figures > MOST_FIGURES {
        let mut named: Vec<&StatisticsTable> = tables.iter().collect();
        named.sort_by_key(|table| std::cmp::Reverse(table.values_per_person));
        let named: Vec<String> = named.iter().map(|table| format!("{table} ({})", table.values_per_person)).collect();
        return Err(InvalidTables::TooManyFigures(figures, named.join(", ")));
    }
    check_overlaps(&tables.iter().collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::StatisticsDimension::*;
    use super::*;

    fn check(tables: &[&[StatisticsDimension]]) -> Result<(), InvalidTables> {
        let tables: Vec<_> = tables.iter().map(|dimensions| StatisticsTable::new(dimensions.to_vec())).collect();
        let mut granted: BTreeSet<DataCategory> = DataCategory::ALL.iter().copied().collect();
        granted.remove(&DataCategory::Location);
        check_tables(&tables, &granted)
    }

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

    #[test]
    fn tables_are_refused_with_what_is_wrong_with_them() {
        let eight = [
            &[Sex, AgeBand][..],
            &[Sex, Region],
            &[Sex, LegalStatus],
            &[Sex, Nationality],
            &[AgeBand, Region],
            &[AgeBand, LegalStatus],
            &[AgeBand, Nationality],
            &[ArrivalYear],
        ];
        check(&eight).unwrap();
        let refused = [
            (check(&[&eight[..], &[&[Region, Nationality][..]]].concat()), "there are 9 statistics tables"),
            (check(&[&[]]), "1 to 3 dimensions, not 0"),
            (check(&[&[Sex, AgeBand, Region, LegalStatus]]), "not 4: SEX × AGE_BAND × REGION × LEGAL_STATUS"),
            (check(&[&[Sex, Sex]]), "names a dimension twice"),
            (check(&[&[Sex, Region], &[Region, Sex]]), "REGION × SEX is there twice"),
            (check(&[&[Sex], &[Region, Sex]]), "SEX is a margin of REGION × SEX"),
            (check(&[&[SpecificNeed, Sex], &[SpecificNeed]]), "SPECIFIC_NEED is a margin of SPECIFIC_NEED × SEX"),
            (check(&[&[Sex, Place]]), "PLACE, which belongs to LOCATION"),
            (
                check(&[&[Sex], &[SpecificNeed], &[Programme], &[IncidentKind, Sex]]),
                "in 10 figures of a release, and at most 8 may be told of anybody: SPECIFIC_NEED (3), PROGRAMME (3), INCIDENT_KIND × SEX (3)",
            ),
        ];
        for (refused, reason) in refused {
            assert!(refused.clone().unwrap_err().to_string().contains(reason), "{refused:?}");
        }
        let most = |values_per_person| StatisticsTable { dimensions: vec![Sex], values_per_person };
        let granted = BTreeSet::from([DataCategory::Demographics]);
        assert!(check_tables(&[most(1)], &granted).is_ok());
        for wrong in [0, 2] {
            assert!(matches!(check_tables(&[most(wrong)], &granted), Err(InvalidTables::ValuesPerPerson(..))));
        }
    }
}
