//! Housing that individuals get under programmes.

use super::individual::Individual;
use super::programme::Programme;
use super::{Id, vocabulary};
use chrono::NaiveDate;

/// The most months for which a dwelling is provided at once.
pub const MAX_MONTHS: i32 = 60;

vocabulary! {
    /// What somebody lives in.
    Dwelling {
        /// A flat of its own.
        Apartment = "APARTMENT",
        /// A house of its own.
        House = "HOUSE",
        /// A room beside others.
        Room = "ROOM",
        /// A place in a building for many.
        CollectiveCentre = "COLLECTIVE_CENTRE",
    }
}

/// A dwelling that is provided to an individual under a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Housing {
    /// Row key, random.
    pub id: Id<Housing>,
    /// Who lives there.
    pub individual_id: Id<Individual>,
    /// Under which programme.
    pub programme_id: Id<Programme>,
    /// What it is.
    pub dwelling: Dwelling,
    /// The first day.
    pub moved_in_on: NaiveDate,
    /// For how many months it is provided.
    pub months: i32,
    /// The day from which the person no longer lives there.
    pub moved_out_on: Option<NaiveDate>,
}

impl Housing {
    /// Whether somebody lived there: whoever records a dwelling by mistake ends it on its first day.
    pub fn took_place(&self) -> bool {
        self.moved_out_on != Some(self.moved_in_on)
    }
}
