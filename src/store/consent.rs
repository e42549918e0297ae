//! Consents, as they are stored, and as their holder reads them.

use super::database::errors::Result;
use super::database::stored::stored;
use super::database::tables::consents;
use super::individual::items::{Items, items};
use super::session::read::ReadSession;
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::consent::{Consent, ConsentDecision};
use crate::domain::grants::Grants;
use crate::domain::individual::Individual;
use crate::domain::purpose::Purpose;
use crate::policy::{ItemAccess, Reveal};
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
    pub fn consents_of(&mut self, accesses: &[ItemAccess]) -> Result<Items<Consent>> {
        if self.viewer().purpose != Purpose::CaseManagement {
            return Ok(Items::new());
        }
        let people: HashMap<Id<Individual>, Reveal> =
            accesses.iter().map(|access| (access.id(), access.reveal())).collect();
        let entries = consents::table.filter(consents::individual_id.eq_any(people.keys().copied()));
        let mut entries: Vec<Consent> = entries.select(Consent::as_select()).load(self.connection())?;
        entries.sort_by_key(|entry| (Reverse(entry.recorded_at), entry.recipient_id, entry.purpose));
        Ok(items(&people, entries, |entry| entry.individual_id))
    }
}
