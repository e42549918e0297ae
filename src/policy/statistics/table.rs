//! Exact tables, for the holder of the people: figures for every combination of values.

use super::Key;
use super::question::{Question, closed_vocabulary};
use std::collections::{BTreeMap, BTreeSet};

/// The most cells that an answer may have.
pub const MAX_CELLS: usize = 5_000;

/// People who have the same values in every dimension of a question.
#[derive(Debug, Clone)]
pub struct Atom {
    /// Their values: one for each of the question's dimensions, in its order; several such if a dimension is a list.
    pub keys: BTreeSet<Key>,
    /// How many they are.
    pub people: i64,
}

/// An exact table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Everybody for whom the conditions hold.
    pub total: i64,
    /// The count of each combination of grouping values.
    pub cells: BTreeMap<Key, i64>,
}

/// The answer would have more cells than one may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the table would have {0} cells, more than {MAX_CELLS}: group by fewer dimensions")]
pub struct TooManyCells(pub usize);

impl Table {
    /// The table of a question over all people who can be counted. `passes` tells whether a value satisfies a condition,
    /// named by its place among the question's conditions.
    ///
    /// # Errors
    /// If there would be more than `MAX_CELLS` cells.
    pub fn new(
        question: &Question,
        atoms: &[Atom],
        passes: impl Fn(usize, Option<&str>) -> bool,
    ) -> Result<Self, TooManyCells> {
        let width = question.group_by().len();
        let keys = atoms.iter().flat_map(|atom| &atom.keys);
        let mut cells: BTreeMap<Key, i64> = grid(question, keys)?.into_iter().map(|key| (key, 0)).collect();
        let mut total = 0;
        for atom in atoms {
            let passing = atom.keys.iter().filter(|key| {
                let values = key[width..].iter().enumerate();
                values.into_iter().all(|(at, value)| passes(at, value.as_deref()))
            });
            let groups: BTreeSet<&[Option<String>]> = passing.map(|key| &key[..width]).collect();
            total += if groups.is_empty() { 0 } else { atom.people };
            for group in groups {
                if let Some(people) = cells.get_mut(group) {
                    *people += atom.people;
                }
            }
        }
        Ok(Self { total, cells })
    }
}

/// Every combination of the grouping values that some keys have, and of the closed vocabularies' codes; none without groups.
pub(super) fn grid<'k>(question: &Question, keys: impl Iterator<Item = &'k Key>) -> Result<Vec<Key>, TooManyCells> {
    let known = question.group_by().iter().map(|dimension| {
        closed_vocabulary(*dimension).into_iter().map(|code| Some(code.to_owned())).collect::<BTreeSet<_>>()
    });
    let mut values: Vec<BTreeSet<Option<String>>> = known.collect();
    if values.is_empty() {
        return Ok(Vec::new());
    }
    for key in keys {
        for (values, value) in values.iter_mut().zip(key) {
            if !values.contains(value) {
                values.insert(value.clone());
            }
        }
    }
    let count = values.iter().map(BTreeSet::len).product();
    if count > MAX_CELLS {
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
