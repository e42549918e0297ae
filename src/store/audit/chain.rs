//! The audit's chain: appended to under the head's lock, read, and verified. Append-only.

use super::outbox::{self, Outbox};
use super::people;
use super::rows;
use crate::domain::agency::Agency;
use crate::domain::audit::{AuditEntry, AuditEvent, AuditRecord, Involved, People};
use crate::domain::client::Client;
use crate::domain::coverage::CoverageBasis;
use crate::domain::grants::Grants;
use crate::domain::purpose::Purpose;
use crate::domain::{Id, Vocabulary};
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::{Result, StoreError};
use crate::store::database::page::{Bound, Slice};
use crate::store::database::pool::Use;
use crate::store::database::tables::{audit_entries, audit_head, audit_numbers, audit_questions};
use crate::store::database::transaction::in_transaction;
use crate::store::visibility;
use chrono::{NaiveDateTime, SubsecRound, Utc};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, Queryable, RunQueryDsl};
use std::collections::{BTreeSet, HashMap};

/// How many entries are verified at a time.
const BATCH: i64 = 1_000;

/// The chain's newest entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Its number; 0 if there is none yet.
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
    /// Whom some entries are about cannot be read.
    #[error("whom the entries after {after} up to {until} are about was changed")]
    Garbled {
        /// The entry before them.
        after: i64,
        /// The last of them.
        until: i64,
    },
    /// Something is listed beside an entry that is not there.
    #[error("something is listed beside entry {0}, which is not there")]
    Superfluous(i64),
    /// An entry is not the one whose hash was kept.
    #[error("entry {0} is not the one that was kept")]
    Replaced(i64),
}

#[derive(Queryable)]
struct Row {
    sequence: i64,
    recorded_at: NaiveDateTime,
    event: String,
    agency_id: Option<Id<Agency>>,
    client_id: Option<Id<Client>>,
    purpose: Option<String>,
    outcome: String,
    agreements: String,
    operation: Option<String>,
    document: Option<String>,
    disclosures: String,
    detail: Option<String>,
    hash: String,
    people: Option<String>,
    questions: Option<String>,
    number: i64,
}

impl Row {
    /// The entry, or nothing if a column holds what no entry has.
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
            people: self.people.as_deref().map(serde_json::from_str).transpose().ok()?,
            questions: self.questions.as_deref().map(serde_json::from_str).transpose().ok()?,
        };
        let Self { sequence, number, recorded_at, hash, .. } = self;
        Some(AuditEntry { sequence, number, recorded_at, record, hash })
    }
}

/// The chain, locked until the transaction ends. A transaction that changes something has locked that before.
#[derive(Debug)]
pub(in crate::store) struct Chain {
    head: Head,
    outbox: Outbox,
}

impl Chain {
    /// Locks the chain; the first statement on the audit. What a crash left in the outbox is appended.
    ///
    /// # Errors
    /// If the database fails, or a record in the outbox cannot be read.
    pub fn lock(connection: &mut AnyConnection) -> Result<Self> {
        diesel::update(audit_head::table).set(audit_head::sequence.eq(audit_head::sequence)).execute(connection)?;
        let head = head(connection)?;
        let (outbox, left) = Outbox::open(connection)?;
        let mut chain = Self { head, outbox };
        chain.extend(connection, left)?;
        Ok(chain)
    }

    /// The number of the newest entry.
    pub fn newest(&self) -> i64 {
        self.head.sequence
    }

    /// Appends records of what changes nothing.
    ///
    /// # Errors
    /// If the database fails.
    pub fn append(&mut self, connection: &mut AnyConnection, records: Vec<AuditRecord>) -> Result<()> {
        let now = Utc::now().naive_utc().trunc_subsecs(6);
        self.extend(connection, records.into_iter().map(|record| (now, record)).collect())
    }

    /// Appends the records of what the transaction changes: it and they are kept, or neither. What it changes of coverage is on
    /// record by the first.
    ///
    /// # Errors
    /// If the database fails.
    pub fn append_with_change(&mut self, connection: &mut AnyConnection, records: Vec<AuditRecord>) -> Result<()> {
        let now = Utc::now().naive_utc().trunc_subsecs(6);
        self.outbox.put(connection, now, &records)?;
        visibility::record(connection, self.head.sequence + 1)?;
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
        number(connection, &mut entries)?;
        rows::append(connection, &entries)?;
        let head = (audit_head::sequence.eq(self.head.sequence), audit_head::hash.eq(&self.head.hash));
        diesel::update(audit_head::table).set(head).execute(connection)?;
        Ok(())
    }
}

/// Takes into the chain what a crash left in the outbox.
///
/// # Errors
/// If the database fails, or a record in the outbox cannot be read.
pub fn settle(connection: &mut AnyConnection) -> Result<()> {
    if outbox::is_waiting(connection)? {
        in_transaction::<_, StoreError>(connection, Use::Writing, |connection| Chain::lock(connection).map(|_| ()))?;
    }
    Ok(())
}

/// Numbers entries among those of their agencies.
fn number(connection: &mut AnyConnection, entries: &mut [AuditEntry]) -> Result<()> {
    let agencies: BTreeSet<Id<Agency>> = entries.iter().filter_map(|entry| entry.record.agency_id).collect();
    let known = audit_numbers::table.filter(audit_numbers::agency_id.eq_any(agencies.clone()));
    let known: HashMap<Id<Agency>, i64> = known.load::<(Id<Agency>, i64)>(connection)?.into_iter().collect();
    let mut numbers = known.clone();
    for entry in entries {
        if let Some(agency) = entry.record.agency_id {
            let last = numbers.entry(agency).or_default();
            *last += 1;
            entry.number = *last;
        }
    }
    for (agency, last) in numbers {
        let number = audit_numbers::number.eq(last);
        match known.contains_key(&agency) {
            true => diesel::update(audit_numbers::table.find(agency)).set(number).execute(connection)?,
            false => {
                let row = (audit_numbers::agency_id.eq(agency), number);
                diesel::insert_into(audit_numbers::table).values(row).execute(connection)?
            }
        };
    }
    Ok(())
}

/// The chain's newest entry.
///
/// # Errors
/// If the database fails.
pub fn head(connection: &mut AnyConnection) -> Result<Head> {
    let (sequence, hash) = audit_head::table.select((audit_head::sequence, audit_head::hash)).first(connection)?;
    Ok(Head { sequence, hash })
}

/// Verifies the chain, and that it holds an entry that was kept elsewhere. Gives its head, or where it is broken first.
///
/// # Errors
/// If the database fails, or an outbox record or a list of people cannot be read.
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
        let (after, until) = (last.sequence, rows.last().map_or(0, |row| row.sequence));
        let Some(mut listed) = readable(listed(connection, after, until))? else {
            return Ok(Err(Broken::Garbled { after, until }));
        };
        for row in rows {
            let sequence = row.sequence;
            if sequence != last.sequence + 1 {
                return Ok(Err(Broken::Missing(last.sequence + 1)));
            }
            let Some(entry) = row.entry().filter(|entry| entry.hash == entry.chained(&last.hash)) else {
                return Ok(Err(Broken::Changed(sequence)));
            };
            if !listed.remove(&sequence).unwrap_or_default().belongs_to(&entry.record) {
                return Ok(Err(Broken::Changed(sequence)));
            }
            if kept.is_some_and(|kept| kept.sequence == sequence && kept.hash != entry.hash) {
                return Ok(Err(Broken::Replaced(sequence)));
            }
            last = Head { sequence, hash: entry.hash };
        }
    }
    if last.sequence < expected {
        return Ok(Err(Broken::CutOff { found: last.sequence, expected }));
    }
    for (after, until) in [(i64::MIN, 0), (last.sequence, i64::MAX)] {
        let Some(beside) = readable(listed(connection, after, until))? else {
            return Ok(Err(Broken::Garbled { after, until }));
        };
        if let Some(superfluous) = beside.into_keys().min() {
            return Ok(Err(Broken::Superfluous(superfluous)));
        }
    }
    Ok(Ok(last))
}

/// What is listed beside an entry, so that it is found.
#[derive(Default)]
struct Listed {
    people: Vec<Involved>,
    /// Bases, and the categories that are asked about them.
    bases: Vec<(Id<CoverageBasis>, i64)>,
}

impl Listed {
    /// Whether the entry is about these, and no others. Those of before list their people themselves.
    fn belongs_to(&self, record: &AuditRecord) -> bool {
        let people = match &record.people {
            Some(people) => people.digest == People::digest(&self.people),
            None => self.people.is_empty() || !record.disclosures.is_empty(),
        };
        let asked = record.questions.iter();
        let asked =
            asked.flat_map(|asked| asked.bases.iter().map(|basis| (*basis, Grants::of(&asked.categories()).bits())));
        people && asked.eq(self.bases.iter().copied())
    }
}

/// What was read, or nothing if it is no list.
fn readable<T>(read: Result<T>) -> Result<Option<T>> {
    match read {
        Err(StoreError::Corrupt(_)) => Ok(None),
        read => read.map(Some),
    }
}

/// What is listed beside entries after one, up to another.
fn listed(connection: &mut AnyConnection, after: i64, until: i64) -> Result<HashMap<i64, Listed>> {
    let mut listed: HashMap<i64, Listed> = HashMap::new();
    for (sequence, people) in people::listed(connection, after, until)? {
        listed.entry(sequence).or_default().people = people;
    }
    let bases: Vec<(i64, Id<CoverageBasis>, i64)> = audit_questions::table
        .filter(audit_questions::sequence.gt(after).and(audit_questions::sequence.le(until)))
        .order(audit_questions::basis_id)
        .select((audit_questions::sequence, audit_questions::basis_id, audit_questions::categories))
        .load(connection)?;
    for (sequence, basis, categories) in bases {
        listed.entry(sequence).or_default().bases.push((basis, categories));
    }
    Ok(listed)
}

/// Entries by number.
pub(in crate::store) fn entries(connection: &mut AnyConnection, sequences: &[i64]) -> Result<Vec<AuditEntry>> {
    read(audit_entries::table.filter(audit_entries::sequence.eq_any(sequences)).load(connection)?)
}

fn read(rows: Vec<Row>) -> Result<Vec<AuditEntry>> {
    let entry = |row: Row| {
        let sequence = row.sequence;
        row.entry().ok_or_else(|| StoreError::Corrupt(format!("audit entry {sequence}")))
    };
    rows.into_iter().map(entry).collect()
}

/// The numbers between which a slice lies, whose order is newest first and whose positions are negated numbers.
pub(in crate::store) fn ends(slice: &Slice) -> (i64, i64) {
    let end = |bound: &Bound, towards: i64| -bound.position.id + if bound.inclusive { towards } else { 0 };
    let above = slice.before.as_ref().map_or(0, |bound| end(bound, -1));
    (above, slice.after.as_ref().map_or(i64::MAX, |bound| end(bound, 1)))
}

/// Entries of an agency in a slice.
pub(in crate::store) fn slice_of(
    connection: &mut AnyConnection,
    agency: Id<Agency>,
    slice: &Slice,
) -> Result<Vec<AuditEntry>> {
    let (above, below) = ends(slice);
    let query = audit_entries::table
        .filter(audit_entries::agency_id.eq(agency))
        .filter(audit_entries::sequence.gt(above))
        .filter(audit_entries::sequence.lt(below))
        .limit(slice.limit);
    let rows: Vec<Row> = match slice.reversed {
        false => query.order(audit_entries::sequence.desc()).load(connection)?,
        true => query.order(audit_entries::sequence.asc()).load(connection)?,
    };
    read(rows)
}
