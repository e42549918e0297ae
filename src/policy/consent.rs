//! What was explained to a person who consents.

use crate::domain::agreement::Agreement;
use crate::domain::grants::Grants;
use chrono::NaiveDateTime;

/// What a person is told who is asked at a moment about the agreements between the holder and a recipient for a purpose: what all
/// of those in force grant that require consent, or all of those in force if none does. Nothing where none is in force: then it
/// is what the first one grants that comes into force later.
pub fn explained(agreements: &[Agreement], moment: NaiveDateTime) -> Option<Grants> {
    let in_force = || agreements.iter().filter(|agreement| agreement.was_in_force(moment));
    let common = |grants: Option<Grants>, agreement: &Agreement| {
        Some(grants.map_or(agreement.grants(), |grants| grants.and(agreement.grants())))
    };
    let requiring = in_force().filter(|agreement| agreement.consent_required).fold(None, common);
    requiring.or_else(|| in_force().fold(None, common))
}
