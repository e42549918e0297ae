//! What the viewer's client may still ask for.

use crate::graphql::schema::scalars::DateTime;
use async_graphql::SimpleObject;

/// The client's budget. Its unit is about a millisecond of work. It fills up again all the time.
#[derive(SimpleObject, Clone)]
pub struct RateLimit {
    /// What this request was expected to cost before it ran, by its form and by the size of such a caseload to a power of ten. It is charged
    /// what it takes.
    pub cost: i64,
    /// What a full budget holds.
    pub limit: i64,
    /// What is left, this request's cost taken off.
    pub remaining: i64,
    /// When the budget is full again, if nothing more is asked.
    pub reset_at: DateTime,
}
