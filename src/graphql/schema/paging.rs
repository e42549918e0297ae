//! Connections: windows from arguments, and sealed cursors.

use crate::graphql::engine::errors::Code;
use crate::graphql::engine::request_context::RequestContext;
use crate::store::database::page::{MAX_ROWS, Page, Position, Window};
use async_graphql::connection::PageInfo;
use async_graphql::{Context, Error};

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
    ///
    /// # Errors
    /// If not exactly one of `first` and `last` is given, from 1 to 100, or a cursor is not of this list.
    pub fn window(self, context: &Context<'_>, order: &str) -> Result<Window, Error> {
        let (name, rows) = match (self.first, self.last) {
            (Some(first), None) => ("first", first),
            (None, Some(last)) => ("last", last),
            (None, None) => return Err(Code::BadInput.error(format!("give first or last, from 1 to {MAX_ROWS}"))),
            (Some(_), Some(_)) => return Err(Code::BadInput.error("give either first or last, not both")),
        };
        if !(1..=MAX_ROWS).contains(&i64::from(rows)) {
            return Err(Code::BadInput.at(name, format!("expected 1 to {MAX_ROWS}")));
        }
        let request_context = RequestContext::of(context);
        let open =
            |name, cursor: Option<String>| cursor.map(|cursor| open(request_context, order, name, &cursor)).transpose();
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

fn open(request_context: &RequestContext, order: &str, argument: &str, cursor: &str) -> Result<Position, Error> {
    let invalid = || Code::InvalidCursor.at(argument, "not a cursor of this list, order, agency and purpose");
    let bytes = request_context.seal().open(&format!("cursor {order}"), cursor).map_err(|_| invalid())?;
    serde_json::from_slice(&bytes).map_err(|_| invalid())
}

/// To a multiple of how many bytes a position is filled up, so that its length tells nothing of its value.
const EVEN_BYTES: usize = 128;

/// A row's position, sealed: it shows no value.
pub struct Cursor(String);

impl Cursor {
    /// Seals a position in the order `order`.
    pub fn new(request_context: &RequestContext, order: &str, position: &Position) -> Self {
        let mut bytes = serde_json::to_vec(position).expect("a position is plain data");
        bytes.resize(bytes.len().next_multiple_of(EVEN_BYTES), b' ');
        Self(request_context.seal().seal(&format!("cursor {order}"), &bytes))
    }

    /// The sealed text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A page of nodes with their cursors, and what the list is filtered by.
pub struct Listed<N, F> {
    /// What the list is filtered by, to count it.
    pub filter: F,
    /// The nodes, each with its cursor.
    pub nodes: Vec<(Cursor, N)>,
    /// Whether there are nodes before these.
    pub has_previous: bool,
    /// Whether there are nodes after these.
    pub has_next: bool,
}

impl<N, F> Listed<N, F> {
    /// A page of rows, by the name of the list and its order.
    pub fn of<R>(
        request_context: &RequestContext,
        order: &str,
        filter: F,
        page: Page<R>,
        position: impl Fn(&R) -> Position,
        node: impl Fn(R) -> N,
    ) -> Self {
        let nodes = page.rows.into_iter().map(|row| (Cursor::new(request_context, order, &position(&row)), node(row)));
        Self { filter, nodes: nodes.collect(), has_previous: page.has_previous, has_next: page.has_next }
    }

    /// Where the page is, with the cursors of its ends.
    pub fn page_info(&self) -> PageInfo {
        let cursor = |node: Option<&(Cursor, N)>| node.map(|(cursor, _)| cursor.0.clone());
        PageInfo {
            has_previous_page: self.has_previous,
            has_next_page: self.has_next,
            start_cursor: cursor(self.nodes.first()),
            end_cursor: cursor(self.nodes.last()),
        }
    }
}

/// Declares a connection and its edges (Relay's cursor connections).
macro_rules! connection {
    ($connection:ident of $edge:ident to $node:ident, $filter:ty, $count:ident: $about:literal) => {
        $crate::graphql::schema::paging::connection!($connection of $edge to $node, $filter, $count as i64: $about);
    };
    ($connection:ident of $edge:ident to $node:ident, $filter:ty, $count:ident as $number:ty: $about:literal) => {
        #[doc = $about]
        pub struct $connection(pub $crate::graphql::schema::paging::Listed<$node, $filter>);

        #[doc = $about]
        #[Object]
        impl $connection {
            /// How many there are in all pages; counted only when asked for.
            async fn total_count(&self, context: &Context<'_>) -> Result<$number, Error> {
                let counted = RequestContext::of(context).read(|session| session.$count(&self.0.filter))?;
                Ok(<$number>::from(counted))
            }

            /// The nodes of this page.
            async fn nodes(&self) -> Vec<&$node> {
                self.0.nodes.iter().map(|(_, node)| node).collect()
            }

            /// The nodes of this page, each with its cursor.
            async fn edges(&self) -> Vec<$edge<'_>> {
                self.0.nodes.iter().map($edge).collect()
            }

            /// Where this page is.
            async fn page_info(&self) -> async_graphql::connection::PageInfo {
                self.0.page_info()
            }
        }

        /// A node with its cursor.
        pub struct $edge<'p>(&'p ($crate::graphql::schema::paging::Cursor, $node));

        /// A node with its cursor.
        #[Object]
        impl $edge<'_> {
            /// The node.
            async fn node(&self) -> &$node {
                &self.0.1
            }

            /// The node's position, sealed.
            async fn cursor(&self) -> &str {
                self.0.0.as_str()
            }
        }
    };
}

/// Declares what may be asked of a noun: its connection, read by the function of the same name, and what else there is.
macro_rules! queries {
    ($queries:ident: $about:literal {
        $(#[doc = $says:literal])+
        $(#[graphql($($attribute:tt)+)])?
        $field:ident($($argument:ident: $type:ty = $what:tt),*) -> $connection:ty;
        $($more:tt)*
    }) => {
        #[doc = $about]
        #[derive(Default)]
        pub struct $queries;

        #[doc = $about]
        #[async_graphql::Object]
        impl $queries {
            $(#[doc = $says])+
            $(#[graphql($($attribute)+)])?
            #[allow(clippy::too_many_arguments, reason = "the arguments of a connection")]
            async fn $field(
                &self,
                context: &async_graphql::Context<'_>,
                #[graphql(desc = "The first so many, 1 to 100.")] first: Option<i32>,
                #[graphql(desc = "After this cursor.")] after: Option<String>,
                #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
                #[graphql(desc = "Before this cursor.")] before: Option<String>,
                $(#[graphql(desc = $what)] $argument: $type,)*
            ) -> Result<$connection, async_graphql::Error> {
                let page = $crate::graphql::schema::paging::PageArguments { first, after, last, before };
                $field(context, page, $($argument),*).await
            }

            $($more)*
        }
    };
}
pub(in crate::graphql) use {connection, queries};
