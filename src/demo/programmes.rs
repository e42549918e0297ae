//! The demo's programmes.

use super::DemoRng;
use super::agencies::AgencyKeys;
use super::places::Places;
use crate::domain::Id;
use crate::domain::place::Place;
use crate::domain::programme::{Programme, ProgrammeKind, ProgrammeStatus};
use crate::domain::programme_result::{Participants, ProgrammeResult, ResultMeasure};
use chrono::{Days, Months, NaiveDate};

/// Identifier, name, DAC sector, whether UNDP implements it, refugees and host community to be reached.
const PROGRAMMES: [(&str, &str, &str, bool, i32, i32); 6] = [
    ("XM-DAC-41121-TJK-CASH", "Cash stipends for people at risk", "16010", false, 60, 0),
    ("XM-DAC-41121-TJK-HOUSING", "Shelter and housing", "16040", true, 240, 160),
    ("XM-DAC-41121-TJK-MICRO", "Micro-credit for refugees and their neighbours", "24040", true, 300, 300),
    ("XM-DAC-41121-TJK-SCHOOL", "Schooling and school repair", "11120", true, 400, 1_200),
    ("XM-DAC-41121-TJK-BORDER", "Training of border officials in asylum law", "15190", false, 0, 120),
    ("XM-DAC-41121-TJK-RIGHTS", "Training in human rights", "15160", false, 0, 200),
];

const RESULTS: u64 = 0x72_65_73_75_6c;

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

    /// What each programme reports of those whom it reaches: in each of the last two years, refugees and their neighbours.
    pub fn results(&self, as_of: NaiveDate) -> Vec<ProgrammeResult> {
        let mut rng = DemoRng::apart(RESULTS);
        let mut results = Vec::new();
        for (programme, _) in &self.0 {
            let reaches = [
                (Participants::Refugees, programme.refugees_target, programme.refugees_reached),
                (Participants::HostCommunity, programme.host_community_target, programme.host_community_reached),
            ];
            for (participants, target, reached) in reaches {
                let Some((target, reached)) = target.zip(reached) else { continue };
                for years in 1..=2 {
                    let period_from = as_of - Months::new(12 * years);
                    results.push(ProgrammeResult {
                        id: rng.key(),
                        programme_id: programme.id,
                        indicator: "People reached".to_owned(),
                        participants,
                        measure: ResultMeasure::Unit,
                        period_from,
                        period_until: period_from + Months::new(12) - Days::new(1),
                        baseline: (years == 2).then(|| "0".to_owned()),
                        target: Some(target.to_string()),
                        reached: Some((reached / years as i32).to_string()),
                    });
                }
            }
        }
        results
    }

    /// The key of the programme with an IATI identifier.
    pub fn identified(&self, identifier: &str) -> Id<Programme> {
        let named = self.0.iter().find(|(programme, _)| programme.identifier == identifier);
        named.expect("the demo has each programme that it asks for").0.id
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
