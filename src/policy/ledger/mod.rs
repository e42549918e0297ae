//! The ledger: one line for each column of each table about people. What a row shows, what retention erases, what the server's
//! role may do on PostgreSQL, and what the tests look for, all follow from it.

mod lines;
mod people;
mod reduce;

use crate::domain::category::DataCategory;

/// A table about people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// The column that says whom a row is about; none if it is about a case.
    pub person: Option<&'static str>,
    /// With which rows it is seen.
    pub seen: Seen,
    /// With what a row of it is erased.
    pub erased: Erased,
    /// What the server's role may do with it on PostgreSQL.
    pub server: &'static [Right],
    /// Its columns.
    pub columns: &'static [Column],
}

/// With which rows a table is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// With every person that a viewer sees.
    WithPerson,
    /// With those of whom a category is revealed.
    With(DataCategory),
    /// By a rule of its own, or not at all.
    ByOwnRule,
}

/// With what a row is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erased {
    /// With a category that is past its period. With `IDENTITY` a person is anonymised.
    With(DataCategory),
    /// By the database, when the row that it belongs to goes.
    WithParent,
}

/// What the server's role may do with a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Read its columns.
    Select,
    /// Add rows.
    Insert,
    /// Change one column.
    Update(&'static str),
    /// Change what is shown of a row, or derives from that.
    Correct,
    /// Remove rows.
    Delete,
    /// Remove rows that were recorded by mistake, of a programme that the viewer's agency leads, too.
    Void,
    /// Add and change rows of a programme that the viewer's agency leads, too.
    Lead,
}

/// A column of a table about people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// How it is treated.
    pub treatment: Treatment,
    /// How clients filter by it.
    pub filtered: Option<Filtered>,
    /// Whether it counts as activity, from which periods of retention are counted.
    pub activity: Option<Activity>,
    /// Who reads it on PostgreSQL.
    pub readers: Readers,
    /// Whether it stays as long as its row, although its category is erased.
    pub stays: bool,
}

/// Who reads a column on PostgreSQL, of those who may read its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readers {
    /// The server's role, for requests.
    Server,
    /// The tables' owner alone: imports, retention.
    Owner,
}

/// How a column is treated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Treatment {
    /// Seen with the row: its key and its holder. Kept as long as the row.
    Row,
    /// Seen if its category is revealed, erased with it.
    Category(DataCategory),
    /// Never leaves the databases. Erased with the category that it derives from, or with the row.
    Internal(Option<DataCategory>),
}

impl Treatment {
    /// The category with which the column is erased, if it goes before its row.
    pub fn erased_with(self) -> Option<DataCategory> {
        match self {
            Self::Row => None,
            Self::Category(category) => Some(category),
            Self::Internal(category) => category,
        }
    }
}

/// How clients filter by a column: the input that the schema has for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filtered {
    /// One of some codes: `eq` and `in`.
    Codes,
    /// Text: `eq` and `startsWith`.
    Text,
    /// Dates: `from` and `until`.
    Dates,
    /// A place or one below it: `within`.
    Within,
    /// By a rule of its own.
    Rule,
}

/// How a column counts as activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// On its day.
    On,
    /// On its day, and today while it has none.
    Until,
}

/// Every table about people.
pub const TABLES: &[Table] = people::TABLES;

/// The table of a name.
///
/// # Panics
/// If it is not about people.
pub fn table(name: &str) -> &'static Table {
    TABLES.iter().find(|table| table.name == name).expect("a table of the ledger")
}

impl Table {
    /// Its column of a name.
    pub fn column(&self, name: &str) -> Option<&'static Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns that are set to null when a category is past its period, if the row stays.
    pub fn cleared_with(&self, category: DataCategory) -> impl Iterator<Item = &'static str> {
        let whole = self.erased == Erased::With(category);
        let cleared = self.columns.iter().filter(move |column| column.treatment.erased_with() == Some(category));
        cleared.filter(move |column| !whole && !column.stays).map(|column| column.name)
    }
}
