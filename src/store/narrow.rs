//! The narrow side of a grant: who can be covered at all, where that is few people of many.
//!
//! What is found here only drives statements, instead of a walk along an order's index past everybody else;
//! [`super::cover::Scope`] decides each row either way.

use super::connection::AnyConnection;
use super::dimensions::{enrolments_in_scope, solutions_in_scope, standing_consents};
use super::errors::Result;
use super::tables::{consents, enrolments};
use crate::domain::Key;
use crate::policy::grant::Terms;
use crate::policy::{Cover, Grant};
use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl};
use std::sync::Arc;

/// Above so many people a walk along an index finds a page sooner.
pub const FEW: usize = 1_000;

/// A superset of the people whom a grant covers, where each of its covers has a side of at most `few` rows.
pub(super) fn candidates(
    connection: &mut AnyConnection,
    grant: &Grant,
    today: NaiveDate,
    few: usize,
) -> Result<Option<Arc<[Key]>>> {
    let mut candidates = Some(Vec::new());
    for cover in grant.covers() {
        let narrowest = match cover {
            Cover::Held { .. } => None,
            Cover::Agreed(terms) => narrowest(connection, terms, today, few)?,
        };
        candidates = candidates.zip(narrowest).map(|(mut all, keys)| {
            all.extend(keys);
            all
        });
    }
    if let Some(keys) = &mut candidates {
        keys.sort_unstable();
        keys.dedup();
    }
    Ok(candidates.map(Arc::from))
}

/// The shortest of the sides of an agreement's terms. Each is read whatever the others give, so that the number of
/// statements follows the terms and not the rows.
fn narrowest(connection: &mut AnyConnection, terms: &Terms, today: NaiveDate, few: usize) -> Result<Option<Vec<Key>>> {
    let most = few as i64 + 1;
    let mut sides: Vec<Vec<Key>> = Vec::new();
    if terms.consent_required {
        let consents = standing_consents!(terms, today).select(consents::individual_id).limit(most);
        sides.push(consents.load(connection)?);
    }
    if let Some(kinds) = terms.scope.programmes.as_deref() {
        let enrolled = enrolments_in_scope!(kinds, today).select(enrolments::individual_id).limit(most);
        sides.push(enrolled.load(connection)?);
    }
    if let Some(scopes) = terms.scope.solutions.as_deref() {
        let mut side = Vec::new();
        for scope in scopes {
            let keys: Vec<Key> = solutions_in_scope!(scope, |found| {
                found.select(solutions::individual_id).limit(most).load(connection)?
            });
            side.extend(keys);
        }
        sides.push(side);
    }
    Ok(sides.into_iter().filter(|side| side.len() <= few).min_by_key(Vec::len))
}
