//! What changes of interviews take, and what they give.

use crate::domain::nomination::InterviewOutcome;
use crate::domain::solution::SplitReason;
use crate::graphql::individual::Individual;
use crate::graphql::schema::scalars::{GivenDate, GivenDateTime, GivenLanguage};
use crate::graphql::schema::user_errors::payloads;
use async_graphql::{ID, InputObject};

/// What scheduling an interview takes.
#[derive(Debug, InputObject)]
pub struct ScheduleInterviewInput {
    /// The circuit ride.
    pub(super) circuit_ride_id: ID,
    /// A person who is nominated; the members of its case that are nominated too are interviewed together.
    pub(super) individual_id: ID,
    /// P-code of one of the circuit ride's cities.
    pub(super) city_code: String,
    /// When it begins: a whole minute on a day of the circuit ride (UTC), today or later; it ends on one, too.
    pub(super) starts_at: GivenDateTime,
    /// How long it takes, 15 to 480 minutes.
    pub(super) minutes: i32,
    /// Which of the circuit ride's officers interviews, from 1.
    pub(super) interviewer: i32,
    /// In which room; 1 to 64 characters on one line.
    pub(super) room: String,
    /// The language for which an interpreter is needed; the circuit ride has one for each.
    pub(super) interpreter_language: Option<GivenLanguage>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What recording what became of an interview takes.
#[derive(Debug, InputObject)]
pub struct RecordInterviewOutcomeInput {
    /// The circuit ride.
    pub(super) circuit_ride_id: ID,
    /// A person who was interviewed.
    pub(super) individual_id: ID,
    /// What became of the interview.
    pub(super) outcome: InterviewOutcome,
    /// On which day: from that of the interview until today.
    pub(super) on: GivenDate,
    /// Why the person's solution moves apart from the case from now on. Left out: it is the outcome of all who were interviewed together.
    pub(super) split_reason: Option<SplitReason>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

payloads! {
    individual: Individual = "The person; null if nothing was changed.";
    /// The person with the interview, or why none was scheduled.
    ScheduleInterviewPayload;
    /// The person with the outcome and the solution as it stands, or why nothing was recorded.
    RecordInterviewOutcomePayload;
}
