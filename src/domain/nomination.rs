//! Nominations of individuals for circuit rides.

use super::circuit_ride::CircuitRide;
use super::individual::Individual;
use super::interview::Interview;
use super::solution::SolutionStage;
use super::{Id, vocabulary};
use chrono::NaiveDate;

vocabulary! {
    /// What became of an interview.
    InterviewOutcome {
        /// It did not take place; another one may be scheduled.
        NotHeld = "NOT_HELD",
        /// It took place, and the decision is pending.
        Interviewed = "INTERVIEWED",
        /// The country accepts the person.
        Accepted = "ACCEPTED",
        /// The country refuses the person.
        Rejected = "REJECTED",
    }
}

impl InterviewOutcome {
    /// The stage to which it moves the solution, if it does.
    pub fn stage(self) -> Option<SolutionStage> {
        match self {
            Self::NotHeld => None,
            Self::Interviewed => Some(SolutionStage::Interviewed),
            Self::Accepted => Some(SolutionStage::Accepted),
            Self::Rejected => Some(SolutionStage::Rejected),
        }
    }
}

/// That an individual is to be interviewed on a circuit ride.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nomination {
    /// Row key, random.
    pub id: Id<Nomination>,
    /// Who is nominated.
    pub individual_id: Id<Individual>,
    /// For which circuit ride.
    pub circuit_ride_id: Id<CircuitRide>,
    /// Since which day.
    pub nominated_on: NaiveDate,
    /// The day from which the person no longer is, if the holder took it back.
    pub withdrawn_on: Option<NaiveDate>,
    /// The interview, once it is scheduled.
    pub interview_id: Option<Id<Interview>>,
    /// What became of it.
    pub outcome: Option<InterviewOutcome>,
    /// On which day that was decided.
    pub outcome_on: Option<NaiveDate>,
}

impl Nomination {
    /// Whether an interview may be scheduled, or moved: nothing has come of one yet.
    pub fn awaits_interview(&self) -> bool {
        self.outcome.is_none_or(|outcome| outcome == InterviewOutcome::NotHeld)
    }
}
