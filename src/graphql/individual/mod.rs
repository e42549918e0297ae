//! Individuals.

pub(super) mod changes;
pub(super) mod filter;
pub(super) mod held;
mod inputs;
pub(super) mod items;
mod merging;
mod record;

use self::filter::IndividualFilter;
use self::items::{Assistance, Enrolment, Enrolments, Payments, Solution, Solutions, SpecificNeed, SpecificNeeds};
use super::agency::{Agency, agency};
use super::case::{Case, Cases};
use super::consent::{Consent, Consents};
use super::engine::request_context::{Load, RequestContext};
use super::housing::Housing;
use super::incident::Incident;
use super::loan::Loan;
use super::nomination::Nomination;
use super::place::{Place, place};
use super::programme::Programme;
use super::schema::ids;
use super::schema::paging::{Listed, PageArguments, connection, queries};
use super::schema::scalars::{Date, DateTime};
use super::schema::vocabularies::category;
use super::school_year::SchoolYear;
use crate::domain;
use crate::domain::category::DataCategory;
use crate::domain::country::CountryCode;
use crate::domain::individual::{AgeBand, LegalStatus, RecordClosure, Sex};
use crate::domain::purpose::Purpose;
use crate::policy::filter::Filter;
use crate::policy::{ItemAccess, RedactionReason, Released};
use crate::store::database::page::Page;
use crate::store::individual::{self as store_individual, order as store};
use crate::store::{ReadSession, Result as Read};
use async_graphql::{Context, Enum, Error, ID, InputObject, Object, SimpleObject};
use chrono::NaiveDateTime;
use std::collections::HashMap;

/// When records last changed, for the holder.
pub struct Updates;

impl Load for Updates {
    type Key = ItemAccess;
    type Value = Option<NaiveDateTime>;

    fn load(session: &mut ReadSession, keys: &[ItemAccess]) -> Read<HashMap<ItemAccess, Self::Value>> {
        let moments = session.updated_at(keys)?;
        Ok(keys.iter().map(|access| (*access, moments.get(&access.id()).copied())).collect())
    }

    fn missing() -> Self::Value {
        None
    }
}

queries! {
    IndividualQueries: "What may be asked of individuals." {
        /// The individuals that the viewer sees.
        individuals(filter: Option<IndividualFilter> = "Which individuals.",
            order_by: Option<IndividualOrder> = "The order; newest registration first by default.") -> IndividualConnection;
    }
}

/// An individual, as released.
#[derive(Clone)]
pub struct Individual(pub Released<domain::individual::Individual>);

impl Individual {
    fn reveals(&self, wanted: DataCategory) -> bool {
        self.0.access().reveal().reveals(wanted)
    }
}

/// A person of the caseload. A field whose category is not revealed is null, and `redactions` says why.
#[Object]
impl Individual {
    /// Global id, for this agency and purpose only.
    pub async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, self.0.id)
    }

    /// The agency that holds the record.
    async fn holder(&self, context: &Context<'_>) -> Result<Agency, Error> {
        agency(context, self.0.holder_id).await
    }

    /// Sex. Category DEMOGRAPHICS.
    #[graphql(directive = category::apply(DataCategory::Demographics))]
    async fn sex(&self) -> Option<Sex> {
        self.0.sex
    }

    /// Age band on the request's UTC date; on 1 January of its year if the row shows dates by year; of an anonymised person, on
    /// the day of that. Category DEMOGRAPHICS.
    #[graphql(directive = category::apply(DataCategory::Demographics))]
    async fn age_band(&self) -> Option<AgeBand> {
        self.0.age_band
    }

    /// Nationality. Category DEMOGRAPHICS.
    #[graphql(directive = category::apply(DataCategory::Demographics))]
    async fn nationality(&self) -> Option<CountryCode> {
        self.0.nationality
    }

    /// Region: the place of level 1. Category DEMOGRAPHICS.
    #[graphql(directive = category::apply(DataCategory::Demographics))]
    async fn region(&self, context: &Context<'_>) -> Option<Place> {
        place(context, self.0.region_id).await
    }

    /// Registration number, unique with its holder. Category IDENTITY.
    #[graphql(directive = category::apply(DataCategory::Identity))]
    async fn registration_number(&self) -> Option<&str> {
        self.0.registration_number.as_deref()
    }

    /// Given name. Category IDENTITY.
    #[graphql(directive = category::apply(DataCategory::Identity))]
    async fn given_name(&self) -> Option<&str> {
        self.0.given_name.as_deref()
    }

    /// Family name. Category IDENTITY.
    #[graphql(directive = category::apply(DataCategory::Identity))]
    async fn family_name(&self) -> Option<&str> {
        self.0.family_name.as_deref()
    }

    /// Exact date of birth. Category IDENTITY.
    #[graphql(directive = category::apply(DataCategory::Identity))]
    async fn date_of_birth(&self) -> Option<Date> {
        self.0.date_of_birth.map(Date)
    }

    /// Telephone number. Category CONTACT.
    #[graphql(directive = category::apply(DataCategory::Contact))]
    async fn phone(&self) -> Option<&str> {
        self.0.phone.as_deref()
    }

    /// Exact place. Category LOCATION.
    #[graphql(directive = category::apply(DataCategory::Location))]
    async fn place(&self, context: &Context<'_>) -> Option<Place> {
        place(context, self.0.place_id).await
    }

    /// Legal status. Category LEGAL_STATUS.
    #[graphql(directive = category::apply(DataCategory::LegalStatus))]
    async fn legal_status(&self) -> Option<LegalStatus> {
        self.0.legal_status
    }

    /// Arrival in the country of asylum; 1 January of the year if the row shows dates by year. Category LEGAL_STATUS.
    #[graphql(directive = category::apply(DataCategory::LegalStatus))]
    async fn arrived_on(&self) -> Option<Date> {
        self.0.arrived_on.map(Date)
    }

    /// Registration with the holder; 1 January of the year if the row shows dates by year. Category LEGAL_STATUS.
    #[graphql(directive = category::apply(DataCategory::LegalStatus))]
    async fn registered_on(&self) -> Option<Date> {
        self.0.registered_on.map(Date)
    }

    /// Why the record is closed; null if it is not. Category LEGAL_STATUS.
    #[graphql(directive = category::apply(DataCategory::LegalStatus))]
    async fn closed_as(&self) -> Option<RecordClosure> {
        self.0.closed_as
    }

    /// The day of departure or death; 1 January of the year if the row shows dates by year. Category LEGAL_STATUS.
    #[graphql(directive = category::apply(DataCategory::LegalStatus))]
    async fn closed_on(&self) -> Option<Date> {
        self.0.closed_on.map(Date)
    }

    /// When the record last changed. For the holder; null for others, who could tell by it which rows are one person.
    async fn updated_at(&self, context: &Context<'_>) -> Option<DateTime> {
        RequestContext::of(context).load::<Updates>(self.0.access()).await.map(DateTime)
    }

    /// Specific needs, by code. Category SPECIFIC_NEEDS.
    #[graphql(directive = category::apply(DataCategory::SpecificNeeds))]
    async fn specific_needs(&self, context: &Context<'_>) -> Option<Vec<SpecificNeed>> {
        if !self.reveals(DataCategory::SpecificNeeds) {
            return None;
        }
        Some(
            RequestContext::of(context)
                .load::<SpecificNeeds>(self.0.access())
                .await
                .into_iter()
                .map(SpecificNeed)
                .collect(),
        )
    }

    /// The case (registration group). Category FAMILY.
    #[graphql(directive = category::apply(DataCategory::Family))]
    async fn case(&self, context: &Context<'_>) -> Option<Case> {
        self.0.case_id?;
        RequestContext::of(context).load::<Cases>(self.0.access()).await.map(Case)
    }

    /// Durable solutions. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn solutions(&self, context: &Context<'_>) -> Option<Vec<Solution>> {
        if !self.reveals(DataCategory::Solutions) {
            return None;
        }
        Some(RequestContext::of(context).load::<Solutions>(self.0.access()).await.into_iter().map(Solution).collect())
    }

    /// Enrolments in programmes that the viewer sees. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn enrolments(&self, context: &Context<'_>) -> Option<Vec<Enrolment>> {
        if !self.reveals(DataCategory::Assistance) {
            return None;
        }
        let found = RequestContext::of(context).load::<Enrolments>(self.0.access()).await;
        let each =
            found.into_iter().map(|(enrolment, programme)| Enrolment { enrolment, programme: Programme(programme) });
        Some(each.collect())
    }

    /// Assistance under programmes that the viewer sees. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn assistance(&self, context: &Context<'_>) -> Option<Vec<Assistance>> {
        if !self.reveals(DataCategory::Assistance) {
            return None;
        }
        let found = RequestContext::of(context).load::<Payments>(self.0.access()).await;
        let each =
            found.into_iter().map(|(payment, programme)| Assistance { payment, programme: Programme(programme) });
        Some(each.collect())
    }

    /// Loans under programmes that the viewer sees. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn loans(&self, context: &Context<'_>) -> Option<Vec<Loan>> {
        match self.reveals(DataCategory::Assistance) {
            true => Some(Loan::of(RequestContext::of(context), self.0.access()).await),
            false => None,
        }
    }

    /// Nominations for circuit rides of which the viewer's agency is a party. Category SOLUTIONS.
    #[graphql(directive = category::apply(DataCategory::Solutions))]
    async fn nominations(&self, context: &Context<'_>) -> Option<Vec<Nomination>> {
        match self.reveals(DataCategory::Solutions) {
            true => Some(Nomination::of(RequestContext::of(context), self.0.access()).await),
            false => None,
        }
    }

    /// Housing under programmes that the viewer sees. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn housing(&self, context: &Context<'_>) -> Option<Vec<Housing>> {
        match self.reveals(DataCategory::Assistance) {
            true => Some(Housing::of(RequestContext::of(context), self.0.access()).await),
            false => None,
        }
    }

    /// Years at school under programmes that the viewer sees. Category ASSISTANCE.
    #[graphql(directive = category::apply(DataCategory::Assistance))]
    async fn school_years(&self, context: &Context<'_>) -> Option<Vec<SchoolYear>> {
        match self.reveals(DataCategory::Assistance) {
            true => Some(SchoolYear::of(RequestContext::of(context), self.0.access()).await),
            false => None,
        }
    }

    /// Protection incidents. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn incidents(&self, context: &Context<'_>) -> Option<Vec<Incident>> {
        match self.reveals(DataCategory::Protection) {
            true => Some(Incident::of(context, self.0.access()).await),
            false => None,
        }
    }

    /// What the person has answered when asked whether data may be shared, the newest first. For the holder; null for others.
    async fn consents(&self, context: &Context<'_>) -> Option<Vec<Consent>> {
        let request_context = RequestContext::of(context);
        let viewer = request_context.viewer();
        if viewer.purpose != Purpose::CaseManagement {
            return None;
        }
        Some(Consent::of(request_context.load::<Consents>(self.0.access()).await, viewer.today))
    }

    /// The categories that are not revealed, and why. Says nothing about whether there are values.
    async fn redactions(&self) -> Vec<Redaction> {
        let each =
            |redaction: crate::policy::Redaction| Redaction { category: redaction.category, reason: redaction.reason };
        self.0.redactions().into_iter().map(each).collect()
    }
}

/// A category of fields that is not shown.
#[derive(SimpleObject)]
pub struct Redaction {
    /// The category.
    category: DataCategory,
    /// Why it is not shown.
    reason: RedactionReason,
}

/// What individuals may be ordered by. Rows whose value is hidden or unknown come last.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum IndividualOrderField {
    /// Registration.
    RegisteredOn,
    /// Arrival.
    ArrivedOn,
    /// Date of birth.
    DateOfBirth,
    /// Family name.
    FamilyName,
    /// Registration number.
    RegistrationNumber,
}

/// The direction of an order.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum OrderDirection {
    /// From the least value up.
    Asc,
    /// From the greatest value down.
    Desc,
}

/// An order of individuals.
#[derive(InputObject, Clone, Copy)]
pub struct IndividualOrder {
    /// By what.
    field: IndividualOrderField,
    /// Which way.
    direction: OrderDirection,
}

impl IndividualOrder {
    const NEWEST_FIRST: Self = Self { field: IndividualOrderField::RegisteredOn, direction: OrderDirection::Desc };

    fn parse(self) -> (store::IndividualOrder, String) {
        let (field, name) = match self.field {
            IndividualOrderField::RegisteredOn => (store::IndividualOrderField::RegisteredOn, "REGISTERED_ON"),
            IndividualOrderField::ArrivedOn => (store::IndividualOrderField::ArrivedOn, "ARRIVED_ON"),
            IndividualOrderField::DateOfBirth => (store::IndividualOrderField::DateOfBirth, "DATE_OF_BIRTH"),
            IndividualOrderField::FamilyName => (store::IndividualOrderField::FamilyName, "FAMILY_NAME"),
            IndividualOrderField::RegistrationNumber => {
                (store::IndividualOrderField::RegistrationNumber, "REGISTRATION_NUMBER")
            }
        };
        let descending = self.direction == OrderDirection::Desc;
        (store::IndividualOrder { field, descending }, format!("individuals {name} {descending}"))
    }
}

connection!(IndividualConnection of IndividualEdge to Individual, Filter, individuals_count: "A page of individuals.");

/// A page of the individuals that the viewer sees.
///
/// # Errors
/// If the filter or a paging argument is not valid, or the database fails.
pub async fn individuals(
    context: &Context<'_>,
    page: PageArguments,
    filter: Option<IndividualFilter>,
    order: Option<IndividualOrder>,
) -> Result<IndividualConnection, Error> {
    let request_context = RequestContext::of(context);
    let (order, order_name) = order.unwrap_or(IndividualOrder::NEWEST_FIRST).parse();
    let window = page.window(context, &order_name)?;
    let filter = filter.unwrap_or_default().parse(request_context)?;
    let selected = context.look_ahead();
    let wants_rows = ["nodes", "edges", "pageInfo"].iter().any(|field| selected.field(field).exists());
    let found = match wants_rows {
        true => request_context.read(|session| session.individuals_page(&filter, order, &window))?,
        false => Page { rows: Vec::new(), has_previous: false, has_next: false },
    };
    let position = |row: &store_individual::Listed| row.position.clone();
    let node = |row: store_individual::Listed| Individual(row.individual);
    Ok(IndividualConnection(Listed::of(request_context, &order_name, filter, found, position, node)))
}
