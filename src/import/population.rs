//! UNHCR Refugee Data Finder: the population, solutions and demographics tables, told apart by their header.

use super::figures::{Figures, Stated, check_count};
use super::table::{Row, Table, header};
use super::{ImportError, RowErrors, demographics};
use crate::domain::country::CountryCode;
use crate::domain::population_figure::{FigureIdentity, PopulationType};

/// The columns that all of UNHCR's tables begin with. Countries are read by ISO code; UNHCR's own three letters differ.
pub const WHERE: [&str; 7] = ["year", "coo_name", "coo", "coo_iso", "coa_name", "coa", "coa_iso"];

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

/// Year, origin and asylum of a row.
pub fn identity(row: &Row, errors: &mut RowErrors) -> Option<FigureIdentity> {
    let year = row.required::<i32>("year", errors);
    let origin = row.required::<CountryCode>("coo_iso", errors);
    let asylum = row.required::<CountryCode>("coa_iso", errors);
    let year = year?;
    if !(1900..=2200).contains(&year) {
        errors.push(row.error("year", "expected a year such as 2002"));
        return None;
    }
    Some(FigureIdentity {
        year: Some(year),
        origin: Some(origin?),
        asylum: Some(asylum?),
        population_type: PopulationType::Refugees,
        assisted: None,
        place_id: None,
        location: None,
        sex: None,
        age_band: None,
        departed_from: None,
    })
}
