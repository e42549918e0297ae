//! Who was counted in the newest release of an agreement: by it the next one knows how many have changed.

use crate::domain::Key;
use crate::store::connection::AnyConnection;
use crate::store::errors::Result;
use crate::store::insert::{ROWS, insert};
use crate::store::tables::statistics_counted;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use std::collections::HashMap;

/// Who was counted, each with a hash of the values.
pub(super) type Counted = HashMap<Key, i64>;

/// How a release differs from the one before.
#[derive(Debug, Clone, Default)]
pub(super) struct Changes {
    /// Who is new, or has other values.
    set: Vec<(Key, i64)>,
    /// Who has other values, or is gone.
    unset: Vec<Key>,
    /// How many people entered, left or changed.
    pub people: usize,
}

/// Who was counted in the newest release.
pub(super) fn counted(connection: &mut AnyConnection, agreement: Key) -> Result<Counted> {
    let rows: Vec<(Key, i64)> = statistics_counted::table
        .filter(statistics_counted::agreement_id.eq(agreement))
        .select((statistics_counted::individual_id, statistics_counted::digest))
        .load(connection)?;
    Ok(rows.into_iter().collect())
}

impl Changes {
    /// What is between those who were counted and those who are now.
    pub fn between(mut before: Counted, now: &[(Key, i64)]) -> Self {
        let mut changes = Self::default();
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

    /// Notes who is counted from now on.
    pub fn keep(&self, connection: &mut AnyConnection, agreement: Key) -> Result<()> {
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
