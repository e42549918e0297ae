//! Coverage of agreements over many people, decided some people at a time, so that whoever proposes or signs one holds up nobody's
//! changes. Until all is decided the agreement covers fewer people than its terms.

use super::coverage::{keep, record};
use crate::domain::agency::Agency;
use crate::domain::agreement::{Agreement, AgreementStatus};
use crate::domain::coverage::CoverageBasis;
use crate::domain::individual::Individual;
use crate::domain::{Id, Vocabulary};
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::policy_epoch;
use crate::store::database::tables::{
    agreements, audit_head, coverage_due_agreements, coverage_due_people, coverage_undecided, coverages,
};
use diesel::connection::SimpleConnection;
use diesel::dsl::exists;
use diesel::sql_types::{BigInt, Integer};
use diesel::{
    ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SqliteConnection,
};
use std::collections::HashSet;

/// Of how many people the change itself decides whom an agreement covers.
const AT_ONCE: i32 = 100;

/// The agreements of whose coverage a part is still to be decided.
///
/// # Errors
/// If the database fails.
pub fn undecided(connection: &mut AnyConnection) -> Result<HashSet<Id<Agreement>>> {
    let agreements: Vec<Id<Agreement>> =
        coverage_undecided::table.select(coverage_undecided::agreement_id).load(connection)?;
    Ok(agreements.into_iter().collect())
}

/// Has the database decide anew whose coverage has become due in this transaction; of people whom an agreement covers, the first. The
/// others are left to whoever goes on deciding.
///
/// # Errors
/// If the database fails.
pub fn keep_some(connection: &mut AnyConnection) -> Result<()> {
    match connection {
        AnyConnection::Sqlite(sqlite) => {
            let due: Vec<Id<Agreement>> =
                coverage_due_agreements::table.select(coverage_due_agreements::agreement_id).load(sqlite)?;
            for agreement in due {
                let from_the_first =
                    (coverage_undecided::agreement_id.eq(agreement), coverage_undecided::after_row_key.eq(-1));
                diesel::replace_into(coverage_undecided::table).values(from_the_first).execute(sqlite)?;
                decide(sqlite, agreement, AT_ONCE)?;
                diesel::delete(coverage_due_agreements::table.find(agreement)).execute(sqlite)?;
            }
            keep(connection)
        }
        AnyConnection::Postgresql(postgres) => {
            Ok(postgres.batch_execute(&format!("SELECT wall.begin_deciding({AT_ONCE}); SELECT wall.keep_due()"))?)
        }
    }
}

/// Goes on with an agreement, for so many people. The answers that are under way when all of it is decided are stale. Of a draft that is
/// revoked, it removes whom it covered: that changes no answer.
///
/// # Errors
/// If the database fails.
pub fn go_on_deciding(connection: &mut AnyConnection, agreement: Id<Agreement>, people: i32) -> Result<()> {
    match connection {
        AnyConnection::Sqlite(sqlite) => {
            if is_revoked_draft(sqlite, agreement)? {
                return forget(sqlite, agreement, people);
            }
            let is_whole = decide(sqlite, agreement, people)?;
            let on_record: i64 = audit_head::table.select(audit_head::sequence).first(sqlite)?;
            keep(connection)?;
            record(connection, on_record)?;
            if is_whole {
                policy_epoch::raise(connection)?;
            }
        }
        AnyConnection::Postgresql(postgres) => {
            let gone_on = diesel::sql_query("SELECT wall.go_on_deciding($1, $2)");
            gone_on.bind::<BigInt, _>(agreement).bind::<Integer, _>(people).execute(postgres)?;
        }
    }
    Ok(())
}

/// Marks as due whom an agreement may cover, of the next so many people whom its provider holds. Says whether there are no more.
fn decide(sqlite: &mut SqliteConnection, agreement: Id<Agreement>, people: i32) -> Result<bool> {
    use coverage_undecided as u;
    let found: Option<(Id<Agency>, i64)> = u::table
        .inner_join(agreements::table)
        .filter(u::agreement_id.eq(agreement))
        .select((agreements::provider_id, u::after_row_key))
        .first(sqlite)
        .optional()?;
    let Some((provider, after)) = found else { return Ok(true) };
    let next: Vec<(Id<Individual>, i64)> = coverages::table
        .filter(coverages::basis_id.eq(CoverageBasis::held(provider)))
        .filter(coverages::ended.is_null())
        .filter(coverages::row_key.gt(after))
        .order(coverages::row_key)
        .limit(people.into())
        .select((coverages::individual_id, coverages::row_key.assume_not_null()))
        .load(sqlite)?;
    for (person, _) in &next {
        let due = coverage_due_people::individual_id.eq(person);
        diesel::insert_or_ignore_into(coverage_due_people::table).values(due).execute(sqlite)?;
    }
    let of_agreement = u::table.find(agreement);
    match next.last().filter(|_| next.len() as i64 == i64::from(people)) {
        Some((_, last)) => diesel::update(of_agreement).set(u::after_row_key.eq(last)).execute(sqlite)?,
        None => diesel::delete(of_agreement).execute(sqlite)?,
    };
    Ok(next.len() as i64 != i64::from(people))
}

fn is_revoked_draft(sqlite: &mut SqliteConnection, agreement: Id<Agreement>) -> Result<bool> {
    let revoked = agreements::table
        .find(agreement)
        .filter(agreements::status.eq(AgreementStatus::Revoked.code()))
        .filter(agreements::in_force_since.is_null());
    Ok(diesel::select(exists(revoked)).get_result(sqlite)?)
}

/// Removes the coverage of a draft that is revoked, of so many people.
fn forget(sqlite: &mut SqliteConnection, agreement: Id<Agreement>, people: i32) -> Result<()> {
    let of_draft = || coverages::table.filter(coverages::basis_id.eq(CoverageBasis::agreed(agreement)));
    let covered = of_draft().filter(coverages::ended.is_null()).limit(people.into()).select(coverages::individual_id);
    let covered: Vec<Id<Individual>> = covered.load(sqlite)?;
    let removed = of_draft().filter(coverages::ended.is_null()).filter(coverages::individual_id.eq_any(&covered));
    diesel::delete(removed).execute(sqlite)?;
    if (covered.len() as i64) < i64::from(people) {
        diesel::delete(coverage_undecided::table.find(agreement)).execute(sqlite)?;
    }
    Ok(())
}
