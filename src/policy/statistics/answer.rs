//! Answers as they may leave: the holder's exactly; others' from a finished table of a release, its margins and slices.

use super::Key;
use super::question::{Question, Value, Wanted};
use super::released::ReleasedTable;
use super::table::{Table, TooManyCells, grid};
use crate::domain::statistics::{StatisticsDimension, StatisticsTable};
use std::collections::{BTreeMap, BTreeSet};

/// A table as it may leave. There is no other way to make one than those here.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    total: PublishedCell,
    cells: Vec<PublishedCell>,
    rest: Option<PublishedCell>,
    left_out: Option<PublishedCell>,
}

/// A cell as it may leave.
#[derive(Debug, Clone, PartialEq)]
pub struct PublishedCell {
    key: Key,
    count: Option<i64>,
    exact: bool,
    complete: bool,
}

impl PublishedCell {
    fn drawn(key: Key, count: Option<i64>, complete: bool) -> Self {
        Self { key, count, exact: false, complete: complete && count.is_some() }
    }

    /// The values of the grouping dimensions.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The count; none if it is withheld.
    pub fn count(&self) -> Option<i64> {
        self.count
    }

    /// Whether the count is the true one.
    pub fn is_exact(&self) -> bool {
        self.exact
    }

    /// Whether nothing of what the count sums is withheld.
    pub fn is_complete(&self) -> bool {
        self.complete
    }
}

impl Published {
    /// The holder's own table, exactly.
    pub fn exactly(table: Table) -> Self {
        let exact = |(key, people)| PublishedCell { key, count: Some(people), exact: true, complete: true };
        Self {
            total: exact((Key::new(), table.total)),
            cells: table.cells.into_iter().map(exact).collect(),
            rest: None,
            left_out: None,
        }
    }

    /// The answer to a question from a table that [can answer](answers) it. `passes` tells whether a value satisfies a condition,
    /// named by its place among the question's conditions.
    ///
    /// # Errors
    /// If there would be more than `MAX_CELLS` cells.
    pub fn released(
        question: &Question,
        table: &ReleasedTable,
        passes: impl Fn(usize, &str) -> bool,
    ) -> Result<Self, TooManyCells> {
        let dimensions = &table.table.dimensions;
        let at = |dimension| dimensions.iter().position(|one| *one == dimension);
        let groups: Vec<usize> = question.group_by().iter().copied().filter_map(at).collect();
        let conditions: Vec<usize> = question.conditions().iter().filter_map(|wanted| at(wanted.dimension)).collect();
        let in_slice = |key: &Key| {
            let holds = |(nth, at): (usize, &usize)| key[*at].as_deref().is_some_and(|value| passes(nth, value));
            conditions.iter().enumerate().all(holds)
        };
        let slice: BTreeMap<&Key, i64> =
            table.cells.iter().filter(|(key, _)| in_slice(key)).map(|(key, people)| (key, *people)).collect();
        let group_of = |key: &Key| groups.iter().map(|at| key[*at].clone()).collect::<Key>();
        let mut sums: BTreeMap<Key, i64> = BTreeMap::new();
        for (key, people) in &slice {
            *sums.entry(group_of(key)).or_default() += people;
        }
        let is_inner = is_inner(question, &table.table);
        let cell = |key: Key| {
            let people = sums.get(&key).copied();
            PublishedCell::drawn(key, people, is_inner)
        };
        let cells = grid(question, sums.keys())?.into_iter().map(cell).collect();
        let whole = conditions.is_empty();
        let sum = (!slice.is_empty()).then(|| slice.values().sum::<i64>());
        let total = match (adds_up(question, &table.table), whole) {
            (false, _) => None,
            (true, false) => sum,
            (true, true) => table.rest.map(|rest| rest + sum.unwrap_or_default()),
        };
        let part = |count| PublishedCell::drawn(Key::new(), count, true);
        Ok(Self {
            total: PublishedCell::drawn(Key::new(), total, whole),
            cells,
            rest: (whole && !table.table.is_list()).then(|| part(table.rest)),
            left_out: table.table.is_list().then(|| part(table.left_out)),
        })
    }

    /// Everybody for whom the conditions hold.
    pub fn total(&self) -> &PublishedCell {
        &self.total
    }

    /// The cells, by key.
    pub fn cells(&self) -> &[PublishedCell] {
        &self.cells
    }

    /// Those in withheld cells, if the answer is about the whole of a table that adds up.
    pub fn rest(&self) -> Option<&PublishedCell> {
        self.rest.as_ref()
    }

    /// Those of whom not all values are counted, if the table counts lists.
    pub fn left_out(&self) -> Option<&PublishedCell> {
        self.left_out.as_ref()
    }
}

/// Whether a question is about a table, a margin of it or a slice. Over a list there is no margin.
pub fn answers(question: &Question, table: &StatisticsTable) -> bool {
    let asked: BTreeSet<StatisticsDimension> = question.dimensions().collect();
    asked.iter().all(|dimension| table.dimensions.contains(dimension))
        && table.dimensions.iter().all(|dimension| !dimension.is_list() || asked.contains(dimension))
}

/// Whether the cells of an answer sum to people: none of them may be in two.
fn adds_up(question: &Question, table: &StatisticsTable) -> bool {
    let grouped = question.group_by().iter().any(|dimension| dimension.is_list());
    !grouped && answers(question, table)
}

/// Whether each cell of an answer is one of the table's own. A sum may always lack somebody: zeros are withheld, so no list of cells is whole.
fn is_inner(question: &Question, table: &StatisticsTable) -> bool {
    let is_one =
        |wanted: &Wanted| !matches!((wanted.dimension, &wanted.value), (StatisticsDimension::Place, Value::Within(_)));
    question.dimensions().count() == table.dimensions.len() && question.conditions().iter().all(is_one)
}
