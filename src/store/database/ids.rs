//! How keys are read from columns, and bound.

use crate::domain::Id;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, Queryable};
use diesel::dsl::AsExprOf;
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt, Nullable};

impl<T, DB: Backend> FromSql<BigInt, DB> for Id<T>
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Self::new)
    }
}

impl<T, DB: Backend> Queryable<BigInt, DB> for Id<T>
where
    Self: FromSql<BigInt, DB>,
{
    type Row = Self;

    fn build(row: Self) -> deserialize::Result<Self> {
        Ok(row)
    }
}

impl<T, DB: Backend> ToSql<BigInt, DB> for Id<T>
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <i64 as ToSql<BigInt, DB>>::to_sql(self.as_ref(), out)
    }
}

impl<T, DB: Backend> ToSql<Nullable<BigInt>, DB> for Id<T>
where
    Self: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        <Self as ToSql<BigInt, DB>>::to_sql(self, out)
    }
}

macro_rules! compared {
    ($($sql_type:ty),+) => {$(
        impl<T> AsExpression<$sql_type> for Id<T> {
            type Expression = AsExprOf<i64, $sql_type>;

            fn as_expression(self) -> Self::Expression {
                <i64 as AsExpression<$sql_type>>::as_expression(self.value())
            }
        }

        impl<T> AsExpression<$sql_type> for &Id<T> {
            type Expression = AsExprOf<i64, $sql_type>;

            fn as_expression(self) -> Self::Expression {
                <i64 as AsExpression<$sql_type>>::as_expression(self.value())
            }
        }
    )+};
}

compared!(BigInt, Nullable<BigInt>);
