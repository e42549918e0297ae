//! What people told of protection incidents.

use super::Id;
use super::incident::Incident;
use super::individual::Individual;
use chrono::NaiveDate;

/// The most characters of an account.
pub const MAX_ACCOUNT: usize = 4_000;

/// The most accounts of one incident.
pub const MAX_ACCOUNTS: usize = 20;

/// What somebody told of an incident, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentAccount {
    /// Row key, random.
    pub id: Id<IncidentAccount>,
    /// Who suffered the incident.
    pub individual_id: Id<Individual>,
    /// Which incident.
    pub incident_id: Id<Incident>,
    /// What was told; none if the row shows dates by year, as it may name people.
    pub account: Option<String>,
    /// When it was recorded.
    pub recorded_on: NaiveDate,
}
