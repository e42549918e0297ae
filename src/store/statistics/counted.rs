//! Who was counted in the newest release of an agreement: by it the next one knows how many have changed.

use crate::domain::Id;
use crate::domain::agreement::Agreement;
use crate::domain::individual::Individual;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::insert::{ROWS, insert};
use crate::store::database::tables::statistics_counted;
use diesel::connection::SimpleConnection;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use std::collections::{HashMap, HashSet};

/// Who was counted, each with a hash of the values.
pub(super) type Known = HashMap<Id<Individual>, i64>;

/// How a release differs from the one before.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    /// Who is new, or has other values.
    set: Vec<(Id<Individual>, i64)>,
    /// Who has other values, or is gone.
    unset: Vec<Id<Individual>>,
    /// How many people entered, left or changed.
    pub people: usize,
    /// How many are counted, or were.
    of: usize,
    /// How many are counted now, also of those who were not compared.
    now: usize,
}

/// Who was counted in the newest release.
pub(super) fn counted(connection: &mut AnyConnection, agreement: Id<Agreement>) -> Result<Known> {
    let rows: Vec<(Id<Individual>, i64)> = statistics_counted::table
        .filter(statistics_counted::agreement_id.eq(agreement))
        .select((statistics_counted::individual_id, statistics_counted::digest))
        .load(connection)?;
    Ok(rows.into_iter().collect())
}

/// The fewest people who must have entered, left or changed before a new release is made.
pub const MIN_CHANGES: usize = 20;

/// The share of people who must have, too: one in so many.
pub const CHANGES_OF: usize = 100;

impl Changes {
    /// Whether a new release may be made.
    pub fn are_enough(&self) -> bool {
        self.people >= MIN_CHANGES && self.people * CHANGES_OF >= self.of
    }

    /// Whether a new release may be made of other people than were counted: if few are in both, and most are in one of them only,
    /// nobody is counted again to speak of.
    pub fn are_enough_of_both(&self) -> bool {
        (self.of < MIN_CHANGES && self.of * 2 < self.now) || self.are_enough()
    }

    /// What is between those who were counted and those who are now.
    pub fn between(mut before: Known, now: &[(Id<Individual>, i64)]) -> Self {
        let mut changes = Self { of: now.len().max(before.len()), now: now.len(), ..Self::default() };
        for (id, digest) in now {
            match before.remove(id) {
                Some(same) if same == *digest => {}
                Some(_) => {
                    changes.set.push((*id, *digest));
                    changes.unset.push(*id);
                }
                None => changes.set.push((*id, *digest)),
            }
        }
        changes.people = changes.set.len() + before.len();
        changes.unset.extend(before.into_keys());
        changes
    }

    /// The same of those who were counted and are: that somebody is only one of these is no change, if other people are covered.
    pub fn of_both(mut before: Known, now: &[(Id<Individual>, i64)]) -> Self {
        let both: Vec<(Id<Individual>, i64)> = now.iter().filter(|(id, _)| before.contains_key(id)).copied().collect();
        let in_both: HashSet<Id<Individual>> = both.iter().map(|(id, _)| *id).collect();
        before.retain(|id, _| in_both.contains(id));
        Self { now: now.len(), ..Self::between(before, &both) }
    }

    /// Notes who is counted from now on.
    ///
    /// # Errors
    /// If the database fails.
    pub fn keep(&self, connection: &mut AnyConnection, agreement: Id<Agreement>) -> Result<()> {
        for some in self.unset.chunks(ROWS) {
            let gone = statistics_counted::table
                .filter(statistics_counted::agreement_id.eq(agreement))
                .filter(statistics_counted::individual_id.eq_any(some.to_vec()));
            diesel::delete(gone).execute(connection)?;
        }
        insert!(connection, statistics_counted::table, self.set, |row| (
            statistics_counted::agreement_id.eq(agreement),
            statistics_counted::individual_id.eq(row.0),
            statistics_counted::digest.eq(row.1),
        ))
    }
}

/// Counts for one agreement whoever was counted for another, whose tables and people are the same.
pub(super) fn copy_counted(connection: &mut AnyConnection, from: Id<Agreement>, to: Id<Agreement>) -> Result<()> {
    Ok(connection.batch_execute(&format!(
        "INSERT INTO statistics_counted (agreement_id, individual_id, digest) \
         SELECT {to}, individual_id, digest FROM statistics_counted WHERE agreement_id = {from}"
    ))?)
}
