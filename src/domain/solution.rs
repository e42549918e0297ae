//! Durable solutions.

use super::country::CountryCode;
use super::individual::{Inconsistency, Individual, LegalStatus};
use super::{Id, Noun, vocabulary};
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

vocabulary! {
    /// UNHCR's resettlement submission categories: on what a submission rests (Resettlement Handbook, chapter 6).
    SubmissionCategory {
        /// Legal and physical protection needs.
        LegalPhysicalProtection = "LPN",
        /// Survivors of violence or torture.
        SurvivorViolenceTorture = "SVT",
        /// Medical needs.
        Medical = "MED",
        /// Women and girls at risk.
        WomenAtRisk = "AWR",
        /// Family reunification.
        FamilyReunification = "FAM",
        /// Children and adolescents at risk.
        ChildrenAtRisk = "CHL",
        /// Lack of foreseeable alternative durable solutions.
        LackOfAlternatives = "LAS",
    }
}

vocabulary! {
    /// UNHCR's priority of a resettlement submission (Resettlement Handbook, chapter 6).
    SubmissionPriority {
        /// Emergency: to leave within days.
        Emergency = "EM",
        /// Urgent: to leave within weeks.
        Urgent = "UG",
        /// Normal.
        Normal = "NR",
    }
}

vocabulary! {
    /// Why a member of a case pursues a solution apart from the others.
    SplitReason {
        /// The family has separated.
        Separated = "SEPARATED",
        /// The person's need cannot wait for the others.
        Urgent = "URGENT",
        /// The others decline the solution, or the person declines theirs.
        Declined = "DECLINED",
        /// The others do not qualify for it, or the person does not.
        Ineligible = "INELIGIBLE",
        /// Anything else.
        Other = "OTHER",
    }
}

impl SolutionStage {
    /// Whether nothing comes after it.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Departed | Self::Granted | Self::Rejected | Self::Withdrawn)
    }

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
    /// With help, or spontaneous; unknown if nobody said.
    pub assisted: Option<bool>,
    /// When the stage was reached.
    pub stage_on: Option<NaiveDate>,
    /// Of resettlement: on what the submission rests.
    pub submission_category: Option<SubmissionCategory>,
    /// Of resettlement: how urgent it is.
    pub priority: Option<SubmissionPriority>,
    /// Why the person pursues it apart from its case, if it does.
    pub split_reason: Option<SplitReason>,
}

impl Noun for Solution {
    const NAME: &'static str = "Solution";
}

impl Solution {
    /// A solution for which a person is identified, and of which nothing else is known.
    pub fn identified(id: Id<Solution>, individual_id: Id<Individual>, kind: SolutionKind) -> Self {
        Self {
            id,
            individual_id,
            kind,
            form: None,
            stage: SolutionStage::Identified,
            destination: None,
            assisted: None,
            stage_on: None,
            submission_category: None,
            priority: None,
            split_reason: None,
        }
    }

    /// The stages that it can come to next. A country may decide on the file, without an interview; whoever returns spontaneously
    /// leaves without being submitted; a country that has accepted somebody may still refuse.
    pub fn next_stages(&self) -> Vec<SolutionStage> {
        use SolutionStage::*;
        let returns = self.kind == SolutionKind::VoluntaryRepatriation;
        let next: &[SolutionStage] = match self.stage {
            Identified if returns => &[Submitted, Departed, Withdrawn],
            Identified => &[Submitted, Withdrawn],
            Submitted if returns => &[Interviewed, Accepted, Departed, Rejected, Withdrawn],
            Submitted => &[Interviewed, Accepted, Granted, Rejected, Withdrawn],
            Interviewed => &[Accepted, Granted, Rejected, Withdrawn],
            Accepted => &[Departed, Granted, Rejected, Withdrawn],
            Departed | Granted | Rejected | Withdrawn => &[],
        };
        next.iter().copied().filter(|stage| stage.fits(self.kind)).collect()
    }

    /// The solution, with what is not known of it taken from another of the same way.
    pub fn or(self, other: &Self) -> Self {
        Self {
            assisted: self.assisted.or(other.assisted),
            submission_category: self.submission_category.or(other.submission_category),
            priority: self.priority.or(other.priority),
            split_reason: self.split_reason.or(other.split_reason),
            ..self
        }
    }

    /// Why the person cannot have it: it leads to where the person came from, the person is a citizen or resident already, or its day
    /// lies before what comes first. One that was refused or withdrawn is what it was, and of one that was reached the legal status is
    /// that of afterwards: only its day and where it led can be wrong.
    pub fn inconsistencies(&self, person: &Individual) -> Vec<Inconsistency> {
        let has = |status| person.legal_status == Some(status);
        let is_pursued = !self.stage.is_final();
        let is_early = self.stage_on.zip(person.earliest()).is_some_and(|(on, earliest)| on < earliest);
        let leads_back = self.kind == SolutionKind::Resettlement
            && self.destination.is_some_and(|to| person.nationality == Some(to))
            && (is_pursued || self.stage == SolutionStage::Departed);
        let is_resident = self.form == Some(IntegrationForm::LegalResidence) && has(LegalStatus::LegalResident);
        let wrong = [
            (is_early, "stage_on", "its day lies before birth, arrival or registration"),
            (is_pursued && has(LegalStatus::Citizen), "kind", "the person is a citizen already"),
            (is_pursued && is_resident, "form", "the person has legal residence already"),
            (leads_back, "destination", "this is the country of origin: a return is VOLUNTARY_REPATRIATION"),
        ];
        let wrong = wrong.into_iter().filter(|(is_wrong, ..)| *is_wrong);
        wrong.map(|(_, field, reason)| Inconsistency { field, reason }).collect()
    }

    /// Whether it was granted, and nobody of a legal status has been granted it.
    pub fn is_denied_by(&self, status: LegalStatus) -> bool {
        let fits: &[LegalStatus] = match self.form {
            Some(IntegrationForm::Citizenship) => &[LegalStatus::Citizen],
            Some(IntegrationForm::LegalResidence) => &[LegalStatus::Citizen, LegalStatus::LegalResident],
            None => return false,
        };
        self.stage == SolutionStage::Granted && !fits.contains(&status)
    }

    /// Whether another one leads to the same, by the same way.
    pub fn is_same_way(&self, other: &Self) -> bool {
        (self.kind, self.form, self.destination) == (other.kind, other.form, other.destination)
    }
}

#[cfg(test)]
mod tests {
    use super::SolutionStage::*;
    use super::*;
    use crate::domain::Vocabulary;

    #[test]
    fn every_way_ends_and_no_way_turns_back() {
        for kind in SolutionKind::ALL {
            for stage in SolutionStage::ALL.iter().filter(|stage| stage.fits(*kind)) {
                let next = Solution { kind: *kind, stage: *stage, ..solution() }.next_stages();
                assert_eq!(next.is_empty(), stage.is_final(), "{kind} {stage}");
                assert!(next.iter().all(|next| next > stage && next.fits(*kind)), "{kind} {stage}");
            }
        }
        let submitted = Solution { stage: Submitted, ..solution() };
        assert!(!submitted.next_stages().contains(&Departed), "nobody is resettled who was not accepted");
    }

    fn solution() -> Solution {
        Solution::identified(Id::new(1), Id::new(1), SolutionKind::Resettlement)
    }

    #[test]
    fn later_stages_leave_out_cases_that_ended_without_a_solution() {
        assert_eq!(Interviewed.or_later(), [Interviewed, Accepted, Departed, Granted]);
        assert_eq!(Rejected.or_later(), [Rejected]);
        assert_eq!(Departed.or_later(), [Departed]);
    }
}
