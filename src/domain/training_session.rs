//! Training sessions: of whom an institution sends, numbers only.

use super::individual::Sex;
use super::place::Place;
use super::programme::Programme;
use super::{Id, vocabulary};
use chrono::NaiveDate;

/// The most characters of an institution.
pub const MAX_INSTITUTION: usize = 200;

/// The most lines of participants.
pub const MAX_LINES: usize = 100;

/// The most lines of all sessions of a programme: whoever sees the programme reads them together.
pub const MAX_LINES_OF_PROGRAMME: usize = 5_000;

/// The most participants of a line.
pub const MAX_PARTICIPANTS: i32 = 100_000;

vocabulary! {
    /// What a training session is about.
    TrainingTopic {
        /// Border security, and who arrives there.
        Borders = "BORDERS",
        /// Human rights.
        HumanRights = "HUMAN_RIGHTS",
        /// How asylum cases are decided.
        AsylumCases = "ASYLUM_CASES",
    }
}

/// A session of a programme of `TRAINING`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingSession {
    /// Row key, random.
    pub id: Id<TrainingSession>,
    /// Of which programme.
    pub programme_id: Id<Programme>,
    /// About what.
    pub topic: TrainingTopic,
    /// On which day.
    pub held_on: NaiveDate,
    /// Where.
    pub place_id: Id<Place>,
}

/// How many of an institution took part in a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrainingParticipants {
    /// In which session.
    pub training_session_id: Id<TrainingSession>,
    /// Whom they work for: `State Migration Service`.
    pub institution: String,
    /// Their sex.
    pub sex: Sex,
    /// How many.
    pub number: i32,
}
