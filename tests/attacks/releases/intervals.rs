//! What linear programming tells of withheld cells, from everything in a release.

use microlp::{ComparisonOp, OptimizationDirection, Problem, Variable};
use panoh::policy::statistics::BASE;

/// A table as far as it bounds its cells.
pub struct Bounds {
    /// Whether everybody is in exactly one cell.
    pub adds_up: bool,
    /// The numbers of shown cells.
    pub shown: Vec<i64>,
    /// How many listed cells are withheld.
    pub withheld: usize,
    /// Those in withheld cells, listed or not.
    pub rest: Option<i64>,
    /// Whether there may be withheld cells that are not listed.
    pub unlisted: bool,
}

/// The least and the greatest number that can truly be in a withheld cell of a table of a release: the same for all of them, as nothing
/// tells one from another. None if nothing can be true.
pub fn interval(release: &[Bounds], table: usize, minimum: i64) -> Option<(f64, f64)> {
    let end = |direction| match program(release, table, minimum, direction).solve() {
        Ok(solved) => Some(solved.into_solution().expect("it is solved").objective()),
        Err(microlp::Error::Unbounded) => Some(f64::INFINITY),
        Err(microlp::Error::Infeasible) => None,
        Err(error) => panic!("{error}"),
    };
    Some((end(OptimizationDirection::Minimize)?, end(OptimizationDirection::Maximize)?))
}

fn program(release: &[Bounds], table: usize, minimum: i64, direction: OptimizationDirection) -> Problem {
    let mut problem = Problem::new(direction);
    let far = BASE - 1;
    let everybody = problem.add_var(0.0, (0.0, f64::INFINITY));
    for (at, bounds) in release.iter().enumerate() {
        let mut cells: Vec<Variable> = Vec::new();
        for shown in &bounds.shown {
            cells.push(problem.add_var(0.0, (minimum.max(shown - far) as f64, (shown + far) as f64)));
        }
        let mut withheld: Vec<Variable> = Vec::new();
        for nth in 0..bounds.withheld {
            let wanted = if at == table && nth == 0 { 1.0 } else { 0.0 };
            withheld.push(problem.add_var(wanted, (0.0, f64::INFINITY)));
        }
        if bounds.unlisted {
            withheld.push(problem.add_var(0.0, (0.0, f64::INFINITY)));
        }
        if let (true, Some(rest)) = (bounds.adds_up, bounds.rest) {
            let sum: Vec<(Variable, f64)> = withheld.iter().map(|cell| (*cell, 1.0)).collect();
            problem.add_constraint(&sum, ComparisonOp::Ge, rest as f64 / BASE as f64);
            if !bounds.unlisted {
                let most = rest + far * bounds.withheld as i64;
                problem.add_constraint(&sum, ComparisonOp::Le, most as f64);
            }
        }
        if bounds.adds_up {
            cells.append(&mut withheld);
            let mut sum: Vec<(Variable, f64)> = cells.into_iter().map(|cell| (cell, 1.0)).collect();
            sum.push((everybody, -1.0));
            problem.add_constraint(&sum, ComparisonOp::Eq, 0.0);
        }
    }
    problem
}
