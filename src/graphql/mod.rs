//! The GraphQL schema and its execution: one room a noun.

mod agency;
mod agreement;
mod api;
mod audit;
mod case;
mod circuit_ride;
mod consent;
mod emergency_access;
mod engine;
mod enrolment;
mod handover;
mod housing;
mod individual;
mod interview;
mod loan;
mod mutation;
mod nomination;
mod place;
mod population_figure;
mod programme;
mod programme_result;
mod query;
mod schema;
mod school_year;
mod situation;
mod solution;
mod statistics;
mod stipend;
mod training_session;

pub use api::Api;
pub use engine::answer::Answer;
pub use engine::errors;
pub use engine::prepared::{Prepared, Request};
pub use engine::rate_limit::RateLimit;
pub use engine::recording::{Recording, Unrecorded};
pub use schema::scalars::DateTime;
