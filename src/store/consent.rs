//! Consents, as they are stored, and as their holder reads them.

use super::database::errors::Result;
use super::database::stored::stored;
use super::database::tables::consents;
use super::individual::items::Items;
use super::session::read::ReadSession;
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::consent::{Consent, ConsentDecision};
use crate::domain::grants::Grants;
use crate::domain::individual::Individual;
use crate::domain::purpose::Purpose;
use crate::policy::{ItemAccess, Released, Reveal};
use chrono::{NaiveDate, NaiveDateTime};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use std::cmp::Reverse;
use std::collections::HashMap;

stored!(Consent in consents {
    id: Id<Consent>,
    individual_id: Id<Individual>,
    recipient_id: Id<Agency>,
    purpose: Purpose,
    decision: ConsentDecision,
    recorded_at: NaiveDateTime,
    expires_on: Option<NaiveDate>,
    explained: Option<Grants>,
});

impl ReadSession {
    /// What people whom the viewer's agency holds have answered, the newest first; for no other purpose than its own work.
    ///
    /// # Errors
    /// If the database fails.
    pub fn consents_of(&mut self, passes: &[ItemAccess]) -> Result<Items<Consent>> {
        let mut found = Items::new();
        if self.viewer().purpose != Purpose::CaseManagement {
            return Ok(found);
        }
        let people: Vec<Id<Individual>> = passes.iter().map(|pass| pass.id()).collect();
        let entries = consents::table.filter(consents::individual_id.eq_any(people)).select(Consent::as_select());
        let mut entries: Vec<Consent> = entries.load(self.connection())?;
        entries.sort_by_key(|entry| (Reverse(entry.recorded_at), entry.recipient_id, entry.purpose));
        let reveals: HashMap<Id<Individual>, Reveal> = passes.iter().map(|pass| (pass.id(), pass.reveal())).collect();
        for entry in entries {
            let (person, reveal) = (entry.individual_id, reveals.get(&entry.individual_id).copied());
            found
                .entry(person)
                .or_insert_with(Vec::new)
                .extend(reveal.and_then(|reveal| Released::reduced(entry, reveal)));
        }
        Ok(found)
    }
}
