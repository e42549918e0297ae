//! Relocation plans: that an authority means to move people from some places to others.

use super::agency::Agency;
use super::agreement::Agreement;
use super::incident::IncidentActor;
use super::place::Place;
use super::{Id, Noun, vocabulary};
use chrono::{NaiveDate, NaiveDateTime};

/// The most places from which people are moved, and the most to which they are.
pub const MAX_PLACES: usize = 50;

/// The most years after its announcement in which a plan takes effect.
pub const MAX_YEARS: u32 = 10;

vocabulary! {
    /// What became of a plan.
    RelocationOutcome {
        /// Nobody was moved.
        Averted = "AVERTED",
        /// People were moved.
        CarriedOut = "CARRIED_OUT",
    }
}

vocabulary! {
    /// On which side of a plan a place is.
    RelocationSide {
        /// People are moved from there.
        From = "FROM",
        /// They are moved there.
        To = "TO",
    }
}

/// That people are to be moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelocationPlan {
    /// Row key.
    pub id: Id<RelocationPlan>,
    /// The agency that records it, which holds the records of those who are to be moved.
    pub holder_id: Id<Agency>,
    /// Who announced it.
    pub announced_by: IncidentActor,
    /// When.
    pub announced_on: NaiveDate,
    /// From when people are to be moved, if that is known.
    pub effective_on: Option<NaiveDate>,
    /// When it was recorded, in UTC.
    pub recorded_at: NaiveDateTime,
    /// What became of it.
    pub outcome: Option<RelocationOutcome>,
    /// When.
    pub closed_on: Option<NaiveDate>,
}

impl Noun for RelocationPlan {
    const NAME: &'static str = "RelocationPlan";
}

/// A place of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelocationPlanPlace {
    /// Which plan.
    pub relocation_plan_id: Id<RelocationPlan>,
    /// Which place.
    pub place_id: Id<Place>,
    /// On which side.
    pub side: RelocationSide,
}

/// That a plan is shared with the recipient of an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelocationPlanShare {
    /// Which plan.
    pub relocation_plan_id: Id<RelocationPlan>,
    /// Under which agreement.
    pub agreement_id: Id<Agreement>,
    /// When.
    pub shared_on: NaiveDate,
}
