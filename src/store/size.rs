//! How many people there are, about: by it a request's cost is known before it runs.

use super::connection::AnyConnection;
use super::errors::Result;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a number is good.
const GOOD_FOR: Duration = Duration::from_secs(300);

/// How many people there are in all.
#[derive(Debug, Clone, Default)]
pub(super) struct Size(Arc<Mutex<Option<(Instant, i64)>>>);

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    people: i64,
}

impl Size {
    /// As many as were counted last, or now.
    pub fn people(&self, connection: &mut AnyConnection) -> Result<i64> {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, people)) = known.filter(|(at, _)| at.elapsed() < GOOD_FOR) {
            return Ok(people);
        }
        let row: Row = match connection {
            AnyConnection::Sqlite(sqlite) => {
                diesel::sql_query("SELECT count(*) AS people FROM individuals").get_result(sqlite)?
            }
            // What its planner believes: the server sees only whom a client may see.
            AnyConnection::Postgresql(postgres) => diesel::sql_query(
                "SELECT greatest(reltuples, 0)::bigint AS people FROM pg_class WHERE oid = 'individuals'::regclass",
            )
            .get_result(postgres)?,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), row.people));
        Ok(row.people)
    }
}
