//! What recording training sessions takes, and what it gives.

use crate::domain::individual::Sex;
use crate::domain::training_session::TrainingTopic;
use crate::graphql::programme::Programme;
use crate::graphql::schema::scalars::GivenDate;
use crate::graphql::schema::user_errors::payloads;
use async_graphql::InputObject;

/// What recording a training session takes.
#[derive(Debug, InputObject)]
pub struct RecordTrainingSessionInput {
    /// The IATI identifier of the programme, of kind TRAINING, which the agency leads.
    pub(super) programme_identifier: String,
    /// About what.
    pub(super) topic: TrainingTopic,
    /// On which day; not in the future.
    pub(super) held_on: GivenDate,
    /// P-code of the place where it was held.
    pub(super) place_code: String,
    /// Who took part, 1 to 100 lines; the sessions of a programme have at most 5,000 together.
    pub(super) participants: Vec<TrainingParticipantsInput>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// How many of an institution took part.
#[derive(Debug, InputObject)]
pub struct TrainingParticipantsInput {
    /// Whom they work for: 1 to 200 characters on one line, and no person's name.
    pub(super) institution: String,
    /// Their sex.
    pub(super) sex: Sex,
    /// How many, 1 to 100,000.
    pub(super) number: i32,
}

/// What removing a training session takes.
#[derive(Debug, InputObject)]
pub struct RemoveTrainingSessionInput {
    /// The IATI identifier of the programme, which the agency leads.
    pub(super) programme_identifier: String,
    /// About what.
    pub(super) topic: TrainingTopic,
    /// On which day.
    pub(super) held_on: GivenDate,
    /// P-code of the place.
    pub(super) place_code: String,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

payloads! {
    programme: Programme = "The programme; null if nothing was changed.";
    /// The programme with the session, or why it is not recorded.
    RecordTrainingSessionPayload;
    /// The programme, or why nothing was removed.
    RemoveTrainingSessionPayload;
}
