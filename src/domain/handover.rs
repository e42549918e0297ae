//! Handovers of programmes from one agency to another.

use super::agency::Agency;
use super::programme::Programme;
use super::{Id, Noun, vocabulary};
use chrono::{NaiveDate, NaiveDateTime};

vocabulary! {
    /// Where the handover of a programme stands.
    HandoverDecision {
        /// The receiver has not answered.
        Proposed = "PROPOSED",
        /// The receiver takes the programme over on the day of the cut-over.
        Accepted = "ACCEPTED",
        /// The receiver does not take it over.
        Declined = "DECLINED",
        /// The proposer has taken the proposal back.
        Withdrawn = "WITHDRAWN",
    }
}

vocabulary! {
    /// Why the receiver of a handover does not see somebody who is enrolled.
    HandoverExceptionReason {
        /// The person was not asked for consent.
        ConsentMissing = "CONSENT_MISSING",
        /// The person refused consent, or took it back.
        ConsentRefused = "CONSENT_REFUSED",
        /// The consent has expired.
        ConsentExpired = "CONSENT_EXPIRED",
        /// The consent stands, and no agreement in force covers the person, or none within what was explained.
        NotCovered = "NOT_COVERED",
    }
}

/// A handover: on its day the receiver becomes the lead of what it has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// Row key.
    pub id: Id<Handover>,
    /// The agency that leads the programmes.
    pub proposer_id: Id<Agency>,
    /// The agency that is to lead them.
    pub receiver_id: Id<Agency>,
    /// From which day on.
    pub cut_over_on: NaiveDate,
    /// When it was proposed, in UTC.
    pub proposed_at: NaiveDateTime,
}

impl Noun for Handover {
    const NAME: &'static str = "Handover";
}

/// A programme of a handover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandoverProgramme {
    /// The handover.
    pub handover_id: Id<Handover>,
    /// The programme.
    pub programme_id: Id<Programme>,
    /// Where it stands.
    pub decision: HandoverDecision,
    /// On which day it was accepted, declined or withdrawn.
    pub decided_on: Option<NaiveDate>,
}
