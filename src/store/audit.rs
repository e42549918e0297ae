//! The audit's chain: appended to under the head's lock, read, and verified. Append-only.

use super::connection::{AnyConnection, Use};
use super::errors::{Result, StoreError};
use super::outbox::{self, Outbox};
use super::page::{Bound, Slice};
use super::tables::{audit_entries, audit_head};
use super::transaction::in_transaction;
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

/// The chain, locked until the transaction ends. A transaction that changes something has locked that before.
#[derive(Debug)]
pub(super) struct Chain {
    head: Head,
    outbox: Outbox,
}

impl Chain {
    /// Locks the chain; the first statement on the audit. What a crash left in the outbox is appended.
    pub fn lock(connection: &mut AnyConnection) -> Result<Self> {
        diesel::update(audit_head::table).set(audit_head::sequence.eq(audit_head::sequence)).execute(connection)?;
        let head = head(connection)?;
        let (outbox, left) = Outbox::open(connection)?;
        let mut chain = Self { head, outbox };
        chain.extend(connection, left)?;
        Ok(chain)
    }

    /// Appends records of what changes nothing.
    pub fn append(&mut self, connection: &mut AnyConnection, records: Vec<AuditRecord>) -> Result<()> {
        let now = Utc::now().naive_utc().trunc_subsecs(6);
        self.extend(connection, records.into_iter().map(|record| (now, record)).collect())
    }

    /// Appends the records of what the transaction changes: it and they are kept, or neither.
    pub fn append_with_change(&mut self, connection: &mut AnyConnection, records: Vec<AuditRecord>) -> Result<()> {
        let now = Utc::now().naive_utc().trunc_subsecs(6);
        self.outbox.put(connection, now, &records)?;
        self.extend(connection, records.into_iter().map(|record| (now, record)).collect())
    }

    fn extend(&mut self, connection: &mut AnyConnection, records: Vec<(NaiveDateTime, AuditRecord)>) -> Result<()> {
        if records.is_empty() {
            return Ok(());
        }
        let mut entries: Vec<AuditEntry> = Vec::with_capacity(records.len());
        for (recorded_at, record) in records {
            let entry = AuditEntry::following(&self.head.hash, self.head.sequence + 1, recorded_at, record);
            self.head = Head { sequence: entry.sequence, hash: entry.hash.clone() };
            entries.push(entry);
        }
        super::insert::audit_entries(connection, &entries)?;
        let head = (audit_head::sequence.eq(self.head.sequence), audit_head::hash.eq(&self.head.hash));
        diesel::update(audit_head::table).set(head).execute(connection)?;
        Ok(())
    }
}

/// Takes into the chain what a crash left in the outbox.
pub fn settle(connection: &mut AnyConnection) -> Result<()> {
    if outbox::is_waiting(connection)? {
        in_transaction::<_, StoreError>(connection, Use::Writing, |connection| Chain::lock(connection).map(|_| ()))?;
    }
    Ok(())
}

/// The chain's newest entry.
pub fn head(connection: &mut AnyConnection) -> Result<Head> {
    let (sequence, hash) = audit_head::table.select((audit_head::sequence, audit_head::hash)).first(connection)?;
    Ok(Head { sequence, hash })
}

/// Verifies the chain, and that it holds an entry that was kept elsewhere. Gives its head, or where it is broken first.
pub fn verify(connection: &mut AnyConnection, kept: Option<&Head>) -> Result<std::result::Result<Head, Broken>> {
    settle(connection)?;
    let expected = head(connection)?.sequence.max(kept.map_or(0, |kept| kept.sequence));
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
