//! Years at school of individuals in programmes.

use super::Id;
use super::individual::Individual;
use super::programme::Programme;
use chrono::NaiveDate;

/// The highest grade of a school.
pub const MAX_GRADE: i32 = 13;

/// A year at school of an individual under a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchoolYear {
    /// Row key, random.
    pub id: Id<SchoolYear>,
    /// Who goes to school.
    pub individual_id: Id<Individual>,
    /// Under which programme.
    pub programme_id: Id<Programme>,
    /// In which grade, from 1.
    pub grade: i32,
    /// The first day.
    pub started_on: NaiveDate,
    /// The day from which the person no longer goes there.
    pub ended_on: Option<NaiveDate>,
    /// Of one that has ended: whether the person completed the grade.
    pub completed: Option<bool>,
}

impl SchoolYear {
    /// Whether somebody was there: whoever records a year by mistake ends it on its first day.
    pub fn took_place(&self) -> bool {
        self.ended_on != Some(self.started_on)
    }
}
