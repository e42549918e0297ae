//! Merging the record of somebody who was registered twice into the other, outside policy: whoever calls has asked who may.

use super::merge_incidents::join_events;
use super::{lookup, update};
use crate::domain::Id;
use crate::domain::consent::{Consent, ConsentDecision};
use crate::domain::enrolment::Enrolment;
use crate::domain::individual::Individual;
use crate::domain::nomination::{InterviewOutcome, Nomination};
use crate::domain::solution::Solution;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::*;
use chrono::{NaiveDate, NaiveDateTime, TimeDelta};
use diesel::dsl::max;
use diesel::sql_types::BigInt;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::BTreeMap;

/// What a record becomes with which a duplicate is merged: its fields stand, and what it lacks is taken over; registered since the
/// earlier day.
pub fn merged(kept: &Individual, duplicate: &Individual) -> Individual {
    let registered_on = [kept.registered_on, duplicate.registered_on].into_iter().flatten().min();
    Individual { registered_on, ..kept.clone().or(duplicate) }
}

/// Merges a record into another. Needs, consents, solutions, enrolments, assistance and incidents are moved. Of the duplicate is left by
/// what it was known: its registration number, and what the audit says.
///
/// # Errors
/// If the database fails.
pub fn merge(connection: &mut AnyConnection, kept: &Individual, duplicate: &Individual) -> Result<()> {
    let (to, from) = (kept.id, duplicate.id);
    leave_out_what_both_have(connection, to, from)?;
    join_events(connection, to, from)?;
    macro_rules! moved {
        ($($table:ident),+) => {$(
            let items = $table::table.filter($table::individual_id.eq(from));
            diesel::update(items).set($table::individual_id.eq(to)).execute(connection)?;
        )+};
    }
    moved!(
        specific_needs,
        solutions,
        nominations,
        enrolments,
        assistance,
        loans,
        repayments,
        housing,
        school_years,
        incidents,
        incident_accounts,
        emergencies,
        emergency_facts,
        emergency_steps
    );
    move_consents(connection, to, from)?;
    let known_as = Individual {
        registration_number: duplicate.registration_number.clone(),
        ..Individual::known_as(from, duplicate.holder_id)
    };
    update::individual(connection, &known_as, None)?;
    refer(connection, to, from)?;
    update::individual(connection, &merged(kept, duplicate), None)?;
    Ok(())
}

/// Needs of one code, a solution that both pursue or ended alike, and open enrolments in one programme are recorded once.
fn leave_out_what_both_have(connection: &mut AnyConnection, to: Id<Individual>, from: Id<Individual>) -> Result<()> {
    let had = lookup::needs(connection, &[to])?.remove(&to).unwrap_or_default();
    let had: Vec<&str> = had.iter().map(|code| code.as_str()).collect();
    let needs = specific_needs::table.filter(specific_needs::individual_id.eq(from));
    diesel::delete(needs.filter(specific_needs::code.eq_any(had))).execute(connection)?;

    let mut pursued = lookup::solutions(connection, &[to, from])?;
    let (had, others) = (pursued.remove(&to).unwrap_or_default(), pursued.remove(&from).unwrap_or_default());
    // Of one that both pursue, the one that has come further stays, with what only the other says.
    let is_twice = |one: &Solution, other: &Solution| {
        let are_pursued = !one.stage.is_final() && !other.stage.is_final();
        one.is_same_way(other) && (are_pursued || (one.stage, one.stage_on) == (other.stage, other.stage_on))
    };
    let mut twice: Vec<Id<Solution>> = Vec::new();
    for other in &others {
        let Some(one) = had.iter().find(|one| is_twice(one, other)) else { continue };
        let (further, nearer) = if one.stage < other.stage { (other, one) } else { (one, other) };
        update::solution(connection, &further.clone().or(nearer))?;
        twice.push(nearer.id);
    }
    diesel::delete(solutions::table.filter(solutions::id.eq_any(twice))).execute(connection)?;

    let standing = |person: Id<Individual>| {
        nominations::table.filter(nominations::individual_id.eq(person)).filter(nominations::withdrawn_on.is_null())
    };
    let had: Vec<Nomination> = standing(to).select(Nomination::as_select()).load(connection)?;
    let others: Vec<Nomination> = standing(from).select(Nomination::as_select()).load(connection)?;
    let further = |nomination: &Nomination| {
        let reached = nomination.outcome.and_then(InterviewOutcome::stage);
        (reached, nomination.outcome.is_some(), nomination.interview_id.is_some())
    };
    let nearer = |other: &Nomination| {
        let one = had.iter().find(|one| one.circuit_ride_id == other.circuit_ride_id)?;
        Some(if further(one) < further(other) { one.id } else { other.id })
    };
    let twice: Vec<Id<Nomination>> = others.iter().filter_map(nearer).collect();
    diesel::delete(nominations::table.filter(nominations::id.eq_any(twice))).execute(connection)?;

    let open = |person: Id<Individual>| {
        enrolments::table.filter(enrolments::individual_id.eq(person)).filter(enrolments::ended_on.is_null())
    };
    let had: Vec<Enrolment> = open(to).select(Enrolment::as_select()).load(connection)?;
    let others: Vec<Enrolment> = open(from).select(Enrolment::as_select()).load(connection)?;
    // The earlier stays: what the person got since then lies within it.
    let later = |other: &Enrolment| {
        let one = had.iter().find(|one| one.programme_id == other.programme_id)?;
        Some(if one.started_on <= other.started_on { other.id } else { one.id })
    };
    let twice: Vec<Id<Enrolment>> = others.iter().filter_map(later).collect();
    diesel::delete(enrolments::table.filter(enrolments::id.eq_any(twice))).execute(connection)?;
    Ok(())
}

/// Has the duplicate, and whoever was merged into it before, refer to the record that is kept, which is retained as long as either was
/// to be. On PostgreSQL nobody but the owner sees merged records, or until when records are retained.
fn refer(connection: &mut AnyConnection, to: Id<Individual>, from: Id<Individual>) -> Result<()> {
    use individuals as i;
    match connection {
        AnyConnection::Postgresql(postgres) => {
            diesel::sql_query("SELECT wall.merge_records($1, $2)")
                .bind::<BigInt, _>(to)
                .bind::<BigInt, _>(from)
                .execute(postgres)?;
        }
        AnyConnection::Sqlite(sqlite) => {
            let both = i::table.filter(i::id.eq_any([to, from]));
            let retained_from: Option<NaiveDate> = both.select(max(i::retained_from)).first(sqlite)?;
            diesel::update(i::table.filter(i::merged_into_id.eq(from)))
                .set(i::merged_into_id.eq(Some(to)))
                .execute(sqlite)?;
            diesel::update(i::table.find(to)).set(i::retained_from.eq(retained_from)).execute(sqlite)?;
            let left = (i::merged_into_id.eq(Some(to)), i::retained_from.eq(None::<NaiveDate>));
            diesel::update(i::table.find(from)).set(left).execute(sqlite)?;
        }
    }
    Ok(())
}

/// All of what both have said stays, and of what they said to one recipient for one purpose the newest counts; of one moment, what was
/// refused or withdrawn. No two entries keep one moment.
fn move_consents(connection: &mut AnyConnection, to: Id<Individual>, from: Id<Individual>) -> Result<()> {
    use consents as c;
    let of_both = || c::table.filter(c::individual_id.eq_any([to, from]));
    let mut entries: Vec<Consent> = of_both().select(Consent::as_select()).load(connection)?;
    entries.sort_by_key(|entry| (entry.recorded_at, entry.decision != ConsentDecision::Given, entry.id));
    let mut about: BTreeMap<_, Vec<Consent>> = BTreeMap::new();
    for entry in entries {
        about.entry((entry.recipient_id, entry.purpose)).or_default().push(entry);
    }
    diesel::update(of_both()).set(c::newest.eq(false)).execute(connection)?;
    for entries in about.into_values() {
        let mut last: Option<NaiveDateTime> = None;
        let mut moved: Vec<(Id<Consent>, NaiveDateTime)> = Vec::new();
        for entry in entries {
            let at = last.map_or(entry.recorded_at, |last| entry.recorded_at.max(last + TimeDelta::microseconds(1)));
            last = Some(at);
            moved.push((entry.id, at));
        }
        // The latest first: no entry takes the moment of one that is still to be moved.
        for (nth, (entry, at)) in moved.into_iter().rev().enumerate() {
            let moved = (c::individual_id.eq(to), c::recorded_at.eq(at), c::newest.eq(nth == 0));
            diesel::update(c::table.find(entry)).set(moved).execute(connection)?;
        }
    }
    Ok(())
}
