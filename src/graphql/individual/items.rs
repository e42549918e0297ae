//! What hangs on an individual: needs, solutions, enrolments, assistance.

use crate::domain;
use crate::domain::category::DataCategory;
use crate::domain::country::CountryCode;
use crate::domain::money::decimal;
use crate::domain::solution::{
    IntegrationForm, SolutionKind, SolutionStage, SplitReason, SubmissionCategory, SubmissionPriority,
};
use crate::domain::specific_need::VOCABULARY_VERSION;
use crate::graphql::engine::loaders::items;
use crate::graphql::programme::Programme;
use crate::graphql::schema::ids;
use crate::graphql::schema::scalars::{CurrencyCode, Date, Decimal};
use crate::graphql::schema::vocabularies::category;
use crate::policy::Released;
use async_graphql::{Context, ID, Object};

items! {
    /// Specific needs.
    SpecificNeeds => Released<domain::specific_need::SpecificNeed>, specific_needs_of;
    /// Solutions.
    Solutions => Released<domain::solution::Solution>, solutions_of;
    /// Enrolments, each with its programme.
    Enrolments => (Released<domain::enrolment::Enrolment>, Released<domain::programme::Programme>), enrolments_of;
    /// Assistance, each with its programme.
    Payments => (Released<domain::assistance::Assistance>, Released<domain::programme::Programme>), assistance_of;
}

/// A specific need, as released.
pub struct SpecificNeed(pub Released<domain::specific_need::SpecificNeed>);

/// A specific need, by UNHCR's standardised codes.
#[Object]
impl SpecificNeed {
    /// A category such as ER, or one with a sub-code such as ER-NF. Category SPECIFIC_NEEDS.
    #[graphql(directive = category::apply(DataCategory::SpecificNeeds))]
    async fn code(&self) -> &str {
        self.0.code.as_str()
    }

    /// What the code's category means. Category SPECIFIC_NEEDS.
    #[graphql(directive = category::apply(DataCategory::SpecificNeeds))]
    async fn meaning(&self) -> &str {
        self.0.code.meaning()
    }

    /// The edition of the list of codes.
    async fn vocabulary_version(&self) -> &str {
        VOCABULARY_VERSION
    }
}

/// A durable solution, as released.
pub struct Solution(pub Released<domain::solution::Solution>);

/// A durable solution that is pursued for a person.
#[Object]
impl Solution {
    /// Id for changes, for the holder; others have none. `node` does not read it.
    async fn id(&self, context: &Context<'_>) -> Option<ID> {
        ids::of_holder(context, self.0.id)
    }

    /// Which solution. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn kind(&self) -> SolutionKind {
        self.0.kind
    }

    /// For local integration: what it rests on. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn form(&self) -> Option<IntegrationForm> {
        self.0.form
    }

    /// How far it has come. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn stage(&self) -> SolutionStage {
        self.0.stage
    }

    /// When the stage was reached; 1 January of the year if the row shows dates by year. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn stage_on(&self) -> Option<Date> {
        self.0.stage_on.map(Date)
    }

    /// The country that it leads to. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn destination(&self) -> Option<CountryCode> {
        self.0.destination
    }

    /// With help, or spontaneous; null if that is not known. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn assisted(&self) -> Option<bool> {
        self.0.assisted
    }

    /// Of resettlement: on what the submission rests, by UNHCR's submission categories. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn submission_category(&self) -> Option<SubmissionCategory> {
        self.0.submission_category
    }

    /// Of resettlement: how urgent it is. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn priority(&self) -> Option<SubmissionPriority> {
        self.0.priority
    }

    /// Why the person pursues it apart from its case; null if it goes with the case. Categories SOLUTIONS and FAMILY: both must be
    /// revealed.
    #[graphql(directive = category::apply(DataCategory::Family))]
    async fn split_reason(&self) -> Option<SplitReason> {
        self.0.split_reason
    }
}

/// An enrolment, as released, with its programme.
pub struct Enrolment {
    pub(in crate::graphql) enrolment: Released<domain::enrolment::Enrolment>,
    pub(in crate::graphql) programme: Programme,
}

/// A person's enrolment in a programme.
#[Object]
impl Enrolment {
    /// In which programme. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn programme(&self) -> &Programme {
        &self.programme
    }

    /// First day; 1 January of the year if the row shows dates by year. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn started_on(&self) -> Option<Date> {
        self.enrolment.started_on.map(Date)
    }

    /// The day from which the person is no longer enrolled; null while that is open. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn ended_on(&self) -> Option<Date> {
        self.enrolment.ended_on.map(Date)
    }
}

/// Assistance, as released, with its programme.
pub struct Assistance {
    pub(in crate::graphql) payment: Released<domain::assistance::Assistance>,
    pub(in crate::graphql) programme: Programme,
}

/// A payment to a person.
#[Object]
impl Assistance {
    /// Under which programme. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn programme(&self) -> &Programme {
        &self.programme
    }

    /// Amount in the currency's unit, with the currency's decimals: `125.00`. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn amount(&self) -> Decimal {
        Decimal(decimal(self.payment.amount_minor, &self.payment.currency))
    }

    /// ISO 4217 code of the currency. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn currency(&self) -> CurrencyCode {
        CurrencyCode(self.payment.currency.clone())
    }

    /// When it was paid; 1 January of the year if the row shows dates by year. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn paid_on(&self) -> Date {
        Date(self.payment.paid_on)
    }

    /// The first day for which a stipend is; null of other payments; 1 January of the year if the row shows dates by year. Category
    /// ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn period_from(&self) -> Option<Date> {
        self.payment.period_from.map(Date)
    }

    /// The last day for which a stipend is; null of other payments; 1 January of the year if the row shows dates by year. Category
    /// ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn period_until(&self) -> Option<Date> {
        self.payment.period_until.map(Date)
    }
}
