//! Which day it is.

use chrono::{NaiveDate, Utc};

/// Which day it is.
#[derive(Debug, Clone, Copy, Default)]
pub enum Clock {
    /// The system's UTC date.
    #[default]
    System,
    /// Always the same day, for tests.
    Fixed(NaiveDate),
}

impl Clock {
    /// The UTC date on which a request is judged.
    pub fn today(self) -> NaiveDate {
        match self {
            Self::System => Utc::now().date_naive(),
            Self::Fixed(date) => date,
        }
    }
}
