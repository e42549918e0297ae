//! Filters on individuals as SQL: a condition holds or fails only on rows that reveal its field and have a value.

use super::codes::codes;
use super::cover::{Predicate, Scope, all, always, any, unkept};
use super::dimensions::need;
use super::tables::{cases, enrolments, incidents, individuals, place_ancestors, solutions};
use super::text::range;
use crate::domain::Vocabulary;
use crate::domain::country::CountryCode;
use crate::domain::individual::AgeBand;
use crate::domain::solution::{SolutionKind, SolutionStage};
use crate::policy::filter::{Clause, Condition, DateTest, SolutionTest, TextTest};
use diesel::dsl::{exists, not};
use diesel::sql_types::Bool;
use diesel::{BoolExpressionMethods, ExpressionMethods, IntoSql, NullableExpressionMethods, QueryDsl};

/// A test of an optional column: known where it has a value.
macro_rules! test {
    ($column:expr, |$value:ident| $passes:expr) => {{
        let $value = $column.assume_not_null();
        Test { known: Box::new($column.is_not_null()), passes: Box::new($passes) }
    }};
}

/// The value is one of those given.
macro_rules! one_of {
    ($column:expr, $values:expr) => {
        test!($column, |value| value.eq_any($values))
    };
}

/// The place is the one given or lies below it.
macro_rules! within {
    ($column:expr, $place:expr) => {{
        let below =
            place_ancestors::table.filter(place_ancestors::ancestor_id.eq($place)).select(place_ancestors::place_id);
        test!($column, |place| place.eq_any(below))
    }};
}

/// The text passes the test.
macro_rules! text {
    ($column:expr, $test:expr) => {{
        match range($test) {
            (key, _, true) => test!($column, |value| value.eq(key)),
            (from, None, false) => test!($column, |value| value.ge(from)),
            (from, Some(before), false) => test!($column, |value| value.ge(from).and(value.lt(before))),
        }
    }};
}

/// The date lies in the range.
macro_rules! date {
    ($column:expr, $test:expr) => {{
        let DateTest { from, until } = $test;
        match (from, until) {
            (None, None) => Test { known: Box::new($column.is_not_null()), passes: always() },
            (Some(from), None) => test!($column, |date| date.ge(from)),
            (None, Some(until)) => test!($column, |date| date.le(until)),
            (Some(from), Some(until)) => test!($column, |date| date.ge(from).and(date.le(until))),
        }
    }};
}

/// A value and, on the rows that have it, a test of it.
struct Test {
    known: Predicate,
    passes: Predicate,
}

impl Scope<'_> {
    /// The visible rows for which a clause is known to hold.
    pub fn filter(&self, clause: &Clause) -> Predicate {
        match clause {
            Clause::All(clauses) => all(clauses.iter().map(|clause| self.filter(clause))),
            Clause::Any(clauses) => any(clauses.iter().map(|clause| self.filter(clause))),
            Clause::Holds(condition) => unkept(self.known(condition, true)),
            Clause::Fails(condition) => unkept(self.known(condition, false)),
        }
    }

    fn known(&self, condition: &Condition, holds: bool) -> Predicate {
        let revealed = condition.category().map_or_else(always, |category| self.revealed(category));
        let test = match condition {
            Condition::ArrivedOn(test) => return self.date_known(revealed, *test, holds, arrived),
            Condition::RegisteredOn(test) => return self.date_known(revealed, *test, holds, registered),
            Condition::Solution(test) => solution(test, holds),
            other => self.test(other),
        };
        decide(revealed, test, holds)
    }

    /// Dates by year are tested by year, or a filter would find the exact date.
    fn date_known(
        &self,
        revealed: Predicate,
        test: DateTest,
        holds: bool,
        column: fn(bool, DateTest) -> Test,
    ) -> Predicate {
        let exact = decide(self.identified(), column(true, test), holds);
        if self.grant().always_identified() {
            return Box::new(revealed.and(exact));
        }
        let by_year = decide(Box::new(not(self.identified())), column(false, test), holds);
        Box::new(revealed.and(exact.or(by_year)))
    }

    fn test(&self, condition: &Condition) -> Test {
        match condition {
            Condition::Holder(agencies) => sure(Box::new(individuals::holder_id.eq_any(agencies.clone()))),
            Condition::Sex(sexes) => one_of!(individuals::sex, codes(sexes)),
            Condition::AgeBand(bands) => age(bands, self.today()),
            Condition::Nationality(countries) => one_of!(individuals::nationality, texts(countries)),
            Condition::Region(place) => within!(individuals::region_id, *place),
            Condition::GivenName(test) => text!(individuals::given_name_key, test),
            Condition::FamilyName(test) => text!(individuals::family_name_key, test),
            Condition::RegistrationNumber(test) => text!(individuals::registration_number_key, test),
            Condition::DateOfBirth(test) => date!(individuals::date_of_birth, *test),
            Condition::Phone(test) => text!(individuals::phone, test),
            Condition::Place(place) => within!(individuals::place_id, *place),
            Condition::LegalStatus(statuses) => one_of!(individuals::legal_status, codes(statuses)),
            Condition::ArrivedOn(_) | Condition::RegisteredOn(_) | Condition::Solution(_) => {
                unreachable!("decided with what the row shows of it")
            }
            Condition::SpecificNeed(needs) => sure(need(needs)),
            Condition::CaseNumber(test) => case_number(test),
            Condition::Enrolment(programmes) => {
                let enrolment = enrolments::table
                    .filter(enrolments::individual_id.eq(individuals::id))
                    .filter(enrolments::programme_id.eq_any(programmes.clone()));
                sure(Box::new(exists(enrolment)))
            }
            Condition::Incident(kinds) => {
                let incident = incidents::table
                    .filter(incidents::individual_id.eq(individuals::id))
                    .filter(incidents::kind.eq_any(codes(kinds)));
                sure(Box::new(exists(incident)))
            }
        }
    }
}

fn decide(revealed: Predicate, test: Test, holds: bool) -> Predicate {
    let outcome: Predicate = if holds { test.passes } else { Box::new(not(test.passes)) };
    Box::new(revealed.and(test.known).and(outcome))
}

/// A test of something that every row has.
fn sure(passes: Predicate) -> Test {
    Test { known: always(), passes }
}

fn texts(countries: &[CountryCode]) -> Vec<String> {
    countries.iter().map(ToString::to_string).collect()
}

fn registered(exact: bool, test: DateTest) -> Test {
    if exact { date!(individuals::registered_on, test) } else { date!(individuals::registered_year_on, test) }
}

fn arrived(exact: bool, test: DateTest) -> Test {
    if exact { date!(individuals::arrived_on, test) } else { date!(individuals::arrived_year_on, test) }
}

fn age(bands: &[AgeBand], today: chrono::NaiveDate) -> Test {
    let (born, band) = (individuals::date_of_birth.assume_not_null(), individuals::age_band.assume_not_null());
    let by_birth = any(bands.iter().map(|band| -> Predicate {
        match band.births(today) {
            (None, None) => always(),
            (Some(after), None) => Box::new(born.gt(after)),
            (None, Some(until)) => Box::new(born.le(until)),
            (Some(after), Some(until)) => Box::new(born.gt(after).and(born.le(until))),
        }
    }));
    let has_birth = || individuals::date_of_birth.is_not_null();
    let has_band = || individuals::age_band.is_not_null();
    let passes = has_birth().and(by_birth).or(has_band().and(band.eq_any(codes(bands))));
    Test { known: Box::new(has_birth().or(has_band())), passes: Box::new(passes) }
}

fn case_number(test: &TextTest) -> Test {
    let (from, before, exact) = range(test);
    let cases = || cases::table.select(cases::id);
    match (exact, before) {
        (true, _) => one_of!(individuals::case_id, cases().filter(cases::number_key.eq(from))),
        (false, None) => one_of!(individuals::case_id, cases().filter(cases::number_key.ge(from))),
        (false, Some(before)) => {
            one_of!(individuals::case_id, cases().filter(cases::number_key.ge(from).and(cases::number_key.lt(before))))
        }
    }
}

/// Some solution passes: false where none does, unknown where one might but for a value that is missing.
fn solution(test: &SolutionTest, holds: bool) -> Test {
    let kinds = test.kinds.as_deref().unwrap_or(SolutionKind::ALL);
    let stages = test.stages.as_deref().unwrap_or(SolutionStage::ALL);
    let candidates = solutions::table
        .filter(solutions::individual_id.eq(individuals::id))
        .filter(solutions::kind.eq_any(codes(kinds)))
        .filter(solutions::stage.eq_any(codes(stages)));
    // A missing value passes when the question is whether none passes: then nobody can know.
    let missing_passes = !holds;
    let flag = |flag: bool| flag.into_sql::<Bool>();
    let destination = solutions::destination;
    let to = test.destinations.as_deref().map(texts).unwrap_or_default();
    let destined = flag(test.destinations.is_none())
        .or(destination.is_null().and(flag(missing_passes)))
        .or(destination.is_not_null().and(destination.assume_not_null().eq_any(to)));
    let assisted = solutions::assisted;
    let helped = flag(test.assisted.is_none())
        .or(assisted.is_null().and(flag(missing_passes)))
        .or(assisted.is_not_null().and(assisted.assume_not_null().eq(test.assisted.unwrap_or(true))));
    sure(Box::new(exists(candidates.filter(destined).filter(helped))))
}
