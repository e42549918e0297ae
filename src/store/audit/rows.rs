//! Rows of the audit's entries, and of what is listed beside them.

use super::people;
use crate::domain::audit::{AuditEntry, Questions};
use crate::domain::coverage::CoverageBasis;
use crate::domain::grants::Grants;
use crate::domain::{Id, Vocabulary};
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::insert::{ROWS, insert};
use crate::store::database::tables::{audit_entries, audit_questions};
use diesel::{ExpressionMethods, RunQueryDsl};

/// Appends entries to the audit, with what is listed beside them.
pub(in crate::store) fn append(connection: &mut AnyConnection, rows: &[AuditEntry]) -> Result<()> {
    let json = |value: serde_json::Result<String>| value.expect("a record is plain data");
    let inserted: Result<()> = insert!(connection, audit_entries::table, rows, |row| (
        audit_entries::sequence.eq(row.sequence),
        audit_entries::recorded_at.eq(row.recorded_at),
        audit_entries::event.eq(row.record.event.code()),
        audit_entries::agency_id.eq(row.record.agency_id),
        audit_entries::client_id.eq(row.record.client_id),
        audit_entries::purpose.eq(row.record.purpose.map(Vocabulary::code)),
        audit_entries::outcome.eq(&row.record.outcome),
        audit_entries::agreements.eq(json(serde_json::to_string(&row.record.agreements))),
        audit_entries::operation.eq(&row.record.operation),
        audit_entries::document.eq(&row.record.document),
        audit_entries::disclosures.eq(json(serde_json::to_string(&row.record.disclosures))),
        audit_entries::detail.eq(&row.record.detail),
        audit_entries::hash.eq(&row.hash),
        audit_entries::people.eq(row.record.people.as_ref().map(|people| json(serde_json::to_string(people)))),
        audit_entries::questions.eq(row.record.questions.as_ref().map(|asked| json(serde_json::to_string(asked)))),
        audit_entries::number.eq(row.number),
    ));
    inserted?;
    people::list(connection, rows)?;
    let asked = |row: &AuditEntry| -> Vec<(i64, Id<CoverageBasis>, i64)> {
        let questions = row.record.questions.iter();
        let bits = |asked: &Questions| Grants::of(&asked.categories()).bits();
        questions.flat_map(|asked| asked.bases.iter().map(|basis| (row.sequence, *basis, bits(asked)))).collect()
    };
    let asked: Vec<(i64, Id<CoverageBasis>, i64)> = rows.iter().flat_map(asked).collect();
    insert!(connection, audit_questions::table, asked, |row| (
        audit_questions::basis_id.eq(row.1),
        audit_questions::sequence.eq(row.0),
        audit_questions::categories.eq(row.2),
    ))
}
