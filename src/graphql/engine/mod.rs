//! What the execution of a request is made of: what it may ask for, its loads in batches, and its answer.

pub(super) mod answer;
pub(super) mod document;
pub mod errors;
pub(super) mod limits;
pub(super) mod loaders;
mod marks;
mod measure;
pub(super) mod nulls;
pub(super) mod ordering;
pub(super) mod prepared;
pub(super) mod recording;
mod refusals;
pub(super) mod request_context;
pub(super) mod selected;
mod size;
mod text_limits;
mod values;
pub(super) mod values_held;
