//! What demo is made.

use chrono::NaiveDate;

/// What demo to make.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How many people, at least one.
    pub people: u32,
    /// The day that its dates are counted from.
    pub as_of: NaiveDate,
}
