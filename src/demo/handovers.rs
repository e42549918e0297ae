//! The demo's handover, half done: UNHCR hands to UNDP what UNDP implements, and UNDP has accepted the first of three programmes.

use super::agencies::AgencyKeys;
use super::programmes::Programmes;
use super::random::DemoRng;
use crate::domain::handover::{Handover, HandoverDecision, HandoverProgramme};
use crate::domain::programme::{Programme, ProgrammeKind};
use crate::store::bulk::insert;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use chrono::{Days, NaiveDate, NaiveTime};

const SEED: u64 = 0x68_61_6e_64_73;

const ACCEPTED: ProgrammeKind = ProgrammeKind::MicroCredit;
const PROPOSED: [ProgrammeKind; 2] = [ProgrammeKind::Housing, ProgrammeKind::School];

/// How many days before and after the demo's day it is proposed, the first programme accepted, and all handed over.
const DAYS: (u64, u64, u64) = (20, 12, 30);

fn cut_over_on(as_of: NaiveDate) -> NaiveDate {
    as_of + Days::new(DAYS.2)
}

/// The programmes, one with its next lead.
pub fn accept(programmes: &mut Programmes, agencies: AgencyKeys, as_of: NaiveDate) {
    for (programme, _) in programmes.0.iter_mut().filter(|(programme, _)| programme.kind == ACCEPTED) {
        (programme.next_lead_id, programme.next_lead_from) = (Some(agencies.undp), Some(cut_over_on(as_of)));
    }
}

/// Inserts the handover.
///
/// # Errors
/// If the database fails.
pub fn insert(
    connection: &mut AnyConnection,
    programmes: &Programmes,
    agencies: AgencyKeys,
    as_of: NaiveDate,
) -> Result<()> {
    let handover = Handover {
        id: DemoRng::apart(SEED).key(),
        proposer_id: agencies.unhcr,
        receiver_id: agencies.undp,
        cut_over_on: cut_over_on(as_of),
        proposed_at: (as_of - Days::new(DAYS.0)).and_time(NaiveTime::MIN),
    };
    let handed = |(programme, _): &(Programme, _)| {
        let (decision, decided_on) = match programme.kind {
            kind if kind == ACCEPTED => (HandoverDecision::Accepted, Some(as_of - Days::new(DAYS.1))),
            kind if PROPOSED.contains(&kind) => (HandoverDecision::Proposed, None),
            _ => return None,
        };
        Some(HandoverProgramme { handover_id: handover.id, programme_id: programme.id, decision, decided_on })
    };
    let handed: Vec<HandoverProgramme> = programmes.0.iter().filter_map(handed).collect();
    insert::handovers(connection, std::slice::from_ref(&handover))?;
    insert::handover_programmes(connection, &handed)
}
