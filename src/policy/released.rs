//! The only way from a stored row to one that may leave.

use super::{Redaction, Reveal};
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::agreement::Agreement;
use crate::domain::audit::AuditEntry;
use crate::domain::case::Case;
use crate::domain::category::DataCategory;
use crate::domain::circuit_ride::CircuitRide;
use crate::domain::demarche::{
    Demarche, DemarcheAsk, DemarcheFigure, DemarcheFollowUp, DemarcheParty, DemarchePattern,
};
use crate::domain::emergency_access::EmergencyAccess;
use crate::domain::handover::{Handover, HandoverProgramme};
use crate::domain::iati_report::{ProgrammeBudget, ProgrammeLocation, ProgrammeOrganisation, ProgrammeTransaction};
use crate::domain::incident_pattern::IncidentPattern;
use crate::domain::individual::Individual;
use crate::domain::interview::Interview;
use crate::domain::place::Place;
use crate::domain::place_service::{PlaceService, TravelDistance};
use crate::domain::population_figure::PopulationFigure;
use crate::domain::programme::Programme;
use crate::domain::programme_result::ProgrammeResult;
use crate::domain::relocation_plan::{RelocationPlan, RelocationPlanPlace, RelocationPlanShare};
use crate::domain::training_session::{TrainingParticipants, TrainingSession};
use std::ops::Deref;
use std::sync::Arc;

/// A record that is reduced to what its row reveals before it may leave.
pub trait Protected: Sized {
    /// The record without what is hidden, or nothing if all of it is.
    fn reduce(self, reveal: Reveal) -> Option<Self>;
}

/// A record that holds nothing about any person: seen whole by whoever may see the row.
pub trait Reference {}

impl Reference for Agency {}
impl Reference for Agreement {}
impl Reference for AuditEntry {}
impl Reference for CircuitRide {}
impl Reference for Demarche {}
impl Reference for DemarcheAsk {}
impl Reference for DemarcheFigure {}
impl Reference for DemarcheFollowUp {}
impl Reference for DemarcheParty {}
impl Reference for DemarchePattern {}
impl Reference for EmergencyAccess {}
impl Reference for Handover {}
impl Reference for HandoverProgramme {}
impl Reference for IncidentPattern {}
impl Reference for Interview {}
impl Reference for Place {}
impl Reference for PlaceService {}
impl Reference for PopulationFigure {}
impl Reference for Programme {}
impl Reference for ProgrammeBudget {}
impl Reference for ProgrammeLocation {}
impl Reference for ProgrammeOrganisation {}
impl Reference for ProgrammeResult {}
impl Reference for ProgrammeTransaction {}
impl Reference for RelocationPlan {}
impl Reference for RelocationPlanPlace {}
impl Reference for RelocationPlanShare {}
impl Reference for TrainingParticipants {}
impl Reference for TrainingSession {}
impl Reference for TravelDistance {}

/// A record of which only what may be seen is left. There is no other way to make one than those here. Its keys are those by which
/// the viewer knows it; the database's own stay behind. A clone shares the record: whatever is asked for under many aliases is held once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released<T> {
    record: Arc<T>,
    reveal: Reveal,
    stored: Stored,
}

/// The database's own keys of a person's row and of its case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Stored {
    /// The person's.
    pub id: Id<Individual>,
    /// The case's, if the family is revealed.
    pub case_id: Option<Id<Case>>,
    /// By what the viewer knows the case.
    pub case_key: Option<Id<Case>>,
}

impl Stored {
    const NOBODYS: Self = Self { id: Id::new(0), case_id: None, case_key: None };
}

impl<T: Protected> Released<T> {
    /// Releases what the row reveals of a record, or nothing.
    pub fn reduced(record: T, reveal: Reveal) -> Option<Self> {
        record.reduce(reveal).map(|record| Self { record: Arc::new(record), reveal, stored: Stored::NOBODYS })
    }
}

impl<T: Reference> Released<T> {
    /// Releases reference data.
    pub fn reference(record: T) -> Self {
        Self { record: Arc::new(record), reveal: Reveal::default(), stored: Stored::NOBODYS }
    }
}

impl<T> Deref for Released<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.record
    }
}

/// A released individual's right to its items (needs, solutions, …): its key, and what its row reveals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ItemAccess {
    stored: Stored,
    reveal: Reveal,
}

impl ItemAccess {
    /// The individual's key in the database.
    pub fn id(self) -> Id<Individual> {
        self.stored.id
    }

    /// The key of its case in the database, if the family is revealed.
    pub fn case_id(self) -> Option<Id<Case>> {
        self.stored.case_id
    }

    /// By what the viewer knows its case, if the family is revealed.
    pub fn case_key(self) -> Option<Id<Case>> {
        self.stored.case_key
    }

    /// What the row reveals.
    pub fn reveal(self) -> Reveal {
        self.reveal
    }
}

impl Released<Individual> {
    /// Releases what the row reveals of a person, whose keys are those by which the viewer knows it.
    pub fn individual(record: Individual, reveal: Reveal, stored: Stored) -> Self {
        let stored = match reveal.reveals(DataCategory::Family) {
            true => stored,
            false => Stored { id: stored.id, ..Stored::NOBODYS },
        };
        let record = record.reduce(reveal).expect("an individual is reduced field by field");
        Self { record: Arc::new(record), reveal, stored }
    }

    /// The right to the individual's items.
    pub fn access(&self) -> ItemAccess {
        ItemAccess { stored: self.stored, reveal: self.reveal }
    }

    /// The categories that are not shown, with reasons.
    pub fn redactions(&self) -> Vec<Redaction> {
        self.reveal.redactions()
    }
}
