//! One request's way to the database: who asks, what they are granted, and the session in which they are answered.

mod identify;
pub mod read;
pub mod store;
mod viewers;
pub mod write;
