//! Assistance paid to individuals.

use super::Id;
use super::individual::Individual;
use super::programme::Programme;
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
    /// Amount in the currency's minor unit.
    pub amount_minor: i64,
    /// ISO 4217 code.
    pub currency: String,
    /// When it was paid.
    pub paid_on: NaiveDate,
    /// Of a stipend: the first day for which it is.
    pub period_from: Option<NaiveDate>,
    /// Of a stipend: the last day for which it is.
    pub period_until: Option<NaiveDate>,
}
