//! The GraphQL schema and its execution: one file a noun.

mod agency;
mod agreement;
mod agreement_changes;
mod agreement_preview;
mod agreement_terms;
mod audit;
mod case;
mod caseload_statistics;
mod consent_changes;
mod desk;
mod emergency_access;
mod emergency_changes;
pub mod errors;
mod execution;
mod filters;
mod ids;
mod individual;
mod individual_filter;
mod items;
mod limits;
mod loads;
mod mutation;
mod nulls;
mod ordering;
mod paging;
mod place;
mod population_figure;
mod programme;
mod query;
mod scalars;
mod selected;
mod statistics_preview;
mod text_limits;
mod user_errors;
mod vocabularies;

pub use execution::{Answer, Api, Prepared, Request, Unrecorded};
