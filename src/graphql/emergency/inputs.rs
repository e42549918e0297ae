//! What following up emergencies takes, and what it gives.

use crate::domain::emergency::{EmergencyAction, EmergencyOutcome, EmergencyQuestion};
use crate::graphql::individual::Individual;
use crate::graphql::schema::scalars::GivenDate;
use crate::graphql::schema::user_errors::payloads;
use async_graphql::{ID, InputObject};

/// What opening an emergency takes.
#[derive(Debug, InputObject)]
pub struct OpenEmergencyInput {
    /// The incident, of a person whom the agency holds.
    pub(super) incident_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What recording what is known takes.
#[derive(Debug, InputObject)]
pub struct RecordEmergencyFactInput {
    /// The emergency, of a person whom the agency holds.
    pub(super) emergency_id: ID,
    /// To what it is the answer. It takes the place of what was known before.
    pub(super) question: EmergencyQuestion,
    /// What is known: 1 to 500 characters on one line.
    pub(super) answer: String,
    /// Since when: not before the incident, or if its day is not known, before the emergency was opened, and not in the future.
    pub(super) known_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What withdrawing what is known takes.
#[derive(Debug, InputObject)]
pub struct WithdrawEmergencyFactInput {
    /// The emergency, of a person whom the agency holds.
    pub(super) emergency_id: ID,
    /// What is not known after all.
    pub(super) question: EmergencyQuestion,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What planning a step takes.
#[derive(Debug, InputObject)]
pub struct PlanEmergencyStepInput {
    /// The emergency, of a person whom the agency holds.
    pub(super) emergency_id: ID,
    /// What is to be done.
    pub(super) action: EmergencyAction,
    /// By when: not before the incident, or if its day is not known, before the emergency was opened, and within 366 days.
    pub(super) due_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What recording that a step was done takes.
#[derive(Debug, InputObject)]
pub struct CompleteEmergencyStepInput {
    /// The step, of an emergency of a person whom the agency holds.
    pub(super) step_id: ID,
    /// When it was done: not before the incident, or if its day is not known, before the emergency was opened, and not in the future.
    pub(super) done_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What recording that a step is not done takes.
#[derive(Debug, InputObject)]
pub struct ReopenEmergencyStepInput {
    /// The step, of an emergency of a person whom the agency holds. It is recorded as done.
    pub(super) step_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What cancelling a step takes.
#[derive(Debug, InputObject)]
pub struct CancelEmergencyStepInput {
    /// The step, of an emergency of a person whom the agency holds. It is not done.
    pub(super) step_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What closing an emergency takes.
#[derive(Debug, InputObject)]
pub struct CloseEmergencyInput {
    /// The emergency, of a person whom the agency holds. All its steps are done.
    pub(super) emergency_id: ID,
    /// How it ended; not SAFE or SAFE_ELSEWHERE of somebody who died.
    pub(super) outcome: EmergencyOutcome,
    /// When: not before it was opened and the last step was done, and not in the future.
    pub(super) closed_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What reopening an emergency takes.
#[derive(Debug, InputObject)]
pub struct ReopenEmergencyInput {
    /// The emergency, of a person whom the agency holds. It is closed, and its incident is not UNFOUNDED.
    pub(super) emergency_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

payloads! {
    individual: Individual = "The person; null if nothing was changed.";
    /// The person with the emergency, or why there is none.
    OpenEmergencyPayload;
    /// The person with the emergency, or why nothing was recorded.
    RecordEmergencyFactPayload;
    /// The person with the emergency, or why nothing was withdrawn.
    WithdrawEmergencyFactPayload;
    /// The person with the emergency, or why nothing was planned.
    PlanEmergencyStepPayload;
    /// The person with the emergency, or why nothing was recorded.
    CompleteEmergencyStepPayload;
    /// The person with the emergency, or why the step stays done.
    ReopenEmergencyStepPayload;
    /// The person with the emergency, or why the step stands.
    CancelEmergencyStepPayload;
    /// The person with the emergency, or why it was not closed.
    CloseEmergencyPayload;
    /// The person with the emergency, or why it stays closed.
    ReopenEmergencyPayload;
}
