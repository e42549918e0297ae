//! What somebody suffered: an incident of a pattern, what was told of it, and the emergency that it was, with what is known and what was done.

use super::app::today;
use chrono::{NaiveDate, NaiveTime};
use panoh::domain::Id;
use panoh::domain::agency::Agency;
use panoh::domain::emergency::{
    Emergency, EmergencyAction, EmergencyFact, EmergencyOutcome, EmergencyQuestion, EmergencyStep,
};
use panoh::domain::incident::{Incident, IncidentActor, IncidentKind, Verification};
use panoh::domain::incident_account::IncidentAccount;
use panoh::domain::incident_pattern::IncidentPattern;
use panoh::domain::individual::Individual;
use panoh::domain::place::Place;
use panoh::store::bulk::insert;
use panoh::store::database::connection::AnyConnection;
use panoh::store::database::errors::Result;

pub struct Suffered {
    pub pattern: IncidentPattern,
    pub incident: Incident,
    pub account: IncidentAccount,
    pub emergency: Emergency,
    pub fact: EmergencyFact,
    pub step: EmergencyStep,
}

impl Suffered {
    /// On days: it occurred, was told, an emergency was opened and closed, something was known, was to be done, and was. A number keys
    /// the rows and is in the texts.
    pub fn of(
        individual_id: Id<Individual>,
        (kind, place_id, holder_id): (IncidentKind, Id<Place>, Id<Agency>),
        number: i64,
        [occurred_on, recorded_on, opened_on, closed_on, known_on, due_on, done_on]: [NaiveDate; 7],
    ) -> Self {
        let (id, emergency_id) = (Id::new(number), Id::new(number));
        let pattern = IncidentPattern {
            // Nothing of the person is in it: it stays when what belongs to it is erased.
            id: Id::new(i64::MAX - number),
            holder_id,
            name: format!("pattern {}", i64::MAX - number),
            kind: None,
            actor: None,
            recorded_at: today().and_time(NaiveTime::MIN),
        };
        let incident = Incident {
            id,
            individual_id,
            event_id: id,
            kind,
            actor: Some([IncidentActor::BorderGuards, IncidentActor::ServiceProvider][number as usize % 2]),
            occurred_on: Some(occurred_on),
            place_id: Some(place_id),
            verification: Verification::Corroborated,
            pattern_id: Some(pattern.id),
        };
        let account = IncidentAccount {
            id: Id::new(number),
            individual_id,
            incident_id: id,
            account: Some(format!("canary-account-{number}")),
            recorded_on,
        };
        let emergency = Emergency {
            id: emergency_id,
            individual_id,
            incident_id: id,
            opened_on,
            closed_on: Some(closed_on),
            outcome: Some([EmergencyOutcome::NotFound, EmergencyOutcome::SafeElsewhere][number as usize % 2]),
        };
        let fact = EmergencyFact {
            id: Id::new(number),
            individual_id,
            emergency_id,
            question: EmergencyQuestion::Whereabouts,
            answer: Some(format!("canary-answer-{number}")),
            known_on,
        };
        let step = EmergencyStep {
            id: Id::new(number),
            individual_id,
            emergency_id,
            action: EmergencyAction::Tracing,
            due_on,
            done_on: Some(done_on),
        };
        Self { pattern, incident, account, emergency, fact, step }
    }

    pub fn insert(&self, connection: &mut AnyConnection) -> Result<()> {
        insert::incident_patterns(connection, std::slice::from_ref(&self.pattern))?;
        insert::incidents(connection, std::slice::from_ref(&self.incident))?;
        insert::incident_accounts(connection, std::slice::from_ref(&self.account))?;
        insert::emergencies(connection, std::slice::from_ref(&self.emergency))?;
        insert::emergency_facts(connection, std::slice::from_ref(&self.fact))?;
        insert::emergency_steps(connection, std::slice::from_ref(&self.step))
    }
}
