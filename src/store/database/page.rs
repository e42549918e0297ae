//! Keyset pagination: a page is found by the position of its neighbour, never by counting rows.

use super::errors::Result;
use crate::domain::Id;
use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};

/// The most rows a page may have.
pub const MAX_ROWS: i64 = 100;

/// How a moment is written in a position.
const MOMENT: &str = "%Y-%m-%dT%H:%M:%S%.6f";

/// A value that rows are ordered by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SortValue {
    /// A date.
    #[serde(rename = "d")]
    Date(NaiveDate),
    /// A folded text or a code, compared by code point.
    #[serde(rename = "t")]
    Text(String),
}

/// A row's place in an order. Rows without a value (hidden or unknown) come last, by key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// The value it is ordered by.
    pub value: Option<SortValue>,
    /// The row key, which breaks ties: a number, since a page is of any noun.
    pub id: i64,
}

impl Position {
    /// The place of a row that is ordered by a text.
    pub fn of_text<T>(text: &str, id: Id<T>) -> Self {
        Self { value: Some(SortValue::Text(text.to_owned())), id: id.value() }
    }

    /// The place of a row that is ordered by a moment.
    pub fn of_moment<T>(moment: NaiveDateTime, id: Id<T>) -> Self {
        Self::of_text(&moment.format(MOMENT).to_string(), id)
    }

    /// The position of a row that is ordered by its key alone.
    pub fn of_key<T>(id: Id<T>) -> Self {
        Self { value: None, id: id.value() }
    }
}

/// One end of a range of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bound {
    /// Where the range ends.
    pub position: Position,
    /// Whether the row there belongs to it.
    pub inclusive: bool,
}

impl Bound {
    /// The moment at which the range ends with the key there, if rows are ordered by a moment.
    pub(in crate::store) fn moment(&self) -> Option<(NaiveDateTime, i64, bool)> {
        let moment = NaiveDateTime::parse_from_str(&self.code()?.0, MOMENT).ok()?;
        Some((moment, self.position.id, self.inclusive))
    }

    /// The code at which the range ends, if rows are ordered by a code.
    pub(in crate::store) fn code(&self) -> Option<(String, bool)> {
        match &self.position.value {
            Some(SortValue::Text(code)) => Some((code.clone(), self.inclusive)),
            _ => None,
        }
    }
}

/// Which rows of an order to read.
#[derive(Debug, Clone)]
pub struct Slice {
    /// Rows after this one.
    pub after: Option<Bound>,
    /// Rows before this one.
    pub before: Option<Bound>,
    /// From the end instead of the start.
    pub reversed: bool,
    /// At most so many.
    pub limit: i64,
}

/// The page that a client asks for.
#[derive(Debug, Clone)]
pub struct Window {
    /// How many rows, 1 to [`MAX_ROWS`].
    pub rows: i64,
    /// The last rows of the range instead of the first.
    pub from_end: bool,
    /// Rows after this one.
    pub after: Option<Position>,
    /// Rows before this one.
    pub before: Option<Position>,
    /// Whether the client asks for a previous page.
    pub wants_previous: bool,
    /// Whether the client asks for a next page.
    pub wants_next: bool,
}

/// A page of rows. Whether there are rows before and after it is exact if it was asked for.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows, in order.
    pub rows: Vec<T>,
    /// Whether there are rows before them.
    pub has_previous: bool,
    /// Whether there are rows after them.
    pub has_next: bool,
}

/// Reads a page with `read`, which gives the rows of a slice in the slice's direction.
///
/// # Errors
/// If `read` fails.
pub fn page<T>(
    window: &Window,
    position: impl Fn(&T) -> Position,
    mut read: impl FnMut(&Slice) -> Result<Vec<T>>,
) -> Result<Page<T>> {
    let exclusive = |position: &Position| Bound { position: position.clone(), inclusive: false };
    let mut rows = read(&Slice {
        after: window.after.as_ref().map(exclusive),
        before: window.before.as_ref().map(exclusive),
        reversed: window.from_end,
        limit: window.rows + 1,
    })?;
    let more = rows.len() as i64 > window.rows;
    rows.truncate(window.rows as usize);
    if window.from_end {
        rows.reverse();
    }

    // Due the side that was cut, `more` is the answer unless a bound hides rows; past the other side only a bound can.
    let start = rows.first().map(&position);
    let end = rows.last().map(&position);
    let mut beyond = |bound: Option<Bound>, reversed: bool| -> Result<bool> {
        let (after, before) = if reversed { (None, bound) } else { (bound, None) };
        Ok(!read(&Slice { after, before, reversed, limit: 1 })?.is_empty())
    };
    let edge = |found: &Option<Position>, given: &Option<Position>| {
        let found = found.as_ref().map(exclusive);
        found.or_else(|| given.as_ref().map(|position| Bound { position: position.clone(), inclusive: true }))
    };
    let has_previous = match (window.from_end && more, &window.after) {
        (true, _) => true,
        (false, Some(_)) if window.wants_previous => beyond(edge(&start, &window.after), true)?,
        _ => false,
    };
    let has_next = match (!window.from_end && more, &window.before) {
        (true, _) => true,
        (false, Some(_)) if window.wants_next => beyond(edge(&end, &window.before), false)?,
        _ => false,
    };
    Ok(Page { rows, has_previous, has_next })
}

/// Orders a boxed query by a unique code and cuts the slice out of it.
macro_rules! by_code {
    ($query:expr, $code:expr, $slice:expr) => {{
        let mut query = $query.limit($slice.limit);
        if let Some((code, inclusive)) = $slice.after.as_ref().and_then($crate::store::database::page::Bound::code) {
            query = if inclusive { query.filter($code.ge(code)) } else { query.filter($code.gt(code)) };
        }
        if let Some((code, inclusive)) = $slice.before.as_ref().and_then($crate::store::database::page::Bound::code) {
            query = if inclusive { query.filter($code.le(code)) } else { query.filter($code.lt(code)) };
        }
        if $slice.reversed { query.order($code.desc()) } else { query.order($code.asc()) }
    }};
}
pub(in crate::store) use by_code;

/// Orders a boxed query by a moment, newest first, then by key, and cuts the slice out of it.
macro_rules! by_moment {
    ($query:expr, $moment:expr, $id:expr, $slice:expr) => {{
        use diesel::BoolExpressionMethods as _;
        let mut query = $query.limit($slice.limit);
        if let Some((moment, key, inclusive)) =
            $slice.after.as_ref().and_then($crate::store::database::page::Bound::moment)
        {
            let key = key.saturating_sub(i64::from(!inclusive));
            query = query.filter($moment.lt(moment).or($moment.eq(moment).and($id.le(key))));
        }
        if let Some((moment, key, inclusive)) =
            $slice.before.as_ref().and_then($crate::store::database::page::Bound::moment)
        {
            let key = key.saturating_add(i64::from(!inclusive));
            query = query.filter($moment.gt(moment).or($moment.eq(moment).and($id.ge(key))));
        }
        match $slice.reversed {
            false => query.order(($moment.desc(), $id.desc())),
            true => query.order(($moment.asc(), $id.asc())),
        }
    }};
}
pub(in crate::store) use by_moment;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(id: i64) -> Position {
        Position { value: None, id }
    }

    fn read(slice: &Slice) -> Result<Vec<i64>> {
        let within = |id: &i64| {
            let after = slice.after.as_ref().is_none_or(|b| *id > b.position.id || b.inclusive && *id == b.position.id);
            let before =
                slice.before.as_ref().is_none_or(|b| *id < b.position.id || b.inclusive && *id == b.position.id);
            after && before
        };
        let mut rows: Vec<i64> = (1..=5).filter(within).collect();
        if slice.reversed {
            rows.reverse();
        }
        rows.truncate(slice.limit as usize);
        Ok(rows)
    }

    #[test]
    fn every_window_knows_exactly_whether_rows_lie_before_and_after_it() {
        let bounds = [None, Some(0), Some(1), Some(3), Some(5), Some(6)];
        for after in bounds {
            for before in bounds {
                for rows in 1..=6 {
                    for from_end in [false, true] {
                        let window = Window {
                            rows,
                            from_end,
                            after: after.map(at),
                            before: before.map(at),
                            wants_previous: true,
                            wants_next: true,
                        };
                        let page = page(&window, |id| at(*id), read).unwrap();
                        let start = page.rows.first().copied().or(after.map(|id| id + 1)).unwrap_or(1);
                        let end = page.rows.last().copied().or(before.map(|id| id - 1)).unwrap_or(5);
                        let empty_unbounded = page.rows.is_empty() && (after.is_none() || before.is_none());
                        if !empty_unbounded {
                            assert_eq!(page.has_previous, start > 1, "{window:?}");
                            assert_eq!(page.has_next, end < 5, "{window:?}");
                        }
                    }
                }
            }
        }
    }
}
