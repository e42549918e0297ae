//! Training sessions of programmes.

use super::bulk::insert;
use super::database::errors::Result;
use super::database::stored::stored;
use super::database::tables::{places, training_participants, training_sessions};
use super::individual::items::{MAX_ITEMS, hold_items};
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::individual::Sex;
use crate::domain::place::Place;
use crate::domain::programme::Programme;
use crate::domain::training_session::{TrainingParticipants, TrainingSession, TrainingTopic};
use crate::domain::{Id, Vocabulary};
use crate::policy::Released;
use chrono::NaiveDate;
use diesel::dsl::count_star;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::HashMap;

stored!(TrainingSession in training_sessions {
    id: Id<TrainingSession>,
    programme_id: Id<Programme>,
    topic: TrainingTopic,
    held_on: NaiveDate,
    place_id: Id<Place>,
});

stored!(TrainingParticipants in training_participants {
    training_session_id: Id<TrainingSession>,
    institution: String,
    sex: Sex,
    number: i32,
});

/// A session with who took part.
pub type Held = (Released<TrainingSession>, Vec<Released<TrainingParticipants>>);

impl ReadSession {
    /// The training sessions of programmes, the newest first, each with its participants by institution.
    ///
    /// # Errors
    /// If the database fails.
    pub fn training_sessions_of_programmes(
        &mut self,
        ids: &[Id<Programme>],
    ) -> Result<HashMap<Id<Programme>, Vec<Held>>> {
        use training_sessions as t;
        let sessions: Vec<TrainingSession> = t::table
            .inner_join(places::table)
            .filter(t::programme_id.eq_any(ids))
            .order((t::held_on.desc(), t::topic, places::code))
            .limit(MAX_ITEMS + 1)
            .select(TrainingSession::as_select())
            .load(self.connection())?;
        hold_items(self, &sessions)?;
        let keys: Vec<Id<TrainingSession>> = sessions.iter().map(|session| session.id).collect();
        let mut lines: Vec<TrainingParticipants> = training_participants::table
            .filter(training_participants::training_session_id.eq_any(keys))
            .limit(MAX_ITEMS + 1)
            .select(TrainingParticipants::as_select())
            .load(self.connection())?;
        hold_items(self, &lines)?;
        self.hold(lines.iter().map(|line| line.institution.len() as i64).sum())?;
        // The databases order text differently.
        lines.sort_by(|one, other| (&one.institution, one.sex).cmp(&(&other.institution, other.sex)));
        let mut participants: HashMap<Id<TrainingSession>, Vec<_>> = HashMap::new();
        for line in lines {
            participants.entry(line.training_session_id).or_default().push(Released::reference(line));
        }
        let mut found: HashMap<Id<Programme>, Vec<Held>> = HashMap::new();
        for session in sessions {
            let who = participants.remove(&session.id).unwrap_or_default();
            found.entry(session.programme_id).or_default().push((Released::reference(session), who));
        }
        Ok(found)
    }
}

impl WriteSession {
    /// How many lines of participants the sessions of a programme have, but for one that would be kept instead of what was recorded before.
    ///
    /// # Errors
    /// If the database fails.
    pub fn lines_besides(&mut self, session: &TrainingSession) -> Result<usize> {
        let same = self.same_session(session)?.unwrap_or(session.id);
        let others: Vec<Id<TrainingSession>> = training_sessions::table
            .filter(training_sessions::programme_id.eq(session.programme_id))
            .filter(training_sessions::id.ne(same))
            .select(training_sessions::id)
            .load(self.connection())?;
        let lines = training_participants::table
            .filter(training_participants::training_session_id.eq_any(others))
            .select(count_star());
        Ok(lines.get_result::<i64>(self.connection())? as usize)
    }

    /// Keeps who took part in a session, instead of what was recorded of the same topic, day and place before.
    ///
    /// # Errors
    /// If the database fails.
    pub fn record_training_session(
        &mut self,
        session: &TrainingSession,
        participants: &[TrainingParticipants],
    ) -> Result<()> {
        let stored = self.same_session(session)?;
        let training_session_id = match stored {
            Some(stored) => {
                let before = training_participants::table.filter(training_participants::training_session_id.eq(stored));
                diesel::delete(before).execute(self.connection())?;
                stored
            }
            None => {
                insert::training_sessions(self.connection(), std::slice::from_ref(session))?;
                session.id
            }
        };
        let of_session = |line: &TrainingParticipants| TrainingParticipants { training_session_id, ..line.clone() };
        insert::training_participants(self.connection(), &participants.iter().map(of_session).collect::<Vec<_>>())
    }
    /// Removes a session of the same topic, day and place; tells whether there was one.
    ///
    /// # Errors
    /// If the database fails.
    pub fn remove_training_session(&mut self, session: &TrainingSession) -> Result<bool> {
        let Some(stored) = self.same_session(session)? else { return Ok(false) };
        let lines = training_participants::table.filter(training_participants::training_session_id.eq(stored));
        diesel::delete(lines).execute(self.connection())?;
        diesel::delete(training_sessions::table.find(stored)).execute(self.connection())?;
        Ok(true)
    }

    fn same_session(&mut self, session: &TrainingSession) -> Result<Option<Id<TrainingSession>>> {
        use training_sessions as t;
        let same = t::table
            .filter(t::programme_id.eq(session.programme_id))
            .filter(t::topic.eq(session.topic.code()))
            .filter(t::held_on.eq(session.held_on))
            .filter(t::place_id.eq(session.place_id));
        Ok(same.select(t::id).first(self.connection()).optional()?)
    }
}
