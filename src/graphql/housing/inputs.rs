//! What changing housing takes, and what it gives.

use crate::domain::housing::Dwelling;
use crate::graphql::enrolment::participation::part_inputs;
use crate::graphql::individual::Individual;
use crate::graphql::schema::scalars::GivenDate;
use crate::graphql::schema::user_errors::payloads;
use async_graphql::{ID, InputObject};

/// What providing housing takes.
#[derive(Debug, InputObject)]
pub struct ProvideHousingInput {
    /// The person: enrolled in the programme, and held by the agency or seen by it with its assistance.
    pub(super) individual_id: ID,
    /// The IATI identifier of the programme: one of HOUSING, which the agency leads.
    pub(super) programme_identifier: String,
    /// What the person lives in.
    pub(super) dwelling: Dwelling,
    /// The first day: not in the future.
    pub(super) moved_in_on: GivenDate,
    /// For how many months it is provided: 1 to 60.
    pub(super) months: i32,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What ending housing takes.
#[derive(Debug, InputObject)]
pub struct EndHousingInput {
    /// The person.
    pub(super) individual_id: ID,
    /// The IATI identifier of the programme under which it lives somewhere.
    pub(super) programme_identifier: String,
    /// The day from which the person no longer lives there: not in the future.
    pub(super) moved_out_on: GivenDate,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

part_inputs!(ProvideHousingInput, EndHousingInput);

payloads! {
    individual: Individual = "The person; null if nothing was changed, or the agency no longer sees the person.";
    /// The person with the dwelling, or why there is none.
    ProvideHousingPayload;
    /// The person with the dwelling that it left, or why that is not recorded.
    EndHousingPayload;
}
