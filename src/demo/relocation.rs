//! The demo's relocation plan: the State Migration Service means to move refugees from Dushanbe and Khujand to the countryside, away from UNHCR,
//! schools and medical care.

use super::agencies::AgencyKeys;
use super::places::Places;
use super::random::DemoRng;
use crate::domain::agreement::Agreement;
use crate::domain::incident::IncidentActor;
use crate::domain::individual::AgeBand;
use crate::domain::place_service::{PlaceService, PlaceServiceKind, TravelDistance};
use crate::domain::purpose::Purpose;
use crate::domain::relocation_plan::{RelocationPlan, RelocationPlanPlace, RelocationPlanShare, RelocationSide};
use crate::store::bulk::insert;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use chrono::{Days, NaiveDate, NaiveTime};

const SEED: u64 = 0x72_65_6c_6f_63;

/// How many days before the demo's it was announced, and shared; and how many after it it takes effect.
const DAYS: (u64, u64, u64) = (30, 25, 60);

const DUSHANBE: &str = "3501000";
const KHUJAND: &str = "3505401";
const FROM: [&str; 2] = [DUSHANBE, KHUJAND];
const TO: [&str; 2] = ["3507217", "3505242"];

type Service = (&'static str, PlaceServiceKind, Option<AgeBand>, Option<&'static str>, i32);

/// What there is, where, for whom, and from how far people come for it.
const SERVICES: [Service; 10] = [
    (DUSHANBE, PlaceServiceKind::UnhcrOffice, None, None, 30),
    (KHUJAND, PlaceServiceKind::UnhcrOffice, None, None, 30),
    (DUSHANBE, PlaceServiceKind::School, Some(AgeBand::Age5To11), None, 5),
    (DUSHANBE, PlaceServiceKind::School, Some(AgeBand::Age12To17), None, 10),
    (KHUJAND, PlaceServiceKind::School, Some(AgeBand::Age5To11), None, 5),
    (KHUJAND, PlaceServiceKind::School, Some(AgeBand::Age12To17), None, 10),
    ("3505242", PlaceServiceKind::School, Some(AgeBand::Age5To11), None, 5),
    ("3507217", PlaceServiceKind::School, Some(AgeBand::Age5To11), None, 5),
    (DUSHANBE, PlaceServiceKind::MedicalCare, None, None, 15),
    (KHUJAND, PlaceServiceKind::MedicalCare, None, Some("SM"), 40),
];

/// How far it is, in kilometres.
const DISTANCES: [(&str, &str, i32); 5] = [
    (DUSHANBE, "3507217", 110),
    (DUSHANBE, "3505242", 235),
    (DUSHANBE, KHUJAND, 300),
    (KHUJAND, "3507217", 410),
    (KHUJAND, "3505242", 150),
];

/// Inserts it, with what UNHCR records of places, and shares it under the agreement for advocacy.
///
/// # Errors
/// If the database fails.
pub fn insert(
    connection: &mut AnyConnection,
    agencies: AgencyKeys,
    agreements: &[Agreement],
    places: &Places,
    as_of: NaiveDate,
) -> Result<()> {
    let mut rng = DemoRng::apart(SEED);
    let agency_id = agencies.unhcr;
    let services = SERVICES.map(|(code, kind, age_band, need, reach_kilometres)| PlaceService {
        id: rng.key(),
        agency_id,
        place_id: places.key(code),
        kind,
        age_band,
        specific_need: need.map(|need| need.parse().expect("a need")),
        reach_kilometres,
    });
    let distances = DISTANCES.map(|(one, other, kilometres)| {
        TravelDistance::between(agency_id, (places.key(one), places.key(other)), kilometres)
    });
    let announced_on = as_of - Days::new(DAYS.0);
    let plan = RelocationPlan {
        id: rng.key(),
        holder_id: agency_id,
        announced_by: IncidentActor::StateMigrationService,
        announced_on,
        effective_on: Some(as_of + Days::new(DAYS.2)),
        recorded_at: announced_on.and_time(NaiveTime::MIN),
        outcome: None,
        closed_on: None,
    };
    let sides = [(FROM, RelocationSide::From), (TO, RelocationSide::To)];
    let at = sides.iter().flat_map(|(codes, side)| codes.iter().map(|code| (*code, *side)));
    let at: Vec<RelocationPlanPlace> = at
        .map(|(code, side)| RelocationPlanPlace { relocation_plan_id: plan.id, place_id: places.key(code), side })
        .collect();
    let advocacy = agreements.iter().filter(|agreement| {
        agreement.purpose == Purpose::ProtectionAdvocacy && !agreement.statistics_tables.is_empty()
    });
    let shares: Vec<RelocationPlanShare> = advocacy
        .map(|agreement| RelocationPlanShare {
            relocation_plan_id: plan.id,
            agreement_id: agreement.id,
            shared_on: as_of - Days::new(DAYS.1),
        })
        .collect();
    insert::place_services(connection, &services)?;
    insert::travel_distances(connection, &distances)?;
    insert::relocation_plans(connection, std::slice::from_ref(&plan))?;
    insert::relocation_plan_places(connection, &at)?;
    insert::relocation_plan_shares(connection, &shares)
}
