//! Interviews on circuit rides, as they are shown.

pub(super) mod changes;
mod inputs;
mod outcomes;

use crate::domain;
use crate::domain::category::DataCategory;
use crate::graphql::place::{Place, place};
use crate::graphql::schema::scalars::{DateTime, Language};
use crate::graphql::schema::vocabularies::category;
use crate::policy::Released;
use async_graphql::{Context, Object};

/// An interview, as released with a nomination.
pub struct Interview(pub Released<domain::interview::Interview>);

/// An interview on a circuit ride. The members of a case are interviewed together.
#[Object]
impl Interview {
    /// In which city of the circuit ride: where the officers are, not where the person lives. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn city(&self, context: &Context<'_>) -> Option<Place> {
        place(context, Some(self.0.place_id)).await
    }

    /// When it begins. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn starts_at(&self) -> DateTime {
        DateTime(self.0.starts_at)
    }

    /// When it ends. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn ends_at(&self) -> DateTime {
        DateTime(self.0.ends_at)
    }

    /// By which of the circuit ride's officers, from 1. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn interviewer(&self) -> i32 {
        self.0.interviewer
    }

    /// In which room. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn room(&self) -> &str {
        &self.0.room
    }

    /// The language for which an interpreter is needed; null if none is. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn interpreter_language(&self) -> Option<Language> {
        self.0.interpreter_language.map(|language| Language(language.to_string()))
    }
}
