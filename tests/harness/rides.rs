//! Circuit rides, and who is nominated for them and interviewed.

use chrono::NaiveDate;
use panoh::domain::Id;
use panoh::domain::agency::Agency;
use panoh::domain::circuit_ride::{CircuitRide, CircuitRideCity, CircuitRideStatus};
use panoh::domain::individual::Individual;
use panoh::domain::interview::Interview;
use panoh::domain::nomination::{InterviewOutcome, Nomination};
use panoh::domain::place::Place;
use panoh::store::bulk::insert;
use panoh::store::database::connection::AnyConnection;
use panoh::store::database::errors::Result;

/// A circuit ride of an embassy, which a holder has been asked for.
pub fn ride(
    id: i64,
    [requester_id, holder_id]: [Id<Agency>; 2],
    country: &str,
    [opens_on, closes_on]: [NaiveDate; 2],
) -> CircuitRide {
    CircuitRide {
        id: Id::new(id),
        requester_id,
        holder_id,
        country: country.parse().unwrap(),
        opens_on,
        closes_on,
        capacity: 40,
        interviewers: 3,
        status: CircuitRideStatus::Requested,
        requested_at: opens_on.into(),
    }
}

/// Inserts a circuit ride to one city.
pub fn insert_ride(connection: &mut AnyConnection, ride: &CircuitRide, city: Id<Place>) -> Result<()> {
    insert::circuit_rides(connection, std::slice::from_ref(ride))?;
    insert::circuit_ride_cities(connection, &[CircuitRideCity { circuit_ride_id: ride.id, place_id: city }])
}

pub struct Interviewed {
    pub interview: Interview,
    pub nomination: Nomination,
}

impl Interviewed {
    /// On days: somebody is nominated, interviewed in a city, and the outcome decided. A number keys the rows and is the name of the room.
    pub fn of(
        individual_id: Id<Individual>,
        (ride, city): (Id<CircuitRide>, Id<Place>),
        number: i64,
        [nominated_on, interviewed_on, outcome_on]: [NaiveDate; 3],
    ) -> Self {
        let starts_at = interviewed_on.and_hms_opt(8, 0, 0).unwrap();
        let interview = Interview {
            id: Id::new(number),
            circuit_ride_id: ride,
            place_id: city,
            starts_at,
            ends_at: starts_at + chrono::TimeDelta::hours(1),
            interviewer: 3,
            room: format!("canary-room-{number}"),
            interpreter_language: Some("prs".parse().unwrap()),
        };
        let nomination = Nomination {
            id: Id::new(number),
            individual_id,
            circuit_ride_id: ride,
            nominated_on,
            withdrawn_on: None,
            interview_id: Some(interview.id),
            outcome: Some(InterviewOutcome::Interviewed),
            outcome_on: Some(outcome_on),
        };
        Self { interview, nomination }
    }

    pub fn insert(&self, connection: &mut AnyConnection) -> Result<()> {
        insert::interviews(connection, std::slice::from_ref(&self.interview))?;
        insert::nominations(connection, std::slice::from_ref(&self.nomination))
    }
}
