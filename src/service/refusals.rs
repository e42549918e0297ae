//! How requests are refused that are not worked at.

use crate::graphql::Answer;
use crate::graphql::errors::Code;
use std::time::Duration;

/// After how long it is worth trying again, if nothing better is known.
pub(super) const RETRY: Duration = Duration::from_secs(1);

/// An answer that the database, or the others, are in the way of.
pub(super) fn unavailable(message: &str) -> Answer {
    Answer::refusal(Code::Unavailable.error(message))
}

/// An answer that refuses what is too much.
pub(super) fn limit(message: &str) -> Answer {
    Answer::refusal(Code::Limit.error(message))
}
