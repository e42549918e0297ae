//! The attacker: for everybody who is known to have changed, the values that explain best how the numbers moved.

use super::campaign::{Campaign, READERS, ReadTable, UNDP};
use super::changes::Change;
use super::truth::{Cell, Value};
use std::collections::BTreeMap;

/// Twice the variance of one shown number, on average.
const VARIANCE: f64 = 33.0;

/// How often each value of a dimension is there, the most frequent first. Attackers know it.
pub type Rates = BTreeMap<&'static str, Vec<(Value, f64)>>;

/// How an attacker weighs that a number moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// As the documented noise has it: by how much.
    ByHowMuch,
    /// As if unchanged people were always shown by the same number: by whether it moved at all.
    Whether,
    /// As if numbers were exact, and nobody else had changed.
    Exactly,
}

/// What an attacker reads: the recipients whose numbers are added, and those whose numbers are held against them.
pub struct Reading {
    pub of: &'static [usize],
    pub against: &'static [usize],
}

impl Reading {
    /// In how many of the figures that are read a person is counted by a dimension.
    pub fn figures(&self, dimension: &str) -> i32 {
        let tables = tables(self).into_iter().filter(|table| table.contains(&dimension)).count();
        (tables * (self.of.len() + self.against.len())) as i32
    }
}

/// By how much the cells of a table moved, if that can be seen.
struct Moved {
    dimensions: &'static [&'static str],
    cells: BTreeMap<Cell, f64>,
    variance: f64,
}

/// What a person may be, by the dimensions of a table: how likely it is without the release, and which cells it would have moved.
struct Guess {
    values: BTreeMap<&'static str, Value>,
    likely: f64,
    moves: Vec<(Cell, f64)>,
}

/// How many values were guessed, how many of them right, and how many would have been by the most frequent value.
#[derive(Debug, Clone, Copy, Default)]
pub struct Score {
    pub guessed: usize,
    pub right: usize,
    pub by_rates: usize,
}

impl Score {
    pub fn add(&mut self, other: Self) {
        self.guessed += other.guessed;
        self.right += other.right;
        self.by_rates += other.by_rates;
    }

    /// The standard error of the share of those that were right.
    pub fn standard_error(self) -> f64 {
        let (right, _) = self.shares();
        (right * (1.0 - right) / self.guessed as f64).sqrt()
    }

    /// The shares of those that were right, and would have been.
    pub fn shares(self) -> (f64, f64) {
        (self.right as f64 / self.guessed as f64, self.by_rates as f64 / self.guessed as f64)
    }
}

/// The base rates, from everybody as of the first release.
pub fn rates(campaign: &Campaign) -> Rates {
    let mut counts: BTreeMap<&'static str, BTreeMap<Value, f64>> = BTreeMap::new();
    for profile in campaign.truths[0].people.values() {
        for (dimension, values) in profile {
            for value in values {
                *counts.entry(dimension).or_default().entry(value.clone()).or_default() += 1.0 / values.len() as f64;
            }
        }
    }
    let people = campaign.truths[0].people.len() as f64;
    let shares = |(dimension, counts): (&'static str, BTreeMap<Value, f64>)| {
        let mut shares: Vec<(Value, f64)> = counts.into_iter().map(|(value, count)| (value, count / people)).collect();
        shares.sort_by(|one, other| other.1.total_cmp(&one.1));
        (dimension, shares)
    };
    counts.into_iter().map(shares).collect()
}

/// Guesses values of everybody who is known to have changed, and holds them against the truth.
pub fn attack(
    campaign: &Campaign,
    reading: &Reading,
    method: Method,
    wanted: &[&'static str],
) -> BTreeMap<&'static str, Score> {
    let rates = rates(campaign);
    let mut scores: BTreeMap<&'static str, Score> = BTreeMap::new();
    for release in 1..campaign.releases.len() {
        let changes: Vec<&Change> = campaign.changes_of(release).collect();
        let moved: Vec<Moved> =
            tables(reading).into_iter().map(|table| moved(campaign, release, reading, table)).collect();
        guess(&changes, &moved, &rates, method, wanted, &mut scores);
    }
    scores
}

/// The same attack on what there was before releases, if it had been exact: live tables, read before and after each change.
pub fn attack_live(campaign: &Campaign, wanted: &[&'static str]) -> BTreeMap<&'static str, Score> {
    let rates = rates(campaign);
    let mut scores: BTreeMap<&'static str, Score> = BTreeMap::new();
    for change in &campaign.changes {
        let moved = |dimensions: &'static [&'static str]| {
            let mut cells: BTreeMap<Cell, f64> = BTreeMap::new();
            for (profile, by) in [(&change.before, -1.0), (&change.after, 1.0)] {
                let mut all = vec![Cell::new()];
                for dimension in dimensions {
                    let values: &[Value] = profile.as_ref().map_or(&[], |profile| &profile[dimension]);
                    let with = |cell: &Cell| {
                        values.iter().map(|value| [cell.clone(), vec![value.clone()]].concat()).collect::<Vec<_>>()
                    };
                    all = all.iter().flat_map(with).collect();
                }
                all.into_iter().for_each(|cell| *cells.entry(cell).or_default() += by);
            }
            Moved { dimensions, cells, variance: 0.0 }
        };
        let moved: Vec<Moved> = tables(&Reading { of: &[UNDP], against: &[] }).into_iter().map(moved).collect();
        guess(&[change], &moved, &rates, Method::Exactly, wanted, &mut scores);
    }
    scores
}

/// Guesses values of people who changed, by how cells moved.
fn guess(
    changes: &[&Change],
    moved: &[Moved],
    rates: &Rates,
    method: Method,
    wanted: &[&'static str],
    scores: &mut BTreeMap<&'static str, Score>,
) {
    let by_table: Vec<Vec<Vec<Guess>>> = moved
        .iter()
        .map(|moved| changes.iter().map(|change| guesses(change, moved.dimensions, rates)).collect())
        .collect();
    let expected: Vec<BTreeMap<&Cell, (f64, f64)>> = by_table.iter().map(|people| expectation(people)).collect();
    for (person, change) in changes.iter().enumerate() {
        for dimension in wanted.iter().copied() {
            let Some((known, truth)) = unknown(change, dimension) else { continue };
            let candidates: Vec<&(Value, f64)> =
                rates[dimension].iter().filter(|(value, _)| known.as_ref() != Some(value)).collect();
            let mut best: Option<(&Value, f64)> = None;
            for (value, rate) in &candidates {
                let mut score = rate.ln();
                for ((moved, people), expected) in moved.iter().zip(&by_table).zip(&expected) {
                    score += evidence(moved, &people[person], expected, method, dimension, value);
                }
                if best.is_none_or(|(_, most)| score > most) {
                    best = Some((value, score));
                }
            }
            let is_right = |value: &Value| usize::from(truth.contains(value));
            scores.entry(dimension).or_default().add(Score {
                guessed: 1,
                right: is_right(best.expect("there are values").0),
                by_rates: is_right(&candidates[0].0),
            });
        }
    }
}

/// The true values of a dimension that attackers want, and the one value that they know it is not.
fn unknown<'c>(change: &'c Change, dimension: &str) -> Option<(Option<Value>, &'c [Value])> {
    let now = change.after.as_ref().or(change.before.as_ref())?;
    let known = match change.edited {
        Some(edited) if edited == dimension => Some(change.before.as_ref()?[dimension][0].clone()),
        _ => None,
    };
    Some((known, &now[dimension]))
}

/// The tables that all whose numbers are read have in common, by dimensions that the attacker knows rates of.
fn tables(reading: &Reading) -> Vec<&'static [&'static str]> {
    let has = |reader: &usize, table: &&[&str]| READERS[*reader].tables.contains(table);
    let all = || reading.of.iter().chain(reading.against);
    let known = |table: &&[&str]| !table.contains(&"PROGRAMME") && !table.contains(&"INCIDENT_KIND");
    READERS[reading.of[0]]
        .tables
        .iter()
        .copied()
        .filter(|table| known(table) && all().all(|one| has(one, table)))
        .collect()
}

fn moved(campaign: &Campaign, release: usize, reading: &Reading, dimensions: &'static [&'static str]) -> Moved {
    let read = |release: usize, reader: usize| -> &ReadTable {
        campaign.releases[release][reader].iter().find(|table| table.dimensions == dimensions).expect("an agreed table")
    };
    let one = |reader: usize, cell: &Cell| {
        let at = |release| read(release, reader).cells.get(cell).copied().flatten();
        Some((at(release)? - at(release - 1)?) as f64)
    };
    let mean = |readers: &[usize], cell: &Cell| -> Option<f64> {
        let all: Option<Vec<f64>> = readers.iter().map(|reader| one(*reader, cell)).collect();
        all.map(|all| all.iter().sum::<f64>() / readers.len().max(1) as f64)
    };
    let cells = read(release, reading.of[0]).cells.keys();
    let difference = |cell: &Cell| Some((cell.clone(), mean(reading.of, cell)? - mean(reading.against, cell)?));
    let variance = |readers: &[usize]| if readers.is_empty() { 0.0 } else { VARIANCE / readers.len() as f64 };
    Moved {
        dimensions,
        cells: cells.filter_map(difference).collect(),
        variance: variance(reading.of) + variance(reading.against),
    }
}

/// All that somebody may be by a table's dimensions, if the change moves a cell of it at all.
fn guesses(change: &Change, dimensions: &'static [&'static str], rates: &Rates) -> Vec<Guess> {
    let (before, after) = (change.before.as_ref(), change.after.as_ref());
    let band = |profile: Option<&super::truth::Profile>| profile.map(|profile| profile["AGE_BAND"][0].clone());
    let stays = before.is_some() && after.is_some();
    let moving = if stays { change.edited.unwrap_or("AGE_BAND") } else { "" };
    if stays && !dimensions.contains(&moving) || !stays && before.is_none() && after.is_none() {
        return Vec::new();
    }
    let mut all = vec![(Cell::new(), 1.0)];
    for dimension in dimensions {
        let values: Vec<(Value, f64)> = match (stays && *dimension == moving, change.edited) {
            (true, None) => vec![(band(after).expect("it stays"), 1.0)],
            (true, Some(_)) => {
                let known = &before.expect("it stays")[dimension][0];
                let others: Vec<_> = rates[dimension].iter().filter(|(value, _)| value != known).cloned().collect();
                let sum: f64 = others.iter().map(|(_, rate)| rate).sum();
                others.into_iter().map(|(value, rate)| (value, rate / sum)).collect()
            }
            _ => rates[dimension].clone(),
        };
        let with = |(cell, likely): &(Cell, f64)| {
            values
                .iter()
                .map(|(value, rate)| ([cell.clone(), vec![value.clone()]].concat(), likely * rate))
                .collect::<Vec<_>>()
        };
        all = all.iter().flat_map(with).collect();
    }
    let guess = |(cell, likely): (Cell, f64)| {
        let from = |cell: &Cell| {
            let mut from = cell.clone();
            if let (true, Some(at)) = (stays, dimensions.iter().position(|dimension| *dimension == moving)) {
                from[at] = before.expect("it stays")[moving][0].clone();
            }
            from
        };
        let left = before.map(|_| (from(&cell), -1.0));
        let entered = after.map(|_| (cell.clone(), 1.0));
        let values = dimensions.iter().copied().zip(cell).collect();
        Guess { values, likely, moves: left.into_iter().chain(entered).collect() }
    };
    all.into_iter().map(guess).collect()
}

/// By how much each cell moves if all are as the rates have it, and the variance of that.
fn expectation(people: &[Vec<Guess>]) -> BTreeMap<&Cell, (f64, f64)> {
    let mut expected: BTreeMap<&Cell, (f64, f64)> = BTreeMap::new();
    for guess in people.iter().flatten() {
        for (cell, by) in &guess.moves {
            let at = expected.entry(cell).or_default();
            *at = (at.0 + by * guess.likely, at.1 + guess.likely * (1.0 - guess.likely));
        }
    }
    expected
}

/// The logarithm of how much likelier a table's movements are if a person has a value.
fn evidence(
    moved: &Moved,
    guesses: &[Guess],
    expected: &BTreeMap<&Cell, (f64, f64)>,
    method: Method,
    dimension: &str,
    value: &Value,
) -> f64 {
    let (mut likely, mut sum) = (0.0, 0.0);
    for guess in guesses.iter().filter(|guess| guess.values.get(dimension) == Some(value)) {
        let mut log = 0.0;
        for (cell, by) in &guess.moves {
            let seen = match (moved.cells.get(cell), method) {
                (Some(seen), _) => seen,
                (None, Method::Exactly) => &0.0,
                (None, _) => continue,
            };
            let (mean, spread) = expected[cell];
            log += match method {
                Method::ByHowMuch => (by * (seen - mean) - 0.5) / (moved.variance + spread),
                Method::Whether if *seen == 0.0 => -2.0,
                Method::Whether => 0.0,
                Method::Exactly if *seen == *by => 0.0,
                Method::Exactly => -20.0,
            };
        }
        likely += guess.likely;
        sum += guess.likely * log.exp();
    }
    if likely > 0.0 { (sum / likely).ln() } else { 0.0 }
}
