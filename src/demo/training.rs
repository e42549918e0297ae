//! The demo's training sessions: UNHCR moves into training on borders, human rights and asylum cases.

use super::DemoRng;
use super::places::Places;
use super::programmes::Programmes;
use crate::domain::individual::Sex;
use crate::domain::programme::ProgrammeKind;
use crate::domain::training_session::{TrainingParticipants, TrainingSession, TrainingTopic};
use crate::store::bulk::insert;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use chrono::{Days, NaiveDate};

const SEED: u64 = 0x74_72_61_69_6e;

/// What is taught, how many days before the demo's, where, and to how many women and men of which institution.
const SESSIONS: [(TrainingTopic, u64, &str, &str, (i32, i32)); 4] = [
    (TrainingTopic::Borders, 15, "3505401", "Border Troops", (3, 21)),
    (TrainingTopic::AsylumCases, 45, "3501000", "State Migration Service", (6, 12)),
    (TrainingTopic::HumanRights, 80, "3501000", "Ministry of Internal Affairs", (8, 17)),
    (TrainingTopic::HumanRights, 80, "3501000", "Supreme Court", (5, 4)),
];

/// Inserts the sessions.
///
/// # Errors
/// If the database fails.
pub fn insert(
    connection: &mut AnyConnection,
    programmes: &Programmes,
    places: &Places,
    as_of: NaiveDate,
) -> Result<()> {
    let mut rng = DemoRng::apart(SEED);
    let mut sessions: Vec<TrainingSession> = Vec::new();
    let mut participants: Vec<TrainingParticipants> = Vec::new();
    for (topic, days, code, institution, (women, men)) in SESSIONS {
        let (held_on, place_id) = (as_of - Days::new(days), places.key(code));
        let same = |session: &&TrainingSession| (session.topic, session.held_on) == (topic, held_on);
        let session = sessions.iter().find(same).cloned().unwrap_or_else(|| {
            let programme_id = programmes.key(ProgrammeKind::Training);
            let session = TrainingSession { id: rng.key(), programme_id, topic, held_on, place_id };
            sessions.push(session.clone());
            session
        });
        participants.extend([(Sex::Female, women), (Sex::Male, men)].map(|(sex, number)| TrainingParticipants {
            training_session_id: session.id,
            institution: institution.to_owned(),
            sex,
            number,
        }));
    }
    insert::training_sessions(connection, &sessions)?;
    insert::training_participants(connection, &participants)
}
