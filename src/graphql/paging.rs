//! Connections: windows from arguments, and sealed cursors.

use super::desk::Desk;
use super::errors::Code;
use crate::store::page::{MOST_ROWS, Position, Window};
use async_graphql::connection::{Connection, CursorType, Edge, EmptyFields};
use async_graphql::{Context, Error, ObjectType, OutputType};

/// The paging arguments of a connection.
pub struct PageArguments {
    /// The first so many.
    pub first: Option<i32>,
    /// After this cursor.
    pub after: Option<String>,
    /// The last so many.
    pub last: Option<i32>,
    /// Before this cursor.
    pub before: Option<String>,
}

impl PageArguments {
    /// The window that the arguments ask for. `order` names the list and its order: a cursor of another one is refused.
    pub fn window(self, context: &Context<'_>, order: &str) -> Result<Window, Error> {
        let (name, rows) = match (self.first, self.last) {
            (Some(first), None) => ("first", first),
            (None, Some(last)) => ("last", last),
            (None, None) => return Err(Code::BadInput.error(format!("give first or last, from 1 to {MOST_ROWS}"))),
            (Some(_), Some(_)) => return Err(Code::BadInput.error("give either first or last, not both")),
        };
        if !(1..=MOST_ROWS).contains(&i64::from(rows)) {
            return Err(Code::BadInput.at(name, format!("expected 1 to {MOST_ROWS}")));
        }
        let desk = Desk::of(context);
        let open = |name, cursor: Option<String>| cursor.map(|cursor| open(desk, order, name, &cursor)).transpose();
        let page_info = context.look_ahead().field("pageInfo");
        Ok(Window {
            rows: rows.into(),
            from_end: name == "last",
            after: open("after", self.after)?,
            before: open("before", self.before)?,
            wants_previous: page_info.field("hasPreviousPage").exists(),
            wants_next: page_info.field("hasNextPage").exists(),
        })
    }
}

fn open(desk: &Desk, order: &str, argument: &str, cursor: &str) -> Result<Position, Error> {
    let invalid = || Code::InvalidCursor.at(argument, "not a cursor of this list, order, agency and purpose");
    let bytes = desk.seal().open(&format!("cursor {order}"), cursor).map_err(|_| invalid())?;
    serde_json::from_slice(&bytes).map_err(|_| invalid())
}

/// A row's position, sealed: it shows no value.
pub struct Cursor(String);

impl Cursor {
    /// Seals a position in the order `order`.
    pub fn new(desk: &Desk, order: &str, position: &Position) -> Self {
        let bytes = serde_json::to_vec(position).expect("a position is plain data");
        Self(desk.seal().seal(&format!("cursor {order}"), &bytes))
    }
}

impl CursorType for Cursor {
    type Error = std::convert::Infallible;

    fn decode_cursor(sealed: &str) -> Result<Self, Self::Error> {
        Ok(Self(sealed.to_owned()))
    }

    fn encode_cursor(&self) -> String {
        self.0.clone()
    }
}

/// A connection of nodes with further fields.
pub type Nodes<N, F> = Connection<Cursor, N, F, EmptyFields>;

/// A connection from a page's parts.
pub fn connection<N: OutputType, F: ObjectType>(
    fields: F,
    has_previous: bool,
    has_next: bool,
    rows: impl Iterator<Item = (Cursor, N)>,
) -> Nodes<N, F> {
    let mut connection = Connection::with_additional_fields(has_previous, has_next, fields);
    connection.edges.extend(rows.map(|(cursor, node)| Edge::new(cursor, node)));
    connection
}
