//! Housing that people get under programmes, as it is shown.

pub mod changes;
mod inputs;

use crate::domain;
use crate::domain::category::DataCategory;
use crate::domain::housing::Dwelling;
use crate::graphql::engine::loaders::items;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::programme::Programme;
use crate::graphql::schema::scalars::Date;
use crate::graphql::schema::vocabularies::category;
use crate::policy::{ItemAccess, Released};
use async_graphql::Object;

items! {
    /// Housing, each with its programme.
    Provided => (Released<domain::housing::Housing>, Released<domain::programme::Programme>), housing_of;
}

/// Housing, as released, with its programme.
pub struct Housing {
    housing: Released<domain::housing::Housing>,
    programme: Programme,
}

impl Housing {
    /// What a person lives or lived in.
    pub(in crate::graphql) async fn of(request_context: &RequestContext, person: ItemAccess) -> Vec<Self> {
        let found = request_context.load::<Provided>(person).await;
        found.into_iter().map(|(housing, programme)| Self { housing, programme: Programme(programme) }).collect()
    }
}

/// A dwelling that is provided to a person.
#[Object]
impl Housing {
    /// Under which programme. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn programme(&self) -> &Programme {
        &self.programme
    }

    /// What it is; where it is, the person's place says. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn dwelling(&self) -> Dwelling {
        self.housing.dwelling
    }

    /// First day; 1 January of the year if the row shows dates by year. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn moved_in_on(&self) -> Date {
        Date(self.housing.moved_in_on)
    }

    /// For how many months it is provided. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn months(&self) -> i32 {
        self.housing.months
    }

    /// The day from which the person no longer lives there; null while it does. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn moved_out_on(&self) -> Option<Date> {
        self.housing.moved_out_on.map(Date)
    }
}
