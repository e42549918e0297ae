//! Agreements: which are in force for a viewer, and those to which its agency is a party.

pub mod changes;
pub mod preview;
pub(super) mod scopes;

use super::database::connection::AnyConnection;
use super::database::errors::Result;
use super::database::page::{Bound, Page, Position, Slice, Window, page};
use super::database::stored::stored;
use super::database::tables::agreements;
use super::emergency_access;
use super::session::read::ReadSession;
use super::statistics;
use crate::domain::agency::Agency;
use crate::domain::agreement::{Agreement, AgreementStatus, Level, Scope};
use crate::domain::grants::Grants;
use crate::domain::purpose::Purpose;
use crate::domain::statistics::StatisticsTable;
use crate::domain::{Id, Vocabulary};
use crate::policy::{Released, Viewer};
use chrono::{NaiveDate, NaiveDateTime, Utc};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::HashMap;

stored! {
    /// An agreement's row: its scope and its statistics tables have tables of their own.
    pub(super) struct Row in agreements {
        id: Id<Agreement>,
        reference: String,
        provider_id: Id<Agency>,
        recipient_id: Id<Agency>,
        purpose: Purpose,
        level: Level,
        grants: i64,
        dimensions: i64,
        consent_required: bool,
        minimum_cell_size: i32,
        valid_from: NaiveDate,
        valid_until: NaiveDate,
        status: AgreementStatus,
        replaces_id: Option<Id<Agreement>>,
        retention_months: Option<i32>,
        emergency: bool,
        proposed_by_id: Option<Id<Agency>>,
        in_force_since: Option<NaiveDateTime>,
        revoked_at: Option<NaiveDateTime>,
        release_months: Option<i32>,
    }
}

impl From<&Agreement> for Row {
    fn from(agreement: &Agreement) -> Self {
        Self {
            id: agreement.id,
            reference: agreement.reference.clone(),
            provider_id: agreement.provider_id,
            recipient_id: agreement.recipient_id,
            purpose: agreement.purpose,
            level: agreement.level,
            grants: agreement.grants().bits(),
            dimensions: scopes::dimensions(&agreement.scope),
            consent_required: agreement.consent_required,
            minimum_cell_size: agreement.minimum_cell_size,
            valid_from: agreement.valid_from,
            valid_until: agreement.valid_until,
            status: agreement.status,
            replaces_id: agreement.replaces_id,
            retention_months: agreement.retention_months,
            emergency: agreement.emergency,
            proposed_by_id: agreement.proposed_by_id,
            in_force_since: agreement.in_force_since,
            revoked_at: agreement.revoked_at,
            release_months: agreement.release_months,
        }
    }
}

impl Row {
    fn agreement(self, scope: Scope, statistics_tables: Vec<StatisticsTable>) -> Agreement {
        Agreement {
            id: self.id,
            reference: self.reference,
            provider_id: self.provider_id,
            recipient_id: self.recipient_id,
            purpose: self.purpose,
            level: self.level,
            categories: Grants::from_bits(self.grants).categories(),
            scope,
            consent_required: self.consent_required,
            minimum_cell_size: self.minimum_cell_size,
            emergency: self.emergency,
            valid_from: self.valid_from,
            valid_until: self.valid_until,
            status: self.status,
            replaces_id: self.replaces_id,
            proposed_by_id: self.proposed_by_id,
            in_force_since: self.in_force_since,
            retention_months: self.retention_months,
            revoked_at: self.revoked_at,
            statistics_tables,
            release_months: self.release_months,
        }
    }
}

fn agreements_of(connection: &mut AnyConnection, rows: Vec<Row>) -> Result<Vec<Agreement>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<(Id<Agreement>, i64)> = rows.iter().map(|row| (row.id, row.dimensions)).collect();
    let mut scopes = scopes::scopes(connection, &keys)?;
    let ids = rows.iter().filter(|row| row.release_months.is_some()).map(|row| row.id).collect();
    let mut tables = statistics::tables::of_agreements(connection, ids)?;
    let agreement = |row: Row| {
        let scope = scopes.remove(&row.id).unwrap_or_default();
        let tables = tables.remove(&row.id).unwrap_or_default();
        row.agreement(scope, tables)
    };
    Ok(rows.into_iter().map(agreement).collect())
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
        .filter(agreements::purpose.eq(viewer.purpose.code()))
        .filter(agreements::status.eq(AgreementStatus::InForce.code()))
        .filter(agreements::valid_from.le(viewer.today))
        .filter(agreements::valid_until.ge(viewer.today))
        .filter(agreements::emergency.eq(false).or(emergency_access::is_open!(Utc::now().naive_utc())))
        .order(agreements::reference);
    let rows = rows.select(Row::as_select()).load(connection)?;
    agreements_of(connection, rows)
}

impl ReadSession {
    /// A page of the agreements to which the viewer's agency is a party, by reference.
    ///
    /// # Errors
    /// If the database fails.
    pub fn agreements_page(&mut self, filter: &AgreementFilter, window: &Window) -> Result<Page<Released<Agreement>>> {
        let position = |agreement: &Released<Agreement>| Position::of_text(&agreement.reference, agreement.id);
        page(window, position, |slice| self.agreements_slice(filter, slice))
    }

    /// How many agreements pass the filter.
    ///
    /// # Errors
    /// If the database fails.
    pub fn agreements_count(&mut self, filter: &AgreementFilter) -> Result<i64> {
        let query = self.agreements_query(filter);
        Ok(query.count().get_result(self.connection())?)
    }

    /// Agreements by key, of those to which the viewer's agency is a party.
    ///
    /// # Errors
    /// If the database fails.
    pub fn agreements(&mut self, ids: &[Id<Agreement>]) -> Result<HashMap<Id<Agreement>, Released<Agreement>>> {
        let query = self.agreements_query(&AgreementFilter::default()).filter(agreements::id.eq_any(ids.to_vec()));
        let rows = query.select(Row::as_select()).load(self.connection())?;
        let found = agreements_of(self.connection(), rows)?;
        Ok(found.into_iter().map(|agreement| (agreement.id, Released::reference(agreement))).collect())
    }

    fn agreements_slice(&mut self, filter: &AgreementFilter, slice: &Slice) -> Result<Vec<Released<Agreement>>> {
        use agreements::{id, reference};
        let mut query = self.agreements_query(filter).limit(slice.limit);
        // A reference is unique between two agencies only.
        let end = |bound: &Option<Bound>, towards: i64| {
            let (code, inclusive) = bound.as_ref()?.code()?;
            let key = bound.as_ref()?.position.id;
            Some((code, if inclusive { key } else { key + towards }))
        };
        if let Some((code, key)) = end(&slice.after, 1) {
            query = query.filter(reference.gt(code.clone()).or(reference.eq(code).and(id.ge(key))));
        }
        if let Some((code, key)) = end(&slice.before, -1) {
            query = query.filter(reference.lt(code.clone()).or(reference.eq(code).and(id.le(key))));
        }
        query = match slice.reversed {
            false => query.order((reference.asc(), id.asc())),
            true => query.order((reference.desc(), id.desc())),
        };
        let rows = query.select(Row::as_select()).load(self.connection())?;
        Ok(agreements_of(self.connection(), rows)?.into_iter().map(Released::reference).collect())
    }

    fn agreements_query(
        &self,
        filter: &AgreementFilter,
    ) -> agreements::BoxedQuery<'static, super::database::connection::Backend> {
        let agency = self.viewer().agency.id;
        let mut query = agreements::table
            .filter(agreements::recipient_id.eq(agency).or(agreements::provider_id.eq(agency)))
            .into_boxed();
        if let Some(statuses) = &filter.statuses {
            query = query.filter(agreements::status.eq_any(super::database::codes::codes(statuses)));
        }
        if let Some(purposes) = &filter.purposes {
            query = query.filter(agreements::purpose.eq_any(super::database::codes::codes(purposes)));
        }
        if let Some(references) = &filter.references {
            query = query.filter(agreements::reference.eq_any(references.clone()));
        }
        query
    }
}

/// Every agreement, whoever the parties; for retention and imports.
///
/// # Errors
/// If the database fails.
pub fn all(connection: &mut AnyConnection) -> Result<Vec<Agreement>> {
    let rows = agreements::table.select(Row::as_select()).load(connection)?;
    agreements_of(connection, rows)
}

/// The agreements of a provider with a recipient for a purpose.
pub(super) fn between(
    connection: &mut AnyConnection,
    provider: Id<Agency>,
    recipient: Id<Agency>,
    purpose: Purpose,
) -> Result<Vec<Agreement>> {
    let rows = agreements::table
        .filter(agreements::provider_id.eq(provider))
        .filter(agreements::recipient_id.eq(recipient))
        .filter(agreements::purpose.eq(purpose.code()))
        .select(Row::as_select())
        .load(connection)?;
    agreements_of(connection, rows)
}

/// Whether two agencies have an agreement with a reference.
pub(super) fn is_taken(connection: &mut AnyConnection, reference: &str, parties: [Id<Agency>; 2]) -> Result<bool> {
    let found = agreements::table
        .filter(agreements::reference.eq(reference))
        .filter(agreements::provider_id.eq_any(parties))
        .filter(agreements::recipient_id.eq_any(parties));
    Ok(found.count().get_result::<i64>(connection)? > 0)
}
