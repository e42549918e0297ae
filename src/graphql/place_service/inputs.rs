//! What recording services and distances takes, and what it gives.

use crate::domain::individual::AgeBand;
use crate::domain::place_service::PlaceServiceKind;
use crate::graphql::place::Place;
use crate::graphql::schema::user_errors::payloads;
use async_graphql::InputObject;

/// What recording what there is at a place takes.
#[derive(Debug, InputObject)]
pub struct RecordPlaceServiceInput {
    /// P-code of the place.
    pub(super) place_code: String,
    /// What there is.
    pub(super) kind: PlaceServiceKind,
    /// For which age band a SCHOOL is; not for others.
    pub(super) age_band: Option<AgeBand>,
    /// For which category of specific needs MEDICAL_CARE is, two letters such as SM; left out if for everybody.
    pub(super) specific_need: Option<String>,
    /// From how far people come for it: 0 to 5,000 kilometres.
    pub(super) reach_kilometres: i32,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What removing what was recorded of a place takes.
#[derive(Debug, InputObject)]
pub struct RemovePlaceServiceInput {
    /// P-code of the place.
    pub(super) place_code: String,
    /// What there was.
    pub(super) kind: PlaceServiceKind,
    /// For which age band.
    pub(super) age_band: Option<AgeBand>,
    /// For which category of specific needs.
    pub(super) specific_need: Option<String>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What recording a distance takes.
#[derive(Debug, InputObject)]
pub struct RecordTravelDistanceInput {
    /// P-code of one place.
    pub(super) from_place_code: String,
    /// P-code of another; neither lies in the other.
    pub(super) to_place_code: String,
    /// How far it is by the way that people take, either way: 0 to 5,000 kilometres.
    pub(super) kilometres: i32,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What removing a distance takes.
#[derive(Debug, InputObject)]
pub struct RemoveTravelDistanceInput {
    /// P-code of one place.
    pub(super) from_place_code: String,
    /// P-code of the other.
    pub(super) to_place_code: String,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

payloads! {
    place: Place = "The place; null if nothing was changed.";
    /// The place with what there is, or why that is not recorded.
    RecordPlaceServicePayload;
    /// The place, or why nothing was removed.
    RemovePlaceServicePayload;
    /// The first place with the distance, or why it is not recorded.
    RecordTravelDistancePayload;
    /// The first place, or why nothing was removed.
    RemoveTravelDistancePayload;
}
