//! UNHCR Refugee Data Finder: the demographics table.
//!
//! Many rows have a total and no split, with zeros in the cells of the split: those are unknown, not zero. A split goes in
//! only if it adds up. Rows that differ only by kind of place or accommodation count parts of one figure, and are added.

use super::data_finder::{WHERE, identity};
use super::figures::{Figures, Stated, check_count};
use super::table::{Row, Table};
use super::{ImportError, RowErrors};
use crate::domain::Vocabulary;
use crate::domain::individual::{AgeBand, Sex};
use crate::domain::population_figure::{FigureIdentity, PopulationType};
use std::collections::BTreeMap;

const BANDS: [&str; 5] = ["0_4", "5_11", "12_17", "18_59", "60"];

/// Figures by identity: the first line that speaks of it, and its value, which is unknown once any part is.
type Sums = BTreeMap<FigureIdentity, (u64, Option<i64>)>;

/// Reads the table.
///
/// # Errors
/// If the file is no whole CSV in UTF-8, its header is not right, or it has too many rows or figures.
pub fn read(file_name: &str, bytes: &[u8]) -> Result<Figures, ImportError> {
    let split = ["f", "m"].map(|sex| {
        BANDS.map(|band| format!("{sex}_{band}")).into_iter().chain([format!("{sex}_other"), format!("{sex}_total")])
    });
    let split: Vec<String> = split.into_iter().flatten().collect();
    let kinds = ["pop_type", "location", "loc_type", "acc_type", "total"];
    let columns: Vec<&str> = WHERE.into_iter().chain(kinds).chain(split.iter().map(String::as_str)).collect();
    let mut table = Table::read(bytes, &columns)?;
    let mut errors = std::mem::take(&mut table.errors);
    let mut sums = Sums::new();
    for row in table.rows() {
        check_count(sums.len())?;
        read_row(&row, &mut sums, &mut errors);
    }
    let stated = sums.into_iter().map(|(identity, (line, value))| Stated::new(line, "total", identity, value));
    Ok(Figures::new(file_name, stated.collect(), errors))
}

fn read_row(row: &Row, sums: &mut Sums, errors: &mut RowErrors) {
    let population_type = row.required::<PopulationType>("pop_type", errors);
    let (Some(place), Some(population_type)) = (identity(row, errors), population_type) else { return };
    let whole = FigureIdentity { population_type, location: row.text("location").map(str::to_owned), ..place };
    let mut add = |identity: FigureIdentity, value: Option<i64>| {
        let sum = sums.entry(identity).or_insert((row.line, Some(0)));
        sum.1 = sum.1.zip(value).map(|(sum, value)| sum.saturating_add(value));
    };
    let before = errors.count();
    let total = row.number("total", errors);
    let mut cell = |column: String| row.number(&column, errors);
    let by_sex = [(Sex::Female, "f"), (Sex::Male, "m")].map(|(sex, letter)| {
        let bands = BANDS.map(|band| cell(format!("{letter}_{band}")));
        (sex, bands, cell(format!("{letter}_other")), cell(format!("{letter}_total")))
    });
    if errors.count() > before {
        return;
    }
    let known_sexes = sum(by_sex.iter().map(|(_, _, _, total)| *total)) == total && total.is_some();
    for (sex, bands, other, of_sex) in by_sex {
        let identity = FigureIdentity { sex: Some(sex), ..whole.clone() };
        let known_ages = known_sexes && other == Some(0) && sum(bands.iter().copied()) == of_sex;
        for (band, value) in AgeBand::ALL.iter().zip(bands) {
            add(FigureIdentity { age_band: Some(*band), ..identity.clone() }, value.filter(|_| known_ages));
        }
        add(identity, of_sex.filter(|_| known_sexes));
    }
    add(whole, total);
}

fn sum(mut values: impl Iterator<Item = Option<i64>>) -> Option<i64> {
    values.try_fold(0_i64, |sum, value| value.map(|value| sum.saturating_add(value)))
}
