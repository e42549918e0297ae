//! What IATI reports say of programmes, as it is shown.

use super::engine::loaders::lists;
use super::schema::scalars::{CurrencyCode, Date, Decimal};
use crate::domain::iati_report::{self, BudgetKind, BudgetStatus, OrganisationRole, TransactionKind};
use crate::domain::programme::Programme;
use crate::policy::Released;
use async_graphql::Object;

lists! {
    /// The budgets of programmes.
    BudgetsOfProgrammes of Programme => Released<iati_report::ProgrammeBudget>, budgets_of_programmes;
    /// The transactions of programmes.
    TransactionsOfProgrammes of Programme => Released<iati_report::ProgrammeTransaction>, transactions_of_programmes;
    /// The organisations that take part in programmes.
    OrganisationsOfProgrammes of Programme => Released<iati_report::ProgrammeOrganisation>, organisations_of_programmes;
    /// The locations of programmes that have no P-code here.
    LocationsOfProgrammes of Programme => Released<iati_report::ProgrammeLocation>, locations_of_programmes;
}

/// A budget, by its row.
pub struct ProgrammeBudget(pub Released<iati_report::ProgrammeBudget>);

/// What a programme may cost in a period, as IATI reports it.
#[Object]
impl ProgrammeBudget {
    /// Which budget.
    async fn kind(&self) -> BudgetKind {
        self.0.kind
    }

    /// How firm it is.
    async fn status(&self) -> BudgetStatus {
        self.0.status
    }

    /// The first day of the period.
    async fn period_from(&self) -> Date {
        Date(self.0.period_from)
    }

    /// The last day of the period.
    async fn period_until(&self) -> Date {
        Date(self.0.period_until)
    }

    /// How much.
    async fn amount(&self) -> Decimal {
        Decimal(self.0.amount.clone())
    }

    /// In which currency.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.0.currency.clone())
    }
}

/// A transaction, by its row.
pub struct ProgrammeTransaction(pub Released<iati_report::ProgrammeTransaction>);

/// Money that a programme received, promised or spent, as IATI reports it.
#[Object]
impl ProgrammeTransaction {
    /// What it is.
    async fn kind(&self) -> TransactionKind {
        self.0.kind
    }

    /// When it was made.
    async fn made_on(&self) -> Date {
        Date(self.0.made_on)
    }

    /// How much; below zero if it corrects another.
    async fn amount(&self) -> Decimal {
        Decimal(self.0.amount.clone())
    }

    /// In which currency.
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.0.currency.clone())
    }

    /// The organisation that provides it; null if that is not told.
    async fn provider(&self) -> Option<&str> {
        self.0.provider.as_deref()
    }

    /// The organisation that receives it; null if that is not told.
    async fn receiver(&self) -> Option<&str> {
        self.0.receiver.as_deref()
    }
}

/// An organisation, by its row.
pub struct ProgrammeOrganisation(pub Released<iati_report::ProgrammeOrganisation>);

/// An organisation that takes part in a programme, as IATI reports it.
#[Object]
impl ProgrammeOrganisation {
    /// What it does.
    async fn role(&self) -> OrganisationRole {
        self.0.role
    }

    /// Name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// IATI organisation identifier; null if that is not told.
    async fn reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }
}

/// A location, by its row.
pub struct ProgrammeLocation(pub Released<iati_report::ProgrammeLocation>);

/// Where a programme works, if that has no P-code here, as IATI reports it.
#[Object]
impl ProgrammeLocation {
    /// Name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The code that the report gives; null if it gives none.
    async fn reference(&self) -> Option<&str> {
        self.0.reference.as_deref()
    }

    /// Degrees north, to four decimals; null if that is not told.
    async fn latitude(&self) -> Option<Decimal> {
        self.0.latitude.clone().map(Decimal)
    }

    /// Degrees east, to four decimals; null if that is not told.
    async fn longitude(&self) -> Option<Decimal> {
        self.0.longitude.clone().map(Decimal)
    }
}
