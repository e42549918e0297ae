//! Agreements' scopes, as rows: a row a value, and a bit for each dimension that is there.

use crate::domain::Id;
use crate::domain::agreement::{Agreement, PlaceScope, Scope, SolutionScope};
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::{Result, StoreError};
use crate::store::database::tables::agreement_scopes;
use diesel::{ExpressionMethods, QueryDsl, Queryable, RunQueryDsl};
use std::collections::HashMap;
use std::str::FromStr;

/// A value of a dimension of an agreement's scope.
#[derive(Debug, Queryable)]
pub(in crate::store) struct Value {
    pub agreement_id: Id<Agreement>,
    pub dimension: String,
    pub position: i32,
    pub value: String,
    pub level: Option<i32>,
    pub least_stage: Option<String>,
    pub destination: Option<String>,
}

const NATIONALITY: (&str, i64) = ("NATIONALITY", 1);
const PLACE: (&str, i64) = ("PLACE", 2);
const LEGAL_STATUS: (&str, i64) = ("LEGAL_STATUS", 4);
const SPECIFIC_NEED: (&str, i64) = ("SPECIFIC_NEED", 8);
const PROGRAMME: (&str, i64) = ("PROGRAMME", 16);
const SOLUTION: (&str, i64) = ("SOLUTION", 32);
const CIRCUIT_RIDE: (&str, i64) = ("CIRCUIT_RIDE", 64);

/// The dimensions of scopes, each with its bit.
pub(in crate::store) const DIMENSIONS: [(&str, i64); 7] =
    [NATIONALITY, PLACE, LEGAL_STATUS, SPECIFIC_NEED, PROGRAMME, SOLUTION, CIRCUIT_RIDE];

/// The bits of the dimensions that a scope has.
pub(in crate::store) fn dimensions(scope: &Scope) -> i64 {
    let bit = |present: bool, (_, bit): (&str, i64)| if present { bit } else { 0 };
    bit(scope.nationalities.is_some(), NATIONALITY)
        | bit(scope.places.is_some(), PLACE)
        | bit(scope.legal_statuses.is_some(), LEGAL_STATUS)
        | bit(scope.specific_needs.is_some(), SPECIFIC_NEED)
        | bit(scope.programmes.is_some(), PROGRAMME)
        | bit(scope.solutions.is_some(), SOLUTION)
        | bit(scope.circuit_rides.is_some(), CIRCUIT_RIDE)
}

/// The values of a scope.
pub(in crate::store) fn values(agreement_id: Id<Agreement>, scope: &Scope) -> Vec<Value> {
    fn texts<T: ToString>(values: &Option<Vec<T>>) -> Vec<String> {
        values.iter().flatten().map(ToString::to_string).collect()
    }
    let mut rows = Vec::new();
    let mut add = |(dimension, _): (&str, i64), value: String, level, solution: Option<&SolutionScope>| {
        let position = rows.iter().filter(|row: &&Value| row.dimension == dimension).count() as i32;
        let least_stage = solution.and_then(|scope| scope.least_stage).map(|stage| stage.to_string());
        let destination = solution.and_then(|scope| scope.destination).map(|country| country.to_string());
        let dimension = dimension.to_owned();
        rows.push(Value { agreement_id, dimension, position, value, level, least_stage, destination });
    };
    for (dimension, values) in [
        (NATIONALITY, texts(&scope.nationalities)),
        (LEGAL_STATUS, texts(&scope.legal_statuses)),
        (SPECIFIC_NEED, texts(&scope.specific_needs)),
        (PROGRAMME, texts(&scope.programmes)),
        (CIRCUIT_RIDE, texts(&scope.circuit_rides)),
    ] {
        values.into_iter().for_each(|value| add(dimension, value, None, None));
    }
    for place in scope.places.iter().flatten() {
        add(PLACE, place.code.clone(), Some(place.level), None);
    }
    for solution in scope.solutions.iter().flatten() {
        add(SOLUTION, solution.kind.to_string(), None, Some(solution));
    }
    rows
}

/// The scopes of agreements, each given with the bits of its dimensions.
pub(in crate::store) fn scopes(
    connection: &mut AnyConnection,
    agreements: &[(Id<Agreement>, i64)],
) -> Result<HashMap<Id<Agreement>, Scope>> {
    let ids: Vec<Id<Agreement>> = agreements.iter().map(|(id, _)| *id).collect();
    let rows: Vec<Value> = agreement_scopes::table
        .filter(agreement_scopes::agreement_id.eq_any(ids))
        .order((agreement_scopes::agreement_id, agreement_scopes::dimension, agreement_scopes::position))
        .load(connection)?;
    let mut of: HashMap<Id<Agreement>, Vec<Value>> = HashMap::new();
    for row in rows {
        of.entry(row.agreement_id).or_default().push(row);
    }
    let scope = |(id, bits): &(Id<Agreement>, i64)| Ok((*id, scope(*bits, of.remove(id).unwrap_or_default())?));
    agreements.iter().map(scope).collect()
}

fn scope(bits: i64, rows: Vec<Value>) -> Result<Scope> {
    fn parsed<T: FromStr>(text: &str) -> Result<T> {
        text.parse().map_err(|_| StoreError::Corrupt("a value of an agreement's scope".to_owned()))
    }
    fn values<T>(
        bits: i64,
        rows: &[Value],
        (dimension, bit): (&str, i64),
        read: impl Fn(&Value) -> Result<T>,
    ) -> Result<Option<Vec<T>>> {
        if bits & bit == 0 {
            return Ok(None);
        }
        rows.iter().filter(|row| row.dimension == dimension).map(read).collect::<Result<_>>().map(Some)
    }
    let rows = &rows;
    Ok(Scope {
        nationalities: values(bits, rows, NATIONALITY, |row| parsed(&row.value))?,
        places: values(bits, rows, PLACE, |row| {
            Ok(PlaceScope { code: row.value.clone(), level: row.level.unwrap_or_default() })
        })?,
        legal_statuses: values(bits, rows, LEGAL_STATUS, |row| parsed(&row.value))?,
        specific_needs: values(bits, rows, SPECIFIC_NEED, |row| parsed(&row.value))?,
        programmes: values(bits, rows, PROGRAMME, |row| parsed(&row.value))?,
        solutions: values(bits, rows, SOLUTION, |row| {
            Ok(SolutionScope {
                kind: parsed(&row.value)?,
                least_stage: row.least_stage.as_deref().map(parsed).transpose()?,
                destination: row.destination.as_deref().map(parsed).transpose()?,
            })
        })?,
        circuit_rides: values(bits, rows, CIRCUIT_RIDE, |row| parsed(&row.value))?,
    })
}
