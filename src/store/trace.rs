//! What a request was shown: gathered where rows are released, for the audit.

use crate::domain::Vocabulary;
use crate::domain::audit::{AuditEvent, AuditRecord, Disclosure};
use crate::domain::category::DataCategory;
use crate::policy::{Reveal, Viewer};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a request was shown so far.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// Released people by audit key, with what their rows reveal.
    people: HashMap<i64, Reveal>,
    /// People in counts and lists who were filtered or ordered by some categories without being released.
    counted: BTreeMap<BTreeSet<DataCategory>, Vec<i64>>,
    /// What filters and orders of released people looked at.
    tested: BTreeSet<DataCategory>,
    /// What was done that nobody may overlook.
    announced: Vec<String>,
}

impl Trace {
    /// A person is released.
    pub fn release(&mut self, audit_key: i64, reveal: Reveal) {
        let shown = self.people.entry(audit_key).or_default();
        *shown = shown.and(reveal);
    }

    /// Something was done that nobody may overlook: it is said in the record's detail, and warned of in the log. It names no person.
    pub fn announce(&mut self, what: String) {
        self.announced.push(what);
    }

    /// People are listed by filters and orders on some categories.
    pub fn test(&mut self, categories: impl IntoIterator<Item = DataCategory>) {
        self.tested.extend(categories);
    }

    /// People are counted, by a filter on some categories.
    pub fn count(&mut self, categories: BTreeSet<DataCategory>, audit_keys: &[i64]) {
        self.counted.entry(categories).or_default().extend(audit_keys);
    }
}

/// A request whose snapshot is closed: what it was shown, and by what right.
#[derive(Debug)]
pub struct ClosedTrace {
    pub(super) trace: Trace,
    pub(super) viewer: Viewer,
    pub(super) agreements: Vec<String>,
    pub(super) epoch: i64,
}

impl ClosedTrace {
    /// How often what decides access had changed when the snapshot was opened.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// What was done that nobody may overlook.
    pub fn announced(&self) -> &[String] {
        &self.trace.announced
    }

    /// The record of the request, which selected some categories.
    pub fn record(self, selected: &BTreeSet<DataCategory>, outcome: &str) -> AuditRecord {
        let tested: Vec<&str> = self.trace.tested.iter().map(|category| category.code()).collect();
        let tests = (!tested.is_empty()).then(|| format!("filtered or ordered by {}", tested.join(", ")));
        let said: Vec<String> = self.trace.announced.iter().cloned().chain(tests).collect();
        let detail = (!said.is_empty()).then(|| said.join("; "));
        let looked_at: BTreeSet<DataCategory> = selected.union(&self.trace.tested).copied().collect();
        let mut groups = self.trace.counted;
        for (key, reveal) in self.trace.people {
            let shown = looked_at.iter().copied().filter(|category| reveal.reveals(*category)).collect();
            groups.entry(shown).or_default().push(key);
        }
        let disclosures = groups.into_iter().map(|(categories, keys)| Disclosure::new(categories, keys));
        AuditRecord {
            event: AuditEvent::Request,
            agency_id: Some(self.viewer.agency.id),
            client_id: Some(self.viewer.client.id),
            purpose: Some(self.viewer.purpose),
            outcome: outcome.to_owned(),
            agreements: self.agreements,
            operation: None,
            document: None,
            disclosures: disclosures.filter(|disclosure| !disclosure.people.is_empty()).collect(),
            detail,
        }
    }
}
