//! What the nouns' types are made of: scalars, ids, connections, filters and payloads.

pub(super) mod filters;
pub(super) mod ids;
pub(super) mod paging;
pub(super) mod scalars;
pub(super) mod user_errors;
pub(super) mod vocabularies;
