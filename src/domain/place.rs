//! Places, by OCHA P-code.

use super::country::CountryCode;
use super::{Id, Noun};

/// The administrative level of regions.
pub const REGION_LEVEL: i32 = 1;

/// An administrative place. Its P-code is its key; names are not unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Row key.
    pub id: Id<Place>,
    /// OCHA P-code, unique.
    pub code: String,
    /// Name.
    pub name: String,
    /// Administrative level.
    pub level: i32,
    /// The place that holds this one.
    pub parent_id: Option<Id<Place>>,
    /// The country.
    pub country: CountryCode,
}

impl Noun for Place {
    const NAME: &'static str = "Place";
}
