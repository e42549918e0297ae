//! Enrolments of individuals in programmes.

use super::Id;
use super::individual::Individual;
use super::programme::Programme;
use chrono::NaiveDate;

/// An individual's enrolment in a programme; it has ended from the day `ended_on`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Row key, random.
    pub id: Id<Enrolment>,
    /// Who is enrolled.
    pub individual_id: Id<Individual>,
    /// In which programme.
    pub programme_id: Id<Programme>,
    /// First day.
    pub started_on: Option<NaiveDate>,
    /// The day from which the person is no longer enrolled.
    pub ended_on: Option<NaiveDate>,
}

impl Enrolment {
    /// Whether it was one: whoever records one by mistake ends it on its first day.
    pub fn took_place(&self) -> bool {
        self.ended_on.is_none() || self.ended_on != self.started_on
    }

    /// Whether it has not ended on a day.
    pub fn is_open(&self, day: NaiveDate) -> bool {
        self.ended_on.is_none_or(|ended_on| ended_on > day)
    }
}
