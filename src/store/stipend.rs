//! Cash stipends: what is known of those who may get one, and how it is paid.

use super::bulk::{insert, lookup};
use super::database::errors::Result;
use super::database::tables::assistance;
use super::participant::Participant;
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::assistance::Assistance;
use crate::domain::category::DataCategory;
use crate::domain::individual::Individual;
use crate::domain::stipend::StipendCase;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};

/// On what a stipend rests.
pub const TOLD: [DataCategory; 3] = [DataCategory::SpecificNeeds, DataCategory::Assistance, DataCategory::LegalStatus];

impl ReadSession {
    /// What decides whether a person gets a stipend, of whom the record is known; nothing if the agency is not shown all of that. The
    /// person is put on record as looked up.
    ///
    /// # Errors
    /// If the database fails.
    pub fn stipend_case(&mut self, participant: Participant, person: Individual) -> Result<Option<StipendCase>> {
        let reveal = participant.item().reveal();
        if !TOLD.iter().all(|category| reveal.reveals(*category)) {
            return Ok(None);
        }
        self.look_up_item(participant.item(), &TOLD)?;
        let key = participant.id();
        let payments = assistance::table.filter(assistance::individual_id.eq(key));
        let payments = payments.order((assistance::period_from, assistance::id)).select(Assistance::as_select());
        Ok(Some(StipendCase {
            payments: payments.load(self.connection())?,
            needs: lookup::needs(self.connection(), &[key])?.remove(&key).unwrap_or_default(),
            person,
        }))
    }
}

impl WriteSession {
    /// Pays a person something.
    ///
    /// # Errors
    /// If the database fails.
    pub fn pay(&mut self, person: Participant, payment: Assistance) -> Result<()> {
        insert::assistance(self.connection(), &[Assistance { individual_id: person.id(), ..payment }])?;
        self.touch_participant(person)
    }
}
