//! Filters on individuals as SQL: a condition holds or fails only on rows that reveal its field and have a value.
//!
//! No condition compares an indexed column of individuals with what a client gives: rows are found through their coverage alone.

use crate::domain::Vocabulary;
use crate::domain::category::DataCategory;
use crate::domain::country::CountryCode;
use crate::domain::emergency::EmergencyStatus;
use crate::domain::individual::AgeBand;
use crate::domain::solution::{SolutionKind, SolutionStage};
use crate::domain::specific_need::NeedCode;
use crate::policy::filter::{Clause, Condition, DateTest, SolutionTest};
use crate::policy::reveal::coarse;
use crate::store::database::codes::codes;
use crate::store::database::tables::{
    coverages, emergencies, enrolments, incidents, individuals, nominations, place_ancestors, solutions, specific_needs,
};
use crate::store::database::text::range;
use crate::store::visibility::{OTHER, Predicate, Stream, other_coverage};
use chrono::NaiveDate;
use diesel::dsl::{exists, sql};
use diesel::sql_types::{Bool, Integer, Nullable, Text};
use diesel::{BoolExpressionMethods, ExpressionMethods, IntoSql, NullableExpressionMethods, QueryDsl};

diesel::define_sql_function! {
    /// A part of a text, from a position counted from one.
    fn substr(text: Text, from: Integer, length: Integer) -> Text;
}

/// A test of an optional column: known if it has a value.
macro_rules! test {
    ($column:expr, |$value:ident| $passes:expr) => {{
        let $value = $column.assume_not_null();
        Test { known: Predicate::of_person($column.is_not_null()), passes: Predicate::of_person($passes) }
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
    ($column:expr, $place:expr) => {
        test!($column, |place| exists(
            place_ancestors::table
                .filter(place_ancestors::place_id.eq(place))
                .filter(place_ancestors::ancestor_id.eq($place))
        ))
    };
}

/// The date lies in the range.
macro_rules! date {
    ($column:expr, $test:expr) => {{
        let DateTest { from, until } = $test;
        match (from, until) {
            (None, None) => Test { known: Predicate::of_person($column.is_not_null()), passes: Predicate::Always },
            (Some(from), None) => test!($column, |date| date.ge(from)),
            (None, Some(until)) => test!($column, |date| date.le(until)),
            (Some(from), Some(until)) => test!($column, |date| date.ge(from).and(date.le(until))),
        }
    }};
}

/// A test of a value that coverages hold if their basis reveals it: of the stream's own, or of another that covers the row.
macro_rules! covered_text {
    ($stream:expr, $category:expr, $column:expr, $test:expr) => {{
        let revealing = |basis: &crate::policy::Basis| basis.reveals($category);
        macro_rules! found {
            (|$value:ident| $condition:expr) => {
                match revealing($stream.basis()) {
                    true => {
                        let $value = || $column;
                        Predicate::of_coverage($condition)
                    }
                    false => match $stream.others(revealing) {
                        bases if bases.is_empty() => Predicate::Never,
                        bases => {
                            let $value = || OTHER.field($column);
                            Predicate::of_coverage(exists(other_coverage!(bases, $stream.today()).filter($condition)))
                        }
                    },
                }
            };
        }
        let known = found!(|value| value().is_not_null());
        let passes = match range($test) {
            (key, _, true) => found!(|value| value().is_not_null().and(value().assume_not_null().eq(key))),
            (from, None, false) => found!(|value| value().is_not_null().and(value().assume_not_null().ge(from))),
            (from, Some(before), false) => {
                found!(|value| {
                    let known = value().is_not_null().and(value().assume_not_null().ge(from.clone()));
                    known.and(value().assume_not_null().lt(before.clone()))
                })
            }
        };
        Test { known, passes }
    }};
}

/// A value and, on the rows that have it, a test of it.
struct Test {
    known: Predicate,
    passes: Predicate,
}

impl Test {
    fn decide(self, holds: bool) -> Predicate {
        if holds { Predicate::all([self.known, self.passes]) } else { Predicate::all([self.known, !self.passes]) }
    }
}

impl Stream<'_> {
    /// The stream's rows for which a clause is known to hold.
    pub fn filter(&self, clause: &Clause) -> Predicate {
        match clause {
            Clause::All(clauses) => Predicate::all(clauses.iter().map(|clause| self.filter(clause))),
            Clause::Any(clauses) => Predicate::any(clauses.iter().map(|clause| self.filter(clause))),
            Clause::Holds(condition) => self.known(condition, true),
            Clause::Fails(condition) => self.known(condition, false),
        }
    }

    fn known(&self, condition: &Condition, holds: bool) -> Predicate {
        let revealed = condition.category().map_or(Predicate::Always, |category| self.revealed(category));
        let decided = match condition {
            Condition::AgeBand(bands) => self.by_exactness(|exact| age(bands, self.dated(exact)).decide(holds)),
            Condition::ArrivedOn(test) => self.by_exactness(|exact| match exact {
                true => date!(individuals::arrived_on, *test).decide(holds),
                false => date!(individuals::arrived_year_on, *test).decide(holds),
            }),
            Condition::RegisteredOn(test) => self.by_exactness(|exact| match exact {
                true => date!(individuals::registered_on, *test).decide(holds),
                false => date!(individuals::registered_year_on, *test).decide(holds),
            }),
            Condition::Solution(test) => solution(test, holds).decide(holds),
            other => self.test(other).decide(holds),
        };
        match Predicate::all([revealed, decided]) {
            Predicate::Never => Predicate::Never,
            found => Predicate::all([Predicate::unkept(), found]),
        }
    }

    /// Dates by year are tested by year, or a filter would find the exact date.
    fn by_exactness(&self, decide: impl Fn(bool) -> Predicate) -> Predicate {
        let exact = self.identified();
        Predicate::any([Predicate::all([exact.clone(), decide(true)]), Predicate::all([!exact, decide(false)])])
    }

    /// The day on which ages are judged: of rows that show dates by year, 1 January.
    fn dated(&self, exact: bool) -> NaiveDate {
        if exact { self.today() } else { coarse(self.today()) }
    }

    fn test(&self, condition: &Condition) -> Test {
        use DataCategory::{Contact, Family, Identity};
        match condition {
            Condition::Holder(agencies) => sure(match agencies.contains(&self.basis().holder_id) {
                true => Predicate::Always,
                false => Predicate::Never,
            }),
            Condition::Code(column, codes) => {
                let column = sql::<Nullable<Text>>(&format!("individuals.{column}"));
                one_of!(column.clone(), codes.clone())
            }
            Condition::Region(place) => within!(individuals::region_id, *place),
            Condition::GivenName(test) => covered_text!(self, Identity, coverages::given_name_key, test),
            Condition::FamilyName(test) => covered_text!(self, Identity, coverages::family_name_key, test),
            Condition::RegistrationNumber(test) => {
                covered_text!(self, Identity, coverages::registration_number_key, test)
            }
            Condition::DateOfBirth(test) => date!(individuals::date_of_birth, *test),
            Condition::Phone(test) => covered_text!(self, Contact, coverages::phone, test),
            Condition::CaseNumber(test) => covered_text!(self, Family, coverages::case_number_key, test),
            Condition::Place(place) => within!(individuals::place_id, *place),
            Condition::AgeBand(_) | Condition::ArrivedOn(_) | Condition::RegisteredOn(_) | Condition::Solution(_) => {
                unreachable!("decided with what the row shows of it")
            }
            Condition::SpecificNeed(needs) => sure(need(needs)),
            Condition::Nomination(rides) => {
                let nomination = nominations::table
                    .filter(nominations::individual_id.eq(coverages::individual_id))
                    .filter(nominations::circuit_ride_id.eq_any(rides.clone()))
                    .filter(nominations::withdrawn_on.is_null());
                sure(Predicate::of_coverage(exists(nomination)))
            }
            Condition::Enrolment(programmes) => {
                let enrolment = enrolments::table
                    .filter(enrolments::individual_id.eq(coverages::individual_id))
                    .filter(enrolments::programme_id.eq_any(programmes.clone()));
                sure(Predicate::of_coverage(exists(enrolment)))
            }
            Condition::Incident(kinds) => {
                let incident = incidents::table
                    .filter(incidents::individual_id.eq(coverages::individual_id))
                    .filter(incidents::kind.eq_any(codes(kinds)));
                sure(Predicate::of_coverage(exists(incident)))
            }
            Condition::Emergency(statuses) => {
                let stands = |status| statuses.contains(&status).into_sql::<Bool>();
                let open = emergencies::closed_on.is_null();
                let closed = emergencies::closed_on.is_not_null();
                let emergency = emergencies::table
                    .filter(emergencies::individual_id.eq(coverages::individual_id))
                    .filter(stands(EmergencyStatus::Open).and(open).or(stands(EmergencyStatus::Closed).and(closed)));
                sure(Predicate::of_coverage(exists(emergency)))
            }
        }
    }
}

/// A test of something that every row has.
fn sure(passes: Predicate) -> Test {
    Test { known: Predicate::Always, passes }
}

fn texts(countries: &[CountryCode]) -> Vec<String> {
    countries.iter().map(ToString::to_string).collect()
}

fn age(bands: &[AgeBand], on: NaiveDate) -> Test {
    let (born, band) = (individuals::date_of_birth.assume_not_null(), individuals::age_band.assume_not_null());
    let by_birth = Predicate::any(bands.iter().map(|band| match band.births(on) {
        (None, None) => Predicate::Always,
        (Some(after), None) => Predicate::of_person(born.gt(after)),
        (None, Some(until)) => Predicate::of_person(born.le(until)),
        (Some(after), Some(until)) => Predicate::of_person(born.gt(after).and(born.le(until))),
    }));
    let has_birth = || Predicate::of_person(individuals::date_of_birth.is_not_null());
    let has_band = || Predicate::of_person(individuals::age_band.is_not_null());
    let by_band = Predicate::of_person(band.eq_any(codes(bands)));
    let passes =
        Predicate::any([Predicate::all([has_birth(), by_birth]), Predicate::all([!has_birth(), has_band(), by_band])]);
    Test { known: Predicate::any([has_birth(), has_band()]), passes }
}

/// Has one of the needs; a category includes its sub-codes.
fn need(needs: &[NeedCode]) -> Predicate {
    let codes: Vec<String> = needs.iter().map(ToString::to_string).collect();
    let categories: Vec<String> = codes.iter().filter(|code| code.len() == 2).cloned().collect();
    let matches = specific_needs::code.eq_any(codes).or(substr(specific_needs::code, 1, 2).eq_any(categories));
    let found = specific_needs::table.filter(specific_needs::individual_id.eq(coverages::individual_id).and(matches));
    Predicate::of_coverage(exists(found.offset(0)))
}

/// Some solution passes: false if none does, unknown if one might but for a value that is missing.
fn solution(test: &SolutionTest, holds: bool) -> Test {
    let kinds = test.kinds.as_deref().unwrap_or(SolutionKind::ALL);
    let stages = test.stages.as_deref().unwrap_or(SolutionStage::ALL);
    let candidates = solutions::table
        .filter(solutions::individual_id.eq(coverages::individual_id))
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
    sure(Predicate::of_coverage(exists(candidates.filter(destined).filter(helped))))
}
