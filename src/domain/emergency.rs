//! Emergencies: an incident that is followed up at once, with what is known of it and what is not.

use super::incident::{Incident, IncidentKind};
use super::individual::Individual;
use super::{Id, Noun, vocabulary};
use chrono::NaiveDate;

/// The most characters of what is known.
pub const MAX_ANSWER: usize = 500;

/// The most steps of one emergency.
pub const MAX_STEPS: usize = 50;

/// The most days for which a step is planned ahead.
pub const MAX_DAYS_AHEAD: u64 = 366;

vocabulary! {
    /// Where an emergency stands.
    EmergencyStatus {
        /// It is followed up.
        Open = "OPEN",
        /// It is over, or nothing more can be done.
        Closed = "CLOSED",
    }
}

vocabulary! {
    /// What must be known in an emergency.
    EmergencyQuestion {
        /// Where the person is.
        Whereabouts = "WHEREABOUTS",
        /// Who holds the person.
        Custody = "CUSTODY",
        /// Where the person was, or is to be, taken across the border.
        BorderCrossing = "BORDER_CROSSING",
        /// How the person is.
        Condition = "CONDITION",
        /// Which documents the person has, and which were taken.
        Documents = "DOCUMENTS",
        /// On which decision it rests, and whether that can be appealed.
        LegalBasis = "LEGAL_BASIS",
        /// Where the family is, and whether it knows.
        Family = "FAMILY",
        /// Whether staff or a lawyer may see the person.
        Access = "ACCESS",
    }
}

vocabulary! {
    /// What is done in an emergency.
    EmergencyAction {
        /// To speak to the authorities.
        Intervention = "INTERVENTION",
        /// To send a lawyer.
        LegalAid = "LEGAL_AID",
        /// To look for the person.
        Tracing = "TRACING",
        /// To inform the family, and bring it together.
        FamilyContact = "FAMILY_CONTACT",
        /// To bring a doctor, medicine or psychological help.
        MedicalAid = "MEDICAL_AID",
        /// To inform the office in the country to where the person was taken.
        OfficeAbroad = "OFFICE_ABROAD",
        /// To ask a country for urgent resettlement.
        UrgentResettlement = "URGENT_RESETTLEMENT",
        /// To bring the person to a safe place.
        Relocation = "RELOCATION",
    }
}

vocabulary! {
    /// How an emergency ended.
    EmergencyOutcome {
        /// The person is free, or back.
        Safe = "SAFE",
        /// The person is safe in another country.
        SafeElsewhere = "SAFE_ELSEWHERE",
        /// The person was returned to where they are in danger.
        Refoulement = "REFOULEMENT",
        /// The person was not found.
        NotFound = "NOT_FOUND",
        /// The person died.
        Died = "DIED",
        /// There was none.
        Unfounded = "UNFOUNDED",
    }
}

/// What follows from an incident at once, for one individual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emergency {
    /// Row key, random.
    pub id: Id<Emergency>,
    /// Who is in danger.
    pub individual_id: Id<Individual>,
    /// By which incident.
    pub incident_id: Id<Incident>,
    /// When it was opened.
    pub opened_on: NaiveDate,
    /// When it was closed.
    pub closed_on: Option<NaiveDate>,
    /// How it ended.
    pub outcome: Option<EmergencyOutcome>,
}

impl Noun for Emergency {
    const NAME: &'static str = "Emergency";
}

impl Emergency {
    /// Where it stands.
    pub fn status(&self) -> EmergencyStatus {
        match self.closed_on {
            None => EmergencyStatus::Open,
            Some(_) => EmergencyStatus::Closed,
        }
    }

    /// Whether an incident of a kind opens one, whatever whoever records it says.
    pub fn follows(kind: IncidentKind) -> bool {
        kind == IncidentKind::ArbitraryDeportation
    }
}

/// What is known in an emergency: the latest answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmergencyFact {
    /// Row key, random.
    pub id: Id<EmergencyFact>,
    /// Who is in danger.
    pub individual_id: Id<Individual>,
    /// In which emergency.
    pub emergency_id: Id<Emergency>,
    /// What was asked.
    pub question: EmergencyQuestion,
    /// What is known; none if the row shows dates by year, as it may name people.
    pub answer: Option<String>,
    /// Since when.
    pub known_on: NaiveDate,
}

/// What is to be done in an emergency, by when, and when it was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmergencyStep {
    /// Row key, random.
    pub id: Id<EmergencyStep>,
    /// Who is in danger.
    pub individual_id: Id<Individual>,
    /// In which emergency.
    pub emergency_id: Id<Emergency>,
    /// What.
    pub action: EmergencyAction,
    /// By when.
    pub due_on: NaiveDate,
    /// When it was done.
    pub done_on: Option<NaiveDate>,
}

impl Noun for EmergencyStep {
    const NAME: &'static str = "EmergencyStep";
}
