//! No withheld cell can be told more closely than the threshold.

use super::campaign::{Campaign, READERS, ReadTable};
use super::intervals::{Bounds, interval};
use super::truth::{Cell, Value};
use panoh::domain::Vocabulary;
use panoh::domain::statistics::{StatisticsDimension, StatisticsTable};
use panoh::policy::filter::Filter;
use panoh::policy::statistics::question::{Question, closed_vocabulary};
use panoh::policy::statistics::{Counting, LEAST_MINIMUM, Noise, Person, Published};
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

/// A table as attackers see it.
fn bounds<'c>(
    dimensions: &[StatisticsDimension],
    cells: impl Iterator<Item = (&'c Cell, Option<i64>)>,
    rest: Option<i64>,
) -> Bounds {
    let cells: Vec<(&Cell, Option<i64>)> = cells.collect();
    let all_are_listed = |at: usize, dimension: &StatisticsDimension| {
        !closed_vocabulary(*dimension).is_empty() && cells.iter().any(|(cell, _)| cell[at].is_none())
    };
    Bounds {
        adds_up: !dimensions.iter().any(|dimension| dimension.is_list()),
        shown: cells.iter().filter_map(|(_, count)| *count).collect(),
        withheld: cells.iter().filter(|(_, count)| count.is_none()).count(),
        rest,
        unlisted: !dimensions.iter().enumerate().all(|(at, dimension)| all_are_listed(at, dimension)),
    }
}

/// The narrowest interval of the withheld cells of a release, of how many tables with such cells there is one, and how many have them.
fn narrowest(release: &[Bounds], minimum: i64) -> (f64, usize, usize) {
    let with_withheld = (0..release.len()).filter(|table| release[*table].withheld > 0);
    let intervals: Vec<Option<(f64, f64)>> = with_withheld.map(|table| interval(release, table, minimum)).collect();
    let widths: Vec<f64> = intervals.iter().flatten().map(|(least, most)| most - least).collect();
    (widths.iter().copied().fold(f64::INFINITY, f64::min), widths.len(), intervals.len())
}

/// The same if attackers know from elsewhere that nobody is in a cell that is not listed.
fn all_listed(release: &mut [Bounds]) {
    for table in release {
        table.unlisted = false;
    }
}

/// No withheld cell of any release of a campaign, of any recipient.
pub fn hold(campaign: &Campaign) {
    let (mut narrow, mut narrow_if_listed, mut tables) = (f64::INFINITY, f64::INFINITY, 0);
    for release in &campaign.releases {
        for (reader, read) in READERS.iter().zip(release) {
            let one = |table: &ReadTable| {
                let dimensions: Vec<_> =
                    table.dimensions.iter().map(|name| StatisticsDimension::parse(name).unwrap()).collect();
                bounds(&dimensions, table.cells.iter().map(|(cell, count)| (cell, *count)), table.rest)
            };
            let mut release: Vec<Bounds> = read.iter().map(one).collect();
            let (width, found, all) = narrowest(&release, LEAST_MINIMUM);
            assert_eq!(found, all, "the truth is a solution");
            assert!(width >= LEAST_MINIMUM as f64, "{} {}: an interval of {width}", reader.agency, reader.purpose);
            all_listed(&mut release);
            narrow_if_listed = narrow_if_listed.min(narrowest(&release, LEAST_MINIMUM).0);
            (narrow, tables) = (narrow.min(width), tables + found);
        }
    }
    println!(
        "withheld cells of {tables} tables: the narrowest interval is {narrow:.1}; {narrow_if_listed:.1} for whoever knows that nobody \
         is in a cell that is not listed"
    );
    assert!(tables > 0);
}

const DIMENSIONS: [StatisticsDimension; 8] = [
    StatisticsDimension::Sex,
    StatisticsDimension::AgeBand,
    StatisticsDimension::LegalStatus,
    StatisticsDimension::Nationality,
    StatisticsDimension::Region,
    StatisticsDimension::ArrivalYear,
    StatisticsDimension::SpecificNeed,
    StatisticsDimension::SolutionKind,
];

/// Values of which the first are much more frequent, and some unknown; several of a list.
fn values(dimension: StatisticsDimension, unknown: f64, rng: &mut ChaCha8Rng) -> Vec<Value> {
    let codes = closed_vocabulary(dimension);
    let open = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let codes: &[&str] = if codes.is_empty() { &open } else { &codes };
    let many = if dimension.is_list() { rng.random_range(1..4) } else { 1 };
    let one = |rng: &mut ChaCha8Rng| {
        let at = rng.random_range(0.0..1.0_f64).powi(3) * codes.len() as f64;
        (!rng.random_bool(unknown)).then(|| codes[at as usize].to_owned())
    };
    (0..many).map(|_| one(rng)).collect()
}

/// Of 200 random caseloads with random agreed tables and minimums, no withheld cell is told more closely than the minimum.
#[test]
fn no_withheld_cell_is_told_more_closely_than_the_threshold() {
    let mut rng = ChaCha8Rng::seed_from_u64(200);
    let (mut narrow, mut narrow_if_listed, mut tables, mut findings) = (f64::INFINITY, f64::INFINITY, 0, Vec::new());
    for caseload in 0..200 {
        let minimum = *[5, 10, 20].choose(&mut rng).unwrap();
        let noise = Noise::of(rng.random());
        let unknown = *[0.0, 0.02, 0.2].choose(&mut rng).unwrap();
        let mut agreed: BTreeSet<Vec<StatisticsDimension>> = BTreeSet::new();
        for _ in 0..rng.random_range(1..6) {
            let mut dimensions = DIMENSIONS.to_vec();
            dimensions.shuffle(&mut rng);
            dimensions.truncate(rng.random_range(1..4));
            dimensions.sort();
            agreed.insert(dimensions);
        }
        let mut counting: Vec<Counting> =
            agreed.iter().map(|dimensions| Counting::new(StatisticsTable::new(dimensions.clone()))).collect();
        for _ in 0..rng.random_range(10..800) {
            let id = rng.random_range(1..i64::MAX);
            let person: Vec<(StatisticsDimension, Vec<Value>)> =
                DIMENSIONS.iter().map(|dimension| (*dimension, values(*dimension, unknown, &mut rng))).collect();
            for (dimensions, counting) in agreed.iter().zip(&mut counting) {
                let with = |cells: Vec<Cell>, dimension: &StatisticsDimension| {
                    let (_, values) = person.iter().find(|(one, _)| one == dimension).unwrap();
                    let one = |cell: &Cell| {
                        values.iter().map(|value| [cell.clone(), vec![value.clone()]].concat()).collect::<Vec<_>>()
                    };
                    cells.iter().flat_map(one).collect()
                };
                let cells = dimensions.iter().fold(vec![Cell::new()], with).into_iter().collect();
                counting.add(&Person { id, cells }, &noise);
            }
        }
        let mut release = Vec::new();
        for (dimensions, counting) in agreed.iter().zip(counting) {
            let (table, _) = counting.finish(minimum, &noise);
            let question = Question::new(dimensions, &Filter::everybody()).unwrap();
            let shown = Published::released(&question, &table, |_, _| true).unwrap();
            let cells = shown.cells().iter().map(|cell| (cell.key(), cell.count()));
            release.push(bounds(dimensions, cells, shown.rest().and_then(|rest| rest.count())));
        }
        let (width, found, all) = narrowest(&release, minimum);
        assert_eq!(found, all, "the truth is a solution");
        if width < minimum as f64 {
            findings.push(format!("caseload {caseload}: {width:.1} for a minimum of {minimum}, {agreed:?}"));
        }
        all_listed(&mut release);
        narrow_if_listed = narrow_if_listed.min(narrowest(&release, minimum).0 / minimum as f64);
        (narrow, tables) = (narrow.min(width / minimum as f64), tables + found);
    }
    println!(
        "withheld cells of {tables} random tables: the narrowest interval is {narrow:.2} of the minimum; {narrow_if_listed:.2} for \
         whoever knows that nobody is in a cell that is not listed"
    );
    assert_eq!(findings, [""; 0]);
}
