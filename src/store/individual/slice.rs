//! Slices of individuals in an order: streams that an index serves each, merged, in which a hidden value decides nothing.

use super::order::{IndividualOrder, IndividualOrderField};
use super::row::{Row, columns};
use crate::domain::individual::Individual;
use crate::policy::filter::{Clause, Filter};
use crate::policy::{Basis, Grant};
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::page::{Bound, Position, Slice, SortValue};
use crate::store::database::tables::{coverages, individuals};
use crate::store::visibility::{OTHER, Predicate, Stream, other_coverage};
use chrono::NaiveDate;
use diesel::dsl::exists;
use diesel::{ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};

/// Where the rows of a stream have the value that they are ordered by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Value {
    /// As the stream's basis shows it.
    AsCovered,
    /// Exactly, because another basis makes the row identified.
    Exact,
    /// They show none.
    Missing,
}

/// Reads a slice: the rows with a value, merged in order, then those without, if there is room.
pub(in crate::store) fn slice_of(
    connection: &mut AnyConnection,
    grant: &Grant,
    today: NaiveDate,
    filter: &Filter,
    order: IndividualOrder,
    slice: &Slice,
) -> Result<Vec<Row>> {
    let clause = filter.holds();
    let mut read = |streams: Vec<(Stream<'_>, Value)>, ascending: bool, room: i64| -> Result<Vec<Row>> {
        let slice = Slice { limit: room, ..slice.clone() };
        let mut rows = Vec::new();
        for (stream, value) in streams {
            rows.extend(slice_of_stream(connection, &stream, value, &clause, order, &slice)?);
        }
        rows.sort_by(|left, right| {
            let key = |row: &Row| (row.position(order).value, row.row_key);
            if ascending { key(left).cmp(&key(right)) } else { key(right).cmp(&key(left)) }
        });
        rows.truncate(room as usize);
        Ok(rows)
    };
    let (valued, without) = (valued(grant, today, order), without(grant, today));
    let ascending = order.descending == slice.reversed;
    let (mut rows, then, then_ascending) = match slice.reversed {
        false => (read(valued, ascending, slice.limit)?, without, true),
        true => (read(without, false, slice.limit)?, valued, ascending),
    };
    let room = slice.limit - rows.len() as i64;
    if room > 0 {
        rows.extend(read(then, then_ascending, room)?);
    }
    Ok(rows)
}

/// The streams of rows that show a value, each row in one.
fn valued(grant: &Grant, today: NaiveDate, order: IndividualOrder) -> Vec<(Stream<'_>, Value)> {
    let category = order.field.category();
    let identified = |basis: &&Basis| basis.is_identified();
    let (exact, by_year): (Vec<&Basis>, Vec<&Basis>) =
        grant.bases().iter().filter(|basis| basis.reveals(category)).partition(identified);
    let all_identified: Vec<&Basis> = grant.bases().iter().filter(identified).collect();
    let mut streams = Vec::new();
    for (index, basis) in exact.iter().enumerate() {
        streams.push((Stream::new(grant, basis, &exact[..index], today), Value::AsCovered));
    }
    for (index, basis) in by_year.iter().enumerate() {
        let earlier = &by_year[..index];
        let excluding = |others: &[&Basis]| Stream::new(grant, basis, &[others, earlier].concat(), today);
        streams.push((excluding(&all_identified), Value::AsCovered));
        if all_identified.len() > exact.len() {
            streams.push((excluding(&exact), Value::Exact));
        }
    }
    streams
}

/// The streams of rows that show no value, each row in one.
fn without(grant: &Grant, today: NaiveDate) -> Vec<(Stream<'_>, Value)> {
    Stream::everybody(grant, today).into_iter().map(|stream| (stream, Value::Missing)).collect()
}

fn slice_of_stream(
    connection: &mut AnyConnection,
    stream: &Stream<'_>,
    value: Value,
    clause: &Clause,
    order: IndividualOrder,
    slice: &Slice,
) -> Result<Vec<Row>> {
    let ascending = order.descending == slice.reversed;
    let category = order.field.category();
    let mut conditions = vec![stream.rows(), stream.filter(clause)];
    if slice.after.is_some() || slice.before.is_some() {
        conditions.push(Predicate::unkept());
    }

    macro_rules! read {
        ($conditions:expr, $ascending:expr, $by:expr) => {{
            let condition = Predicate::all($conditions);
            if condition.is_never() {
                return Ok(Vec::new());
            }
            let found = coverages::table.inner_join(individuals::table).filter(condition);
            let query = found.limit(slice.limit).select(columns!(stream));
            if $ascending { query.order($by.0).load(connection)? } else { query.order($by.1).load(connection)? }
        }};
    }
    macro_rules! valued {
        ($column:expr, $of:path, $kind:path) => {{
            let value = || $column.assume_not_null();
            let key = || coverages::row_key.assume_not_null();
            conditions.push($of($column.is_not_null()));
            let ends = [(&slice.after, !order.descending), (&slice.before, order.descending)];
            for (bound, upwards) in ends {
                let Some(Bound { position, inclusive }) = bound else { continue };
                let $kind(end) = (match position.value.clone() {
                    Some(value) => value,
                    // The end lies among the rows without a value, which come after all of these.
                    None if std::ptr::eq(bound, &slice.before) => continue,
                    None => return Ok(Vec::new()),
                }) else {
                    return Ok(Vec::new());
                };
                let id = if *inclusive { position.id } else { position.id + if upwards { 1 } else { -1 } };
                conditions.push(match upwards {
                    true => $of(value().ge(end.clone())),
                    false => $of(value().le(end.clone())),
                });
                conditions.push(Predicate::any(match upwards {
                    true => [$of(value().gt(end)), Predicate::of_coverage(key().ge(id))],
                    false => [$of(value().lt(end)), Predicate::of_coverage(key().le(id))],
                }));
            }
            let up = ($column.asc(), coverages::row_key.asc());
            let down = ($column.desc(), coverages::row_key.desc());
            read!(conditions, ascending, (up, down))
        }};
    }
    macro_rules! missing {
        ($column:ident) => {{
            let hidden = || coverages::$column.is_null();
            conditions.push(Predicate::of_coverage(hidden()));
            let showing = stream.others(|basis| basis.reveals(category));
            if !showing.is_empty() {
                let shown = OTHER.field(coverages::$column).is_not_null();
                let shown = exists(other_coverage!(showing, stream.today()).filter(shown));
                conditions.push(!Predicate::of_coverage(shown));
            }
            let key = || coverages::row_key.assume_not_null();
            match slice.after {
                Some(Bound { position: Position { value: None, id }, inclusive }) => {
                    conditions.push(Predicate::of_coverage(key().ge(if inclusive { id } else { id + 1 })));
                }
                _ => {}
            }
            match slice.before {
                Some(Bound { position: Position { value: None, id }, inclusive }) => {
                    conditions.push(Predicate::of_coverage(key().le(if inclusive { id } else { id - 1 })));
                }
                Some(_) => return Ok(Vec::new()),
                None => {}
            }
            read!(conditions, !slice.reversed, (coverages::row_key.asc(), coverages::row_key.desc()))
        }};
    }
    macro_rules! rows {
        ($column:ident, $kind:path) => {
            match value {
                Value::AsCovered => valued!(coverages::$column, Predicate::of_coverage, $kind),
                Value::Exact => {
                    conditions.push(stream.identified());
                    valued!(individuals::$column, Predicate::of_person, $kind)
                }
                Value::Missing => missing!($column),
            }
        };
    }
    Ok(match order.field {
        IndividualOrderField::RegisteredOn => rows!(registered_on, SortValue::Date),
        IndividualOrderField::ArrivedOn => rows!(arrived_on, SortValue::Date),
        IndividualOrderField::DateOfBirth => rows!(date_of_birth, SortValue::Date),
        IndividualOrderField::FamilyName => rows!(family_name_key, SortValue::Text),
        IndividualOrderField::RegistrationNumber => rows!(registration_number_key, SortValue::Text),
    })
}
