//! CSV files: a header that is checked, and rows whose every error is kept with its line and column.

use super::{ImportError, RowError, RowErrors};
use csv::{Reader, ReaderBuilder, StringRecord};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

/// A CSV file whose header is right. Its rows are not kept, and read anew each time: a file may have a million of them.
pub struct Table<'f> {
    text: &'f str,
    header: Arc<[String]>,
    /// What is wrong with rows, so far.
    pub errors: RowErrors,
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
    names(&mut reader(text(bytes)?))
}

impl<'f> Table<'f> {
    /// Reads a file whose header must have exactly these columns, in any order.
    pub fn read(bytes: &'f [u8], columns: &[&str]) -> Result<Self, ImportError> {
        Self::read_with(bytes, columns, &[])
    }

    /// The same for a file that may have some optional columns too.
    pub fn read_with(bytes: &'f [u8], columns: &[&str], optional: &[&str]) -> Result<Self, ImportError> {
        let text = text(bytes)?;
        let mut reader = reader(text);
        let header = names(&mut reader)?;
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
        let mut table = Self { text, header: header.into(), errors: RowErrors::default() };
        for (nth, record) in reader.into_records().enumerate() {
            if nth >= MAX_ROWS {
                return Err(ImportError::File(format!("the file has more than {MAX_ROWS} rows; split it")));
            }
            let record = record.map_err(|error| ImportError::File(format!("the file is not CSV: {error}")))?;
            table.fault(&record).into_iter().for_each(|error| table.errors.push(error));
        }
        Ok(table)
    }

    /// The rows below the header that have its fields.
    pub fn rows(&self) -> impl Iterator<Item = Row> + use<'f, '_> {
        let records = reader(self.text).into_records().skip(1).filter_map(Result::ok);
        records.filter(|record| self.fault(record).is_none()).map(|cells| Row {
            line: line(&cells),
            header: Arc::clone(&self.header),
            cells,
        })
    }

    /// What is wrong with a record, whatever its columns mean.
    fn fault(&self, record: &StringRecord) -> Option<RowError> {
        let error = |column, reason| Some(RowError { line: line(record), column, reason });
        let (fields, expected) = (record.len(), self.header.len());
        if fields != expected {
            let reason = format!("it has {fields} fields, the header has {expected}; is the line cut off?");
            return error(None, reason);
        }
        let nth = record.iter().position(|cell| cell.trim().contains(char::is_control))?;
        error(self.header.get(nth).cloned(), "it holds a control character".to_owned())
    }
}

/// The most rows of a file.
const MAX_ROWS: usize = 1_000_000;

/// The text of a file, which is UTF-8 and not cut off.
fn text(bytes: &[u8]) -> Result<&str, ImportError> {
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
    Ok(text)
}

fn reader(text: &str) -> Reader<&[u8]> {
    ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes())
}

/// Reads the header's names.
fn names(reader: &mut Reader<&[u8]>) -> Result<Vec<String>, ImportError> {
    match reader.records().next() {
        Some(Ok(header)) => Ok(header.iter().map(|name| name.trim().to_owned()).collect()),
        Some(Err(error)) => Err(ImportError::File(format!("the file is not CSV: {error}"))),
        None => Err(ImportError::File("the file is empty".to_owned())),
    }
}

fn line(record: &StringRecord) -> u64 {
    record.position().map_or(0, csv::Position::line)
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
    pub fn value<T: FromStr<Err: Display>>(&self, column: &str, errors: &mut RowErrors) -> Option<T> {
        self.text(column)?.parse().map_err(|error: T::Err| errors.push(self.error(column, error.to_string()))).ok()
    }

    /// A cell's value, which must be there.
    pub fn required<T: FromStr<Err: Display>>(&self, column: &str, errors: &mut RowErrors) -> Option<T> {
        if self.text(column).is_none() {
            errors.push(self.error(column, "it must not be empty"));
        }
        self.value(column, errors)
    }

    /// A cell's whole number, if it has one.
    pub fn number(&self, column: &str, errors: &mut RowErrors) -> Option<i64> {
        let number = self.text(column)?.parse().ok().filter(|number: &i64| *number >= 0);
        if number.is_none() {
            errors.push(self.error(column, "not a whole number"));
        }
        number
    }

    /// A cell's date, if it has one.
    pub fn date(&self, column: &str, errors: &mut RowErrors) -> Option<chrono::NaiveDate> {
        let text = self.text(column)?;
        let date = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10);
        if date.is_none() {
            errors.push(self.error(column, "not a date: expected YYYY-MM-DD"));
        }
        date
    }

    /// A cell's list of values, separated by semicolons, if it has any.
    pub fn list<T: FromStr<Err: Display>>(&self, column: &str, errors: &mut RowErrors) -> Option<Vec<T>> {
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
