//! Statistics that give nobody away: closed questions, exact tables, and what of a table may be published.

pub mod disclosure;
pub mod question;
pub mod table;

pub use disclosure::{BASE, BOUND, LEAST_MINIMUM, Noise, Published, PublishedCell};
pub use question::{MOST_DIMENSIONS, NotClosed, Question, Value, Wanted};
pub use table::{Atom, Cell, Figure, Key, MOST_CELLS, Table, TooManyCells};
