//! Programmes.

use super::agency::{Agency, agency};
use super::engine::loaders::lists;
use super::engine::request_context::RequestContext;
use super::iati_report::{
    BudgetsOfProgrammes, LocationsOfProgrammes, OrganisationsOfProgrammes, ProgrammeBudget, ProgrammeLocation,
    ProgrammeOrganisation, ProgrammeTransaction, TransactionsOfProgrammes,
};
use super::place::{Place, place_key};
use super::programme_result::ProgrammeResult;
use super::schema::filters::{CodeFilter, PlaceTest, ProgrammeKindFilter, ProgrammeStatusFilter};
use super::schema::ids;
use super::schema::paging::{Listed, PageArguments, connection, queries};
use super::schema::scalars::Date;
use super::schema::user_errors::{Allowed, Attempt, UserError, changed};
use super::training_session::TrainingSession;
use crate::domain::client::Role;
use crate::domain::programme::{ProgrammeKind, ProgrammeStatus};
use crate::domain::{self, Id};
use crate::policy::Released;
use crate::store::WriteSession;
use crate::store::database::page::Position;
use crate::store::programme::ProgrammeFilter as Wanted;
use async_graphql::{Context, Error, ID, InputObject, Object};
use chrono::NaiveDate;
use std::fmt::Debug;

queries! {
    ProgrammeQueries: "What may be asked of programmes." {
        /// The programmes that the viewer sees, by identifier.
        programmes(filter: Option<ProgrammeFilter> = "Which programmes.") -> ProgrammeConnection;
    }
}

lists! {
    /// The places of programmes.
    PlacesOfProgrammes of domain::programme::Programme => Released<domain::place::Place>, places_of_programmes;
}

/// The programme of which something was changed once, by a data officer's client; others are told otherwise.
///
/// # Errors
/// As [`changed`].
pub fn changed_programme(
    request_context: &RequestContext,
    given: (Option<&str>, &impl Debug),
    otherwise: &str,
    work: impl FnOnce(&mut WriteSession) -> Attempt<Id<domain::programme::Programme>>,
) -> Result<Result<Option<Programme>, Vec<UserError>>, Error> {
    let who = Allowed { roles: &[Role::DataOfficer], purpose: None, otherwise };
    changed(request_context, given, &who, work, |session, key| {
        Ok(session.programmes(&[key])?.remove(&key).map(Programme))
    })
}

/// A programme, by its row.
#[derive(Clone)]
pub struct Programme(pub Released<domain::programme::Programme>);

/// A programme, visible to its lead, its implementer and the parties of an agreement whose scope names its kind.
#[Object]
impl Programme {
    /// Global id, for this agency and purpose only.
    pub async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, self.0.id)
    }

    /// IATI activity identifier, unique.
    async fn identifier(&self) -> &str {
        &self.0.identifier
    }

    /// Name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it does.
    async fn kind(&self) -> ProgrammeKind {
        self.0.kind
    }

    /// The agency that leads it.
    async fn lead(&self, context: &Context<'_>) -> Result<Agency, Error> {
        agency(context, self.0.lead_on(today(context))).await
    }

    /// The agency that implements it; null if that is not known.
    async fn implementer(&self, context: &Context<'_>) -> Result<Option<Agency>, Error> {
        match self.0.implementer_on(today(context)) {
            Some(key) => agency(context, key).await.map(Some),
            None => Ok(None),
        }
    }

    /// The agency to which it is handed over; null unless a handover is accepted whose day has not come.
    async fn next_lead(&self, context: &Context<'_>) -> Result<Option<Agency>, Error> {
        match self.0.next_lead_id.filter(|_| self.is_to_be_handed_over(context)) {
            Some(key) => agency(context, key).await.map(Some),
            None => Ok(None),
        }
    }

    /// The day from which that agency leads it.
    async fn next_lead_from(&self, context: &Context<'_>) -> Option<Date> {
        self.0.next_lead_from.filter(|_| self.is_to_be_handed_over(context)).map(Date)
    }

    /// IATI activity status.
    async fn status(&self) -> ProgrammeStatus {
        self.0.status
    }

    /// OECD DAC purpose code, five digits: 24040 is micro-credit.
    async fn sector(&self) -> Option<&str> {
        self.0.sector.as_deref()
    }

    /// First day.
    async fn starts_on(&self) -> Option<Date> {
        self.0.starts_on.map(Date)
    }

    /// Last day.
    async fn ends_on(&self) -> Option<Date> {
        self.0.ends_on.map(Date)
    }

    /// Where it works, by P-code.
    async fn places(&self, context: &Context<'_>) -> Vec<Place> {
        RequestContext::of(context).load::<PlacesOfProgrammes>(self.0.id).await.into_iter().map(Place).collect()
    }

    /// What it reports for each indicator and period.
    async fn results(&self, context: &Context<'_>) -> Vec<ProgrammeResult> {
        ProgrammeResult::of(RequestContext::of(context), self.0.id).await
    }

    /// What it may cost in each period, as its report says.
    async fn budgets(&self, context: &Context<'_>) -> Vec<ProgrammeBudget> {
        let found = RequestContext::of(context).load::<BudgetsOfProgrammes>(self.0.id).await;
        found.into_iter().map(ProgrammeBudget).collect()
    }

    /// What it received, promised or spent, by day, as its report says.
    async fn transactions(&self, context: &Context<'_>) -> Vec<ProgrammeTransaction> {
        let found = RequestContext::of(context).load::<TransactionsOfProgrammes>(self.0.id).await;
        found.into_iter().map(ProgrammeTransaction).collect()
    }

    /// The organisations that take part, as its report says.
    async fn organisations(&self, context: &Context<'_>) -> Vec<ProgrammeOrganisation> {
        let found = RequestContext::of(context).load::<OrganisationsOfProgrammes>(self.0.id).await;
        found.into_iter().map(ProgrammeOrganisation).collect()
    }

    /// Where it works beside its places: locations of its report that have no P-code here.
    async fn locations(&self, context: &Context<'_>) -> Vec<ProgrammeLocation> {
        let found = RequestContext::of(context).load::<LocationsOfProgrammes>(self.0.id).await;
        found.into_iter().map(ProgrammeLocation).collect()
    }

    /// Training sessions, the newest first.
    async fn training_sessions(&self, context: &Context<'_>) -> Vec<TrainingSession> {
        TrainingSession::of(RequestContext::of(context), self.0.id).await
    }

    /// Refugees it means to reach.
    async fn refugees_target(&self) -> Option<i32> {
        self.0.refugees_target
    }

    /// Refugees reached, as the implementer reports; never computed.
    async fn refugees_reached(&self) -> Option<i32> {
        self.0.refugees_reached
    }

    /// People of the host community it means to reach.
    async fn host_community_target(&self) -> Option<i32> {
        self.0.host_community_target
    }

    /// People of the host community reached, as the implementer reports.
    async fn host_community_reached(&self) -> Option<i32> {
        self.0.host_community_reached
    }
}

impl Programme {
    fn is_to_be_handed_over(&self, context: &Context<'_>) -> bool {
        self.0.next_lead_from.is_some_and(|from| from > today(context))
    }
}

fn today(context: &Context<'_>) -> NaiveDate {
    RequestContext::of(context).viewer().today
}

/// Which programmes to list. What is not given restricts nothing.
#[derive(InputObject, Clone, Default)]
pub struct ProgrammeFilter {
    /// Of such a kind.
    kind: Option<ProgrammeKindFilter>,
    /// At such a status.
    status: Option<ProgrammeStatusFilter>,
    /// With such an IATI identifier.
    identifier: Option<CodeFilter>,
    /// With such a DAC purpose code.
    sector: Option<CodeFilter>,
    /// Here or below.
    place: Option<PlaceTest>,
}

connection!(ProgrammeConnection of ProgrammeEdge to Programme, Wanted, programmes_count: "A page of programmes.");

/// A page of programmes, by identifier.
///
/// # Errors
/// If the filter or a paging argument is not valid, or the database fails.
pub async fn programmes(
    context: &Context<'_>,
    page: PageArguments,
    filter: Option<ProgrammeFilter>,
) -> Result<ProgrammeConnection, Error> {
    let request_context = RequestContext::of(context);
    let filter = filter.unwrap_or_default();
    let wanted = Wanted {
        kinds: filter.kind.map(|kind| kind.one_of("filter.kind")).transpose()?,
        statuses: filter.status.map(|status| status.one_of("filter.status")).transpose()?,
        identifiers: filter.identifier.map(|identifier| identifier.one_of("filter.identifier")).transpose()?,
        sectors: filter.sector.map(|sector| sector.one_of("filter.sector")).transpose()?,
        place: filter.place.map(|test| place_key(request_context, &test, "filter.place")).transpose()?,
    };
    let window = page.window(context, "programmes")?;
    let found = request_context.read(|session| session.programmes_page(&wanted, &window))?;
    let position = |row: &Released<domain::programme::Programme>| Position::of_text(&row.identifier, row.id);
    Ok(ProgrammeConnection(Listed::of(request_context, "programmes", wanted, found, position, Programme)))
}
