//! Emergencies, as they are shown.

pub(super) mod changes;
mod inputs;

use crate::domain;
use crate::domain::Vocabulary;
use crate::domain::category::DataCategory;
use crate::domain::emergency::{EmergencyAction, EmergencyOutcome, EmergencyQuestion, EmergencyStatus};
use crate::graphql::schema::ids;
use crate::graphql::schema::scalars::Date;
use crate::graphql::schema::vocabularies::category;
use crate::policy::Released;
use crate::store::emergency::EmergencyFile;
use async_graphql::{Context, ID, Object};
use chrono::NaiveDate;

/// An emergency, as released.
pub struct Emergency {
    file: EmergencyFile,
    today: NaiveDate,
}

impl Emergency {
    /// As it stands today.
    pub(in crate::graphql) fn new(file: EmergencyFile, today: NaiveDate) -> Self {
        Self { file, today }
    }
}

/// An incident that is followed up at once, for one person: what is known, what is not, and what is done.
#[Object]
impl Emergency {
    /// Id for changes, for the holder; others have none. `node` does not read it.
    async fn id(&self, context: &Context<'_>) -> Option<ID> {
        ids::of_holder(context, self.file.emergency.id)
    }

    /// Where it stands. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn status(&self) -> EmergencyStatus {
        self.file.emergency.status()
    }

    /// When it was opened; 1 January of the year if the row shows dates by year. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn opened_on(&self) -> Date {
        Date(self.file.emergency.opened_on)
    }

    /// When it was closed; 1 January of the year if the row shows dates by year. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn closed_on(&self) -> Option<Date> {
        self.file.emergency.closed_on.map(Date)
    }

    /// How it ended. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn outcome(&self) -> Option<EmergencyOutcome> {
        self.file.emergency.outcome
    }

    /// What is known. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn known(&self) -> Vec<EmergencyFact> {
        self.file.facts.iter().cloned().map(EmergencyFact).collect()
    }

    /// What is not. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn unknown(&self) -> Vec<EmergencyQuestion> {
        let is_known = |question: &EmergencyQuestion| self.file.facts.iter().any(|fact| fact.question == *question);
        EmergencyQuestion::ALL.iter().filter(|question| !is_known(question)).copied().collect()
    }

    /// What is done, by when it must be. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn steps(&self) -> Vec<EmergencyStep> {
        self.file.steps.iter().cloned().map(EmergencyStep).collect()
    }

    /// How many steps were due before today and are not done; none once it is closed. For the holder; null for others, who have no part in them.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn overdue(&self, context: &Context<'_>) -> Option<i32> {
        ids::of_holder(context, self.file.emergency.id)?;
        let is_open = self.file.emergency.closed_on.is_none();
        let is_overdue = |step: &&Released<domain::emergency::EmergencyStep>| {
            is_open && step.done_on.is_none() && step.due_on < self.today
        };
        Some(self.file.steps.iter().filter(is_overdue).count() as i32)
    }
}

/// A fact, as released.
pub struct EmergencyFact(Released<domain::emergency::EmergencyFact>);

/// What is known in an emergency.
#[Object]
impl EmergencyFact {
    /// What was asked. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn question(&self) -> EmergencyQuestion {
        self.0.question
    }

    /// What is known; null if the row shows dates by year, as it may name people. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn answer(&self) -> Option<&str> {
        self.0.answer.as_deref()
    }

    /// Since when; 1 January of the year if the row shows dates by year. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn known_on(&self) -> Date {
        Date(self.0.known_on)
    }
}

/// A step, as released.
pub struct EmergencyStep(Released<domain::emergency::EmergencyStep>);

/// What is done in an emergency.
#[Object]
impl EmergencyStep {
    /// Id for changes, for the holder; others have none. `node` does not read it.
    async fn id(&self, context: &Context<'_>) -> Option<ID> {
        ids::of_holder(context, self.0.id)
    }

    /// What. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn action(&self) -> EmergencyAction {
        self.0.action
    }

    /// By when; 1 January of the year if the row shows dates by year. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn due_on(&self) -> Date {
        Date(self.0.due_on)
    }

    /// When it was done; null until it is; 1 January of the year if the row shows dates by year. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn done_on(&self) -> Option<Date> {
        self.0.done_on.map(Date)
    }
}
