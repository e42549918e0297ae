//! What there is at places, and how far it is to them.

use super::agency::Agency;
use super::individual::AgeBand;
use super::place::Place;
use super::specific_need::NeedCode;
use super::{Id, vocabulary};
use std::collections::{HashMap, HashSet};

/// The farthest that is recorded, in kilometres.
pub const MAX_KILOMETRES: i32 = 5_000;

vocabulary! {
    /// What there is at a place.
    PlaceServiceKind {
        /// An office or outreach of UNHCR.
        UnhcrOffice = "UNHCR_OFFICE",
        /// A school, for an age band.
        School = "SCHOOL",
        /// Medical care, for a specific need or for everybody.
        MedicalCare = "MEDICAL_CARE",
    }
}

/// What there is at a place, as an agency records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceService {
    /// Row key, random.
    pub id: Id<PlaceService>,
    /// Who records it.
    pub agency_id: Id<Agency>,
    /// Where.
    pub place_id: Id<Place>,
    /// What.
    pub kind: PlaceServiceKind,
    /// For which age band a school is.
    pub age_band: Option<AgeBand>,
    /// For which category of specific needs medical care is; none if for everybody.
    pub specific_need: Option<NeedCode>,
    /// From how far people come for it, in kilometres.
    pub reach_kilometres: i32,
}

/// How far it is between two places, either way, as an agency records it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TravelDistance {
    /// Who records it.
    pub agency_id: Id<Agency>,
    /// The place of the lesser key.
    pub place_id: Id<Place>,
    /// The other.
    pub other_id: Id<Place>,
    /// By the way that people take, in kilometres.
    pub kilometres: i32,
}

impl TravelDistance {
    /// The distance between two places, in whichever order.
    pub fn between(agency_id: Id<Agency>, (one, other): (Id<Place>, Id<Place>), kilometres: i32) -> Self {
        Self { agency_id, place_id: one.min(other), other_id: one.max(other), kilometres }
    }
}

/// Whether whoever lives at a place can use a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Yes.
    Within,
    /// No: all that there is lies too far.
    Beyond,
    /// That is not known: nothing of the kind is recorded, or not how far it is.
    Unknown,
}

impl Reach {
    /// Of whoever may be at any of several places.
    pub fn at_any(reaches: impl IntoIterator<Item = Self>) -> Self {
        let mut reaches = reaches.into_iter();
        let first = reaches.next().unwrap_or(Self::Unknown);
        if reaches.all(|reach| reach == first) { first } else { Self::Unknown }
    }
}

/// What is recorded of places.
#[derive(Debug, Default)]
pub struct Geography {
    /// The places in which each lies.
    pub ancestors: HashMap<Id<Place>, HashSet<Id<Place>>>,
    /// The distances, by the two places, the lesser key first.
    pub kilometres: HashMap<(Id<Place>, Id<Place>), i32>,
}

impl Geography {
    /// Whether a place is another, or lies in it.
    pub fn is_within(&self, place: Id<Place>, other: Id<Place>) -> bool {
        place == other || self.ancestors.get(&place).is_some_and(|above| above.contains(&other))
    }

    /// Whether one of some services can be used from a place.
    pub fn reach<'s>(&self, from: Id<Place>, services: impl IntoIterator<Item = &'s PlaceService>) -> Reach {
        let mut farthest = None;
        for service in services {
            let at = service.place_id;
            let known = match self.is_within(from, at) {
                true => Some(0),
                false => self.kilometres.get(&(from.min(at), from.max(at))).copied(),
            };
            match known {
                Some(kilometres) if kilometres <= service.reach_kilometres => return Reach::Within,
                Some(_) => farthest = farthest.or(Some(Reach::Beyond)),
                None => farthest = Some(Reach::Unknown),
            }
        }
        farthest.unwrap_or(Reach::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn school(place: i64, reach_kilometres: i32) -> PlaceService {
        PlaceService {
            id: Id::new(place),
            agency_id: Id::new(1),
            place_id: Id::new(place),
            kind: PlaceServiceKind::School,
            age_band: Some(AgeBand::Age5To11),
            specific_need: None,
            reach_kilometres,
        }
    }

    #[test]
    fn a_service_is_used_from_where_it_is_near_and_what_is_not_recorded_is_not_known() {
        let kilometres = HashMap::from([((Id::new(1), Id::new(2)), 8), ((Id::new(2), Id::new(3)), 9)]);
        let ancestors = HashMap::from([(Id::new(4), HashSet::from([Id::new(2)]))]);
        let geography = Geography { ancestors, kilometres };
        let reach = |from: i64, services: &[PlaceService]| geography.reach(Id::new(from), services);
        assert_eq!(reach(2, &[school(2, 0)]), Reach::Within);
        assert_eq!(reach(4, &[school(2, 0)]), Reach::Within, "it lies there");
        assert_eq!(reach(1, &[school(2, 8)]), Reach::Within);
        assert_eq!(reach(3, &[school(2, 8)]), Reach::Beyond, "either way");
        assert_eq!(reach(1, &[school(3, 8)]), Reach::Unknown, "nobody has said how far it is");
        assert_eq!(reach(1, &[school(2, 7), school(3, 8)]), Reach::Unknown);
        assert_eq!(reach(1, &[school(3, 8), school(2, 8)]), Reach::Within);
        assert_eq!(reach(1, &[]), Reach::Unknown);
    }

    #[test]
    fn of_several_places_it_is_known_if_they_agree() {
        use Reach::{Beyond, Unknown, Within};
        assert_eq!(Reach::at_any([Within, Within]), Within);
        assert_eq!(Reach::at_any([Beyond, Within]), Unknown);
        assert_eq!(Reach::at_any([]), Unknown);
    }
}
