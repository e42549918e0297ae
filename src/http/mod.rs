//! The server: routes on one page, credentials in one place.

mod application;
mod attempt;
mod bodies;
mod budgets;
mod connections;
mod credentials;
mod exchange;
#[cfg(feature = "explorer")]
mod explorer;
mod graphql;
mod large;
mod metrics;
mod probes;
mod proxies;
mod service;
mod turns;
mod unauthenticated;
mod unread;

pub use application::{Addresses, Application, Clock, Settings, StartError, block_on};
