//! What there is at places, and how far it is to them, as they are shown.

pub mod changes;
mod inputs;

use crate::domain;
use crate::domain::Id;
use crate::domain::individual::AgeBand;
use crate::domain::place_service::PlaceServiceKind;
use crate::graphql::agency::{Agency, agency};
use crate::graphql::engine::loaders::lists;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::place::{Place, place};
use crate::policy::Released;
use crate::store::place_service::Distance;
use async_graphql::{Context, Error, Object};

lists! {
    /// What there is at places.
    ServicesOfPlaces of domain::place::Place => Released<domain::place_service::PlaceService>, services_of_places;
    /// How far it is from places.
    DistancesOfPlaces of domain::place::Place => Distance, distances_of_places;
}

/// A service, by its row.
pub struct PlaceService(Released<domain::place_service::PlaceService>);

impl PlaceService {
    /// What there is at a place.
    pub(in crate::graphql) async fn of(context: &Context<'_>, place: Id<domain::place::Place>) -> Vec<Self> {
        RequestContext::of(context).load::<ServicesOfPlaces>(place).await.into_iter().map(Self).collect()
    }
}

/// What there is at a place, as an agency records it.
#[Object]
impl PlaceService {
    /// What.
    async fn kind(&self) -> PlaceServiceKind {
        self.0.kind
    }

    /// For which age band a school is.
    async fn age_band(&self) -> Option<AgeBand> {
        self.0.age_band
    }

    /// For which category of specific needs medical care is; null if for everybody.
    async fn specific_need(&self) -> Option<&str> {
        self.0.specific_need.as_ref().map(|need| need.as_str())
    }

    /// From how far people come for it, in kilometres.
    async fn reach_kilometres(&self) -> i32 {
        self.0.reach_kilometres
    }

    /// Who records it.
    async fn recorded_by(&self, context: &Context<'_>) -> Result<Agency, Error> {
        agency(context, self.0.agency_id).await
    }
}

/// A distance, by its row.
pub struct TravelDistance(Distance);

impl TravelDistance {
    /// How far it is from a place.
    pub(in crate::graphql) async fn of(context: &Context<'_>, place: Id<domain::place::Place>) -> Vec<Self> {
        RequestContext::of(context).load::<DistancesOfPlaces>(place).await.into_iter().map(Self).collect()
    }
}

/// How far it is to a place, as the viewer's agency records it.
#[Object]
impl TravelDistance {
    /// To which place.
    async fn to(&self, context: &Context<'_>) -> Option<Place> {
        place(context, Some(self.0.0)).await
    }

    /// By the way that people take, in kilometres.
    async fn kilometres(&self) -> i32 {
        self.0.1.kilometres
    }
}
