//! The audit as clients read it: their own agency's entries, and who has seen a person.

use super::audit;
use super::errors::Result;
use super::page::{Bound, Page, Position, Slice, Window, page};
use super::snapshot::Snapshot;
use super::tables::{clients, individuals};
use crate::domain::Key;
use crate::domain::audit::AuditEntry;
use crate::policy::Released;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use std::collections::{BTreeSet, HashMap};

/// How many entries are looked through at a time for a person.
const BATCH: i64 = 1_000;

/// Which entries are read.
#[derive(Debug, Clone, Copy)]
pub enum AuditFilter {
    /// Those of the viewer's agency.
    OwnAgency,
    /// Those that disclose something of a person that the viewer's agency holds, given by its audit key.
    Person(i64),
}

/// An entry, with its client's name where that is of the viewer's agency.
#[derive(Debug, Clone)]
pub struct AuditLine {
    /// The entry.
    pub entry: Released<AuditEntry>,
    /// The client's name.
    pub client: Option<String>,
}

impl AuditLine {
    /// Its place: newest first.
    pub fn position(&self) -> Position {
        position(&self.entry)
    }
}

fn position(entry: &AuditEntry) -> Position {
    Position { value: None, id: -entry.sequence }
}

impl Snapshot {
    /// By what the audit names a person that the viewer sees.
    pub fn audit_key(&mut self, individual: Key) -> Result<Option<i64>> {
        let (connection, scope) = self.scoped()?;
        let query = individuals::table.filter(individuals::id.eq(individual)).filter(scope.visible());
        let found: Vec<i64> = query.select(individuals::audit_key).load(connection)?;
        self.trace().count(BTreeSet::new(), &found);
        Ok(found.into_iter().next())
    }

    /// A page of entries, newest first.
    pub fn audit_page(&mut self, filter: AuditFilter, window: &Window) -> Result<Page<AuditLine>> {
        let found = page(window, position, |slice| self.audit_slice(filter, slice))?;
        let ids: Vec<Key> = found.rows.iter().filter_map(|entry| entry.record.client_id).collect();
        let own = clients::agency_id.eq(self.viewer().agency.id);
        let query = clients::table.filter(clients::id.eq_any(ids)).filter(own).select((clients::id, clients::name));
        let names: HashMap<Key, String> = query.load(self.connection())?.into_iter().collect();
        let line = |entry: AuditEntry| AuditLine {
            client: entry.record.client_id.and_then(|id| names.get(&id).cloned()),
            entry: Released::reference(entry),
        };
        Ok(Page {
            rows: found.rows.into_iter().map(line).collect(),
            has_previous: found.has_previous,
            has_next: found.has_next,
        })
    }

    /// How many entries there are.
    pub fn audit_count(&mut self, filter: &AuditFilter) -> Result<i64> {
        let all = Slice { after: None, before: None, reversed: false, limit: i64::MAX };
        Ok(self.audit_slice(*filter, &all)?.len() as i64)
    }

    fn audit_slice(&mut self, filter: AuditFilter, slice: &Slice) -> Result<Vec<AuditEntry>> {
        let AuditFilter::Person(key) = filter else {
            let agency = self.viewer().agency.id;
            return audit::slice_of(self.connection(), Some(agency), slice);
        };
        let mut found = Vec::new();
        let mut rest = Slice { limit: BATCH, ..slice.clone() };
        loop {
            let batch = audit::slice_of(self.connection(), None, &rest)?;
            let last = batch.last().map(position);
            let ended = (batch.len() as i64) < BATCH;
            found.extend(batch.into_iter().filter(|entry| entry.record.disclosures.iter().any(|d| d.includes(key))));
            if ended || found.len() as i64 >= slice.limit {
                found.truncate(slice.limit.try_into().unwrap_or(usize::MAX));
                return Ok(found);
            }
            let bound = last.map(|position| Bound { position, inclusive: false });
            match slice.reversed {
                false => rest.after = bound,
                true => rest.before = bound,
            }
        }
    }
}
