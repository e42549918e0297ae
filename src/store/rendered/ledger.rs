//! What follows from the ledger on PostgreSQL: what the server's role may do with each table about people, and which rows of it it sees.

use crate::domain::Vocabulary;
use crate::policy::ledger::{Readers, Right, Seen, TABLES, Table};

/// The statements, one after another.
pub(super) fn render() -> String {
    TABLES.iter().map(|table| format!("-- {}\n{}{}\n", table.name, rights(table), policy(table))).collect()
}

fn rights(table: &Table) -> String {
    let name = table.name;
    let read = table.columns.iter().filter(|column| column.readers == Readers::Server);
    let columns: Vec<&str> = read.map(|column| column.name).collect();
    let columns = columns.join(", ");
    let granted: Vec<String> = table
        .server
        .iter()
        .map(|right| match right {
            Right::Select => format!("SELECT ({columns})"),
            Right::Insert => format!("INSERT ({columns})"),
            Right::Update(column) => format!("UPDATE ({column})"),
        })
        .collect();
    let revoke = format!("REVOKE ALL ON {name} FROM panoh_server;\n");
    match granted.is_empty() {
        true => revoke,
        false => format!("{revoke}GRANT {} ON {name} TO panoh_server;\n", granted.join(",\n    ")),
    }
}

/// Rows about people are seen by whom a basis covers that grants what they are seen with.
fn policy(table: &Table) -> String {
    let category = match table.seen {
        Seen::WithPerson => String::new(),
        Seen::With(category) => format!("'{}'", category.code()),
        Seen::ByOwnRule => return String::new(),
    };
    let (name, Some(person)) = (table.name, table.person) else { return String::new() };
    format!(
        "ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;\n\
         ALTER TABLE {name} FORCE ROW LEVEL SECURITY;\n\
         DROP POLICY IF EXISTS outside_policy ON {name};\n\
         CREATE POLICY outside_policy ON {name} TO CURRENT_USER USING (true) WITH CHECK (true);\n\
         DROP POLICY IF EXISTS viewer ON {name};\n\
         CREATE POLICY viewer ON {name} FOR SELECT TO panoh_server USING (EXISTS (SELECT FROM coverages AS coverage\n    \
         WHERE coverage.individual_id = {name}.{person} AND coverage.basis_id = ANY ((SELECT wall.bases({category}))::bigint[])\n        \
         AND coverage.ended IS NULL AND (coverage.until IS NULL OR coverage.until > (SELECT wall.day())) OFFSET 0));\n"
    )
}
