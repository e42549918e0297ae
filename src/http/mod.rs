//! The server: routes on one page, credentials in one place.

mod application;
mod bodies;
mod credentials;
#[cfg(feature = "explorer")]
mod explorer;
mod graphql;
mod metrics;
mod probes;

pub use application::{Addresses, Application, Clock, Settings, StartError, block_on};
