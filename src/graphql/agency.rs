//! Agencies, clients and the viewer.

use super::agreement::Agreement;
use super::engine::errors::Code;
use super::engine::loaders::rows;
use super::engine::request_context::RequestContext;
use super::schema::ids;
use crate::domain;
use crate::domain::Key;
use crate::domain::client::Role;
use crate::domain::country::CountryCode;
use crate::domain::purpose::Purpose;
use crate::policy::Released;
use async_graphql::{Context, Error, ID, Object};

/// What may be asked of the viewer.
#[derive(Default)]
pub struct AgencyQueries;

/// What may be asked of the viewer.
#[Object]
impl AgencyQueries {
    /// On whose behalf the request runs, and for what.
    async fn viewer(&self) -> Viewer {
        Viewer
    }
}

/// An agency, by its row.
#[derive(Clone)]
pub struct Agency(pub Released<domain::agency::Agency>);

rows! {
    /// Agencies.
    Agencies => domain::agency::Agency, agencies;
}

/// The agency with a key that a foreign key of the database vouches for.
pub async fn agency(context: &Context<'_>, key: Key) -> Result<Agency, Error> {
    let found = RequestContext::of(context).load::<Agencies>(key).await;
    found.map(Agency).ok_or_else(|| Code::Internal.error("an agency is missing"))
}

/// An agency that holds or receives data.
#[Object]
impl Agency {
    /// Global id, for this agency and purpose only.
    pub async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, "Agency", self.0.id)
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
pub struct Client(domain::client::Client);

/// The program or person that calls, identified by its key.
#[Object]
impl Client {
    /// Global id, for this agency and purpose only.
    async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, "Client", self.0.id)
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

    /// The agreements of this purpose, in force today, to which the agency is a party.
    async fn agreements(&self, context: &Context<'_>) -> Result<Vec<Agreement>, Error> {
        let in_force = RequestContext::of(context).read(|snapshot| Ok(snapshot.agreements_in_force().to_vec()))?;
        Ok(in_force.into_iter().map(|agreement| Agreement(Released::reference(agreement))).collect())
    }
}
