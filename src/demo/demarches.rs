//! The demo's two demarches, which await answers: UNHCR and the US embassy ask for citizenship or legal residence, and that nobody is
//! relocated; UNDP asks with UNHCR and the Canadian embassy for work permits.

use super::agencies::AgencyKeys;
use super::protection::patterns;
use super::random::DemoRng;
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::demarche::{
    Demarche, DemarcheAnswer, DemarcheAsk, DemarcheAskKind, DemarcheDecision, DemarcheFollowUp, DemarcheParty,
    DemarchePattern,
};
use crate::store::bulk::insert;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};

const SEED: u64 = 0x64_65_6d_61_72;

/// Something that is asked for.
struct Ask {
    kind: DemarcheAskKind,
    detail: &'static str,
    /// On which day from the demo's it is followed up.
    follow_up: i64,
    /// The answer, and how many days before the demo's day it came.
    answer: Option<(DemarcheAnswer, u64)>,
}

/// A demarche that was delivered. Days count back from the demo's.
struct Delivered {
    subject: &'static str,
    addressee: &'static str,
    drafted: u64,
    delivered: u64,
    /// Its parties; the first drafts it.
    parties: Vec<(Id<Agency>, DemarcheDecision)>,
    asks: Vec<Ask>,
    /// How the first ask was followed up: by which agency, when, and what came of it.
    follow_up: (Id<Agency>, u64, &'static str),
}

/// Inserts them, after the patterns on which they rest.
///
/// # Errors
/// If the database fails.
pub fn insert(connection: &mut AnyConnection, agencies: AgencyKeys, as_of: NaiveDate) -> Result<()> {
    let mut rng = DemoRng::apart(SEED);
    let demarche_id = residence(agencies).insert(connection, &mut rng, as_of)?;
    let [bribes, _] = patterns(agencies, as_of);
    let cited = DemarchePattern {
        demarche_id,
        pattern_id: bribes.id,
        citer_id: agencies.unhcr,
        name: bribes.name,
        kind: bribes.kind,
        actor: bribes.actor,
    };
    insert::demarche_patterns(connection, &[cited])?;
    permits(agencies).insert(connection, &mut rng, as_of)?;
    Ok(())
}

fn residence(agencies: AgencyKeys) -> Delivered {
    let ask = |kind, detail, follow_up| Ask { kind, detail, follow_up, answer: None };
    Delivered {
        subject: "Citizenship or legal residence for refugees who remain",
        addressee: "Ministry of Foreign Affairs",
        drafted: 60,
        delivered: 45,
        parties: vec![
            (agencies.unhcr, DemarcheDecision::Joined),
            (agencies.embassy_us, DemarcheDecision::Joined),
            (agencies.embassy_ca, DemarcheDecision::Declined),
        ],
        asks: vec![
            ask(DemarcheAskKind::Citizenship, "For those who have been in the country for ten years or more.", 10),
            ask(DemarcheAskKind::LegalResidence, "For all others who cannot return.", 10),
            ask(DemarcheAskKind::StopRelocation, "Nobody is moved from Dushanbe and Khujand to the countryside.", -5),
        ],
        follow_up: (agencies.embassy_us, 20, "Raised by the ambassador; an answer is promised"),
    }
}

fn permits(agencies: AgencyKeys) -> Delivered {
    Delivered {
        subject: "Work permits for those who have repaid a loan",
        addressee: "Ministry of Labour, Migration and Employment",
        drafted: 90,
        delivered: 80,
        parties: vec![
            (agencies.undp, DemarcheDecision::Joined),
            (agencies.unhcr, DemarcheDecision::Joined),
            (agencies.embassy_ca, DemarcheDecision::Joined),
        ],
        asks: vec![
            Ask {
                kind: DemarcheAskKind::Other,
                detail: "A permit for each trade in which the micro-credit programme lends.",
                follow_up: 14,
                answer: None,
            },
            Ask {
                kind: DemarcheAskKind::LegalResidence,
                detail: "For as long as the permit holds.",
                follow_up: -40,
                answer: Some((DemarcheAnswer::PartlyGranted, 35)),
            },
        ],
        follow_up: (agencies.undp, 35, "Permits for tailors and bakers are drafted"),
    }
}

impl Delivered {
    fn insert(&self, connection: &mut AnyConnection, rng: &mut DemoRng, as_of: NaiveDate) -> Result<Id<Demarche>> {
        let demarche = Demarche {
            id: rng.key(),
            drafter_id: self.parties[0].0,
            subject: self.subject.to_owned(),
            addressee: self.addressee.to_owned(),
            drafted_at: (as_of - Days::new(self.drafted)).and_time(NaiveTime::MIN),
            withdrawn_on: None,
            delivered_on: Some(as_of - Days::new(self.delivered)),
            response: None,
            responded_on: None,
        };
        let party = |&(agency_id, decision): &_| DemarcheParty { demarche_id: demarche.id, agency_id, decision };
        let ask = |ask: &Ask| DemarcheAsk {
            id: rng.key(),
            demarche_id: demarche.id,
            kind: ask.kind,
            detail: Some(ask.detail.to_owned()),
            follow_up_on: as_of + TimeDelta::days(ask.follow_up),
            answer: ask.answer.map(|(answer, _)| answer),
            answered_on: ask.answer.map(|(_, days)| as_of - Days::new(days)),
        };
        let parties: Vec<DemarcheParty> = self.parties.iter().map(party).collect();
        let asks: Vec<DemarcheAsk> = self.asks.iter().map(ask).collect();
        let (agency_id, days, note) = self.follow_up;
        let follow_up = DemarcheFollowUp {
            id: rng.key(),
            demarche_id: demarche.id,
            ask_id: asks[0].id,
            agency_id,
            followed_up_on: as_of - Days::new(days),
            note: note.to_owned(),
        };
        insert::demarches(connection, std::slice::from_ref(&demarche))?;
        insert::demarche_parties(connection, &parties)?;
        insert::demarche_asks(connection, &asks)?;
        insert::demarche_follow_ups(connection, &[follow_up])?;
        Ok(demarche.id)
    }
}
