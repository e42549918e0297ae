//! What follows from the ledger on PostgreSQL: what the server's role may do with each table about people, and which rows of it it sees.

use crate::domain::Vocabulary;
use crate::policy::ledger::{Column, Readers, Right, Seen, TABLES, Table};

/// The statements, one after another.
pub(super) fn render() -> String {
    TABLES
        .iter()
        .map(|table| format!("-- {}\n{}{}{}\n", table.name, rights(table), policy(table), changes(table)))
        .collect()
}

fn rights(table: &Table) -> String {
    let name = table.name;
    let listed = |which: &dyn Fn(&&Column) -> bool| {
        table.columns.iter().filter(which).map(|column| column.name).collect::<Vec<_>>().join(", ")
    };
    let granted: Vec<String> = table
        .server
        .iter()
        .filter_map(|right| match right {
            Right::Select => Some(format!("SELECT ({})", listed(&|column| column.readers == Readers::Server))),
            Right::Insert => Some(format!("INSERT ({})", listed(&|_| true))),
            Right::Update(column) => Some(format!("UPDATE ({column})")),
            Right::Correct => Some(format!("UPDATE ({})", listed(&|column| column.treatment.erased_with().is_some()))),
            Right::Delete | Right::Void => Some("DELETE".to_owned()),
            // Which rows these are, policies say.
            Right::Lead => None,
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

/// Rows about people are changed by the holder's caseworkers and data officers; what belongs to a programme, by those of its lead too.
fn changes(table: &Table) -> String {
    if table.seen == Seen::ByOwnRule {
        return String::new();
    }
    let name = table.name;
    let own = match table.person {
        Some("id") | None => "(SELECT wall.works_for(holder_id))".to_owned(),
        Some(person) => format!("(SELECT wall.works_on({person}))"),
    };
    let policy = |policy: &str, command: &str, rule: String| {
        format!(
            "DROP POLICY IF EXISTS {policy} ON {name};\n\
             CREATE POLICY {policy} ON {name} FOR {command} TO panoh_server {rule};\n"
        )
    };
    let may = |which: fn(&Right) -> bool| table.server.iter().any(which);
    let mut policies = String::new();
    if may(|right| *right == Right::Insert) {
        policies += &policy("holder_adds", "INSERT", format!("WITH CHECK ({own})"));
    }
    if may(|right| matches!(right, Right::Update(_) | Right::Correct)) {
        policies += &policy("holder_changes", "UPDATE", format!("USING ({own}) WITH CHECK ({own})"));
    }
    if may(|right| matches!(right, Right::Delete | Right::Void)) {
        policies += &policy("holder_removes", "DELETE", format!("USING ({own})"));
    }
    let led = "wall.leads(programme_id) AND wall.serves(individual_id)";
    if may(|right| *right == Right::Lead) {
        policies += &policy("lead_adds", "INSERT", format!("WITH CHECK ({led})"));
        policies += &policy("lead_changes", "UPDATE", format!("USING ({led}) WITH CHECK ({led})"));
    }
    if may(|right| *right == Right::Void) {
        policies += &policy("lead_removes", "DELETE", format!("USING ({led})"));
    }
    policies
}
