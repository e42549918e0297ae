//! Agreements: which are in force for a viewer, and those to which its agency is a party.

use super::connection::AnyConnection;
use super::emergency;
use super::errors::{Result, StoreError};
use super::page::{Page, Position, Slice, SortValue, Window, page};
use super::snapshot::Snapshot;
use super::tables::agreements;
use crate::domain::Key;
use crate::domain::agreement::{Agreement, AgreementStatus, Level};
use crate::domain::purpose::Purpose;
use crate::policy::{Released, Viewer};
use chrono::{NaiveDate, NaiveDateTime, Utc};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, Queryable, RunQueryDsl};
use std::collections::HashMap;

#[derive(Queryable)]
struct Row {
    id: Key,
    reference: String,
    provider_id: Key,
    recipient_id: Key,
    purpose: Purpose,
    level: Level,
    categories: String,
    scope: String,
    consent_required: bool,
    minimum_cell_size: i32,
    valid_from: NaiveDate,
    valid_until: NaiveDate,
    status: AgreementStatus,
    replaces_id: Option<Key>,
    consents_from: Option<NaiveDateTime>,
    retention_months: Option<i32>,
    revoked_on: Option<NaiveDate>,
    emergency: bool,
}

impl TryFrom<Row> for Agreement {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let corrupt = |part: &str| StoreError::Corrupt(format!("the {part} of agreement {}", row.reference));
        Ok(Self {
            categories: serde_json::from_str(&row.categories).map_err(|_| corrupt("categories"))?,
            scope: serde_json::from_str(&row.scope).map_err(|_| corrupt("scope"))?,
            id: row.id,
            reference: row.reference,
            provider_id: row.provider_id,
            recipient_id: row.recipient_id,
            purpose: row.purpose,
            level: row.level,
            consent_required: row.consent_required,
            minimum_cell_size: row.minimum_cell_size,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            status: row.status,
            replaces_id: row.replaces_id,
            consents_from: row.consents_from,
            retention_months: row.retention_months,
            revoked_on: row.revoked_on,
            emergency: row.emergency,
        })
    }
}

fn agreements_of(rows: Vec<Row>) -> Result<Vec<Agreement>> {
    rows.into_iter().map(Agreement::try_from).collect()
}

/// Which agreements a client asks for; an absent part restricts nothing.
#[derive(Debug, Clone, Default)]
pub struct AgreementFilter {
    /// At one of these statuses.
    pub statuses: Option<Vec<AgreementStatus>>,
    /// For one of these purposes.
    pub purposes: Option<Vec<Purpose>>,
    /// With one of these references.
    pub references: Option<Vec<String>>,
}

/// The agreements that share today, of the viewer's purpose, to which its agency is a party: those in force, but for emergency
/// agreements that nobody has opened. `CASE_MANAGEMENT` has none.
pub(super) fn counting(connection: &mut AnyConnection, viewer: &Viewer) -> Result<Vec<Agreement>> {
    if viewer.purpose == Purpose::CaseManagement {
        return Ok(Vec::new());
    }
    let party = agreements::recipient_id.eq(viewer.agency.id).or(agreements::provider_id.eq(viewer.agency.id));
    let rows = agreements::table
        .filter(party)
        .filter(agreements::purpose.eq(crate::domain::Vocabulary::code(viewer.purpose)))
        .filter(agreements::status.eq(crate::domain::Vocabulary::code(AgreementStatus::InForce)))
        .filter(agreements::valid_from.le(viewer.today))
        .filter(agreements::valid_until.ge(viewer.today))
        .filter(agreements::emergency.eq(false).or(emergency::is_open!(Utc::now().naive_utc())))
        .order(agreements::reference);
    agreements_of(rows.load(connection)?)
}

impl Snapshot {
    /// A page of the agreements to which the viewer's agency is a party, by reference.
    pub fn agreements_page(&mut self, filter: &AgreementFilter, window: &Window) -> Result<Page<Released<Agreement>>> {
        let position = |agreement: &Released<Agreement>| Position {
            value: Some(SortValue::Text(agreement.reference.clone())),
            id: agreement.id,
        };
        page(window, position, |slice| self.agreements_slice(filter, slice))
    }

    /// How many agreements pass the filter.
    pub fn agreements_count(&mut self, filter: &AgreementFilter) -> Result<i64> {
        let query = self.agreements_query(filter);
        Ok(query.count().get_result(self.connection())?)
    }

    /// Agreements by key, of those to which the viewer's agency is a party.
    pub fn agreements(&mut self, ids: &[Key]) -> Result<HashMap<Key, Released<Agreement>>> {
        let query = self.agreements_query(&AgreementFilter::default()).filter(agreements::id.eq_any(ids.to_vec()));
        let found = agreements_of(query.load(self.connection())?)?;
        Ok(found.into_iter().map(|agreement| (agreement.id, Released::reference(agreement))).collect())
    }

    fn agreements_slice(&mut self, filter: &AgreementFilter, slice: &Slice) -> Result<Vec<Released<Agreement>>> {
        let query = super::page::by_code!(self.agreements_query(filter), agreements::reference, slice);
        Ok(agreements_of(query.load(self.connection())?)?.into_iter().map(Released::reference).collect())
    }

    fn agreements_query(
        &self,
        filter: &AgreementFilter,
    ) -> agreements::BoxedQuery<'static, super::connection::Backend> {
        let agency = self.viewer().agency.id;
        let mut query = agreements::table
            .filter(agreements::recipient_id.eq(agency).or(agreements::provider_id.eq(agency)))
            .into_boxed();
        if let Some(statuses) = &filter.statuses {
            query = query.filter(agreements::status.eq_any(super::codes::codes(statuses)));
        }
        if let Some(purposes) = &filter.purposes {
            query = query.filter(agreements::purpose.eq_any(super::codes::codes(purposes)));
        }
        if let Some(references) = &filter.references {
            query = query.filter(agreements::reference.eq_any(references.clone()));
        }
        query
    }
}

/// Every agreement, whoever the parties; for retention.
pub(super) fn all(connection: &mut AnyConnection) -> Result<Vec<Agreement>> {
    agreements_of(agreements::table.load(connection)?)
}

/// Agreements with these references, whoever the parties; for imports.
pub(super) fn by_reference(connection: &mut AnyConnection, references: &[String]) -> Result<Vec<Agreement>> {
    agreements_of(agreements::table.filter(agreements::reference.eq_any(references)).load(connection)?)
}

/// Agreements between the parties of a draft, for its purpose, that were signed.
pub(super) fn between(connection: &mut AnyConnection, draft: &Agreement) -> Result<Vec<Agreement>> {
    let rows = agreements::table
        .filter(agreements::provider_id.eq(draft.provider_id))
        .filter(agreements::recipient_id.eq(draft.recipient_id))
        .filter(agreements::purpose.eq(crate::domain::Vocabulary::code(draft.purpose)))
        .filter(agreements::status.ne(crate::domain::Vocabulary::code(AgreementStatus::Draft)))
        .filter(agreements::id.ne(draft.id));
    agreements_of(rows.load(connection)?)
}
