//! Patterns of protection incidents: what happens again and again.

use super::agency::Agency;
use super::incident::{Incident, IncidentActor, IncidentKind};
use super::{Id, Noun};
use chrono::NaiveDateTime;

/// The most characters of a pattern's name.
pub const MAX_NAME: usize = 200;

/// Incidents that belong together, as their holder sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentPattern {
    /// Row key, random.
    pub id: Id<IncidentPattern>,
    /// Whose it is.
    pub holder_id: Id<Agency>,
    /// What it is called.
    pub name: String,
    /// Of which kind all its incidents are; none if of several.
    pub kind: Option<IncidentKind>,
    /// Who did all of them; none if several did, or it is not known.
    pub actor: Option<IncidentActor>,
    /// When it was recorded, in UTC.
    pub recorded_at: NaiveDateTime,
}

impl Noun for IncidentPattern {
    const NAME: &'static str = "IncidentPattern";
}

impl IncidentPattern {
    /// Whether an incident can belong to it.
    pub fn fits(&self, incident: &Incident) -> bool {
        self.kind.is_none_or(|kind| kind == incident.kind)
            && self.actor.is_none_or(|actor| Some(actor) == incident.actor)
    }
}
