//! What was explained to a person who consents.

use crate::domain::agreement::{Agreement, AgreementStatus};
use crate::domain::consent::Consent;
use crate::domain::grants::Grants;
use chrono::NaiveDateTime;

/// Whether a consent counts for an agreement: what it grants is within what was explained. `agreements` are those between the
/// holder and the recipient for the purpose. If it is not stored what was explained, it is what was in force at the consent's
/// moment, else what came into force first after it; before anything has, a draft may be that.
pub fn counts_for(consent: &Consent, agreement: &Agreement, agreements: &[Agreement]) -> bool {
    let first_after = || {
        let later = agreements.iter().filter(|other| {
            other.in_force_since.is_some_and(|since| {
                since > consent.recorded_at && other.revoked_at.is_none_or(|revoked| since < revoked)
            })
        });
        later.min_by_key(|other| (other.in_force_since, other.id)).map(Agreement::grants)
    };
    let explained = consent.explained.or_else(|| explained(agreements, consent.recorded_at)).or_else(first_after);
    explained.map_or(agreement.status == AgreementStatus::Draft, |explained| agreement.grants().is_within(explained))
}

/// Whether an agreement can have been explained to a person at a moment: a draft can, and what was in force then or is not revoked;
/// what was withdrawn or had ended cannot.
pub fn can_explain(agreement: &Agreement, moment: NaiveDateTime) -> bool {
    agreement.status != AgreementStatus::Revoked || agreement.was_in_force(moment)
}

/// What a person is told who is asked at a moment about the agreements between the holder and a recipient for a purpose: what all
/// of those in force grant that require consent, or all of those in force if none does. Nothing if none is in force: then it
/// is what the first one grants that comes into force later.
pub fn explained(agreements: &[Agreement], moment: NaiveDateTime) -> Option<Grants> {
    let in_force = || agreements.iter().filter(|agreement| agreement.was_in_force(moment));
    let common = |grants: Option<Grants>, agreement: &Agreement| {
        Some(grants.map_or(agreement.grants(), |grants| grants.and(agreement.grants())))
    };
    let requiring = in_force().filter(|agreement| agreement.consent_required).fold(None, common);
    requiring.or_else(|| in_force().fold(None, common))
}
