//! The audit's chain: appended to under the head's lock, read, and verified. Append-only.

use super::connection::AnyConnection;
use super::errors::{Result, StoreError};
use super::page::{Bound, Slice};
use super::tables::{audit_entries, audit_head};
use crate::domain::Vocabulary;
use crate::domain::audit::{AuditEntry, AuditEvent, AuditRecord};
use crate::domain::purpose::Purpose;
use chrono::{NaiveDateTime, SubsecRound, Utc};
use diesel::{ExpressionMethods, QueryDsl, Queryable, RunQueryDsl};

/// How many entries are verified at a time.
const BATCH: i64 = 1_000;

/// The chain's newest entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its number; 0 where there is none yet.
    pub sequence: i64,
    /// Its hash.
    pub hash: String,
}

/// Where a chain is broken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An entry is missing, or two have changed places.
    #[error("entry {0} is missing")]
    Missing(i64),
    /// An entry does not fit its hash, or the one before it.
    #[error("entry {0} was changed")]
    Changed(i64),
    /// Entries at the end are missing.
    #[error("the chain ends at entry {found}, but it had {expected} entries")]
    CutOff {
        /// The last entry that is there.
        found: i64,
        /// How many there were.
        expected: i64,
    },
    /// An entry is not the one whose hash was kept.
    #[error("entry {0} is not the one that was kept")]
    Replaced(i64),
}

#[derive(Queryable)]
struct Row {
    sequence: i64,
    recorded_at: NaiveDateTime,
    event: String,
    agency_id: Option<i64>,
    client_id: Option<i64>,
    purpose: Option<String>,
    outcome: String,
    agreements: String,
    operation: Option<String>,
    document: Option<String>,
    disclosures: String,
    detail: Option<String>,
    hash: String,
}

impl Row {
    /// The entry, or nothing where a column holds what no entry has.
    fn entry(self) -> Option<AuditEntry> {
        let record = AuditRecord {
            event: AuditEvent::parse(&self.event).ok()?,
            agency_id: self.agency_id,
            client_id: self.client_id,
            purpose: self.purpose.as_deref().map(Purpose::parse).transpose().ok()?,
            outcome: self.outcome,
            agreements: serde_json::from_str(&self.agreements).ok()?,
            operation: self.operation,
            document: self.document,
            disclosures: serde_json::from_str(&self.disclosures).ok()?,
            detail: self.detail,
        };
        Some(AuditEntry { sequence: self.sequence, recorded_at: self.recorded_at, record, hash: self.hash })
    }
}

/// The chain's head and the policy's epoch, locked until the transaction ends.
pub(super) fn lock(connection: &mut AnyConnection) -> Result<(Head, i64)> {
    diesel::update(audit_head::table).set(audit_head::policy_epoch.eq(audit_head::policy_epoch)).execute(connection)?;
    let columns = (audit_head::sequence, audit_head::hash, audit_head::policy_epoch);
    let (sequence, hash, epoch) = audit_head::table.select(columns).first(connection)?;
    Ok((Head { sequence, hash }, epoch))
}

/// How often what decides access has changed.
pub(super) fn policy_epoch(connection: &mut AnyConnection) -> Result<i64> {
    Ok(audit_head::table.select(audit_head::policy_epoch).first(connection)?)
}

/// Makes every answer stale that is being computed over an earlier snapshot. The head must be locked.
pub(super) fn raise_policy_epoch(connection: &mut AnyConnection) -> Result<()> {
    let raised = audit_head::policy_epoch.eq(audit_head::policy_epoch + 1);
    diesel::update(audit_head::table).set(raised).execute(connection)?;
    Ok(())
}

/// Appends records to the chain whose head is locked.
pub(super) fn append(connection: &mut AnyConnection, head: Head, records: Vec<AuditRecord>) -> Result<()> {
    let recorded_at = Utc::now().naive_utc().trunc_subsecs(6);
    let mut entries: Vec<AuditEntry> = Vec::with_capacity(records.len());
    let mut last = head;
    for record in records {
        let entry = AuditEntry::following(&last.hash, last.sequence + 1, recorded_at, record);
        last = Head { sequence: entry.sequence, hash: entry.hash.clone() };
        entries.push(entry);
    }
    super::insert::audit_entries(connection, &entries)?;
    let head = (audit_head::sequence.eq(last.sequence), audit_head::hash.eq(last.hash));
    diesel::update(audit_head::table).set(head).execute(connection)?;
    Ok(())
}

/// The chain's newest entry.
pub fn head(connection: &mut AnyConnection) -> Result<Head> {
    let (sequence, hash) = audit_head::table.select((audit_head::sequence, audit_head::hash)).first(connection)?;
    Ok(Head { sequence, hash })
}

/// Verifies the chain, and that it holds an entry that was kept elsewhere. Gives its head, or where it is broken first.
pub fn verify(connection: &mut AnyConnection, kept: Option<&Head>) -> Result<std::result::Result<Head, Broken>> {
    let mut last = Head { sequence: 0, hash: String::new() };
    loop {
        let rows: Vec<Row> = audit_entries::table
            .filter(audit_entries::sequence.gt(last.sequence))
            .order(audit_entries::sequence)
            .limit(BATCH)
            .load(connection)?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            let sequence = row.sequence;
            if sequence != last.sequence + 1 {
                return Ok(Err(Broken::Missing(last.sequence + 1)));
            }
            let Some(entry) = row.entry().filter(|entry| entry.hash == entry.chained(&last.hash)) else {
                return Ok(Err(Broken::Changed(sequence)));
            };
            if kept.is_some_and(|kept| kept.sequence == sequence && kept.hash != entry.hash) {
                return Ok(Err(Broken::Replaced(sequence)));
            }
            last = Head { sequence, hash: entry.hash };
        }
    }
    let expected = head(connection)?.sequence.max(kept.map_or(0, |kept| kept.sequence));
    Ok(match last.sequence < expected {
        true => Err(Broken::CutOff { found: last.sequence, expected }),
        false => Ok(last),
    })
}

/// Entries in a slice, whose order is newest first and whose positions are negated sequence numbers.
pub(super) fn slice_of(connection: &mut AnyConnection, agency: Option<i64>, slice: &Slice) -> Result<Vec<AuditEntry>> {
    let mut query = audit_entries::table.limit(slice.limit).into_boxed();
    if let Some(agency) = agency {
        query = query.filter(audit_entries::agency_id.eq(agency));
    }
    let end = |bound: &Bound, towards: i64| -bound.position.id + if bound.inclusive { towards } else { 0 };
    if let Some(bound) = &slice.after {
        query = query.filter(audit_entries::sequence.lt(end(bound, 1)));
    }
    if let Some(bound) = &slice.before {
        query = query.filter(audit_entries::sequence.gt(end(bound, -1)));
    }
    let rows: Vec<Row> = match slice.reversed {
        false => query.order(audit_entries::sequence.desc()).load(connection)?,
        true => query.order(audit_entries::sequence.asc()).load(connection)?,
    };
    let corrupt = |sequence| StoreError::Corrupt(format!("audit entry {sequence}"));
    rows.into_iter()
        .map(|row| {
            let sequence = row.sequence;
            row.entry().ok_or_else(|| corrupt(sequence))
        })
        .collect()
}
