//! What a request was shown and asked: gathered where rows are released and questions answered, for the audit.

use crate::domain::Id;
use crate::domain::audit::{AuditEvent, AuditRecord, Involved, People, Question, Questions, Shown};
use crate::domain::category::DataCategory;
use crate::domain::coverage::CoverageBasis;
use crate::domain::grants::Grants;
use crate::policy::{Reveal, Viewer};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a request was shown and asked so far.
#[derive(Debug, Default)]
pub(in crate::store) struct Disclosures {
    /// Released people by audit key, with what their rows reveal.
    shown: HashMap<i64, Reveal>,
    /// People whom a filter names, by audit key, with the categories by which it does.
    looked_up: BTreeMap<i64, BTreeSet<DataCategory>>,
    /// What was asked about, and how many were found.
    asked: BTreeMap<BTreeSet<DataCategory>, i64>,
    /// On which bases.
    bases: BTreeSet<Id<CoverageBasis>>,
    /// What was done that nobody may overlook.
    announced: Vec<String>,
}

impl Disclosures {
    /// A person is released.
    pub fn release(&mut self, audit_key: i64, reveal: Reveal) {
        let shown = self.shown.entry(audit_key).or_default();
        *shown = shown.and(reveal);
    }

    /// Something was done that nobody may overlook: it is said in the record's detail, and warned of in the log. It names no person.
    pub fn announce(&mut self, what: String) {
        self.announced.push(what);
    }

    /// A filter names a person by a value of a category.
    pub fn look_up(&mut self, audit_key: i64, category: DataCategory) {
        self.looked_up.entry(audit_key).or_default().insert(category);
    }

    /// Something is asked about everybody whom some bases cover.
    pub fn ask(
        &mut self,
        categories: impl IntoIterator<Item = DataCategory>,
        bases: impl IntoIterator<Item = Id<CoverageBasis>>,
        found: i64,
    ) {
        *self.asked.entry(categories.into_iter().collect()).or_default() += found;
        self.bases.extend(bases);
    }
}

/// A request whose snapshot is closed: what it was shown, and by what right.
#[derive(Debug)]
pub struct ClosedDisclosures {
    pub(in crate::store) disclosures: Disclosures,
    pub(in crate::store) viewer: Viewer,
    pub(in crate::store) agreements: Vec<String>,
    pub(in crate::store) epoch: i64,
}

impl ClosedDisclosures {
    /// How often what decides access had changed when the snapshot was opened.
    pub fn epoch(&self) -> i64 {
        self.epoch
    }

    /// What was done that nobody may overlook.
    pub fn announced(&self) -> &[String] {
        &self.disclosures.announced
    }

    /// The record of the request, which selected some categories.
    pub fn record(self, selected: &BTreeSet<DataCategory>, outcome: &str) -> AuditRecord {
        let Disclosures { shown, looked_up, asked, bases, announced } = self.disclosures;
        let mut involved = Vec::with_capacity(shown.len() + looked_up.len());
        let mut by_reveal: HashMap<Reveal, Vec<i64>> = HashMap::new();
        shown.into_iter().for_each(|(audit_key, reveal)| by_reveal.entry(reveal).or_default().push(audit_key));
        let mut groups: BTreeMap<BTreeSet<DataCategory>, i64> = BTreeMap::new();
        for (reveal, people) in by_reveal {
            let shown = selected.iter().copied().filter(|category| reveal.reveals(*category));
            let shown: BTreeSet<DataCategory> = shown.collect();
            let categories = Grants::of(&shown);
            *groups.entry(shown).or_default() += people.len() as i64;
            involved.extend(people.into_iter().map(|audit_key| Involved { audit_key, categories, looked_up: false }));
        }
        let named = looked_up.len() as i64;
        involved.extend(looked_up.into_iter().map(|(audit_key, categories)| Involved {
            audit_key,
            categories: Grants::of(&categories),
            looked_up: true,
        }));
        let shown = groups.into_iter().map(|(categories, people)| Shown { categories, people }).collect();
        let asked = asked.into_iter().map(|(categories, found)| Question { categories, found });
        AuditRecord {
            event: AuditEvent::Request,
            agency_id: Some(self.viewer.agency.id),
            client_id: Some(self.viewer.client.id),
            purpose: Some(self.viewer.purpose),
            outcome: outcome.to_owned(),
            agreements: self.agreements,
            operation: None,
            document: None,
            disclosures: Vec::new(),
            people: People::new(shown, named, involved),
            questions: Questions::new(asked.collect(), bases.into_iter().collect()),
            detail: (!announced.is_empty()).then(|| announced.join("; ")),
        }
    }
}
