//! Population figures of one file, merged with those that other files gave.

use super::table::Table;
use super::{ImportError, Report, RowError};
use crate::domain::population_figure::{FigureIdentity, PopulationFigure};
use crate::store::connection::AnyConnection;
use crate::store::insert::{self, new_key};
use crate::store::register;

/// How many figures are held against the stored ones at a time.
const AT_ONCE: usize = 1_000;

/// A figure as a cell of a file states it.
pub struct Stated {
    /// The cell's line.
    line: u64,
    /// The cell's column.
    column: &'static str,
    identity: FigureIdentity,
    key: String,
    /// The number; unknown where the cell is empty.
    value: Option<i64>,
}

impl Stated {
    /// A figure of a cell, given by its line and column.
    pub fn new(line: u64, column: &'static str, identity: FigureIdentity, value: Option<i64>) -> Self {
        Self { line, column, key: identity.as_key(None), identity, value }
    }

    fn error(&self, reason: String) -> RowError {
        RowError { line: self.line, column: Some(self.column.to_owned()), reason }
    }
}

/// The figures of one file, each once, in their order.
pub struct Figures {
    source: String,
    stated: Vec<Stated>,
    errors: Vec<RowError>,
}

impl Figures {
    /// The figures that a file states, and what is wrong with it so far.
    pub fn new(source: &str, mut stated: Vec<Stated>, mut errors: Vec<RowError>) -> Self {
        stated.sort_by(|one, other| one.key.cmp(&other.key));
        stated.dedup_by(|one, first| {
            let again = one.key == first.key;
            if again {
                errors.push(one.error(format!("line {} states the same figure", first.line)));
            }
            again
        });
        Self { source: source.to_owned(), stated, errors }
    }

    /// Adds the figures. The same value from another file adds a source; another value is a conflict, and nothing is kept.
    pub fn merge(self, connection: &mut AnyConnection) -> Result<Report, ImportError> {
        let Self { source, stated, mut errors } = self;
        let mut stated = stated.into_iter();
        let mut report = Report::default();
        let (mut added, mut filled, mut sources) = (Vec::new(), Vec::new(), Vec::new());
        loop {
            let figures: Vec<Stated> = stated.by_ref().take(AT_ONCE).collect();
            if figures.is_empty() {
                break;
            }
            let keys: Vec<&str> = figures.iter().map(|figure| figure.key.as_str()).collect();
            let mut stored = register::figures(connection, &keys, &source)?;
            let mut conflicts = Vec::new();
            for figure in figures {
                let Some(known) = stored.remove(&figure.key) else {
                    added.push(figure);
                    continue;
                };
                match (known.value, figure.value) {
                    (Some(old), Some(new)) if old != new => conflicts.push((known.id, old, figure)),
                    (None, Some(new)) => {
                        filled.push((known.id, new));
                        sources.extend((!known.has_source).then_some(known.id));
                    }
                    // An empty cell says nothing about a figure that is known.
                    (Some(_), None) => report.unchanged += 1,
                    _ if known.has_source => report.unchanged += 1,
                    _ => {
                        report.updated += 1;
                        sources.push(known.id);
                    }
                }
            }
            let ids: Vec<_> = conflicts.iter().map(|(id, _, _)| *id).collect();
            let from = register::sources_of_figures(connection, &ids)?;
            errors.extend(conflicts.into_iter().map(|(id, old, figure)| {
                let new = figure.value.unwrap_or_default();
                figure.error(format!("{new} conflicts with {old} from {}", from[&id].join(", ")))
            }));
        }
        Table::finish(errors)?;
        report.added = added.len();
        report.updated += filled.len();
        insert::population_figures(connection, &with_keys(added, &source))?;
        register::fill_figures(connection, &filled)?;
        // In the order of the databases' own index, so that each of its pages is written once.
        sources.sort_unstable();
        let sources: Vec<_> = sources.into_iter().map(|id| (id, source.as_str())).collect();
        insert::figure_sources(connection, &sources)?;
        Ok(report)
    }
}

/// Figures under new row keys that are random, but follow their order: what is inserted side by side lies side by side.
fn with_keys(stated: Vec<Stated>, source: &str) -> Vec<PopulationFigure> {
    let mut ids: Vec<_> = stated.iter().map(|_| new_key()).collect();
    ids.sort_unstable();
    let figure = |(id, stated): (_, Stated)| PopulationFigure {
        id,
        key: stated.key,
        identity: stated.identity,
        value: stated.value,
        source: source.to_owned(),
    };
    ids.into_iter().zip(stated).map(figure).collect()
}
