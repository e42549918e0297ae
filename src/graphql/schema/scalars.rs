//! The domain's codes and dates as GraphQL scalars.

use crate::domain::country::CountryCode;
use crate::domain::language::LanguageCode;
use crate::domain::money::{Currency, currency};
use crate::graphql::engine::errors::Code;
use async_graphql::{Error, InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::{Datelike, NaiveDate, NaiveDateTime, SecondsFormat};

/// A country: an ISO 3166-1 alpha-3 code such as `AFG`, or UNHCR's `XXA` (stateless), `UNK` (unknown), `TIB`.
#[Scalar(name = "CountryCode", specified_by_url = "https://www.iso.org/iso-3166-country-codes.html")]
impl ScalarType for CountryCode {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(code) => code.parse().map_err(InputValueError::custom),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}

/// A calendar date, `YYYY-MM-DD` (ISO 8601).
#[derive(Debug, Clone, Copy)]
pub struct Date(pub NaiveDate);

/// A calendar date, `YYYY-MM-DD` (ISO 8601).
#[Scalar(name = "Date", specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339#section-5.6")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        date(text).map(Self).map_err(InputValueError::custom)
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format("%Y-%m-%d").to_string())
    }
}

/// Declares a scalar that is shown and never given.
macro_rules! shown {
    ($($(#[doc = $doc:literal])+ $scalar:ident as $name:literal $(by $url:literal)? of $of:ty: $show:expr;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        pub struct $scalar(pub $of);

        $(#[doc = $doc])+
        #[Scalar(name = $name $(, specified_by_url = $url)?)]
        impl ScalarType for $scalar {
            fn parse(value: Value) -> InputValueResult<Self> {
                Err(InputValueError::expected_type(value))
            }

            fn to_value(&self) -> Value {
                $show(&self.0)
            }
        }
    )+};
}

shown! {
    /// A moment in UTC, `YYYY-MM-DDThh:mm:ssZ` with up to six decimals of a second (RFC 3339).
    DateTime as "DateTime" by "https://www.rfc-editor.org/rfc/rfc3339#section-5.6" of NaiveDateTime: moment;
    /// A whole number that may pass the 32 bits of `Int`; up to 2⁵³, which JSON's readers hold exactly.
    Long as "Long" of i64: number;
    /// A language: a code of ISO 639-3 such as `prs` (Dari).
    Language as "LanguageCode" by "https://www.iso.org/iso-639-language-code" of String: text;
    /// An exact decimal number as text, `125.00`: digits, with a point before the decimals if there are any.
    Decimal as "Decimal" of String: text;
    /// A currency: a code of ISO 4217 such as `TJS`.
    CurrencyCode as "CurrencyCode" by "https://www.iso.org/iso-4217-currency-codes.html" of String: text;
}

impl From<i64> for Long {
    fn from(number: i64) -> Self {
        Self(number)
    }
}

fn moment(at: &NaiveDateTime) -> Value {
    Value::String(at.and_utc().to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

fn number(value: &i64) -> Value {
    Value::from(*value)
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

/// Reads a date of four, two and two digits.
fn date(text: &str) -> Result<NaiveDate, &'static str> {
    let digits = |at: usize, byte: u8| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    let well_formed = text.len() == 10 && text.bytes().enumerate().all(|(at, byte)| digits(at, byte));
    let date = text.parse().ok().filter(|date: &NaiveDate| well_formed && date.year() > 0);
    date.ok_or("not a date: expected YYYY-MM-DD, such as 2003-05-31")
}

/// Declares the text of a scalar as clients give it: read where the argument's name is known, so that an error can say it.
macro_rules! given {
    ($($(#[doc = $doc:literal])+ $given:ident as $name:literal $(by $url:literal)? gives $value:ty, $read:expr;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone)]
        pub struct $given(String);

        $(#[doc = $doc])+
        #[Scalar(name = $name $(, specified_by_url = $url)?)]
        impl ScalarType for $given {
            fn parse(value: Value) -> InputValueResult<Self> {
                match value {
                    Value::String(text) => Ok(Self(text)),
                    Value::Number(number) if $name == "Decimal" => Ok(Self(number.to_string())),
                    other => Err(InputValueError::expected_type(other)),
                }
            }

            fn to_value(&self) -> Value {
                Value::String(self.0.clone())
            }
        }

        impl $given {
            /// The value, or what is wrong with the argument.
            ///
            /// # Errors
            /// If the text is no value of the scalar, with `BAD_INPUT` at the argument.
            pub fn read(&self, argument: &str) -> Result<$value, Error> {
                self.value().map_err(|error| Code::BadInput.at(argument, error))
            }

            /// The value, or what is wrong with the text.
            ///
            /// # Errors
            /// If the text is no value of the scalar, with what is wrong.
            pub fn value(&self) -> Result<$value, String> {
                $read(&self.0).map_err(|error| error.to_string())
            }
        }
    )+};
}

given! {
    /// A calendar date, `YYYY-MM-DD` (ISO 8601).
    GivenDate as "Date" by "https://www.rfc-editor.org/rfc/rfc3339#section-5.6" gives NaiveDate, date;
    /// A moment in UTC, `YYYY-MM-DDThh:mm:ssZ` with up to six decimals of a second (RFC 3339).
    GivenDateTime as "DateTime" by "https://www.rfc-editor.org/rfc/rfc3339#section-5.6" gives NaiveDateTime, moment_of;
    /// An exact decimal number as text, `125.00`: digits, with a point before the decimals if there are any.
    GivenDecimal as "Decimal" gives String, decimal;
    /// A currency: a code of ISO 4217 such as `TJS`.
    GivenCurrency as "CurrencyCode" by "https://www.iso.org/iso-4217-currency-codes.html" gives Currency, currency;
    /// A language: a code of ISO 639-3 such as `prs` (Dari).
    GivenLanguage as "LanguageCode" by "https://www.iso.org/iso-639-language-code" gives LanguageCode, str::parse::<LanguageCode>;
    /// A country: an ISO 3166-1 alpha-3 code such as `AFG`, or UNHCR's `XXA` (stateless), `UNK` (unknown), `TIB`.
    GivenCountry as "CountryCode" by "https://www.iso.org/iso-3166-country-codes.html" gives CountryCode, str::parse::<CountryCode>;
}

/// What a decimal number stands for is known with its unit.
fn decimal(text: &str) -> Result<String, std::convert::Infallible> {
    Ok(text.to_owned())
}

/// Reads a moment with its offset, to the microsecond.
fn moment_of(text: &str) -> Result<NaiveDateTime, &'static str> {
    let read = chrono::DateTime::parse_from_rfc3339(text).map(|at| at.naive_utc());
    read.map_err(|_| "not a moment: expected one such as 2003-05-31T08:00:00Z, as updatedAt gives it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_four_two_and_two_digits() {
        assert_eq!(date("2003-05-31"), Ok(NaiveDate::from_ymd_opt(2003, 5, 31).unwrap()));
        for wrong in ["+12003-1-1", "-999-01-01", " 2003-1-01", "2003- 1- 1", "0000-01-01", "2003-02-30", "2003/05/31"]
        {
            assert!(date(wrong).is_err(), "{wrong}");
        }
    }
}
