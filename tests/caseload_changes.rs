//! How the holder's caseworkers change the caseload, and what nobody else can make of it.

use crate::harness::app::today;
use crate::harness::races::one_of_two;
use crate::harness::{Database, TestApp, each_engine};
use crate::ledger::camel;
use crate::permissions::schema;
use apollo_compiler::schema::ExtendedType;
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use panoh::domain::audit::AuditEvent;
use panoh::domain::category::DataCategory;
use panoh::domain::client::Role;
use panoh::domain::purpose::Purpose;
use panoh::store::StoreError;
use panoh::store::agency::administration::add_client;
use panoh::store::database::connection::AnyConnection;
use panoh::store::outside_policy::outside_policy;
use panoh::store::retention;
use panoh::store::visibility::deviations;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const RECORD: &str = "givenName: \"Soraya\", familyName: \"Testova\", sex: FEMALE, dateOfBirth: \"1984-03-02\", nationality: \"AFG\", \
    phone: \"+992 00 000 7777\", placeCode: \"3501263\", legalStatus: REFUGEE, arrivedOn: \"2019-05-06\", registeredOn: \"2019-06-01\"";

/// What a change of the caseload gives.
fn change(app: &TestApp, mutation: &str, input: &str) -> Value {
    let document = format!(
        "mutation {{ {mutation}(input: {{ {input} }}) {{ individual {{ id givenName familyName phone updatedAt closedAs closedOn \
         case {{ number members {{ id }} }} specificNeeds {{ code }} enrolments {{ endedOn }} }} \
         userErrors {{ field code message }} }} }}"
    );
    app.data("unhcr", &document)[mutation].clone()
}

pub fn done(payload: &Value) -> Value {
    assert_eq!(payload["userErrors"], json!([]), "{payload}");
    payload["individual"].clone()
}

pub fn refused(payload: &Value) -> (String, String) {
    assert!(payload["individual"].is_null(), "{payload}");
    let text = |of: &str| payload["userErrors"][0][of].as_str().unwrap_or_default().to_owned();
    (text("field"), text("code"))
}

pub fn register(app: &TestApp, number: &str, case: &str, more: &str) -> Value {
    let case = if case.is_empty() { String::new() } else { format!("caseNumber: \"{case}\",") };
    change(
        app,
        "registerIndividual",
        &format!("{case} record: {{ registrationNumber: \"{number}\", {RECORD} }} {more}"),
    )
}

/// Coverage computed anew is coverage kept.
pub fn coverage_is_kept(database: &Database) {
    let mut connection = database.address.connect(false).unwrap();
    assert_eq!(deviations(&mut connection).unwrap(), Vec::new());
}

pub fn run(app: &TestApp, statement: &str) {
    outside_policy::<_, StoreError>(&app.database.address, AuditEvent::Administration, "test", |connection| {
        Ok(connection.batch_execute(statement)?)
    })
    .unwrap();
}

fn find(app: &TestApp, agency: &str, number: &str) -> Value {
    let query = format!(
        "{{ individuals(first: 2, filter: {{ registrationNumber: {{ eq: \"{number}\" }} }}) {{ totalCount nodes {{ id givenName }} }} }}"
    );
    app.data(agency, &query)["individuals"].clone()
}

/// Every field of a record is shown as it was stated, and can be emptied but for those that everybody has.
#[test]
fn every_field_is_stated_shown_and_emptied() {
    let schema = schema();
    let ExtendedType::InputObject(record) = &schema.types["IndividualRecordInput"] else { panic!("it is an input") };
    let fields: Vec<&str> =
        record.fields.keys().map(|field| field.as_str()).filter(|field| *field != "registrationNumber").collect();
    let ExtendedType::Enum(emptied) = &schema.types["IndividualField"] else { panic!("it is an enum") };
    let emptied: BTreeSet<String> =
        emptied.values.keys().map(|name| camel(&name.as_str().to_ascii_lowercase())).collect();
    let expected = |field: &str| {
        let stated = RECORD.split(", ").find_map(|stated| stated.trim().strip_prefix(&format!("{field}: ")));
        let stated = stated.unwrap_or_else(|| panic!("RECORD states no {field}")).trim_matches('"');
        if field == "placeCode" { json!({ "code": stated }) } else { json!(stated) }
    };
    let shown = |field: &str| field.trim_end_matches("Code").to_owned();
    let selection: Vec<String> =
        fields.iter().map(|field| shown(field) + if *field == "placeCode" { " { code }" } else { "" }).collect();
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let person = done(&register(&app, "TJK-NEW-1", "", ""));
        let query =
            format!("{{ node(id: {}) {{ ... on Individual {{ updatedAt {} }} }} }}", person["id"], selection.join(" "));
        let read = || app.data("unhcr", &query)["node"].clone();
        for field in &fields {
            assert_eq!(read()[shown(field)], expected(field), "src/graphql/individual/record.rs: {field}");
            if *field == "registeredOn" {
                continue;
            }
            assert!(emptied.contains(&shown(field)), "IndividualField in src/graphql/individual/record.rs: no {field}");
            let name = shown(field).chars().fold(String::new(), |name, letter| {
                if letter.is_ascii_uppercase() {
                    name + "_" + &letter.to_string()
                } else {
                    name + &letter.to_ascii_uppercase().to_string()
                }
            });
            let input = format!(
                "individualId: {}, updatedAt: {}, record: {{}}, clear: [{name}]",
                person["id"],
                read()["updatedAt"]
            );
            done(&change(&app, "correctIndividual", &input));
            assert_eq!(read()[shown(field)], Value::Null, "{field} is emptied");
        }
    });
}

/// A person is registered with a case, found by the holder at once, moved, and the case that is left goes.
#[test]
fn people_are_registered_and_moved_between_cases() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let one = done(&register(&app, "TJK-NEW-1", "CASE-A", ", specificNeeds: [\"SP\", \"ER-NF\"]"));
        assert_eq!(one["specificNeeds"], json!([{ "code": "ER-NF" }, { "code": "SP" }]));
        assert_eq!(one["case"]["number"], "CASE-A");
        assert_eq!(find(&app, "unhcr", "TJK-NEW-1")["nodes"][0]["id"], one["id"]);
        let two = done(&register(&app, "TJK-NEW-2", "CASE-A", ""));
        assert_eq!(two["case"]["members"].as_array().unwrap().len(), 2);

        let moved =
            done(&change(&app, "moveIndividual", &format!("individualId: {}, caseNumber: \"CASE-B\"", two["id"])));
        assert_eq!(moved["case"], json!({ "number": "CASE-B", "members": [{ "id": two["id"] }] }));
        let moved =
            done(&change(&app, "moveIndividual", &format!("individualId: {}, caseNumber: \"CASE-B\"", one["id"])));
        assert_eq!(moved["case"]["members"].as_array().unwrap().len(), 2);
        let by_case = |number: &str| {
            let query = format!(
                "{{ individuals(first: 1, filter: {{ caseNumber: {{ eq: \"{number}\" }} }}) {{ totalCount }} }}"
            );
            app.data("unhcr", &query)["individuals"]["totalCount"].clone()
        };
        assert_eq!((by_case("CASE-A"), by_case("CASE-B")), (json!(0), json!(2)));
        let alone = done(&change(&app, "moveIndividual", &format!("individualId: {}", one["id"])));
        assert!(alone["case"].is_null());
        coverage_is_kept(&app.database);
    });
}

/// What makes no sense is refused with the field and what would be right, and nothing is kept.
#[test]
fn records_that_cannot_be_are_refused_whole() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let one = done(&register(&app, "TJK-NEW-1", "CASE-A", ""));
        let before = people(&app);
        let stated = |record: &str| {
            refused(&change(&app, "registerIndividual", &format!("caseNumber: \"CASE-NEW\", record: {{ {record} }}")))
        };
        let wrong = |record: &str, field: &str| {
            assert_eq!(stated(record), (format!("record.{field}"), "INVALID".to_owned()), "{record}");
        };
        wrong("givenName: \"Nobody\"", "registrationNumber");
        wrong("registrationNumber: \" \"", "registrationNumber");
        wrong("registrationNumber: \"N\", givenName: \"a\\nb\"", "givenName");
        wrong(&format!("registrationNumber: \"N\", phone: \"{}\"", "1".repeat(41)), "phone");
        wrong("registrationNumber: \"N\", placeCode: \"nowhere\"", "placeCode");
        wrong("registrationNumber: \"N\", placeCode: \"\\u0000\"", "placeCode");
        wrong("registrationNumber: \"N\", nationality: \"UNK\"", "nationality");
        wrong("registrationNumber: \"N\", dateOfBirth: \"1899-12-31\"", "dateOfBirth");
        wrong("registrationNumber: \"N\", arrivedOn: \"1899-12-31\"", "arrivedOn");
        wrong("registrationNumber: \"N\", arrivedOn: \"2026-01-16\"", "arrivedOn");
        wrong("registrationNumber: \"N\", arrivedOn: \"2020-01-02\", registeredOn: \"2020-01-01\"", "registeredOn");
        assert_eq!(stated("registrationNumber: \"tjk-new-1\"").1, "TAKEN");
        let need = change(&app, "registerIndividual", "record: { registrationNumber: \"N\" }, specificNeeds: [\"XX\"]");
        assert_eq!(refused(&need), ("specificNeeds".to_owned(), "INVALID".to_owned()));
        let again = change(&app, "addSpecificNeed", &format!("individualId: {}, code: \"XX\"", one["id"]));
        assert_eq!(refused(&again), ("code".to_owned(), "INVALID".to_owned()));
        let close = |day: &str| {
            refused(&change(
                &app,
                "closeIndividual",
                &format!("individualId: {}, closedAs: DECEASED, closedOn: \"{day}\"", one["id"]),
            ))
        };
        assert_eq!(close("2019-05-31"), ("closedOn".to_owned(), "INVALID".to_owned()));
        assert_eq!(close("2026-01-16"), ("closedOn".to_owned(), "INVALID".to_owned()));
        let reopen = change(&app, "reopenIndividual", &format!("individualId: {}", one["id"]));
        assert_eq!(refused(&reopen), ("individualId".to_owned(), "WRONG_STATUS".to_owned()));
        let itself = change(&app, "mergeIndividuals", &format!("individualId: {0}, duplicateId: {0}", one["id"]));
        assert_eq!(refused(&itself), ("duplicateId".to_owned(), "INVALID".to_owned()));
        assert_eq!(people(&app), before);
        assert_eq!(
            app.data(
                "unhcr",
                "{ cases(first: 1, filter: { member: { caseNumber: { eq: \"CASE-NEW\" } } }) { totalCount } }"
            ),
            json!({ "cases": { "totalCount": 0 } })
        );
    });
}

/// Everybody whom the holder has, as it sees them.
fn people(app: &TestApp) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut after = "null".to_owned();
    loop {
        let page = app.data("unhcr", &format!(
            "{{ individuals(first: 100, after: {after}) {{ nodes {{ id registrationNumber givenName phone legalStatus closedAs updatedAt \
             case {{ number }} specificNeeds {{ code }} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        ));
        found.extend(page["individuals"]["nodes"].as_array().unwrap().iter().map(Value::to_string));
        if page["individuals"]["pageInfo"]["hasNextPage"] == false {
            return found;
        }
        after = page["individuals"]["pageInfo"]["endCursor"].to_string();
    }
}

/// What is left out of a correction stays, fields are emptied by name alone, and of two that read the same record one is told.
#[test]
fn corrections_keep_what_they_leave_out_and_never_overwrite_unseen() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let one = done(&register(&app, "TJK-NEW-1", "", ""));
        let correct = |read: &Value, more: &str| {
            change(
                &app,
                "correctIndividual",
                &format!("individualId: {}, updatedAt: {}, {more}", one["id"], read["updatedAt"]),
            )
        };
        let renamed = done(&correct(&one, "record: { givenName: \"Suraya\" }"));
        assert_eq!((&renamed["givenName"], &renamed["familyName"]), (&json!("Suraya"), &json!("Testova")));
        assert_ne!(renamed["updatedAt"], one["updatedAt"]);
        let late = correct(&one, "record: { familyName: \"Lost\" }");
        assert_eq!(refused(&late), ("updatedAt".to_owned(), "CONFLICT".to_owned()));
        let emptied = done(&correct(&renamed, "record: {}, clear: [PHONE, PLACE]"));
        assert_eq!((&emptied["phone"], &emptied["givenName"]), (&json!(null), &json!("Suraya")));
        let both = correct(&emptied, "record: { phone: \"1\" }, clear: [PHONE]");
        assert_eq!(refused(&both), ("clear".to_owned(), "INVALID".to_owned()));
        assert!(find(&app, "unhcr", "TJK-NEW-1")["nodes"][0]["givenName"] == "Suraya");
        coverage_is_kept(&app.database);
    });
}

/// A hundred times two clients correct the same record at once: one of them is told.
#[test]
fn of_two_corrections_at_once_one_is_made() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let mut read = done(&register(&app, "TJK-NEW-1", "", ""));
        for round in 0..100 {
            let correct = |name: &str| {
                let record = format!("record: {{ givenName: \"{name}-{round}\" }}");
                let input = format!("individualId: {}, updatedAt: {}, {record}", read["id"], read["updatedAt"]);
                change(&app, "correctIndividual", &input)
            };
            let (_, made, told) = one_of_two(|nth| correct(["one", "other"][nth]));
            assert_eq!(refused(&told).1, "CONFLICT");
            read = made["individual"].clone();
        }
    });
}

/// A closed record says why and when, its enrolments end, and it can be opened again.
#[test]
fn records_are_closed_and_opened_again() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let enrolled = app.data("undp", "{ individuals(first: 1) { nodes { registrationNumber } totalCount } }");
        let number = enrolled["individuals"]["nodes"][0]["registrationNumber"].as_str().unwrap();
        let id = find(&app, "unhcr", number)["nodes"][0]["id"].clone();
        let day = today();
        let closed = done(&change(
            &app,
            "closeIndividual",
            &format!("individualId: {id}, closedAs: DEPARTED, closedOn: \"{day}\""),
        ));
        assert_eq!((&closed["closedAs"], &closed["closedOn"]), (&json!("DEPARTED"), &json!(day.to_string())));
        assert!(
            closed["enrolments"].as_array().unwrap().iter().all(|enrolment| !enrolment["endedOn"].is_null()),
            "{closed}"
        );
        // Enrolled means not ended today: the programme's agency sees the person no longer.
        let left = app.data("undp", "{ individuals(first: 1) { totalCount } }");
        let before = enrolled["individuals"]["totalCount"].as_i64().unwrap();
        assert_eq!(left["individuals"]["totalCount"].as_i64().unwrap(), before - 1);
        let again =
            change(&app, "closeIndividual", &format!("individualId: {id}, closedAs: DECEASED, closedOn: \"{day}\""));
        assert_eq!(refused(&again), ("individualId".to_owned(), "WRONG_STATUS".to_owned()));
        let open = done(&change(&app, "reopenIndividual", &format!("individualId: {id}")));
        assert!(open["closedAs"].is_null() && open["closedOn"].is_null());
        coverage_is_kept(&app.database);
    });
}

/// A registration or birth is not corrected to after what is recorded since, and nobody dies before an incident.
#[test]
fn what_is_recorded_since_stays_after_what_comes_first() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let person = done(&register(&app, "NEW-1", "", ""));
        let id = &person["id"];
        for day in ["2018-01-01", "2025-06-01"] {
            let incident = format!("individualIds: [{id}], kind: OTHER, occurredOn: \"{day}\"");
            done(&change(&app, "recordIncident", &incident));
        }
        let enrol =
            format!("individualId: {id}, programmeIdentifier: \"XM-DAC-41121-TJK-HOUSING\", startedOn: \"2023-02-01\"");
        let read = done(&change(&app, "enrolIndividual", &enrol));
        let correct = |more: &str| {
            let input = format!("individualId: {id}, updatedAt: {}, record: {{ {more} }}", read["updatedAt"]);
            change(&app, "correctIndividual", &input)
        };
        for (more, field) in [
            ("registeredOn: \"2023-02-02\"", "record.registeredOn"),
            ("dateOfBirth: \"2018-01-02\"", "record.dateOfBirth"),
        ] {
            assert_eq!(refused(&correct(more)), (field.to_owned(), "INVALID".to_owned()));
        }
        done(&correct("dateOfBirth: \"2018-01-01\", registeredOn: \"2023-02-01\""));
        let died = |on: &str| {
            let input = format!("individualId: {}, closedAs: DECEASED, closedOn: \"{on}\"", person["id"]);
            change(&app, "closeIndividual", &input)
        };
        assert_eq!(refused(&died("2025-05-01")), ("closedOn".to_owned(), "INVALID".to_owned()));
        done(&died("2025-06-01"));
    });
}

/// Of two records of one person one is left, with all that hung on both. What either refused last counts.
#[test]
fn duplicates_are_merged_without_losing_consents_or_history() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let one = done(&register(&app, "TJK-NEW-1", "CASE-A", ", specificNeeds: [\"SP\"]"));
        let bare = "record: { registrationNumber: \"TJK-NEW-2\", phone: \"+992 00 000 8888\" }, specificNeeds: [\"SP\", \"DS\"]";
        let two = done(&change(&app, "registerIndividual", bare));
        let emptied =
            format!("individualId: {}, updatedAt: {}, record: {{}}, clear: [PHONE]", one["id"], one["updatedAt"]);
        done(&change(&app, "correctIndividual", &emptied));
        let consent = |person: &Value, given: bool| {
            let document = format!(
                "mutation {{ recordConsent(input: {{ individualId: {}, recipientCode: \"undp\", purpose: PROGRAMME_DELIVERY, given: {given} }}) \
                 {{ userErrors {{ message }} }} }}",
                person["id"]
            );
            assert_eq!(app.data("unhcr", &document)["recordConsent"]["userErrors"], json!([]));
        };
        consent(&one, true);
        consent(&two, false);
        // At one moment, as imports have it.
        run(
            &app,
            "UPDATE consents SET recorded_at = '2026-01-14 23:59:59' WHERE individual_id IN \
            (SELECT id FROM individuals WHERE registration_number LIKE 'TJK-NEW-%')",
        );
        let log = |person: &Value| {
            let query =
                format!("{{ accessLog(individualId: {}, first: 100) {{ nodes {{ recordedAt }} }} }}", person["id"]);
            app.data("unhcr", &query)["accessLog"]["nodes"].as_array().unwrap().len()
        };
        let (of_one, of_two) = (log(&one), log(&two));
        assert!(of_two > 0);

        let merged = done(&change(
            &app,
            "mergeIndividuals",
            &format!("individualId: {}, duplicateId: {}", one["id"], two["id"]),
        ));
        assert_eq!(merged["specificNeeds"], json!([{ "code": "DS" }, { "code": "SP" }]));
        assert_eq!((&merged["givenName"], &merged["phone"]), (&json!("Soraya"), &json!("+992 00 000 8888")));
        assert_eq!(merged["case"]["number"], "CASE-A");
        assert_eq!(find(&app, "unhcr", "TJK-NEW-2")["totalCount"], 0);
        let gone = app.data("unhcr", &format!("{{ node(id: {}) {{ id }} }}", two["id"]));
        assert!(gone["node"].is_null());
        assert!(
            log(&one) >= of_one + of_two,
            "what was on record of the duplicate is in the log of the one that is kept"
        );
        let taken = register(&app, "TJK-NEW-2", "", "");
        assert_eq!(refused(&taken).1, "TAKEN", "the number is not given to somebody else");
        coverage_is_kept(&app.database);
        consents_stand(&app);
        // A record that others were merged into is merged itself: the log of the last one holds all.
        let three = done(&register(&app, "TJK-NEW-3", "CASE-C", ""));
        let (of_one, of_three) = (log(&one), log(&three));
        done(&change(&app, "mergeIndividuals", &format!("individualId: {}, duplicateId: {}", three["id"], one["id"])));
        assert!(log(&three) > of_one + of_three - 3, "{} of {of_one} and {of_three}", log(&three));
        let chain = "SELECT count(*) AS number FROM individuals AS one JOIN individuals AS other ON other.id = one.merged_into_id \
            WHERE other.merged_into_id IS NOT NULL";
        assert_eq!(number(&app.database, chain), 0, "merged records refer to the one that is kept");
        // What is left of them is erased with it, and never by itself.
        let merged = "SELECT count(*) AS number FROM individuals WHERE merged_into_id IS NOT NULL";
        let before =
            (number(&app.database, merged), number(&app.database, "SELECT count(*) AS number FROM individuals"));
        run(&app, "UPDATE individuals SET retained_from = '2001-01-01' WHERE registration_number = 'TJK-NEW-2'");
        retain(&app);
        let after =
            (number(&app.database, merged), number(&app.database, "SELECT count(*) AS number FROM individuals"));
        assert_eq!(after, before);
    });
}

#[derive(diesel::QueryableByName)]
struct Number {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    number: i64,
}

fn number(database: &Database, query: &str) -> i64 {
    let query = diesel::sql_query(query);
    let rows: Vec<Number> = match &mut database.address.connect(false).unwrap() {
        AnyConnection::Sqlite(sqlite) => query.load(sqlite).unwrap(),
        AnyConnection::Postgresql(postgres) => query.load(postgres).unwrap(),
    };
    rows[0].number
}

/// Erases what is past its period, of identities after twenty years.
fn retain(app: &TestApp) {
    outside_policy::<_, StoreError>(&app.database.address, AuditEvent::Administration, "test", |connection| {
        retention::set_period(connection, "unhcr", DataCategory::Identity, Some(240)).unwrap();
        retention::run(connection, today())
    })
    .unwrap();
}

/// Nothing is closed before what goes on began, and nothing is merged that would make no sense.
#[test]
fn what_would_make_no_sense_is_neither_closed_nor_merged() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let enrolled =
            app.data("undp", "{ individuals(first: 1) { nodes { registrationNumber enrolments { startedOn } } } }");
        let number = enrolled["individuals"]["nodes"][0]["registrationNumber"].as_str().unwrap();
        let id = find(&app, "unhcr", number)["nodes"][0]["id"].clone();
        run(
            &app,
            &format!(
                "UPDATE individuals SET registered_on = NULL, arrived_on = NULL WHERE registration_number = '{number}'"
            ),
        );
        let early = change(
            &app,
            "closeIndividual",
            &format!("individualId: {id}, closedAs: DEPARTED, closedOn: \"2010-01-01\""),
        );
        assert_eq!(refused(&early), ("closedOn".to_owned(), "INVALID".to_owned()));

        let one = done(&register(&app, "TJK-NEW-1", "CASE-A", ""));
        let two = done(&change(
            &app,
            "registerIndividual",
            "record: { registrationNumber: \"TJK-NEW-2\", registeredOn: \"2001-01-01\" }",
        ));
        let merge = format!("individualId: {}, duplicateId: {}", one["id"], two["id"]);
        let before_arrival = change(&app, "mergeIndividuals", &merge);
        assert_eq!(refused(&before_arrival), ("duplicateId".to_owned(), "INVALID".to_owned()));
        let dead = format!("individualId: {}, closedAs: DECEASED, closedOn: \"2026-01-10\"", two["id"]);
        done(&change(&app, "closeIndividual", &dead));
        assert_eq!(
            refused(&change(&app, "mergeIndividuals", &merge)),
            ("duplicateId".to_owned(), "WRONG_STATUS".to_owned())
        );
        // The same correction twice changes nothing the second time.
        let same = format!(
            "individualId: {}, updatedAt: {}, record: {{ givenName: \"Soraya\" }}",
            one["id"], one["updatedAt"]
        );
        assert_eq!(done(&change(&app, "correctIndividual", &same))["updatedAt"], one["updatedAt"]);
        let there = change(&app, "moveIndividual", &format!("individualId: {}, caseNumber: \"case-a\"", one["id"]));
        assert_eq!(refused(&there), ("caseNumber".to_owned(), "INVALID".to_owned()));
    });
}

/// Both answers are kept, at moments of their own; of one moment, the refusal counts.
/// The holder reads what people have answered, what was explained to them, and which answer counts; nobody else does.
#[test]
fn consents_are_read_by_the_holder_alone() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let one = done(&register(&app, "TJK-NEW-1", "", ""));
        let consents = || {
            let query = format!(
                "{{ node(id: {}) {{ ... on Individual {{ consents {{ recipient {{ code }} purpose decision recordedAt expiresOn \
                 categories level stands }} }} }} }}",
                one["id"]
            );
            app.data("unhcr", &query)["node"]["consents"].as_array().unwrap().clone()
        };
        assert_eq!(consents(), Vec::<Value>::new());
        let answer = |more: &str| {
            let document = format!(
                "mutation {{ recordConsent(input: {{ individualId: {}, recipientCode: \"undp\", {more} }}) {{ userErrors {{ message }} }} }}",
                one["id"]
            );
            assert_eq!(app.data("unhcr", &document)["recordConsent"]["userErrors"], json!([]));
        };
        let tomorrow = today().succ_opt().unwrap();
        answer(&format!("purpose: PROGRAMME_DELIVERY, given: true, expiresOn: \"{tomorrow}\""));
        let given = consents()[0].clone();
        assert_eq!(
            (&given["decision"], &given["stands"], &given["level"]),
            (&json!("GIVEN"), &json!(true), &json!("IDENTIFIED"))
        );
        assert_eq!(given["categories"], json!(["DEMOGRAPHICS", "IDENTITY", "CONTACT", "LOCATION", "ASSISTANCE"]));
        assert_eq!((&given["recipient"]["code"], &given["expiresOn"]), (&json!("undp"), &json!(tomorrow.to_string())));
        answer("purpose: PROTECTION_ADVOCACY, given: true");
        answer("purpose: PROGRAMME_DELIVERY, given: false");
        let told: Vec<(Value, Value, Value)> = consents()
            .into_iter()
            .map(|entry| (entry["purpose"].clone(), entry["decision"].clone(), entry["stands"].clone()))
            .collect();
        let entry = |purpose: &str, decision: &str, stands: bool| (json!(purpose), json!(decision), json!(stands));
        assert_eq!(
            told,
            [
                entry("PROGRAMME_DELIVERY", "REFUSED", false),
                entry("PROTECTION_ADVOCACY", "GIVEN", true),
                entry("PROGRAMME_DELIVERY", "GIVEN", false),
            ]
        );
        run(
            &app,
            &format!(
                "UPDATE consents SET expires_on = '{}' WHERE purpose = 'PROTECTION_ADVOCACY'",
                today().pred_opt().unwrap()
            ),
        );
        assert!(consents().iter().all(|entry| entry["stands"] == false), "what has expired counts no longer");
        for agency in ["undp", "embassy-us", "embassy-ca"] {
            let seen = app.data(agency, "{ individuals(first: 50) { nodes { consents { decision } } } }");
            let nodes = seen["individuals"]["nodes"].as_array().unwrap();
            assert!(!nodes.is_empty() && nodes.iter().all(|node| node["consents"].is_null()), "{agency}: {seen}");
        }
    });
}

fn consents_stand(app: &TestApp) {
    use diesel::{QueryableByName, sql_types::BigInt};
    #[derive(QueryableByName)]
    struct Counted {
        #[diesel(sql_type = BigInt)]
        entries: i64,
        #[diesel(sql_type = BigInt)]
        moments: i64,
        #[diesel(sql_type = BigInt)]
        newest: i64,
    }
    let counted = "SELECT count(*) AS entries, count(DISTINCT recorded_at) AS moments, \
        count(CASE WHEN newest AND decision = 'REFUSED' THEN 1 END) AS newest FROM consents WHERE individual_id IN \
        (SELECT id FROM individuals WHERE registration_number = 'TJK-NEW-1')";
    let query = diesel::sql_query(counted);
    let found: Vec<Counted> = match &mut app.database.address.connect(false).unwrap() {
        AnyConnection::Sqlite(sqlite) => query.load(sqlite).unwrap(),
        AnyConnection::Postgresql(postgres) => query.load(postgres).unwrap(),
    };
    assert_eq!((found[0].entries, found[0].moments, found[0].newest), (2, 2, 1));
}

/// Nobody but the holder's caseworkers and data officers changes anything, and what others are told does not depend on the caseload.
#[test]
fn others_change_nothing_and_learn_nothing() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 400);
        let before = people(&app);
        let seen = |agency: &str| {
            app.data(agency, "{ individuals(first: 1) { nodes { id } } }")["individuals"]["nodes"][0]["id"].clone()
        };
        for agency in ["undp", "embassy-us", "embassy-ca"] {
            let id = seen(agency);
            for (mutation, input) in [
                ("registerIndividual", "record: { registrationNumber: \"TJK-NEW-1\" }".to_owned()),
                ("correctIndividual", format!("individualId: {id}, updatedAt: \"2026-01-01T00:00:00Z\", record: {{}}")),
                ("moveIndividual", format!("individualId: {id}")),
                ("addSpecificNeed", format!("individualId: {id}, code: \"SP\"")),
                ("removeSpecificNeed", format!("individualId: {id}, code: \"SP\"")),
                ("closeIndividual", format!("individualId: {id}, closedAs: DECEASED, closedOn: \"2026-01-01\"")),
                ("reopenIndividual", format!("individualId: {id}")),
                ("mergeIndividuals", format!("individualId: {id}, duplicateId: {id}")),
            ] {
                let document = format!(
                    "mutation {{ {mutation}(input: {{ {input} }}) {{ individual {{ id }} userErrors {{ code }} }} }}"
                );
                let answer = app.data(agency, &document)[mutation].clone();
                assert_eq!(
                    answer,
                    json!({ "individual": null, "userErrors": [{ "code": "NOT_ALLOWED" }] }),
                    "{agency} {mutation}"
                );
            }
            let updated = app.data(agency, "{ individuals(first: 5) { nodes { updatedAt } } }");
            assert!(updated["individuals"]["nodes"].as_array().unwrap().iter().all(|node| node["updatedAt"].is_null()));
        }
        assert_eq!(people(&app), before);
    });
}

/// An agency that holds people of its own learns nothing of another's numbers: whoever has them, it may use them too.
#[test]
fn another_holder_learns_nothing_of_numbers() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let key = outside_policy(&app.database.address, AuditEvent::Administration, "client", |connection| {
            add_client(connection, "embassy-us", Role::Caseworker, "holder", &[Purpose::CaseManagement])
        });
        let key = key.unwrap();
        let one = done(&register(&app, "TJK-NEW-1", "CASE-A", ""));
        let two = done(&register(&app, "TJK-NEW-2", "", ""));
        done(&change(&app, "mergeIndividuals", &format!("individualId: {}, duplicateId: {}", one["id"], two["id"])));
        let register = |number: &str| {
            let document = format!(
                "mutation {{ registerIndividual(input: {{ caseNumber: \"CASE-A\", record: {{ registrationNumber: \"{number}\" }} }}) \
                 {{ individual {{ id case {{ members {{ registrationNumber }} }} }} userErrors {{ code }} }} }}"
            );
            let body = json!({ "query": document }).to_string();
            let text = app.post().bearer_auth(&key).body(body).send().unwrap().text().unwrap();
            serde_json::from_str::<Value>(&text).unwrap()["data"]["registerIndividual"].clone()
        };
        let mut members = Vec::new();
        for number in ["TJK-NEW-1", "TJK-NEW-2", "TJK-NOBODY"] {
            members.push(json!({ "registrationNumber": number }));
            let made = register(number);
            assert_eq!(made["userErrors"], json!([]), "{number}");
            let listed = made["individual"]["case"]["members"].as_array().unwrap();
            assert!(
                listed.len() == members.len() && members.iter().all(|member| listed.contains(member)),
                "{listed:?}"
            );
        }
        assert_eq!(register("TJK-NEW-1")["userErrors"], json!([{ "code": "TAKEN" }]));
        coverage_is_kept(&app.database);
    });
}
