//! Finished tables of a release: what is counted, what is withheld, and what is drawn.

use super::withholding::{Withholding, withhold};
use super::{Drawn, Figure, Key, MIN_MINIMUM, Noise};
use crate::domain::Id;
use crate::domain::individual::Individual;
use crate::domain::statistics::StatisticsTable;
use std::collections::{BTreeMap, BTreeSet};

/// A person who is counted.
#[derive(Debug, Clone)]
pub struct Person {
    /// The person's key.
    pub id: Id<Individual>,
    /// The cells that the person is in: one, or several in a table of lists.
    pub cells: BTreeSet<Key>,
}

/// A table while people are counted. None of it leaves before it is [finished](Counting::finish).
#[derive(Debug)]
pub struct Counting {
    table: StatisticsTable,
    cells: BTreeMap<Key, Figure>,
    left_out: Figure,
}

/// What of a table may leave, finished.
#[derive(Debug, Clone, PartialEq)]
pub struct ReleasedTable {
    /// The table.
    pub table: StatisticsTable,
    /// Its shown cells.
    pub cells: BTreeMap<Key, i64>,
    /// Those who are in none of them; none if that is withheld, and in a table of lists, which has no total.
    pub rest: Option<i64>,
    /// Those of whom not all values are counted, as many are there; none if that is withheld, and in a table without lists.
    pub left_out: Option<i64>,
}

/// How much of a table is withheld, which only its provider may know.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Withheld {
    /// The cells with people in them.
    pub cells: usize,
    /// Those of these that are withheld.
    pub withheld_cells: usize,
    /// The people in cells, each in every one.
    pub people: i64,
    /// Those of these in withheld cells.
    pub withheld_people: i64,
    /// The sum of the errors of shown cells, each taken as positive.
    pub error: i64,
    /// For each dimension, the share of people who have its most frequent value: so often a guess is right without the table.
    pub most_frequent: Vec<f64>,
}

impl Counting {
    /// A table without anybody.
    pub fn new(table: StatisticsTable) -> Self {
        Self { table, cells: BTreeMap::new(), left_out: Figure::default() }
    }

    /// Counts a person, in at most as many figures as the table lets one be in. Of more values a keyed hash chooses one fewer, and
    /// the last figure is that of people whose values are not all counted.
    pub fn add(&mut self, person: &Person, noise: &Noise) {
        let figure = Figure::of(person.id);
        let most = usize::try_from(self.table.values_per_person).unwrap_or_default();
        if person.cells.len() <= most {
            person.cells.iter().for_each(|cell| self.count(cell, figure));
            return;
        }
        let mut chosen: Vec<(u64, &Key)> = Vec::new();
        for cell in &person.cells {
            let name = serde_json::to_vec(cell).expect("texts are plain data");
            chosen.push((noise.place(person.id, &name), cell));
        }
        chosen.sort_unstable();
        chosen.into_iter().take(most - 1).for_each(|(_, cell)| self.count(cell, figure));
        self.left_out.add(figure);
    }

    fn count(&mut self, cell: &Key, figure: Figure) {
        match self.cells.get_mut(cell) {
            Some(counted) => counted.add(figure),
            None => {
                self.cells.insert(cell.clone(), figure);
            }
        }
    }

    /// What may leave, by an agreement's minimum. Everything is decided by what was drawn, and nothing by a true count.
    pub fn finish(self, minimum: i64, noise: &Noise) -> (ReleasedTable, Withheld) {
        let minimum = minimum.max(MIN_MINIMUM);
        let named = |part: &str| format!("{} {part}", self.table);
        let draw = |(key, figure): (&Key, &Figure)| (key.clone(), noise.draw(&named(&format!("{key:?}")), *figure));
        let drawn: BTreeMap<Key, Drawn> = self.cells.iter().map(draw).collect();
        let is_list = self.table.is_list();
        let Withholding { shown, rest } = withhold(drawn, minimum, !is_list);
        let left_out = noise.draw(&named("left out"), self.left_out);
        let lost = self.lost(&shown);
        let released = ReleasedTable {
            cells: shown.into_iter().map(|(key, drawn)| (key, drawn.rounded())).collect(),
            rest,
            left_out: (is_list && left_out.may_show(minimum)).then_some(left_out.rounded()),
            table: self.table,
        };
        (released, lost)
    }

    fn lost(&self, shown: &BTreeMap<Key, Drawn>) -> Withheld {
        let mut lost = Withheld::default();
        for (key, figure) in &self.cells {
            lost.cells += 1;
            lost.people += figure.people;
            match shown.get(key) {
                Some(drawn) => lost.error += (drawn.rounded() - figure.people).abs(),
                None => {
                    lost.withheld_cells += 1;
                    lost.withheld_people += figure.people;
                }
            }
        }
        lost.most_frequent = (0..self.table.dimensions.len()).map(|at| self.most_frequent(at)).collect();
        lost
    }

    fn most_frequent(&self, at: usize) -> f64 {
        let mut by_value: BTreeMap<&Option<String>, i64> = BTreeMap::new();
        for (key, figure) in &self.cells {
            *by_value.entry(&key[at]).or_default() += figure.people;
        }
        let most = by_value.values().max().copied().unwrap_or_default();
        most as f64 / by_value.values().sum::<i64>().max(1) as f64
    }
}
