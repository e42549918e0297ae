//! What there is at places, and how far it is to them: reference data, each agency's own.

use super::bulk::insert;
use super::database::errors::Result;
use super::database::stored::stored;
use super::database::tables::{agencies, place_ancestors, place_services, places, travel_distances};
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::agency::Agency;
use crate::domain::individual::AgeBand;
use crate::domain::place::Place;
use crate::domain::place_service::{Geography, PlaceService, PlaceServiceKind, TravelDistance};
use crate::domain::specific_need::NeedCode;
use crate::domain::{Id, Vocabulary};
use crate::policy::Released;
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::{BTreeMap, HashMap};

stored!(PlaceService in place_services {
    id: Id<PlaceService>,
    agency_id: Id<Agency>,
    place_id: Id<Place>,
    kind: PlaceServiceKind,
    age_band: Option<AgeBand>,
    specific_need: Option<NeedCode>,
    reach_kilometres: i32,
});

stored!(TravelDistance in travel_distances {
    agency_id: Id<Agency>,
    place_id: Id<Place>,
    other_id: Id<Place>,
    kilometres: i32,
});

/// A distance, with the place to which it is.
pub type Distance = (Id<Place>, Released<TravelDistance>);

impl ReadSession {
    /// What there is at places, by kind, for whom, and who records it.
    ///
    /// # Errors
    /// If the database fails.
    pub fn services_of_places(&mut self, ids: &[Id<Place>]) -> Result<HashMap<Id<Place>, Vec<Released<PlaceService>>>> {
        use place_services as s;
        let mut rows: Vec<(PlaceService, String)> = s::table
            .inner_join(JoinOnDsl::on(agencies::table, agencies::id.eq(s::agency_id)))
            .filter(s::place_id.eq_any(ids))
            .select((PlaceService::as_select(), agencies::code))
            .load(self.connection())?;
        rows.sort_by_cached_key(|(row, agency)| (row.kind, row.age_band, row.specific_need.clone(), agency.clone()));
        let mut found: HashMap<Id<Place>, Vec<_>> = HashMap::new();
        for (row, _) in rows {
            found.entry(row.place_id).or_default().push(Released::reference(row));
        }
        Ok(found)
    }

    /// How far it is from places to others, as the viewer's agency records it, by the P-code of the other. Other agencies' distances would
    /// tell which relocations they reckon with.
    ///
    /// # Errors
    /// If the database fails.
    pub fn distances_of_places(&mut self, ids: &[Id<Place>]) -> Result<HashMap<Id<Place>, Vec<Distance>>> {
        use travel_distances as d;
        let (place, other) = diesel::alias!(places as place, places as other);
        let rows: Vec<(TravelDistance, String, String)> = d::table
            .inner_join(JoinOnDsl::on(place, place.field(places::id).eq(d::place_id)))
            .inner_join(JoinOnDsl::on(other, other.field(places::id).eq(d::other_id)))
            .filter(d::agency_id.eq(self.viewer().agency.id))
            .filter(d::place_id.eq_any(ids).or(d::other_id.eq_any(ids)))
            .select((TravelDistance::as_select(), place.field(places::code), other.field(places::code)))
            .load(self.connection())?;
        let mut by_code: BTreeMap<(Id<Place>, String), Distance> = BTreeMap::new();
        for (row, code, other_code) in rows {
            for (here, there, order) in [(row.place_id, row.other_id, other_code), (row.other_id, row.place_id, code)] {
                by_code.insert((here, order), (there, Released::reference(row.clone())));
            }
        }
        let mut found: HashMap<Id<Place>, Vec<Distance>> = HashMap::new();
        for ((here, _), distance) in by_code.into_iter().filter(|((here, _), _)| ids.contains(here)) {
            found.entry(here).or_default().push(distance);
        }
        Ok(found)
    }

    /// What an agency records of places: all services; and how far it is between places, which lie in some of interest or in those of
    /// services.
    ///
    /// # Errors
    /// If the database fails.
    pub fn geography(&mut self, agency: Id<Agency>, of: &[Id<Place>]) -> Result<(Vec<PlaceService>, Geography)> {
        let services: Vec<PlaceService> = place_services::table
            .filter(place_services::agency_id.eq(agency))
            .select(PlaceService::as_select())
            .load(self.connection())?;
        let distances: Vec<TravelDistance> = travel_distances::table
            .filter(travel_distances::agency_id.eq(agency))
            .select(TravelDistance::as_select())
            .load(self.connection())?;
        let wide: Vec<Id<Place>> = services.iter().map(|service| service.place_id).chain(of.iter().copied()).collect();
        let pairs: Vec<(Id<Place>, Id<Place>)> = place_ancestors::table
            .filter(place_ancestors::ancestor_id.eq_any(wide))
            .select((place_ancestors::place_id, place_ancestors::ancestor_id))
            .load(self.connection())?;
        let mut geography = Geography::default();
        for (place, ancestor) in pairs {
            geography.ancestors.entry(place).or_default().insert(ancestor);
        }
        geography.kilometres = distances.iter().map(|one| ((one.place_id, one.other_id), one.kilometres)).collect();
        Ok((services, geography))
    }
}

impl WriteSession {
    /// Keeps what there is at a place, instead of what the agency recorded of the same kind for the same people.
    ///
    /// # Errors
    /// If the database fails.
    pub fn record_place_service(&mut self, service: &PlaceService) -> Result<()> {
        self.remove_place_service(service)?;
        insert::place_services(self.connection(), std::slice::from_ref(service))
    }

    /// Removes what the agency recorded of a kind for some people at a place; tells whether there was such a service.
    ///
    /// # Errors
    /// If the database fails.
    pub fn remove_place_service(&mut self, service: &PlaceService) -> Result<bool> {
        use place_services as s;
        let same = s::table
            .filter(s::agency_id.eq(service.agency_id))
            .filter(s::place_id.eq(service.place_id))
            .filter(s::kind.eq(service.kind.code()))
            .select(PlaceService::as_select());
        let same: Vec<PlaceService> = same.load(self.connection())?;
        let is_same = |other: &&PlaceService| {
            (other.age_band, &other.specific_need) == (service.age_band, &service.specific_need)
        };
        let ids: Vec<Id<PlaceService>> = same.iter().filter(is_same).map(|other| other.id).collect();
        let removed = diesel::delete(s::table.filter(s::id.eq_any(ids))).execute(self.connection())?;
        Ok(removed > 0)
    }

    /// Keeps how far it is between two places, instead of what the agency recorded before.
    ///
    /// # Errors
    /// If the database fails.
    pub fn record_travel_distance(&mut self, distance: &TravelDistance) -> Result<()> {
        self.remove_travel_distance(distance)?;
        insert::travel_distances(self.connection(), std::slice::from_ref(distance))
    }

    /// Removes what the agency recorded of the distance between two places; tells whether there was such a distance.
    ///
    /// # Errors
    /// If the database fails.
    pub fn remove_travel_distance(&mut self, distance: &TravelDistance) -> Result<bool> {
        let same = travel_distances::table.find((distance.agency_id, distance.place_id, distance.other_id));
        Ok(diesel::delete(same).execute(self.connection())? > 0)
    }
}
