//! What changes of the caseload take, and what they give.

use super::Individual;
use super::record::{IndividualField, IndividualRecordInput};
use crate::domain::individual::RecordClosure;
use crate::graphql::schema::scalars::{GivenDate, GivenDateTime};
use crate::graphql::schema::user_errors::payloads;
use async_graphql::{ID, InputObject};

/// What registering a person takes.
#[derive(Debug, InputObject)]
pub struct RegisterIndividualInput {
    /// The number of the agency's case that the person belongs to; a new one is registered with the person. Left out: none.
    pub(super) case_number: Option<String>,
    /// What is known of the person: the registration number at least. Registered today if no date is stated.
    pub(super) record: IndividualRecordInput,
    /// Specific needs, by UNHCR's codes.
    #[graphql(default)]
    pub(super) specific_needs: Vec<String>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What correcting a record takes.
#[derive(Debug, InputObject)]
pub struct CorrectIndividualInput {
    /// The person, whom the agency holds.
    pub(super) individual_id: ID,
    /// The record's `updatedAt`, as it was read.
    pub(super) updated_at: GivenDateTime,
    /// What is right; what is left out stays.
    pub(super) record: IndividualRecordInput,
    /// Fields that are emptied.
    #[graphql(default)]
    pub(super) clear: Vec<IndividualField>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What moving a person takes.
#[derive(Debug, InputObject)]
pub struct MoveIndividualInput {
    /// The person, whom the agency holds.
    pub(super) individual_id: ID,
    /// The number of the case to move to; a new one is registered. Left out: the person belongs to no case any more.
    pub(super) case_number: Option<String>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What adding a specific need takes.
#[derive(Debug, InputObject)]
pub struct AddSpecificNeedInput {
    /// The person, whom the agency holds.
    pub(super) individual_id: ID,
    /// UNHCR's code: a category such as ER, or one with a sub-code such as ER-NF.
    pub(super) code: String,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What removing a specific need takes.
#[derive(Debug, InputObject)]
pub struct RemoveSpecificNeedInput {
    /// The person, whom the agency holds.
    pub(super) individual_id: ID,
    /// UNHCR's code, as it is recorded.
    pub(super) code: String,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What closing a record takes.
#[derive(Debug, InputObject)]
pub struct CloseIndividualInput {
    /// The person, whom the agency holds.
    pub(super) individual_id: ID,
    /// Why it is closed.
    pub(super) closed_as: RecordClosure,
    /// The day of departure or death.
    pub(super) closed_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What opening a record again takes.
#[derive(Debug, InputObject)]
pub struct ReopenIndividualInput {
    /// The person, whom the agency holds.
    pub(super) individual_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What merging two records takes.
#[derive(Debug, InputObject)]
pub struct MergeIndividualsInput {
    /// The record that is kept.
    pub(super) individual_id: ID,
    /// The record that is merged into it.
    pub(super) duplicate_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

payloads! {
    individual: Individual = "The person; null if nothing was changed.";
    /// The person who was registered, or why nobody was.
    RegisterIndividualPayload;
    /// The person as corrected, or why nothing was.
    CorrectIndividualPayload;
    /// The person who was moved, or why nobody was.
    MoveIndividualPayload;
    /// The person with the need, or why nothing was added.
    AddSpecificNeedPayload;
    /// The person without the need, or why nothing was removed.
    RemoveSpecificNeedPayload;
    /// The person whose record was closed, or why it was not.
    CloseIndividualPayload;
    /// The person whose record is open again, or why it is not.
    ReopenIndividualPayload;
    /// The person whose record is kept, or why nothing was merged.
    MergeIndividualsPayload;
}
