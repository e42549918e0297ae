//! What happens to the caseload in a quarter.

use super::campaign::{RELEASES, day};
use super::truth::{Profile, texts};
use crate::harness::lists;
use chrono::{Days, Months, NaiveTime};
use diesel::connection::SimpleConnection;
use panoh::domain::Id;
use panoh::domain::consent::{Consent, ConsentDecision};
use panoh::domain::individual::Individual;
use panoh::domain::purpose::Purpose;
use panoh::store::bulk::insert;
use panoh::store::database::connection::AnyConnection;
use panoh::store::{StoreError, agency};
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// In which way the people change whom attackers know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// They pass from one age band to the next.
    Birthdays,
    /// They refuse UNDP's statistics, or withdraw.
    Refusals,
    /// Half of them are new, half of them depart.
    Moves,
    /// The legal status of half of them changes, the region of the others.
    Edits,
}

/// A person of whom attackers know how and between which releases it changed. They do not know the values.
pub struct Change {
    /// The release before which it happened, from 0.
    pub release: usize,
    /// What the person was in the release before, if counted.
    pub before: Option<Profile>,
    /// What the person is in the release, if counted.
    pub after: Option<Profile>,
    /// The one dimension that was edited.
    pub edited: Option<&'static str>,
}

/// How many people change in a quarter whom attackers know.
pub const TARGETS: usize = 32;

/// How many others are edited in a quarter, of whom attackers know nothing.
const OTHERS: usize = 22;

/// Who changes when: nobody twice.
pub struct Changing {
    kind: Kind,
    rng: ChaCha8Rng,
    waiting: Vec<Id<Individual>>,
}

/// A person with the dimension that was edited.
pub type Target = (Id<Individual>, Option<&'static str>);

impl Changing {
    /// Everybody in an order of a fixed seed.
    pub fn new(connection: &mut AnyConnection, kind: Kind, round: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(2_026 + kind as u64 + 100 * round);
        let ids = texts(connection, "SELECT CAST(id AS TEXT) AS value FROM individuals ORDER BY id");
        let mut waiting: Vec<Id<Individual>> = ids.iter().map(|id| Id::new(id.parse().unwrap())).collect();
        waiting.shuffle(&mut rng);
        Self { kind, rng, waiting }
    }

    /// What happens before a release; before the first, what will happen by itself is prepared.
    pub fn quarter(&mut self, connection: &mut AnyConnection, nth: u32) -> Result<Vec<Target>, StoreError> {
        if nth == 0 {
            if self.kind == Kind::Birthdays {
                self.births(connection)?;
            }
            return Ok(Vec::new());
        }
        let named = match self.kind {
            Kind::Moves => TARGETS / 2,
            _ => TARGETS,
        };
        let people = self.take(named);
        let mut targets: Vec<Target> = people.iter().map(|id| (*id, None)).collect();
        match self.kind {
            Kind::Birthdays => {}
            Kind::Refusals => self.refuse(connection, &people, nth)?,
            Kind::Moves => {
                depart(connection, &people)?;
                targets.extend(self.arrive(connection, nth)?.into_iter().map(|id| (id, None)));
            }
            Kind::Edits => {
                targets = self.edit(connection, &people)?;
            }
        }
        let others = self.take(OTHERS);
        self.edit(connection, &others)?;
        Ok(targets)
    }

    fn take(&mut self, people: usize) -> Vec<Id<Individual>> {
        self.waiting.split_off(self.waiting.len() - people)
    }

    /// Gives dates of birth to those who will be the targets of each quarter: in its middle they pass to a band at random.
    fn births(&mut self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        let mut left = self.waiting.clone();
        for nth in 1..RELEASES {
            let quarter = left.split_off(left.len() - TARGETS);
            left.truncate(left.len() - OTHERS);
            for id in quarter {
                let years = *[5, 12, 18, 60].choose(&mut self.rng).unwrap();
                let born = day(nth) - Months::new(12 * years) - Days::new(self.rng.random_range(2..80));
                let set = format!("UPDATE individuals SET date_of_birth = '{born}' WHERE id = {id}");
                connection.batch_execute(&set)?;
            }
        }
        Ok(())
    }

    fn refuse(
        &mut self,
        connection: &mut AnyConnection,
        people: &[Id<Individual>],
        nth: u32,
    ) -> Result<(), StoreError> {
        let recipient_id = agency::by_code(connection)?["undp"].id;
        let consent = |(at, individual_id): (usize, &Id<Individual>)| {
            let decision = if at % 2 == 0 { ConsentDecision::Refused } else { ConsentDecision::Withdrawn };
            let consent = Consent {
                id: Id::new(self.rng.random_range(1..i64::MAX)),
                individual_id: *individual_id,
                recipient_id,
                purpose: Purpose::Statistics,
                decision,
                recorded_at: (day(nth) - Days::new(20)).and_time(NaiveTime::MIN),
                expires_on: None,
                explained: None,
            };
            (consent, true)
        };
        let consents: Vec<_> = people.iter().enumerate().map(consent).collect();
        insert::consents(connection, &consents)
    }

    /// New people, each like somebody who is there.
    fn arrive(&mut self, connection: &mut AnyConnection, nth: u32) -> Result<Vec<Id<Individual>>, StoreError> {
        let mut arrived = Vec::new();
        let last: i64 =
            texts(connection, "SELECT CAST(MAX(audit_key) AS TEXT) AS value FROM individuals")[0].parse().unwrap();
        for at in 1..=(TARGETS / 2) as i64 {
            let (id, like) =
                (Id::new(self.rng.random_range(1..i64::MAX)), *self.waiting.choose(&mut self.rng).unwrap());
            connection.batch_execute(&format!(
                "INSERT INTO individuals (id, holder_id, sex, nationality, region_id, date_of_birth, legal_status, arrived_on, \
                 arrived_year_on, registered_on, registered_year_on, audit_key) \
                 SELECT {id}, holder_id, sex, nationality, region_id, date_of_birth, legal_status, arrived_on, arrived_year_on, '{0}', \
                 '{0}', {1} FROM individuals WHERE id = {like}",
                day(nth) - Days::new(30),
                last + at
            ))?;
            arrived.push(id);
        }
        Ok(arrived)
    }

    /// Gives each another legal status or another region, of somebody else who is there.
    fn edit(&mut self, connection: &mut AnyConnection, people: &[Id<Individual>]) -> Result<Vec<Target>, StoreError> {
        let mut edited = Vec::new();
        for (at, id) in people.iter().enumerate() {
            let (column, dimension) =
                if at % 2 == 0 { ("legal_status", "LEGAL_STATUS") } else { ("region_id", "REGION") };
            let other = format!(
                "SELECT coalesce(CAST({column} AS TEXT), 'NULL') AS value FROM individuals WHERE {column} IS NOT NULL AND \
                 coalesce(CAST({column} AS TEXT), '') <> \
                 coalesce((SELECT CAST({column} AS TEXT) FROM individuals WHERE id = {id}), '') ORDER BY id"
            );
            let value = texts(connection, &other).choose(&mut self.rng).unwrap().clone();
            let value = if at % 2 == 0 { format!("'{value}'") } else { value };
            connection.batch_execute(&format!("UPDATE individuals SET {column} = {value} WHERE id = {id}"))?;
            edited.push((*id, Some(dimension)));
        }
        Ok(edited)
    }
}

/// All that hangs on them goes, and then they do.
fn depart(connection: &mut AnyConnection, people: &[Id<Individual>]) -> Result<(), StoreError> {
    let people = people.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    for table in lists() {
        connection.batch_execute(&format!("DELETE FROM {table} WHERE individual_id IN ({people})"))?;
    }
    Ok(connection.batch_execute(&format!("DELETE FROM individuals WHERE id IN ({people})"))?)
}
