//! The audit: what is put on record of every request and of every change outside policy.

use super::agency::Agency;
use super::category::DataCategory;
use super::client::Client;
use super::coverage::CoverageBasis;
use super::grants::Grants;
use super::purpose::Purpose;
use super::{Id, vocabulary};
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

vocabulary! {
    /// How a request ended.
    AuditOutcome {
        /// It was answered without an error.
        Ok = "OK",
        /// Its client had gone before it was answered.
        Cancelled = "CANCELLED",
        /// The key is missing or unknown.
        Unauthenticated = "UNAUTHENTICATED",
        /// The client may not do this.
        Forbidden = "FORBIDDEN",
        /// An argument, header or body is not what it should be.
        BadInput = "BAD_INPUT",
        /// An id was not made for this agency and purpose.
        InvalidId = "INVALID_ID",
        /// A cursor was not made for this agency, purpose and order.
        InvalidCursor = "INVALID_CURSOR",
        /// The request asks for more than one request may, or its client's budget is spent.
        Limit = "LIMIT",
        /// The document is not GraphQL.
        Parse = "PARSE",
        /// The document does not fit the schema.
        Validation = "VALIDATION",
        /// The database was busy or away.
        Unavailable = "UNAVAILABLE",
        /// Something went wrong inside.
        Internal = "INTERNAL",
    }
}

/// People, as entries before listed them themselves; none of whom more was told than that they exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disclosure {
    /// What was selected, filtered or ordered by.
    pub categories: BTreeSet<DataCategory>,
    /// The people, as ranges of audit keys, both ends included.
    pub people: Vec<(i64, i64)>,
}

/// How many people were shown with the same categories; without any if only that they exist was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// What was selected and revealed.
    pub categories: BTreeSet<DataCategory>,
    /// How many people.
    pub people: i64,
}

/// A person who was shown or looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Involved {
    /// By what the audit names the person.
    pub audit_key: i64,
    /// With which categories, or by which.
    pub categories: Grants,
    /// Looked up instead of shown.
    pub looked_up: bool,
}

/// Of whom a request was shown something, and whom it looked up. They are listed beside the entry, which holds a hash of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct People {
    /// Those who were shown.
    pub shown: Vec<Shown>,
    /// How many were looked up.
    pub looked_up: i64,
    /// SHA-256 of the list, in lower-case hexadecimal.
    pub digest: String,
    /// The list.
    #[serde(skip)]
    pub listed: Vec<Involved>,
}

impl People {
    /// The people of a request, if there are any.
    pub fn new(shown: Vec<Shown>, looked_up: i64, listed: Vec<Involved>) -> Option<Self> {
        let digest = Self::digest(&listed);
        (!listed.is_empty()).then_some(Self { shown, looked_up, digest, listed })
    }

    /// The hash of a list, in whatever order.
    pub fn digest(listed: &[Involved]) -> String {
        let mut lines: Vec<(i64, bool, i64)> =
            listed.iter().map(|one| (one.audit_key, one.looked_up, one.categories.bits())).collect();
        lines.sort_unstable();
        hexadecimal(&serde_json::to_vec(&lines).expect("numbers are plain data"))
    }
}

/// A question, whose answer is about everybody whom its bases cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// What was filtered, ordered or counted by.
    pub categories: BTreeSet<DataCategory>,
    /// How many people were found.
    pub found: i64,
}

/// What a request asked, and on which bases: agreements, or the negated key of an agency's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Questions {
    /// The questions.
    pub asked: Vec<Question>,
    /// The bases.
    pub bases: Vec<Id<CoverageBasis>>,
}

impl Questions {
    /// The questions of a request, if there are any.
    pub fn new(asked: Vec<Question>, bases: Vec<Id<CoverageBasis>>) -> Option<Self> {
        (!asked.is_empty()).then_some(Self { asked, bases })
    }

    /// The categories of all of them.
    pub fn categories(&self) -> BTreeSet<DataCategory> {
        self.asked.iter().flat_map(|question| question.categories.iter().copied()).collect()
    }
}

/// What is to be put on record. It holds no value, no name and no variable of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// What it is about.
    pub event: AuditEvent,
    /// The agency that asked or acted, if one is known.
    pub agency_id: Option<Id<Agency>>,
    /// Its client.
    pub client_id: Option<Id<Client>>,
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
    /// Of whom what was disclosed, in entries of before.
    pub disclosures: Vec<Disclosure>,
    /// What else there is to say: which kind of import, how many requests, what was erased of how many people.
    pub detail: Option<String>,
    /// Who was shown or looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<People>,
    /// What was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub questions: Option<Questions>,
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
            people: None,
            questions: None,
        }
    }
}

impl AuditRecord {
    /// The record of a client's request that is refused before it is read.
    pub fn refused(agency_id: Id<Agency>, client_id: Id<Client>, purpose: Purpose, code: &str) -> Self {
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
    /// Its number in the chain, from one, without gaps.
    pub sequence: i64,
    /// Its number among the entries of its agency, from one, without gaps.
    pub number: i64,
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
        let mut entry = Self { sequence, number: 0, recorded_at, record, hash: String::new() };
        entry.hash = entry.chained(previous);
        entry
    }

    /// The hash that the entry must have if the one before has the hash `previous`.
    pub fn chained(&self, previous: &str) -> String {
        let time = self.recorded_at.and_utc().timestamp_micros();
        let content =
            serde_json::to_vec(&(previous, self.sequence, time, &self.record)).expect("a record is plain data");
        hexadecimal(&content)
    }
}

fn hexadecimal(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_listed_is_in_the_hash() {
        let listed = |audit_key, looked_up| Involved { audit_key, categories: Grants::of(&BTreeSet::new()), looked_up };
        let digest = People::digest(&[listed(1, false), listed(2, true)]);
        assert_eq!(digest, People::digest(&[listed(2, true), listed(1, false)]));
        for other in
            [vec![listed(1, false)], vec![listed(1, true), listed(2, true)], vec![listed(1, false), listed(3, true)]]
        {
            assert_ne!(digest, People::digest(&other));
        }
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
