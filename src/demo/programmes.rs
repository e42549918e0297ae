//! The demo's programmes.

use super::agencies::AgencyKeys;
use super::places::Places;
use super::random::DemoRng;
use crate::domain::Id;
use crate::domain::iati_report::{
    BudgetKind, BudgetStatus, IatiReport, OrganisationRole, ProgrammeBudget, ProgrammeLocation, ProgrammeOrganisation,
    ProgrammeTransaction, TransactionKind,
};
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
const REPORTS: u64 = 0x72_65_70_6f_72;

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

    /// What each programme's report says beside that.
    pub fn reports(&self, as_of: NaiveDate) -> Vec<IatiReport> {
        let mut rng = DemoRng::apart(REPORTS);
        let report = |(programme, _): &(Programme, Vec<Id<Place>>)| self::report(programme.id, as_of, &mut rng);
        self.0.iter().map(report).collect()
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

/// A report of last year's money and of who takes part.
fn report(programme_id: Id<Programme>, as_of: NaiveDate, rng: &mut DemoRng) -> IatiReport {
    let period_from = as_of - Months::new(12);
    let budget = |kind, status, amount: &str, rng: &mut DemoRng| ProgrammeBudget {
        id: rng.key(),
        programme_id,
        kind,
        status,
        period_from,
        period_until: as_of - Days::new(1),
        amount: amount.to_owned(),
        currency: "USD".to_owned(),
    };
    let transaction = |kind, months, amount: &str, donor: bool, rng: &mut DemoRng| ProgrammeTransaction {
        id: rng.key(),
        programme_id,
        kind,
        made_on: as_of - Months::new(months),
        amount: amount.to_owned(),
        currency: "USD".to_owned(),
        provider: donor.then(|| "Private donors".to_owned()),
        receiver: (!donor).then(|| "A builder".to_owned()),
    };
    let organisation = |role, name: &str, reference: Option<&str>, rng: &mut DemoRng| ProgrammeOrganisation {
        id: rng.key(),
        programme_id,
        role,
        name: name.to_owned(),
        reference: reference.map(str::to_owned),
    };
    let unhcr = "United Nations High Commissioner for Refugees (UNHCR)";
    IatiReport {
        budgets: vec![
            budget(BudgetKind::Original, BudgetStatus::Indicative, "120000", rng),
            budget(BudgetKind::Revised, BudgetStatus::Committed, "100000", rng),
        ],
        transactions: vec![
            transaction(TransactionKind::IncomingFunds, 11, "100000", true, rng),
            transaction(TransactionKind::Expenditure, 6, "62500.5", false, rng),
        ],
        organisations: vec![
            organisation(OrganisationRole::Funding, "Private donors", None, rng),
            organisation(OrganisationRole::Accountable, unhcr, Some("XM-DAC-41121"), rng),
        ],
        locations: vec![ProgrammeLocation {
            id: rng.key(),
            programme_id,
            name: "UNHCR Country Office".to_owned(),
            reference: None,
            latitude: Some("38.57".to_owned()),
            longitude: Some("68.779".to_owned()),
        }],
    }
}
