//! What changes of durable solutions take, and what they give.

use crate::domain::country::CountryCode;
use crate::domain::solution::{
    IntegrationForm, Solution, SolutionKind, SolutionStage, SplitReason, SubmissionCategory, SubmissionPriority,
};
use crate::graphql::individual::Individual;
use crate::graphql::schema::scalars::GivenDate;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode, payloads};
use async_graphql::{ID, InputObject};

/// What identifying a person for a durable solution takes.
#[derive(Debug, InputObject)]
pub struct IdentifySolutionInput {
    /// The person, whom the agency holds.
    pub(super) individual_id: ID,
    /// Which solution.
    pub(super) kind: SolutionKind,
    /// What is known of it.
    pub(super) details: Option<SolutionDetailsInput>,
    /// The day; not before the person's birth, arrival and registration, or the end of the same solution before.
    pub(super) on: GivenDate,
    /// Why the person goes apart from its case. Left out: the open records of the case are identified together.
    pub(super) split_reason: Option<SplitReason>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What moving a durable solution on takes.
#[derive(Debug, InputObject)]
pub struct MoveSolutionInput {
    /// The solution, of a person whom the agency holds.
    pub(super) solution_id: ID,
    /// The stage that it has reached.
    pub(super) stage: SolutionStage,
    /// The day; not before that of the stage before.
    pub(super) on: GivenDate,
    /// What is known by now. What is left out stays; what was stated before stays as it is, but for the priority and the help.
    pub(super) details: Option<SolutionDetailsInput>,
    /// Why the person goes apart from its case from now on. Left out: it goes on with those of the case that have come to the same stage
    /// of the same solution by that day, unless it was split before.
    pub(super) split_reason: Option<SplitReason>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What correcting a durable solution takes.
#[derive(Debug, InputObject)]
pub struct CorrectSolutionInput {
    /// The solution, of a person whom the agency holds. The record is open, and the solution is not granted.
    pub(super) solution_id: ID,
    /// The stage that it has reached in truth, and from which it may be moved on. Of those that end it, REJECTED or WITHDRAWN if that is
    /// recorded already, to correct its day.
    pub(super) stage: SolutionStage,
    /// The day on which it has reached it.
    pub(super) on: GivenDate,
    /// Of resettlement: how urgent it has become; as it was if it is left out.
    pub(super) priority: Option<SubmissionPriority>,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    pub(super) idempotency_key: Option<String>,
}

/// What is known of a durable solution.
#[derive(Debug, Clone, Default, InputObject)]
pub struct SolutionDetailsInput {
    /// Of a return or resettlement: the country that it leads to. Of a return, the nationality if it is left out; resettlement needs one
    /// to be submitted.
    destination: Option<CountryCode>,
    /// Of local integration: what it rests on; it must be known from the start.
    form: Option<IntegrationForm>,
    /// Of voluntary repatriation: with help, or spontaneous.
    assisted: Option<bool>,
    /// Of resettlement: on what the submission rests; needed to be submitted.
    submission_category: Option<SubmissionCategory>,
    /// Of resettlement: how urgent it is; normal from its submission on if it is left out.
    priority: Option<SubmissionPriority>,
}

payloads! {
    individual: Individual = "The person; null if nothing was changed.";
    /// The person with the solution, or why nobody was identified.
    IdentifySolutionPayload;
    /// The person with the solution as it stands, or why it was not moved.
    MoveSolutionPayload;
    /// The person with the solution as it stands, or why it was not corrected.
    CorrectSolutionPayload;
}

impl SolutionDetailsInput {
    /// A solution of which this is known too.
    ///
    /// # Errors
    /// If solutions of its kind have no such thing, or it was stated otherwise before.
    pub(super) fn add_to(&self, solution: &Solution) -> Attempt<Solution> {
        let resettlement = solution.kind == SolutionKind::Resettlement;
        for (field, stated, fits) in [
            ("destination", self.destination.is_some(), solution.kind != SolutionKind::LocalIntegration),
            ("form", self.form.is_some(), solution.kind == SolutionKind::LocalIntegration),
            ("assisted", self.assisted.is_some(), solution.kind == SolutionKind::VoluntaryRepatriation),
            ("submissionCategory", self.submission_category.is_some(), resettlement),
            ("priority", self.priority.is_some(), resettlement),
        ] {
            if stated && !fits {
                return Err(invalid(field, format!("{} has none", solution.kind)).into());
            }
        }
        if self.destination.is_some_and(|country| country.is_pseudo()) {
            return Err(
                invalid("destination", "nobody can go there; state a country, or leave it out".to_owned()).into()
            );
        }
        Ok(Solution {
            destination: stated_once("destination", solution.destination, self.destination)?,
            form: stated_once("form", solution.form, self.form)?,
            assisted: self.assisted.or(solution.assisted),
            submission_category: stated_once(
                "submissionCategory",
                solution.submission_category,
                self.submission_category,
            )?,
            priority: self.priority.or(solution.priority),
            ..solution.clone()
        })
    }
}

/// What is known by now of something that cannot become another.
fn stated_once<T: Copy + PartialEq + std::fmt::Display>(
    field: &str,
    known: Option<T>,
    stated: Option<T>,
) -> Attempt<Option<T>> {
    match known.zip(stated).filter(|(known, stated)| known != stated) {
        Some((known, _)) => {
            Err(invalid(field, format!("it is {known}; withdraw this solution and identify another")).into())
        }
        None => Ok(known.or(stated)),
    }
}

fn invalid(field: &str, message: String) -> UserError {
    UserError::at(&format!("details.{field}"), UserErrorCode::Invalid, message)
}
