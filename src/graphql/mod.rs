//! The GraphQL schema and its execution: one room a noun.

mod agency;
mod agreement;
mod audit;
mod case;
mod consent;
mod emergency;
mod engine;
mod individual;
mod mutation;
mod place;
mod population_figure;
mod programme;
mod query;
mod schema;
mod statistics;

pub use engine::{Answer, Api, Prepared, RateLimit, Recording, Request, Unrecorded, errors};
pub use schema::scalars::DateTime;
