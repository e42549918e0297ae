//! What recording relocation plans takes, and what it gives.

use super::RelocationPlan;
use crate::domain::incident::IncidentActor;
use crate::domain::relocation_plan::RelocationOutcome;
use crate::graphql::schema::scalars::GivenDate;
use crate::graphql::schema::user_errors::payloads;
use async_graphql::{ID, InputObject};

/// What recording a relocation plan takes.
#[derive(Debug, InputObject)]
pub struct RecordRelocationPlanInput {
    /// P-codes of the places from which people are to be moved, with all below them: 1 to 50.
    pub(super) from_place_codes: Vec<String>,
    /// P-codes of the places to which they are to be moved, each of them to any: 1 to 50, none of them in one of the others or around it.
    pub(super) to_place_codes: Vec<String>,
    /// Who announced it.
    pub(super) announced_by: IncidentActor,
    /// When: within the last ten years.
    pub(super) announced_on: GivenDate,
    /// From when people are to be moved, if that is known: not before it was announced, within ten years.
    pub(super) effective_on: Option<GivenDate>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What sharing a plan takes.
#[derive(Debug, InputObject)]
pub struct ShareRelocationPlanInput {
    /// The plan, which the agency holds.
    pub(super) relocation_plan_id: ID,
    /// An agreement in force that the agency provides and that names statistics tables. Its recipient sees the plan, and what its releases
    /// tell of it.
    pub(super) agreement_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What taking a share back takes.
#[derive(Debug, InputObject)]
pub struct UnshareRelocationPlanInput {
    /// The plan, which the agency holds.
    pub(super) relocation_plan_id: ID,
    /// The agreement under which it is shared.
    pub(super) agreement_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What recording what became of a plan takes.
#[derive(Debug, InputObject)]
pub struct CloseRelocationPlanInput {
    /// The plan, which the agency holds.
    pub(super) relocation_plan_id: ID,
    /// What became of it.
    pub(super) outcome: RelocationOutcome,
    /// When: not before it was announced, and not in the future.
    pub(super) closed_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What reopening a plan takes.
#[derive(Debug, InputObject)]
pub struct ReopenRelocationPlanInput {
    /// The plan, which the agency holds and which is closed.
    pub(super) relocation_plan_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What voiding a plan takes.
#[derive(Debug, InputObject)]
pub struct VoidRelocationPlanInput {
    /// The plan, which the agency holds.
    pub(super) relocation_plan_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

payloads! {
    relocation_plan: RelocationPlan = "The plan; null if nothing was changed.";
    /// The plan, or why it is not recorded.
    RecordRelocationPlanPayload;
    /// The plan, or why it is not shared.
    ShareRelocationPlanPayload;
    /// The plan, or why it is shared still.
    UnshareRelocationPlanPayload;
    /// The plan, or why nothing was recorded.
    CloseRelocationPlanPayload;
    /// The plan, or why it stays closed.
    ReopenRelocationPlanPayload;
    /// Why the plan is there still; no error if it is voided.
    VoidRelocationPlanPayload;
}
