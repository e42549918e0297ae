//! The audit: what is put on record of every request and of every change outside policy.

use super::category::DataCategory;
use super::purpose::Purpose;
use super::{Key, vocabulary};
use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

vocabulary! {
    /// What an audit entry is about.
    AuditEvent {
        /// A client's request.
        Request = "REQUEST",
        /// Requests within a minute that proved no client.
        Unauthenticated = "UNAUTHENTICATED",
        /// The demo was loaded.
        Demo = "DEMO",
        /// A file was imported.
        Import = "IMPORT",
        /// An agency, a client or a retention period was added or changed, or what is past its period was erased.
        Administration = "ADMINISTRATION",
    }
}

/// People to whom the same categories were disclosed; none where only that they exist was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disclosure {
    /// What was selected, filtered or ordered by.
    pub categories: BTreeSet<DataCategory>,
    /// The people, as ranges of audit keys, both ends included.
    pub people: Vec<(i64, i64)>,
}

impl Disclosure {
    /// A disclosure to people given by their audit keys, in whatever order.
    pub fn new(categories: BTreeSet<DataCategory>, mut keys: Vec<i64>) -> Self {
        keys.sort_unstable();
        keys.dedup();
        let mut people: Vec<(i64, i64)> = Vec::new();
        for key in keys {
            match people.last_mut() {
                Some((_, last)) if *last + 1 == key => *last = key,
                _ => people.push((key, key)),
            }
        }
        Self { categories, people }
    }

    /// Whether a person is among them.
    pub fn includes(&self, key: i64) -> bool {
        self.people.iter().any(|(first, last)| (*first..=*last).contains(&key))
    }
}

/// What is to be put on record. It holds no value, no name and no variable of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// What it is about.
    pub event: AuditEvent,
    /// The agency that asked or acted, if one is known.
    pub agency_id: Option<Key>,
    /// Its client.
    pub client_id: Option<Key>,
    /// The request's purpose.
    pub purpose: Option<Purpose>,
    /// `OK`, or the code of the first error.
    pub outcome: String,
    /// References of the agreements in force that were used.
    pub agreements: Vec<String>,
    /// A keyed hash of the operation's name.
    pub operation: Option<String>,
    /// A keyed hash of the document, its literals removed.
    pub document: Option<String>,
    /// What was disclosed, and of whom.
    pub disclosures: Vec<Disclosure>,
    /// What else there is to say: which kind of import, how many requests, what was erased of how many people.
    pub detail: Option<String>,
}

impl AuditRecord {
    /// The record of a change that no client asked for.
    pub fn of_change(event: AuditEvent, detail: impl Into<String>) -> Self {
        Self {
            event,
            agency_id: None,
            client_id: None,
            purpose: None,
            outcome: "OK".to_owned(),
            agreements: Vec::new(),
            operation: None,
            document: None,
            disclosures: Vec::new(),
            detail: Some(detail.into()),
        }
    }
}

impl AuditRecord {
    /// The record of a client's request that is refused before it is read.
    pub fn refused(agency_id: Key, client_id: Key, purpose: Purpose, code: &str) -> Self {
        Self {
            agency_id: Some(agency_id),
            client_id: Some(client_id),
            purpose: Some(purpose),
            outcome: code.to_owned(),
            detail: None,
            ..Self::of_change(AuditEvent::Request, "")
        }
    }
}

/// A record at its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number, from one, without gaps.
    pub sequence: i64,
    /// When it was recorded, in UTC.
    pub recorded_at: NaiveDateTime,
    /// What is on record.
    pub record: AuditRecord,
    /// The hash of all of it and of the entry before: SHA-256 in lower-case hexadecimal.
    pub hash: String,
}

impl AuditEntry {
    /// The entry that follows one with the hash `previous`.
    pub fn following(previous: &str, sequence: i64, recorded_at: NaiveDateTime, record: AuditRecord) -> Self {
        let mut entry = Self { sequence, recorded_at, record, hash: String::new() };
        entry.hash = entry.chained(previous);
        entry
    }

    /// The hash that the entry must have where the one before has the hash `previous`.
    pub fn chained(&self, previous: &str) -> String {
        let time = self.recorded_at.and_utc().timestamp_micros();
        let content =
            serde_json::to_vec(&(previous, self.sequence, time, &self.record)).expect("a record is plain data");
        Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_kept_as_ranges() {
        let disclosure = Disclosure::new(BTreeSet::new(), vec![7, 2, 3, 3, 1, 9, 8]);
        assert_eq!(disclosure.people, [(1, 3), (7, 9)]);
        assert!(disclosure.includes(8) && !disclosure.includes(4));
    }

    #[test]
    fn every_part_of_an_entry_is_in_its_hash() {
        let record = AuditRecord::of_change(AuditEvent::Import, "places");
        let at = chrono::DateTime::UNIX_EPOCH.naive_utc();
        let entry = AuditEntry::following("a", 1, at, record.clone());
        assert_eq!(entry.hash, entry.chained("a"));
        let later = AuditEntry { recorded_at: at + chrono::TimeDelta::microseconds(1), ..entry.clone() };
        let other = AuditEntry { record: AuditRecord { outcome: "LIMIT".into(), ..record }, ..entry.clone() };
        let moved = AuditEntry { sequence: 2, ..entry.clone() };
        for changed in [later.chained("a"), other.chained("a"), moved.chained("a"), entry.chained("b")] {
            assert_ne!(changed, entry.hash);
        }
    }
}
