//! The demo's agencies, clients and agreements.

use super::random::DemoRng;
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::agreement::{Agreement, AgreementStatus, PlaceScope, Scope, SolutionScope};
use crate::domain::category::DataCategory::{self, *};
use crate::domain::client::{Client, Role};
use crate::domain::grants::Level;
use crate::domain::programme::ProgrammeKind;
use crate::domain::purpose::Purpose;
use crate::domain::solution::{SolutionKind, SolutionStage};
use crate::policy::api_key;
use crate::policy::seal::Secret;
use crate::store::bulk::insert::NewClient;
use chrono::{Months, NaiveDate};
use serde::Serialize;

/// The demo's agencies: code, name, country, and the purposes of its client, the default first.
pub const AGENCIES: [(&str, &str, Option<&str>, &[Purpose]); 4] = [
    ("unhcr", "United Nations High Commissioner for Refugees", None, &[Purpose::CaseManagement]),
    ("undp", "United Nations Development Programme", None, &[Purpose::ProgrammeDelivery, Purpose::Statistics]),
    (
        "embassy-us",
        "Embassy of the United States of America",
        Some("USA"),
        &[Purpose::Resettlement, Purpose::ProtectionAdvocacy],
    ),
    ("embassy-ca", "Embassy of Canada", Some("CAN"), &[Purpose::Resettlement]),
];

/// The keys of the demo's agencies.
#[derive(Debug, Clone, Copy)]
pub struct AgencyKeys {
    /// UNHCR, which holds the caseload.
    pub unhcr: Id<Agency>,
    /// UNDP.
    pub undp: Id<Agency>,
    /// The embassy of the United States.
    pub embassy_us: Id<Agency>,
    /// The embassy of Canada.
    pub embassy_ca: Id<Agency>,
}

impl AgencyKeys {
    /// Draws the keys.
    pub fn new(rng: &mut DemoRng) -> Self {
        Self { unhcr: rng.key(), undp: rng.key(), embassy_us: rng.key(), embassy_ca: rng.key() }
    }

    fn in_order(self) -> [Id<Agency>; 4] {
        [self.unhcr, self.undp, self.embassy_us, self.embassy_ca]
    }
}

/// The agencies.
pub fn agencies(keys: AgencyKeys) -> Vec<Agency> {
    let agency = |(id, (code, name, country, _)): (Id<Agency>, (&str, &str, Option<&str>, _))| Agency {
        id,
        code: code.to_owned(),
        name: name.to_owned(),
        country: country.map(|code| code.parse().expect("an ISO code")),
    };
    keys.in_order().into_iter().zip(AGENCIES).map(agency).collect()
}

/// The API keys of the demo's clients, by agency.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Keys {
    pub(super) unhcr: String,
    undp: String,
    embassy_us: String,
    embassy_ca: String,
}

impl Keys {
    /// The keys that derive from a deployment's secret.
    pub fn new(secret: &Secret) -> Self {
        let key = |agency| api_key::format(&secret.derive::<32>(&["demo client", agency]));
        Self { unhcr: key("unhcr"), undp: key("undp"), embassy_us: key("embassy-us"), embassy_ca: key("embassy-ca") }
    }

    /// Each agency's code with its key.
    pub fn by_agency(&self) -> Vec<(&'static str, &str)> {
        AGENCIES.iter().map(|agency| agency.0).zip(self.in_order()).collect()
    }

    fn in_order(&self) -> [&str; 4] {
        [&self.unhcr, &self.undp, &self.embassy_us, &self.embassy_ca]
    }
}

/// The clients, one for each agency.
pub fn clients(keys: AgencyKeys, secrets: &Keys, rng: &mut DemoRng) -> Vec<NewClient> {
    let each = keys.in_order().into_iter().zip(AGENCIES).zip(secrets.in_order());
    each.map(|((agency_id, (code, _, _, purposes)), key)| NewClient {
        client: Client { id: rng.key(), name: format!("{code} data office"), role: Role::DataOfficer },
        agency_id,
        key_hash: api_key::hash(key),
        purposes: purposes.to_vec(),
    })
    .collect()
}

/// The six agreements under which UNHCR shares.
pub fn agreements(keys: AgencyKeys, as_of: NaiveDate, rng: &mut DemoRng) -> Vec<Agreement> {
    let programmes = vec![ProgrammeKind::MicroCredit, ProgrammeKind::Housing, ProgrammeKind::School];
    let resettlement = |destination: &str, stage| {
        Some(vec![SolutionScope {
            kind: SolutionKind::Resettlement,
            least_stage: Some(stage),
            destination: Some(destination.parse().expect("an ISO code")),
        }])
    };
    let regions = ["3501000", "3505000"].map(|code| PlaceScope { code: code.to_owned(), level: 1 });
    let us_cases = Scope { solutions: resettlement("USA", SolutionStage::Submitted), ..Scope::default() };
    let us_pool = Scope {
        solutions: resettlement("USA", SolutionStage::Identified),
        places: Some(regions.to_vec()),
        ..Scope::default()
    };
    let ca_cases = Scope { solutions: resettlement("CAN", SolutionStage::Submitted), ..Scope::default() };
    let delivery = Scope { programmes: Some(programmes), ..Scope::default() };
    let all = Scope::default();
    // At most eight figures of a release hold one person: nobody in the demo is in more than two programmes.
    let undp_tables =
        ["NATIONALITY*SEX*AGE_BAND", "REGION*LEGAL_STATUS", "SPECIFIC_NEED*SEX", "REGION*PROGRAMME:2", "ARRIVAL_YEAR"];
    let us_tables = ["LEGAL_STATUS*REGION", "INCIDENT_KIND*REGION"];
    type Terms<'a> = (Id<Agency>, Purpose, Level, Scope, &'a [DataCategory], bool);
    let terms: [Terms<'_>; 6] = [
        (
            keys.undp,
            Purpose::ProgrammeDelivery,
            Level::Identified,
            delivery,
            &[Demographics, Identity, Contact, Location, Assistance],
            true,
        ),
        (
            keys.undp,
            Purpose::Statistics,
            Level::Statistics,
            all.clone(),
            &[Demographics, LegalStatus, SpecificNeeds, Assistance],
            false,
        ),
        (
            keys.embassy_us,
            Purpose::Resettlement,
            Level::Identified,
            us_cases,
            &[Demographics, Identity, LegalStatus, SpecificNeeds, Family, Solutions],
            true,
        ),
        (
            keys.embassy_us,
            Purpose::Resettlement,
            Level::Pseudonymised,
            us_pool,
            &[Demographics, Identity, LegalStatus, Solutions],
            false,
        ),
        (
            keys.embassy_us,
            Purpose::ProtectionAdvocacy,
            Level::Statistics,
            all,
            &[Demographics, LegalStatus, Protection],
            false,
        ),
        (
            keys.embassy_ca,
            Purpose::Resettlement,
            Level::Identified,
            ca_cases,
            &[Demographics, Identity, Family, Solutions],
            true,
        ),
    ];
    let agreement =
        |(number, (recipient_id, purpose, level, scope, categories, consent_required)): (usize, Terms<'_>)| {
            let tables: &[&str] = match purpose {
                Purpose::Statistics => &undp_tables,
                Purpose::ProtectionAdvocacy => &us_tables,
                _ => &[],
            };
            let statistics_tables = tables.iter().map(|table| table.parse().expect("a table")).collect::<Vec<_>>();
            Agreement {
                id: rng.key(),
                reference: format!("DSA-2003-{:02}", number + 1),
                provider_id: keys.unhcr,
                recipient_id,
                purpose,
                level,
                categories: categories.iter().copied().collect(),
                scope,
                consent_required,
                minimum_cell_size: 5,
                valid_from: as_of - Months::new(5 * 12),
                valid_until: as_of + Months::new(10 * 12),
                status: AgreementStatus::InForce,
                replaces_id: None,
                proposed_by_id: None,
                in_force_since: Some((as_of - Months::new(5 * 12)).and_time(chrono::NaiveTime::MIN)),
                emergency: false,
                retention_months: None,
                revoked_at: None,
                release_months: (!statistics_tables.is_empty()).then_some(3),
                statistics_tables,
            }
        };
    terms.into_iter().enumerate().map(agreement).collect()
}
