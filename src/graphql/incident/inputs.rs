//! What changes of incidents take, and what they give.

use crate::domain::incident::{IncidentActor, IncidentKind, Verification};
use crate::graphql::individual::Individual;
use crate::graphql::schema::scalars::GivenDate;
use crate::graphql::schema::user_errors::payloads;
use async_graphql::{Enum, ID, InputObject};

/// What recording an incident takes.
#[derive(Debug, InputObject)]
pub struct RecordIncidentInput {
    /// Whom it affected: 1 to 100 people whom the agency holds.
    pub(super) individual_ids: Vec<ID>,
    /// What happened.
    pub(super) kind: IncidentKind,
    /// Who did it; left out if that is not known.
    pub(super) actor: Option<IncidentActor>,
    /// When; left out if that is not known. Not in the future, and within the life of everybody whom it affected.
    pub(super) occurred_on: Option<GivenDate>,
    /// Where, by P-code; left out if that is not known.
    pub(super) place_code: Option<String>,
    /// What was told of it: up to 4,000 characters. It is kept with each of the people, and is in no list.
    pub(super) account: Option<String>,
    /// Whether it must be followed up at once, as an emergency. An arbitrary deportation always is: leave it out.
    pub(super) emergency: Option<bool>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What correcting an incident takes.
#[derive(Debug, InputObject)]
pub struct CorrectIncidentInput {
    /// The incident, of a person whom the agency holds.
    pub(super) incident_id: ID,
    /// What happened; as it was if it is left out.
    pub(super) kind: Option<IncidentKind>,
    /// Who did it; as it was if it is left out.
    pub(super) actor: Option<IncidentActor>,
    /// When; as it was if it is left out. Not in the future, and within the life of everybody whom it affected.
    pub(super) occurred_on: Option<GivenDate>,
    /// Where, by P-code; as it was if it is left out.
    pub(super) place_code: Option<String>,
    /// What is not known any more, since it was recorded by mistake.
    #[graphql(default)]
    pub(super) clear: Vec<IncidentField>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What may be not known of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum IncidentField {
    /// Who did it.
    Actor,
    /// When.
    OccurredOn,
    /// Where.
    Place,
}

impl IncidentField {
    /// Whether a correction states it.
    pub(super) fn is_stated_in(self, input: &CorrectIncidentInput) -> bool {
        match self {
            Self::Actor => input.actor.is_some(),
            Self::OccurredOn => input.occurred_on.is_some(),
            Self::Place => input.place_code.is_some(),
        }
    }
}

/// What adding people to an incident takes.
#[derive(Debug, InputObject)]
pub struct AddAffectedIndividualsInput {
    /// The incident, of a person whom the agency holds; not UNFOUNDED.
    pub(super) incident_id: ID,
    /// Whom it affected as well: people whom the agency holds, in all at most 100. It happened within the life of each.
    pub(super) individual_ids: Vec<ID>,
    /// What was told of it: up to 4,000 characters. It is kept with each of these people, and is in no list.
    pub(super) account: Option<String>,
    /// Whether it must be followed up at once for these people, as an emergency. An arbitrary deportation always is: leave it out.
    pub(super) emergency: Option<bool>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What removing somebody from an incident takes.
#[derive(Debug, InputObject)]
pub struct RemoveAffectedIndividualInput {
    /// The incident, of the person whom it did not affect; somebody else is affected by it.
    pub(super) incident_id: ID,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What recording how far an incident is checked takes.
#[derive(Debug, InputObject)]
pub struct VerifyIncidentInput {
    /// The incident, of a person whom the agency holds.
    pub(super) incident_id: ID,
    /// How far it is checked by now.
    pub(super) verification: Verification,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What assigning an incident to a pattern takes.
#[derive(Debug, InputObject)]
pub struct AssignIncidentInput {
    /// The incident, of a person whom the agency holds.
    pub(super) incident_id: ID,
    /// The pattern, of the same kind and actor if it has one; left out to take the incident out of its pattern.
    pub(super) pattern_id: Option<ID>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

payloads! {
    individual: Individual = "The person; of several, the first that was named. Null if nothing was changed.";
    /// The person with the incident, or why it was not recorded.
    RecordIncidentPayload;
    /// The person of whom the incident was named, or why nobody was added.
    AddAffectedIndividualsPayload;
    /// The person without the incident, or why it was not removed.
    RemoveAffectedIndividualPayload;
    /// The person with the incident, or why nothing was changed.
    CorrectIncidentPayload;
    /// The person with the incident, or why nothing was changed.
    VerifyIncidentPayload;
    /// The person with the incident, or why it was not assigned.
    AssignIncidentPayload;
}
