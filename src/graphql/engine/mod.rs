//! The execution of a request: what it may ask for, its loads in batches, and its answer.

mod answer;
mod document;
pub mod errors;
mod execution;
mod limits;
pub(super) mod loaders;
mod nulls;
mod ordering;
pub(super) mod rate_limit;
pub(super) mod request_context;
pub(super) mod selected;
mod text_limits;
mod values;

pub use answer::Answer;
pub use execution::{Api, Prepared, Recording, Request, Unrecorded};
pub use rate_limit::RateLimit;
