//! Protection incidents, as they are shown, and as their holder records them.

use super::bulk::insert;
use super::bulk::update;
use super::database::errors::Result;
use super::database::stored::stored;
use super::database::tables::{coverages, incidents};
use super::emergency::EmergencyFile;
use super::individual::held::{Held, HeldItem};
use super::individual::items::{MAX_ITEMS, hold_items_as, items, ordered, people, read};
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use super::visibility::Predicate;
use crate::domain::category::DataCategory;
use crate::domain::incident::{Incident, IncidentActor, IncidentKind, Verification};
use crate::domain::incident_pattern::IncidentPattern;
use crate::domain::individual::Individual;
use crate::domain::place::Place;
use crate::domain::purpose::Purpose;
use crate::domain::{Id, Vocabulary};
use crate::policy::{ItemAccess, Released, Reveal};
use chrono::NaiveDate;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::{HashMap, HashSet};

stored!(Incident in incidents {
    id: Id<Incident>,
    individual_id: Id<Individual>,
    event_id: Id<Incident>,
    kind: IncidentKind,
    actor: Option<IncidentActor>,
    occurred_on: Option<NaiveDate>,
    place_id: Option<Id<Place>>,
    verification: Verification,
    pattern_id: Option<Id<IncidentPattern>>,
});

/// An incident as released, with the emergency that it is, if it is one and that is read.
#[derive(Debug, Clone)]
pub struct IncidentFile {
    /// The incident.
    pub incident: Released<Incident>,
    /// The emergency.
    pub emergency: Option<EmergencyFile>,
    /// What the person's row reveals.
    pub reveal: Reveal,
}

/// Whom events affected, as a row reveals that leads there.
pub type Affected = HashMap<(Id<Incident>, Reveal), Vec<Released<Individual>>>;

impl ReadSession {
    /// Incidents, by date; without the emergencies.
    ///
    /// # Errors
    /// If the database fails.
    pub fn incidents_of(&mut self, accesses: &[ItemAccess]) -> Result<HashMap<Id<Individual>, Vec<IncidentFile>>> {
        let people = people(accesses, DataCategory::Protection);
        self.files_of(&people, HashMap::new())
    }

    /// The same, each with the emergency that it is.
    ///
    /// # Errors
    /// If the database fails.
    pub fn incidents_with_emergencies_of(
        &mut self,
        accesses: &[ItemAccess],
    ) -> Result<HashMap<Id<Individual>, Vec<IncidentFile>>> {
        let people = people(accesses, DataCategory::Protection);
        let emergencies = self.emergencies_of(&people)?;
        self.files_of(&people, emergencies)
    }

    fn files_of(
        &mut self,
        people: &HashMap<Id<Individual>, Reveal>,
        mut emergencies: HashMap<Id<Incident>, EmergencyFile>,
    ) -> Result<HashMap<Id<Individual>, Vec<IncidentFile>>> {
        let suffered: Vec<Incident> = read!(self, Incident in incidents, people);
        let mut files: HashMap<Id<Individual>, Vec<IncidentFile>> = HashMap::new();
        for (person, of_person) in items(people, suffered, |incident| incident.individual_id) {
            let reveal = people.get(&person).copied().unwrap_or_default();
            let file = |incident: Released<Incident>| {
                let emergency = emergencies.remove(&incident.id);
                IncidentFile { incident, emergency, reveal }
            };
            files.insert(person, of_person.into_iter().map(file).collect());
        }
        Ok(ordered(files, |IncidentFile { incident, emergency, .. }| {
            (
                (incident.occurred_on, incident.kind, incident.actor, incident.place_id, incident.verification),
                emergency.as_ref().map(EmergencyFile::shown),
            )
        }))
    }

    /// Everybody whom events affected that the holder's people suffered, as a row reveals that leads there; nobody for any other purpose
    /// than the holder's own work.
    ///
    /// # Errors
    /// If the database fails.
    pub fn affected_by(&mut self, events: &[(Id<Incident>, Reveal)]) -> Result<Affected> {
        let mut affected = Affected::new();
        if self.viewer().purpose != Purpose::CaseManagement {
            return Ok(affected);
        }
        let reveals: HashSet<Reveal> = events.iter().map(|(_, reveal)| *reveal).collect();
        for reveal in reveals {
            let events: Vec<Id<Incident>> =
                events.iter().filter(|(_, of)| *of == reveal).map(|(event, _)| *event).collect();
            let rows = incidents::table
                .filter(incidents::event_id.eq_any(events))
                .limit(MAX_ITEMS + 1)
                .select((incidents::event_id, incidents::individual_id))
                .distinct();
            let rows: Vec<(Id<Incident>, Id<Individual>)> = rows.load(self.connection())?;
            hold_items_as::<Released<Individual>>(self, rows.len())?;
            let people: HashSet<Id<Individual>> = rows.iter().map(|(_, person)| *person).collect();
            let found =
                self.individuals_where_as(Predicate::of_coverage(coverages::individual_id.eq_any(people)), reveal)?;
            let by_key: HashMap<Id<Individual>, Released<Individual>> =
                found.into_iter().map(|person| (person.access().id(), person)).collect();
            for (event, person) in rows {
                affected.entry((event, reveal)).or_default().extend(by_key.get(&person).cloned());
            }
        }
        affected.values_mut().for_each(|people| people.sort_by_key(|person| person.id));
        Ok(affected)
    }
}

impl WriteSession {
    /// An incident of somebody whom the viewer's agency holds.
    ///
    /// # Errors
    /// If the database fails.
    pub fn held_incident(&mut self, id: Id<Incident>) -> Result<Option<HeldItem<Incident>>> {
        let found = incidents::table.find(id).select(Incident::as_select()).first(self.connection()).optional()?;
        self.if_held(found, |incident: &Incident| incident.individual_id)
    }

    /// Records what people suffered together.
    ///
    /// # Errors
    /// If the database fails.
    pub fn record_incidents(&mut self, suffered: &[(Held, Incident)]) -> Result<()> {
        let row = |(person, incident): &(Held, Incident)| Incident { individual_id: person.id(), ..incident.clone() };
        insert::incidents(self.connection(), &suffered.iter().map(row).collect::<Vec<_>>())?;
        update::touch_all(self.connection(), &suffered.iter().map(|(person, _)| person.id()).collect::<Vec<_>>())
    }

    /// Records what is known by now of what happened, who did it, when and where, for all whom it affected.
    ///
    /// # Errors
    /// If the database fails.
    pub fn correct_event(&mut self, known: &Incident) -> Result<()> {
        let of_event = incidents::table.filter(incidents::event_id.eq(known.event_id));
        let corrected = (
            incidents::kind.eq(known.kind.code()),
            incidents::actor.eq(known.actor.map(IncidentActor::code)),
            incidents::occurred_on.eq(known.occurred_on),
            incidents::place_id.eq(known.place_id),
        );
        diesel::update(of_event).set(corrected).execute(self.connection())?;
        self.touch_affected(known.event_id)
    }

    /// The incidents of an event, each with its person, whom the viewer's agency holds.
    ///
    /// # Errors
    /// If the database fails.
    pub fn suffered(&mut self, event: Id<Incident>) -> Result<Vec<(Held, Incident)>> {
        let of_event = incidents::table.filter(incidents::event_id.eq(event)).select(Incident::as_select());
        let of_event: Vec<Incident> = of_event.load(self.connection())?;
        let affected: Vec<Id<Individual>> = of_event.iter().map(|incident| incident.individual_id).collect();
        let known_as = self.known_as(&affected)?;
        let held: HashMap<Id<Individual>, Held> =
            self.all_held(&known_as)?.into_values().map(|person| (person.id(), person)).collect();
        let of_held = |incident: Incident| Some((*held.get(&incident.individual_id)?, incident));
        Ok(of_event.into_iter().filter_map(of_held).collect())
    }

    /// Records how far an event is checked, for all whom it affected.
    ///
    /// # Errors
    /// If the database fails.
    pub fn verify_event(&mut self, event: Id<Incident>, verification: Verification) -> Result<()> {
        let of_event = incidents::table.filter(incidents::event_id.eq(event));
        diesel::update(of_event).set(incidents::verification.eq(verification.code())).execute(self.connection())?;
        self.touch_affected(event)
    }

    /// Records to which pattern an event belongs, if to any.
    ///
    /// # Errors
    /// If the database fails.
    pub fn assign_event(&mut self, event: Id<Incident>, pattern: Option<Id<IncidentPattern>>) -> Result<()> {
        let of_event = incidents::table.filter(incidents::event_id.eq(event));
        diesel::update(of_event).set(incidents::pattern_id.eq(pattern)).execute(self.connection())?;
        self.touch_affected(event)
    }

    /// Removes an incident of one person, with what was told of it, and the emergency that it is.
    ///
    /// # Errors
    /// If the database fails.
    pub fn remove_incident(&mut self, incident: Id<Incident>) -> Result<()> {
        diesel::delete(incidents::table.find(incident)).execute(self.connection())?;
        Ok(())
    }

    fn touch_affected(&mut self, event: Id<Incident>) -> Result<()> {
        let affected = incidents::table.filter(incidents::event_id.eq(event)).select(incidents::individual_id);
        let affected: Vec<Id<Individual>> = affected.distinct().load(self.connection())?;
        update::touch_all(self.connection(), &affected)
    }
}
