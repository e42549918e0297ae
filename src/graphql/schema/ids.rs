//! Sealed ids: global to one agency and one purpose.

use crate::domain::purpose::Purpose;
use crate::domain::{Id, Noun};
use crate::graphql::engine::errors::Code;
use crate::graphql::engine::request_context::RequestContext;
use async_graphql::{Context, Error, ID};

/// Seals a row key.
pub fn seal<T: Noun>(context: &Context<'_>, id: Id<T>) -> ID {
    ID(RequestContext::of(context).seal().seal_key(T::NAME, id.value()))
}

/// Seals the key of what hangs on a person, for the holder.
pub fn of_holder<T: Noun>(context: &Context<'_>, id: Id<T>) -> Option<ID> {
    let own = RequestContext::of(context).viewer().purpose == Purpose::CaseManagement;
    own.then(|| seal(context, id))
}

/// Opens the id of a noun, or says at which argument it is none.
///
/// # Errors
/// If the text is no id of this noun for this agency and purpose, with `INVALID_ID` at the argument.
pub fn open<T: Noun>(request_context: &RequestContext, argument: &str, id: &ID) -> Result<Id<T>, Error> {
    open_any(request_context, &[T::NAME], argument, id).map(|(_, key)| Id::new(key))
}

/// Opens the id of one of some nouns: a number, of a noun that only its name tells.
///
/// # Errors
/// If the text is no id of these nouns for this agency and purpose, with `INVALID_ID` at the argument.
pub fn open_any(
    request_context: &RequestContext,
    nouns: &[&'static str],
    argument: &str,
    id: &ID,
) -> Result<(&'static str, i64), Error> {
    let invalid =
        |_| Code::InvalidId.at(argument, format!("not an id of {} for this agency and purpose", nouns.join(", ")));
    request_context.seal().open_key(nouns, id).map_err(invalid)
}
