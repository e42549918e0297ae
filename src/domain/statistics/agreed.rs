//! Which tables may be agreed.

use super::table::{MAX_DIMENSIONS, MAX_VALUES_PER_PERSON};
use super::{StatisticsDimension, StatisticsTable, figures_per_person};
use crate::domain::category::DataCategory;
use std::collections::BTreeSet;

/// The most tables of an agreement.
pub const MAX_TABLES: usize = 8;

/// The most figures of a release that one person may be in.
pub const MAX_FIGURES: i32 = 8;

/// The fewest months from one release to the next.
pub const MIN_RELEASE_MONTHS: i32 = 3;

/// The most months from one release to the next.
pub const MAX_RELEASE_MONTHS: i32 = 60;

/// Why an agreement's tables cannot stand.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTables {
    /// More tables than one may have.
    #[error("there are {0} statistics tables, and at most {MAX_TABLES} may be agreed")]
    TooMany(usize),
    /// A table of too many dimensions, or of none.
    #[error("a statistics table has 1 to {MAX_DIMENSIONS} dimensions, not {}{}", .0.dimensions.len(), named(.0))]
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
        "of a person, 1 to {MAX_VALUES_PER_PERSON} values are counted in a table of SPECIFIC_NEED, SOLUTION_KIND, \
         SOLUTION_STAGE, PROGRAMME or INCIDENT_KIND, and 1 in another; not {1} in {0}"
    )]
    ValuesPerPerson(StatisticsTable, i32),
    /// One person would be in too many figures.
    #[error(
        "one person could be in {0} figures of a release, and at most {MAX_FIGURES} may be told of anybody: {1}. Leave a table \
         out, or count fewer values of a person in one"
    )]
    TooManyFigures(i32, String),
    /// The months from one release to the next are missing, too few or too many.
    #[error("releases are {MIN_RELEASE_MONTHS} to {MAX_RELEASE_MONTHS} months apart")]
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
        "one person could be in {0} figures of releases to this recipient for this purpose, and at most {MAX_FIGURES} may be told of \
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

/// The tables of an agreement, by its reference.
pub type Named<'a> = (&'a str, &'a [StatisticsTable]);

/// Holds an agreement's tables against those of others between the same parties for the same purpose, beside which it would be in force:
/// whoever reads them all can combine them.
///
/// # Errors
/// If all together tell too many figures of a person, or a table tells what another withholds.
pub fn check_tables_beside(one: Named<'_>, others: &[Named<'_>]) -> Result<(), InvalidTables> {
    let all: Vec<Named<'_>> = others.iter().copied().chain([one]).filter(|(_, tables)| !tables.is_empty()).collect();
    let tables: Vec<&StatisticsTable> = all.iter().flat_map(|(_, tables)| *tables).collect();
    let figures = tables.iter().map(|table| table.values_per_person).sum();
    if figures > MAX_FIGURES && !one.1.is_empty() {
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
///
/// # Errors
/// If the tables break a rule, with the first that they break.
pub fn check_tables(tables: &[StatisticsTable], granted: &BTreeSet<DataCategory>) -> Result<(), InvalidTables> {
    if tables.len() > MAX_TABLES {
        return Err(InvalidTables::TooMany(tables.len()));
    }
    let mut seen: BTreeSet<BTreeSet<StatisticsDimension>> = BTreeSet::new();
    for table in tables {
        check_table(table, granted)?;
        if !seen.insert(table.dimensions.iter().copied().collect()) {
            return Err(InvalidTables::SameTable(table.clone()));
        }
    }
    let figures = figures_per_person(tables);
    if figures > MAX_FIGURES {
        let mut named: Vec<&StatisticsTable> = tables.iter().collect();
        named.sort_by_key(|table| std::cmp::Reverse(table.values_per_person));
        let named: Vec<String> = named.iter().map(|table| format!("{table} ({})", table.values_per_person)).collect();
        return Err(InvalidTables::TooManyFigures(figures, named.join(", ")));
    }
    check_overlaps(&tables.iter().collect::<Vec<_>>())
}

fn check_table(table: &StatisticsTable, granted: &BTreeSet<DataCategory>) -> Result<(), InvalidTables> {
    let named: BTreeSet<_> = table.dimensions.iter().collect();
    if !(1..=MAX_DIMENSIONS).contains(&table.dimensions.len()) {
        return Err(InvalidTables::Dimensions(table.clone()));
    }
    if named.len() < table.dimensions.len() {
        return Err(InvalidTables::Twice(table.clone()));
    }
    if let Some(beyond) = table.dimensions.iter().find(|dimension| !granted.contains(&dimension.category())) {
        return Err(InvalidTables::NotGranted(table.clone(), *beyond, beyond.category()));
    }
    let most = if table.is_list() { MAX_VALUES_PER_PERSON } else { 1 };
    match (1..=most).contains(&table.values_per_person) {
        true => Ok(()),
        false => Err(InvalidTables::ValuesPerPerson(table.clone(), table.values_per_person)),
    }
}

#[cfg(test)]
mod tests {
    use super::StatisticsDimension::*;
    use super::*;
    use crate::domain::Vocabulary;

    fn check(tables: &[&[StatisticsDimension]]) -> Result<(), InvalidTables> {
        let tables: Vec<_> = tables.iter().map(|dimensions| StatisticsTable::new(dimensions.to_vec())).collect();
        let mut granted: BTreeSet<DataCategory> = DataCategory::ALL.iter().copied().collect();
        granted.remove(&DataCategory::Location);
        check_tables(&tables, &granted)
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
