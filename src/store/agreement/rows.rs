//! Agreements as they are stored, whoever asks: outside policy, or to find what a viewer is granted.

use super::scopes;
use crate::domain::agency::Agency;
use crate::domain::agreement::{Agreement, AgreementStatus, Scope};
use crate::domain::grants::{Grants, Level};
use crate::domain::purpose::Purpose;
use crate::domain::statistics::StatisticsTable;
use crate::domain::{Id, Vocabulary};
use crate::policy::Viewer;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::stored::stored;
use crate::store::database::tables::agreements;
use crate::store::emergency_access::open::is_open;
use crate::store::statistics::tables;
use chrono::{NaiveDate, NaiveDateTime, Utc};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};

stored! {
    /// An agreement's row: its scope and its statistics tables have tables of their own.
    pub(in crate::store) struct Row in agreements {
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

/// Agreements of their rows, with their scopes and tables.
pub(super) fn agreements_of(connection: &mut AnyConnection, rows: Vec<Row>) -> Result<Vec<Agreement>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<(Id<Agreement>, i64)> = rows.iter().map(|row| (row.id, row.dimensions)).collect();
    let mut scopes = scopes::scopes(connection, &keys)?;
    let ids = rows.iter().filter(|row| row.release_months.is_some()).map(|row| row.id).collect();
    let mut tables = tables::of_agreements(connection, ids)?;
    let agreement = |row: Row| {
        let scope = scopes.remove(&row.id).unwrap_or_default();
        let tables = tables.remove(&row.id).unwrap_or_default();
        row.agreement(scope, tables)
    };
    Ok(rows.into_iter().map(agreement).collect())
}

/// Agreements that are in force on a day.
macro_rules! in_force {
    ($today:expr) => {
        agreements::table
            .filter(agreements::status.eq(AgreementStatus::InForce.code()))
            .filter(agreements::valid_from.le($today))
            .filter(agreements::valid_until.ge($today))
    };
}

/// The agreements in force by which the viewer's agency shares people whom it holds, in its own work; none in any other.
pub(in crate::store) fn agreements_given(connection: &mut AnyConnection, viewer: &Viewer) -> Result<Vec<Agreement>> {
    if viewer.purpose != Purpose::CaseManagement {
        return Ok(Vec::new());
    }
    let given = in_force!(viewer.today).filter(agreements::provider_id.eq(viewer.agency.id));
    let rows = given.order(agreements::reference).select(Row::as_select()).load(connection)?;
    agreements_of(connection, rows)
}

/// The agreements that share today, of the viewer's purpose, to which its agency is a party: those in force, but for emergency
/// agreements that nobody has opened. `CASE_MANAGEMENT` has none.
pub(in crate::store) fn agreements_in_force(connection: &mut AnyConnection, viewer: &Viewer) -> Result<Vec<Agreement>> {
    if viewer.purpose == Purpose::CaseManagement {
        return Ok(Vec::new());
    }
    let party = agreements::recipient_id.eq(viewer.agency.id).or(agreements::provider_id.eq(viewer.agency.id));
    let rows = in_force!(viewer.today)
        .filter(party)
        .filter(agreements::purpose.eq(viewer.purpose.code()))
        .filter(agreements::emergency.eq(false).or(is_open!(Utc::now().naive_utc())))
        .order(agreements::reference);
    let rows = rows.select(Row::as_select()).load(connection)?;
    agreements_of(connection, rows)
}

/// Every agreement, whoever the parties; for retention and imports.
///
/// # Errors
/// If the database fails.
pub fn all_agreements(connection: &mut AnyConnection) -> Result<Vec<Agreement>> {
    let rows = agreements::table.select(Row::as_select()).load(connection)?;
    agreements_of(connection, rows)
}

/// The agreements of a provider with a recipient for a purpose.
///
/// # Errors
/// If the database fails.
pub fn agreements_between(
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
pub(in crate::store) fn is_reference_taken(
    connection: &mut AnyConnection,
    reference: &str,
    parties: [Id<Agency>; 2],
) -> Result<bool> {
    let found = agreements::table
        .filter(agreements::reference.eq(reference))
        .filter(agreements::provider_id.eq_any(parties))
        .filter(agreements::recipient_id.eq_any(parties));
    Ok(found.count().get_result::<i64>(connection)? > 0)
}
