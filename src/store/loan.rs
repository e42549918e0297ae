//! Loans, and what is paid back of them.

use super::bulk::insert;
use super::database::errors::Result;
use super::database::stored::stored;
use super::database::tables::{loans, programmes as programmes_table, repayments};
use super::individual::items::{items, ordered, people, read, read_with_programmes, with_programmes};
use super::participant::Participant;
use super::programme::visible_programmes;
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::Id;
use crate::domain::category::DataCategory;
use crate::domain::individual::Individual;
use crate::domain::loan::{Loan, Repayment};
use crate::domain::programme::Programme;
use crate::policy::{ItemAccess, Released};
use chrono::NaiveDate;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper,
};
use std::collections::HashMap;

stored!(Loan in loans {
    id: Id<Loan>,
    individual_id: Id<Individual>,
    programme_id: Id<Programme>,
    amount_minor: i64,
    currency: String,
    disbursed_on: NaiveDate,
    instalments: i32,
    first_due_on: NaiveDate,
});

stored!(Repayment in repayments {
    id: Id<Repayment>,
    individual_id: Id<Individual>,
    programme_id: Id<Programme>,
    loan_id: Id<Loan>,
    amount_minor: i64,
    paid_on: NaiveDate,
});

/// A loan as released, with what was paid back of it, by date.
#[derive(Debug, Clone)]
pub struct LoanAccount {
    /// The loan.
    pub loan: Released<Loan>,
    /// What was paid back.
    pub repayments: Vec<Released<Repayment>>,
    /// Under which programme.
    pub programme: Released<Programme>,
}

impl ReadSession {
    /// Loans under programmes that the viewer sees, by date.
    ///
    /// # Errors
    /// If the database fails.
    pub fn loans_of(&mut self, accesses: &[ItemAccess]) -> Result<HashMap<Id<Individual>, Vec<LoanAccount>>> {
        let people = people(accesses, DataCategory::Assistance);
        let lent = read_with_programmes!(self, Loan in loans, people);
        let paid: Vec<Repayment> = read!(self, Repayment in repayments, people);
        let mut paid = ordered(items(&people, paid, |paid| paid.individual_id), |of| (of.paid_on, of.amount_minor));
        let found = with_programmes(&people, lent, |loan| loan.individual_id);
        let mut accounts = HashMap::new();
        for (person, lent) in found {
            let paid: Vec<Released<Repayment>> = paid.remove(&person).unwrap_or_default();
            let account = |(loan, programme): (Released<Loan>, Released<Programme>)| {
                let repayments = paid.iter().filter(|paid| paid.loan_id == loan.id).cloned().collect();
                LoanAccount { loan, repayments, programme }
            };
            accounts.insert(person, lent.into_iter().map(account).collect());
        }
        Ok(ordered(accounts, |of| {
            let (loan, programme) = (&of.loan, of.programme.identifier.clone());
            let paid: Vec<(NaiveDate, i64)> =
                of.repayments.iter().map(|paid| (paid.paid_on, paid.amount_minor)).collect();
            (
                loan.disbursed_on,
                loan.first_due_on,
                programme,
                loan.amount_minor,
                loan.currency.clone(),
                loan.instalments,
                paid,
            )
        }))
    }

    /// What was paid back of a loan.
    ///
    /// # Errors
    /// If the database fails.
    pub fn repaid(&mut self, loan: &Loan) -> Result<Vec<Repayment>> {
        let of_loan = repayments::table.filter(repayments::loan_id.eq(loan.id)).select(Repayment::as_select());
        Ok(of_loan.load(self.connection())?)
    }
}

impl WriteSession {
    /// Records a loan to a person.
    ///
    /// # Errors
    /// If the database fails.
    pub fn lend(&mut self, person: Participant, loan: Loan) -> Result<()> {
        insert::loans(self.connection(), &[Loan { individual_id: person.id(), ..loan }])?;
        self.touch_participant(person)
    }

    /// Records what a person paid back.
    ///
    /// # Errors
    /// If the database fails.
    pub fn repay(&mut self, person: Participant, repayment: Repayment) -> Result<()> {
        insert::repayments(self.connection(), &[Repayment { individual_id: person.id(), ..repayment }])?;
        self.touch_participant(person)
    }
}
