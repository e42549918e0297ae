//! Population figures of one file, merged with those that other files gave.

use super::table::Table;
use super::{ImportError, Report, RowError};
use crate::domain::population_figure::{FigureIdentity, PopulationFigure};
use crate::store::connection::AnyConnection;
use crate::store::insert::{self, new_key};
use crate::store::register;

/// A figure as a cell of a file states it.
pub struct Stated {
    /// The cell's line.
    pub line: u64,
    /// The cell's column.
    pub column: String,
    /// What it counts.
    pub identity: FigureIdentity,
    /// The number; unknown where the cell is empty.
    pub value: Option<i64>,
}

/// Adds the figures of a file. The same value from another file adds a source; another value is a conflict, and nothing is kept.
pub fn merge(
    connection: &mut AnyConnection,
    source: &str,
    stated: Vec<Stated>,
    mut errors: Vec<RowError>,
) -> Result<Report, ImportError> {
    let mut report = Report::default();
    let keys: Vec<String> = stated.iter().map(|figure| figure.identity.as_key(None)).collect();
    let stored = register::figures(connection, &keys)?;
    let mut added: Vec<PopulationFigure> = Vec::new();
    let mut filled = Vec::new();
    let mut sources = Vec::new();
    let mut seen = std::collections::HashMap::new();
    for (figure, key) in stated.into_iter().zip(keys) {
        if let Some(line) = seen.insert(key.clone(), figure.line) {
            let reason = format!("line {line} states the same figure");
            errors.push(RowError { line: figure.line, column: Some(figure.column), reason });
            continue;
        }
        match stored.get(&key) {
            None => {
                let (id, identity, value) = (new_key(), figure.identity, figure.value);
                added.push(PopulationFigure { id, key, identity, value, source: source.to_owned() });
            }
            Some(known) => match (known.value, figure.value) {
                (Some(old), Some(new)) if old != new => {
                    let reason = format!("{new} conflicts with {old} from {}", known.sources.join(", "));
                    errors.push(RowError { line: figure.line, column: Some(figure.column), reason });
                }
                (None, Some(new)) => filled.push((known.id, new)),
                // An empty cell says nothing about a figure that is known.
                (Some(_), None) => report.unchanged += 1,
                _ if known.sources.iter().any(|known| known == source) => report.unchanged += 1,
                _ => sources.push((known.id, source)),
            },
        }
    }
    Table::finish(errors)?;
    insert::population_figures(connection, &added)?;
    sources.extend(filled.iter().map(|(id, _)| (*id, source)));
    for (id, value) in filled {
        register::set_figure(connection, id, value)?;
    }
    sources.retain(|(id, source)| {
        !stored.values().any(|known| known.id == *id && known.sources.iter().any(|one| one == source))
    });
    insert::figure_sources(connection, &sources)?;
    report.added = added.len();
    report.updated = sources.len();
    Ok(report)
}
