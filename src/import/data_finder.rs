//! What all tables of the UNHCR Refugee Data Finder have in common.

use super::RowErrors;
use super::table::Row;
use crate::domain::country::CountryCode;
use crate::domain::population_figure::{FigureIdentity, PopulationType};

/// The columns that all of UNHCR's tables begin with. Countries are read by ISO code; UNHCR's own three letters differ.
pub const WHERE: [&str; 7] = ["year", "coo_name", "coo", "coo_iso", "coa_name", "coa", "coa_iso"];

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
