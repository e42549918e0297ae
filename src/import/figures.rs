//! Population figures of one file, merged with those that other files gave.

use super::{ImportError, Report, RowError, RowErrors};
use crate::domain::Id;
use crate::domain::population_figure::{Certainty, FigureIdentity, PopulationFigure};
use crate::store::bulk::insert::{self, new_key};
use crate::store::bulk::reference;
use crate::store::database::connection::AnyConnection;

/// How many figures are held against the stored ones at a time.
const AT_ONCE: usize = 1_000;

/// The most figures of a file.
const MAX_FIGURES: usize = 1_500_000;

/// Refuses a file that states so many figures.
///
/// # Errors
/// [`ImportError::File`] if there are too many.
pub fn check_count(figures: usize) -> Result<(), ImportError> {
    match figures > MAX_FIGURES {
        true => Err(ImportError::File(format!("the file states more than {MAX_FIGURES} figures; split it by year"))),
        false => Ok(()),
    }
}

/// A figure as a cell of a file states it.
pub struct Stated {
    /// The cell's line.
    line: u64,
    /// The cell's column.
    column: &'static str,
    identity: FigureIdentity,
    /// The number; unknown if the cell is empty.
    value: Option<i64>,
}

impl Stated {
    /// A figure of a cell, given by its line and column.
    pub fn new(line: u64, column: &'static str, identity: FigureIdentity, value: Option<i64>) -> Self {
        Self { line, column, identity, value }
    }

    fn error(&self, reason: String) -> RowError {
        RowError { line: self.line, column: Some(self.column.to_owned()), reason }
    }
}

/// The figures of one file, each once, in their order.
pub struct Figures {
    source: String,
    stated: Vec<Stated>,
    errors: RowErrors,
}

impl Figures {
    /// The figures that a file states, and what is wrong with it so far.
    pub fn new(source: &str, mut stated: Vec<Stated>, mut errors: RowErrors) -> Self {
        stated.sort_unstable_by(|one, other| (&one.identity, one.line).cmp(&(&other.identity, other.line)));
        stated.dedup_by(|one, first| {
            let again = one.identity == first.identity;
            if again {
                errors.push(one.error(format!("line {} states the same figure", first.line)));
            }
            again
        });
        Self { source: source.to_owned(), stated, errors }
    }

    /// Adds the figures. The same value from another file adds a source; another value is a conflict, and the caller undoes
    /// all.
    ///
    /// # Errors
    /// If a row is wrong, a figure stands there twice or conflicts with a stored one, or the database fails.
    pub fn merge(self, connection: &mut AnyConnection) -> Result<Report, ImportError> {
        let Self { source, stated, mut errors } = self;
        let (mut keys, mut stated) = (ordered_keys(stated.len()).into_iter(), stated.into_iter());
        let mut report = Report::default();
        let mut sources = Vec::new();
        loop {
            let figures: Vec<(String, Stated)> =
                stated.by_ref().take(AT_ONCE).map(|one| (one.identity.as_key(None), one)).collect();
            if figures.is_empty() {
                break;
            }
            let identities: Vec<&str> = figures.iter().map(|(identity, _)| identity.as_str()).collect();
            let mut stored = reference::figures(connection, &identities, &source)?;
            let (mut added, mut filled, mut conflicts) = (Vec::new(), Vec::new(), Vec::new());
            for ((key, figure), id) in figures.into_iter().zip(keys.by_ref()) {
                let Some(known) = stored.remove(&key) else {
                    let Stated { identity, value, .. } = figure;
                    let certainty = value.map_or(Certainty::Unknown, |_| Certainty::Exact);
                    added.push(PopulationFigure { id, key, identity, value, certainty, source: source.clone() });
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
            let from = reference::sources_of_figures(connection, &ids)?;
            for (id, old, figure) in conflicts {
                let new = figure.value.unwrap_or_default();
                errors.push(figure.error(format!(
                    "{new} conflicts with {old} from {}",
                    from.get(&id).map(|sources| sources.join(", ")).unwrap_or_default()
                )));
            }
            report.added += added.len();
            report.updated += filled.len();
            insert::population_figures(connection, &added)?;
            reference::fill_figures(connection, &filled)?;
        }
        errors.finish()?;
        // In the order of the databases' own index, so that each of its pages is written once.
        sources.sort_unstable();
        let sources: Vec<_> = sources.into_iter().map(|id| (id, source.as_str())).collect();
        insert::figure_sources(connection, &sources)?;
        Ok(report)
    }
}

/// So many new row keys that are random, but in order: what is inserted side by side lies side by side.
fn ordered_keys(count: usize) -> Vec<Id<PopulationFigure>> {
    let mut keys: Vec<Id<PopulationFigure>> = (0..count).map(|_| new_key()).collect();
    keys.sort_unstable();
    keys
}
