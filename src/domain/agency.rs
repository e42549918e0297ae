//! Agencies: who holds data and who receives it.

use super::country::CountryCode;
use super::{Id, Noun};

/// An agency that holds or receives data: UNHCR, UNDP, an embassy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agency {
    /// Row key.
    pub id: Id<Agency>,
    /// Short code, lower case, unique: `embassy-us`.
    pub code: String,
    /// Full name.
    pub name: String,
    /// The state it acts for, if any: decides whether it is the country of origin of a person.
    pub country: Option<CountryCode>,
}

impl Noun for Agency {
    const NAME: &'static str = "Agency";
}
