//! What IATI reports say of programmes, replaced as a whole by the next one.

use super::bulk::insert;
use super::database::connection::AnyConnection;
use super::database::errors::Result;
use super::database::stored::stored;
use super::database::tables::{
    programme_budgets, programme_locations, programme_organisations, programme_transactions,
};
use super::session::read::ReadSession;
use crate::domain::Id;
use crate::domain::iati_report::{
    BudgetKind, BudgetStatus, IatiReport, OrganisationRole, ProgrammeBudget, ProgrammeLocation, ProgrammeOrganisation,
    ProgrammeTransaction, TransactionKind,
};
use crate::domain::programme::Programme;
use crate::policy::Released;
use chrono::NaiveDate;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::HashMap;

stored!(ProgrammeBudget in programme_budgets {
    id: Id<ProgrammeBudget>,
    programme_id: Id<Programme>,
    kind: BudgetKind,
    status: BudgetStatus,
    period_from: NaiveDate,
    period_until: NaiveDate,
    amount: String,
    currency: String,
});

stored!(ProgrammeTransaction in programme_transactions {
    id: Id<ProgrammeTransaction>,
    programme_id: Id<Programme>,
    kind: TransactionKind,
    made_on: NaiveDate,
    amount: String,
    currency: String,
    provider: Option<String>,
    receiver: Option<String>,
});

stored!(ProgrammeOrganisation in programme_organisations {
    id: Id<ProgrammeOrganisation>,
    programme_id: Id<Programme>,
    role: OrganisationRole,
    name: String,
    reference: Option<String>,
});

stored!(ProgrammeLocation in programme_locations {
    id: Id<ProgrammeLocation>,
    programme_id: Id<Programme>,
    name: String,
    reference: Option<String>,
    latitude: Option<String>,
    longitude: Option<String>,
});

/// What a report says of a programme.
trait Said {
    /// All of it but its key, in the order in which it is shown.
    fn content(&self) -> impl Ord;

    fn sort(said: &mut [Self])
    where
        Self: Sized,
    {
        said.sort_by(|one, other| one.content().cmp(&other.content()));
    }
}

/// Reads what reports say of programmes, in the order in which it is shown: the databases order text differently.
macro_rules! said {
    ($($(#[doc = $doc:literal])+ $name:ident, $read:ident: $record:ident in $table:ident by $of:ident: $content:expr;)+) => {
        impl ReadSession {$(
            $(#[doc = $doc])+
            ///
            /// # Errors
            /// If the database fails.
            pub fn $name(
                &mut self,
                programmes: &[Id<Programme>],
            ) -> Result<HashMap<Id<Programme>, Vec<Released<$record>>>> {
                let mut said: HashMap<Id<Programme>, Vec<_>> = HashMap::new();
                for row in $read(self.connection(), programmes)? {
                    said.entry(row.programme_id).or_default().push(Released::reference(row));
                }
                Ok(said)
            }
        )+}

        $(fn $read(connection: &mut AnyConnection, programmes: &[Id<Programme>]) -> Result<Vec<$record>> {
            let rows = $table::table.filter($table::programme_id.eq_any(programmes)).select($record::as_select());
            let mut rows: Vec<$record> = rows.load(connection)?;
            Said::sort(&mut rows);
            Ok(rows)
        }

        impl Said for $record {
            fn content(&self) -> impl Ord {
                let $of = self;
                $content
            }
        })+
    };
}

said! {
    /// The budgets of programmes, by period.
    budgets_of_programmes, budgets: ProgrammeBudget in programme_budgets
        by of: (of.period_from, of.period_until, of.kind, of.status, &of.currency, &of.amount);
    /// The transactions of programmes, by day.
    transactions_of_programmes, transactions: ProgrammeTransaction in programme_transactions
        by of: (of.made_on, of.kind, &of.provider, &of.receiver, &of.currency, &of.amount);
    /// The organisations that take part in programmes, by role and name.
    organisations_of_programmes, organisations: ProgrammeOrganisation in programme_organisations
        by of: (of.role, &of.name, &of.reference);
    /// The locations of programmes that have no P-code here, by name.
    locations_of_programmes, locations: ProgrammeLocation in programme_locations
        by of: (&of.name, &of.reference, &of.latitude, &of.longitude);
}

/// Keeps what a report says of a programme instead of what the last one said, outside policy: whoever calls has asked who may. Says
/// whether that changes something.
///
/// # Errors
/// If the database fails.
pub fn replace(connection: &mut AnyConnection, programme: Id<Programme>, report: &IatiReport) -> Result<bool> {
    let of = [programme];
    let mut is_changed = false;
    macro_rules! replace {
        ($($field:ident in $table:ident),+) => {$(
            let stored = $field(connection, &of)?;
            let mut given = report.$field.clone();
            given.iter_mut().for_each(|given| given.programme_id = programme);
            Said::sort(&mut given);
            if !stored.iter().map(Said::content).eq(given.iter().map(Said::content)) {
                diesel::delete($table::table.filter($table::programme_id.eq(programme))).execute(connection)?;
                insert::$table(connection, &given)?;
                is_changed = true;
            }
        )+};
    }
    replace!(
        budgets in programme_budgets,
        transactions in programme_transactions,
        organisations in programme_organisations,
        locations in programme_locations
    );
    Ok(is_changed)
}
