//! Whom a viewer sees: coverage, and what reads it.

mod coverage;
mod deciding;
mod predicate;
mod stream;
mod undecided;

pub use coverage::{Deviation, deviations, keep, keep_anew, record};
pub(super) use deciding::Deciding;
pub use predicate::Predicate;
pub use stream::Stream;
pub(super) use stream::{OTHER, other_coverage};
pub use undecided::{keep_some, undecided};
