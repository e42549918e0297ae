//! What one agency shares with another for a purpose, under one agreement after another.

use super::Id;
use super::agency::Agency;
use super::agreement::{Agreement, AgreementStatus};
use super::purpose::Purpose;
use super::retention::is_past;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

/// What consents are given for: a provider's sharing with a recipient for a purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sharing {
    /// The agency that shares.
    pub provider_id: Id<Agency>,
    /// The agency that it shares with.
    pub recipient_id: Id<Agency>,
    /// What for.
    pub purpose: Purpose,
}

/// The sharings whose agreements have all ended, each for longer than the period that it states. A version that was replaced
/// decides nothing, and nor does a draft that was never signed in time.
pub fn sharings_past_period(agreements: &[Agreement], today: NaiveDate) -> BTreeSet<Sharing> {
    let signed = |agreement: &&Agreement| agreement.status != AgreementStatus::Draft;
    let replaced: BTreeSet<Id<Agreement>> =
        agreements.iter().filter(signed).filter_map(|agreement| agreement.replaces_id).collect();
    let mut past: BTreeMap<Sharing, bool> = BTreeMap::new();
    for agreement in agreements {
        let runs = agreement.status != AgreementStatus::Revoked && agreement.valid_until >= today;
        if !runs && (agreement.status == AgreementStatus::Draft || replaced.contains(&agreement.id)) {
            continue;
        }
        let ended = agreement.revoked_at.map_or(agreement.valid_until, |at| at.date()).min(agreement.valid_until);
        let from = ended.succ_opt().unwrap_or(ended);
        let is_past = !runs && agreement.retention_months.is_some_and(|months| is_past(from, months, today));
        let Agreement { provider_id, recipient_id, purpose, .. } = *agreement;
        *past.entry(Sharing { provider_id, recipient_id, purpose }).or_insert(true) &= is_past;
    }
    past.into_iter().filter(|(_, past)| *past).map(|(sharing, _)| sharing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::agreement::Scope;
    use crate::domain::category::DataCategory;
    use crate::domain::grants::Level;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_sharing_is_past_when_the_last_of_its_agreements_is() {
        let agreement = |id, status, until: &str, months| Agreement {
            id: Id::new(id),
            reference: id.to_string(),
            provider_id: Id::new(1),
            recipient_id: Id::new(2),
            purpose: Purpose::Resettlement,
            level: Level::Identified,
            categories: BTreeSet::from([DataCategory::Demographics]),
            scope: Scope::default(),
            consent_required: true,
            minimum_cell_size: 5,
            emergency: false,
            valid_from: date("2020-01-01"),
            valid_until: date(until),
            status,
            replaces_id: None,
            proposed_by_id: None,
            in_force_since: None,
            retention_months: months,
            revoked_at: None,
            statistics_tables: Vec::new(),
            release_months: None,
        };
        use AgreementStatus::*;
        let ended = agreement(1, InForce, "2025-01-14", Some(12));
        let without_limit = agreement(2, InForce, "2022-12-31", None);
        let replacing = Agreement { replaces_id: Some(Id::new(2)), ..ended.clone() };
        let revoked =
            Agreement { revoked_at: Some(date("2024-01-01").into()), ..agreement(3, Revoked, "2030-01-01", Some(6)) };
        let today = date("2026-01-15");
        for (agreements, expected) in [
            (vec![ended.clone()], true),
            (vec![agreement(1, InForce, "2025-01-15", Some(12))], false),
            (vec![ended.clone(), agreement(2, Draft, "2027-01-01", None)], false),
            (vec![ended.clone(), agreement(2, Draft, "2025-01-01", None)], true),
            (vec![ended.clone(), agreement(2, Suspended, "2027-01-01", None)], false),
            (vec![ended, without_limit.clone()], false),
            (vec![replacing, without_limit], true),
            (vec![revoked.clone()], true),
            (vec![Agreement { revoked_at: None, ..revoked }], false),
        ] {
            assert_eq!(sharings_past_period(&agreements, today).len() == 1, expected, "{agreements:?}");
        }
    }
}
