//! The databases: tables, statements, and the one way to a connection. A folder a concern, and one a noun.

pub mod agency;
pub mod agreement;
pub mod audit;
pub mod bulk;
pub mod case;
pub mod circuit_ride;
mod consent;
pub mod database;
pub mod emergency;
pub mod enrolment;
pub mod handover;
pub mod housing;
pub mod individual;
pub mod interview;
pub mod loan;
pub mod nomination;
pub mod participant;
pub mod place;
pub mod population_figure;
pub mod programme;
pub mod programme_result;
pub mod rendered;
pub mod retention;
pub mod rls;
pub mod school_year;
pub mod session;
mod situation;
mod solution;
pub mod statistics;
mod stipend;
pub mod visibility;

pub use database::errors::{Result, StoreError};
pub use session::credentials::{Credentials, ReadError, Refusal};
pub use session::read::ReadSession;
pub use session::store::Store;
pub use session::write::{Session, WriteSession};
