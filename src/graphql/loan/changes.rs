//! Granting loans, and recording what is paid back.

use super::inputs::*;
use crate::domain::client::Role;
use crate::domain::loan::{Loan, MAX_INSTALMENTS, Repayment};
use crate::domain::money::{currency, decimal, minor_units};
use crate::domain::programme::ProgrammeKind;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::enrolment::participation::{Participation, Step, change_participation};
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::graphql::schema::vocabularies::requires;
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use async_graphql::{Context, Error, Object};
use chrono::Months;

/// Within how many months the first instalment is due.
const MAX_GRACE: Months = Months::new(24);

/// What may be changed of loans.
#[derive(Default)]
pub struct LoanMutations;

/// What may be changed of loans.
#[Object]
impl LoanMutations {
    /// Records a loan to a person who is enrolled in a programme of MICRO_CREDIT, and owes nothing under it. For the agency that leads the
    /// programme, if it holds the person, or sees its assistance.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], None))]
    async fn grant_loan(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "To whom, how much, and how it is paid back.")] input: GrantLoanInput,
    ) -> Result<GrantLoanPayload, Error> {
        let disbursed_on = input.disbursed_on.read("input.disbursedOn")?;
        let first_due_on = input.first_due_on.read("input.firstDueOn")?;
        let (amount, currency) = (input.amount.read("input.amount")?, input.currency.read("input.currency")?);
        let (request_context, step) = (RequestContext::of(context), (ProgrammeKind::MicroCredit, Step::Begins));
        let changed = change_participation(request_context, ("loan", &input), step, |session, part| {
            let amount_minor = minor_units(&amount, currency).map_err(|error| UserError::invalid("amount", &error))?;
            let loan = Loan {
                id: new_key(),
                individual_id: part.participant.id(),
                programme_id: part.programme.id,
                amount_minor,
                currency: currency.code().to_owned(),
                disbursed_on,
                instalments: input.instalments,
                first_due_on,
            };
            let mut wrong = check_terms(&loan);
            wrong.extend(part.check("disbursedOn", disbursed_on));
            if let Some((open, repaid)) = open_loan(session, part)? {
                let message = format!("of an earlier loan {}", of_loan(&open, repaid));
                wrong.push(UserError::at("individualId", UserErrorCode::WrongStatus, message));
            }
            if !wrong.is_empty() {
                return Err(wrong.into());
            }
            Ok(session.lend(part.participant, loan)?)
        })?;
        Ok(changed.into())
    }

    /// Records what a person paid back of a loan. For the agency that leads the programme, if it holds the person, or sees its assistance;
    /// and for the holder of a person whom the lead does not see.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], None))]
    async fn record_repayment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who paid back how much, and when.")] input: RecordRepaymentInput,
    ) -> Result<RecordRepaymentPayload, Error> {
        let (amount, paid_on) = (input.amount.read("input.amount")?, input.paid_on.read("input.paidOn")?);
        let paid_in = input.currency.as_ref().map(|currency| currency.read("input.currency")).transpose()?;
        let (request_context, step) = (RequestContext::of(context), (ProgrammeKind::MicroCredit, Step::GoesOn));
        let changed = change_participation(request_context, ("repayment", &input), step, |session, part| {
            let Some((loan, repaid)) = open_loan(session, part)? else {
                let message = "the person owes nothing under this programme";
                return Err(UserError::at("individualId", UserErrorCode::NotFound, message).into());
            };
            if paid_in.is_some_and(|paid_in| paid_in.code() != loan.currency) {
                let message = format!("the loan is in {}; give what was paid in that", loan.currency);
                return Err(UserError::at("currency", UserErrorCode::Invalid, message).into());
            }
            let amount_minor = in_currency_of(&loan, &amount)?;
            let mut wrong = part.check_day("paidOn", paid_on, Some(("the loan was paid out", loan.disbursed_on)));
            let left = loan.amount_minor - repaid;
            if amount_minor > left {
                let message = format!("{} {} are left to be paid back", decimal(left, &loan.currency), loan.currency);
                wrong.push(UserError::at("amount", UserErrorCode::Invalid, message));
            }
            if !wrong.is_empty() {
                return Err(wrong.into());
            }
            let repayment = Repayment {
                id: new_key(),
                individual_id: loan.individual_id,
                programme_id: loan.programme_id,
                loan_id: loan.id,
                amount_minor,
                paid_on,
            };
            Ok(session.repay(part.participant, repayment)?)
        })?;
        Ok(changed.into())
    }

    /// Voids a loan that was recorded by mistake, and of which nothing is paid back: it is removed. For the agency that leads the programme,
    /// if it holds the person, or sees its assistance; and for the holder of a person whom the lead does not see.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], None))]
    async fn void_loan(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which loan.")] input: VoidLoanInput,
    ) -> Result<VoidLoanPayload, Error> {
        let disbursed_on = input.disbursed_on.read("input.disbursedOn")?;
        let (request_context, step) = (RequestContext::of(context), (ProgrammeKind::MicroCredit, Step::GoesOn));
        let changed = change_participation(request_context, ("void loan", &input), step, |session, part| {
            let mut wrong = UserError::at("disbursedOn", UserErrorCode::NotFound, "no loan was paid out on this day");
            for loan in session.loans_in(part.participant, part.programme.id)? {
                if loan.disbursed_on != disbursed_on {
                    continue;
                }
                match repaid(session, &loan)? {
                    0 => return Ok(session.void_loan(part.participant, loan.id)?),
                    repaid => {
                        let message = format!("{}; void these repayments first", of_loan(&loan, repaid));
                        wrong = UserError::at("disbursedOn", UserErrorCode::WrongStatus, message);
                    }
                }
            }
            Err(wrong.into())
        })?;
        Ok(changed.into())
    }

    /// Voids a repayment that was recorded by mistake: it is removed, and is owed again. For the agency that leads the programme, if it holds
    /// the person, or sees its assistance; and for the holder of a person whom the lead does not see.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], None))]
    async fn void_repayment(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which repayment.")] input: VoidRepaymentInput,
    ) -> Result<VoidRepaymentPayload, Error> {
        let (amount, paid_on) = (input.amount.read("input.amount")?, input.paid_on.read("input.paidOn")?);
        let (request_context, step) = (RequestContext::of(context), (ProgrammeKind::MicroCredit, Step::GoesOn));
        let changed = change_participation(request_context, ("void repayment", &input), step, |session, part| {
            let (mut refusal, mut fits_one) = (None, false);
            for loan in session.loans_in(part.participant, part.programme.id)? {
                let amount_minor = match in_currency_of(&loan, &amount) {
                    Ok(amount_minor) => amount_minor,
                    Err(other_currency) => {
                        refusal.get_or_insert(other_currency);
                        continue;
                    }
                };
                fits_one = true;
                let is_meant = |paid: &Repayment| (paid.paid_on, paid.amount_minor) == (paid_on, amount_minor);
                if let Some(paid) = session.repaid(&loan)?.into_iter().find(is_meant) {
                    if let Some((open, repaid)) = open_loan(session, part)?.filter(|(open, _)| open.id != loan.id) {
                        let message = format!("of another loan {}; void that one first", of_loan(&open, repaid));
                        return Err(UserError::at("paidOn", UserErrorCode::WrongStatus, message).into());
                    }
                    return Ok(session.void_repayment(part.participant, paid.id)?);
                }
            }
            let message = "this amount was not paid back on this day";
            Err(refusal
                .filter(|_| !fits_one)
                .unwrap_or_else(|| UserError::at("paidOn", UserErrorCode::NotFound, message).into()))
        })?;
        Ok(changed.into())
    }
}

/// How much of a loan is paid back, in the smallest unit.
fn repaid(session: &mut WriteSession, loan: &Loan) -> Attempt<i64> {
    Ok(session.repaid(loan)?.iter().map(|repayment| repayment.amount_minor).sum())
}

/// An amount in the smallest unit of a loan's currency.
fn in_currency_of(loan: &Loan, amount: &str) -> Attempt<i64> {
    let currency = currency(&loan.currency).map_err(|error| UserError::invalid("amount", &error))?;
    Ok(minor_units(amount, currency).map_err(|error| UserError::invalid("amount", &error))?)
}

fn of_loan(loan: &Loan, repaid: i64) -> String {
    let (repaid, amount) = (decimal(repaid, &loan.currency), decimal(loan.amount_minor, &loan.currency));
    format!("{repaid} of {amount} {} are paid back", loan.currency)
}

/// The loan of somebody under a programme that is not paid back yet, and how much of it is.
fn open_loan(session: &mut WriteSession, part: &Participation) -> Attempt<Option<(Loan, i64)>> {
    // Of two, which merged records may have, the earlier is paid back first.
    for loan in session.loans_in(part.participant, part.programme.id)? {
        let repaid = repaid(session, &loan)?;
        if repaid < loan.amount_minor {
            return Ok(Some((loan, repaid)));
        }
    }
    Ok(None)
}

fn check_terms(loan: &Loan) -> Vec<UserError> {
    let mut wrong = Vec::new();
    if !(1..=MAX_INSTALMENTS).contains(&loan.instalments) {
        let message = format!("expected 1 to {MAX_INSTALMENTS} instalments");
        wrong.push(UserError::at("instalments", UserErrorCode::Invalid, message));
    } else if loan.amount_minor < i64::from(loan.instalments) {
        let message = "each instalment has at least one of the currency's smallest unit; give fewer";
        wrong.push(UserError::at("instalments", UserErrorCode::Invalid, message));
    }
    let latest = loan.disbursed_on.checked_add_months(MAX_GRACE);
    if loan.first_due_on < loan.disbursed_on || latest.is_none_or(|latest| loan.first_due_on > latest) {
        let message = "the first instalment is due within two years from when the loan was paid out";
        wrong.push(UserError::at("firstDueOn", UserErrorCode::Invalid, message));
    }
    wrong
}
