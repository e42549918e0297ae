//! Sealed ids: global to one agency and one purpose.

use crate::domain::Key;
use crate::domain::purpose::Purpose;
use crate::graphql::engine::errors::Code;
use crate::graphql::engine::request_context::RequestContext;
use async_graphql::{Context, Error, ID};

/// Seals a row key.
pub fn seal(context: &Context<'_>, noun: &str, key: Key) -> ID {
    ID(RequestContext::of(context).seal().seal_key(noun, key))
}

/// Seals the key of what hangs on a person, for the holder.
pub fn of_holder(context: &Context<'_>, noun: &str, key: Key) -> Option<ID> {
    let own = RequestContext::of(context).viewer().purpose == Purpose::CaseManagement;
    own.then(|| seal(context, noun, key))
}

/// Opens the id of a noun, or says at which argument it is none.
pub fn open(request_context: &RequestContext, noun: &'static str, argument: &str, id: &ID) -> Result<Key, Error> {
    open_any(request_context, &[noun], argument, id).map(|(_, key)| key)
}

/// Opens the id of one of some nouns.
pub fn open_any(
    request_context: &RequestContext,
    nouns: &[&'static str],
    argument: &str,
    id: &ID,
) -> Result<(&'static str, Key), Error> {
    let invalid =
        |_| Code::InvalidId.at(argument, format!("not an id of {} for this agency and purpose", nouns.join(", ")));
    request_context.seal().open_key(nouns, id).map_err(invalid)
}
