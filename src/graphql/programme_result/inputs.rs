//! What reporting results takes, and what it gives.

use crate::domain::programme_result::{Participants, ResultMeasure};
use crate::graphql::programme::Programme;
use crate::graphql::schema::scalars::{GivenDate, GivenDecimal};
use crate::graphql::schema::user_errors::payloads;
use async_graphql::InputObject;

/// What reporting a result takes.
#[derive(Debug, InputObject)]
pub struct ReportResultInput {
    /// The IATI identifier of the programme, which the agency leads.
    pub(super) programme_identifier: String,
    /// What is measured: 1 to 500 characters on one line.
    pub(super) indicator: String,
    /// About whom.
    pub(super) participants: Participants,
    /// In what it is counted.
    pub(super) measure: ResultMeasure,
    /// The first day of the period.
    pub(super) period_from: GivenDate,
    /// The last day of the period.
    pub(super) period_until: GivenDate,
    /// Where it began.
    pub(super) baseline: Option<GivenDecimal>,
    /// What is to be reached.
    pub(super) target: Option<GivenDecimal>,
    /// What was reached.
    pub(super) reached: Option<GivenDecimal>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What removing a result takes.
#[derive(Debug, InputObject)]
pub struct RemoveResultInput {
    /// The IATI identifier of the programme, which the agency leads.
    pub(super) programme_identifier: String,
    /// What was measured.
    pub(super) indicator: String,
    /// About whom.
    pub(super) participants: Participants,
    /// The first day of the period.
    pub(super) period_from: GivenDate,
    /// The last day of the period.
    pub(super) period_until: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

payloads! {
    programme: Programme = "The programme; null if nothing was changed.";
    /// The programme with the result, or why it is not reported.
    ReportResultPayload;
    /// The programme, or why nothing was removed.
    RemoveResultPayload;
}
