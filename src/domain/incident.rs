//! Protection incidents.

use super::individual::Individual;
use super::place::Place;
use super::{Id, Noun, vocabulary};
use chrono::NaiveDate;

vocabulary! {
    /// What happened to a person.
    IncidentKind {
        /// An official demanded a bribe.
        BribeDemand = "BRIBE_DEMAND",
        /// The person was made to move, or threatened with it.
        ForcedRelocation = "FORCED_RELOCATION",
        /// The person was deported without due process.
        ArbitraryDeportation = "ARBITRARY_DEPORTATION",
        /// The person was detained.
        Detention = "DETENTION",
        /// Services were refused.
        DenialOfServices = "DENIAL_OF_SERVICES",
        /// Anything else.
        Other = "OTHER",
    }
}

/// A protection incident that an individual suffered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Row key, random.
    pub id: Id<Incident>,
    /// Who suffered it.
    pub individual_id: Id<Individual>,
    /// What happened.
    pub kind: IncidentKind,
    /// When.
    pub occurred_on: Option<NaiveDate>,
    /// Where.
    pub place_id: Option<Id<Place>>,
}

impl Noun for Incident {
    const NAME: &'static str = "Incident";
}
