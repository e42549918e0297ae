//! What paying a stipend takes, and what it gives.

use crate::domain::stipend::StipendPeriod;
use crate::graphql::engine::errors::Code;
use crate::graphql::individual::Individual;
use crate::graphql::schema::scalars::{GivenCurrency, GivenDate, GivenDecimal};
use crate::graphql::schema::user_errors::payloads;
use async_graphql::{Error, ID, InputObject};

/// What paying a stipend takes.
#[derive(Debug, InputObject)]
pub struct PayStipendInput {
    /// The person: one whom the agency holds, or who takes part in a programme that it leads.
    pub(super) individual_id: ID,
    /// The IATI identifier of the programme, which the agency leads or implements.
    pub(super) programme_identifier: String,
    /// The days for which it is.
    pub(super) period: StipendPeriodInput,
    /// The amount in the currency's unit, above zero, with no more decimals than the currency has: `25.00`.
    pub(super) amount: GivenDecimal,
    /// The currency.
    pub(super) currency: GivenCurrency,
    /// The day on which it was paid: not in the future, and at most 31 days before the period.
    pub(super) paid_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What voiding a stipend takes.
#[derive(Debug, InputObject)]
pub struct VoidStipendInput {
    /// The person.
    pub(super) individual_id: ID,
    /// The IATI identifier of the programme under which it was paid.
    pub(super) programme_identifier: String,
    /// The days for which it was paid, as they were recorded.
    pub(super) period: StipendPeriodInput,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// The days for which a stipend is: at most a year.
#[derive(Debug, InputObject)]
pub struct StipendPeriodInput {
    /// The first day.
    from: GivenDate,
    /// The last day.
    until: GivenDate,
}

impl StipendPeriodInput {
    /// The period.
    ///
    /// # Errors
    /// If a day is none, or the days make no period, with `BAD_INPUT` at the argument.
    pub(super) fn read(&self, argument: &str) -> Result<StipendPeriod, Error> {
        let days = (self.from.read(&format!("{argument}.from"))?, self.until.read(&format!("{argument}.until"))?);
        StipendPeriod::new(days.0, days.1).map_err(|wrong| Code::BadInput.at(&format!("{argument}.until"), wrong))
    }
}

payloads! {
    individual: Individual = "The person; null if nothing was changed.";
    /// The person with the payment, or why nothing was paid.
    PayStipendPayload;
    /// The person without the payment, or why it stands.
    VoidStipendPayload;
}
