//! What changing loans takes, and what it gives.

use crate::graphql::enrolment::participation::part_inputs;
use crate::graphql::individual::Individual;
use crate::graphql::schema::scalars::{GivenCurrency, GivenDate, GivenDecimal};
use crate::graphql::schema::user_errors::payloads;
use async_graphql::{ID, InputObject};

/// What granting a loan takes.
#[derive(Debug, InputObject)]
pub struct GrantLoanInput {
    /// The person: enrolled in the programme, and held by the agency or seen by it with its assistance.
    pub(super) individual_id: ID,
    /// The IATI identifier of the programme: one of MICRO_CREDIT, which the agency leads.
    pub(super) programme_identifier: String,
    /// How much is to be paid back, in the currency's unit, above zero, with no more decimals than the currency has: `2400.00`.
    pub(super) amount: GivenDecimal,
    /// The currency.
    pub(super) currency: GivenCurrency,
    /// The day on which it was paid out: not in the future.
    pub(super) disbursed_on: GivenDate,
    /// In how many equal instalments it is paid back, one each month: 1 to 120.
    pub(super) instalments: i32,
    /// The day on which the first is due: within two years from when it was paid out.
    pub(super) first_due_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What recording a repayment takes.
#[derive(Debug, InputObject)]
pub struct RecordRepaymentInput {
    /// The person.
    pub(super) individual_id: ID,
    /// The IATI identifier of the programme under which the loan is that is not paid back yet.
    pub(super) programme_identifier: String,
    /// How much was paid back, in the unit of the loan's currency: no more than is left.
    pub(super) amount: GivenDecimal,
    /// The currency in which it was paid: the loan's, which it is if this is left out.
    pub(super) currency: Option<GivenCurrency>,
    /// The day on which it was paid: not in the future.
    pub(super) paid_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What voiding a loan takes.
#[derive(Debug, InputObject)]
pub struct VoidLoanInput {
    /// The person.
    pub(super) individual_id: ID,
    /// The IATI identifier of the programme under which the loan is.
    pub(super) programme_identifier: String,
    /// The day on which it was paid out, as it was recorded.
    pub(super) disbursed_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What voiding a repayment takes.
#[derive(Debug, InputObject)]
pub struct VoidRepaymentInput {
    /// The person.
    pub(super) individual_id: ID,
    /// The IATI identifier of the programme under which the loan is.
    pub(super) programme_identifier: String,
    /// How much was paid back, as it was recorded.
    pub(super) amount: GivenDecimal,
    /// The day on which it was paid, as it was recorded.
    pub(super) paid_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

part_inputs!(GrantLoanInput, RecordRepaymentInput, VoidLoanInput, VoidRepaymentInput);

payloads! {
    individual: Individual = "The person; null if nothing was changed, or the agency no longer sees the person.";
    /// The person with the loan, or why there is none.
    GrantLoanPayload;
    /// The person with the loan and what was paid back, or why that is not recorded.
    RecordRepaymentPayload;
    /// The person without the loan, or why it stands.
    VoidLoanPayload;
    /// The person without the repayment, or why it stands.
    VoidRepaymentPayload;
}
