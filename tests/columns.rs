use crate::harness::each_engine;
use crate::migrations::columns as stored;
use panoh::policy::columns::columns;
use std::collections::BTreeSet;

const PROTECTED: [&str; 9] = [
    "individuals",
    "cases",
    "specific_needs",
    "solutions",
    "enrolments",
    "assistance",
    "incidents",
    "consents",
    "coverages",
];

/// Every column of a protected table is a row's key, belongs to one category, or is internal; and nothing else is declared.
#[test]
fn every_column_of_a_protected_table_is_declared_once() {
    each_engine(|engine| {
        let stored: BTreeSet<String> = stored(engine)
            .into_keys()
            .filter(|name| PROTECTED.iter().any(|table| name.starts_with(&format!("{table}."))))
            .collect();
        let declared: Vec<String> =
            columns().iter().map(|column| format!("{}.{}", column.table, column.name)).collect();
        let once: BTreeSet<String> = declared.iter().cloned().collect();
        assert_eq!(once.len(), declared.len(), "a column is declared twice");
        assert_eq!(once, stored);
    });
}
