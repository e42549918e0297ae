//! UNHCR Refugee Data Finder: the population, solutions and demographics tables, told apart by their header.

use super::data_finder::{WHERE, identity};
use super::figures::{Figures, Stated, check_count};
use super::table::{Table, header};
use super::{ImportError, demographics};
use crate::domain::population_figure::{FigureIdentity, PopulationType};

const POPULATION: [(&str, PopulationType); 9] = [
    ("refugees", PopulationType::Refugees),
    ("asylum_seekers", PopulationType::AsylumSeekers),
    ("returned_refugees", PopulationType::ReturnedRefugees),
    ("idps", PopulationType::InternallyDisplaced),
    ("returned_idps", PopulationType::ReturnedDisplaced),
    ("stateless", PopulationType::Stateless),
    ("ooc", PopulationType::OthersOfConcern),
    ("oip", PopulationType::OthersInNeed),
    ("hst", PopulationType::HostCommunity),
];

const SOLUTIONS: [(&str, PopulationType); 4] = [
    ("returned_refugees", PopulationType::ReturnedRefugees),
    ("resettlement", PopulationType::Resettlement),
    ("naturalisation", PopulationType::Naturalisation),
    ("returned_idps", PopulationType::ReturnedDisplaced),
];

/// Reads one of the three tables. An empty cell is a figure whose value is unknown; 0 is zero.
///
/// # Errors
/// If the file is no whole CSV in UTF-8, its header is not right, or it has too many rows or figures.
pub fn read(file_name: &str, bytes: &[u8]) -> Result<Figures, ImportError> {
    let header = header(bytes)?;
    let has = |name: &str| header.iter().any(|known| known == name);
    if has("pop_type") {
        return demographics::read(file_name, bytes);
    }
    let figures: &[(&str, PopulationType)] = if has("resettlement") { &SOLUTIONS } else { &POPULATION };
    let columns: Vec<&str> = WHERE.into_iter().chain(figures.iter().map(|(column, _)| *column)).collect();
    let mut table = Table::read(bytes, &columns)?;
    let mut errors = std::mem::take(&mut table.errors);
    let mut stated = Vec::new();
    for row in table.rows() {
        check_count(stated.len())?;
        let Some(place) = identity(&row, &mut errors) else { continue };
        for (column, population_type) in figures {
            let before = errors.count();
            let value = row.number(column, &mut errors);
            if errors.count() == before {
                let identity = FigureIdentity { population_type: *population_type, ..place.clone() };
                stated.push(Stated::new(row.line, column, identity, value));
            }
        }
    }
    Ok(Figures::new(file_name, stated, errors))
}
