//! Exact tables: figures for every combination of values, with those from which a cell could be told.

use super::question::{Question, closed_vocabulary};
use std::collections::{BTreeSet, HashMap};

/// The most cells that a table may have.
pub const MOST_CELLS: usize = 5_000;

/// A value for each dimension; none where it is unknown or a list is empty.
pub type Key = Vec<Option<String>>;

/// People who have the same values in every dimension of a question.
#[derive(Debug, Clone)]
pub struct Atom {
    /// Their values: one for each of the question's dimensions, in its order; several such where a dimension is a list.
    pub keys: BTreeSet<Key>,
    /// How many and who they are.
    pub figure: Figure,
}

/// A set of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figure {
    /// How many.
    pub people: i64,
    /// The sum of their record keys, by which the set is known.
    pub record_keys: i64,
}

/// An exact count, which is not to leave as it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The values of the grouping dimensions.
    pub key: Key,
    /// Who is in it.
    pub figure: Figure,
    /// The smallest of the counts got by leaving out one grouping value or one condition.
    pub least_margin: i64,
}

/// An exact table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Everybody for whom the conditions hold.
    pub total: Cell,
    /// A cell for each combination of grouping values.
    pub cells: Vec<Cell>,
}

/// The table would have more cells than one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the table would have {0} cells, more than {MOST_CELLS}: group by fewer dimensions")]
pub struct TooManyCells(pub usize);

impl Figure {
    fn add(&mut self, other: Self) {
        self.people += other.people;
        // Wraps where people are counted beyond any country's caseload; the sum then still tells sets apart.
        self.record_keys = self.record_keys.wrapping_add(other.record_keys);
    }
}

impl Table {
    /// The table of a question over all people who can be counted. `passes` tells whether a value satisfies a condition,
    /// named by its place among the question's conditions.
    pub fn new(
        question: &Question,
        atoms: &[Atom],
        passes: impl Fn(usize, Option<&str>) -> bool,
    ) -> Result<Self, TooManyCells> {
        let width = question.group_by().len();
        let mut figures = Figures::default();
        for atom in atoms {
            figures.count(atom, width, question.conditions().len(), &passes);
        }
        let keys = keys(question, atoms)?;
        let cell = |key: Key| {
            let margins = (0..width).map(|without| figures.margin(without, &key));
            let unfiltered = (0..question.conditions().len()).map(|without| figures.unfiltered(without, &key));
            let least_margin = margins.chain(unfiltered).min().unwrap_or(i64::MAX);
            Cell { figure: figures.cells.get(&key).copied().unwrap_or_default(), key, least_margin }
        };
        let total = Cell {
            key: Vec::new(),
            figure: figures.total,
            least_margin: (0..question.conditions().len())
                .map(|without| figures.totals_without.get(&without).map_or(0, |figure| figure.people))
                .min()
                .unwrap_or(i64::MAX),
        };
        let cells = if width == 0 { Vec::new() } else { keys.into_iter().map(cell).collect() };
        Ok(Self { total, cells })
    }
}

/// Sums over the atoms, each person once in each.
#[derive(Default)]
struct Figures {
    total: Figure,
    totals_without: HashMap<usize, Figure>,
    cells: HashMap<Key, Figure>,
    /// By a grouping dimension that is left out, and the other values.
    margins: HashMap<(usize, Key), i64>,
    /// By a condition that is left out, and the grouping values.
    unfiltered: HashMap<(usize, Key), i64>,
}

impl Figures {
    fn count(&mut self, atom: &Atom, width: usize, conditions: usize, passes: &impl Fn(usize, Option<&str>) -> bool) {
        let mut cells: BTreeSet<&[Option<String>]> = BTreeSet::new();
        let mut margins = BTreeSet::new();
        let mut unfiltered: BTreeSet<(usize, &[Option<String>])> = BTreeSet::new();
        for key in &atom.keys {
            let (group, values) = key.split_at(width);
            let failing: Vec<usize> = (0..conditions).filter(|at| !passes(*at, values[*at].as_deref())).collect();
            match failing[..] {
                [] => {
                    cells.insert(group);
                    margins.extend((0..width).map(|without| (without, without_one(group, without))));
                    unfiltered.extend((0..conditions).map(|without| (without, group)));
                }
                [only] => {
                    unfiltered.insert((only, group));
                }
                _ => {}
            }
        }
        if !cells.is_empty() {
            self.total.add(atom.figure);
        }
        let unfiltered_by: BTreeSet<usize> = unfiltered.iter().map(|(without, _)| *without).collect();
        for without in unfiltered_by {
            self.totals_without.entry(without).or_default().add(atom.figure);
        }
        for group in cells {
            self.cells.entry(group.to_vec()).or_default().add(atom.figure);
        }
        for margin in margins {
            *self.margins.entry(margin).or_default() += atom.figure.people;
        }
        for (without, group) in unfiltered {
            *self.unfiltered.entry((without, group.to_vec())).or_default() += atom.figure.people;
        }
    }

    fn margin(&self, without: usize, key: &Key) -> i64 {
        self.margins.get(&(without, without_one(key, without))).copied().unwrap_or_default()
    }

    fn unfiltered(&self, without: usize, key: &Key) -> i64 {
        self.unfiltered.get(&(without, key.clone())).copied().unwrap_or_default()
    }
}

fn without_one(key: &[Option<String>], without: usize) -> Key {
    let (before, after) = key.split_at(without);
    before.iter().chain(&after[1..]).cloned().collect()
}

/// Every combination of the values that people have, filtered out or not, and of the closed vocabularies' codes.
fn keys(question: &Question, atoms: &[Atom]) -> Result<Vec<Key>, TooManyCells> {
    let mut values: Vec<BTreeSet<Option<String>>> = Vec::new();
    for (at, dimension) in question.group_by().iter().enumerate() {
        let found = atoms.iter().flat_map(|atom| atom.keys.iter().map(|key| key[at].clone()));
        let known = closed_vocabulary(*dimension).into_iter().map(|code| Some(code.to_owned()));
        values.push(found.chain(known).collect());
    }
    let count = values.iter().map(BTreeSet::len).product();
    if count > MOST_CELLS {
        return Err(TooManyCells(count));
    }
    let mut keys: Vec<Key> = vec![Vec::new()];
    for values in values {
        let with =
            |key: &Key| values.iter().map(|value| [key.clone(), vec![value.clone()]].concat()).collect::<Vec<_>>();
        keys = keys.iter().flat_map(with).collect();
    }
    Ok(keys)
}
