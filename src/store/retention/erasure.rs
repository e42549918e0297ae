//! Erasing what is past its period.

use super::due::Due;
use crate::domain::case::Case;
use crate::domain::category::DataCategory;
use crate::domain::consent::ConsentDecision;
use crate::domain::individual::{AgeBand, Individual};
use crate::domain::sharing::Sharing;
use crate::domain::{Id, Vocabulary};
use crate::policy::ledger::{self, Erased};
use crate::policy::{Protected, Reveal};
use crate::store::bulk::insert;
use crate::store::bulk::lookup;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::*;
use chrono::{Datelike, NaiveDate};
use diesel::connection::SimpleConnection;
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};

/// How many people one statement erases something of.
const PEOPLE: usize = 1_000;

/// Runs a statement on the rows about people that a column names: their keys are numbers of our own.
fn about(connection: &mut AnyConnection, statement: &str, column: &str, people: &[Id<Individual>]) -> Result<()> {
    let people: Vec<String> = people.iter().map(ToString::to_string).collect();
    Ok(connection.batch_execute(&format!("{statement} WHERE {column} IN ({})", people.join(", ")))?)
}

/// Erases what is past its period of one holder's people.
pub(in crate::store) fn erase(connection: &mut AnyConnection, past: &Due, today: NaiveDate) -> Result<()> {
    for (from, people) in &past.retained {
        for some in people.chunks(PEOPLE) {
            about(connection, &format!("UPDATE individuals SET retained_from = '{from}'"), "id", some)?;
        }
    }
    for (category, people) in &past.erased {
        for some in people.chunks(PEOPLE) {
            match category {
                DataCategory::Identity => anonymise(connection, some, today)?,
                other => erase_category(connection, *other, some)?,
            }
        }
    }
    for (sharing, people) in &past.consents {
        for some in people.chunks(PEOPLE) {
            erase_consents(connection, sharing, some)?;
        }
    }
    Ok(())
}

/// Erases what the ledger has of a category: whole rows about the people, and columns of what stays.
fn erase_category(connection: &mut AnyConnection, category: DataCategory, people: &[Id<Individual>]) -> Result<()> {
    let left = match category {
        DataCategory::Family => cases_of(connection, people)?,
        _ => Vec::new(),
    };
    for (table, person) in ledger::TABLES.iter().filter_map(|table| Some((table, table.person?))) {
        if table.erased == Erased::With(category) {
            about(connection, &format!("DELETE FROM {}", table.name), person, people)?;
        }
        let cleared: Vec<String> = table.cleared_with(category).map(|column| format!("{column} = NULL")).collect();
        if !cleared.is_empty() {
            about(connection, &format!("UPDATE {} SET {}", table.name, cleared.join(", ")), person, people)?;
        }
    }
    delete_empty(connection, left)
}

/// The cases that people belong to.
fn cases_of(connection: &mut AnyConnection, people: &[Id<Individual>]) -> Result<Vec<Id<Case>>> {
    let of: Vec<Option<Id<Case>>> = individuals::table
        .filter(individuals::id.eq_any(people.to_vec()))
        .select(individuals::case_id)
        .distinct()
        .load(connection)?;
    Ok(of.into_iter().flatten().collect())
}

/// Deletes those of some cases that have no member left.
fn delete_empty(connection: &mut AnyConnection, left: Vec<Id<Case>>) -> Result<()> {
    let members = lookup::members(connection, &left)?;
    let empty: Vec<Id<Case>> = left.into_iter().filter(|case| !members.contains_key(case)).collect();
    diesel::delete(cases::table.filter(cases::id.eq_any(empty))).execute(connection)?;
    Ok(())
}

/// A refusal or withdrawal that stands goes on standing.
fn erase_consents(connection: &mut AnyConnection, sharing: &Sharing, people: &[Id<Individual>]) -> Result<()> {
    let entries = consents::table
        .filter(consents::individual_id.eq_any(people.to_vec()))
        .filter(consents::recipient_id.eq(sharing.recipient_id))
        .filter(consents::purpose.eq(sharing.purpose.code()))
        .filter(consents::newest.eq(false).or(consents::decision.eq(ConsentDecision::Given.code())));
    diesel::delete(entries).execute(connection)?;
    Ok(())
}

/// Replaces people by rows under new keys, which nothing refers to, with the demographics that are kept of nobody.
fn anonymise(connection: &mut AnyConnection, people: &[Id<Individual>], today: NaiveDate) -> Result<()> {
    let stored: Vec<Individual> = individuals::table
        .filter(individuals::id.eq_any(people.to_vec()))
        .select(Individual::as_select())
        .load(connection)?;
    // Who has left or died is not there again: that stays, by its year.
    let kept = stored.into_iter().filter_map(|person| {
        let age_band = person.date_of_birth.map(|born| AgeBand::on(today, born));
        let closed_on = person.closed_on.and_then(|day| day.with_ordinal(1));
        let closed_as = person.closed_as;
        Some(Individual { age_band, closed_as, closed_on, ..person.reduce(Reveal::demographics())? })
    });
    insert::anonymised(connection, kept.collect())?;
    let left = cases_of(connection, people)?;
    // What a client asked for under a key of its own names the person by the row key, or somebody who was merged into it.
    let merged = individuals::table.filter(individuals::merged_into_id.eq_any(people.to_vec())).select(individuals::id);
    let mut named: Vec<Id<Individual>> = merged.load(connection)?;
    named.extend(people);
    let known_as = row_keys::table.filter(row_keys::individual_id.eq_any(named)).select(row_keys::row_key);
    let asked = idempotency_keys::table.filter(idempotency_keys::result_id.eq_any(known_as));
    diesel::delete(asked).execute(connection)?;
    for (table, person) in ledger::TABLES.iter().rev().filter_map(|table| Some((table, table.person?))) {
        if table.erased != Erased::WithParent {
            about(connection, &format!("DELETE FROM {}", table.name), person, people)?;
        }
    }
    delete_empty(connection, left)
}
