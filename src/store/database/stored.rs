//! How records of the domain are stored: for each table one list of its columns, by which it is read and written.

use crate::domain::country::CountryCode;
use crate::domain::grants::Grants;
use crate::domain::language::LanguageCode;
use crate::domain::specific_need::NeedCode;
use crate::domain::{Id, Vocabulary};
use chrono::{NaiveDate, NaiveDateTime};

/// A value of the domain, as a column holds it.
pub trait Stored {
    /// What the column takes.
    type As<'a>
    where
        Self: 'a;

    /// The value as the column takes it.
    fn stored(&self) -> Self::As<'_>;
}

impl<T: Stored> Stored for Option<T> {
    type As<'a>
        = Option<T::As<'a>>
    where
        T: 'a;

    fn stored(&self) -> Self::As<'_> {
        self.as_ref().map(Stored::stored)
    }
}

impl<V: Vocabulary> Stored for V {
    type As<'a>
        = &'static str
    where
        V: 'a;

    fn stored(&self) -> &'static str {
        self.code()
    }
}

macro_rules! as_text {
    ($($type:ty),+) => {$(
        impl Stored for $type {
            type As<'a> = &'a str;

            fn stored(&self) -> &str {
                self.as_str()
            }
        }
    )+};
}

macro_rules! as_they_are {
    ($($type:ty),+) => {$(
        impl Stored for $type {
            type As<'a> = $type;

            fn stored(&self) -> $type {
                *self
            }
        }
    )+};
}

impl<T> Stored for Id<T> {
    type As<'a>
        = i64
    where
        T: 'a;

    fn stored(&self) -> i64 {
        self.value()
    }
}

impl Stored for Grants {
    type As<'a> = i64;

    fn stored(&self) -> i64 {
        self.bits()
    }
}

as_text!(String, CountryCode, LanguageCode, NeedCode);
as_they_are!(bool, i32, i64, NaiveDate, NaiveDateTime);

/// Says in which columns of a table a record is stored, by the names of its fields: it is then selected with
/// `Record::as_select()`, and written by its `values`. Derived fields are read only. A `struct` that is only a row is declared with it. One
/// whose keys are told apart is replaced by its `changes`.
macro_rules! stored {
    ($(#[$says:meta])* $visible:vis struct $record:ident in $table:ident {
        $($column:ident: $type:ty),* $(,)?
    }) => {
        $(#[$says])*
        $visible struct $record {
            $($column: $type),*
        }

        $crate::store::database::stored::stored!($record in $table { $($column: $type),* });
    };
    ($record:ident in $table:ident keyed {
        $($key:ident: $of_key:ty),* $(,)?
    } and {
        $($column:ident: $type:ty),* $(,)?
    } $($rest:tt)*) => {
        $crate::store::database::stored::stored!($record in $table { $($key: $of_key,)* $($column: $type,)* } $($rest)*);

        impl $record {
            /// What a row of the table becomes: all but its keys.
            #[allow(clippy::type_complexity, reason = "one type a column")]
            pub(in crate::store) fn changes(
                &self,
            ) -> ($(diesel::dsl::Eq<$table::$column, <$type as $crate::store::database::stored::Stored>::As<'_>>,)*) {
                use $crate::store::database::stored::Stored as _;
                ($(diesel::ExpressionMethods::eq($table::$column, self.$column.stored()),)*)
            }
        }
    };
    ($record:ident in $table:ident {
        $($column:ident: $type:ty),* $(,)?
    } $(derived { $($derived:ident: $of:ty),* $(,)? })?) => {
        impl<DB: diesel::backend::Backend> diesel::Selectable<DB> for $record {
            type SelectExpression = ($($table::$column,)* $($($table::$derived,)*)?);

            fn construct_selection() -> Self::SelectExpression {
                ($($table::$column,)* $($($table::$derived,)*)?)
            }
        }

        impl<DB, ST> diesel::Queryable<ST, DB> for $record
        where
            DB: diesel::backend::Backend,
            ($($type,)* $($($of,)*)?): diesel::deserialize::FromStaticSqlRow<ST, DB>,
        {
            type Row = ($($type,)* $($($of,)*)?);

            fn build(($($column,)* $($($derived,)*)?): Self::Row) -> diesel::deserialize::Result<Self> {
                Ok(Self { $($column,)* $($($derived,)*)? })
            }
        }

        impl $record {
            /// What a row of the table is made of.
            #[allow(clippy::type_complexity, reason = "one type a column")]
            pub(in crate::store) fn values(
                &self,
            ) -> ($(diesel::dsl::Eq<$table::$column, <$type as $crate::store::database::stored::Stored>::As<'_>>,)*) {
                use $crate::store::database::stored::Stored as _;
                ($(diesel::ExpressionMethods::eq($table::$column, self.$column.stored()),)*)
            }
        }
    };
}
pub(in crate::store) use stored;
