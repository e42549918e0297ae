//! The server: routes on one page, credentials in one place.

mod application;
mod bodies;
mod connections;
mod credentials;
mod exchange;
#[cfg(feature = "explorer")]
mod explorer;
mod fixed;
mod gate;
mod graphql;
mod metrics;
mod probes;
mod proxies;
mod receiving;
mod request_id;

pub use application::{Addresses, Application, Settings, StartError, block_on};
