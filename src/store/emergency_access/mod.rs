//! Emergency agreements: opened by the recipient, reviewed by the provider.

pub(super) mod open;

use super::bulk::insert;
use super::database::connection::Backend;
use super::database::errors::{Result, changed_one};
use super::database::page::{Page, Position, Slice, Window, by_moment, page};
use super::database::stored::stored;
use super::database::tables::{agreements, emergency_accesses};
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::agreement::Agreement;
use crate::domain::client::{Client, Role};
use crate::domain::emergency_access::{EmergencyAccess, EmergencyReason};
use crate::domain::{Id, Vocabulary};
use crate::policy::Released;
use chrono::NaiveDateTime;
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::HashMap;

/// An opening, with its agreement.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The opening.
    pub access: Released<EmergencyAccess>,
    /// The agreement.
    pub agreement: Released<Agreement>,
}

impl Opened {
    /// Its place: newest first.
    pub fn position(&self) -> Position {
        position(&self.access)
    }
}

stored!(EmergencyAccess in emergency_accesses {
    id: Id<EmergencyAccess>,
    agreement_id: Id<Agreement>,
    client_id: Id<Client>,
    reason: EmergencyReason,
    opened_at: NaiveDateTime,
    closes_at: NaiveDateTime,
    reviewed_at: Option<NaiveDateTime>,
    justified: Option<bool>,
});

fn position(access: &EmergencyAccess) -> Position {
    Position::of_moment(access.opened_at, access.id)
}

impl ReadSession {
    /// A page of the openings of agreements to which the viewer's agency is a party, newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub fn emergency_page(&mut self, window: &Window) -> Result<Page<Opened>> {
        let found = page(window, position, |slice| self.emergency_slice(slice))?;
        let (has_previous, has_next) = (found.has_previous, found.has_next);
        Ok(Page { rows: self.with_agreements(found.rows)?, has_previous, has_next })
    }

    /// How many there are.
    ///
    /// # Errors
    /// If the database fails.
    pub fn emergency_count(&mut self, (): &()) -> Result<i64> {
        let query = self.emergency_accesses_query();
        Ok(query.count().get_result(self.connection())?)
    }

    /// Openings by key, of agreements to which the viewer's agency is a party; for its data officers.
    ///
    /// # Errors
    /// If the database fails.
    pub fn emergency_accesses(&mut self, ids: &[Id<EmergencyAccess>]) -> Result<HashMap<Id<EmergencyAccess>, Opened>> {
        if self.viewer().client.role != Role::DataOfficer {
            return Ok(HashMap::new());
        }
        let query = self.emergency_accesses_query().filter(emergency_accesses::id.eq_any(ids.to_vec()));
        let rows = query.select(EmergencyAccess::as_select()).load(self.connection())?;
        let found = self.with_agreements(rows)?;
        Ok(found.into_iter().map(|opened| (opened.access.id, opened)).collect())
    }

    /// Whether an opening of an agreement, or of another version of it, is not reviewed yet.
    ///
    /// # Errors
    /// If the database fails.
    pub fn awaits_review(&mut self, agreement: &Agreement) -> Result<bool> {
        let versions = agreements::table
            .filter(agreements::provider_id.eq(agreement.provider_id))
            .filter(agreements::recipient_id.eq(agreement.recipient_id))
            .filter(agreements::purpose.eq(agreement.purpose.code()))
            .select(agreements::id);
        let unreviewed = emergency_accesses::table
            .filter(emergency_accesses::agreement_id.eq_any(versions))
            .filter(emergency_accesses::reviewed_at.is_null());
        let count: i64 = unreviewed.count().get_result(self.connection())?;
        Ok(count > 0)
    }

    fn with_agreements(&mut self, accesses: Vec<EmergencyAccess>) -> Result<Vec<Opened>> {
        let ids: Vec<Id<Agreement>> = accesses.iter().map(|access| access.agreement_id).collect();
        let agreements = self.agreements(&ids)?;
        let opened = |access: EmergencyAccess| {
            let agreement = agreements.get(&access.agreement_id)?.clone();
            Some(Opened { access: Released::reference(access), agreement })
        };
        Ok(accesses.into_iter().filter_map(opened).collect())
    }

    fn emergency_slice(&mut self, slice: &Slice) -> Result<Vec<EmergencyAccess>> {
        use emergency_accesses::{id, opened_at};
        let query = by_moment!(self.emergency_accesses_query(), opened_at, id, slice);
        Ok(query.select(EmergencyAccess::as_select()).load(self.connection())?)
    }

    fn emergency_accesses_query(&self) -> emergency_accesses::BoxedQuery<'static, Backend> {
        let agency = self.viewer().agency.id;
        let own = agreements::table
            .filter(agreements::recipient_id.eq(agency).or(agreements::provider_id.eq(agency)))
            .select(agreements::id);
        emergency_accesses::table.filter(emergency_accesses::agreement_id.eq_any(own)).into_boxed()
    }
}

impl WriteSession {
    /// Opens an emergency agreement.
    ///
    /// # Errors
    /// If the database fails.
    pub fn open_emergency_access(&mut self, access: &EmergencyAccess, agreement: &Agreement) -> Result<()> {
        insert::emergency_accesses(self.connection(), std::slice::from_ref(access))?;
        self.change_access();
        let (reference, until) = (&agreement.reference, access.closes_at.format("%FT%TZ"));
        self.disclosures().announce(format!("emergency access to {reference} opened until {until}: {}", access.reason));
        Ok(())
    }

    /// Puts on record what the provider found of an opening, and closes it if it is open still.
    ///
    /// # Errors
    /// If the database fails.
    pub fn review_emergency_access(&mut self, opened: &Opened, now: NaiveDateTime, justified: bool) -> Result<()> {
        let review = (
            emergency_accesses::reviewed_at.eq(Some(now)),
            emergency_accesses::justified.eq(Some(justified)),
            emergency_accesses::closes_at.eq(opened.access.closes_at.min(now)),
        );
        let access = emergency_accesses::table.find(opened.access.id);
        changed_one(diesel::update(access).set(review).execute(self.connection())?)?;
        self.change_access();
        let found = if justified { "justified" } else { "not justified" };
        self.disclosures().announce(format!("emergency access to {} reviewed: {found}", opened.agreement.reference));
        Ok(())
    }
}
