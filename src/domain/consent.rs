//! Consents of individuals to share with a recipient for a purpose.

use super::agency::Agency;
use super::grants::Grants;
use super::individual::Individual;
use super::purpose::Purpose;
use super::{Id, vocabulary};
use chrono::{NaiveDate, NaiveDateTime};

vocabulary! {
    /// What a person said.
    ConsentDecision {
        /// Agreed.
        Given = "GIVEN",
        /// Said no. Stands against every agreement for the recipient and purpose.
        Refused = "REFUSED",
        /// Took an earlier consent back. Stands against every agreement for the recipient and purpose.
        Withdrawn = "WITHDRAWN",
    }
}

/// An entry on what a person said; the newest for a recipient and purpose counts, until it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Row key, random.
    pub id: Id<Consent>,
    /// Who said it.
    pub individual_id: Id<Individual>,
    /// About sharing with which agency.
    pub recipient_id: Id<Agency>,
    /// For which purpose.
    pub purpose: Purpose,
    /// What was said.
    pub decision: ConsentDecision,
    /// When it was said, UTC.
    pub recorded_at: NaiveDateTime,
    /// The last day on which a consent counts. Refusals and withdrawals do not expire.
    pub expires_on: Option<NaiveDate>,
    /// What was explained to the person; unknown if nothing was in force: then what the agreement grants that is in force first. It
    /// counts for agreements that go beyond it in nothing.
    pub explained: Option<Grants>,
}

impl Consent {
    /// Whether it is a consent that counts on a day, if it is the newest.
    pub fn stands_on(&self, day: NaiveDate) -> bool {
        self.decision == ConsentDecision::Given && self.expires_on.is_none_or(|last| last >= day)
    }
}
