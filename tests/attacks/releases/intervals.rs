//! What linear programming tells of withheld cells, from everything in a release.

use super::truth::Cell;
use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};
use panoh::domain::statistics::StatisticsDimension;
use panoh::policy::statistics::BASE;
use std::collections::{BTreeMap, BTreeSet};

/// A table as attackers see it.
pub struct Seen {
    pub dimensions: Vec<StatisticsDimension>,
    /// The listed cells with their numbers; none of those that are withheld.
    pub cells: Vec<(Cell, Option<i64>)>,
    /// Those in withheld cells, listed or not.
    pub rest: Option<i64>,
    /// Whether there may be withheld cells that are not listed.
    pub unlisted: bool,
}

impl Seen {
    /// Whether everybody is in exactly one cell.
    fn adds_up(&self) -> bool {
        !self.dimensions.iter().any(|dimension| dimension.is_list())
    }

    /// Where the withheld cells are.
    pub fn withheld(&self) -> Vec<usize> {
        (0..self.cells.len()).filter(|at| self.cells[*at].1.is_none()).collect()
    }
}

/// The least and the greatest number that can truly be in a withheld cell of a table of a release. None if nothing can be true.
pub fn interval(release: &[Seen], (table, cell): (usize, usize), minimum: i64) -> Option<(f64, f64)> {
    let end = |direction| match program(release, (table, cell), minimum, direction).solve() {
        Ok(solved) => Some(solved.into_solution().expect("it is solved").objective()),
        Err(microlp::Error::Unbounded) => Some(f64::INFINITY),
        Err(microlp::Error::Infeasible) => None,
        Err(error) => panic!("{error}"),
    };
    Some((end(OptimizationDirection::Minimize)?, end(OptimizationDirection::Maximize)?))
}

/// A table's listed cells as variables, and those that are not listed as one, if there may be any.
struct Variables<'s> {
    seen: &'s Seen,
    cells: Vec<Variable>,
    unlisted: Option<Variable>,
}

fn program(release: &[Seen], wanted: (usize, usize), minimum: i64, direction: OptimizationDirection) -> Problem {
    let mut problem = Problem::new(direction);
    let mut tables: Vec<Variables<'_>> = Vec::new();
    for (at, seen) in release.iter().enumerate() {
        let cell = |(nth, (_, count)): (usize, &(Cell, Option<i64>))| {
            let bounds = match count {
                Some(count) => (minimum.max(count - (BASE - 1)) as f64, (count + BASE - 1) as f64),
                None => (0.0, f64::INFINITY),
            };
            problem.add_var(if (at, nth) == wanted { 1.0 } else { 0.0 }, bounds)
        };
        let cells = seen.cells.iter().enumerate().map(cell).collect();
        let unlisted = seen.unlisted.then(|| problem.add_var(0.0, (0.0, f64::INFINITY)));
        let variables = Variables { seen, cells, unlisted };
        rest(&mut problem, &variables);
        tables.push(variables);
    }
    for (at, one) in tables.iter().enumerate().filter(|(_, one)| one.seen.adds_up()) {
        for other in tables[at + 1..].iter().filter(|other| other.seen.adds_up()) {
            same_margins(&mut problem, one, other);
        }
    }
    problem
}

/// What the rest tells of all withheld cells together.
fn rest(problem: &mut Problem, Variables { seen, cells, unlisted }: &Variables<'_>) {
    let Some(rest) = seen.rest else { return };
    let withheld: Vec<(Variable, f64)> =
        seen.withheld().into_iter().map(|at| cells[at]).chain(*unlisted).map(|cell| (cell, 1.0)).collect();
    problem.add_constraint(&withheld, ComparisonOp::Ge, rest as f64 / BASE as f64);
    if unlisted.is_none() {
        let most = rest + (BASE - 1) * withheld.len() as i64;
        problem.add_constraint(&withheld, ComparisonOp::Le, most as f64);
    }
}

/// Two tables count the same people by the dimensions that they have in common, everybody if there are none.
fn same_margins(problem: &mut Problem, one: &Variables<'_>, other: &Variables<'_>) {
    let common: BTreeSet<StatisticsDimension> =
        one.seen.dimensions.iter().filter(|dimension| other.seen.dimensions.contains(dimension)).copied().collect();
    let (ones, others) = (margins(one, &common), margins(other, &common));
    let keys: BTreeSet<&Cell> = ones.keys().chain(others.keys()).collect();
    for key in keys {
        let mut sum: Vec<(Variable, f64)> = Vec::new();
        for (table, margins, sign) in [(one, &ones, 1.0), (other, &others, -1.0)] {
            sum.extend(margins.get(key).into_iter().flatten().map(|cell| (*cell, sign)));
            if table.seen.unlisted {
                sum.push((problem.add_var(0.0, (0.0, f64::INFINITY)), sign));
            }
        }
        problem.add_constraint(&sum, ComparisonOp::Eq, 0.0);
    }
}

/// The listed cells of each value of some dimensions.
fn margins(table: &Variables<'_>, common: &BTreeSet<StatisticsDimension>) -> BTreeMap<Cell, Vec<Variable>> {
    let at = |dimension| table.seen.dimensions.iter().position(|one| one == dimension).expect("it has it");
    let positions: Vec<usize> = common.iter().map(at).collect();
    let mut found: BTreeMap<Cell, Vec<Variable>> = BTreeMap::new();
    for ((cell, _), variable) in table.seen.cells.iter().zip(&table.cells) {
        found.entry(positions.iter().map(|at| cell[*at].clone()).collect()).or_default().push(*variable);
    }
    found
}
