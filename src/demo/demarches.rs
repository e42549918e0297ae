//! The demo's demarche, which awaits its answer: UNHCR and the US embassy ask for citizenship or legal residence, and that nobody is relocated.

use super::agencies::AgencyKeys;
use super::protection::patterns;
use super::random::DemoRng;
use crate::domain::demarche::{
    Demarche, DemarcheAsk, DemarcheAskKind, DemarcheDecision, DemarcheFollowUp, DemarcheParty, DemarchePattern,
};
use crate::store::bulk::insert;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};

const SEED: u64 = 0x64_65_6d_61_72;

/// How many days before the demo's it was drafted and delivered, and the embassy asked again.
const DAYS: (u64, u64, u64) = (60, 45, 20);

/// What is asked for, and on which day from the demo's that is followed up.
const ASKS: [(DemarcheAskKind, &str, i64); 3] = [
    (DemarcheAskKind::Citizenship, "For those who have been in the country for ten years or more.", 10),
    (DemarcheAskKind::LegalResidence, "For all others who cannot return.", 10),
    (DemarcheAskKind::StopRelocation, "Nobody is moved from Dushanbe and Khujand to the countryside.", -5),
];

/// Inserts it, after the patterns on which it rests.
///
/// # Errors
/// If the database fails.
pub fn insert(connection: &mut AnyConnection, agencies: AgencyKeys, as_of: NaiveDate) -> Result<()> {
    let mut rng = DemoRng::apart(SEED);
    let demarche = Demarche {
        id: rng.key(),
        drafter_id: agencies.unhcr,
        subject: "Citizenship or legal residence for refugees who remain".to_owned(),
        addressee: "Ministry of Foreign Affairs".to_owned(),
        drafted_at: (as_of - Days::new(DAYS.0)).and_time(NaiveTime::MIN),
        withdrawn_on: None,
        delivered_on: Some(as_of - Days::new(DAYS.1)),
        response: None,
        responded_on: None,
    };
    let party = |agency_id, decision| DemarcheParty { demarche_id: demarche.id, agency_id, decision };
    let parties = [
        party(agencies.unhcr, DemarcheDecision::Joined),
        party(agencies.embassy_us, DemarcheDecision::Joined),
        party(agencies.embassy_ca, DemarcheDecision::Declined),
    ];
    let asks = ASKS.map(|(kind, detail, follow_up)| DemarcheAsk {
        id: rng.key(),
        demarche_id: demarche.id,
        kind,
        detail: Some(detail.to_owned()),
        follow_up_on: as_of + TimeDelta::days(follow_up),
        answer: None,
        answered_on: None,
    });
    let follow_up = DemarcheFollowUp {
        id: rng.key(),
        demarche_id: demarche.id,
        ask_id: asks[0].id,
        agency_id: agencies.embassy_us,
        followed_up_on: as_of - Days::new(DAYS.2),
        note: "Raised by the ambassador; an answer is promised".to_owned(),
    };
    let [bribes, _] = patterns(agencies, as_of);
    let cited = DemarchePattern {
        demarche_id: demarche.id,
        pattern_id: bribes.id,
        citer_id: agencies.unhcr,
        name: bribes.name,
        kind: bribes.kind,
        actor: bribes.actor,
    };
    insert::demarches(connection, std::slice::from_ref(&demarche))?;
    insert::demarche_parties(connection, &parties)?;
    insert::demarche_asks(connection, &asks)?;
    insert::demarche_follow_ups(connection, &[follow_up])?;
    insert::demarche_patterns(connection, &[cited])
}
