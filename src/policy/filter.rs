//! Filters on individuals, in a form in which a hidden value can match nothing.
//!
//! A hidden or missing value is unknown, in three-valued logic. Negations are pushed down to the conditions, so that what is
//! left is `and` and `or` over conditions that are known to hold or known not to hold: an unknown one is neither.

use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::category::DataCategory;
use crate::domain::circuit_ride::CircuitRide;
use crate::domain::country::CountryCode;
use crate::domain::emergency::EmergencyStatus;
use crate::domain::incident::IncidentKind;
use crate::domain::individual::AgeBand;
use crate::domain::place::Place;
use crate::domain::programme::Programme;
use crate::domain::solution::{SolutionKind, SolutionStage};
use crate::domain::specific_need::NeedCode;
use crate::policy::ledger::{self, Filtered, Treatment};
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// A filter as a client states it.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// A condition on one field.
    Condition(Condition),
    /// All of them; none given holds.
    All(Vec<Filter>),
    /// Any of them; none given fails.
    Any(Vec<Filter>),
    /// None of them.
    Neither(Vec<Filter>),
}

/// A filter with negations at the conditions only.
#[derive(Debug, Clone, PartialEq)]
pub enum Clause {
    /// All of them.
    All(Vec<Clause>),
    /// Any of them.
    Any(Vec<Clause>),
    /// Known to hold.
    Holds(Condition),
    /// Known not to hold.
    Fails(Condition),
}

impl Filter {
    /// A filter that everybody passes.
    pub fn everybody() -> Self {
        Self::All(Vec::new())
    }

    /// The categories of the fields that the filter looks at.
    pub fn categories(&self) -> BTreeSet<DataCategory> {
        match self {
            Self::Condition(condition) => condition.category().into_iter().collect(),
            Self::All(filters) | Self::Any(filters) | Self::Neither(filters) => {
                filters.iter().flat_map(Self::categories).collect()
            }
        }
    }

    /// The conditions that it is made of.
    pub fn conditions(&self) -> Vec<&Condition> {
        match self {
            Self::Condition(condition) => vec![condition],
            Self::All(filters) | Self::Any(filters) | Self::Neither(filters) => {
                filters.iter().flat_map(Self::conditions).collect()
            }
        }
    }

    /// The rows for which the filter is known to hold.
    pub fn holds(&self) -> Clause {
        self.clause(true)
    }

    fn clause(&self, holds: bool) -> Clause {
        let each = |filters: &[Filter], holds| filters.iter().map(|filter| filter.clause(holds)).collect();
        match (self, holds) {
            (Self::Condition(condition), true) => Clause::Holds(condition.clone()),
            (Self::Condition(condition), false) => Clause::Fails(condition.clone()),
            (Self::All(filters), true) => Clause::All(each(filters, true)),
            (Self::All(filters), false) => Clause::Any(each(filters, false)),
            (Self::Any(filters), true) => Clause::Any(each(filters, true)),
            (Self::Any(filters), false) => Clause::All(each(filters, false)),
            (Self::Neither(filters), true) => Clause::All(each(filters, false)),
            (Self::Neither(filters), false) => Clause::Any(each(filters, true)),
        }
    }
}

impl Clause {
    /// Whether everybody passes.
    pub fn is_everybody(&self) -> bool {
        matches!(self, Self::All(clauses) if clauses.iter().all(Self::is_everybody))
    }
}

/// A condition on the fields of one category.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Held by one of these agencies.
    Holder(Vec<Id<Agency>>),
    /// One of these codes in a column of individuals, by its name in the ledger.
    Code(&'static str, Vec<String>),
    /// In one of these age bands.
    AgeBand(Vec<AgeBand>),
    /// In this region.
    Region(Id<Place>),
    /// Given name.
    GivenName(TextTest),
    /// Family name.
    FamilyName(TextTest),
    /// Registration number.
    RegistrationNumber(TextTest),
    /// Date of birth.
    DateOfBirth(DateTest),
    /// Telephone number.
    Phone(TextTest),
    /// At this place or below it.
    Place(Id<Place>),
    /// Arrival.
    ArrivedOn(DateTest),
    /// Registration.
    RegisteredOn(DateTest),
    /// With one of these needs; a category matches its sub-codes.
    SpecificNeed(Vec<NeedCode>),
    /// In a case with such a number.
    CaseNumber(TextTest),
    /// With a solution like this.
    Solution(SolutionTest),
    /// Nominated for one of these circuit rides.
    Nomination(Vec<Id<CircuitRide>>),
    /// Enrolled, now or before, in one of these programmes.
    Enrolment(Vec<Id<Programme>>),
    /// With an incident of one of these kinds.
    Incident(Vec<IncidentKind>),
    /// With an emergency that stands so.
    Emergency(Vec<EmergencyStatus>),
}

impl Condition {
    /// One of these codes in a column of individuals that the ledger has as filtered by codes.
    ///
    /// # Panics
    /// If it has none of that name.
    pub fn code<C: ToString>(column: &'static str, codes: &[C]) -> Self {
        let filtered = ledger::table("individuals").column(column).and_then(|column| column.filtered);
        assert_eq!(filtered, Some(Filtered::Codes), "the ledger has {column} as filtered by codes");
        Self::Code(column, codes.iter().map(C::to_string).collect())
    }

    /// The category that must be revealed for the condition to be known; none for what is seen with the row.
    pub fn category(&self) -> Option<DataCategory> {
        Some(match self {
            Self::Holder(_) => return None,
            Self::Code(column, _) => match ledger::table("individuals").column(column).map(|column| column.treatment) {
                Some(Treatment::Category(category)) => category,
                other => unreachable!("nobody filters by {column} ({other:?}): it is of no category"),
            },
            Self::AgeBand(_) | Self::Region(_) => DataCategory::Demographics,
            Self::GivenName(_) | Self::FamilyName(_) | Self::RegistrationNumber(_) | Self::DateOfBirth(_) => {
                DataCategory::Identity
            }
            Self::Phone(_) => DataCategory::Contact,
            Self::Place(_) => DataCategory::Location,
            Self::ArrivedOn(_) | Self::RegisteredOn(_) => DataCategory::LegalStatus,
            Self::SpecificNeed(_) => DataCategory::SpecificNeeds,
            Self::CaseNumber(_) => DataCategory::Family,
            Self::Solution(_) | Self::Nomination(_) => DataCategory::Solutions,
            Self::Enrolment(_) => DataCategory::Assistance,
            Self::Incident(_) | Self::Emergency(_) => DataCategory::Protection,
        })
    }
}

impl Condition {
    /// The category by which the condition names people, if it does: by identity, contact or the number of a case.
    pub fn names_by(&self) -> Option<DataCategory> {
        match self {
            Self::GivenName(_)
            | Self::FamilyName(_)
            | Self::RegistrationNumber(_)
            | Self::Phone(_)
            | Self::CaseNumber(_) => self.category(),
            _ => None,
        }
    }
}

/// A test of a text, on its folded key.
#[derive(Debug, Clone, PartialEq)]
pub enum TextTest {
    /// The same key.
    Equals(String),
    /// A key that starts with this one.
    StartsWith(String),
}

/// A test of a date: both ends inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DateTest {
    /// Not before.
    pub from: Option<NaiveDate>,
    /// Not after.
    pub until: Option<NaiveDate>,
}

/// A test of a solution; an absent part restricts nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SolutionTest {
    /// One of these kinds.
    pub kinds: Option<Vec<SolutionKind>>,
    /// At one of these stages.
    pub stages: Option<Vec<SolutionStage>>,
    /// To one of these countries.
    pub destinations: Option<Vec<CountryCode>>,
    /// With help, or spontaneous.
    pub assisted: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negation_moves_to_the_conditions() {
        let sex = Condition::code("sex", &["FEMALE"]);
        let place = Condition::Place(Id::new(1));
        let any = Filter::Any(vec![Filter::Condition(sex.clone()), Filter::Condition(place.clone())]);
        let neither = Filter::Neither(vec![any.clone()]);
        assert_eq!(neither.holds(), Clause::All(vec![Clause::All(vec![Clause::Fails(sex), Clause::Fails(place)])]));
        assert_eq!(Filter::Neither(vec![neither]).holds(), Clause::All(vec![Clause::Any(vec![any.holds()])]));
    }
}
