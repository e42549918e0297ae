//! CSV files: a header that is checked, and rows whose every error is kept with its line and column.

use super::{ImportError, RowError};
use csv::{ReaderBuilder, StringRecord};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

/// A CSV file whose header is right.
pub struct Table {
    /// The rows below the header.
    pub rows: Vec<Row>,
    /// What is wrong with rows, so far.
    pub errors: Vec<RowError>,
}

/// A row of a table.
pub struct Row {
    /// The line on which it begins.
    pub line: u64,
    header: Arc<[String]>,
    cells: StringRecord,
}

/// The names in a file's header.
pub fn header(bytes: &[u8]) -> Result<Vec<String>, ImportError> {
    let (header, _) = records(bytes)?;
    Ok(header)
}

impl Table {
    /// Reads a file whose header must have exactly these columns, in any order.
    pub fn read(bytes: &[u8], columns: &[&str]) -> Result<Self, ImportError> {
        Self::read_with(bytes, columns, &[])
    }

    /// The same for a file that may have some optional columns too.
    pub fn read_with(bytes: &[u8], columns: &[&str], optional: &[&str]) -> Result<Self, ImportError> {
        let (header, records) = records(bytes)?;
        let missing: Vec<&str> =
            columns.iter().copied().filter(|name| !header.iter().any(|known| known == name)).collect();
        let is_known = |name: &&str| columns.contains(name) || optional.contains(name);
        let unknown: Vec<&str> = header.iter().map(String::as_str).filter(|name| !is_known(name)).collect();
        let twice = header.iter().collect::<BTreeSet<_>>().len() < header.len();
        if let [only] = header.as_slice()
            && let Some(separator) = [';', '\t'].into_iter().find(|separator| only.contains(*separator))
        {
            let name = if separator == ';' { "semicolons" } else { "tabs" };
            return Err(ImportError::File(format!("the fields are separated by {name}; save the file with commas")));
        }
        if !missing.is_empty() || !unknown.is_empty() || twice {
            let mut complaint = "the header is not right".to_owned();
            for (names, what) in [(missing, "it lacks"), (unknown, "it has the unknown")] {
                if !names.is_empty() {
                    complaint += &format!("; {what} {}", names.join(", "));
                }
            }
            return Err(ImportError::File(format!("{complaint}; expected {}", columns.join(","))));
        }
        let header: Arc<[String]> = header.into();
        let mut table = Self { rows: Vec::new(), errors: Vec::new() };
        for (line, record) in records {
            if record.len() != header.len() {
                let reason =
                    format!("it has {} fields, the header has {}; is the line cut off?", record.len(), header.len());
                table.errors.push(RowError { line, column: None, reason });
                continue;
            }
            if let Some(nth) = record.iter().position(|cell| cell.trim().contains(char::is_control)) {
                let reason = "it holds a control character".to_owned();
                table.errors.push(RowError { line, column: header.get(nth).cloned(), reason });
                continue;
            }
            table.rows.push(Row { line, header: Arc::clone(&header), cells: record });
        }
        Ok(table)
    }

    /// Fails where any row is wrong.
    pub fn finish(mut errors: Vec<RowError>) -> Result<(), ImportError> {
        errors.sort_by_key(|error| error.line);
        if errors.is_empty() { Ok(()) } else { Err(ImportError::Rows(errors)) }
    }
}

/// The most rows of a file.
const MOST_ROWS: usize = 1_000_000;

/// A header, and the records below it, each with its line.
type Records = (Vec<String>, Vec<(u64, StringRecord)>);

fn records(bytes: &[u8]) -> Result<Records, ImportError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        ImportError::File(format!("the file is not UTF-8 (line {line}); save it as UTF-8"))
    })?;
    if let Some(position) = text.find('\0') {
        let line = 1 + text[..position].matches('\n').count();
        return Err(ImportError::File(format!("the file holds a NUL character (line {line}); is it a text file?")));
    }
    if !text.bytes().filter(|byte| *byte == b'"').count().is_multiple_of(2) {
        return Err(ImportError::File("a quoted field has no end; is the file cut off?".to_owned()));
    }
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = Vec::new();
    for record in reader.records() {
        if records.len() > MOST_ROWS {
            return Err(ImportError::File(format!("the file has more than {MOST_ROWS} rows; split it")));
        }
        let record = record.map_err(|error| ImportError::File(format!("the file is not CSV: {error}")))?;
        let line = record.position().map_or(0, csv::Position::line);
        records.push((line, record));
    }
    if records.is_empty() {
        return Err(ImportError::File("the file is empty".to_owned()));
    }
    let (_, header) = records.remove(0);
    Ok((header.iter().map(|name| name.trim().to_owned()).collect(), records))
}

impl Row {
    /// Whether the file has the column.
    pub fn has(&self, column: &str) -> bool {
        self.header.iter().any(|name| name == column)
    }

    /// A cell's text, if it has any.
    pub fn text(&self, column: &str) -> Option<&str> {
        let nth = self.header.iter().position(|name| name == column)?;
        self.cells.get(nth).map(str::trim).filter(|text| !text.is_empty())
    }

    /// What is wrong with a cell of this row.
    pub fn error(&self, column: &str, reason: impl Into<String>) -> RowError {
        RowError { line: self.line, column: Some(column.to_owned()), reason: reason.into() }
    }

    /// A cell's value, if it has one; one that cannot be read becomes an error.
    pub fn value<T: FromStr<Err: Display>>(&self, column: &str, errors: &mut Vec<RowError>) -> Option<T> {
        self.text(column)?.parse().map_err(|error: T::Err| errors.push(self.error(column, error.to_string()))).ok()
    }

    /// A cell's value, which must be there.
    pub fn required<T: FromStr<Err: Display>>(&self, column: &str, errors: &mut Vec<RowError>) -> Option<T> {
        if self.text(column).is_none() {
            errors.push(self.error(column, "it must not be empty"));
        }
        self.value(column, errors)
    }

    /// A cell's whole number, if it has one.
    pub fn number(&self, column: &str, errors: &mut Vec<RowError>) -> Option<i64> {
        let number = self.text(column)?.parse().ok().filter(|number: &i64| *number >= 0);
        if number.is_none() {
            errors.push(self.error(column, "not a whole number"));
        }
        number
    }

    /// A cell's date, if it has one.
    pub fn date(&self, column: &str, errors: &mut Vec<RowError>) -> Option<chrono::NaiveDate> {
        let text = self.text(column)?;
        let date = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10);
        if date.is_none() {
            errors.push(self.error(column, "not a date: expected YYYY-MM-DD"));
        }
        date
    }

    /// A cell's list of values, separated by semicolons, if it has any.
    pub fn list<T: FromStr<Err: Display>>(&self, column: &str, errors: &mut Vec<RowError>) -> Option<Vec<T>> {
        let parts = self.text(column)?.split(';').map(str::trim).filter(|part| !part.is_empty());
        let mut values = Vec::new();
        for part in parts {
            match part.parse() {
                Ok(value) => values.push(value),
                Err(error) => errors.push(self.error(column, format!("{error}"))),
            }
        }
        Some(values)
    }
}
