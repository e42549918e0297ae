//! Circuit rides: officers of a resettlement country come to interview.

pub(super) mod changes;
mod inputs;

use super::agency::{Agency, agency};
use super::engine::loaders::lists;
use super::engine::request_context::RequestContext;
use super::place::Place;
use super::schema::ids;
use super::schema::paging::{Listed, PageArguments, connection, queries};
use super::schema::scalars::{Date, DateTime};
use crate::domain;
use crate::domain::circuit_ride::CircuitRideStatus;
use crate::domain::country::CountryCode;
use crate::policy::Released;
use crate::store::circuit_ride::position;
use async_graphql::{Context, Error, ID, Object};

queries! {
    CircuitRideQueries: "What may be asked of circuit rides." {
        /// The circuit rides that the viewer's agency requests, or for which it nominates, newest first. Who is nominated and seen:
        /// individuals(filter: { circuitRide: … }).
        circuit_rides() -> CircuitRideConnection;
    }
}

lists! {
    /// The cities of circuit rides.
    CitiesOfCircuitRides of domain::circuit_ride::CircuitRide => Released<domain::place::Place>, cities_of_circuit_rides;
}

/// The name by which this list's cursors are sealed.
const ORDER: &str = "circuitRides";

/// A circuit ride, by its row.
#[derive(Clone)]
pub struct CircuitRide(pub Released<domain::circuit_ride::CircuitRide>);

/// A circuit ride, visible to both parties: whoever is nominated is seen under agreements whose scope names circuit rides to its country,
/// until it closes.
#[Object]
impl CircuitRide {
    /// Global id, for this agency and purpose only.
    pub async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, self.0.id)
    }

    /// The agency that requests it, whose officers interview.
    async fn requester(&self, context: &Context<'_>) -> Result<Agency, Error> {
        agency(context, self.0.requester_id).await
    }

    /// The agency that nominates people whom it holds.
    async fn holder(&self, context: &Context<'_>) -> Result<Agency, Error> {
        agency(context, self.0.holder_id).await
    }

    /// To where it resettles: the requester's country.
    async fn country(&self) -> CountryCode {
        self.0.country
    }

    /// The cities in which it interviews, by P-code.
    async fn cities(&self, context: &Context<'_>) -> Vec<Place> {
        RequestContext::of(context).load::<CitiesOfCircuitRides>(self.0.id).await.into_iter().map(Place).collect()
    }

    /// First day of interviews.
    async fn opens_on(&self) -> Date {
        Date(self.0.opens_on)
    }

    /// Last day.
    async fn closes_on(&self) -> Date {
        Date(self.0.closes_on)
    }

    /// How many people it interviews at most.
    async fn capacity(&self) -> i32 {
        self.0.capacity
    }

    /// How many officers interview at once.
    async fn interviewers(&self) -> i32 {
        self.0.interviewers
    }

    /// Where it stands today; after its last day it is closed.
    async fn status(&self, context: &Context<'_>) -> CircuitRideStatus {
        self.0.status_on(RequestContext::of(context).viewer().today)
    }

    /// When it was requested.
    async fn requested_at(&self) -> DateTime {
        DateTime(self.0.requested_at)
    }
}

connection!(CircuitRideConnection of CircuitRideEdge to CircuitRide, (), circuit_rides_count: "A page of circuit rides.");

/// A page of the circuit rides to which the viewer's agency is a party.
async fn circuit_rides(context: &Context<'_>, arguments: PageArguments) -> Result<CircuitRideConnection, Error> {
    let request_context = RequestContext::of(context);
    let window = arguments.window(context, ORDER)?;
    let found = request_context.read(|session| session.circuit_rides_page(&window))?;
    let place = |ride: &Released<domain::circuit_ride::CircuitRide>| position(ride);
    Ok(CircuitRideConnection(Listed::of(request_context, ORDER, (), found, place, CircuitRide)))
}
