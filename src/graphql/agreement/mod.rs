//! Agreements.

pub(super) mod changes;
pub(super) mod preview;
mod terms;

use super::agency::{Agency, agency};
use super::engine::request_context::RequestContext;
use super::schema::filters::{AgreementStatusFilter, CodeFilter, PurposeFilter};
use super::schema::ids;
use super::schema::paging::{Listed, PageArguments, connection, queries};
use super::schema::scalars::Date;
use super::schema::vocabularies::requires;
use crate::domain;
use crate::domain::agreement::AgreementStatus;
use crate::domain::category::DataCategory;
use crate::domain::client::Role;
use crate::domain::country::CountryCode;
use crate::domain::grants::Level;
use crate::domain::individual::LegalStatus;
use crate::domain::programme::ProgrammeKind;
use crate::domain::purpose::Purpose;
use crate::domain::solution::{SolutionKind, SolutionStage};
use crate::domain::statistics::StatisticsDimension;
use crate::policy::Released;
use crate::store::agreement::AgreementFilter as Wanted;
use crate::store::database::page::Position;
use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject};
use preview::{AgreementPreviewInput, AgreementPreviewPayload};

queries! {
    AgreementQueries: "What may be asked of agreements." {
        /// The agreements to which the viewer's agency is a party, by reference.
        agreements(filter: Option<AgreementFilter> = "Which agreements.") -> AgreementConnection;

        /// What the recipient of an agreement would see, were it in force today: for its provider, before it is signed.
        #[graphql(directive = requires::apply(vec![Role::DataOfficer], Some(Purpose::CaseManagement)))]
        async fn agreement_preview(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "The terms.")] input: AgreementPreviewInput,
        ) -> Result<AgreementPreviewPayload, Error> {
            preview::preview(context, &input)
        }
    }
}

/// An agreement, by its row.
#[derive(Clone)]
pub struct Agreement(pub Released<domain::agreement::Agreement>);

/// A data-sharing agreement.
#[Object]
impl Agreement {
    /// Global id, for this agency and purpose only.
    pub async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, self.0.id)
    }

    /// Reference, unique: `DSA-2003-01`.
    async fn reference(&self) -> &str {
        &self.0.reference
    }

    /// The agency that shares what it holds.
    async fn provider(&self, context: &Context<'_>) -> Result<Agency, Error> {
        agency(context, self.0.provider_id).await
    }

    /// The agency that sees it.
    async fn recipient(&self, context: &Context<'_>) -> Result<Agency, Error> {
        agency(context, self.0.recipient_id).await
    }

    /// The one purpose it is for.
    async fn purpose(&self) -> Purpose {
        self.0.purpose
    }

    /// How much of a person it shows.
    async fn level(&self) -> Level {
        self.0.level
    }

    /// The data categories that it grants.
    async fn categories(&self) -> Vec<DataCategory> {
        self.0.categories.iter().copied().collect()
    }

    /// The people it is about.
    async fn scope(&self) -> AgreementScope {
        AgreementScope::from(self.0.scope.clone())
    }

    /// Whether each person's consent is required. To the country of origin it always is.
    async fn consent_required(&self) -> bool {
        self.0.consent_required
    }

    /// The smallest count that statistics may show.
    async fn minimum_cell_size(&self) -> i32 {
        self.0.minimum_cell_size
    }

    /// The tables of counts that are released under it.
    async fn statistics_tables(&self) -> Vec<StatisticsTable> {
        self.0.statistics_tables.iter().map(StatisticsTable::from).collect()
    }

    /// How many months lie between two releases; null if nothing is released.
    async fn release_months(&self) -> Option<i32> {
        self.0.release_months
    }

    /// First day in force.
    async fn valid_from(&self) -> Date {
        Date(self.0.valid_from)
    }

    /// Last day in force.
    async fn valid_until(&self) -> Date {
        Date(self.0.valid_until)
    }

    /// How many months after its end the recipient may keep what it got; null if no limit is agreed. After these, the
    /// consents that were given for it are erased too.
    async fn retention_months(&self) -> Option<i32> {
        self.0.retention_months
    }

    /// Whether it is for emergencies: in force it shares nothing until the recipient opens it (openEmergencyAccess), and never with
    /// the country of origin, whatever the person said.
    async fn emergency(&self) -> bool {
        self.0.emergency
    }

    /// Where it stands.
    async fn status(&self) -> AgreementStatus {
        self.0.status
    }
}

/// A table of counts: people by the values of its dimensions together.
#[derive(SimpleObject)]
pub struct StatisticsTable {
    /// What people are counted by.
    dimensions: Vec<StatisticsDimension>,
    /// In how many of its figures one person may be: 1 if no dimension is a list. Of more values one fewer are counted, which a
    /// keyed hash chooses, and the last figure is that of the people whose values are not all counted.
    values_per_person: i32,
}

impl From<&domain::statistics::StatisticsTable> for StatisticsTable {
    fn from(table: &domain::statistics::StatisticsTable) -> Self {
        Self { dimensions: table.dimensions.clone(), values_per_person: table.values_per_person }
    }
}

/// The people that an agreement is about. A dimension that is null restricts nothing; one that is given covers nobody whose attribute is unknown.
#[derive(SimpleObject)]
pub struct AgreementScope {
    /// Nationalities.
    nationalities: Option<Vec<CountryCode>>,
    /// P-codes of places, with all below them.
    places: Option<Vec<String>>,
    /// Legal statuses.
    legal_statuses: Option<Vec<LegalStatus>>,
    /// Codes of specific needs; a category covers its sub-codes.
    specific_needs: Option<Vec<String>>,
    /// Kinds of programme in which the person is enrolled.
    programmes: Option<Vec<ProgrammeKind>>,
    /// Solutions, any of which must match.
    solutions: Option<Vec<SolutionScope>>,
    /// Countries to whose circuit rides the person is nominated, until the ride closes.
    circuit_rides: Option<Vec<CountryCode>>,
}

/// One way for a person's solutions to match a scope.
#[derive(SimpleObject)]
pub struct SolutionScope {
    /// The kind of solution.
    kind: SolutionKind,
    /// The stage that must be reached; null if any will do.
    least_stage: Option<SolutionStage>,
    /// The country that it must lead to; null if any will do.
    destination: Option<CountryCode>,
}

impl From<domain::agreement::Scope> for AgreementScope {
    fn from(scope: domain::agreement::Scope) -> Self {
        let solution = |scope: domain::agreement::SolutionScope| SolutionScope {
            kind: scope.kind,
            least_stage: scope.least_stage,
            destination: scope.destination,
        };
        Self {
            nationalities: scope.nationalities,
            places: scope.places.map(|places| places.into_iter().map(|place| place.code).collect()),
            legal_statuses: scope.legal_statuses,
            specific_needs: scope.specific_needs.map(|needs| needs.iter().map(ToString::to_string).collect()),
            programmes: scope.programmes,
            solutions: scope.solutions.map(|solutions| solutions.into_iter().map(solution).collect()),
            circuit_rides: scope.circuit_rides,
        }
    }
}

/// Which agreements to list. What is not given restricts nothing.
#[derive(InputObject, Clone, Default)]
pub struct AgreementFilter {
    /// At such a status.
    status: Option<AgreementStatusFilter>,
    /// For such a purpose.
    purpose: Option<PurposeFilter>,
    /// With such a reference.
    reference: Option<CodeFilter>,
}

connection!(AgreementConnection of AgreementEdge to Agreement, Wanted, agreements_count: "A page of agreements.");

/// A page of the agreements to which the viewer's agency is a party.
///
/// # Errors
/// If the filter or a paging argument is not valid, or the database fails.
pub async fn agreements(
    context: &Context<'_>,
    page: PageArguments,
    filter: Option<AgreementFilter>,
) -> Result<AgreementConnection, Error> {
    let request_context = RequestContext::of(context);
    let filter = filter.unwrap_or_default();
    let wanted = Wanted {
        statuses: filter.status.map(|status| status.one_of("filter.status")).transpose()?,
        purposes: filter.purpose.map(|purpose| purpose.one_of("filter.purpose")).transpose()?,
        references: filter.reference.map(|reference| reference.one_of("filter.reference")).transpose()?,
    };
    let window = page.window(context, "agreements")?;
    let found = request_context.read(|session| session.agreements_page(&wanted, &window))?;
    let position = |row: &Released<domain::agreement::Agreement>| Position::of_text(&row.reference, row.id);
    Ok(AgreementConnection(Listed::of(request_context, "agreements", wanted, found, position, Agreement)))
}
