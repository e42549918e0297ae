//! What changing years at school takes, and what it gives.

use crate::graphql::enrolment::participation::part_inputs;
use crate::graphql::individual::Individual;
use crate::graphql::schema::scalars::GivenDate;
use crate::graphql::schema::user_errors::payloads;
use async_graphql::{ID, InputObject};

/// What starting a year at school takes.
#[derive(Debug, InputObject)]
pub struct StartSchoolYearInput {
    /// The person: enrolled in the programme, and held by the agency or seen by it with its assistance.
    pub(super) individual_id: ID,
    /// The IATI identifier of the programme: one of SCHOOL, which the agency leads.
    pub(super) programme_identifier: String,
    /// In which grade: 1 to 13.
    pub(super) grade: i32,
    /// The first day: not in the future.
    pub(super) started_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What ending a year at school takes.
#[derive(Debug, InputObject)]
pub struct EndSchoolYearInput {
    /// The person.
    pub(super) individual_id: ID,
    /// The IATI identifier of the programme under which it goes to school.
    pub(super) programme_identifier: String,
    /// The day from which the person no longer goes there: not in the future.
    pub(super) ended_on: GivenDate,
    /// Whether the person completed the grade.
    pub(super) completed: bool,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

part_inputs!(StartSchoolYearInput, EndSchoolYearInput);

payloads! {
    individual: Individual = "The person; null if nothing was changed, or the agency no longer sees the person.";
    /// The person with the year that began, or why there is none.
    StartSchoolYearPayload;
    /// The person with the year that ended, or why that is not recorded.
    EndSchoolYearPayload;
}
