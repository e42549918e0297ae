//! Closed questions: people are counted by fixed dimensions only. Freely chosen sets would average any noise away.

use crate::domain::category::DataCategory;
use crate::domain::place::Place;
use crate::domain::programme::Programme;
use crate::domain::statistics::{MAX_DIMENSIONS, StatisticsDimension};
use crate::domain::{self, Id, Vocabulary};
use crate::policy::filter::{Condition, DateTest, Filter, SolutionTest};
use chrono::{Datelike, NaiveDate};
use std::collections::BTreeSet;
use std::fmt::Display;

/// A question that may be asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    group_by: Vec<StatisticsDimension>,
    conditions: Vec<Wanted>,
}

/// One value of a dimension that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The dimension.
    pub dimension: StatisticsDimension,
    /// Its value.
    pub value: Value,
}

/// A value of a dimension.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A code.
    Code(String),
    /// A place, or any below it.
    Within(Id<Place>),
    /// A programme.
    Programme(Id<Programme>),
}

/// Why a question may not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotClosed {
    /// More dimensions than may be combined.
    #[error("at most {MAX_DIMENSIONS} dimensions together, grouped and filtered; these are {0}")]
    TooManyDimensions(usize),
    /// A dimension is grouped by twice.
    #[error("{0} is named twice")]
    GroupedTwice(StatisticsDimension),
    /// A dimension is filtered by twice, or filtered by and grouped by.
    #[error("{0} is filtered by twice, or grouped by too: a filter leaves one value of it")]
    FilteredTwice(StatisticsDimension),
    /// A range of arrivals that is not a year.
    #[error(
        "statistics are filtered by one year of arrival at a time: arrivedOn takes its 1 January as from, and its 31 December as until"
    )]
    NotAYear,
    /// A condition on something that people are not counted by.
    #[error("statistics are not filtered by {0}, which is not one of their dimensions")]
    NotADimension(&'static str),
    /// More than one value.
    #[error("statistics are filtered by one value of {0} at a time (eq)")]
    NotOneValue(StatisticsDimension),
    /// A need below the categories by which people are counted.
    #[error("statistics count specific needs by category: SPECIFIC_NEED takes two letters, such as ER")]
    NotANeedCategory,
    /// Alternatives or negations.
    #[error("statistics are filtered by conditions that all hold; `{0}` is not among them")]
    NotTogether(&'static str),
}

impl Question {
    /// The question that groups by some dimensions the people for whom a filter holds.
    ///
    /// # Errors
    /// If a condition asks for no single value of a dimension, or dimensions are too many or repeated.
    pub fn new(group_by: &[StatisticsDimension], filter: &Filter) -> Result<Self, NotClosed> {
        let mut conditions = Vec::new();
        collect(filter, &mut conditions)?;
        let question = Self { group_by: group_by.to_vec(), conditions };
        let mut seen = BTreeSet::new();
        if let Some(twice) = question.group_by.iter().find(|dimension| !seen.insert(**dimension)) {
            return Err(NotClosed::GroupedTwice(*twice));
        }
        if let Some(twice) = question.conditions.iter().find(|wanted| !seen.insert(wanted.dimension)) {
            return Err(NotClosed::FilteredTwice(twice.dimension));
        }
        match seen.len() {
            0..=MAX_DIMENSIONS => Ok(question),
            more => Err(NotClosed::TooManyDimensions(more)),
        }
    }

    /// The dimensions that people are grouped by.
    pub fn group_by(&self) -> &[StatisticsDimension] {
        &self.group_by
    }

    /// What people are filtered by.
    pub fn conditions(&self) -> &[Wanted] {
        &self.conditions
    }

    /// Every dimension used: grouped by first, then filtered by.
    pub fn dimensions(&self) -> impl Iterator<Item = StatisticsDimension> {
        self.group_by.iter().copied().chain(self.conditions.iter().map(|wanted| wanted.dimension))
    }

    /// The categories that one agreement must grant together for a person to be counted.
    pub fn categories(&self) -> BTreeSet<DataCategory> {
        self.dimensions().map(StatisticsDimension::category).collect()
    }
}

fn collect(filter: &Filter, found: &mut Vec<Wanted>) -> Result<(), NotClosed> {
    match filter {
        Filter::All(filters) => filters.iter().try_for_each(|filter| collect(filter, found)),
        Filter::Any(_) => Err(NotClosed::NotTogether("or")),
        Filter::Neither(_) => Err(NotClosed::NotTogether("not")),
        Filter::Condition(Condition::Solution(test)) => solution(test, found),
        Filter::Condition(condition) => {
            found.push(wanted(condition)?);
            Ok(())
        }
    }
}

fn solution(test: &SolutionTest, found: &mut Vec<Wanted>) -> Result<(), NotClosed> {
    let SolutionTest { kinds, stages, destinations, assisted } = test;
    if destinations.is_some() {
        return Err(NotClosed::NotADimension("solution.destination"));
    }
    if assisted.is_some() {
        return Err(NotClosed::NotADimension("solution.assisted"));
    }
    if let Some(kinds) = kinds {
        found.push(code(StatisticsDimension::SolutionKind, kinds)?);
    }
    if let Some(stages) = stages {
        found.push(code(StatisticsDimension::SolutionStage, stages)?);
    }
    Ok(())
}

fn wanted(condition: &Condition) -> Result<Wanted, NotClosed> {
    use StatisticsDimension as Dimension;
    let no_dimension = |name| Err(NotClosed::NotADimension(name));
    match condition {
        Condition::Code("nationality", values) => code(Dimension::Nationality, values),
        Condition::Code("sex", values) => code(Dimension::Sex, values),
        Condition::Code("legal_status", values) => code(Dimension::LegalStatus, values),
        Condition::Code(other, _) => no_dimension(other),
        Condition::AgeBand(values) => code(Dimension::AgeBand, values),
        Condition::SpecificNeed(values) => {
            let wanted = code(Dimension::SpecificNeed, values)?;
            let is_category = matches!(&wanted.value, Value::Code(code) if code.len() == 2);
            if is_category { Ok(wanted) } else { Err(NotClosed::NotANeedCategory) }
        }
        Condition::Region(place) => Ok(Wanted { dimension: Dimension::Region, value: Value::Within(*place) }),
        Condition::Place(place) => Ok(Wanted { dimension: Dimension::Place, value: Value::Within(*place) }),
        Condition::Enrolment(programmes) => match programmes[..] {
            [one] => Ok(Wanted { dimension: Dimension::Programme, value: Value::Programme(one) }),
            _ => Err(NotClosed::NotOneValue(Dimension::Programme)),
        },
        Condition::Solution(_) => no_dimension("solution"),
        Condition::Nomination(_) => no_dimension("circuitRide"),
        Condition::Holder(_) => no_dimension("holder"),
        Condition::GivenName(_) => no_dimension("givenName"),
        Condition::FamilyName(_) => no_dimension("familyName"),
        Condition::RegistrationNumber(_) => no_dimension("registrationNumber"),
        Condition::DateOfBirth(_) => no_dimension("dateOfBirth"),
        Condition::Phone(_) => no_dimension("phone"),
        Condition::ArrivedOn(test) => year(test).map(|value| Wanted { dimension: Dimension::ArrivalYear, value }),
        Condition::RegisteredOn(_) => no_dimension("registeredOn"),
        Condition::CaseNumber(_) => no_dimension("caseNumber"),
        Condition::Incident(kinds) => code(Dimension::IncidentKind, kinds),
        Condition::Emergency(_) => no_dimension("emergency"),
    }
}

fn year(test: &DateTest) -> Result<Value, NotClosed> {
    let year = test.from.map(|from| from.year()).ok_or(NotClosed::NotAYear)?;
    let whole = DateTest { from: NaiveDate::from_ymd_opt(year, 1, 1), until: NaiveDate::from_ymd_opt(year, 12, 31) };
    if *test == whole { Ok(Value::Code(year.to_string())) } else { Err(NotClosed::NotAYear) }
}

fn code<C: Display>(dimension: StatisticsDimension, values: &[C]) -> Result<Wanted, NotClosed> {
    match values {
        [one] => Ok(Wanted { dimension, value: Value::Code(one.to_string()) }),
        _ => Err(NotClosed::NotOneValue(dimension)),
    }
}

/// Every code of a dimension whose vocabulary is closed; such a dimension's zeros are shown too.
pub fn closed_vocabulary(dimension: StatisticsDimension) -> Vec<&'static str> {
    fn codes<V: Vocabulary>() -> Vec<&'static str> {
        V::ALL.iter().map(|value| value.code()).collect()
    }
    match dimension {
        StatisticsDimension::Sex => codes::<domain::individual::Sex>(),
        StatisticsDimension::AgeBand => codes::<domain::individual::AgeBand>(),
        StatisticsDimension::LegalStatus => codes::<domain::individual::LegalStatus>(),
        StatisticsDimension::SolutionKind => codes::<domain::solution::SolutionKind>(),
        StatisticsDimension::SolutionStage => codes::<domain::solution::SolutionStage>(),
        StatisticsDimension::IncidentKind => codes::<domain::incident::IncidentKind>(),
        _ => Vec::new(),
    }
}
