//! A new version of an agreement goes on with the release that stands, if its tables and people are the same.

use super::cells::copy_cells;
use super::counted::copy_counted;
use super::outcome::{Made, Outcome, Wanted};
use super::releases::{Release, insert_release};
use super::schedule::{self, TakenOver};
use crate::domain::audit::{AuditEvent, AuditRecord, Question, Questions};
use crate::domain::coverage::CoverageBasis;
use crate::store::bulk::insert::new_key;
use crate::store::database::connection::Address;
use crate::store::database::errors::Result;
use crate::store::outside_policy::outside_policy_with;

/// Lets an agreement have the newest release of another with the same tables and people. Nothing is counted, and nothing is drawn.
pub(super) fn take_over(
    address: &Address,
    TakenOver { agreement, from, last }: TakenOver,
    wanted: &Wanted<'_>,
) -> Result<Made> {
    let reference = from.reference.clone();
    let made = |outcome| Made {
        reference: agreement.reference.clone(),
        number: last.number,
        as_of: last.as_of,
        next_from: last.next_from,
        outcome,
        people: 0,
        changed: 0,
        tables: Vec::new(),
    };
    if wanted.dry_run {
        return Ok(made(Outcome::TakenOver(reference)));
    }
    let detail = format!("statistics release {} as of {} taken over from {reference}", last.number, last.as_of);
    let asked = vec![Question { categories: agreement.statistics_categories(), found: 0 }];
    let record = AuditRecord {
        agency_id: Some(agreement.recipient_id),
        purpose: Some(agreement.purpose),
        agreements: vec![agreement.reference.clone(), reference.clone()],
        questions: Questions::new(asked, vec![CoverageBasis::agreed(agreement.id), CoverageBasis::agreed(from.id)]),
        ..AuditRecord::of_change(AuditEvent::Administration, detail)
    };
    outside_policy_with(address, record.clone(), |connection| {
        let still = schedule::taken_over(connection, wanted.today, Some(&agreement.reference))?;
        if !still.iter().any(|still| (still.agreement.id, still.last) == (agreement.id, last)) {
            return Ok((made(Outcome::Overtaken), Vec::new()));
        }
        let id = insert_release(connection, Release { id: new_key(), agreement_id: agreement.id, ..last })?;
        copy_cells(connection, last.id, id)?;
        copy_counted(connection, from.id, agreement.id)?;
        Ok((made(Outcome::TakenOver(reference)), vec![record]))
    })
}
