//! Those who are enrolled in what is handed over, and whom the receiver does not see.

use crate::domain::handover::{Handover, HandoverExceptionReason};
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::individual::Individual;
use crate::graphql::schema::ids;
use crate::graphql::schema::paging::{Listed, PageArguments, connection};
use crate::store::database::page::{Page, Position};
use crate::store::handover::HandoverException as Found;
use async_graphql::{Context, Error, ID, Object, SimpleObject};

/// The name by which this list's cursors are sealed.
const ORDER: &str = "handoverExceptions";

/// Somebody who is enrolled in what is handed over, and whom the receiver does not see.
#[derive(SimpleObject)]
pub struct HandoverException {
    /// The person.
    individual: Individual,
    /// Why the receiver does not see the person.
    reason: HandoverExceptionReason,
}

connection!(HandoverExceptionConnection of HandoverExceptionEdge to HandoverException, Handover, handover_exceptions_count:
    "A page of people whom the receiver of a handover does not see.");

/// A page of them; none if the viewer's agency is no party to such a handover.
///
/// # Errors
/// If the id or a paging argument is not valid, or the database fails.
pub(super) fn handover_exceptions(
    context: &Context<'_>,
    handover: &ID,
    arguments: PageArguments,
) -> Result<Option<HandoverExceptionConnection>, Error> {
    let request_context = RequestContext::of(context);
    let key = ids::open(request_context, "handoverId", handover)?;
    let window = arguments.window(context, ORDER)?;
    let Some(handover) = request_context.read(|session| Ok(session.handovers(&[key])?.remove(&key)))? else {
        return Ok(None);
    };
    let found = request_context.read(|session| {
        let page = session.handover_exceptions_page(&handover, &window)?;
        let mut people = session.handover_exceptions(&handover, &page.rows)?;
        let rows = page.rows.iter().filter_map(|key| people.remove(key)).collect();
        Ok(Page { rows, has_previous: page.has_previous, has_next: page.has_next })
    })?;
    let position = |(person, _): &Found| Position::of_key(person.id);
    let exception = |(person, reason)| HandoverException { individual: Individual(person), reason };
    let listed = Listed::of(request_context, ORDER, (*handover).clone(), found, position, exception);
    Ok(Some(HandoverExceptionConnection(listed)))
}
