//! Changes of people's records, outside policy: whoever calls has asked who may.

use super::{insert, lookup};
use crate::domain::Id;
use crate::domain::case::Case;
use crate::domain::consent::Consent;
use crate::domain::individual::Individual;
use crate::domain::specific_need::{NeedCode, SpecificNeed};
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::*;
use chrono::{NaiveDateTime, SubsecRound, TimeDelta, Utc};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::BTreeMap;

/// The moment at which a record changes.
pub fn now() -> NaiveDateTime {
    Utc::now().naive_utc().trunc_subsecs(6)
}

/// Replaces a person's record; if a moment is given, only if nobody has changed it since. Says whether it was replaced.
///
/// # Errors
/// If the database fails.
pub fn individual(connection: &mut AnyConnection, record: &Individual, read_at: Option<NaiveDateTime>) -> Result<bool> {
    let at = individuals::updated_at.eq(after(connection, record.id)?);
    let changed = (record.changes(), insert::keys_and_years(record), at);
    let person = individuals::table.find(record.id);
    let replaced = match read_at {
        Some(read_at) => {
            let unchanged = person.filter(individuals::updated_at.eq(read_at));
            diesel::update(unchanged).set(changed).execute(connection)?
        }
        None => diesel::update(person).set(changed).execute(connection)?,
    };
    Ok(replaced > 0)
}

/// The moment of a person's next change: now, and later than the last one.
fn after(connection: &mut AnyConnection, person: Id<Individual>) -> Result<NaiveDateTime> {
    let last: NaiveDateTime = individuals::table.find(person).select(individuals::updated_at).first(connection)?;
    Ok(now().max(last + TimeDelta::microseconds(1)))
}

/// Marks that something which hangs on a person has changed.
///
/// # Errors
/// If the database fails.
pub fn touch(connection: &mut AnyConnection, person: Id<Individual>) -> Result<()> {
    let at = after(connection, person)?;
    diesel::update(individuals::table.find(person)).set(individuals::updated_at.eq(at)).execute(connection)?;
    Ok(())
}

/// Replaces the specific needs of a person.
///
/// # Errors
/// If the database fails.
pub fn needs(connection: &mut AnyConnection, person: Id<Individual>, codes: &[NeedCode]) -> Result<()> {
    diesel::delete(specific_needs::table.filter(specific_needs::individual_id.eq(person))).execute(connection)?;
    let need = |code: &NeedCode| SpecificNeed { individual_id: person, code: code.clone() };
    insert::specific_needs(connection, &codes.iter().map(need).collect::<Vec<_>>())
}

/// Deletes those of some cases that have no member.
///
/// # Errors
/// If the database fails.
pub fn delete_empty_cases(connection: &mut AnyConnection, left: Vec<Id<Case>>) -> Result<()> {
    let members = lookup::members(connection, &left)?;
    let empty: Vec<Id<Case>> = left.into_iter().filter(|case| !members.contains_key(case)).collect();
    diesel::delete(cases::table.filter(cases::id.eq_any(empty))).execute(connection)?;
    Ok(())
}

/// Merges a record into another: the other's fields stand, and what it lacks is taken over; needs, consents, solutions, enrolments,
/// assistance and incidents are moved. Of the first is left by what it was known: its registration number, and what the audit says.
///
/// # Errors
/// If the database fails.
pub fn merge(connection: &mut AnyConnection, kept: &Individual, duplicate: &Individual) -> Result<()> {
    let registered_on = [kept.registered_on, duplicate.registered_on].into_iter().flatten().min();
    let merged = Individual { registered_on, ..kept.clone().or(duplicate) };
    move_items(connection, kept.id, duplicate.id)?;
    move_consents(connection, kept.id, duplicate.id)?;
    let known_as = Individual {
        registration_number: duplicate.registration_number.clone(),
        ..Individual::known_as(duplicate.id, duplicate.holder_id)
    };
    individual(connection, &known_as, None)?;
    diesel::update(individuals::table.find(duplicate.id))
        .set(individuals::merged_into_id.eq(Some(kept.id)))
        .execute(connection)?;
    individual(connection, &merged, None)?;
    Ok(())
}

fn move_items(connection: &mut AnyConnection, to: Id<Individual>, from: Id<Individual>) -> Result<()> {
    let had = lookup::needs(connection, &[to])?.remove(&to).unwrap_or_default();
    let had: Vec<&str> = had.iter().map(|code| code.as_str()).collect();
    let of_both = specific_needs::table.filter(specific_needs::individual_id.eq(from));
    diesel::delete(of_both.filter(specific_needs::code.eq_any(had))).execute(connection)?;
    macro_rules! moved {
        ($($table:ident),+) => {$(
            let items = $table::table.filter($table::individual_id.eq(from));
            diesel::update(items).set($table::individual_id.eq(to)).execute(connection)?;
        )+};
    }
    moved!(specific_needs, solutions, enrolments, assistance, incidents);
    // Whoever was merged into the duplicate before is merged into the other now.
    let earlier = individuals::table.filter(individuals::merged_into_id.eq(from));
    diesel::update(earlier).set(individuals::merged_into_id.eq(Some(to))).execute(connection)?;
    Ok(())
}

/// All of what both have said stays, and of what they said to one recipient for one purpose the newest counts. No two entries keep
/// one moment.
fn move_consents(connection: &mut AnyConnection, to: Id<Individual>, from: Id<Individual>) -> Result<()> {
    use consents as c;
    let entries: Vec<Consent> = c::table
        .filter(c::individual_id.eq_any(vec![to, from]))
        .order((c::recorded_at, c::id))
        .select(Consent::as_select())
        .load(connection)?;
    let mut about: BTreeMap<_, Vec<Consent>> = BTreeMap::new();
    for entry in entries {
        about.entry((entry.recipient_id, entry.purpose)).or_default().push(entry);
    }
    diesel::update(c::table.filter(c::individual_id.eq_any(vec![to, from])))
        .set(c::newest.eq(false))
        .execute(connection)?;
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
