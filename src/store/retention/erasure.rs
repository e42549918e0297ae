//! Erasing what is past its period.

use super::due::Due;
use crate::domain::category::DataCategory;
use crate::domain::consent::ConsentDecision;
use crate::domain::country::CountryCode;
use crate::domain::individual::{AgeBand, Sex};
use crate::domain::retention::{Anonymised, Sharing};
use crate::domain::{Key, Vocabulary};
use crate::store::bulk::insert;
use crate::store::bulk::lookup;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::*;
use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl};

/// How many people one statement erases something of.
const PEOPLE: usize = 1_000;

/// Deletes what hangs on people.
macro_rules! delete_of {
    ($connection:expr, $people:expr, $($table:ident),+) => {
        $(diesel::delete($table::table.filter($table::individual_id.eq_any($people.to_vec()))).execute($connection)?;)+
    };
}

/// Sets columns of people.
macro_rules! update {
    ($connection:expr, $people:expr, $values:expr) => {
        diesel::update(individuals::table.filter(individuals::id.eq_any($people.to_vec())))
            .set($values)
            .execute($connection)?
    };
}

/// Erases what is past its period of one holder's people.
pub(in crate::store) fn erase(connection: &mut AnyConnection, past: &Due, today: NaiveDate) -> Result<()> {
    for (from, people) in &past.retained {
        for some in people.chunks(PEOPLE) {
            update!(connection, some, individuals::retained_from.eq(Some(*from)));
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

fn erase_category(connection: &mut AnyConnection, category: DataCategory, people: &[Key]) -> Result<()> {
    match category {
        DataCategory::Demographics | DataCategory::Identity => unreachable!("kept, or anonymised whole"),
        DataCategory::Contact => {
            update!(connection, people, individuals::phone.eq(None::<String>));
        }
        DataCategory::Location => {
            update!(connection, people, individuals::place_id.eq(None::<Key>));
            diesel::update(incidents::table.filter(incidents::individual_id.eq_any(people.to_vec())))
                .set(incidents::place_id.eq(None::<Key>))
                .execute(connection)?;
        }
        DataCategory::LegalStatus => {
            let none = None::<NaiveDate>;
            let dates = (
                individuals::arrived_on.eq(none),
                individuals::arrived_year_on.eq(none),
                individuals::registered_on.eq(none),
                individuals::registered_year_on.eq(none),
            );
            update!(connection, people, (individuals::legal_status.eq(None::<String>), dates));
        }
        DataCategory::SpecificNeeds => {
            delete_of!(connection, people, specific_needs);
        }
        DataCategory::Family => leave_cases(connection, people)?,
        DataCategory::Solutions => {
            delete_of!(connection, people, solutions);
        }
        DataCategory::Assistance => {
            delete_of!(connection, people, enrolments, assistance);
        }
        DataCategory::Protection => {
            delete_of!(connection, people, incidents);
        }
    }
    Ok(())
}

/// Takes people out of their cases; those who have no member left go.
fn leave_cases(connection: &mut AnyConnection, people: &[Key]) -> Result<()> {
    let left: Vec<Option<Key>> = individuals::table
        .filter(individuals::id.eq_any(people.to_vec()))
        .select(individuals::case_id)
        .distinct()
        .load(connection)?;
    update!(connection, people, individuals::case_id.eq(None::<Key>));
    let left: Vec<Key> = left.into_iter().flatten().collect();
    let members = lookup::members(connection, &left)?;
    let empty: Vec<Key> = left.into_iter().filter(|case| !members.contains_key(case)).collect();
    diesel::delete(cases::table.filter(cases::id.eq_any(empty))).execute(connection)?;
    Ok(())
}

/// A refusal or withdrawal that stands goes on standing.
fn erase_consents(connection: &mut AnyConnection, sharing: &Sharing, people: &[Key]) -> Result<()> {
    let entries = consents::table
        .filter(consents::individual_id.eq_any(people.to_vec()))
        .filter(consents::recipient_id.eq(sharing.recipient_id))
        .filter(consents::purpose.eq(sharing.purpose.code()))
        .filter(consents::newest.eq(false).or(consents::decision.eq(ConsentDecision::Given.code())));
    diesel::delete(entries).execute(connection)?;
    Ok(())
}

/// Replaces people by rows under new keys, which nothing refers to.
fn anonymise(connection: &mut AnyConnection, people: &[Key], today: NaiveDate) -> Result<()> {
    type Row = (Key, Option<Sex>, Option<CountryCode>, Option<Key>, Option<NaiveDate>);
    use individuals as i;
    let rows: Vec<Row> = i::table
        .filter(i::id.eq_any(people.to_vec()))
        .select((i::holder_id, i::sex, i::nationality, i::region_id, i::date_of_birth))
        .load(connection)?;
    let kept: Vec<Anonymised> = rows
        .into_iter()
        .map(|(holder_id, sex, nationality, region_id, born)| Anonymised {
            holder_id,
            sex,
            nationality,
            region_id,
            age_band: born.map(|born| AgeBand::on(today, born)),
        })
        .collect();
    insert::anonymised(connection, &kept)?;
    leave_cases(connection, people)?;
    delete_of!(connection, people, specific_needs, solutions, enrolments, assistance, incidents, consents);
    // What a client asked for under a key of its own names the person by the row key.
    let known_as = row_keys::table.filter(row_keys::individual_id.eq_any(people.to_vec())).select(row_keys::row_key);
    let asked = idempotency_keys::table.filter(idempotency_keys::result_id.eq_any(known_as));
    diesel::delete(asked).execute(connection)?;
    diesel::delete(i::table.filter(i::id.eq_any(people.to_vec()))).execute(connection)?;
    Ok(())
}
