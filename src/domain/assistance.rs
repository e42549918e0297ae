//! Assistance paid to individuals.

use super::individual::Individual;
use super::programme::Programme;
use super::{Id, Noun};
use chrono::NaiveDate;

/// A payment to an individual under a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assistance {
    /// Row key, random.
    pub id: Id<Assistance>,
    /// Who received it.
    pub individual_id: Id<Individual>,
    /// Under which programme.
    pub programme_id: Id<Programme>,
    /// Amount in hundredths of the currency's unit.
    pub amount_hundredths: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// When it was paid.
    pub paid_on: NaiveDate,
}

impl Noun for Assistance {
    const NAME: &'static str = "Assistance";
}
