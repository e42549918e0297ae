//! Databases, a server and clients for the tests.

pub mod app;
pub mod databases;
pub mod oracle;
pub mod world;

pub use app::TestApp;
pub use databases::{Database, Engine, each_engine};
