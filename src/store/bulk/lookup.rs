//! People as they are stored, what hangs on them, and their cases, outside policy.

use super::KEYS;
use crate::domain::agency::Agency;
use crate::domain::case::Case;
use crate::domain::circuit_ride::CircuitRide;
use crate::domain::consent::Consent;
use crate::domain::country::CountryCode;
use crate::domain::individual::Individual;
use crate::domain::nomination::Nomination;
use crate::domain::purpose::Purpose;
use crate::domain::solution::Solution;
use crate::domain::specific_need::NeedCode;
use crate::domain::text::fold;
use crate::domain::{Id, Vocabulary};
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::*;
use diesel::sql_types::{Array, BigInt};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::{BTreeSet, HashMap};

/// The keys of a holder's people by folded registration number.
///
/// # Errors
/// If the database fails.
pub fn people(
    connection: &mut AnyConnection,
    holder: Id<Agency>,
    numbers: &[String],
) -> Result<HashMap<String, Id<Individual>>> {
    let mut found = HashMap::new();
    for chunk in numbers.chunks(KEYS) {
        let folded: Vec<String> = chunk.iter().map(|number| fold(number)).collect();
        let rows: Vec<(Option<String>, Id<Individual>)> = individuals::table
            .filter(individuals::holder_id.eq(holder))
            .filter(individuals::registration_number_key.eq_any(folded))
            .select((individuals::registration_number_key, individuals::id))
            .load(connection)?;
        found.extend(rows.into_iter().filter_map(|(number, id)| Some((number?, id))));
    }
    Ok(found)
}

/// Has nobody else change people until the transaction ends. SQLite lets nobody change anything meanwhile.
///
/// # Errors
/// If the database fails.
pub fn hold_people(connection: &mut AnyConnection, people: &[Id<Individual>]) -> Result<()> {
    if let AnyConnection::Postgresql(postgres) = connection {
        let people: Vec<i64> = people.iter().map(|id| id.value()).collect();
        diesel::sql_query("SELECT FROM individuals WHERE id = ANY ($1) ORDER BY id FOR UPDATE")
            .bind::<Array<BigInt>, _>(people)
            .execute(postgres)?;
    }
    Ok(())
}

/// Those of some people whose record was merged into another.
///
/// # Errors
/// If the database fails.
pub fn merged(connection: &mut AnyConnection, people: &[Id<Individual>]) -> Result<BTreeSet<Id<Individual>>> {
    let mut found = BTreeSet::new();
    for chunk in people.chunks(KEYS) {
        let query =
            individuals::table.filter(individuals::id.eq_any(chunk)).filter(individuals::merged_into_id.is_not_null());
        found.extend(query.select(individuals::id).load::<Id<Individual>>(connection)?);
    }
    Ok(found)
}

/// A person's record as stored.
///
/// # Errors
/// If there is no such person, or the database fails.
pub fn person(connection: &mut AnyConnection, id: Id<Individual>) -> Result<Individual> {
    Ok(individuals::table.find(id).select(Individual::as_select()).first(connection)?)
}

/// People's specific needs, by code.
///
/// # Errors
/// If the database fails.
pub fn needs(
    connection: &mut AnyConnection,
    people: &[Id<Individual>],
) -> Result<HashMap<Id<Individual>, Vec<NeedCode>>> {
    let mut found: HashMap<Id<Individual>, Vec<NeedCode>> = HashMap::new();
    for chunk in people.chunks(KEYS) {
        let rows: Vec<(Id<Individual>, NeedCode)> = specific_needs::table
            .filter(specific_needs::individual_id.eq_any(chunk))
            .order(specific_needs::code)
            .select((specific_needs::individual_id, specific_needs::code))
            .load(connection)?;
        for (person, code) in rows {
            found.entry(person).or_default().push(code);
        }
    }
    Ok(found)
}

/// The nominations of a person for circuit rides to a country that are not withdrawn.
///
/// # Errors
/// If the database fails.
pub fn standing_nominations(
    connection: &mut AnyConnection,
    person: Id<Individual>,
    country: CountryCode,
) -> Result<Vec<(Nomination, CircuitRide)>> {
    let standing = nominations::table
        .inner_join(circuit_rides::table)
        .filter(nominations::individual_id.eq(person))
        .filter(nominations::withdrawn_on.is_null())
        .filter(circuit_rides::country.eq(country.as_str()));
    Ok(standing.select((Nomination::as_select(), CircuitRide::as_select())).load(connection)?)
}

/// People's solutions.
///
/// # Errors
/// If the database fails.
pub fn solutions(
    connection: &mut AnyConnection,
    people: &[Id<Individual>],
) -> Result<HashMap<Id<Individual>, Vec<Solution>>> {
    let mut found: HashMap<Id<Individual>, Vec<Solution>> = HashMap::new();
    for chunk in people.chunks(KEYS) {
        let rows: Vec<Solution> = solutions::table
            .filter(solutions::individual_id.eq_any(chunk))
            .select(Solution::as_select())
            .load(connection)?;
        for solution in rows {
            found.entry(solution.individual_id).or_default().push(solution);
        }
    }
    Ok(found)
}

/// The keys of a holder's cases by folded number.
///
/// # Errors
/// If the database fails.
pub fn cases(
    connection: &mut AnyConnection,
    holder: Id<Agency>,
    numbers: &[String],
) -> Result<HashMap<String, Id<Case>>> {
    let mut found = HashMap::new();
    for chunk in numbers.chunks(KEYS) {
        let folded: Vec<String> = chunk.iter().map(|number| fold(number)).collect();
        let rows: Vec<(String, Id<Case>)> = cases::table
            .filter(cases::holder_id.eq(holder))
            .filter(cases::number_key.eq_any(folded))
            .select((cases::number_key, cases::id))
            .load(connection)?;
        found.extend(rows);
    }
    Ok(found)
}

/// How many members cases have.
///
/// # Errors
/// If the database fails.
pub fn members(connection: &mut AnyConnection, cases: &[Id<Case>]) -> Result<HashMap<Id<Case>, i64>> {
    let mut found = HashMap::new();
    for chunk in cases.chunks(KEYS) {
        let rows: Vec<(Option<Id<Case>>, i64)> = individuals::table
            .filter(individuals::case_id.eq_any(chunk.to_vec()))
            .group_by(individuals::case_id)
            .select((individuals::case_id, diesel::dsl::count(individuals::id)))
            .load(connection)?;
        found.extend(rows.into_iter().filter_map(|(case, count)| Some((case?, count))));
    }
    Ok(found)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn answers_of(person: Id<Individual>, recipient: Id<Agency>, purpose: Purpose) -> _ {
    let code: &'static str = purpose.code();
    consents::table
        .filter(consents::individual_id.eq(person))
        .filter(consents::recipient_id.eq(recipient))
        .filter(consents::purpose.eq(code))
}

/// What a person said to a recipient about a purpose, oldest first.
///
/// # Errors
/// If the database fails.
pub fn answers(
    connection: &mut AnyConnection,
    person: Id<Individual>,
    recipient: Id<Agency>,
    purpose: Purpose,
) -> Result<Vec<Consent>> {
    Ok(answers_of(person, recipient, purpose)
        .order(consents::recorded_at)
        .select(Consent::as_select())
        .load(connection)?)
}

/// What a person said last to a recipient about a purpose.
///
/// # Errors
/// If the database fails.
pub fn newest_answer(
    connection: &mut AnyConnection,
    person: Id<Individual>,
    recipient: Id<Agency>,
    purpose: Purpose,
) -> Result<Option<Consent>> {
    Ok(answers_of(person, recipient, purpose)
        .filter(consents::newest)
        .select(Consent::as_select())
        .first(connection)
        .optional()?)
}

/// Marks the entries about a person, recipient and purpose as not the newest.
///
/// # Errors
/// If the database fails.
pub fn supersede(
    connection: &mut AnyConnection,
    person: Id<Individual>,
    recipient: Id<Agency>,
    purpose: Purpose,
) -> Result<()> {
    let entries = answers_of(person, recipient, purpose).filter(consents::newest);
    diesel::update(entries).set(consents::newest.eq(false)).execute(connection)?;
    Ok(())
}
