//! Results of programmes, as IATI has them: an indicator, and what was meant to be reached and was in a period.

use super::programme::Programme;
use super::{Id, vocabulary};
use chrono::NaiveDate;

/// The most characters of an indicator.
pub const MAX_INDICATOR: usize = 500;

/// The most results that are reported of a programme: whoever sees the programme reads them together.
pub const MAX_RESULTS: i64 = 1_000;

/// The most digits of a number before its point, and after.
const MAX_DIGITS: (usize, usize) = (15, 4);

vocabulary! {
    /// Whom a result is about.
    Participants {
        /// Refugees and asylum-seekers.
        Refugees = "REFUGEES",
        /// Their neighbours, who are counted and never named.
        HostCommunity = "HOST_COMMUNITY",
        /// Both, or neither is told.
        All = "ALL",
    }
}

vocabulary! {
    /// What a result is counted in.
    ResultMeasure {
        /// Pieces: people, houses, loans.
        Unit = "UNIT",
        /// Parts of a hundred.
        Percentage = "PERCENTAGE",
    }
}

/// What a programme reports of an indicator for a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgrammeResult {
    /// Row key, random.
    pub id: Id<ProgrammeResult>,
    /// Of which programme.
    pub programme_id: Id<Programme>,
    /// What is measured.
    pub indicator: String,
    /// About whom.
    pub participants: Participants,
    /// In what.
    pub measure: ResultMeasure,
    /// The first day.
    pub period_from: NaiveDate,
    /// The last day.
    pub period_until: NaiveDate,
    /// Where it began, as a decimal number.
    pub baseline: Option<String>,
    /// What was to be reached.
    pub target: Option<String>,
    /// What was.
    pub reached: Option<String>,
}

/// Of what a programme has one result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResultKey<'r> {
    /// Of which programme.
    pub programme_id: Id<Programme>,
    /// What is measured.
    pub indicator: &'r str,
    /// About whom.
    pub participants: Participants,
    /// The first day of the period.
    pub period_from: NaiveDate,
    /// The last day of the period.
    pub period_until: NaiveDate,
}

impl ProgrammeResult {
    /// Whether the other reports the same indicator, about the same people, for the same period.
    pub fn is_of_same(&self, other: &Self) -> bool {
        self.key() == other.key()
    }

    /// Of what it is a result.
    pub fn key(&self) -> ResultKey<'_> {
        let Self { programme_id, ref indicator, participants, period_from, period_until, .. } = *self;
        ResultKey { programme_id, indicator, participants, period_from, period_until }
    }
}

/// A decimal number in its shortest form: no sign or zeros that change nothing.
///
/// # Errors
/// If the text is no such number.
pub fn number(text: &str) -> Result<String, &'static str> {
    let wrong =
        Err("not a number: expected up to 15 digits, with a point before up to 4 decimals, such as 1250 or 62.5");
    let (sign, digits) = text.trim().strip_prefix('-').map_or(("", text.trim()), |digits| ("-", digits));
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let are_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || digits.ends_with('.') || !are_digits(whole) || !are_digits(decimals) {
        return wrong;
    }
    let (whole, decimals) = (whole.trim_start_matches('0'), decimals.trim_end_matches('0'));
    if whole.len() > MAX_DIGITS.0 || decimals.len() > MAX_DIGITS.1 {
        return wrong;
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    Ok(match (whole, decimals) {
        ("0", "") => "0".to_owned(),
        (_, "") => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{decimals}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (text, short) in [
            ("1250", "1250"),
            ("007", "7"),
            ("62.50", "62.5"),
            ("0.0", "0"),
            ("-0", "0"),
            ("-1.25", "-1.25"),
            (" 5 ", "5"),
        ] {
            assert_eq!(number(text).as_deref(), Ok(short), "{text}");
        }
        for wrong in ["", "-", ".5", "5.", "1e3", "1,000", "1.23456", "1234567890123456", "٣", "+1", "--1", "NaN"] {
            assert!(number(wrong).is_err(), "{wrong}");
        }
    }
}
