//! Value types and vocabularies that cannot be wrong once made. No input or output happens here.

mod id;
mod vocabulary;

pub mod activity;
pub mod agency;
pub mod agreement;
pub mod assistance;
pub mod audit;
pub mod case;
pub mod category;
pub mod circuit_ride;
pub mod client;
pub mod consent;
pub mod country;
pub mod coverage;
pub mod emergency_access;
pub mod enrolment;
pub mod grants;
pub mod handover;
pub mod housing;
pub mod incident;
pub mod individual;
pub mod interview;
pub mod language;
pub mod loan;
pub mod money;
pub mod nomination;
pub mod place;
pub mod population_figure;
pub mod programme;
pub mod programme_result;
pub mod purpose;
pub mod retention;
pub mod school_year;
pub mod situation;
pub mod solution;
pub mod specific_need;
pub mod statistics;
pub mod stipend;
pub mod text;
pub mod training_session;

pub use id::{Id, Noun};
pub(crate) use vocabulary::vocabulary;
pub use vocabulary::{UnknownCode, Vocabulary};
