//! Statistics for others: one function of the tables' owner gives finished cells.

use crate::domain::Vocabulary;
use crate::policy::statistics::{Published, Question, TooManyCells, Value};
use crate::store::errors::{Result, StoreError};
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel::{PgConnection, QueryableByName, RunQueryDsl};

#[derive(QueryableByName)]
struct Cell {
    #[diesel(sql_type = Nullable<Array<Nullable<Text>>>)]
    key: Option<Vec<Option<String>>>,
    #[diesel(sql_type = Nullable<BigInt>)]
    count: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    minimum: Option<i64>,
}

/// The finished table of a question: base rows stay behind the wall.
pub fn statistics(
    connection: &mut PgConnection,
    question: &Question,
) -> Result<std::result::Result<Published, TooManyCells>> {
    let value = |value: &Value| match value {
        Value::Code(code) => code.clone(),
        Value::Within(key) | Value::Programme(key) => key.to_string(),
    };
    let grouped: Vec<&str> = question.group_by().iter().map(|dimension| dimension.code()).collect();
    let filtered: Vec<&str> = question.conditions().iter().map(|wanted| wanted.dimension.code()).collect();
    let wanted: Vec<String> = question.conditions().iter().map(|wanted| value(&wanted.value)).collect();
    let cells: Vec<Cell> = diesel::sql_query("SELECT * FROM wall.statistics($1, $2, $3)")
        .bind::<Array<Text>, _>(grouped)
        .bind::<Array<Text>, _>(filtered)
        .bind::<Array<Text>, _>(wanted)
        .load(connection)?;
    let mut cells = cells.into_iter();
    let total = cells.next().ok_or_else(|| StoreError::Corrupt("a table without a total".to_owned()))?;
    let Some(minimum) = total.minimum else {
        return Ok(Err(TooManyCells(total.count.unwrap_or_default().try_into().unwrap_or(usize::MAX))));
    };
    let cells = cells.map(|cell| (cell.key.unwrap_or_default(), cell.count)).collect();
    Ok(Ok(Published::finished(total.count, cells, minimum)))
}
