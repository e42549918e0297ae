//! What of a table may leave: everything exactly to the holder; to others by threshold, cell-key rounding and
//! complementary suppression.
//!
//! Rounding follows the cell-key method: the sum of the record keys of a cell's people passes a keyed hash, which decides
//! whether the count goes down or up to a multiple of [`BASE`], up as often as it lies nearer to that. The same people give
//! the same number in every table. Noise is at most [`BOUND`] either way, its mean over all sets of a size is zero, and its
//! variance r · (BASE − r) where r is the remainder, 16.5 on average; below `minimum + BOUND` a number that falls under the
//! minimum is raised to it, which biases it upwards, by at most 2.5 where the minimum is 5.
//!
//! For one figure the chance to tell `n` people from `n + 1` is better than guessing by at most 1 / BASE. Whoever watches
//! one figure while a single person joins or leaves sees it change in at most half of the cases, a third on average.

use super::table::{Cell, Figure, Key, Table};
use hkdf::Hkdf;
use sha2::Sha256;
use std::collections::HashMap;

/// What counts are rounded to.
pub const BASE: i64 = 10;

/// The most by which a count is changed.
pub const BOUND: i64 = BASE - 1;

/// The least count that is ever shown to others, whatever agreements say.
pub const LEAST_MINIMUM: i64 = 5;

/// The keyed hash that decides how counts are rounded. It never prints.
#[derive(Clone)]
pub struct Noise([u8; 32]);

/// A table as it may leave. There is no other way to make one than those here.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    total: PublishedCell,
    cells: Vec<PublishedCell>,
    minimum: Option<i64>,
}

/// A cell as it may leave.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedCell {
    key: Key,
    count: Option<i64>,
    exact: bool,
}

impl PublishedCell {
    /// The values of the grouping dimensions.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The count; none where it is suppressed.
    pub fn count(&self) -> Option<i64> {
        self.count
    }

    /// Whether the count is the true one.
    pub fn is_exact(&self) -> bool {
        self.exact
    }
}

impl Published {
    /// The holder's own table, exactly.
    pub fn exactly(table: Table) -> Self {
        let exact = |cell: Cell| PublishedCell { key: cell.key, count: Some(cell.figure.people), exact: true };
        Self { total: exact(table.total), cells: table.cells.into_iter().map(exact).collect(), minimum: None }
    }

    /// A table for others, of counts of at least `minimum`, which is never below [`LEAST_MINIMUM`].
    pub fn protected(table: &Table, minimum: i64, noise: &Noise) -> Self {
        let minimum = minimum.max(LEAST_MINIMUM);
        let mut shown: Vec<bool> = table.cells.iter().map(|cell| may_show(cell, minimum)).collect();
        suppress_beside_lone_ones(&table.cells, &mut shown);
        let publish = |cell: &Cell, shown: bool| {
            let count = shown.then(|| noise.shown(cell.figure, minimum));
            PublishedCell { key: cell.key.clone(), count, exact: false }
        };
        let cells = table.cells.iter().zip(shown).map(|(cell, shown)| publish(cell, shown)).collect();
        let total = publish(&table.total, may_show(&table.total, minimum));
        Self { total, cells, minimum: Some(minimum) }
    }

    /// A table for others that the database has protected itself, in the same way.
    pub fn finished(total: Option<i64>, cells: Vec<(Key, Option<i64>)>, minimum: i64) -> Self {
        let publish = |key: Key, count: Option<i64>| PublishedCell { key, count, exact: false };
        let cells = cells.into_iter().map(|(key, count)| publish(key, count)).collect();
        Self { total: publish(Key::new(), total), cells, minimum: Some(minimum) }
    }

    /// Everybody for whom the conditions hold.
    pub fn total(&self) -> &PublishedCell {
        &self.total
    }

    /// The cells, by key.
    pub fn cells(&self) -> &[PublishedCell] {
        &self.cells
    }

    /// The least count that is shown; none where counts are exact.
    pub fn minimum(&self) -> Option<i64> {
        self.minimum
    }
}

/// A count or a zero is shown only where whoever knows one value less of the people would still look at enough of them.
fn may_show(cell: &Cell, minimum: i64) -> bool {
    let people = cell.figure.people;
    (people == 0 || people >= minimum) && cell.least_margin >= minimum
}

/// A lone suppressed cell of a line takes the smallest shown cell with it that is not zero, or it could be told from the
/// line's sum. A line varies one grouping value; the whole table is one too.
fn suppress_beside_lone_ones(cells: &[Cell], shown: &mut [bool]) {
    let width = cells.first().map_or(0, |cell| cell.key.len());
    loop {
        let mut changed = false;
        for varying in (0..width).map(Some).chain([None]) {
            let line_of = |cell: &Cell| match varying {
                Some(at) => {
                    cell.key.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, v)| v.clone()).collect()
                }
                None => Key::new(),
            };
            let mut lone: HashMap<Key, (usize, Option<usize>)> = HashMap::new();
            for (index, cell) in cells.iter().enumerate() {
                let line = lone.entry(line_of(cell)).or_default();
                if !shown[index] {
                    line.0 += 1;
                } else if cell.figure.people > 0 {
                    let smaller = |other: usize| cells[other].figure.people <= cell.figure.people;
                    line.1 = line.1.filter(|other| smaller(*other)).or(Some(index));
                }
            }
            for (_, smallest) in lone.into_values().filter(|(suppressed, _)| *suppressed == 1) {
                if let Some(index) = smallest {
                    shown[index] = false;
                    changed = true;
                }
            }
        }
        if !changed {
            return;
        }
    }
}

impl Noise {
    /// The noise of a deployment.
    pub fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The number that is shown for a set of people: zero for nobody, else at least `minimum`.
    pub fn shown(&self, figure: Figure, minimum: i64) -> i64 {
        if figure.people == 0 {
            return 0;
        }
        let remainder = figure.people % BASE;
        let down = figure.people - remainder;
        let up = self.draw(figure) < remainder;
        (if up { down + BASE } else { down }).max(minimum)
    }

    /// A number from 0 to `BASE - 1`, each as likely, that is always the same for the same people.
    fn draw(&self, figure: Figure) -> i64 {
        let mut bytes = [0; 8];
        let hash = Hkdf::<Sha256>::from_prk(&self.0).expect("the key is as long as a hash");
        let set = [figure.record_keys.to_be_bytes(), figure.people.to_be_bytes()].concat();
        hash.expand(&set, &mut bytes).expect("the length is far below HKDF's bound");
        (u64::from_be_bytes(bytes) % BASE as u64) as i64
    }
}
