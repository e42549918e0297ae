//! Places from OCHA's P-code CSV (`Location,Admin Level,P-Code,Name,Parent P-Code,Valid from date`).

use super::table::{Row, Table};
use super::{ImportError, Report, RowError, RowErrors};
use crate::domain::Id;
use crate::domain::country::CountryCode;
use crate::domain::place::Place;
use crate::store::bulk::insert::{self, new_key};
use crate::store::bulk::reference;
use crate::store::database::connection::AnyConnection;
use std::collections::{BTreeMap, HashMap};

const COLUMNS: [&str; 6] = ["Location", "Admin Level", "P-Code", "Name", "Parent P-Code", "Valid from date"];

struct Wanted {
    line: u64,
    country: CountryCode,
    level: i32,
    name: String,
    parent: Option<String>,
}

/// Reads a file of places.
///
/// # Errors
/// If the file is no whole CSV in UTF-8, its header is not right, or it has over a million rows.
pub fn table(bytes: &[u8]) -> Result<Table<'_>, ImportError> {
    Table::read(bytes, &COLUMNS)
}

/// Imports places. A place of level 1 has the country's code as parent, which is no place.
///
/// # Errors
/// If a row is wrong, or the database fails.
pub fn import(connection: &mut AnyConnection, mut table: Table<'_>) -> Result<Report, ImportError> {
    let mut errors = std::mem::take(&mut table.errors);
    let mut wanted: BTreeMap<(i32, String), Wanted> = BTreeMap::new();
    let mut lines: HashMap<String, u64> = HashMap::new();
    for row in table.rows() {
        let Some((code, place)) = read(&row, &mut errors) else { continue };
        if let Some(line) = lines.insert(code.clone(), row.line) {
            errors.push(row.error("P-Code", format!("line {line} has this P-code already")));
        }
        wanted.insert((place.level, code), place);
    }
    let mut known = reference::places(connection)?;
    let mut report = Report::default();
    let (mut added, mut renamed) = (Vec::new(), Vec::new());
    // By level, so that parents come before their children.
    for ((level, code), place) in wanted {
        match add(&known, &code, level, &place) {
            Ok(Found::Unchanged) => report.unchanged += 1,
            Ok(Found::Renamed(id)) => renamed.push((id, place.name)),
            Ok(Found::New(new)) => {
                known.insert(code, new.clone());
                added.push(new);
            }
            Err(error) => errors.push(error),
        }
    }
    errors.finish()?;
    insert::places(connection, &added)?;
    reference::rename_places(connection, &renamed)?;
    report.added = added.len();
    report.updated = renamed.len();
    Ok(report)
}

fn read(row: &Row, errors: &mut RowErrors) -> Option<(String, Wanted)> {
    let country = row.required("Location", errors);
    let level = row.required::<i32>("Admin Level", errors);
    let code = row.required::<String>("P-Code", errors);
    let name = row.required::<String>("Name", errors);
    let parent = row.required::<String>("Parent P-Code", errors);
    let (country, level, code, name, parent): (CountryCode, _, _, _, _) = (country?, level?, code?, name?, parent?);
    if level < 1 {
        errors.push(row.error("Admin Level", "a place's level is 1 or more"));
        return None;
    }
    if level == 1 && parent != country.as_str() {
        errors.push(row.error("Parent P-Code", "the parent of a place of level 1 is its country's code"));
    }
    let parent = Some(parent).filter(|_| level > 1);
    Some((code, Wanted { line: row.line, country, level, name, parent }))
}

/// What a row is to the places that are known.
enum Found {
    New((Place, Vec<Id<Place>>)),
    Renamed(Id<Place>),
    Unchanged,
}

fn add(known: &reference::Places, code: &str, level: i32, wanted: &Wanted) -> Result<Found, RowError> {
    let error =
        |column: &str, reason: &str| RowError { line: wanted.line, column: Some(column.into()), reason: reason.into() };
    let parent = match &wanted.parent {
        None => None,
        Some(parent) => Some(known.get(parent).ok_or_else(|| error("Parent P-Code", "no place has this P-code"))?),
    };
    if parent.is_some_and(|(parent, _)| parent.level + 1 != level) {
        return Err(error("Admin Level", "it must be one more than the parent's"));
    }
    let parent_id = parent.map(|(parent, _)| parent.id);
    let country = wanted.country;
    if let Some((stored, _)) = known.get(code) {
        let same = (stored.level, stored.parent_id, stored.country) == (level, parent_id, country);
        return match same {
            true if stored.name == wanted.name => Ok(Found::Unchanged),
            true => Ok(Found::Renamed(stored.id)),
            false => Err(error("P-Code", "it is stored with another level, parent or country")),
        };
    }
    let mut above = parent.map(|(_, above)| above.clone()).unwrap_or_default();
    above.extend(parent_id);
    let place = Place { id: new_key(), code: code.to_owned(), name: wanted.name.clone(), level, parent_id, country };
    Ok(Found::New((place, above)))
}
