//! How the lines are written. A record whose table has one can be reduced to what a row reveals; only columns that are shown can leave.
//!
//! - `row`: seen with the row; `field C` and `date C`: seen if the category C is revealed; `part` and `day`: seen with the item; `exact`: with it, if the
//!   row is identified.
//! - `erased WithRow`: stays when its category is erased: without it a record would be another one.
//! - `filter F`: clients filter by it. `counts A`: it is an activity, from which periods of retention are counted.
//! - internal columns: `of C` if they derive from what is in C, and are erased with it; `for Owner` if requests do not need them.

/// Writes the tables, and how the records that are stored in them are reduced.
macro_rules! ledger {
    ($(
        $name:ident {
            person $person:expr, seen $seen:expr, erased $erased:expr, server [$($right:expr),*],
            $(shown by $record:ident {
                $($shown:ident: $kind:ident $($category:ident)? $(, filter $filter:ident)? $(, counts $activity:ident)?
                    $(, erased $row:ident)?;)*
            })?
            internal { $($internal:ident $(of $derived:ident)? $(, counts $counts:ident)? $(, for $reader:ident)?;)* }
        }
    )*) => {
        pub(super) const TABLES: &[Table] = &[$(Table {
            name: stringify!($name),
            person: $person,
            seen: $seen,
            erased: $erased,
            server: &[$($right),*],
            columns: &[
                $($(Column {
                    name: stringify!($shown),
                    treatment: ledger!(@$kind $seen, $($category)?),
                    filtered: ledger!(@option $(Filtered::$filter)?),
                    activity: ledger!(@option $(Activity::$activity)?),
                    readers: Readers::Server,
                    stays: ledger!(@stays $($row)?),
                },)*)?
                $(Column {
                    name: stringify!($internal),
                    treatment: Treatment::Internal(ledger!(@option $(DataCategory::$derived)?)),
                    filtered: None,
                    activity: ledger!(@option $(Activity::$counts)?),
                    readers: ledger!(@readers $(Readers::$reader)?),
                    stays: false,
                },)*
            ],
        }),*];

        $($(
            impl Protected for $record {
                fn reduce(self, reveal: Reveal) -> Option<Self> {
                    if let Seen::With(category) = $seen && !reveal.reveals(category) {
                        return None;
                    }
                    Some(Self { $($shown: reduce::$kind(self.$shown, reveal $(, DataCategory::$category)?),)* })
                }
            }
        )?)*
    };
    (@stays) => { false };
    (@stays WithRow) => { true };
    (@readers) => { Readers::Server };
    (@readers $readers:expr) => { $readers };
    (@option) => { None };
    (@option $value:expr) => { Some($value) };
    (@row $seen:expr,) => { Treatment::Row };
    (@field $seen:expr, $category:ident) => { Treatment::Category(DataCategory::$category) };
    (@date $seen:expr, $category:ident) => { Treatment::Category(DataCategory::$category) };
    (@part $seen:expr,) => { part_of($seen) };
    (@day $seen:expr,) => { part_of($seen) };
    (@exact $seen:expr,) => { part_of($seen) };
}
pub(super) use ledger;
