//! Loans of micro-credit programmes, as they are shown.

pub mod changes;
mod inputs;

use crate::domain;
use crate::domain::category::DataCategory;
use crate::domain::money::decimal;
use crate::graphql::engine::loaders::items;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::programme::Programme;
use crate::graphql::schema::scalars::{CurrencyCode, Date, Decimal};
use crate::graphql::schema::vocabularies::category;
use crate::policy::{ItemAccess, Released};
use crate::store::loan::LoanAccount;
use async_graphql::Object;
use chrono::NaiveDate;

items! {
    /// Loans, each with its repayments and its programme.
    Loans => LoanAccount, loans_of;
}

/// A loan, as released.
pub struct Loan {
    account: LoanAccount,
    programme: Programme,
    /// The day that it is, if the row shows days.
    today: Option<NaiveDate>,
}

impl Loan {
    /// The loans of a person.
    pub(in crate::graphql) async fn of(request_context: &RequestContext, person: ItemAccess) -> Vec<Self> {
        let today = person.reveal().is_identified().then_some(request_context.viewer().today);
        let found = request_context.load::<Loans>(person).await;
        let each = |account: LoanAccount| Self { programme: Programme(account.programme.clone()), account, today };
        found.into_iter().map(each).collect()
    }

    fn repaid_minor(&self) -> i64 {
        self.account.repayments.iter().map(|repayment| repayment.amount_minor).sum()
    }

    fn money(&self, minor: i64) -> Decimal {
        Decimal(decimal(minor, &self.account.loan.currency))
    }
}

/// A loan to a person, which is paid back in equal instalments, one each month.
#[Object]
impl Loan {
    /// Under which programme. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn programme(&self) -> &Programme {
        &self.programme
    }

    /// How much is to be paid back, in the currency's unit: `2400.00`. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn amount(&self) -> Decimal {
        self.money(self.account.loan.amount_minor)
    }

    /// ISO 4217 code of the currency. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.account.loan.currency.clone())
    }

    /// When it was paid out; 1 January of the year if the row shows dates by year. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn disbursed_on(&self) -> Date {
        Date(self.account.loan.disbursed_on)
    }

    /// In how many instalments it is paid back. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn instalments(&self) -> i32 {
        self.account.loan.instalments
    }

    /// When the first instalment is due; 1 January of the year if the row shows dates by year. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn first_due_on(&self) -> Date {
        Date(self.account.loan.first_due_on)
    }

    /// What was paid back, by date. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn repayments(&self) -> Vec<Repayment> {
        let currency = &self.account.loan.currency;
        let each = |repayment: &Released<domain::loan::Repayment>| Repayment {
            repayment: repayment.clone(),
            currency: currency.clone(),
        };
        self.account.repayments.iter().map(each).collect()
    }

    /// How much was paid back in all. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn repaid(&self) -> Decimal {
        self.money(self.repaid_minor())
    }

    /// How much was due before today and is not paid back; null if the row shows dates by year. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn overdue(&self) -> Option<Decimal> {
        let overdue = |today| self.account.loan.overdue(self.repaid_minor(), today);
        self.today.map(|today| self.money(overdue(today)))
    }
}

/// A repayment, as released.
pub struct Repayment {
    repayment: Released<domain::loan::Repayment>,
    currency: String,
}

/// What was paid back of a loan at once.
#[Object]
impl Repayment {
    /// Amount in the unit of the loan's currency. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn amount(&self) -> Decimal {
        Decimal(decimal(self.repayment.amount_minor, &self.currency))
    }

    /// When it was paid; 1 January of the year if the row shows dates by year. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn paid_on(&self) -> Date {
        Date(self.repayment.paid_on)
    }
}
