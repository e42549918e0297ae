//! Which releases are wanted, and what became of each that was due.

use crate::domain::agreement::Agreement;
use crate::domain::statistics::StatisticsTable;
use crate::policy::statistics::{Noise, Withheld};
use chrono::NaiveDate;

/// What became of a release that was due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is made, or would be.
    Made,
    /// Too few people have changed: the last one stands until the day of the next.
    Stands,
    /// It is the newest of the agreement with this reference, whose tables and people are the same.
    TakenOver(String),
    /// It is no longer due: another machine made it, the agreement has ended, or it waits for a release that was made just now under
    /// another one between the same parties.
    Overtaken,
}

/// A release that was due.
#[derive(Debug, Clone)]
pub struct Made {
    /// The agreement's reference.
    pub reference: String,
    /// The release's number.
    pub number: i32,
    /// The day whose people it counts.
    pub as_of: NaiveDate,
    /// The first day of the next.
    pub next_from: NaiveDate,
    /// What became of it.
    pub outcome: Outcome,
    /// How many people are counted.
    pub people: usize,
    /// How many have entered, left or changed since the last one.
    pub changed: usize,
    /// Its tables, and what of each is withheld.
    pub tables: Vec<(StatisticsTable, Withheld)>,
}

/// Which releases are made, and how.
pub struct Wanted<'w> {
    /// The day.
    pub today: NaiveDate,
    /// The one agreement's reference; all of them if none is given.
    pub reference: Option<&'w str>,
    /// Whether nothing is kept.
    pub dry_run: bool,
    /// The noise of an agreement's release.
    pub noise: &'w dyn Fn(&Agreement, i32) -> Noise,
}
