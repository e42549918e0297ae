//! The demo's training sessions: UNHCR moves into training on borders, human rights and asylum cases.

use super::places::Places;
use super::programmes::Programmes;
use super::random::DemoRng;
use crate::domain::individual::Sex;
use crate::domain::training_session::{TrainingParticipants, TrainingSession, TrainingTopic};
use crate::store::bulk::insert;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use chrono::{Days, NaiveDate};

const BORDER: &str = "XM-DAC-41121-TJK-BORDER";
const RIGHTS: &str = "XM-DAC-41121-TJK-RIGHTS";

const SEED: u64 = 0x74_72_61_69_6e;

type Session = (TrainingTopic, &'static str, u64, &'static str, &'static str, (i32, i32));

/// What is taught under which programme, how many days before the demo's, where, and to how many women and men of which institution.
const SESSIONS: [Session; 4] = [
    (TrainingTopic::Borders, BORDER, 15, "3505401", "Border Troops", (3, 21)),
    (TrainingTopic::AsylumCases, BORDER, 45, "3501000", "State Migration Service", (6, 12)),
    (TrainingTopic::HumanRights, RIGHTS, 80, "3501000", "Ministry of Internal Affairs", (8, 17)),
    (TrainingTopic::HumanRights, RIGHTS, 80, "3501000", "Supreme Court", (5, 4)),
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
    for (topic, identifier, days, code, institution, (women, men)) in SESSIONS {
        let (held_on, place_id) = (as_of - Days::new(days), places.key(code));
        let same = |session: &&TrainingSession| (session.topic, session.held_on) == (topic, held_on);
        let session = sessions.iter().find(same).cloned().unwrap_or_else(|| {
            let programme_id = programmes.identified(identifier);
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
