//! Making releases: people are counted in one snapshot, beside everything else; what is finished is kept whole with its audit entry, or
//! not at all. From two machines at once, one makes it.

use super::cells::{CELL, LEFT_OUT, REST};
use super::counted::{Changes, counted};
use super::microdata::{Finished, Of, finish};
use super::outcome::{Made, Outcome, Wanted};
use super::releases::{Release, insert_release};
use super::schedule::{self, Due, due};
use super::taking_over::take_over;
use crate::domain::Id;
use crate::domain::agreement::Agreement;
use crate::domain::audit::{AuditEvent, AuditRecord, Question, Questions};
use crate::domain::coverage::CoverageBasis;
use crate::policy::statistics::Noise;
use crate::store::beside::Beside;
use crate::store::bulk::insert::new_key;
use crate::store::database::connection::{Address, AnyConnection};
use crate::store::database::errors::{Result, StoreError};
use crate::store::database::insert::{ROWS, insert};
use crate::store::database::pool::Use;
use crate::store::database::tables::{statistics_cells, statistics_releases, statistics_waits};
use crate::store::database::transaction::in_transaction;
use crate::store::migrations;
use crate::store::outside_policy::keep;
use chrono::NaiveDate;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

/// Makes the releases that are due. `progress` hears the reference of each, and how many people more were read.
///
/// # Errors
/// If the database cannot be reached, is not at this version's schema, or fails.
pub fn release(address: &Address, wanted: &Wanted<'_>, mut progress: impl FnMut(&str, u64)) -> Result<Vec<Made>> {
    let mut connection = address.connect(false)?;
    migrations::check(&mut connection)?;
    let mut made = Vec::new();
    for taken_over in schedule::taken_over(&mut connection, wanted.today, wanted.reference)? {
        made.push(take_over(address, taken_over, wanted)?);
    }
    for listed in due(&mut connection, wanted.today, wanted.reference)? {
        // Those before it in the list may have been made since.
        let reference = listed.agreement.reference;
        let now = due(&mut connection, wanted.today, Some(&reference))?;
        for due in now.into_iter().filter(|due| due.agreement.id == listed.agreement.id) {
            let noise = (wanted.noise)(&due.agreement, due.number());
            made.push(one(address, &due, &noise, wanted, |read| progress(&reference, read))?);
        }
    }
    Ok(made)
}

fn one(address: &Address, due: &Due, noise: &Noise, wanted: &Wanted<'_>, progress: impl FnMut(u64)) -> Result<Made> {
    let count = || -> Result<Counting> {
        let mut connection = address.connect(false)?;
        in_transaction(&mut connection, Use::Reading, |connection| {
            let of = Of { basis: CoverageBasis::agreed(due.agreement.id), as_of: due.as_of, today: wanted.today };
            let others: Vec<&Agreement> = due.since.iter().map(|other| &other.agreement).collect();
            let finished = finish(connection, &due.agreement, &others, of, noise, |_| true, progress)?;
            let changes = Changes::between(counted(connection, due.agreement.id)?, &finished.counted);
            let mut enough = due.last.is_none() || changes.are_enough();
            let mut changed = changes.people;
            for (other, now) in due.since.iter().zip(&finished.by_others) {
                let before = counted(connection, other.agreement.id)?;
                let like = other.agreement.covers_like(&due.agreement);
                let since = if like { Changes::between(before, now) } else { Changes::of_both(before, now) };
                enough &= if like { since.are_enough() } else { since.are_enough_of_both() };
                changed = changed.min(since.people);
            }
            let made = Made {
                reference: due.agreement.reference.clone(),
                number: due.number(),
                as_of: due.as_of,
                next_from: due.next_from,
                outcome: if enough { Outcome::Made } else { Outcome::Stands },
                people: finished.counted.len(),
                changed,
                tables: finished.tables.iter().map(|(table, lost)| (table.table.clone(), lost.clone())).collect(),
            };
            Ok(Counting { finished, changes, made })
        })
    };
    if wanted.dry_run {
        return Ok(count()?.made);
    }
    keep(address, Beside::Changes, record(due, None), count, |connection, counting| {
        let outcome = store(connection, (due, wanted.today), &counting)?;
        let record = record(due, Some(&outcome));
        Ok((Made { outcome, ..counting.made }, vec![record]))
    })
}

/// People who were counted, and what follows.
struct Counting {
    finished: Finished,
    /// Since the agreement's own last release.
    changes: Changes,
    made: Made,
}

/// Keeps what was finished, if it is still what is due.
fn store(connection: &mut AnyConnection, (due, today): (&Due, NaiveDate), counting: &Counting) -> Result<Outcome> {
    let agreement = due.agreement.id;
    let still = schedule::due(connection, today, Some(&due.agreement.reference))?;
    if !still.iter().any(|still| (still.agreement.id, still.last, still.as_of) == (agreement, due.last, due.as_of)) {
        return Ok(Outcome::Overtaken);
    }
    if counting.made.outcome == Outcome::Stands {
        put_off(connection, due)?;
        return Ok(Outcome::Stands);
    }
    let release = Release {
        id: new_key(),
        agreement_id: agreement,
        number: due.number(),
        as_of: due.as_of,
        next_from: due.next_from,
        made_on: today,
    };
    let id = insert_release(connection, release)?;
    cells(connection, id, &counting.finished)?;
    counting.changes.keep(connection, agreement)?;
    Ok(Outcome::Made)
}

fn cells(connection: &mut AnyConnection, release: Id<Release>, finished: &Finished) -> Result<()> {
    type Row = (i32, &'static str, String, Option<i64>);
    let mut rows: Vec<Row> = Vec::new();
    for (at, (table, _)) in (0..).zip(&finished.tables) {
        for (key, people) in &table.cells {
            let values = serde_json::to_string(key).map_err(|error| StoreError::Corrupt(error.to_string()))?;
            rows.push((at, CELL, values, Some(*people)));
        }
        match table.table.is_list() {
            true => rows.push((at, LEFT_OUT, String::new(), table.left_out)),
            false => rows.push((at, REST, String::new(), table.rest)),
        }
    }
    insert!(connection, statistics_cells::table, rows, |row| (
        statistics_cells::release_id.eq(release),
        statistics_cells::table_position.eq(row.0),
        statistics_cells::part.eq(row.1),
        statistics_cells::cell_values.eq(&row.2),
        statistics_cells::people.eq(row.3),
    ))
}

/// The next attempt is on the next day of release.
fn put_off(connection: &mut AnyConnection, due: &Due) -> Result<()> {
    let agreement = due.agreement.id;
    match due.last {
        Some(last) => {
            diesel::update(statistics_releases::table.find(last.id))
                .set(statistics_releases::next_from.eq(due.next_from))
                .execute(connection)?;
        }
        None => {
            diesel::delete(statistics_waits::table.find(agreement)).execute(connection)?;
            let row = (statistics_waits::agreement_id.eq(agreement), statistics_waits::until.eq(due.next_from));
            diesel::insert_into(statistics_waits::table).values(row).execute(connection)?;
        }
    }
    Ok(())
}

/// The record of a release: a question about everybody whom the agreement covers, in the recipient's name.
fn record(due: &Due, outcome: Option<&Outcome>) -> AuditRecord {
    let agreement = &due.agreement;
    let what = match outcome {
        Some(Outcome::Made | Outcome::TakenOver(_)) | None => "",
        Some(Outcome::Stands) => ": too few have changed, the last one stands",
        Some(Outcome::Overtaken) => ": overtaken",
    };
    let asked = match outcome {
        Some(Outcome::Made) => vec![Question { categories: agreement.statistics_categories(), found: 0 }],
        _ => Vec::new(),
    };
    let detail = format!("statistics release {} as of {}{what}", due.number(), due.as_of);
    AuditRecord {
        agency_id: Some(agreement.recipient_id),
        purpose: Some(agreement.purpose),
        agreements: vec![agreement.reference.clone()],
        questions: Questions::new(asked, vec![CoverageBasis::agreed(agreement.id)]),
        ..AuditRecord::of_change(AuditEvent::Administration, detail)
    }
}
