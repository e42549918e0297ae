//! The dimensions of an agreement's scope as conditions on individuals. What is unknown of a person matches nothing.

use super::codes::codes;
use super::cover::Predicate;
use super::tables::{enrolments, individuals, place_ancestors, places, specific_needs};
use crate::domain::agreement::{PlaceScope, SolutionScope};
use crate::domain::country::CountryCode;
use crate::domain::individual::LegalStatus;
use crate::domain::programme::ProgrammeKind;
use crate::domain::specific_need::NeedCode;
use chrono::NaiveDate;
use diesel::sql_types::{Integer, Text};
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl};

diesel::define_sql_function! {
    /// A part of a text, from a position counted from one.
    fn substr(text: Text, from: Integer, length: Integer) -> Text;
}

/// There is such a row, looked up for one individual at a time: `OFFSET 0` keeps PostgreSQL from gathering everybody's
/// first, of which a page needs few.
macro_rules! found {
    ($query:expr) => {
        Box::new(diesel::dsl::exists($query.offset(0)))
    };
}
pub(super) use found;

/// The solutions that a scope names; what is made of them is said once for each shape of the statement.
macro_rules! solutions_in_scope {
    ($scope:expr, |$found:ident| $use:expr) => {{
        use crate::domain::Vocabulary;
        use crate::domain::solution::SolutionStage;
        use crate::store::codes::codes;
        use crate::store::tables::solutions;
        let stages = $scope.least_stage.map_or(SolutionStage::ALL.to_vec(), SolutionStage::or_later);
        let found = solutions::table
            .filter(solutions::kind.eq($scope.kind.code()))
            .filter(solutions::stage.eq_any(codes(&stages)));
        match $scope.destination {
            None => {
                let $found = found;
                $use
            }
            Some(country) => {
                let $found = found.filter(solutions::destination.assume_not_null().eq(country.to_string()));
                $use
            }
        }
    }};
}
pub(super) use solutions_in_scope;

/// The enrolments, not ended today, in programmes of the kinds that a scope names.
macro_rules! enrolments_in_scope {
    ($kinds:expr, $today:expr) => {{
        use crate::store::codes::codes;
        use crate::store::tables::{enrolments, programmes};
        enrolments::table
            .inner_join(programmes::table)
            .filter(programmes::kind.eq_any(codes($kinds)))
            .filter(enrolments::ended_on.is_null().or(enrolments::ended_on.assume_not_null().gt($today)))
    }};
}
pub(super) use enrolments_in_scope;

/// The consents to a recipient for a purpose that stand today.
macro_rules! standing_consents {
    ($terms:expr, $today:expr) => {{
        use crate::domain::Vocabulary;
        use crate::domain::consent::ConsentDecision;
        use crate::store::tables::consents;
        // The first moment of the calendar: before it nobody consented.
        let from = $terms.consents_from.unwrap_or(chrono::NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or_default().into());
        consents::table
            .filter(consents::newest)
            .filter(consents::recorded_at.ge(from))
            .filter(consents::recipient_id.eq($terms.recipient_id))
            .filter(consents::purpose.eq($terms.purpose.code()))
            .filter(consents::decision.eq(ConsentDecision::Given.code()))
            .filter(consents::expires_on.is_null().or(consents::expires_on.assume_not_null().ge($today)))
    }};
}
pub(super) use standing_consents;

/// Has a solution that the scope names.
pub(super) fn solution(scope: &SolutionScope) -> Predicate {
    solutions_in_scope!(scope, |those| found!(those.filter(solutions::individual_id.eq(individuals::id))))
}

/// Is enrolled in a programme of one of the kinds.
pub(super) fn enrolled(kinds: &[ProgrammeKind], today: NaiveDate) -> Predicate {
    found!(enrolments_in_scope!(kinds, today).filter(enrolments::individual_id.eq(individuals::id)))
}

/// Has one of the nationalities.
pub(super) fn nationality(countries: &[CountryCode]) -> Predicate {
    let countries: Vec<String> = countries.iter().map(ToString::to_string).collect();
    let nationality = individuals::nationality;
    Box::new(nationality.is_not_null().and(nationality.assume_not_null().eq_any(countries)))
}

/// The country of origin is known and is not `country`.
pub(super) fn from_elsewhere(country: CountryCode) -> Predicate {
    let origins: Vec<String> = CountryCode::pseudo().chain([country]).map(|code| code.to_string()).collect();
    let nationality = individuals::nationality;
    Box::new(nationality.is_not_null().and(nationality.assume_not_null().ne_all(origins)))
}

/// Has one of the legal statuses.
pub(super) fn legal_status(statuses: &[LegalStatus]) -> Predicate {
    let status = individuals::legal_status;
    Box::new(status.is_not_null().and(status.assume_not_null().eq_any(codes(statuses))))
}

/// Is in one of the places or below it.
pub(super) fn place(scopes: &[PlaceScope]) -> Predicate {
    let (regions, below): (Vec<_>, Vec<_>) = scopes.iter().partition(|place| place.level <= 1);
    let codes = |scopes: Vec<&PlaceScope>| scopes.into_iter().map(|place| place.code.clone()).collect::<Vec<_>>();
    let regions = places::table.filter(places::code.eq_any(codes(regions))).select(places::id);
    let below = place_ancestors::table
        .inner_join(places::table.on(places::id.eq(place_ancestors::ancestor_id)))
        .filter(places::code.eq_any(codes(below)))
        .select(place_ancestors::place_id);
    let region = individuals::region_id;
    let place = individuals::place_id;
    let in_region = region.is_not_null().and(region.assume_not_null().eq_any(regions));
    let in_place = place.is_not_null().and(place.assume_not_null().eq_any(below));
    Box::new(in_region.or(in_place))
}

/// Has one of the needs; a category includes its sub-codes.
pub(super) fn need(needs: &[NeedCode]) -> Predicate {
    let codes: Vec<String> = needs.iter().map(ToString::to_string).collect();
    let categories: Vec<String> = codes.iter().filter(|code| code.len() == 2).cloned().collect();
    let matches = specific_needs::code.eq_any(codes).or(substr(specific_needs::code, 1, 2).eq_any(categories));
    found!(specific_needs::table.filter(specific_needs::individual_id.eq(individuals::id).and(matches)))
}
