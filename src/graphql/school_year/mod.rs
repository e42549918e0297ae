//! Years at school of people in programmes, as they are shown.

pub mod changes;
mod inputs;

use crate::domain;
use crate::domain::category::DataCategory;
use crate::graphql::engine::loaders::items;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::programme::Programme;
use crate::graphql::schema::scalars::Date;
use crate::graphql::schema::vocabularies::category;
use crate::policy::{ItemAccess, Released};
use async_graphql::Object;

items! {
    /// Years at school, each with its programme.
    SchoolYears => (Released<domain::school_year::SchoolYear>, Released<domain::programme::Programme>), school_years_of;
}

/// A year at school, as released, with its programme.
pub struct SchoolYear {
    year: Released<domain::school_year::SchoolYear>,
    programme: Programme,
}

impl SchoolYear {
    /// The years at school of a person.
    pub(in crate::graphql) async fn of(request_context: &RequestContext, person: ItemAccess) -> Vec<Self> {
        let found = request_context.load::<SchoolYears>(person).await;
        found.into_iter().map(|(year, programme)| Self { year, programme: Programme(programme) }).collect()
    }
}

/// A year at school of a person.
#[Object]
impl SchoolYear {
    /// Under which programme. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn programme(&self) -> &Programme {
        &self.programme
    }

    /// In which grade, from 1. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn grade(&self) -> i32 {
        self.year.grade
    }

    /// First day; 1 January of the year if the row shows dates by year. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn started_on(&self) -> Date {
        Date(self.year.started_on)
    }

    /// The day from which the person no longer goes there; null while it does. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn ended_on(&self) -> Option<Date> {
        self.year.ended_on.map(Date)
    }

    /// Whether the person completed the grade; null while the year has not ended. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn completed(&self) -> Option<bool> {
        self.year.completed
    }
}
