//! Circuit rides: a resettlement country's officers come to interview, city by city.

use super::agency::Agency;
use super::country::CountryCode;
use super::place::Place;
use super::{Id, Noun, vocabulary};
use chrono::{NaiveDate, NaiveDateTime};

/// The most cities of a circuit ride.
pub const MAX_CITIES: usize = 20;

/// The most people whom it interviews.
pub const MAX_CAPACITY: i32 = 5_000;

/// The most officers who interview at once.
pub const MAX_INTERVIEWERS: i32 = 50;

/// How many days it lasts at most.
pub const MAX_DAYS: i64 = 184;

/// How many months ahead it begins at most.
pub const MAX_MONTHS_AHEAD: u32 = 24;

vocabulary! {
    /// Where a circuit ride stands.
    CircuitRideStatus {
        /// An embassy asks for it; the holder nominates whom it is to interview.
        Requested = "REQUESTED",
        /// The holder nominates nobody for it.
        Declined = "DECLINED",
        /// It is over, or was called off.
        Closed = "CLOSED",
    }
}

/// A circuit ride: who is nominated for it is seen under agreements whose scope names circuit rides to its country, until it closes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CircuitRide {
    /// Row key.
    pub id: Id<CircuitRide>,
    /// The agency whose officers interview.
    pub requester_id: Id<Agency>,
    /// The agency that nominates people whom it holds.
    pub holder_id: Id<Agency>,
    /// To where it resettles: the requester's country.
    pub country: CountryCode,
    /// First day of interviews.
    pub opens_on: NaiveDate,
    /// Last day.
    pub closes_on: NaiveDate,
    /// How many people are interviewed at most.
    pub capacity: i32,
    /// How many officers interview at once.
    pub interviewers: i32,
    /// Where it stands, unless its last day has passed.
    pub status: CircuitRideStatus,
    /// When it was requested, in UTC.
    pub requested_at: NaiveDateTime,
}

impl Noun for CircuitRide {
    const NAME: &'static str = "CircuitRide";
}

impl CircuitRide {
    /// Where it stands on a day: after its last day it is closed.
    pub fn status_on(&self, day: NaiveDate) -> CircuitRideStatus {
        match self.status {
            CircuitRideStatus::Requested if self.closes_on < day => CircuitRideStatus::Closed,
            status => status,
        }
    }
}

/// A city in which a circuit ride interviews.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CircuitRideCity {
    /// The circuit ride.
    pub circuit_ride_id: Id<CircuitRide>,
    /// The city.
    pub place_id: Id<Place>,
}
