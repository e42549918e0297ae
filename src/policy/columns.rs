//! The category of every column of every protected table: the one place that says it.
//!
//! A record that is declared here can be reduced to what a row reveals, and only declared fields leave; a test holds the
//! list against the columns of the databases.

use super::{Protected, Reveal};
use crate::domain::assistance::Assistance;
use crate::domain::case::Case;
use crate::domain::category::DataCategory;
use crate::domain::category::DataCategory::*;
use crate::domain::enrolment::Enrolment;
use crate::domain::incident::Incident;
use crate::domain::individual::Individual;
use crate::domain::solution::Solution;
use crate::domain::specific_need::SpecificNeed;

/// How a column is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Seen with the row: its key and its holder.
    Row,
    /// Seen where its category is revealed.
    Category(DataCategory),
    /// Never leaves the databases.
    Internal,
}

/// A column of a protected table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its table.
    pub table: &'static str,
    /// Its name.
    pub name: &'static str,
    /// How it is treated.
    pub treatment: Treatment,
}

/// Every column of every protected table.
pub fn columns() -> Vec<Column> {
    [
        Individual::COLUMNS,
        Case::COLUMNS,
        SpecificNeed::COLUMNS,
        Solution::COLUMNS,
        Enrolment::COLUMNS,
        Assistance::COLUMNS,
        Incident::COLUMNS,
        CONSENTS,
        COVERAGES,
    ]
    .concat()
}

/// The category of a field of individuals.
pub fn category_of_individual(field: &str) -> Option<DataCategory> {
    match Individual::COLUMNS.iter().find(|column| column.name == field)?.treatment {
        Treatment::Category(category) => Some(category),
        _ => None,
    }
}

/// Declares a record whose fields are hidden one by one: optional fields by category.
macro_rules! protected_fields {
    ($record:ident in $table:literal {
        row { $($row:ident),* }
        hidden { $($field:ident: $category:ident),* }
        dates { $($date:ident: $date_category:ident),* }
        internal { $($internal:literal),* }
    }) => {
        impl $record {
            const COLUMNS: &'static [Column] = &[
                $(Column { table: $table, name: stringify!($row), treatment: Treatment::Row },)*
                $(Column { table: $table, name: stringify!($field), treatment: Treatment::Category($category) },)*
                $(Column { table: $table, name: stringify!($date), treatment: Treatment::Category($date_category) },)*
                $(Column { table: $table, name: $internal, treatment: Treatment::Internal },)*
            ];
        }

        impl Protected for $record {
            fn reduce(self, reveal: Reveal) -> Option<Self> {
                let Self { $($row,)* $($field,)* $($date,)* } = self;
                Some(Self {
                    $($row,)*
                    $($field: $field.filter(|_| reveal.reveals($category)),)*
                    $($date: $date.filter(|_| reveal.reveals($date_category)).map(|date| reveal.date(date)),)*
                })
            }
        }
    };
}

/// Declares a record that is seen whole where its one category is revealed, but for dates and fields of a further category.
macro_rules! protected_item {
    ($record:ident in $table:literal of $category:ident {
        row { $($row:ident),* }
        fields { $($field:ident),* }
        dates { $($date:ident),* }
        hidden { $($hidden:ident: $hidden_category:ident),* }
        internal { $($internal:literal),* }
    }) => {
        impl $record {
            const COLUMNS: &'static [Column] = &[
                $(Column { table: $table, name: stringify!($row), treatment: Treatment::Row },)*
                $(Column { table: $table, name: stringify!($field), treatment: Treatment::Category($category) },)*
                $(Column { table: $table, name: stringify!($date), treatment: Treatment::Category($category) },)*
                $(Column { table: $table, name: stringify!($hidden), treatment: Treatment::Category($hidden_category) },)*
                $(Column { table: $table, name: $internal, treatment: Treatment::Internal },)*
            ];
        }

        impl Protected for $record {
            fn reduce(self, reveal: Reveal) -> Option<Self> {
                let Self { $($row,)* $($field,)* $($date,)* $($hidden,)* } = self;
                reveal.reveals($category).then(|| Self {
                    $($row,)*
                    $($field,)*
                    $($date: coarsen($date, reveal),)*
                    $($hidden: $hidden.filter(|_| reveal.reveals($hidden_category)),)*
                })
            }
        }
    };
}

protected_fields! { Individual in "individuals" {
    row { id, holder_id }
    hidden {
        sex: Demographics, age_band: Demographics, nationality: Demographics, region_id: Demographics,
        registration_number: Identity, given_name: Identity, family_name: Identity, date_of_birth: Identity,
        phone: Contact,
        place_id: Location,
        legal_status: LegalStatus,
        case_id: Family
    }
    dates { arrived_on: LegalStatus, registered_on: LegalStatus }
    internal {
        "given_name_key", "family_name_key", "registration_number_key",
        "arrived_year_on", "registered_year_on", "audit_key",
        "anonymised", "retained_from"
    }
} }

protected_item! { Case in "cases" of Family {
    row { id, holder_id } fields { number } dates {} hidden {} internal { "number_key" }
} }

protected_item! { SpecificNeed in "specific_needs" of SpecificNeeds {
    row { individual_id } fields { code } dates {} hidden {} internal { "id" }
} }

protected_item! { Solution in "solutions" of Solutions {
    row { id, individual_id } fields { kind, form, stage, destination, assisted } dates { stage_on } hidden {} internal {}
} }

protected_item! { Enrolment in "enrolments" of Assistance {
    row { id, individual_id } fields { programme_id } dates { started_on, ended_on } hidden {} internal {}
} }

protected_item! { Assistance in "assistance" of Assistance {
    row { id, individual_id } fields { programme_id, amount_hundredths, currency } dates { paid_on } hidden {} internal {}
} }

protected_item! { Incident in "incidents" of Protection {
    row { id, individual_id } fields { kind } dates { occurred_on } hidden { place_id: Location } internal {}
} }

const CONSENTS: &[Column] = &[
    internal("consents", "id"),
    internal("consents", "individual_id"),
    internal("consents", "recipient_id"),
    internal("consents", "purpose"),
    internal("consents", "decision"),
    internal("consents", "recorded_at"),
    internal("consents", "expires_on"),
    internal("consents", "newest"),
    internal("consents", "explained"),
];

/// Who is covered by what, and how such rows are ordered and found.
const COVERAGES: &[Column] = &[
    internal("coverages", "individual_id"),
    internal("coverages", "basis_id"),
    internal("coverages", "since"),
    internal("coverages", "ended"),
    internal("coverages", "until"),
    internal("coverages", "row_key"),
    internal("coverages", "case_key"),
    internal("coverages", "registered_on"),
    internal("coverages", "arrived_on"),
    internal("coverages", "date_of_birth"),
    internal("coverages", "given_name_key"),
    internal("coverages", "family_name_key"),
    internal("coverages", "registration_number_key"),
    internal("coverages", "phone"),
    internal("coverages", "case_number_key"),
    internal("coverages", "audit_key"),
];

const fn internal(table: &'static str, name: &'static str) -> Column {
    Column { table, name, treatment: Treatment::Internal }
}

/// A date, or an optional one, by year where the row is not identified.
trait Coarsened {
    fn coarsened(self, reveal: Reveal) -> Self;
}

impl Coarsened for chrono::NaiveDate {
    fn coarsened(self, reveal: Reveal) -> Self {
        reveal.date(self)
    }
}

impl Coarsened for Option<chrono::NaiveDate> {
    fn coarsened(self, reveal: Reveal) -> Self {
        self.map(|date| reveal.date(date))
    }
}

fn coarsen<D: Coarsened>(date: D, reveal: Reveal) -> D {
    date.coarsened(reveal)
}
