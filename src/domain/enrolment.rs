//! Enrolments of individuals in programmes.

use super::Key;
use chrono::NaiveDate;

/// An individual's enrolment in a programme; it has ended from the day `ended_on`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Row key, random.
    pub id: Key,
    /// Who is enrolled.
    pub individual_id: Key,
    /// In which programme.
    pub programme_id: Key,
    /// First day.
    pub started_on: Option<NaiveDate>,
    /// The day from which the person is no longer enrolled.
    pub ended_on: Option<NaiveDate>,
}
