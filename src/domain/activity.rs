//! What people take part in or pursue from a day on.

use super::solution::{SolutionKind, SolutionStage};
use chrono::NaiveDate;
use std::fmt;

/// What a person does from a day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// An enrolment begins.
    Enrolment(NaiveDate),
    /// A loan is paid out.
    Loan(NaiveDate),
    /// Somebody moves in, or out.
    Housing(NaiveDate),
    /// A year at school begins, or ends.
    SchoolYear(NaiveDate),
    /// A solution has come to its stage.
    Solution(SolutionKind, SolutionStage, NaiveDate),
}

impl Activity {
    /// On which day.
    pub fn on(&self) -> NaiveDate {
        match self {
            Self::Enrolment(on) | Self::Loan(on) | Self::Housing(on) | Self::SchoolYear(on) => *on,
            Self::Solution(_, _, on) => *on,
        }
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Enrolment(on) => write!(formatter, "an enrolment begins on {on}"),
            Self::Loan(on) => write!(formatter, "a loan is paid out on {on}"),
            Self::Housing(on) => write!(formatter, "the person moves in or out on {on}"),
            Self::SchoolYear(on) => write!(formatter, "a year at school begins or ends on {on}"),
            Self::Solution(kind, stage, on) => write!(formatter, "a {kind} is {stage} since {on}"),
        }
    }
}
