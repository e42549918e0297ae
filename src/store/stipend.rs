//! Cash stipends: what is known of those who may get one, and how it is paid.

use super::bulk::{insert, lookup, update};
use super::database::errors::Result;
use super::database::tables::assistance;
use super::individual::held::Held;
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::assistance::Assistance;
use crate::domain::category::DataCategory;
use crate::domain::stipend::StipendCase;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};

impl ReadSession {
    /// What decides whether a person gets a stipend. The person is put on record as looked up.
    ///
    /// # Errors
    /// If the database fails.
    pub fn stipend_case(&mut self, person: Held) -> Result<StipendCase> {
        let told = [DataCategory::SpecificNeeds, DataCategory::Assistance, DataCategory::LegalStatus];
        self.look_up_item(person.item(), &told)?;
        let payments = assistance::table.filter(assistance::individual_id.eq(person.id()));
        let payments = payments.order((assistance::period_from, assistance::id)).select(Assistance::as_select());
        Ok(StipendCase {
            payments: payments.load(self.connection())?,
            needs: lookup::needs(self.connection(), &[person.id()])?.remove(&person.id()).unwrap_or_default(),
            person: self.record(person)?,
        })
    }
}

impl WriteSession {
    /// Pays a person something.
    ///
    /// # Errors
    /// If the database fails.
    pub fn pay(&mut self, person: Held, payment: Assistance) -> Result<()> {
        insert::assistance(self.connection(), &[Assistance { individual_id: person.id(), ..payment }])?;
        update::touch(self.connection(), person.id())
    }
}
