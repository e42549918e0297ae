//! Who may change what: a table of every mutation, role, agency and purpose, generated from the schema.

use crate::harness::app::today;
use crate::harness::{Engine, TestApp, each_engine};
use apollo_compiler::Schema;
use apollo_compiler::ast::InputValueDefinition;
use apollo_compiler::schema::{ExtendedType, FieldDefinition};
use diesel::sql_types::{Nullable, Text};
use diesel::{QueryableByName, RunQueryDsl};
use panoh::domain::audit::AuditEvent;
use panoh::domain::client::Role;
use panoh::domain::emergency_access::{EmergencyAccess, EmergencyReason};
use panoh::domain::purpose::Purpose;
use panoh::domain::{Id, Vocabulary};
use panoh::store::StoreError;
use panoh::store::agency::administration::add_client;
use panoh::store::bulk::insert;
use panoh::store::database::connection::AnyConnection;
use panoh::store::outside_policy::outside_policy;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const AGENCIES: [&str; 4] = ["unhcr", "undp", "embassy-us", "embassy-ca"];

pub fn schema() -> Schema {
    Schema::parse(include_str!("../schema.graphql"), "schema.graphql").unwrap()
}

pub fn mutations(schema: &Schema) -> Vec<&FieldDefinition> {
    let ExtendedType::Object(mutation) = &schema.types["Mutation"] else { panic!("mutations are an object") };
    mutation.fields.values().map(|field| &***field).collect()
}

/// The roles and the purpose that the schema says a mutation requires.
pub fn requires(mutation: &FieldDefinition) -> (Vec<String>, Option<String>) {
    let directive =
        mutation.directives.get("requires").unwrap_or_else(|| panic!("{} says what it requires", mutation.name));
    let named = |name: &str| directive.specified_argument_by_name(name);
    let roles = named("role").and_then(|value| value.as_list()).unwrap_or_default();
    let roles = roles.iter().filter_map(|role| role.as_enum()).map(ToString::to_string).collect();
    (roles, named("purpose").and_then(|value| value.as_enum()).map(ToString::to_string))
}

/// A value of a type: of its fields those that `takes` says, and what `leaf` gives for a field and a scalar or an enum.
pub fn value(
    schema: &Schema,
    (field, type_name): (&str, &str),
    takes: &mut dyn FnMut(&InputValueDefinition) -> bool,
    leaf: &mut dyn FnMut(&str, &str) -> Value,
) -> Value {
    let ExtendedType::InputObject(input) = &schema.types[type_name] else { return leaf(field, type_name) };
    let mut object = serde_json::Map::new();
    for field in input.fields.values().filter(|field| takes(field)).collect::<Vec<_>>() {
        let one = value(schema, (&field.name, field.ty.inner_named_type()), takes, leaf);
        object.insert(field.name.to_string(), if field.ty.is_list() { json!([one]) } else { one });
    }
    Value::Object(object)
}

/// An input as short as it may be.
fn shortest(schema: &Schema, mutation: &FieldDefinition, ids: &BTreeMap<&str, String>) -> Value {
    let mut leaf = |field: &str, type_name: &str| match (&schema.types[type_name], type_name) {
        (ExtendedType::Enum(named), _) => json!(named.values.keys().next().unwrap().as_str()),
        (_, "ID") => json!(ids.get(field)),
        (_, "Date") => json!("2026-01-10"),
        (_, "DateTime") => json!("2026-01-10T00:00:00Z"),
        (_, "Boolean") => json!(true),
        (_, "Int") => json!(5),
        (_, "Decimal") => json!("25.00"),
        (_, "CurrencyCode") => json!("USD"),
        _ => json!("x"),
    };
    let input_type = mutation.arguments[0].ty.inner_named_type();
    value(schema, ("input", input_type), &mut |field| field.is_required(), &mut leaf)
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Nullable<Text>)]
    text: Option<String>,
}

fn texts(connection: &mut AnyConnection, query: &str) -> Vec<String> {
    let query = diesel::sql_query(query);
    let rows: Vec<Line> = match connection {
        AnyConnection::Sqlite(sqlite) => query.load(sqlite).unwrap(),
        AnyConnection::Postgresql(postgres) => query.load(postgres).unwrap(),
    };
    rows.into_iter().filter_map(|row| row.text).collect()
}

/// All that the database holds, but for the audit and how often access has changed.
fn dump(app: &TestApp, engine: Engine) -> BTreeMap<String, Vec<String>> {
    let mut connection = app.database.address.connect(false).unwrap();
    let tables = match engine {
        Engine::Sqlite => {
            "SELECT name AS text FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        }
        Engine::Postgres => "SELECT tablename::text AS text FROM pg_tables WHERE schemaname = 'public'",
    };
    let kept = |name: &String| !name.starts_with("audit_") && name != "policy_epochs";
    let tables: Vec<String> = texts(&mut connection, tables).into_iter().filter(kept).collect();
    let rows = |table: String| {
        let query = match engine {
            Engine::Postgres => format!("SELECT t::text AS text FROM {table} AS t ORDER BY 1"),
            Engine::Sqlite => {
                let columns = texts(
                    &mut connection,
                    &format!("SELECT 'quote(' || name || ')' AS text FROM pragma_table_info('{table}')"),
                );
                format!("SELECT {} AS text FROM {table} ORDER BY 1", columns.join(" || ',' || "))
            }
        };
        let rows = texts(&mut connection, &query);
        (table, rows)
    };
    tables.into_iter().map(rows).collect()
}

/// Ids that an agency may name for a purpose, by the input's field: those that its data officers see.
pub fn ids(app: &TestApp, key: &str, purpose: Purpose) -> BTreeMap<&'static str, String> {
    let query = "{ individuals(first: 2) { nodes { id } } agreements(first: 1) { nodes { id } } emergencyAccesses(first: 1) { nodes { id } } handovers(first: 1) { nodes { id } } circuitRides(first: 1) { nodes { id } } \
        pursuing: individuals(first: 1, orderBy: { field: REGISTRATION_NUMBER, direction: ASC }, filter: { solution: { kind: { eq: RESETTLEMENT } } }) { nodes { solutions { id } } } \
        suffering: individuals(first: 1, filter: { emergency: { eq: OPEN } }) { nodes { incidents { id emergency { id steps { id } } } } } \
        incidentPatterns(first: 1) { nodes { id } } demarches(first: 1) { nodes { id asks { id followUps { id } } } } relocationPlans(first: 1) { nodes { id } } }";
    let request = app.post().bearer_auth(key).header("Panoh-Purpose", purpose.code());
    let answer = request.body(json!({ "query": query }).to_string()).send().unwrap().text().unwrap();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let id = |root: &str, nth: usize| answer["data"][root]["nodes"][nth]["id"].as_str().map(str::to_owned);
    let at = |path: &str| answer["data"].pointer(path).and_then(Value::as_str).map(str::to_owned);
    let suffered = "/suffering/nodes/0/incidents/0";
    let known = [
        ("individualId", id("individuals", 0)),
        ("individualIds", id("individuals", 0)),
        ("duplicateId", id("individuals", 1)),
        ("agreementId", id("agreements", 0)),
        ("emergencyAccessId", id("emergencyAccesses", 0)),
        ("handoverId", id("handovers", 0)),
        ("circuitRideId", id("circuitRides", 0)),
        ("solutionId", at("/pursuing/nodes/0/solutions/0/id")),
        ("incidentId", at(&format!("{suffered}/id"))),
        ("emergencyId", at(&format!("{suffered}/emergency/id"))),
        ("stepId", at(&format!("{suffered}/emergency/steps/0/id"))),
        ("patternId", id("incidentPatterns", 0)),
        ("demarcheId", id("demarches", 0)),
        ("relocationPlanId", id("relocationPlans", 0)),
        ("askId", at("/demarches/nodes/0/asks/0/id")),
        ("followUpId", at("/demarches/nodes/0/asks/0/followUps/0/id")),
    ];
    known.into_iter().filter_map(|(field, id)| Some((field, id?))).collect()
}

/// What a client is told that asks for a change: the code of the error, or that it was let in.
fn outcome(app: &TestApp, key: &str, purpose: Purpose, mutation: &FieldDefinition, input: &Value) -> String {
    let input_type = &mutation.arguments[0].ty;
    let document = format!(
        "mutation Change($input: {input_type}) {{ {}(input: $input) {{ userErrors {{ code }} }} }}",
        mutation.name
    );
    let body = json!({ "query": document, "variables": { "input": input } }).to_string();
    let request = app.post().bearer_auth(key).header("Panoh-Purpose", purpose.code()).body(body);
    let answer: Value = serde_json::from_str(&request.send().unwrap().text().unwrap()).unwrap();
    if let Some(code) = answer["errors"][0]["extensions"]["code"].as_str() {
        return code.to_owned();
    }
    answer["data"][mutation.name.as_str()]["userErrors"][0]["code"].as_str().unwrap_or("made").to_owned()
}

/// An opening of each agreement, so that there is one to review.
fn open_everything(app: &TestApp) {
    let work = |connection: &mut AnyConnection| {
        let agreements = texts(connection, "SELECT CAST(id AS TEXT) AS text FROM agreements");
        let client = texts(connection, "SELECT CAST(min(id) AS TEXT) AS text FROM clients");
        let at = today().and_hms_opt(8, 0, 0).unwrap();
        let opening = |agreement: &String| EmergencyAccess {
            id: insert::new_key(),
            agreement_id: Id::new(agreement.parse().unwrap()),
            client_id: Id::new(client[0].parse().unwrap()),
            reason: EmergencyReason::ChildAtRisk,
            opened_at: at,
            closes_at: at,
            reviewed_at: None,
            justified: None,
        };
        insert::emergency_accesses(connection, &agreements.iter().map(opening).collect::<Vec<_>>())
    };
    outside_policy::<_, StoreError>(&app.database.address, AuditEvent::Administration, "test", work).unwrap();
}

/// More emergencies with a step, so that there is one still after another was removed.
fn open_emergencies(app: &TestApp) {
    let last = "individuals(first: 3, orderBy: { field: REGISTRATION_NUMBER, direction: DESC })";
    let found = app.data("unhcr", &format!("{{ {last} {{ nodes {{ id }} }} }}"));
    for person in found["individuals"]["nodes"].as_array().unwrap() {
        let input =
            format!("individualIds: [{}], kind: DETENTION, occurredOn: \"2026-01-05\", emergency: true", person["id"]);
        let opened = "individual { incidents { emergency { id } } }";
        let recorded =
            app.data("unhcr", &format!("mutation {{ recordIncident(input: {{ {input} }}) {{ {opened} }} }}"));
        let incidents = recorded["recordIncident"]["individual"]["incidents"].as_array().unwrap();
        let emergency = incidents.iter().find_map(|incident| incident["emergency"]["id"].as_str()).unwrap();
        let input = format!("emergencyId: \"{emergency}\", action: TRACING, dueOn: \"2026-01-20\"");
        app.data(
            "unhcr",
            &format!("mutation {{ planEmergencyStep(input: {{ {input} }}) {{ userErrors {{ code }} }} }}"),
        );
    }
}

/// One change that a client may ask for: for which purpose, and whether it names by its agency's own ids.
struct Asking<'s> {
    mutation: &'s FieldDefinition,
    stated: Purpose,
    input: Value,
    is_own: bool,
}

/// Every mutation for every purpose under which the agency's officer sees the ids; if there is none, with those of UNHCR for one.
fn askings<'s>(app: &TestApp, schema: &'s Schema, officer: &str) -> Vec<Asking<'s>> {
    let others = ids(app, &app.key("unhcr"), Purpose::CaseManagement);
    let (mut all, mut with_others) = (Vec::new(), BTreeMap::new());
    for stated in Purpose::ALL {
        let own = ids(app, officer, *stated);
        for mutation in mutations(schema) {
            let input = shortest(schema, mutation, &own);
            let is_own = !input.to_string().contains("null");
            if is_own {
                with_others.insert(mutation.name.to_string(), None);
                all.push(Asking { mutation, stated: *stated, input, is_own });
                continue;
            }
            let ids: BTreeMap<&str, String> = others.clone().into_iter().chain(own.clone()).collect();
            let input = shortest(schema, mutation, &ids);
            assert!(!input.to_string().contains("null"), "{}: nobody has such an id", mutation.name);
            let asking = Asking { mutation, stated: *stated, input, is_own };
            with_others.entry(mutation.name.to_string()).or_insert(Some(asking));
        }
    }
    all.extend(with_others.into_values().flatten());
    // What ends an agreement, or removes an incident, is asked for last: after it the agency sees less.
    let ends = |asking: &Asking| {
        asking.input.get("agreementId").is_some() || asking.mutation.name == "removeAffectedIndividual"
    };
    all.sort_by_key(|asking| (ends(asking), place(schema, asking.mutation)));
    all
}

fn place(schema: &Schema, mutation: &FieldDefinition) -> Option<usize> {
    mutations(schema).iter().position(|one| one.name == mutation.name)
}

const REFUSED: [&str; 2] = ["NOT_ALLOWED", "FORBIDDEN"];

/// Whatever the schema says a mutation requires, a client that is something else is refused and changes nothing; whoever names by another
/// agency's ids changes nothing either; and each mutation lets somebody in. With `RENDER=1` the table is written anew.
#[test]
fn mutations_require_what_the_schema_says() {
    let schema = schema();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/permissions.txt");
    let recorded = std::fs::read_to_string(path).unwrap();
    each_engine(|engine| {
        let mut table = String::new();
        let mut let_in = BTreeSet::new();
        for agency in AGENCIES {
            let app = TestApp::demo(engine, 300);
            open_everything(&app);
            open_emergencies(&app);
            let key = |role: Role| {
                let added = outside_policy(&app.database.address, AuditEvent::Administration, "client", |connection| {
                    add_client(connection, agency, role, role.code(), Purpose::ALL)
                });
                added.unwrap()
            };
            let keys: Vec<(Role, String)> = Role::ALL.iter().map(|role| (*role, key(*role))).collect();
            let officer = keys.iter().find(|(role, _)| *role == Role::DataOfficer).unwrap().1.clone();
            for (role, key) in keys {
                let (mut before, mut told) = (dump(&app, engine), BTreeMap::<_, String>::new());
                let (mut allowed, all) = (Vec::new(), askings(&app, &schema, &officer));
                for asking in all {
                    let (roles, purpose) = requires(asking.mutation);
                    let fits = purpose.is_none_or(|purpose| purpose == asking.stated.code());
                    let may = roles.contains(&role.to_string()) && fits;
                    if may && asking.is_own {
                        allowed.push(asking);
                        continue;
                    }
                    let code = outcome(&app, &key, asking.stated, asking.mutation, &asking.input);
                    let is_refused = REFUSED.contains(&code.as_str()) || (!asking.is_own && code == "INVALID_ID");
                    assert!(is_refused, "{agency} {role} {} {}: {code}", asking.stated, asking.mutation.name);
                    let line = told.entry(place(&schema, asking.mutation)).or_default();
                    write!(line, " {} {code}", asking.stated).unwrap();
                }
                assert!(
                    dump(&app, engine) == before,
                    "{engine:?}: a refused mutation of {agency}, {role}, left something"
                );
                for (nth, line) in told {
                    writeln!(table, "{agency} {role} {}:{line}", mutations(&schema)[nth.unwrap()].name).unwrap();
                }
                // The database is read again before and after what is made; many that make nothing are looked at together.
                let (mut unlooked, mut looked) = (Vec::new(), true);
                for Asking { mutation, stated, input, .. } in allowed {
                    let who = format!("{agency} {role} {} {stated} may:", mutation.name);
                    let makes_nothing =
                        recorded.lines().any(|line| line.strip_prefix(&who).is_some_and(|code| code.trim() != "made"));
                    if !makes_nothing && !looked {
                        assert!(dump(&app, engine) == before, "{engine:?}: one of {unlooked:?} left something");
                        (unlooked, looked) = (Vec::new(), true);
                    }
                    let code = outcome(&app, &key, stated, mutation, &input);
                    writeln!(table, "{who} {code}").unwrap();
                    match code.as_str() {
                        "made" => before = dump(&app, engine),
                        _ => {
                            unlooked.push(format!("{who} {code}"));
                            looked = false;
                        }
                    }
                    if !REFUSED.contains(&code.as_str()) {
                        let_in.insert(mutation.name.to_string());
                    }
                }
                assert!(dump(&app, engine) == before, "{engine:?}: one of {unlooked:?} left something");
            }
        }
        assert_eq!(let_in.len(), mutations(&schema).len(), "only these let anybody in: {let_in:?}");
        if std::env::var_os("RENDER").is_some() {
            std::fs::write(path, &table).unwrap();
        }
        assert!(
            std::env::var_os("RENDER").is_some() || recorded == table,
            "{engine:?}: {:?}; permissions.txt is old: RENDER=1 cargo test --test panoh permissions",
            table.lines().zip(recorded.lines()).find(|(found, recorded)| found != recorded)
        );
    });
}
