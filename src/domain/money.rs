//! Amounts of money, in the currencies and to the decimals of ISO 4217.

pub use iso_currency::Currency;

/// The most of a currency's minor unit that one amount has.
const MAX_MINOR: i64 = 1_000_000_000_000;

/// Why a text is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAnAmount {
    /// It is no number that can be paid.
    #[error("not an amount: expected digits above zero, with a point before decimals, such as 25.00")]
    NotANumber,
    /// The currency has fewer decimals.
    #[error("{0} has {1} decimals")]
    TooManyDecimals(String, u16),
    /// It is too much.
    #[error("it is too large for one payment")]
    TooLarge,
}

/// A currency that can be paid, by its code.
///
/// # Errors
/// If ISO 4217 has no such code, or nothing can be paid in it.
pub fn currency(code: &str) -> Result<Currency, &'static str> {
    let known = Currency::from_code(code).filter(|currency| currency.exponent().is_some());
    known.ok_or("not a currency: expected a code of ISO 4217 such as TJS")
}

/// An amount in the currency's minor unit.
///
/// # Errors
/// If the text is no amount, or has more decimals than the currency.
pub fn minor_units(text: &str, currency: Currency) -> Result<i64, NotAnAmount> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || text.ends_with('.') || !is_number(whole) || !is_number(decimals) {
        return Err(NotAnAmount::NotANumber);
    }
    let exponent = currency.exponent().unwrap_or_default();
    if decimals.len() > usize::from(exponent) {
        return Err(NotAnAmount::TooManyDecimals(currency.code().to_owned(), exponent));
    }
    let digits = format!("{whole}{decimals:0<width$}", width = usize::from(exponent));
    match digits.parse::<i64>() {
        Ok(0) => Err(NotAnAmount::NotANumber),
        Ok(minor) if minor <= MAX_MINOR => Ok(minor),
        _ => Err(NotAnAmount::TooLarge),
    }
}

/// An amount as a decimal number, with all decimals of the currency; with two if ISO 4217 does not say.
pub fn decimal(minor: i64, code: &str) -> String {
    let exponent = Currency::from_code(code).and_then(Currency::exponent).unwrap_or(2);
    let unit = 10_i64.pow(exponent.into());
    match exponent {
        0 => minor.to_string(),
        _ => format!("{}.{:0width$}", minor / unit, minor % unit, width = usize::from(exponent)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_the_decimals_of_their_currency() {
        for (text, code, minor) in [
            ("25", "USD", 2_500),
            ("25.5", "USD", 2_550),
            ("0.01", "TJS", 1),
            ("1200", "JPY", 1_200),
            ("1.234", "KWD", 1_234),
        ] {
            assert_eq!(minor_units(text, currency(code).unwrap()), Ok(minor), "{text} {code}");
        }
        for (minor, code, text) in
            [(2_500, "USD", "25.00"), (1, "TJS", "0.01"), (1_200, "JPY", "1200"), (1_234, "KWD", "1.234")]
        {
            assert_eq!(decimal(minor, code), text);
        }
        assert_eq!(minor_units("25.001", currency("USD").unwrap()).unwrap_err().to_string(), "USD has 2 decimals");
        for (text, code) in [
            ("1.5", "JPY"),
            ("", "USD"),
            ("0.00", "USD"),
            ("-1", "USD"),
            ("1e3", "USD"),
            (".5", "USD"),
            ("5.", "USD"),
            ("99999999999999999999", "USD"),
        ] {
            assert!(minor_units(text, currency(code).unwrap()).is_err(), "{text} {code}");
        }
        for code in ["usd", "XYZ", "XAU", ""] {
            assert!(currency(code).is_err(), "{code}");
        }
    }
}
