//! One request's way to the database: who asks, what they are granted, and the snapshot in which they are answered.

pub mod credentials;
pub(super) mod policy_epoch;
pub mod snapshot;
mod viewers;
