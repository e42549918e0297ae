//! What changing enrolments takes, and what it gives.

use crate::graphql::individual::Individual;
use crate::graphql::schema::scalars::GivenDate;
use crate::graphql::schema::user_errors::payloads;
use async_graphql::{ID, InputObject};

/// What enrolling somebody takes.
#[derive(Debug, InputObject)]
pub struct EnrolIndividualInput {
    /// The person: one whom the agency holds, or who takes part in a programme that it leads.
    pub(super) individual_id: ID,
    /// The IATI identifier of the programme. If another agency leads it, the holder refers the person to it.
    pub(super) programme_identifier: String,
    /// The first day: not in the future.
    pub(super) started_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What ending an enrolment takes.
#[derive(Debug, InputObject)]
pub struct EndEnrolmentInput {
    /// The person.
    pub(super) individual_id: ID,
    /// The IATI identifier of the programme, which the agency leads.
    pub(super) programme_identifier: String,
    /// The day from which the person is no longer enrolled: not in the future.
    pub(super) ended_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

payloads! {
    individual: Individual = "The person; null if nothing was changed, or the agency no longer sees the person.";
    /// The person with the enrolment, or why there is none.
    EnrolIndividualPayload;
    /// The person with the enrolment that has ended, or why it has not.
    EndEnrolmentPayload;
}
