//! What an IATI report says of a programme beside its results: budgets, transactions, participating organisations, and locations that have
//! no P-code.

use super::programme::Programme;
use super::{Id, vocabulary};
use chrono::NaiveDate;

/// The most characters of a name.
pub const MAX_NAME: usize = 500;

/// The most budgets, transactions, organisations or locations of a programme.
pub const MAX_ENTRIES: usize = 1_000;

vocabulary! {
    /// Which budget (IATI code list BudgetType).
    BudgetKind {
        /// IATI 1: the one that was allocated first.
        Original = "ORIGINAL",
        /// IATI 2: one that was brought up to date.
        Revised = "REVISED",
    }
}

vocabulary! {
    /// How firm a budget is (IATI code list BudgetStatus).
    BudgetStatus {
        /// IATI 1: an estimate that binds nobody.
        Indicative = "INDICATIVE",
        /// IATI 2: agreed and binding.
        Committed = "COMMITTED",
    }
}

vocabulary! {
    /// What a transaction is (IATI code list TransactionType).
    TransactionKind {
        /// IATI 1: funds received for the programme.
        IncomingFunds = "INCOMING_FUNDS",
        /// IATI 2: a binding obligation to provide an amount.
        OutgoingCommitment = "OUTGOING_COMMITMENT",
        /// IATI 3: funds put at the disposal of another organisation.
        Disbursement = "DISBURSEMENT",
        /// IATI 4: funds spent on goods and services.
        Expenditure = "EXPENDITURE",
        /// IATI 5: interest paid.
        InterestPayment = "INTEREST_PAYMENT",
        /// IATI 6: principal repaid.
        LoanRepayment = "LOAN_REPAYMENT",
        /// IATI 7: what the recipient spent already is paid.
        Reimbursement = "REIMBURSEMENT",
        /// IATI 8: equity bought.
        PurchaseOfEquity = "PURCHASE_OF_EQUITY",
        /// IATI 9: equity sold.
        SaleOfEquity = "SALE_OF_EQUITY",
        /// IATI 10: a loan or credit guaranteed.
        CreditGuarantee = "CREDIT_GUARANTEE",
        /// IATI 11: a binding obligation of another to provide an amount.
        IncomingCommitment = "INCOMING_COMMITMENT",
        /// IATI 12: an announcement to provide an amount, which binds nobody.
        OutgoingPledge = "OUTGOING_PLEDGE",
        /// IATI 13: the same by another.
        IncomingPledge = "INCOMING_PLEDGE",
    }
}

vocabulary! {
    /// What an organisation does in a programme (IATI code list OrganisationRole).
    OrganisationRole {
        /// IATI 1: provides funds.
        Funding = "FUNDING",
        /// IATI 2: answers for it.
        Accountable = "ACCOUNTABLE",
        /// IATI 3: manages budget and direction for whoever funds it.
        Extending = "EXTENDING",
        /// IATI 4: carries it out.
        Implementing = "IMPLEMENTING",
    }
}

/// What a programme may cost in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgrammeBudget {
    /// Row key, random.
    pub id: Id<ProgrammeBudget>,
    /// Of which programme.
    pub programme_id: Id<Programme>,
    /// Which budget.
    pub kind: BudgetKind,
    /// How firm it is.
    pub status: BudgetStatus,
    /// The first day.
    pub period_from: NaiveDate,
    /// The last day.
    pub period_until: NaiveDate,
    /// How much, as a decimal number.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
}

/// Money that a programme received, promised or spent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgrammeTransaction {
    /// Row key, random.
    pub id: Id<ProgrammeTransaction>,
    /// Of which programme.
    pub programme_id: Id<Programme>,
    /// What it is.
    pub kind: TransactionKind,
    /// When it was made.
    pub made_on: NaiveDate,
    /// How much, as a decimal number; below zero if it corrects another.
    pub amount: String,
    /// ISO 4217 code.
    pub currency: String,
    /// The organisation that provides it.
    pub provider: Option<String>,
    /// The organisation that receives it.
    pub receiver: Option<String>,
}

/// An organisation that takes part in a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgrammeOrganisation {
    /// Row key, random.
    pub id: Id<ProgrammeOrganisation>,
    /// In which programme.
    pub programme_id: Id<Programme>,
    /// What it does.
    pub role: OrganisationRole,
    /// Name.
    pub name: String,
    /// IATI organisation identifier.
    pub reference: Option<String>,
}

/// Where a programme works, if that has no P-code here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgrammeLocation {
    /// Row key, random.
    pub id: Id<ProgrammeLocation>,
    /// Of which programme.
    pub programme_id: Id<Programme>,
    /// Name.
    pub name: String,
    /// The code that the report gives.
    pub reference: Option<String>,
    /// Degrees north, to four decimals.
    pub latitude: Option<String>,
    /// Degrees east, to four decimals.
    pub longitude: Option<String>,
}

/// What a report says of a programme.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IatiReport {
    /// Its budgets.
    pub budgets: Vec<ProgrammeBudget>,
    /// Its transactions.
    pub transactions: Vec<ProgrammeTransaction>,
    /// Who takes part.
    pub organisations: Vec<ProgrammeOrganisation>,
    /// Where it works, beside its places.
    pub locations: Vec<ProgrammeLocation>,
}
