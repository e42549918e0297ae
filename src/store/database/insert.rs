//! Many rows inserted by few statements.

/// Rows of one statement: below SQLite's 32,766 and PostgreSQL's 65,535 values for the widest table.
pub(in crate::store) const ROWS: usize = 1_000;

/// Inserts rows, each given as the values of its columns.
macro_rules! insert {
    ($connection:expr, $table:expr, $rows:expr, |$row:ident| $values:expr) => {{
        for chunk in $rows.chunks(ROWS) {
            let values: Vec<_> = chunk.iter().map(|$row| $values).collect();
            match $connection {
                AnyConnection::Sqlite(sqlite) => diesel::insert_into($table).values(&values).execute(sqlite)?,
                AnyConnection::Postgresql(postgres) => diesel::insert_into($table).values(&values).execute(postgres)?,
            };
        }
        Ok(())
    }};
}
pub(in crate::store) use insert;
