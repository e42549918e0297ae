//! What is true of the caseload at a release, which no attacker sees: everybody's values, and whom each agreement counts.

use crate::harness::Engine;
use chrono::NaiveDate;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl};
use panoh::domain::agreement::Agreement;
use panoh::domain::individual::{AgeBand, Individual};
use panoh::domain::{Id, Vocabulary};
use panoh::store::database::connection::AnyConnection;
use std::collections::{BTreeMap, BTreeSet};

/// A value; none if it is unknown, or a list is empty.
pub type Value = Option<String>;

/// The values of a cell, in its table's order.
pub type Cell = Vec<Value>;

/// A person's values by dimension: one, or several if the dimension is a list.
pub type Profile = BTreeMap<&'static str, Vec<Value>>;

/// Everybody at the moment of a release.
pub struct Truth {
    pub people: BTreeMap<Id<Individual>, Profile>,
    /// Whom the agreement of each recipient counts.
    pub counted: Vec<BTreeSet<Id<Individual>>>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    value: String,
}

/// The column `value` of what a statement finds.
pub fn texts(connection: &mut AnyConnection, statement: &str) -> Vec<String> {
    let query = diesel::sql_query(statement);
    let found: Vec<Row> = match connection {
        AnyConnection::Sqlite(sqlite) => query.load(sqlite).unwrap(),
        AnyConnection::Postgresql(postgres) => query.load(postgres).unwrap(),
    };
    found.into_iter().map(|row| row.value).collect()
}

impl Truth {
    /// Reads it from the owner's connection.
    pub fn read(connection: &mut AnyConnection, engine: Engine, day: NaiveDate, agreements: &[Id<Agreement>]) -> Self {
        let join = match engine {
            Engine::Sqlite => "group_concat(DISTINCT substr(code, 1, 2))",
            Engine::Postgres => "string_agg(DISTINCT substr(code, 1, 2), ',')",
        };
        let columns = [
            "CAST(id AS TEXT)",
            "nationality",
            "sex",
            "legal_status",
            "(SELECT code FROM places WHERE places.id = region_id)",
            "substr(CAST(arrived_on AS TEXT), 1, 4)",
            "CAST(date_of_birth AS TEXT)",
            &format!("(SELECT {join} FROM specific_needs WHERE individual_id = individuals.id)"),
        ];
        let columns = columns.map(|column| format!("coalesce({column}, '')")).join(" || '|' || ");
        let rows = texts(connection, &format!("SELECT {columns} AS value FROM individuals"));
        let counted = |agreement: &Id<Agreement>| {
            let statement = format!(
                "SELECT CAST(individual_id AS TEXT) AS value FROM coverages WHERE basis_id = {agreement} AND ended IS NULL"
            );
            texts(connection, &statement).iter().map(|id| Id::new(id.parse().unwrap())).collect()
        };
        Self {
            counted: agreements.iter().map(counted).collect(),
            people: rows.iter().map(|row| person(row, day)).collect(),
        }
    }

    /// The people of each cell of a recipient's table.
    pub fn cells(&self, reader: usize, dimensions: &[&str]) -> BTreeMap<Cell, BTreeSet<Id<Individual>>> {
        let mut found: BTreeMap<Cell, BTreeSet<Id<Individual>>> = BTreeMap::new();
        for id in &self.counted[reader] {
            for cell in cells_of(&self.people[id], dimensions) {
                found.entry(cell).or_default().insert(*id);
            }
        }
        found
    }
}

/// The cells that a person is in.
fn cells_of(profile: &Profile, dimensions: &[&str]) -> Vec<Cell> {
    dimensions.iter().fold(vec![Vec::new()], |cells: Vec<Cell>, dimension| {
        let with = |cell: &Cell| {
            profile[dimension].iter().map(|value| [cell.clone(), vec![value.clone()]].concat()).collect::<Vec<_>>()
        };
        cells.iter().flat_map(with).collect()
    })
}

fn person(row: &str, day: NaiveDate) -> (Id<Individual>, Profile) {
    let parts: Vec<&str> = row.split('|').collect();
    let text = |at: usize| vec![Some(parts[at].to_owned()).filter(|text| !text.is_empty())];
    let band = parts[6].parse().ok().map(|born| AgeBand::on(day, born).code().to_owned());
    let profile = Profile::from([
        ("NATIONALITY", text(1)),
        ("SEX", text(2)),
        ("LEGAL_STATUS", text(3)),
        ("REGION", text(4)),
        ("ARRIVAL_YEAR", text(5)),
        ("AGE_BAND", vec![band]),
        (
            "SPECIFIC_NEED",
            parts[7].split(',').map(|code| Some(code.to_owned()).filter(|code| !code.is_empty())).collect(),
        ),
    ]);
    (Id::new(parts[0].parse().unwrap()), profile)
}
