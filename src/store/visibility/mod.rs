//! Whom a viewer sees: coverage, and what reads it.

mod coverage;
mod predicate;
mod stream;

pub use coverage::{Deviation, deviations, keep, keep_anew, record};
pub use predicate::Predicate;
pub use stream::Stream;
pub(super) use stream::{OTHER, other_coverage};
