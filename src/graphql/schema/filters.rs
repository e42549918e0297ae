//! Filters on single values, shared by the nouns.

use super::scalars::{GivenCountry, GivenDate};
use crate::domain::agreement::AgreementStatus;
use crate::domain::country::CountryCode;
use crate::domain::emergency::EmergencyStatus;
use crate::domain::incident::IncidentKind;
use crate::domain::individual::{AgeBand, LegalStatus, RecordClosure, Sex};
use crate::domain::population_figure::PopulationType;
use crate::domain::programme::{ProgrammeKind, ProgrammeStatus};
use crate::domain::purpose::Purpose;
use crate::domain::solution::{SolutionKind, SolutionStage};
use crate::graphql::engine::errors::Code;
use crate::policy::filter::{DateTest, TextTest};
use async_graphql::{Error, ID, InputObject, InputType, Value};

/// The most values that one `in` may list.
const MAX_VALUES: usize = 200;

/// The most characters of a text that is looked for.
const MAX_CHARACTERS: usize = 1_000;

/// Declares a filter on a code: `eq` and `in`.
macro_rules! code_filters {
    ($($name:ident of $value:ty: $about:literal;)+) => {$(
        #[doc = $about]
        #[derive(InputObject, Clone, Default)]
        pub struct $name {
            /// This one.
            eq: Option<$value>,
            /// One of these; none given matches nothing.
            #[graphql(name = "in")]
            any: Option<Vec<$value>>,
        }

        impl $name {
            /// The values that pass; both tests given must pass.
            ///
            /// # Errors
            /// If neither `eq` nor `in` is given, `in` has over 200 values, or a text holds a NUL character or over 1,000 characters.
            pub fn one_of(self, argument: &str) -> Result<Vec<$value>, Error> {
                one_of(self.eq, self.any, argument)
            }
        }
    )+};
}

code_filters! {
    AgeBandFilter of AgeBand: "A test of an age band.";
    AgreementStatusFilter of AgreementStatus: "A test of an agreement's status.";
    EmergencyStatusFilter of EmergencyStatus: "A test of where an emergency stands.";
    IncidentKindFilter of IncidentKind: "A test of a kind of incident.";
    LegalStatusFilter of LegalStatus: "A test of a legal status.";
    PopulationTypeFilter of PopulationType: "A test of a population type.";
    ProgrammeKindFilter of ProgrammeKind: "A test of a kind of programme.";
    ProgrammeStatusFilter of ProgrammeStatus: "A test of a programme's status.";
    PurposeFilter of Purpose: "A test of a purpose.";
    RecordClosureFilter of RecordClosure: "A test of why a record is closed.";
    SexFilter of Sex: "A test of a sex.";
    SolutionKindFilter of SolutionKind: "A test of a kind of solution.";
    SolutionStageFilter of SolutionStage: "A test of a stage.";
    CodeFilter of String: "A test of a code.";
}

/// The values of which one must be there; of two tests given both must pass.
///
/// # Errors
/// If neither `eq` nor `in` is given, `in` has over 200 values, or a text holds a NUL character or over 1,000 characters.
pub fn one_of<T: PartialEq + InputType>(eq: Option<T>, any: Option<Vec<T>>, argument: &str) -> Result<Vec<T>, Error> {
    for value in eq.iter().chain(any.iter().flatten()) {
        if let Value::String(text) = value.to_value() {
            findable(&text, argument)?;
        }
    }
    if any.as_ref().is_some_and(|any| any.len() > MAX_VALUES) {
        return Err(Code::Limit.at(&format!("{argument}.in"), format!("at most {MAX_VALUES} values")));
    }
    match (eq, any) {
        (Some(eq), None) => Ok(vec![eq]),
        (None, Some(any)) => Ok(distinct(any)),
        (Some(eq), Some(any)) => Ok(if any.contains(&eq) { vec![eq] } else { Vec::new() }),
        (None, None) => Err(Code::BadInput.at(argument, "give eq or in")),
    }
}

/// A test of a country.
#[derive(InputObject, Clone, Default)]
pub struct CountryCodeFilter {
    /// This one.
    eq: Option<GivenCountry>,
    /// One of these; none given matches nothing.
    #[graphql(name = "in")]
    any: Option<Vec<GivenCountry>>,
}

impl CountryCodeFilter {
    /// The countries that pass; both tests given must pass.
    ///
    /// # Errors
    /// If neither `eq` nor `in` is given, `in` has over 200 values, or a text is no country's code.
    pub fn one_of(self, argument: &str) -> Result<Vec<CountryCode>, Error> {
        let read = |(index, given): (usize, &GivenCountry)| given.read(&format!("{argument}.in.{index}"));
        let any = self.any.map(|any| any.iter().enumerate().map(read).collect()).transpose()?;
        let eq = self.eq.map(|given| given.read(&format!("{argument}.eq"))).transpose()?;
        one_of(eq, any, argument)
    }
}

fn distinct<T: PartialEq>(values: Vec<T>) -> Vec<T> {
    values.into_iter().fold(Vec::new(), |mut kept, value| {
        if !kept.contains(&value) {
            kept.push(value);
        }
        kept
    })
}

/// PostgreSQL holds no text with a NUL character, and would fail on the question; nor is any long text one that could be found.
fn findable(text: &str, argument: &str) -> Result<(), Error> {
    if text.chars().nth(MAX_CHARACTERS).is_some() {
        return Err(Code::Limit.at(argument, format!("at most {MAX_CHARACTERS} characters")));
    }
    match text.contains('\0') {
        true => Err(Code::BadInput.at(argument, "a text holds no NUL character")),
        false => Ok(()),
    }
}

/// A test of a text. Case and blanks at the ends do not matter.
#[derive(InputObject, Clone, Default)]
pub struct TextFilter {
    /// The same text.
    eq: Option<String>,
    /// A text that starts with this one.
    starts_with: Option<String>,
}

impl TextFilter {
    /// The one test that is given.
    ///
    /// # Errors
    /// If not exactly one test is given, or its text holds a NUL character or over 1,000 characters.
    pub fn one(self, argument: &str) -> Result<TextTest, Error> {
        for text in self.eq.iter().chain(&self.starts_with) {
            findable(text, argument)?;
        }
        match (self.eq, self.starts_with) {
            (Some(text), None) => Ok(TextTest::Equals(text)),
            (None, Some(prefix)) => Ok(TextTest::StartsWith(prefix)),
            _ => Err(Code::BadInput.at(argument, "give either eq or startsWith")),
        }
    }
}

/// A test of a date. If a row shows its dates by year, they are tested as 1 January.
#[derive(InputObject, Clone, Default)]
pub struct DateFilter {
    /// On this day or later.
    from: Option<GivenDate>,
    /// On this day or earlier.
    until: Option<GivenDate>,
}

impl DateFilter {
    /// The range that is given, which has at least one end.
    ///
    /// # Errors
    /// If neither end is given, or one is no date of the form YYYY-MM-DD.
    pub fn range(self, argument: &str) -> Result<DateTest, Error> {
        let read = |given: Option<GivenDate>, end: &str| {
            given.map(|given| given.read(&format!("{argument}.{end}"))).transpose()
        };
        let test = DateTest { from: read(self.from, "from")?, until: read(self.until, "until")? };
        match test {
            DateTest { from: None, until: None } => Err(Code::BadInput.at(argument, "give from, until or both")),
            _ => Ok(test),
        }
    }
}

/// A test of a whole number.
#[derive(InputObject, Clone, Default)]
pub struct NumberFilter {
    /// This one.
    eq: Option<i32>,
    /// This one or more.
    from: Option<i32>,
    /// This one or less.
    until: Option<i32>,
}

impl NumberFilter {
    /// The least and the greatest number that pass.
    ///
    /// # Errors
    /// If nothing is given, or `eq` together with `from` or `until`.
    pub fn range(self, argument: &str) -> Result<(Option<i32>, Option<i32>), Error> {
        match self {
            Self { eq: Some(number), from: None, until: None } => Ok((Some(number), Some(number))),
            Self { eq: None, from: None, until: None } | Self { eq: Some(_), .. } => {
                Err(Code::BadInput.at(argument, "give either eq, or from, until or both"))
            }
            Self { eq: None, from, until } => Ok((from, until)),
        }
    }
}

/// A test of a place, by its id or by its P-code.
#[derive(InputObject, Clone)]
pub struct PlaceTest {
    /// Here or below.
    pub within: Option<ID>,
    /// Here or below, by P-code.
    pub within_code: Option<String>,
}

/// A test of a circuit ride.
#[derive(InputObject, Clone)]
pub struct CircuitRideTest {
    /// This one.
    pub eq: Option<ID>,
    /// One of these; none given matches nothing.
    #[graphql(name = "in")]
    pub any: Option<Vec<ID>>,
}

/// A test of a programme, by its id or by its identifier. All that is given must hold.
#[derive(InputObject, Clone)]
pub struct ProgrammeTest {
    /// This one.
    pub eq: Option<ID>,
    /// One of these; none given matches nothing.
    #[graphql(name = "in")]
    pub any: Option<Vec<ID>>,
    /// With such an IATI identifier.
    pub identifier: Option<CodeFilter>,
}
