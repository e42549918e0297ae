//! Orders of individuals: slices in segments that an index serves each, in which a hidden value decides nothing.

use super::connection::AnyConnection;
use super::cover::{self, Predicate, Scope, all};
use super::errors::Result;
use super::individuals::{Row, columns};
use super::page::{Bound, Position, Slice, SortValue};
use super::tables::individuals;
use crate::domain::category::DataCategory;
use crate::policy::filter::Filter;
use diesel::dsl::not;
use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl};

/// What individuals may be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IndividualOrderField {
    /// Registration.
    RegisteredOn,
    /// Arrival.
    ArrivedOn,
    /// Date of birth.
    DateOfBirth,
    /// Family name, by folded key.
    FamilyName,
    /// Registration number, by folded key.
    RegistrationNumber,
}

impl IndividualOrderField {
    /// The category that must be revealed for a row to be ordered by its value.
    pub fn category(self) -> DataCategory {
        match self {
            Self::RegisteredOn | Self::ArrivedOn => DataCategory::LegalStatus,
            Self::DateOfBirth | Self::FamilyName | Self::RegistrationNumber => DataCategory::Identity,
        }
    }
}

/// An order of individuals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IndividualOrder {
    /// By what.
    pub field: IndividualOrderField,
    /// From the greatest value down.
    pub descending: bool,
}

/// How rows of an order are told apart: by the exact value, by 1 January of its year, or without a value that they show.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Segment {
    Exact,
    ByYear,
    Without,
}

/// Reads a slice: the rows with a value, merged in order, then those without. Each segment is one statement that an index serves.
pub(super) fn slice_of(
    connection: &mut AnyConnection,
    scope: &Scope<'_>,
    filter: &Filter,
    order: IndividualOrder,
    slice: &Slice,
) -> Result<Vec<Row>> {
    let category = order.field.category();
    let mut segment = |which, may_exist: bool| match may_exist {
        true => segment_of(connection, scope, filter, order, slice, which),
        false => Ok(Vec::new()),
    };
    let may_have_value = scope.grant().may_reveal(category);
    let exact = segment(Segment::Exact, may_have_value)?;
    let by_year =
        segment(Segment::ByYear, may_have_value && !category.identifies() && !scope.grant().always_identified())?;
    let without = segment(Segment::Without, true)?;

    let mut valued: Vec<Row> = exact.into_iter().chain(by_year).collect();
    let ascending = order.descending == slice.reversed;
    valued.sort_by(|left, right| {
        let key = |row: &Row| (row.position(order).value, row.id);
        if ascending { key(left).cmp(&key(right)) } else { key(right).cmp(&key(left)) }
    });
    let (first, second) = if slice.reversed { (without, valued) } else { (valued, without) };
    Ok(first.into_iter().chain(second).take(slice.limit as usize).collect())
}

fn segment_of(
    connection: &mut AnyConnection,
    scope: &Scope<'_>,
    filter: &Filter,
    order: IndividualOrder,
    slice: &Slice,
    segment: Segment,
) -> Result<Vec<Row>> {
    let ascending = order.descending == slice.reversed;
    let revealed = scope.revealed(order.field.category());
    let mut base = all([scope.visible(), scope.filter(&filter.holds())]);
    if slice.after.is_some() || slice.before.is_some() {
        base = cover::unkept(base);
    }

    macro_rules! read {
        ($condition:expr, $ascending:expr, $by:expr) => {{
            let condition: Predicate = $condition;
            let query = individuals::table.filter(condition).limit(slice.limit).select(columns!(scope));
            if $ascending { query.order($by.0).load(connection)? } else { query.order($by.1).load(connection)? }
        }};
    }
    macro_rules! valued {
        ($column:expr, $within:expr, $kind:path) => {{
            let value = $column.assume_not_null();
            let mut condition: Predicate = Box::new(base.and(revealed).and($within).and($column.is_not_null()));
            let ends = [(&slice.after, !order.descending), (&slice.before, order.descending)];
            for (bound, upwards) in ends {
                let Some(Bound { position, inclusive }) = bound else { continue };
                let end =
                    position.value.clone().and_then(|value| if let $kind(value) = value { Some(value) } else { None });
                condition = match (end, *inclusive, upwards) {
                    // The end lies among the rows without a value, which come after all of these.
                    (None, _, _) if std::ptr::eq(bound, &slice.before) => condition,
                    (None, _, _) => cover::never(),
                    (Some(end), true, true) => Box::new(
                        condition.and(value.ge(end.clone())).and(value.gt(end).or(individuals::id.ge(position.id))),
                    ),
                    (Some(end), false, true) => Box::new(
                        condition.and(value.ge(end.clone())).and(value.gt(end).or(individuals::id.gt(position.id))),
                    ),
                    (Some(end), true, false) => Box::new(
                        condition.and(value.le(end.clone())).and(value.lt(end).or(individuals::id.le(position.id))),
                    ),
                    (Some(end), false, false) => Box::new(
                        condition.and(value.le(end.clone())).and(value.lt(end).or(individuals::id.lt(position.id))),
                    ),
                };
            }
            let up = ($column.asc(), individuals::id.asc());
            let down = ($column.desc(), individuals::id.desc());
            read!(condition, ascending, (up, down))
        }};
    }
    macro_rules! without {
        ($column:expr) => {{
            let hidden = scope.hidden(order.field.category());
            // Said without an `or` where it can be, so that an index serves it.
            let mut condition: Predicate = match scope.grant().always_reveals(order.field.category()) {
                true => Box::new(base.and($column.is_null())),
                false => Box::new(base.and(hidden.or($column.is_null()))),
            };
            if let Some(Bound { position: Position { value: None, id }, inclusive }) = slice.after {
                condition = match inclusive {
                    true => Box::new(condition.and(individuals::id.ge(id))),
                    false => Box::new(condition.and(individuals::id.gt(id))),
                };
            }
            match slice.before {
                Some(Bound { position: Position { value: None, id }, inclusive: true }) => {
                    condition = Box::new(condition.and(individuals::id.le(id)));
                }
                Some(Bound { position: Position { value: None, id }, inclusive: false }) => {
                    condition = Box::new(condition.and(individuals::id.lt(id)));
                }
                Some(_) => condition = cover::never(),
                None => {}
            }
            read!(condition, !slice.reversed, (individuals::id.asc(), individuals::id.desc()))
        }};
    }
    macro_rules! segments {
        ($exact:expr, $by_year:expr, $kind:path) => {
            match segment {
                Segment::Exact if order.field.category().identifies() => valued!($exact, cover::always(), $kind),
                Segment::Exact => valued!($exact, scope.identified(), $kind),
                Segment::ByYear => valued!($by_year, not(scope.identified()), $kind),
                Segment::Without => without!($exact),
            }
        };
    }
    Ok(match order.field {
        IndividualOrderField::RegisteredOn => {
            segments!(individuals::registered_on, individuals::registered_year_on, SortValue::Date)
        }
        IndividualOrderField::ArrivedOn => {
            segments!(individuals::arrived_on, individuals::arrived_year_on, SortValue::Date)
        }
        IndividualOrderField::DateOfBirth => {
            segments!(individuals::date_of_birth, individuals::date_of_birth, SortValue::Date)
        }
        IndividualOrderField::FamilyName => {
            segments!(individuals::family_name_key, individuals::family_name_key, SortValue::Text)
        }
        IndividualOrderField::RegistrationNumber => {
            segments!(individuals::registration_number_key, individuals::registration_number_key, SortValue::Text)
        }
    })
}
