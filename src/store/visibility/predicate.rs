//! Conditions on a person who is found through a coverage.

use crate::store::database::connection::Backend;
use crate::store::database::tables::{coverages, individuals};
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::Bool;
use std::sync::Arc;

/// A condition that is true or false of a row, never unknown, so that its negation is exactly the other rows.
///
/// A statement's FROM clause must hold the table for which it was made; only [`super::Stream`] makes such statements.
#[derive(Clone)]
pub enum Predicate {
    /// Holds for every row.
    Always,
    /// Holds for no row.
    Never,
    /// Holds if this does of the coverage.
    Coverage(Arc<dyn QueryFragment<Backend> + Send + Sync>),
    /// Holds if this does of the person.
    Person(Arc<dyn QueryFragment<Backend> + Send + Sync>),
    /// Holds if this does not.
    Not(Arc<Predicate>),
    /// Holds if all of them do.
    All(Vec<Predicate>),
    /// Holds if any of them does.
    Any(Vec<Predicate>),
}

impl Predicate {
    /// A condition on people.
    pub fn of_person<E>(condition: E) -> Self
    where
        E: Expression<SqlType = Bool>
            + AppearsOnTable<individuals::table>
            + QueryFragment<Backend>
            + Send
            + Sync
            + 'static,
    {
        Self::Person(Arc::new(condition))
    }

    /// A condition on the coverage that a row is found through.
    pub fn of_coverage<E>(condition: E) -> Self
    where
        E: Expression<SqlType = Bool>
            + AppearsOnTable<coverages::table>
            + QueryFragment<Backend>
            + Send
            + Sync
            + 'static,
    {
        Self::Coverage(Arc::new(condition))
    }

    /// Holds if all of them do.
    pub fn all(predicates: impl IntoIterator<Item = Self>) -> Self {
        let mut parts = Vec::new();
        for predicate in predicates {
            match predicate {
                Self::Always => {}
                Self::Never => return Self::Never,
                other => parts.push(other),
            }
        }
        match parts.len() {
            0 => Self::Always,
            1 => parts.remove(0),
            _ => Self::All(parts),
        }
    }

    /// Holds if any of them does.
    pub fn any(predicates: impl IntoIterator<Item = Self>) -> Self {
        let mut parts = Vec::new();
        for predicate in predicates {
            match predicate {
                Self::Never => {}
                Self::Always => return Self::Always,
                other => parts.push(other),
            }
        }
        match parts.len() {
            0 => Self::Never,
            1 => parts.remove(0),
            _ => Self::Any(parts),
        }
    }

    /// Holds for every row, in a statement whose shape a client chooses: it is not kept prepared, or clients could fill the
    /// database's memory.
    pub fn unkept() -> Self {
        Self::Coverage(Arc::new(diesel::dsl::sql::<Bool>("TRUE")))
    }

    /// Whether coverage alone decides it, so that people need not be read.
    pub fn is_of_coverage(&self) -> bool {
        match self {
            Self::Always | Self::Never | Self::Coverage(_) => true,
            Self::Person(_) => false,
            Self::Not(predicate) => predicate.is_of_coverage(),
            Self::All(parts) | Self::Any(parts) => parts.iter().all(Self::is_of_coverage),
        }
    }

    /// Whether it is known to hold for no row.
    pub fn is_never(&self) -> bool {
        matches!(self, Self::Never)
    }
}

impl std::ops::Not for Predicate {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::Always => Self::Never,
            Self::Never => Self::Always,
            other => Self::Not(Arc::new(other)),
        }
    }
}

impl QueryFragment<Backend> for Predicate {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> diesel::QueryResult<()> {
        let joined = |parts: &'b [Self], word: &str, out: &mut AstPass<'_, 'b, Backend>| -> diesel::QueryResult<()> {
            out.push_sql("(");
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    out.push_sql(word);
                }
                part.walk_ast(out.reborrow())?;
            }
            out.push_sql(")");
            Ok(())
        };
        match self {
            Self::Always => out.push_sql("TRUE"),
            Self::Never => out.push_sql("FALSE"),
            Self::Coverage(condition) | Self::Person(condition) => {
                out.push_sql("(");
                condition.walk_ast(out.reborrow())?;
                out.push_sql(")");
            }
            Self::Not(predicate) => {
                out.push_sql("NOT ");
                predicate.walk_ast(out.reborrow())?;
            }
            Self::All(parts) => joined(parts, " AND ", &mut out)?,
            Self::Any(parts) => joined(parts, " OR ", &mut out)?,
        }
        Ok(())
    }
}

impl Expression for Predicate {
    type SqlType = Bool;
}

impl<T> AppearsOnTable<T> for Predicate {}

impl<T> SelectableExpression<T> for Predicate {}

impl<Group> ValidGrouping<Group> for Predicate {
    type IsAggregate = is_aggregate::Never;
}

impl QueryId for Predicate {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
