//! What imports, administration and the demo do, outside policy: many rows looked up, and many added.

pub mod insert;
pub mod lookup;
pub mod merge;
pub mod update;
