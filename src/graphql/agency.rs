//! Agencies, clients and the viewer.

use super::agreement::Agreement;
use super::engine::errors::Code;
use super::engine::limits::Limits;
use super::engine::loaders::rows;
use super::engine::request_context::RequestContext;
use super::schema::filters::CodeFilter;
use super::schema::ids;
use super::schema::paging::{Listed, PageArguments, connection, queries};
use crate::domain;
use crate::domain::Id;
use crate::domain::client::Role;
use crate::domain::country::CountryCode;
use crate::domain::purpose::Purpose;
use crate::policy::Released;
use crate::store::ReadSession;
use crate::store::agency::AgencyFilter as Wanted;
use crate::store::database::page::Position;
use async_graphql::{Context, Error, ID, InputObject, Object};

queries! {
    AgencyQueries: "What may be asked of agencies and the viewer." {
        /// All agencies, by code. Reference data: everybody sees all agencies.
        agencies(filter: Option<AgencyFilter> = "Which agencies.") -> AgencyConnection;

        /// On whose behalf the request runs, and for what.
        async fn viewer(&self) -> Viewer {
            Viewer
        }
    }
}

/// Which agencies to list. All that is given must hold.
#[derive(InputObject, Clone, Default)]
pub struct AgencyFilter {
    /// With such a code.
    code: Option<CodeFilter>,
}

connection!(AgencyConnection of AgencyEdge to Agency, Wanted, agencies_count: "A page of agencies.");

/// A page of agencies, by code.
///
/// # Errors
/// If the filter or a paging argument is not valid, or the database fails.
pub async fn agencies(
    context: &Context<'_>,
    page: PageArguments,
    filter: Option<AgencyFilter>,
) -> Result<AgencyConnection, Error> {
    let request_context = RequestContext::of(context);
    let code = filter.unwrap_or_default().code;
    let wanted = Wanted { codes: code.map(|code| code.one_of("filter.code")).transpose()? };
    let window = page.window(context, "agencies")?;
    let found = request_context.read(|session| session.agencies_page(&wanted, &window))?;
    let position = |row: &Released<domain::agency::Agency>| Position::of_text(&row.code, row.id);
    Ok(AgencyConnection(Listed::of(request_context, "agencies", wanted, found, position, Agency)))
}

/// An agency, by its row.
#[derive(Clone)]
pub struct Agency(pub Released<domain::agency::Agency>);

rows! {
    /// Agencies.
    Agencies => domain::agency::Agency, agencies;
}

/// The agency with a key that a foreign key of the database vouches for.
///
/// # Errors
/// If there is no agency with this key, with `INTERNAL`.
pub async fn agency(context: &Context<'_>, key: Id<domain::agency::Agency>) -> Result<Agency, Error> {
    let found = RequestContext::of(context).load::<Agencies>(key).await;
    found.map(Agency).ok_or_else(|| Code::Internal.error("an agency is missing"))
}

/// An agency that holds or receives data.
#[Object]
impl Agency {
    /// Global id, for this agency and purpose only.
    pub async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, self.0.id)
    }

    /// Short code, unique: `unhcr`, `embassy-us`.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Full name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The state that it acts for, if any.
    async fn country(&self) -> Option<CountryCode> {
        self.0.country
    }
}

/// A client of an agency.
#[derive(Clone)]
pub struct Client(pub domain::client::Client);

/// The program or person that calls, identified by its key.
#[Object]
impl Client {
    /// Global id, for this agency and purpose only.
    pub async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, self.0.id)
    }

    /// Name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it may do.
    async fn role(&self) -> Role {
        self.0.role
    }
}

/// The viewer of a request.
pub struct Viewer;

/// On whose behalf the request runs, and for what.
#[Object]
impl Viewer {
    /// The agency that looks.
    async fn agency(&self, context: &Context<'_>) -> Agency {
        Agency(Released::reference(RequestContext::of(context).viewer().agency.clone()))
    }

    /// The client that acts for it.
    async fn client(&self, context: &Context<'_>) -> Client {
        Client(RequestContext::of(context).viewer().client.clone())
    }

    /// The request's one purpose.
    async fn purpose(&self, context: &Context<'_>) -> Purpose {
        RequestContext::of(context).viewer().purpose
    }

    /// The purposes for which the client is registered, one of which a request states.
    async fn purposes(&self, context: &Context<'_>) -> Result<Vec<Purpose>, Error> {
        RequestContext::of(context).read(ReadSession::purposes)
    }

    /// What one request may ask for at most.
    async fn limits(&self) -> Limits {
        Limits::default()
    }

    /// The agreements of this purpose, in force today, to which the agency is a party.
    async fn agreements(&self, context: &Context<'_>) -> Result<Vec<Agreement>, Error> {
        let in_force = RequestContext::of(context).read(|session| Ok(session.agreements_in_force().to_vec()))?;
        Ok(in_force.into_iter().map(|agreement| Agreement(Released::reference(agreement))).collect())
    }
}
