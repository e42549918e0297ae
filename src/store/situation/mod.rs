//! The situation in a country: what is published of it, and for the holder who is recorded.

mod published;
mod recorded;

use self::published::published;
use super::database::errors::Result;
use super::session::read::ReadSession;
use crate::domain::Vocabulary;
use crate::domain::country::CountryCode;
use crate::domain::purpose::Purpose;
use crate::domain::situation::{
    Line, Part, PublishedTotal, RecordedPeople, Situation, SituationLine, SituationMovement,
};
use chrono::NaiveDate;
use std::collections::BTreeMap;

impl ReadSession {
    /// The situation in a country of asylum on a day. Who is recorded is for the holder alone, under its own work; nobody else's answer
    /// depends on it.
    ///
    /// # Errors
    /// If the database fails.
    pub fn situation(&mut self, country: CountryCode, as_of: NaiveDate) -> Result<Situation> {
        let mut published: BTreeMap<Line, Vec<PublishedTotal>> = published(self.connection(), country, as_of)?;
        let (mut recorded, unplaced) = match self.viewer().purpose {
            Purpose::CaseManagement => {
                self.recorded(country, as_of).map(|(people, unplaced)| (Some(people), Some(unplaced)))?
            }
            _ => (None, None),
        };
        let mut lines: Vec<Line> = SituationMovement::ALL.iter().map(|movement| (*movement, Part::Whole)).collect();
        lines.extend(published.keys().chain(recorded.iter().flat_map(BTreeMap::keys)));
        lines.sort_unstable();
        lines.dedup();
        let line = |line: Line| SituationLine {
            movement: line.0,
            part: line.1,
            published: published.remove(&line).unwrap_or_default(),
            recorded: recorded
                .as_mut()
                .map(|people: &mut BTreeMap<Line, RecordedPeople>| people.remove(&line).unwrap_or_default()),
        };
        Ok(Situation { country, as_of, lines: lines.into_iter().map(line).collect(), unplaced })
    }
}
