//! The covers of a grant as SQL: which rows they hold, and what each reveals.
//!
//! Every predicate is true or false, never unknown, so that its negation is exactly the other rows.

use super::codes::codes;
use super::connection::Backend;
use super::tables::{
    consents, enrolments, individuals, place_ancestors, places, programmes, solutions, specific_needs,
};
use crate::domain::agreement::{PlaceScope, SolutionScope};
use crate::domain::category::DataCategory;
use crate::domain::consent::ConsentDecision;
use crate::domain::country::CountryCode;
use crate::domain::programme::ProgrammeKind;
use crate::domain::solution::SolutionStage;
use crate::domain::specific_need::NeedCode;
use crate::domain::{Key, Vocabulary};
use crate::policy::grant::Terms;
use crate::policy::{Cover, Grant};
use chrono::NaiveDate;
use diesel::dsl::{case_when, exists, not, sql};
use diesel::sql_types::{BigInt, Bool, Integer, Text};
use diesel::{
    BoolExpressionMethods, BoxableExpression, ExpressionMethods, IntoSql, JoinOnDsl, NullableExpressionMethods,
    QueryDsl,
};

/// A condition on individuals.
pub type Predicate = Box<dyn BoxableExpression<individuals::table, Backend, SqlType = Bool>>;

/// A number computed for each individual.
pub type Number = Box<dyn BoxableExpression<individuals::table, Backend, SqlType = BigInt>>;

diesel::infix_operator!(BitOr, " | ", BigInt);

diesel::define_sql_function! {
    /// A part of a text, from a position counted from one.
    fn substr(text: Text, from: Integer, length: Integer) -> Text;
}

/// The rows and fields that a grant allows, as SQL.
pub struct Scope<'g> {
    grant: &'g Grant,
    today: NaiveDate,
}

impl<'g> Scope<'g> {
    /// The scope of a grant on a day.
    pub fn new(grant: &'g Grant, today: NaiveDate) -> Self {
        Self { grant, today }
    }

    /// The grant.
    pub fn grant(&self) -> &'g Grant {
        self.grant
    }

    /// The day on which agreements and ages are judged.
    pub fn today(&self) -> NaiveDate {
        self.today
    }

    /// Rows that the viewer sees.
    pub fn visible(&self) -> Predicate {
        let mut holders: Vec<Key> = self.grant.covers().iter().map(holder).collect();
        holders.sort_unstable();
        holders.dedup();
        // Named once outside the `or`, so that the holder's indexes serve the order.
        let held: Predicate = match holders[..] {
            [] => return never(),
            [one] => Box::new(individuals::holder_id.eq(one)),
            _ => Box::new(individuals::holder_id.eq_any(holders)),
        };
        Box::new(held.and(self.covered_where(|_| true)))
    }

    /// What each row reveals, as the mask of a [`crate::policy::Reveal`].
    pub fn mask(&self) -> Number {
        let constant = |mask: i64| Box::new(sql::<BigInt>(&format!("CAST({mask} AS BIGINT)"))) as Number;
        if let [only] = self.grant.covers() {
            return constant(only.reveal().mask());
        }
        let masks = self.grant.covers().iter().map(|cover| {
            let mask = cover.reveal().mask().into_sql::<BigInt>();
            Box::new(case_when(self.covers(cover), mask).otherwise(0_i64.into_sql::<BigInt>())) as Number
        });
        masks.reduce(|left, right| Box::new(BitOr::new(left, right))).unwrap_or_else(|| constant(0))
    }

    /// Of the visible rows, those that reveal a category.
    pub fn revealed(&self, category: DataCategory) -> Predicate {
        if self.grant.always_reveals(category) {
            return always();
        }
        self.covered_where(|cover| cover.reveal().reveals(category))
    }

    /// Of the visible rows, those that do not reveal a category.
    pub fn hidden(&self, category: DataCategory) -> Predicate {
        match (self.grant.always_reveals(category), self.grant.may_reveal(category)) {
            (true, _) => never(),
            (_, false) => always(),
            _ => Box::new(not(self.revealed(category))),
        }
    }

    /// Of the visible rows, those that show exact dates.
    pub fn identified(&self) -> Predicate {
        if self.grant.always_identified() {
            return always();
        }
        self.covered_where(|cover| cover.reveal().is_identified())
    }

    fn covered_where(&self, which: impl Fn(&Cover) -> bool) -> Predicate {
        any(self.grant.covers().iter().filter(|cover| which(cover)).map(|cover| self.covers(cover)))
    }

    fn covers(&self, cover: &Cover) -> Predicate {
        match cover {
            Cover::Held { holder_id } => Box::new(individuals::holder_id.eq(*holder_id)),
            Cover::Agreed(terms) => self.agreed(terms),
        }
    }

    fn agreed(&self, terms: &Terms) -> Predicate {
        let scope = &terms.scope;
        let held: Predicate = Box::new(individuals::holder_id.eq(terms.provider_id));
        let dimensions = [
            scope.programmes.as_deref().map(|kinds| enrolled(kinds, self.today)),
            scope.solutions.as_deref().map(|scopes| any(scopes.iter().map(solution))),
            scope.nationalities.as_deref().map(nationality),
            scope.places.as_deref().map(place),
            scope.legal_statuses.as_deref().map(|statuses| {
                let status = individuals::legal_status;
                Box::new(status.is_not_null().and(status.assume_not_null().eq_any(codes(statuses)))) as Predicate
            }),
            scope.specific_needs.as_deref().map(need),
        ];
        let consented = self.consented(terms);
        all([held].into_iter().chain(dimensions.into_iter().flatten()).chain([consented]))
    }

    /// Consent stands where it is needed; a refusal or withdrawal stands against every agreement.
    fn consented(&self, terms: &Terms) -> Predicate {
        let newest = consents::individual_id
            .eq(individuals::id)
            .and(consents::recipient_id.eq(terms.recipient_id))
            .and(consents::purpose.eq(terms.purpose.code()))
            .and(consents::newest);
        let unexpired = consents::expires_on.is_null().or(consents::expires_on.assume_not_null().ge(self.today));
        let given = consents::decision.eq(ConsentDecision::Given.code());
        let given: Predicate = Box::new(exists(consents::table.filter(newest.and(given).and(unexpired))));
        if terms.consent_required {
            return given;
        }
        let objection = consents::decision.ne(ConsentDecision::Given.code());
        let no_objection: Predicate = Box::new(not(exists(consents::table.filter(newest.and(objection)))));
        match terms.recipient_country {
            None => no_objection,
            Some(country) => Box::new(no_objection.and(given.or(from_elsewhere(country)))),
        }
    }
}

fn holder(cover: &Cover) -> Key {
    match cover {
        Cover::Held { holder_id } => *holder_id,
        Cover::Agreed(terms) => terms.provider_id,
    }
}

/// The country of origin is known and is not `country`.
fn from_elsewhere(country: CountryCode) -> Predicate {
    let origins: Vec<String> = CountryCode::pseudo().chain([country]).map(|code| code.to_string()).collect();
    let nationality = individuals::nationality;
    Box::new(nationality.is_not_null().and(nationality.assume_not_null().ne_all(origins)))
}

fn nationality(countries: &[CountryCode]) -> Predicate {
    let countries: Vec<String> = countries.iter().map(ToString::to_string).collect();
    let nationality = individuals::nationality;
    Box::new(nationality.is_not_null().and(nationality.assume_not_null().eq_any(countries)))
}

fn place(scopes: &[PlaceScope]) -> Predicate {
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
pub fn need(needs: &[NeedCode]) -> Predicate {
    let codes: Vec<String> = needs.iter().map(ToString::to_string).collect();
    let categories: Vec<String> = codes.iter().filter(|code| code.len() == 2).cloned().collect();
    let matches = specific_needs::code.eq_any(codes).or(substr(specific_needs::code, 1, 2).eq_any(categories));
    Box::new(exists(specific_needs::table.filter(specific_needs::individual_id.eq(individuals::id).and(matches))))
}

fn enrolled(kinds: &[ProgrammeKind], today: NaiveDate) -> Predicate {
    let not_ended = enrolments::ended_on.is_null().or(enrolments::ended_on.assume_not_null().gt(today));
    let enrolment = enrolments::table
        .inner_join(programmes::table)
        .filter(enrolments::individual_id.eq(individuals::id))
        .filter(programmes::kind.eq_any(codes(kinds)))
        .filter(not_ended);
    Box::new(exists(enrolment))
}

fn solution(scope: &SolutionScope) -> Predicate {
    let stages = scope.least_stage.map_or(SolutionStage::ALL.to_vec(), SolutionStage::or_later);
    let matching = solutions::table
        .filter(solutions::individual_id.eq(individuals::id))
        .filter(solutions::kind.eq(scope.kind.code()))
        .filter(solutions::stage.eq_any(codes(&stages)));
    match scope.destination {
        None => Box::new(exists(matching)),
        Some(country) => {
            let destination = solutions::destination.assume_not_null();
            Box::new(exists(matching.filter(destination.eq(country.to_string()))))
        }
    }
}

/// Holds for every row.
pub fn always() -> Predicate {
    Box::new(sql::<Bool>("TRUE"))
}

/// Holds for no row.
pub fn never() -> Predicate {
    Box::new(sql::<Bool>("FALSE"))
}

/// Holds where all of them do.
pub fn all(predicates: impl IntoIterator<Item = Predicate>) -> Predicate {
    predicates.into_iter().reduce(|left, right| Box::new(left.and(right))).unwrap_or_else(always)
}

/// Holds where any of them does.
pub fn any(predicates: impl IntoIterator<Item = Predicate>) -> Predicate {
    predicates.into_iter().reduce(|left, right| Box::new(left.or(right))).unwrap_or_else(never)
}
