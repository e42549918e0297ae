//! What changes of circuit rides take, and what they give.

use super::CircuitRide;
use crate::graphql::schema::scalars::GivenDate;
use crate::graphql::schema::user_errors::payloads;
use async_graphql::{ID, InputObject};

/// What requesting a circuit ride takes.
#[derive(Debug, InputObject)]
pub struct RequestCircuitRideInput {
    /// The code of the agency that is to nominate people whom it holds.
    pub(super) holder_code: String,
    /// P-codes of the cities in which it interviews, 1 to 20.
    pub(super) city_codes: Vec<String>,
    /// First day of interviews: from today on, within two years.
    pub(super) opens_on: GivenDate,
    /// Last day; it lasts at most 184 days.
    pub(super) closes_on: GivenDate,
    /// How many people it interviews at most, 1 to 5,000.
    pub(super) capacity: i32,
    /// How many officers interview at once, 1 to 50.
    pub(super) interviewers: i32,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What closing a circuit ride takes.
#[derive(Debug, InputObject)]
pub struct CloseCircuitRideInput {
    /// The circuit ride.
    pub(super) circuit_ride_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What declining a circuit ride takes.
#[derive(Debug, InputObject)]
pub struct DeclineCircuitRideInput {
    /// The circuit ride.
    pub(super) circuit_ride_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What reopening a circuit ride takes.
#[derive(Debug, InputObject)]
pub struct ReopenCircuitRideInput {
    /// The circuit ride, for which the agency nominates.
    pub(super) circuit_ride_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

payloads! {
    circuit_ride: CircuitRide = "The circuit ride; null if nothing was changed.";
    /// The circuit ride that was requested, or why none was.
    RequestCircuitRidePayload;
    /// The circuit ride that was closed, or why it was not.
    CloseCircuitRidePayload;
    /// The circuit ride that was declined, or why it was not.
    DeclineCircuitRidePayload;
    /// The circuit ride that was reopened, or why it was not.
    ReopenCircuitRidePayload;
}
