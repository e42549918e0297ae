//! What the databases hold that follows from this program: from the ledger what the server's role may do and see, and from facts of
//! the domain whom terms cover. `migrate` applies it if it has changed; `postgres.sql` and `sqlite.sql` show it to who reads.

mod definitions;
mod ledger;

use super::database::connection::AnyConnection;
use super::database::errors::Result;
use super::database::tables::rendered;
use super::visibility;
use diesel::connection::SimpleConnection;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use sha2::{Digest, Sha256};

/// A database for which something is rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// PostgreSQL.
    Postgresql,
    /// SQLite.
    Sqlite,
}

impl Dialect {
    fn of(connection: &AnyConnection) -> Self {
        match connection {
            AnyConnection::Postgresql(_) => Self::Postgresql,
            AnyConnection::Sqlite(_) => Self::Sqlite,
        }
    }
}

/// A part that is applied on its own.
struct Part {
    name: &'static str,
    statements: String,
    /// Whether it says who is covered.
    decides_coverage: bool,
}

fn parts(dialect: Dialect) -> Vec<Part> {
    let definitions = Part { name: "definitions", statements: definitions::render(dialect), decides_coverage: true };
    let ledger = || Part { name: "ledger", statements: ledger::render(), decides_coverage: false };
    match dialect {
        Dialect::Postgresql => vec![definitions, ledger()],
        Dialect::Sqlite => vec![definitions],
    }
}

/// The statements, one after another.
pub fn render(dialect: Dialect) -> String {
    parts(dialect).into_iter().map(|part| part.statements).collect()
}

/// Applies the parts that are not what was applied last, as the owner and in its transaction; gives how many those were.
///
/// # Errors
/// If the database fails.
pub fn apply(owner: &mut AnyConnection) -> Result<usize> {
    let outdated = outdated(owner)?;
    for part in &outdated {
        owner.batch_execute(&part.statements)?;
        let digest = rendered::digest.eq(digest(&part.statements));
        diesel::delete(rendered::table.find(part.name)).execute(owner)?;
        diesel::insert_into(rendered::table).values((rendered::part.eq(part.name), digest)).execute(owner)?;
    }
    if outdated.iter().any(|part| part.decides_coverage) {
        visibility::keep_anew(owner)?;
        visibility::keep(owner)?;
    }
    Ok(outdated.len())
}

/// How many parts are not what was applied last.
///
/// # Errors
/// If the database cannot be read.
pub fn lacking(connection: &mut AnyConnection) -> Result<usize> {
    Ok(outdated(connection)?.len())
}

fn outdated(connection: &mut AnyConnection) -> Result<Vec<Part>> {
    let applied: Vec<(String, String)> = rendered::table.select((rendered::part, rendered::digest)).load(connection)?;
    let is_applied = |part: &Part| applied.contains(&(part.name.to_owned(), digest(&part.statements)));
    Ok(parts(Dialect::of(connection)).into_iter().filter(|part| !is_applied(part)).collect())
}

fn digest(statements: &str) -> String {
    Sha256::digest(statements).iter().map(|byte| format!("{byte:02x}")).collect()
}
