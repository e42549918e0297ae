//! Openings of emergency agreements.

pub(super) mod changes;

use super::agreement::Agreement;
use super::engine::errors::Code;
use super::engine::request_context::RequestContext;
use super::schema::ids;
use super::schema::paging::{Listed, PageArguments, connection, queries};
use super::schema::scalars::DateTime;
use super::schema::vocabularies::requires;
use crate::domain::client::Role;
use crate::domain::emergency_access::EmergencyReason;
use crate::store::emergency_access::Opened;
use async_graphql::{Context, Error, ID, Object};
use chrono::Utc;

queries! {
    EmergencyAccessQueries: "What may be asked of openings of emergency agreements." {
        /// When emergency agreements to which the viewer's agency is a party were opened, newest first.
        #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
        emergency_accesses() -> EmergencyAccessConnection;
    }
}

/// The name by which this list's cursors are sealed.
const ORDER: &str = "emergencyAccesses";

/// An opening of an emergency agreement, by its row.
#[derive(Clone)]
pub struct EmergencyAccess(pub Opened);

/// An opening of an emergency agreement: for its time the agreement shares what it says.
#[Object]
impl EmergencyAccess {
    /// Global id, for this agency and purpose only.
    pub async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, self.0.access.id)
    }

    /// The agreement.
    async fn agreement(&self) -> Agreement {
        Agreement(self.0.agreement.clone())
    }

    /// Why the recipient opened it.
    async fn reason(&self) -> EmergencyReason {
        self.0.access.reason
    }

    /// From when on it shares.
    async fn opened_at(&self) -> DateTime {
        DateTime(self.0.access.opened_at)
    }

    /// From when on it no longer does.
    async fn closes_at(&self) -> DateTime {
        DateTime(self.0.access.closes_at)
    }

    /// Whether it makes the agreement share at the time of the request: it has not closed, and the agreement is in force.
    async fn is_open(&self, context: &Context<'_>) -> bool {
        let today = RequestContext::of(context).viewer().today;
        self.0.access.is_open(Utc::now().naive_utc()) && self.0.agreement.in_force(today)
    }

    /// When the provider reviewed it; null before that, and until then the recipient opens no version of the agreement again.
    async fn reviewed_at(&self) -> Option<DateTime> {
        self.0.access.reviewed_at.map(DateTime)
    }

    /// What the provider found; null before the review.
    async fn justified(&self) -> Option<bool> {
        self.0.access.justified
    }
}

connection!(EmergencyAccessConnection of EmergencyAccessEdge to EmergencyAccess, (), emergency_count: "A page of openings of emergency agreements.");

/// A page of the openings of agreements to which the viewer's agency is a party.
pub(super) async fn emergency_accesses(
    context: &Context<'_>,
    arguments: PageArguments,
) -> Result<EmergencyAccessConnection, Error> {
    let request_context = RequestContext::of(context);
    if request_context.viewer().client.role != Role::DataOfficer {
        return Err(Code::Forbidden.error("emergency accesses are for clients with the role DATA_OFFICER"));
    }
    let window = arguments.window(context, ORDER)?;
    let found = request_context.read(|session| session.emergency_page(&window))?;
    Ok(EmergencyAccessConnection(Listed::of(request_context, ORDER, (), found, Opened::position, EmergencyAccess)))
}
