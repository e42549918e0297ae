//! The demo's places: real P-codes of Tajikistan.

use super::random::DemoRng;
use crate::domain::Id;
use crate::domain::place::Place;
use rand::RngExt;

const REGIONS: [(&str, &str); 5] = [
    ("3501000", "Dushanbe"),
    ("3505000", "Sughd"),
    ("3507000", "Khatlon"),
    ("3509000", "Districts of Republican Subordination"),
    ("3590000", "Gorno-Badakhshan"),
];

/// Districts: P-code, name, region, and how many of a hundred people live there.
const DISTRICTS: [(&str, &str, &str, u32); 15] = [
    ("3501263", "Shah Mansur", "3501000", 16),
    ("3501266", "Ismail Samani", "3501000", 14),
    ("3501268", "Avicenna", "3501000", 14),
    ("3501269", "Ferdowsi", "3501000", 12),
    ("3505401", "Khujand", "3505000", 22),
    ("3505256", "B. Gafurov", "3505000", 5),
    ("3505242", "Panjakent", "3505000", 1),
    ("3505413", "Panjakent", "3505000", 2),
    ("3509058", "Rudaki", "3509000", 5),
    ("3509018", "Vahdat", "3509000", 2),
    ("3509065", "Vahdat", "3509000", 1),
    ("3509038", "Hissar", "3509000", 2),
    ("3507401", "Qurghonteppa", "3507000", 2),
    ("3507405", "Kulob", "3507000", 1),
    ("3507217", "Bokhtar", "3507000", 1),
];

/// A place where people live.
#[derive(Debug, Clone, Copy)]
pub struct District {
    /// Its key.
    pub id: Id<Place>,
    /// The region's key.
    pub region_id: Id<Place>,
    share: u32,
}

/// The demo's places.
pub struct Places {
    /// Every place with its ancestors, parents first.
    pub rows: Vec<(Place, Vec<Id<Place>>)>,
    districts: Vec<District>,
}

impl Places {
    /// Makes the places.
    pub fn new(rng: &mut DemoRng) -> Self {
        let country = "TJK".parse().expect("an ISO code");
        let mut rows: Vec<(Place, Vec<Id<Place>>)> = Vec::new();
        for (code, name) in REGIONS {
            let place =
                Place { id: rng.key(), code: code.into(), name: name.into(), level: 1, parent_id: None, country };
            rows.push((place, Vec::new()));
        }
        let mut districts = Vec::new();
        for (code, name, region, share) in DISTRICTS {
            let region_id = rows.iter().find(|(place, _)| place.code == region).expect("the region is listed").0.id;
            let id = rng.key();
            let (parent_id, level) = (Some(region_id), 2);
            rows.push((Place { id, code: code.into(), name: name.into(), level, parent_id, country }, vec![region_id]));
            districts.push(District { id, region_id, share });
        }
        Self { rows, districts }
    }

    /// A district, by how many people live there.
    pub fn any(&self, rng: &mut DemoRng) -> District {
        let mut left = rng.0.random_range(0..self.districts.iter().map(|district| district.share).sum());
        let found = self.districts.iter().find(|district| {
            let here = left < district.share;
            left = left.saturating_sub(district.share);
            here
        });
        *found.expect("the number is below the sum of shares")
    }

    /// The key of a P-code of the demo.
    pub fn key(&self, code: &str) -> Id<Place> {
        self.rows.iter().find(|(place, _)| place.code == code).expect("the place is listed").0.id
    }
}
