//! CSV files: a header that is checked, and rows whose every error is kept with its line and column.

use super::{ImportError, RowError, RowErrors};
use csv::{Reader, ReaderBuilder, StringRecord};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

/// A CSV file whose header is right. Its rows are not kept, and read anew each time: a file may have a million of them.
pub struct Table<'f> {
    text: Text<'f>,
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
///
/// # Errors
/// If the file is empty, cut off or not UTF-8, holds a NUL character, or its header is no CSV.
pub fn header(bytes: &[u8]) -> Result<Vec<String>, ImportError> {
    names(&mut Text::read(bytes)?.reader())
}

impl<'f> Table<'f> {
    /// Reads a file whose header must have exactly these columns, in any order.
    ///
    /// # Errors
    /// If the file is no whole CSV in UTF-8, its header is not right, or it has over a million rows.
    pub fn read(bytes: &'f [u8], columns: &[&str]) -> Result<Self, ImportError> {
        Self::read_with(bytes, columns, &[])
    }

    /// The same for a file that may have some optional columns too.
    ///
    /// # Errors
    /// If the file is no whole CSV in UTF-8, its header is not right, or it has over a million rows.
    pub fn read_with(bytes: &'f [u8], columns: &[&str], optional: &[&str]) -> Result<Self, ImportError> {
        let text = Text::read(bytes)?;
        let mut reader = text.reader();
        let header = names(&mut reader)?;
        let missing: Vec<&str> =
            columns.iter().copied().filter(|name| !header.iter().any(|known| known == name)).collect();
        let is_known = |name: &&str| columns.contains(name) || optional.contains(name);
        let unknown: Vec<&str> = header.iter().map(String::as_str).filter(|name| !is_known(name)).collect();
        let twice = header.iter().collect::<BTreeSet<_>>().len() < header.len();
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
            let fault = if is_empty(&record) { None } else { table.fault(&record) };
            fault.into_iter().for_each(|error| table.errors.push(error));
        }
        Ok(table)
    }

    /// The rows below the header that have its fields.
    pub fn rows(&self) -> impl Iterator<Item = Row> + use<'f, '_> {
        let records = self.text.reader().into_records().skip(1).filter_map(Result::ok);
        let filled = records.filter(|record| !is_empty(record) && self.fault(record).is_none());
        filled.map(|cells| Row { line: self.text.line(&cells), header: Arc::clone(&self.header), cells })
    }

    /// What is wrong with a record, whatever its columns mean.
    fn fault(&self, record: &StringRecord) -> Option<RowError> {
        let error = |column, reason| Some(RowError { line: self.text.line(record), column, reason });
        let (fields, expected) = (record.len(), self.header.len());
        // Spreadsheets add columns that are empty.
        if fields < expected || record.iter().skip(expected).any(|cell| !cell.trim().is_empty()) {
            let reason = format!("it has {fields} fields, the header has {expected}; is the line cut off?");
            return error(None, reason);
        }
        let wrong = |cell: &str| match cell {
            cell if cell.trim().contains(char::is_control) => Some("it holds a control character"),
            cell if is_rounded(cell) => Some("a spreadsheet has rounded this number; format the column as text"),
            _ => None,
        };
        let (nth, reason) = record.iter().enumerate().find_map(|(nth, cell)| Some((nth, wrong(cell)?)))?;
        error(self.header.get(nth).cloned(), reason.to_owned())
    }
}

/// The most rows of a file.
const MAX_ROWS: usize = 1_000_000;

/// The largest number of a cell: more people than there are.
const MAX_NUMBER: i64 = 10_000_000_000;

/// The text of a file, which is UTF-8 and not cut off.
#[derive(Clone, Copy)]
struct Text<'f> {
    text: &'f str,
    separator: u8,
    /// The lines before it.
    before: u64,
}

impl<'f> Text<'f> {
    fn read(bytes: &'f [u8]) -> Result<Self, ImportError> {
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
        // Spreadsheets write `sep=;` above the header, or use the separator of their language without saying so.
        if let Some((&[separator], rest)) = text
            .strip_prefix("sep=")
            .and_then(|rest| rest.split_once('\n'))
            .map(|(said, rest)| (said.trim_end_matches('\r').as_bytes(), rest))
            .and_then(|(said, rest)| Some((<&[u8; 1]>::try_from(said).ok()?, rest)))
        {
            return Ok(Self { text: rest, separator, before: 1 });
        }
        let header = text.lines().next().unwrap_or_default();
        let separator = [b',', b';', b'\t'].into_iter().find(|separator| header.as_bytes().contains(separator));
        Ok(Self { text, separator: separator.unwrap_or(b','), before: 0 })
    }

    fn reader(self) -> Reader<&'f [u8]> {
        let mut builder = ReaderBuilder::new();
        builder.has_headers(false).flexible(true).delimiter(self.separator).from_reader(self.text.as_bytes())
    }

    /// The line on which a record begins: its position is that of the line ends before it.
    fn line(self, record: &StringRecord) -> u64 {
        let Some(position) = record.position() else { return 0 };
        let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
        let before = self.text.as_bytes().iter().skip(from).take_while(|byte| matches!(byte, b'\r' | b'\n'));
        self.before + position.line() + before.filter(|byte| **byte == b'\n').count() as u64
    }
}

/// Reads the header's names. Spreadsheets add columns that have none.
fn names(reader: &mut Reader<&[u8]>) -> Result<Vec<String>, ImportError> {
    let header = match reader.records().next() {
        Some(Ok(header)) => header,
        Some(Err(error)) => return Err(ImportError::File(format!("the file is not CSV: {error}"))),
        None => return Err(ImportError::File("the file is empty".to_owned())),
    };
    let mut names: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
    while names.len() > 1 && names.last().is_some_and(String::is_empty) {
        names.pop();
    }
    Ok(names)
}

fn is_empty(record: &StringRecord) -> bool {
    record.iter().all(|cell| cell.trim().is_empty())
}

/// Whether a number is written as spreadsheets write long ones: `3.50E+06`.
fn is_rounded(cell: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((mantissa, exponent)) = cell.trim().split_once("E+") else { return false };
    digits(exponent) && mantissa.split(['.', ',']).all(digits)
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

    /// A cell's value, if it has one; one that cannot be read becomes an error. Codes may be in any case.
    pub fn value<T: FromStr<Err: Display>>(&self, column: &str, errors: &mut RowErrors) -> Option<T> {
        read(self.text(column)?).map_err(|error: T::Err| errors.push(self.error(column, error.to_string()))).ok()
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
        let number = self.text(column)?.parse().ok().filter(|number| (0..=MAX_NUMBER).contains(number));
        if number.is_none() {
            errors.push(self.error(column, "not a whole number from 0 to 10000000000"));
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
            match read(part) {
                Ok(value) => values.push(value),
                Err(error) => errors.push(self.error(column, format!("{error}"))),
            }
        }
        Some(values)
    }
}

fn read<T: FromStr>(text: &str) -> Result<T, T::Err> {
    text.parse().or_else(|error| text.to_uppercase().parse().map_err(|_| error))
}
