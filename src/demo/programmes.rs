//! The demo's programmes.

use super::DemoRng;
use super::agencies::AgencyKeys;
use super::places::Places;
use crate::domain::Id;
use crate::domain::place::Place;
use crate::domain::programme::{Programme, ProgrammeKind, ProgrammeStatus};
use chrono::{Months, NaiveDate};

/// Identifier, name, DAC sector, whether UNDP implements it, refugees and host community to be reached.
const PROGRAMMES: [(&str, &str, &str, bool, i32, i32); 6] = [
    ("XM-DAC-41121-TJK-CASH", "Cash stipends for people at risk", "16010", false, 60, 0),
    ("XM-DAC-41121-TJK-HOUSING", "Shelter and housing", "16040", true, 240, 160),
    ("XM-DAC-41121-TJK-MICRO", "Micro-credit for refugees and their neighbours", "24040", true, 300, 300),
    ("XM-DAC-41121-TJK-SCHOOL", "Schooling and school repair", "11120", true, 400, 1_200),
    ("XM-DAC-41121-TJK-BORDER", "Training of border officials in asylum law", "15190", false, 0, 120),
    ("XM-DAC-41121-TJK-RIGHTS", "Training in human rights", "15160", false, 0, 200),
];

/// The demo's programmes, with their places.
pub struct Programmes(pub Vec<(Programme, Vec<Id<Place>>)>);

impl Programmes {
    /// Makes the programmes.
    pub fn new(keys: AgencyKeys, places: &Places, as_of: NaiveDate, rng: &mut DemoRng) -> Self {
        let everywhere = [places.key("3501000"), places.key("3505401"), places.key("3509058")];
        let programme = |(identifier, name, sector, undp, refugees, hosts): (&str, &str, &str, bool, i32, i32)| {
            let row = Programme {
                id: rng.key(),
                identifier: identifier.to_owned(),
                name: name.to_owned(),
                kind: ProgrammeKind::of_sector(sector),
                lead_id: keys.unhcr,
                implementer_id: Some(if undp { keys.undp } else { keys.unhcr }),
                status: ProgrammeStatus::Implementation,
                sector: Some(sector.to_owned()),
                starts_on: Some(as_of - Months::new(36)),
                ends_on: Some(as_of + Months::new(24)),
                refugees_target: (refugees > 0).then_some(refugees),
                refugees_reached: (refugees > 0).then_some(refugees * 3 / 4),
                host_community_target: (hosts > 0).then_some(hosts),
                host_community_reached: (hosts > 0).then_some(hosts / 2),
                next_lead_id: None,
                next_lead_from: None,
            };
            (row, everywhere.to_vec())
        };
        Self(PROGRAMMES.into_iter().map(programme).collect())
    }

    /// The key of the one programme of a kind.
    pub fn key(&self, kind: ProgrammeKind) -> Id<Programme> {
        self.0
            .iter()
            .find(|(programme, _)| programme.kind == kind)
            .expect("the demo has each kind that it asks for")
            .0
            .id
    }
}
