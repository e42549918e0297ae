//! The order of magnitude of the caseload: by it a request's cost is known before it runs. Clients are told costs, so that they must tell
//! nothing of how many people there are, nor that somebody came.

use super::connection::AnyConnection;
use super::errors::Result;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl};

/// The least that is told apart.
const MIN_PEOPLE: i64 = 10_000;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    people: i64,
}

/// The least power of ten that is no less than the number of people there are, and at least ten thousand.
pub(in crate::store) fn magnitude(connection: &mut AnyConnection) -> Result<i64> {
    let row: Row = match connection {
        AnyConnection::Sqlite(sqlite) => {
            diesel::sql_query("SELECT count(*) AS people FROM individuals").get_result(sqlite)?
        }
        // What its planner believes: the server's role sees nobody by itself.
        AnyConnection::Postgresql(postgres) => diesel::sql_query(
            "SELECT greatest(reltuples, 0)::bigint AS people FROM pg_class WHERE oid = 'individuals'::regclass",
        )
        .get_result(postgres)?,
    };
    Ok(above(row.people))
}

fn above(people: i64) -> i64 {
    let tens = std::iter::successors(Some(MIN_PEOPLE), |power| power.checked_mul(10));
    tens.into_iter().find(|power| *power >= people).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::above;

    #[test]
    fn a_magnitude_is_a_power_of_ten() {
        for (people, expected) in [(0, 10_000), (10_000, 10_000), (10_001, 100_000), (1_000_000, 1_000_000)] {
            assert_eq!(above(people), expected);
        }
        assert_eq!(above(i64::MAX), i64::MAX);
    }
}
