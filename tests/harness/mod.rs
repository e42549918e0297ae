//! Databases, a server and clients for the tests.

pub mod app;
pub mod databases;
pub mod oracle;
pub mod services;
pub mod world;

pub use app::TestApp;
pub use databases::{Database, Engine, each_engine};

/// A deadline that no test meets.
pub fn soon() -> panoh::store::database::deadline::Deadline {
    panoh::store::database::deadline::Deadline::after(std::time::Duration::from_secs(600))
}
