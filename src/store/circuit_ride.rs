//! Circuit rides that an agency requests, or for which it nominates.

use super::bulk::insert;
use super::database::connection::Backend;
use super::database::errors::{Result, changed_one};
use super::database::page::{Page, Position, Slice, Window, by_moment, page};
use super::database::stored::stored;
use super::database::tables::{circuit_ride_cities, circuit_rides, places};
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::agency::Agency;
use crate::domain::circuit_ride::{CircuitRide, CircuitRideCity, CircuitRideStatus};
use crate::domain::country::CountryCode;
use crate::domain::place::Place;
use crate::domain::{Id, Vocabulary};
use crate::policy::Released;
use chrono::{NaiveDate, NaiveDateTime};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::HashMap;

stored!(CircuitRide in circuit_rides {
    id: Id<CircuitRide>,
    requester_id: Id<Agency>,
    holder_id: Id<Agency>,
    country: CountryCode,
    opens_on: NaiveDate,
    closes_on: NaiveDate,
    capacity: i32,
    interviewers: i32,
    status: CircuitRideStatus,
    requested_at: NaiveDateTime,
});

stored!(CircuitRideCity in circuit_ride_cities {
    circuit_ride_id: Id<CircuitRide>,
    place_id: Id<Place>,
});

/// The circuit rides to which an agency is a party, as a condition on `circuit_rides`.
macro_rules! visible_rides {
    ($agency:expr) => {
        $crate::store::database::tables::circuit_rides::requester_id
            .eq($agency)
            .or($crate::store::database::tables::circuit_rides::holder_id.eq($agency))
    };
}
pub(super) use visible_rides;

/// The place of a circuit ride: newest first.
pub fn position(ride: &CircuitRide) -> Position {
    Position::of_moment(ride.requested_at, ride.id)
}

impl ReadSession {
    /// A page of the circuit rides to which the viewer's agency is a party, newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub fn circuit_rides_page(&mut self, window: &Window) -> Result<Page<Released<CircuitRide>>> {
        page(window, |ride: &Released<CircuitRide>| position(ride), |slice| self.circuit_rides_slice(slice))
    }

    /// How many there are.
    ///
    /// # Errors
    /// If the database fails.
    pub fn circuit_rides_count(&mut self, (): &()) -> Result<i64> {
        let query = self.circuit_rides_query();
        Ok(query.count().get_result(self.connection())?)
    }

    /// Circuit rides by key, of those to which the viewer's agency is a party.
    ///
    /// # Errors
    /// If the database fails.
    pub fn circuit_rides(
        &mut self,
        ids: &[Id<CircuitRide>],
    ) -> Result<HashMap<Id<CircuitRide>, Released<CircuitRide>>> {
        let query = self.circuit_rides_query().filter(circuit_rides::id.eq_any(ids.to_vec()));
        let rows: Vec<CircuitRide> = query.select(CircuitRide::as_select()).load(self.connection())?;
        Ok(rows.into_iter().map(|ride| (ride.id, Released::reference(ride))).collect())
    }

    /// The cities of circuit rides to which the viewer's agency is a party, by P-code.
    ///
    /// # Errors
    /// If the database fails.
    pub fn cities_of_circuit_rides(
        &mut self,
        ids: &[Id<CircuitRide>],
    ) -> Result<HashMap<Id<CircuitRide>, Vec<Released<Place>>>> {
        let own = self.circuit_rides_query().select(circuit_rides::id);
        let own: Vec<Id<CircuitRide>> = own.filter(circuit_rides::id.eq_any(ids.to_vec())).load(self.connection())?;
        let rows: Vec<(Id<CircuitRide>, Place)> = circuit_ride_cities::table
            .inner_join(places::table)
            .filter(circuit_ride_cities::circuit_ride_id.eq_any(own))
            .order(places::code)
            .select((circuit_ride_cities::circuit_ride_id, Place::as_select()))
            .load(self.connection())?;
        let mut found: HashMap<Id<CircuitRide>, Vec<Released<Place>>> = HashMap::new();
        for (ride, place) in rows {
            found.entry(ride).or_default().push(Released::reference(place));
        }
        Ok(found)
    }

    fn circuit_rides_query(&self) -> circuit_rides::BoxedQuery<'static, Backend> {
        circuit_rides::table.filter(visible_rides!(self.viewer().agency.id)).into_boxed()
    }

    fn circuit_rides_slice(&mut self, slice: &Slice) -> Result<Vec<Released<CircuitRide>>> {
        let query = by_moment!(self.circuit_rides_query(), circuit_rides::requested_at, circuit_rides::id, slice);
        let rows: Vec<CircuitRide> = query.select(CircuitRide::as_select()).load(self.connection())?;
        Ok(rows.into_iter().map(Released::reference).collect())
    }
}

impl WriteSession {
    /// Requests a circuit ride to cities.
    ///
    /// # Errors
    /// If the database fails.
    pub fn request_circuit_ride(&mut self, ride: &CircuitRide, cities: &[Id<Place>]) -> Result<()> {
        insert::circuit_rides(self.connection(), std::slice::from_ref(ride))?;
        let city = |place_id: &Id<Place>| CircuitRideCity { circuit_ride_id: ride.id, place_id: *place_id };
        insert::circuit_ride_cities(self.connection(), &cities.iter().map(city).collect::<Vec<_>>())
    }

    /// Ends a circuit ride, or reopens it: whoever is nominated is no longer seen by that, or is again.
    ///
    /// # Errors
    /// If the database fails.
    pub fn set_ride_status(&mut self, ride: Id<CircuitRide>, status: CircuitRideStatus) -> Result<()> {
        self.change_access();
        let status = circuit_rides::status.eq(status.code());
        changed_one(diesel::update(circuit_rides::table.find(ride)).set(status).execute(self.connection())?)?;
        Ok(())
    }
}
