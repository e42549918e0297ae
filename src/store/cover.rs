//! The covers of a grant as SQL: which rows they hold, and what each reveals.
//!
//! Every predicate is true or false, never unknown, so that its negation is exactly the other rows.

use super::connection::Backend;
use super::dimensions::{
    enrolled, found, from_elsewhere, legal_status, nationality, need, place, solution, standing_consents,
};
use super::tables::{consents, individuals};
use crate::domain::category::DataCategory;
use crate::domain::consent::ConsentDecision;
use crate::domain::{Key, Vocabulary};
use crate::policy::grant::Terms;
use crate::policy::{Cover, Grant};
use chrono::NaiveDate;
use diesel::dsl::{case_when, exists, not, sql};
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Bool};
use diesel::{
    BoolExpressionMethods, BoxableExpression, ExpressionMethods, IntoSql, NullableExpressionMethods, QueryDsl,
};
use std::collections::BTreeSet;

/// A condition on individuals.
pub type Predicate = Box<dyn BoxableExpression<individuals::table, Backend, SqlType = Bool>>;

/// A number computed for each individual.
pub type Number = Box<dyn BoxableExpression<individuals::table, Backend, SqlType = BigInt>>;

diesel::infix_operator!(BitOr, " | ", BigInt);

/// The rows and fields that a grant allows, as SQL.
pub struct Scope<'g> {
    grant: &'g Grant,
    today: NaiveDate,
    candidates: Option<&'g [Key]>,
}

impl<'g> Scope<'g> {
    /// The scope of a grant on a day. Where `candidates` are given, nobody else can be covered.
    pub fn new(grant: &'g Grant, today: NaiveDate, candidates: Option<&'g [Key]>) -> Self {
        Self { grant, today, candidates }
    }

    /// The grant.
    pub fn grant(&self) -> &'g Grant {
        self.grant
    }

    /// The day on which agreements and ages are judged.
    pub fn today(&self) -> NaiveDate {
        self.today
    }

    /// Rows that the viewer sees. Of an anonymised person no agreement shows a row; statistics count it.
    pub fn visible(&self) -> Predicate {
        let own = |cover: &Cover| matches!(cover, Cover::Held { .. });
        let covered = match self.grant.covers().iter().all(own) {
            true => self.covered_where(|_| true),
            false => Box::new(self.covered_where(|_| true).and(not(individuals::anonymised))),
        };
        if let Some(keys) = self.candidates {
            return Box::new(individuals::id.eq_any(keys.to_vec()).and(covered));
        }
        let mut holders: Vec<Key> = self.grant.covers().iter().map(holder).collect();
        holders.sort_unstable();
        holders.dedup();
        // Named once outside the `or`, so that the holder's indexes serve the order.
        let held: Predicate = match holders[..] {
            [] => return never(),
            [one] => Box::new(individuals::holder_id.eq(one)),
            _ => Box::new(individuals::holder_id.eq_any(holders)),
        };
        Box::new(held.and(covered))
    }

    /// Rows that may be counted by all of some categories at once, by one and the same agreement.
    pub fn counted(&self, categories: &BTreeSet<DataCategory>) -> Predicate {
        any(self.grant.counting(categories).into_iter().map(|cover| self.covers(cover)))
    }

    /// What each row reveals, as the mask of a [`crate::policy::Reveal`].
    pub fn mask(&self) -> Number {
        let constant = |mask: i64| Box::new(mask.into_sql::<BigInt>()) as Number;
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
            scope.legal_statuses.as_deref().map(legal_status),
            scope.specific_needs.as_deref().map(need),
        ];
        let to_origin = terms.recipient_country.filter(|_| terms.emergency).map(from_elsewhere);
        let consented = self.consented(terms);
        all([held].into_iter().chain(dimensions.into_iter().flatten()).chain(to_origin).chain([consented]))
    }

    /// Consent stands where it is needed; a refusal or withdrawal stands against every agreement.
    fn consented(&self, terms: &Terms) -> Predicate {
        let of_person = consents::individual_id.eq(individuals::id);
        let given: Predicate = found!(standing_consents!(terms, self.today).filter(of_person));
        if terms.consent_required {
            return given;
        }
        let objections = consents::table
            .filter(of_person)
            .filter(consents::newest)
            .filter(consents::recipient_id.eq(terms.recipient_id))
            .filter(consents::purpose.eq(terms.purpose.code()))
            .filter(consents::decision.ne(ConsentDecision::Given.code()));
        let no_objection: Predicate = Box::new(not(exists(objections.offset(0))));
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

/// Holds for every row.
pub fn always() -> Predicate {
    Box::new(Literal(true))
}

/// Holds for no row.
pub fn never() -> Predicate {
    Box::new(Literal(false))
}

/// A predicate whose shape a client chooses: its statement is not kept prepared, or clients could fill the database's memory.
pub fn unkept(predicate: Predicate) -> Predicate {
    Box::new(predicate.and(sql::<Bool>("TRUE")))
}

/// A truth value in a statement that may be kept prepared.
#[derive(Debug, Clone, Copy)]
struct Literal(bool);

impl Expression for Literal {
    type SqlType = Bool;
}

impl<T> AppearsOnTable<T> for Literal {}

impl<T> SelectableExpression<T> for Literal {}

impl<Group> ValidGrouping<Group> for Literal {
    type IsAggregate = is_aggregate::Never;
}

impl QueryId for Literal {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Backend> for Literal {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> diesel::QueryResult<()> {
        out.push_sql(if self.0 { "TRUE" } else { "FALSE" });
        Ok(())
    }
}

/// Holds where all of them do.
pub fn all(predicates: impl IntoIterator<Item = Predicate>) -> Predicate {
    predicates.into_iter().reduce(|left, right| Box::new(left.and(right))).unwrap_or_else(always)
}

/// Holds where any of them does.
pub fn any(predicates: impl IntoIterator<Item = Predicate>) -> Predicate {
    predicates.into_iter().reduce(|left, right| Box::new(left.or(right))).unwrap_or_else(never)
}
