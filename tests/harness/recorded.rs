//! The world that a database holds, read past every policy: what the oracle is asked about after changes through HTTP.

use super::Database;
use super::incidents::Suffered;
use super::rides::Interviewed;
use super::world::World;
use chrono::NaiveDate;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use panoh::domain::Id;
use panoh::domain::agency::Agency;
use panoh::domain::case::Case;
use panoh::domain::circuit_ride::CircuitRide;
use panoh::domain::consent::Consent;
use panoh::domain::emergency_access::EmergencyAccess;
use panoh::domain::enrolment::Enrolment;
use panoh::domain::individual::Individual;
use panoh::domain::nomination::Nomination;
use panoh::domain::place::Place;
use panoh::domain::programme::Programme;
use panoh::domain::solution::Solution;
use panoh::domain::specific_need::SpecificNeed;
use panoh::store::agreement::rows::all_agreements;
use panoh::store::database::tables::*;

impl World {
    /// What a database holds, as of a day; without what no agreement's scope depends on.
    pub fn recorded(database: &Database, today: NaiveDate) -> Self {
        let connection = &mut database.address.connect(false).unwrap();
        macro_rules! all {
            ($record:ident in $table:ident) => {
                $table::table.select($record::as_select()).load::<$record>(connection).unwrap()
            };
        }
        let ancestors: Vec<(Id<Place>, Id<Place>)> = place_ancestors::table
            .filter(place_ancestors::place_id.ne(place_ancestors::ancestor_id))
            .select((place_ancestors::place_id, place_ancestors::ancestor_id))
            .load(connection)
            .unwrap();
        let above = |place: &Place| {
            let own = ancestors.iter().filter(|(below, _)| *below == place.id);
            own.map(|(_, ancestor)| *ancestor).collect()
        };
        let nominated = |nomination: Nomination| {
            let city = Id::new(0);
            let any = Interviewed::of(nomination.individual_id, (nomination.circuit_ride_id, city), 0, [today; 3]);
            Interviewed { nomination, ..any }
        };
        Self {
            today,
            agencies: all!(Agency in agencies),
            agreements: all_agreements(connection).unwrap(),
            openings: all!(EmergencyAccess in emergency_accesses),
            places: all!(Place in places).into_iter().map(|place| (place.clone(), above(&place))).collect(),
            programmes: all!(Programme in programmes),
            cases: all!(Case in cases),
            people: all!(Individual in individuals),
            needs: all!(SpecificNeed in specific_needs),
            solutions: all!(Solution in solutions),
            rides: all!(CircuitRide in circuit_rides),
            nominated: all!(Nomination in nominations).into_iter().map(nominated).collect(),
            enrolments: all!(Enrolment in enrolments),
            suffered: Vec::<Suffered>::new(),
            payments: Vec::new(),
            services: Vec::new(),
            consents: all!(Consent in consents).into_iter().map(|consent| (consent, false)).collect(),
        }
    }
}
