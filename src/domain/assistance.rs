//! Assistance paid to individuals.

use super::Key;
use chrono::NaiveDate;

/// A payment to an individual under a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assistance {
    /// Row key, random.
    pub id: Key,
    /// Who received it.
    pub individual_id: Key,
    /// Under which programme.
    pub programme_id: Key,
    /// Amount in hundredths of the currency's unit.
    pub amount_hundredths: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// When it was paid.
    pub paid_on: NaiveDate,
}
