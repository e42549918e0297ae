//! Durable solutions.

use super::country::CountryCode;
use super::individual::Individual;
use super::{Id, vocabulary};
use chrono::NaiveDate;

vocabulary! {
    /// A durable solution.
    SolutionKind {
        /// Return to the country of origin, of one's own will.
        VoluntaryRepatriation = "VOLUNTARY_REPATRIATION",
        /// Settlement in a third country.
        Resettlement = "RESETTLEMENT",
        /// Staying, with citizenship or legal residence.
        LocalIntegration = "LOCAL_INTEGRATION",
    }
}

vocabulary! {
    /// What local integration rests on.
    IntegrationForm {
        /// Citizenship of the country of asylum.
        Citizenship = "CITIZENSHIP",
        /// Legal residence in the country of asylum.
        LegalResidence = "LEGAL_RESIDENCE",
    }
}

vocabulary! {
    /// How far a solution has come.
    SolutionStage {
        /// The person was identified for it.
        Identified = "IDENTIFIED",
        /// The case was submitted.
        Submitted = "SUBMITTED",
        /// The person was interviewed.
        Interviewed = "INTERVIEWED",
        /// The person was accepted.
        Accepted = "ACCEPTED",
        /// The person has left.
        Departed = "DEPARTED",
        /// Citizenship or residence was granted.
        Granted = "GRANTED",
        /// It was refused. Reaches no least stage but its own.
        Rejected = "REJECTED",
        /// The person withdrew. Reaches no least stage but its own.
        Withdrawn = "WITHDRAWN",
    }
}

impl SolutionStage {
    /// Whether a solution can come to this stage: who departs is repatriated or resettled, who is granted something stays.
    pub fn fits(self, kind: SolutionKind) -> bool {
        match self {
            Self::Departed => kind != SolutionKind::LocalIntegration,
            Self::Granted => kind == SolutionKind::LocalIntegration,
            _ => true,
        }
    }

    /// The stages that count as `self` or later: a case that was refused or withdrawn has left the way.
    pub fn or_later(self) -> Vec<Self> {
        use SolutionStage::*;
        match self {
            Rejected | Withdrawn | Departed | Granted => vec![self],
            _ => [Identified, Submitted, Interviewed, Accepted, Departed, Granted]
                .into_iter()
                .filter(|stage| *stage >= self)
                .collect(),
        }
    }
}

/// A durable solution that is pursued for an individual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Solution {
    /// Row key.
    pub id: Id<Solution>,
    /// For whom.
    pub individual_id: Id<Individual>,
    /// Which solution.
    pub kind: SolutionKind,
    /// For local integration: what it rests on.
    pub form: Option<IntegrationForm>,
    /// How far it has come.
    pub stage: SolutionStage,
    /// The country it leads to.
    pub destination: Option<CountryCode>,
    /// With help, or spontaneous; unknown where nobody said.
    pub assisted: Option<bool>,
    /// When the stage was reached.
    pub stage_on: Option<NaiveDate>,
}

#[cfg(test)]
mod tests {
    use super::SolutionStage::*;

    #[test]
    fn later_stages_leave_out_cases_that_ended_without_a_solution() {
        assert_eq!(Interviewed.or_later(), [Interviewed, Accepted, Departed, Granted]);
        assert_eq!(Rejected.or_later(), [Rejected]);
        assert_eq!(Departed.or_later(), [Departed]);
    }
}
