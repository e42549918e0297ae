//! What changes of nominations take, and what they give.

use crate::graphql::individual::Individual;
use crate::graphql::schema::user_errors::payloads;
use async_graphql::{ID, InputObject};

/// What nominating a case takes.
#[derive(Debug, InputObject)]
pub struct NominateCaseInput {
    /// The circuit ride.
    pub(super) circuit_ride_id: ID,
    /// A member of the case, whom the agency holds and who is submitted to the ride's country.
    pub(super) individual_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What withdrawing a nomination takes.
#[derive(Debug, InputObject)]
pub struct WithdrawNominationInput {
    /// The circuit ride.
    pub(super) circuit_ride_id: ID,
    /// Who is no longer nominated.
    pub(super) individual_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

payloads! {
    individual: Individual = "The person; null if nothing was changed.";
    /// The person with the nomination, or why nobody was nominated.
    NominateCasePayload;
    /// The person without the nomination, or why it was not withdrawn.
    WithdrawNominationPayload;
}
