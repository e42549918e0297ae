//! Emergencies, as they are shown, and as their holder follows them up.

use super::bulk::insert::{self, new_key};
use super::bulk::update;
use super::database::errors::{Result, changed_one};
use super::database::stored::stored;
use super::database::tables::{emergencies, emergency_facts, emergency_steps, incidents};
use super::individual::held::{Held, HeldItem};
use super::individual::items::{items, read};
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::emergency::{
    Emergency, EmergencyAction, EmergencyFact, EmergencyOutcome, EmergencyQuestion, EmergencyStep,
};
use crate::domain::incident::Incident;
use crate::domain::individual::Individual;
use crate::domain::{Id, Vocabulary};
use crate::policy::{Released, Reveal};
use chrono::NaiveDate;
use diesel::dsl::min;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::HashMap;

stored!(Emergency in emergencies {
    id: Id<Emergency>,
    individual_id: Id<Individual>,
    incident_id: Id<Incident>,
    opened_on: NaiveDate,
    closed_on: Option<NaiveDate>,
    outcome: Option<EmergencyOutcome>,
});

stored!(EmergencyFact in emergency_facts {
    id: Id<EmergencyFact>,
    individual_id: Id<Individual>,
    emergency_id: Id<Emergency>,
    question: EmergencyQuestion,
    answer: Option<String>,
    known_on: NaiveDate,
});

stored!(EmergencyStep in emergency_steps {
    id: Id<EmergencyStep>,
    individual_id: Id<Individual>,
    emergency_id: Id<Emergency>,
    action: EmergencyAction,
    due_on: NaiveDate,
    done_on: Option<NaiveDate>,
});

/// An emergency as released, with what is known and what is done.
#[derive(Debug, Clone)]
pub struct EmergencyFile {
    /// The emergency.
    pub emergency: Released<Emergency>,
    /// What is known, by question.
    pub facts: Vec<Released<EmergencyFact>>,
    /// What is done, by when.
    pub steps: Vec<Released<EmergencyStep>>,
}

/// What a file shows, to order by.
type Shown = (
    (NaiveDate, Option<NaiveDate>, Option<EmergencyOutcome>),
    Vec<(EmergencyQuestion, NaiveDate, Option<String>)>,
    Vec<(NaiveDate, EmergencyAction, Option<NaiveDate>)>,
);

impl EmergencyFile {
    /// What it shows.
    pub(in crate::store) fn shown(&self) -> Shown {
        let of = &self.emergency;
        let facts = self.facts.iter().map(|fact| (fact.question, fact.known_on, fact.answer.clone())).collect();
        let steps = self.steps.iter().map(|step| (step.due_on, step.action, step.done_on)).collect();
        ((of.opened_on, of.closed_on, of.outcome), facts, steps)
    }
}

impl ReadSession {
    /// The emergencies of people, by the incident.
    pub(in crate::store) fn emergencies_of(
        &mut self,
        people: &HashMap<Id<Individual>, Reveal>,
    ) -> Result<HashMap<Id<Incident>, EmergencyFile>> {
        let opened: Vec<Emergency> = read!(self, Emergency in emergencies, people);
        let known: Vec<EmergencyFact> = read!(self, EmergencyFact in emergency_facts, people);
        let planned: Vec<EmergencyStep> = read!(self, EmergencyStep in emergency_steps, people);
        let known: Vec<_> = items(people, known, |fact| fact.individual_id).into_values().flatten().collect();
        let planned: Vec<_> = items(people, planned, |step| step.individual_id).into_values().flatten().collect();
        let file = |emergency: Released<Emergency>| {
            let facts = known.iter().filter(|fact: &&Released<EmergencyFact>| fact.emergency_id == emergency.id);
            let steps = planned.iter().filter(|step: &&Released<EmergencyStep>| step.emergency_id == emergency.id);
            let (mut facts, mut steps): (Vec<_>, Vec<_>) = (facts.cloned().collect(), steps.cloned().collect());
            facts.sort_by_key(|fact| fact.question);
            steps.sort_by_key(|step| (step.due_on, step.action, step.done_on));
            (emergency.incident_id, EmergencyFile { emergency, facts, steps })
        };
        let released = items(people, opened, |emergency| emergency.individual_id).into_values().flatten();
        Ok(released.map(file).collect())
    }
}

impl WriteSession {
    /// An emergency of somebody whom the viewer's agency holds.
    ///
    /// # Errors
    /// If the database fails.
    pub fn held_emergency(&mut self, id: Id<Emergency>) -> Result<Option<HeldItem<Emergency>>> {
        let found = emergencies::table.find(id).select(Emergency::as_select()).first(self.connection()).optional()?;
        self.if_held(found, |emergency: &Emergency| emergency.individual_id)
    }

    /// Of which emergency a step is.
    ///
    /// # Errors
    /// If the database fails.
    pub fn emergency_step(&mut self, id: Id<EmergencyStep>) -> Result<Option<EmergencyStep>> {
        let found = emergency_steps::table.find(id).select(EmergencyStep::as_select());
        Ok(found.first(self.connection()).optional()?)
    }

    /// The steps of an emergency.
    ///
    /// # Errors
    /// If the database fails.
    pub fn steps_of(&mut self, emergency: Id<Emergency>) -> Result<Vec<EmergencyStep>> {
        let of_emergency = emergency_steps::table.filter(emergency_steps::emergency_id.eq(emergency));
        Ok(of_emergency.select(EmergencyStep::as_select()).load(self.connection())?)
    }

    /// Whether an incident is an emergency already.
    ///
    /// # Errors
    /// If the database fails.
    pub fn is_emergency(&mut self, incident: Id<Incident>) -> Result<bool> {
        let of_incident = emergencies::table.filter(emergencies::incident_id.eq(incident));
        let count: i64 = of_incident.count().get_result(self.connection())?;
        Ok(count > 0)
    }

    /// Opens emergencies of people, each by an incident, today.
    ///
    /// # Errors
    /// If the database fails.
    pub fn open_emergencies(&mut self, of: &[(Held, Incident)]) -> Result<()> {
        let opened_on = self.viewer().today;
        let opened = |(person, incident): &(Held, Incident)| Emergency {
            id: new_key(),
            individual_id: person.id(),
            incident_id: incident.id,
            opened_on,
            closed_on: None,
            outcome: None,
        };
        insert::emergencies(self.connection(), &of.iter().map(opened).collect::<Vec<_>>())
    }

    /// Records what is known by now: it takes the place of what was known of the same question.
    ///
    /// # Errors
    /// If the database fails.
    pub fn know(&mut self, person: Held, fact: EmergencyFact) -> Result<()> {
        use emergency_facts as f;
        let known = f::table.filter(f::emergency_id.eq(fact.emergency_id)).filter(f::question.eq(fact.question.code()));
        let replaced = (f::answer.eq(fact.answer.clone()), f::known_on.eq(fact.known_on));
        if diesel::update(known).set(replaced).execute(self.connection())? == 0 {
            insert::emergency_facts(self.connection(), &[EmergencyFact { individual_id: person.id(), ..fact }])?;
        }
        update::touch(self.connection(), person.id())
    }

    /// Forgets the answer to a question; gives whether there was one.
    ///
    /// # Errors
    /// If the database fails.
    pub fn forget(&mut self, person: Held, emergency: Id<Emergency>, question: EmergencyQuestion) -> Result<bool> {
        use emergency_facts as f;
        let known = f::table.filter(f::emergency_id.eq(emergency)).filter(f::question.eq(question.code()));
        let forgotten = diesel::delete(known).execute(self.connection())?;
        update::touch(self.connection(), person.id())?;
        Ok(forgotten > 0)
    }

    /// Plans a step.
    ///
    /// # Errors
    /// If the database fails.
    pub fn plan_step(&mut self, person: Held, step: EmergencyStep) -> Result<()> {
        insert::emergency_steps(self.connection(), &[EmergencyStep { individual_id: person.id(), ..step }])?;
        update::touch(self.connection(), person.id())
    }

    /// Records when a step was done, or that it is not.
    ///
    /// # Errors
    /// If the database fails.
    pub fn complete_step(&mut self, person: Held, step: Id<EmergencyStep>, on: Option<NaiveDate>) -> Result<()> {
        let of_person = emergency_steps::table.find(step).filter(emergency_steps::individual_id.eq(person.id()));
        changed_one(diesel::update(of_person).set(emergency_steps::done_on.eq(on)).execute(self.connection())?)?;
        update::touch(self.connection(), person.id())
    }

    /// Cancels a step.
    ///
    /// # Errors
    /// If the database fails.
    pub fn cancel_step(&mut self, person: Held, step: Id<EmergencyStep>) -> Result<()> {
        let of_person = emergency_steps::table.find(step).filter(emergency_steps::individual_id.eq(person.id()));
        diesel::delete(of_person).execute(self.connection())?;
        update::touch(self.connection(), person.id())
    }

    /// Closes the open emergencies of an event that is unfounded, of all whom it was said to affect.
    ///
    /// # Errors
    /// If the database fails.
    pub fn close_unfounded(&mut self, event: Id<Incident>) -> Result<()> {
        let today = self.viewer().today;
        let of_event = incidents::table.filter(incidents::event_id.eq(event)).select(incidents::id);
        let open = emergencies::table
            .filter(emergencies::incident_id.eq_any(of_event))
            .filter(emergencies::closed_on.is_null());
        let outcome = EmergencyOutcome::Unfounded.code();
        let closed = (emergencies::outcome.eq(Some(outcome)), emergencies::closed_on.eq(Some(today)));
        diesel::update(open).set(closed).execute(self.connection())?;
        Ok(())
    }

    /// Opens the emergencies of an event again that were closed as unfounded, of all whom it affected.
    ///
    /// # Errors
    /// If the database fails.
    pub fn reopen_unfounded(&mut self, event: Id<Incident>) -> Result<()> {
        let of_event = incidents::table.filter(incidents::event_id.eq(event)).select(incidents::id);
        let closed = emergencies::table
            .filter(emergencies::incident_id.eq_any(of_event))
            .filter(emergencies::outcome.eq(EmergencyOutcome::Unfounded.code()));
        let open = (emergencies::outcome.eq(None::<&str>), emergencies::closed_on.eq(None::<NaiveDate>));
        diesel::update(closed).set(open).execute(self.connection())?;
        Ok(())
    }

    /// The first day of what is known, was done or is to be done, in the emergencies of an event.
    ///
    /// # Errors
    /// If the database fails.
    pub fn first_of_emergencies(&mut self, event: Id<Incident>) -> Result<Option<NaiveDate>> {
        let of_event = incidents::table.filter(incidents::event_id.eq(event)).select(incidents::id);
        let opened = emergencies::table.filter(emergencies::incident_id.eq_any(of_event)).select(emergencies::id);
        let opened: Vec<Id<Emergency>> = opened.load(self.connection())?;
        let known = emergency_facts::table.filter(emergency_facts::emergency_id.eq_any(&opened));
        let known: Option<NaiveDate> = known.select(min(emergency_facts::known_on)).first(self.connection())?;
        let done = emergency_steps::table.filter(emergency_steps::emergency_id.eq_any(&opened));
        let done = done.select((min(emergency_steps::done_on), min(emergency_steps::due_on)));
        let (done, due): (Option<NaiveDate>, Option<NaiveDate>) = done.first(self.connection())?;
        Ok([known, done, due].into_iter().flatten().min())
    }

    /// Closes an emergency with its outcome on a day, or opens it again.
    ///
    /// # Errors
    /// If the database fails.
    pub fn end_emergency(
        &mut self,
        person: Held,
        emergency: Id<Emergency>,
        end: Option<(EmergencyOutcome, NaiveDate)>,
    ) -> Result<()> {
        let of_person = emergencies::table.find(emergency).filter(emergencies::individual_id.eq(person.id()));
        let (outcome, on) = end.unzip();
        let ended = (emergencies::outcome.eq(outcome.map(EmergencyOutcome::code)), emergencies::closed_on.eq(on));
        changed_one(diesel::update(of_person).set(ended).execute(self.connection())?)?;
        update::touch(self.connection(), person.id())
    }
}
