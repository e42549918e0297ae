use crate::harness::world::World;
use crate::harness::{Database, Engine, TestApp, each_engine};
use crate::leak::{SHARED, plant};
use crate::migrations::columns as stored;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl};
use panoh::domain::Vocabulary;
use panoh::domain::category::DataCategory;
use panoh::import::{Kind, template};
use panoh::policy::ledger::{Column, Right, Seen, TABLES, Table, Treatment, table};
use panoh::store::database::connection::Address;
use panoh::store::rendered::{Dialect, render};
use std::collections::BTreeSet;

fn columns() -> impl Iterator<Item = (&'static Table, &'static Column)> {
    TABLES.iter().flat_map(|table| table.columns.iter().map(move |column| (table, column)))
}

/// Every table that says something of a person or a case is in the ledger, each of its columns once, and nothing else is.
#[test]
fn every_column_of_a_table_about_people_is_in_the_ledger_once() {
    each_engine(|engine| {
        let stored: BTreeSet<String> = stored(engine).into_keys().collect();
        let table = |column: &String| column.split('.').next().unwrap().to_owned();
        let about = |column: &&String| column.ends_with(".individual_id") || column.ends_with(".case_id");
        let mut tables: BTreeSet<String> = stored.iter().filter(about).map(table).collect();
        tables.insert("cases".to_owned());
        let stored: BTreeSet<String> = stored.into_iter().filter(|column| tables.contains(&table(column))).collect();
        let mut declared = BTreeSet::new();
        for (table, column) in columns() {
            let name = format!("{}.{}", table.name, column.name);
            assert!(declared.insert(name.clone()), "{name} has two lines in the ledger");
        }
        let without: Vec<&String> = stored.difference(&declared).collect();
        assert!(without.is_empty(), "no line in src/policy/ledger/people.rs: {without:?}");
        let gone: Vec<&String> = declared.difference(&stored).collect();
        assert!(gone.is_empty(), "a line in src/policy/ledger/people.rs, but no column: {gone:?}");
    });
}

/// What databases hold that follows from the program is shown by committed files. With `RENDER=1` these are written anew.
#[test]
fn the_rendered_statements_are_the_programs() {
    for (dialect, file) in [(Dialect::Postgresql, "postgres.sql"), (Dialect::Sqlite, "sqlite.sql")] {
        let path = format!("{}/src/store/rendered/{file}", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("RENDER").is_some() {
            std::fs::write(&path, render(dialect)).unwrap();
        }
        let committed = std::fs::read_to_string(path).unwrap();
        assert!(committed == render(dialect), "{file} is old: RENDER=1 cargo test --test panoh the_rendered");
    }
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// The columns of which rows that pass have no value at all, but for some.
fn without_values(address: &Address, of: &str, except: &[&str]) -> Vec<String> {
    let mut connection = address.connect(false).unwrap();
    let mut empty = Vec::new();
    for (table, column) in columns().filter(|(_, column)| !matches!(column.treatment, Treatment::Internal(_))) {
        let name = format!("{}.{}", table.name, column.name);
        let person = table.person.unwrap_or("id");
        let among = match table.person {
            Some(_) => format!("{person} IN ({of})"),
            None => "true".to_owned(),
        };
        let count = format!("SELECT count({}) AS number FROM {} WHERE {among}", column.name, table.name);
        let found: Number = diesel::sql_query(count).get_result(&mut connection).unwrap();
        if found.number == 0 && !except.contains(&name.as_str()) {
            empty.push(name);
        }
    }
    empty
}

/// What is cleared while its row stays may be null.
#[test]
fn what_is_cleared_may_be_null() {
    each_engine(|engine| {
        let stored = stored(engine);
        for (table, column) in columns() {
            let name = format!("{}.{}", table.name, column.name);
            let cleared = DataCategory::ALL.iter().any(|category| {
                category.is_erasable() && table.cleared_with(*category).any(|other| other == column.name)
            });
            assert!(!cleared || !stored[&name].1, "{name} must have a value, and is cleared with its category");
        }
    });
}

/// The demo shows every column.
#[test]
fn the_demo_has_a_value_in_every_column() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let empty = without_values(&app.database.address, "SELECT id FROM individuals", &["individuals.age_band"]);
        assert!(empty.is_empty(), "src/demo writes no value of {empty:?}");
    });
}

/// The random people that the oracle judges have every column.
#[test]
fn the_oracles_people_have_a_value_in_every_column() {
    each_engine(|engine| {
        let database = Database::migrated(engine);
        World::new(1).insert(&database.address);
        let except = ["individuals.age_band", "solutions.form"];
        let empty = without_values(&database.address, "SELECT id FROM individuals", &except);
        assert!(empty.is_empty(), "tests/harness/world.rs writes no value of {empty:?}");
    });
}

/// The planted person, of whom nothing may leak, has every column.
#[test]
fn the_planted_person_has_a_value_in_every_column() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 40);
        plant(&app, DataCategory::Assistance);
        let except = [
            "individuals.age_band",
            "solutions.form",
            "solutions.assisted",
            "nominations.withdrawn_on",
            "enrolments.ended_on",
        ];
        let empty = without_values(&app.database.address, &SHARED.to_string(), &except);
        assert!(empty.is_empty(), "tests/leak.rs plants no value of {empty:?}");
    });
}

/// When records are merged, whatever hangs on a person moves to the record that is kept; consents by a rule of their own.
#[test]
fn a_merge_moves_what_hangs_on_a_person() {
    let source = include_str!("../src/store/bulk/merge.rs");
    let list = source.split("moved!(").nth(1).and_then(|rest| rest.split(");").next()).unwrap();
    let moved: BTreeSet<&str> = list.split(',').map(str::trim).collect();
    let of_people = TABLES.iter().filter(|table| table.person == Some("individual_id"));
    let hanging = of_people.filter(|table| matches!(table.seen, Seen::With(_) | Seen::WithPerson));
    for table in hanging {
        assert!(moved.contains(table.name), "src/store/bulk/merge.rs does not move {}", table.name);
        let may = table.server.contains(&Right::Update("individual_id"));
        assert!(
            may || table.name == "specific_needs",
            "src/policy/ledger/people.rs: the server may not move {}",
            table.name
        );
    }
}

/// The caseload's file has a column for each of a person's that is not derived.
#[test]
fn the_caseloads_file_has_every_column() {
    let header: Vec<&str> = template(Kind::Caseload).unwrap().lines().next().unwrap().split(',').collect();
    for column in table("individuals").columns {
        let given = match column.name {
            "age_band" | "region_id" => continue,
            "case_id" => "case_number",
            "place_id" => "place",
            other => other,
        };
        let shown = matches!(column.treatment, Treatment::Category(_));
        assert!(!shown || header.contains(&given), "src/import/caseload/read.rs has no column {given}");
    }
}

/// What the caseload's file states of a person is stored: each column of the template has a value in one of its made-up people.
#[test]
fn what_the_caseloads_file_states_is_stored() {
    let text = template(Kind::Caseload).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    let of_person: Vec<(usize, &&str)> =
        rows[0].iter().enumerate().filter(|(_, column)| !column.starts_with("solution_")).collect();
    let value = |(nth, column): &(usize, &&str)| {
        let stated = rows[1..].iter().map(|row| row[*nth]).find(|value| !value.is_empty());
        stated.unwrap_or_else(|| panic!("the template in src/import/caseload/read.rs states no {column}"))
    };
    let header: Vec<&str> = of_person.iter().map(|(_, column)| **column).collect();
    let person: Vec<&str> = of_person.iter().map(value).collect();
    // Columns of solutions are empty: whoever has left pursues none.
    let solution: Vec<&str> = rows[0].iter().copied().filter(|column| column.starts_with("solution_")).collect();
    let file =
        format!("{},{}\n{}{}\n", header.join(","), solution.join(","), person.join(","), ",".repeat(solution.len()));
    each_engine(|engine| {
        let database = crate::imports::prepared(engine);
        crate::imports::load(&database, Kind::Caseload, "caseload.csv", &file).unwrap();
        let shown =
            table("individuals").columns.iter().filter(|column| matches!(column.treatment, Treatment::Category(_)));
        // The age band is what is kept of somebody whose date of birth is erased.
        for column in shown.filter(|column| column.name != "age_band") {
            let statement = format!("SELECT count({}) AS number FROM individuals", column.name);
            let stored: Number =
                diesel::sql_query(&statement).get_result(&mut database.address.connect(false).unwrap()).unwrap();
            assert_eq!(stored.number, 1, "src/import/caseload/read.rs keeps no {}", column.name);
        }
    });
}

/// Days that are no activity: no period of retention is counted from them.
const NO_ACTIVITY: &[&str] = &[
    "individuals.date_of_birth",
    "individuals.arrived_on",
    "individuals.arrived_year_on",
    "individuals.registered_year_on",
    "individuals.retained_from",
    "nominations.withdrawn_on",
    "assistance.period_from",
    "assistance.period_until",
    "loans.first_due_on",
    "emergency_steps.due_on",
    "consents.expires_on",
    "coverages.until",
    "coverages.registered_on",
    "coverages.arrived_on",
    "coverages.date_of_birth",
];

/// Every day of what is recorded of people counts as activity, or is known not to.
#[test]
fn every_day_counts_or_is_known_not_to() {
    let stored = stored(Engine::Sqlite);
    let is_day = |table: &Table, column: &Column| stored[&format!("{}.{}", table.name, column.name)].0 == "DATE";
    let days = columns().filter(|(table, column)| is_day(table, column) && column.activity.is_none());
    let days: Vec<String> = days.map(|(table, column)| format!("{}.{}", table.name, column.name)).collect();
    assert_eq!(days, NO_ACTIVITY, "in src/policy/ledger/people.rs: counts On, counts Until, or listed here");
}

/// The schema has a field of the column's category for every column that can be seen, and an input for every one that is filtered by.
#[test]
fn the_schema_has_every_column() {
    let api = panoh::graphql::Api::default();
    let sdl = api.sdl();
    let body = |of: &str| {
        sdl.split(&format!("\n{of} ")).nth(1).unwrap_or_else(|| panic!("no {of}")).split("\n}").next().unwrap()
    };
    for (table, column) in columns() {
        let Treatment::Category(category) = column.treatment else { continue };
        let name = camel(column.name.trim_end_matches("_minor").trim_end_matches("_id"));
        let record = match table.name {
            "individuals" => "Individual",
            "cases" => "Case",
            "specific_needs" => "SpecificNeed",
            "solutions" => "Solution",
            "nominations" => "Nomination",
            "enrolments" => "Enrolment",
            "assistance" => "Assistance",
            "loans" => "Loan",
            "repayments" => "Repayment",
            "housing" => "Housing",
            "school_years" => "SchoolYear",
            "incidents" => "Incident",
            "incident_accounts" => "IncidentAccount",
            "emergencies" => "Emergency",
            "emergency_facts" => "EmergencyFact",
            "emergency_steps" => "EmergencyStep",
            other => panic!("which type of the schema shows {other}?"),
        };
        let applied = format!("@category(of: {category})");
        let is_field = |line: &&str| {
            line.trim_start().starts_with(&format!("{name}:")) || line.trim_start().starts_with(&format!("{name}("))
        };
        let field = body(&format!("type {record}")).lines().find(is_field);
        let field = field.unwrap_or_else(|| panic!("type {record} has no field {name}, which the ledger shows"));
        assert!(field.contains(&applied), "{record}.{name} is not of category {category} in the schema");
        if column.filtered.is_some() {
            let has =
                body("input IndividualFilter").lines().any(|line| line.trim_start().starts_with(&format!("{name}:")));
            assert!(has, "IndividualFilter has no {name}, by which the ledger lets clients filter");
        }
        // What follows from something else, or has a change of its own.
        let derived = ["case", "region", "ageBand", "closedAs", "closedOn"].contains(&name.as_str());
        if table.name == "individuals" && !derived {
            let states = |line: &str| line.trim_start().starts_with(&name);
            let has = body("input IndividualRecordInput").lines().any(states);
            assert!(has, "IndividualRecordInput has no {name}: caseworkers cannot state it");
        }
    }
}

/// The name in the schema of what the databases call so.
pub fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &word[..1].to_ascii_uppercase() + &word[1..])
}
