//! Break-glass: emergency agreements, and their opening for hours.

use super::agreement::Agreement;
use super::client::Client;
use super::{Id, Noun, vocabulary};
use chrono::NaiveDateTime;

/// The longest time for which an emergency agreement is opened, in minutes.
pub const MAX_MINUTES: i32 = 180;

vocabulary! {
    /// Why an emergency agreement is opened.
    EmergencyReason {
        /// Somebody's life is in danger, and what is shared may save it.
        DangerToLife = "DANGER_TO_LIFE",
        /// Somebody is about to be returned to where they are persecuted.
        ImminentRefoulement = "IMMINENT_REFOULEMENT",
        /// A child is missing, alone or about to be harmed.
        ChildAtRisk = "CHILD_AT_RISK",
        /// People must be brought away from fighting or attacks.
        ArmedViolence = "ARMED_VIOLENCE",
        /// Earthquake, flood, mudslide or another disaster.
        NaturalDisaster = "NATURAL_DISASTER",
        /// A disease spreads, and those exposed must be found.
        DiseaseOutbreak = "DISEASE_OUTBREAK",
    }
}

/// An opening of an emergency agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmergencyAccess {
    /// Row key.
    pub id: Id<EmergencyAccess>,
    /// The agreement.
    pub agreement_id: Id<Agreement>,
    /// The recipient's client that opened it.
    pub client_id: Id<Client>,
    /// Why.
    pub reason: EmergencyReason,
    /// From when on it shares, in UTC.
    pub opened_at: NaiveDateTime,
    /// From when on it no longer does.
    pub closes_at: NaiveDateTime,
    /// When the provider reviewed it.
    pub reviewed_at: Option<NaiveDateTime>,
    /// What the provider found.
    pub justified: Option<bool>,
}

impl Noun for EmergencyAccess {
    const NAME: &'static str = "EmergencyAccess";
}

impl EmergencyAccess {
    /// Whether the agreement shares at a moment.
    pub fn is_open(&self, now: NaiveDateTime) -> bool {
        self.opened_at <= now && now < self.closes_at
    }
}
