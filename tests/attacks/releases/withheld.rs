//! No withheld cell can be told more closely than the threshold.

use super::campaign::{Campaign, READERS, ReadTable};
use super::intervals::{Seen, interval};
use super::truth::{Cell, Value};
use panoh::domain::Id;
use panoh::domain::Vocabulary;
use panoh::domain::statistics::{StatisticsDimension, StatisticsTable};
use panoh::policy::filter::Filter;
use panoh::policy::statistics::question::{Question, closed_vocabulary};
use panoh::policy::statistics::{Counting, MIN_MINIMUM, Noise, Person, Published};
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

/// How many withheld cells of a table are told at most, by chance: all are alike to whoever reads it but for their margins.
const TOLD: usize = 4;

/// A table as attackers see it.
fn seen(dimensions: &[StatisticsDimension], cells: Vec<(Cell, Option<i64>)>, rest: Option<i64>) -> Seen {
    let all_are_listed = |at: usize, dimension: &StatisticsDimension| {
        !closed_vocabulary(*dimension).is_empty() && cells.iter().any(|(cell, _)| cell[at].is_none())
    };
    let unlisted = !dimensions.iter().enumerate().all(|(at, dimension)| all_are_listed(at, dimension));
    Seen { dimensions: dimensions.to_vec(), cells, rest, unlisted }
}

/// The narrowest interval of withheld cells of a release, of how many cells there is one, and how many were tried.
fn narrowest(release: &[Seen], minimum: i64, rng: &mut ChaCha8Rng) -> (f64, usize, usize) {
    let (mut narrow, mut found, mut tried) = (f64::INFINITY, 0, 0);
    for (table, seen) in release.iter().enumerate() {
        for cell in seen.withheld().sample(rng, TOLD) {
            tried += 1;
            if let Some((least, most)) = interval(release, (table, *cell), minimum) {
                found += 1;
                narrow = narrow.min(most - least);
            }
        }
    }
    (narrow, found, tried)
}

/// The same if attackers know from elsewhere that nobody is in a cell that is not listed.
fn all_listed(release: &mut [Seen]) {
    for table in release {
        table.unlisted = false;
    }
}

/// No withheld cell of any release of a campaign, of any recipient.
pub fn hold(campaign: &Campaign) {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let (mut narrow, mut narrow_if_listed, mut cells) = (f64::INFINITY, f64::INFINITY, 0);
    for release in &campaign.releases {
        for (reader, read) in READERS.iter().zip(release) {
            let one = |table: &ReadTable| {
                let dimensions: Vec<_> =
                    table.dimensions.iter().map(|name| StatisticsDimension::parse(name).unwrap()).collect();
                seen(&dimensions, table.cells.iter().map(|(cell, count)| (cell.clone(), *count)).collect(), table.rest)
            };
            let mut release: Vec<Seen> = read.iter().map(one).collect();
            let (width, found, tried) = narrowest(&release, MIN_MINIMUM, &mut rng);
            assert_eq!(found, tried, "the truth is a solution");
            all_listed(&mut release);
            let if_listed = narrowest(&release, MIN_MINIMUM, &mut rng).0;
            let least = MIN_MINIMUM as f64;
            assert!(width.min(if_listed) >= least, "{} {}: {width}, {if_listed}", reader.agency, reader.purpose);
            narrow_if_listed = narrow_if_listed.min(if_listed);
            (narrow, cells) = (narrow.min(width), cells + found);
        }
    }
    println!(
        "{cells} withheld cells: the narrowest interval is {narrow:.1}; {narrow_if_listed:.1} for whoever takes it that nobody is in a cell \
         that is not listed"
    );
    assert!(cells > 0);
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

/// Of 200 random caseloads with random agreed tables and minimums, no withheld cell is told more closely than the minimum; up to a minimum
/// of 11 not even to somebody who takes it that nobody is in a cell that is not listed.
#[test]
fn no_withheld_cell_is_told_more_closely_than_the_threshold() {
    let mut rng = ChaCha8Rng::seed_from_u64(200);
    let (mut narrow, mut narrow_if_listed) = (f64::INFINITY, [f64::INFINITY; 2]);
    let (mut cells_told, mut findings) = (0, Vec::new());
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
            let table = StatisticsTable::new(dimensions.clone());
            let others = agreed.iter().cloned().map(StatisticsTable::new);
            if !others.into_iter().any(|other| table.is_margin_of(&other) || other.is_margin_of(&table)) {
                agreed.insert(dimensions);
            }
        }
        let mut counting: Vec<Counting> =
            agreed.iter().map(|dimensions| Counting::new(StatisticsTable::new(dimensions.clone()))).collect();
        for _ in 0..rng.random_range(10..800) {
            let id = Id::new(rng.random_range(1..i64::MAX));
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
            let cells = shown.cells().iter().map(|cell| (cell.key().clone(), cell.count())).collect();
            release.push(seen(dimensions, cells, shown.rest().and_then(|rest| rest.count())));
        }
        let (width, found, tried) = narrowest(&release, minimum, &mut rng);
        assert_eq!(found, tried, "the truth is a solution");
        all_listed(&mut release);
        let if_listed = narrowest(&release, minimum, &mut rng).0;
        let told = width.min(if minimum <= 11 { if_listed } else { f64::INFINITY });
        if told < minimum as f64 {
            findings.push(format!("caseload {caseload}: {told:.1} for a minimum of {minimum}, {agreed:?}"));
        }
        let by = if minimum <= 11 { 0 } else { 1 };
        narrow_if_listed[by] = narrow_if_listed[by].min(if_listed / minimum as f64);
        (narrow, cells_told) = (narrow.min(width / minimum as f64), cells_told + found);
    }
    let [to_11, beyond] = narrow_if_listed;
    println!(
        "{cells_told} withheld cells of random caseloads: the narrowest interval is {narrow:.2} of the minimum; for whoever takes it that \
         nobody is in a cell that is not listed {to_11:.2}, and {beyond:.2} if the minimum is above 11"
    );
    assert_eq!(findings, [""; 0]);
}
