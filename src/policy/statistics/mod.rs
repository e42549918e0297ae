//! Statistics that give nobody away: closed questions, exact tables for the holder, and what of a table may be released.

pub mod answer;
pub mod bound;
pub mod drawn;
pub mod question;
pub mod released;
pub mod table;
mod withholding;

pub use answer::{Published, PublishedCell};
pub use drawn::{BASE, Drawn, Figure, MIN_MINIMUM, Noise};
pub use question::{NotClosed, Question, Value, Wanted};
pub use released::{Counting, Person, ReleasedTable, Withheld};
pub use table::{Atom, MAX_CELLS, Table, TooManyCells};
pub use withholding::MAX_WITH_REST;

/// A value for each dimension; none if it is unknown or a list is empty.
pub type Key = Vec<Option<String>>;
