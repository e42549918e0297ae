//! What imports, administration and the demo do, outside policy: many rows looked up, and many added.

pub mod contradiction;
pub mod insert;
pub mod lookup;
pub mod merge;
mod merge_incidents;
pub mod reference;
pub mod update;

/// How many keys one statement looks up.
const KEYS: usize = 1_000;
