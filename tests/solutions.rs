//! How the holder's caseworkers pursue durable solutions, and what an embassy sees of it.

use crate::caseload_changes::{coverage_is_kept, done, refused, register, run};
use crate::harness::app::today;
use crate::harness::races::one_of_two;
use crate::harness::{TestApp, each_engine};
use panoh::domain::audit::AuditEvent;
use panoh::domain::client::Role;
use panoh::domain::purpose::Purpose;
use panoh::store::agency::administration::add_client;
use panoh::store::outside_policy::outside_policy;
use serde_json::{Value, json};

pub const SOLUTION: &str = "id kind form stage stageOn destination assisted submissionCategory priority splitReason";
pub const TO_USA: &str = "destination: \"USA\", submissionCategory: LPN";

/// What a change of a solution gives.
pub fn change(app: &TestApp, mutation: &str, input: &str) -> Value {
    let document = format!(
        "mutation {{ {mutation}(input: {{ {input} }}) {{ individual {{ id legalStatus closedAs closedOn \
         enrolments {{ endedOn }} solutions {{ {SOLUTION} }} }} userErrors {{ field code message }} }} }}"
    );
    app.data("unhcr", &document)[mutation].clone()
}

pub fn identify(app: &TestApp, person: &Value, more: &str) -> Value {
    change(app, "identifySolution", &format!("individualId: {}, {more}", person["id"]))
}

pub fn move_on(app: &TestApp, solution: &Value, more: &str) -> Value {
    change(app, "moveSolution", &format!("solutionId: {}, {more}", solution["id"]))
}

/// The first solution of a person.
pub fn first(person: &Value) -> Value {
    person["solutions"][0].clone()
}

pub fn of_person(app: &TestApp, person: &Value) -> Value {
    let query = format!(
        "{{ node(id: {}) {{ ... on Individual {{ id closedAs solutions {{ {SOLUTION} }} }} }} }}",
        person["id"]
    );
    app.data("unhcr", &query)["node"].clone()
}

fn stages(app: &TestApp, people: &[Value]) -> Vec<Value> {
    people.iter().map(|person| first(&of_person(app, person))["stage"].clone()).collect()
}

fn seen_by_us(app: &TestApp) -> i64 {
    app.data("embassy-us", "{ individuals(first: 1) { totalCount } }")["individuals"]["totalCount"].as_i64().unwrap()
}

fn family(app: &TestApp) -> Vec<Value> {
    ["1", "2", "3"].map(|number| done(&register(app, &format!("TJK-NEW-{number}"), "CASE-A", ""))).to_vec()
}

/// A case is identified, submitted and accepted together; whoever is split goes alone; who departs has a closed record.
#[test]
fn a_case_moves_together_unless_somebody_is_split() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let (people, before) = (family(&app), seen_by_us(&app));
        let one = done(&identify(&app, &people[0], "kind: RESETTLEMENT, on: \"2020-01-01\""));
        assert_eq!(stages(&app, &people), ["IDENTIFIED"; 3].map(Value::from));
        assert_eq!(seen_by_us(&app), before, "nobody said that it leads to the United States");
        let submitted = done(&move_on(
            &app,
            &first(&one),
            &format!("stage: SUBMITTED, on: \"2020-02-01\", details: {{ {TO_USA} }}"),
        ));
        let solution = first(&submitted);
        assert_eq!((&solution["submissionCategory"], &solution["priority"]), (&json!("LPN"), &json!("NR")));
        assert_eq!(stages(&app, &people), ["SUBMITTED"; 3].map(Value::from));
        assert_eq!(seen_by_us(&app), before + 3, "the pool of a circuit ride needs no consent");

        let third = first(&of_person(&app, &people[2]));
        let split = done(&move_on(&app, &third, "stage: WITHDRAWN, on: \"2020-03-01\", splitReason: DECLINED"));
        assert_eq!(first(&split)["splitReason"], "DECLINED");
        assert_eq!(stages(&app, &people), ["SUBMITTED", "SUBMITTED", "WITHDRAWN"].map(Value::from));
        assert_eq!(seen_by_us(&app), before + 2);

        // A newborn joins the case, and comes after it alone.
        let newborn = done(&register(&app, "TJK-NEW-4", "CASE-A", ""));
        let newborn = done(&identify(
            &app,
            &newborn,
            &format!("kind: RESETTLEMENT, details: {{ {TO_USA} }}, on: \"2020-03-02\""),
        ));
        assert_eq!(of_person(&app, &people[0])["solutions"].as_array().unwrap().len(), 1);
        done(&move_on(&app, &first(&newborn), "stage: SUBMITTED, on: \"2020-03-03\""));
        for (stage, on) in [("INTERVIEWED", "2020-04-01"), ("ACCEPTED", "2020-04-02")] {
            done(&move_on(&app, &solution, &format!("stage: {stage}, on: \"{on}\"")));
        }
        assert_eq!(stages(&app, &people), ["ACCEPTED", "ACCEPTED", "WITHDRAWN"].map(Value::from));
        assert_eq!(first(&of_person(&app, &newborn))["stage"], "ACCEPTED", "it stood where the others stood");

        done(&identify(
            &app,
            &people[0],
            "kind: LOCAL_INTEGRATION, details: { form: CITIZENSHIP }, on: \"2020-04-03\", splitReason: OTHER",
        ));
        let gone = done(&move_on(&app, &solution, "stage: DEPARTED, on: \"2020-05-01\""));
        assert_eq!((&gone["closedAs"], &gone["closedOn"]), (&json!("DEPARTED"), &json!("2020-05-01")));
        let stage = |kind: &str| {
            let solutions = gone["solutions"].as_array().unwrap();
            solutions.iter().find(|solution| solution["kind"] == kind).unwrap()["stage"].clone()
        };
        assert_eq!((stage("RESETTLEMENT"), stage("LOCAL_INTEGRATION")), (json!("DEPARTED"), json!("WITHDRAWN")));
        assert_eq!(of_person(&app, &people[1])["closedAs"], "DEPARTED");
        assert!(of_person(&app, &people[2])["closedAs"].is_null());
        coverage_is_kept(&app.database);
    });
}

/// Who is granted something has that legal status, who returns spontaneously leaves without being submitted, and who dies pursues nothing.
#[test]
fn grants_returns_and_deaths_end_solutions() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let people: Vec<Value> =
            ["1", "2", "3"].map(|number| done(&register(&app, &format!("TJK-NEW-{number}"), "", ""))).to_vec();
        let resident = "kind: LOCAL_INTEGRATION, details: { form: LEGAL_RESIDENCE }, on: \"2020-01-01\"";
        let resident = done(&identify(&app, &people[0], resident));
        done(&move_on(&app, &first(&resident), "stage: SUBMITTED, on: \"2020-01-02\""));
        let granted = done(&move_on(&app, &first(&resident), "stage: GRANTED, on: \"2020-01-02\""));
        assert_eq!((&granted["legalStatus"], &granted["closedAs"]), (&json!("LEGAL_RESIDENT"), &Value::Null));
        let again = identify(
            &app,
            &people[0],
            "kind: LOCAL_INTEGRATION, details: { form: LEGAL_RESIDENCE }, on: \"2020-01-03\"",
        );
        assert_eq!(refused(&again), ("details.form".to_owned(), "INVALID".to_owned()));
        let citizen = "kind: LOCAL_INTEGRATION, details: { form: CITIZENSHIP }, on: \"2020-01-03\"";
        let citizen = done(&identify(&app, &people[0], citizen));
        let citizen =
            citizen["solutions"].as_array().unwrap().iter().find(|one| one["form"] == "CITIZENSHIP").unwrap().clone();
        done(&move_on(&app, &citizen, "stage: SUBMITTED, on: \"2020-01-04\""));
        assert_eq!(done(&move_on(&app, &citizen, "stage: GRANTED, on: \"2020-01-05\""))["legalStatus"], "CITIZEN");
        assert_eq!(
            refused(&identify(
                &app,
                &people[0],
                "kind: LOCAL_INTEGRATION, details: { form: CITIZENSHIP }, on: \"2020-01-06\""
            ))
            .0,
            "kind"
        );

        let home = done(&identify(
            &app,
            &people[1],
            "kind: VOLUNTARY_REPATRIATION, details: { assisted: true }, on: \"2020-01-01\"",
        ));
        assert_eq!(first(&home)["destination"], "AFG");
        let home =
            done(&move_on(&app, &first(&home), "stage: DEPARTED, on: \"2020-02-01\", details: { assisted: false }"));
        assert_eq!((&first(&home)["assisted"], &home["closedAs"]), (&json!(false), &json!("DEPARTED")));
        assert_eq!(refused(&identify(&app, &people[1], "kind: RESETTLEMENT, on: \"2020-03-01\"")).1, "WRONG_STATUS");

        let before = seen_by_us(&app);
        let pool = format!("kind: RESETTLEMENT, details: {{ {TO_USA}, priority: EM }}, on: \"2020-01-05\"");
        done(&identify(&app, &people[2], &pool));
        assert_eq!(seen_by_us(&app), before + 1);
        let close = |day: &str| {
            let input = format!("individualId: {}, closedAs: DECEASED, closedOn: \"{day}\"", people[2]["id"]);
            change(&app, "closeIndividual", &input)
        };
        assert_eq!(refused(&close("2020-01-04")), ("closedOn".to_owned(), "INVALID".to_owned()));
        let closed = done(&close("2020-01-06"));
        assert_eq!((&first(&closed)["stage"], &first(&closed)["stageOn"]), (&json!("WITHDRAWN"), &json!("2020-01-06")));
        assert_eq!(seen_by_us(&app), before, "the dead are not in a pool");
        coverage_is_kept(&app.database);
    });
}

/// A stage that was recorded by mistake is corrected, of one person alone; a departure once the record is open again.
#[test]
fn a_mistaken_stage_is_corrected() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 40);
        let people = family(&app);
        let correct = |solution: &Value, more: &str| {
            change(&app, "correctSolution", &format!("solutionId: {}, {more}", solution["id"]))
        };
        let wrong = |payload: &Value, field: &str, code: &str| {
            assert_eq!(refused(payload), (field.to_owned(), code.to_owned()), "{payload}");
        };
        let one = first(&done(&identify(&app, &people[0], "kind: RESETTLEMENT, on: \"2020-01-01\"")));
        for stage in ["SUBMITTED", "INTERVIEWED", "ACCEPTED"] {
            wrong(&correct(&one, &format!("stage: {stage}, on: \"2020-01-02\"")), "stage", "WRONG_STATUS");
        }
        done(&move_on(&app, &one, &format!("stage: SUBMITTED, on: \"2020-02-01\", details: {{ {TO_USA} }}")));
        wrong(&correct(&one, "stage: ACCEPTED, on: \"2020-02-02\""), "stage", "WRONG_STATUS");
        let urgent = first(&done(&correct(&one, "stage: SUBMITTED, on: \"2020-02-01\", priority: EM")));
        assert_eq!((&urgent["stage"], &urgent["priority"]), (&json!("SUBMITTED"), &json!("EM")));
        done(&move_on(&app, &one, "stage: REJECTED, on: \"2020-03-01\""));
        wrong(&correct(&one, "stage: ACCEPTED, on: \"2031-12-01\""), "on", "INVALID");
        wrong(&correct(&one, "stage: DEPARTED, on: \"2020-03-01\""), "stage", "WRONG_STATUS");
        wrong(&correct(&one, "stage: WITHDRAWN, on: \"2020-03-01\""), "stage", "WRONG_STATUS");
        wrong(&correct(&one, "stage: SUBMITTED, on: \"1900-01-01\""), "on", "INVALID");
        assert_eq!(first(&done(&correct(&one, "stage: REJECTED, on: \"2020-03-02\"")))["stageOn"], "2020-03-02");
        done(&correct(&one, "stage: ACCEPTED, on: \"2020-03-01\""));
        assert_eq!(stages(&app, &people), ["ACCEPTED", "REJECTED", "REJECTED"].map(Value::from), "one alone");

        done(&move_on(&app, &one, "stage: DEPARTED, on: \"2020-04-01\""));
        wrong(&correct(&one, "stage: ACCEPTED, on: \"2020-03-01\""), "solutionId", "WRONG_STATUS");
        done(&change(&app, "reopenIndividual", &format!("individualId: {}", people[0]["id"])));
        done(&correct(&one, "stage: ACCEPTED, on: \"2020-03-01\""));
        done(&move_on(&app, &one, "stage: DEPARTED, on: \"2020-03-15\""));

        let two = first(&of_person(&app, &people[1]));
        done(&identify(&app, &people[1], &format!("kind: RESETTLEMENT, details: {{ {TO_USA} }}, on: \"2020-05-01\"")));
        wrong(&correct(&two, "stage: ACCEPTED, on: \"2020-03-01\""), "solutionId", "WRONG_STATUS");

        let resident =
            "kind: LOCAL_INTEGRATION, details: { form: LEGAL_RESIDENCE }, on: \"2020-01-01\", splitReason: OTHER";
        let identified = done(&identify(&app, &people[2], resident));
        let mut resident = identified["solutions"].as_array().unwrap().iter();
        let resident = resident.rfind(|of| of["kind"] == "LOCAL_INTEGRATION").unwrap().clone();
        done(&move_on(&app, &resident, "stage: SUBMITTED, on: \"2020-02-01\""));
        wrong(&correct(&resident, "stage: SUBMITTED, on: \"2020-02-01\", priority: EM"), "priority", "INVALID");
        done(&move_on(&app, &resident, "stage: GRANTED, on: \"2020-03-01\""));
        wrong(&correct(&resident, "stage: SUBMITTED, on: \"2020-02-01\""), "solutionId", "WRONG_STATUS");
        coverage_is_kept(&app.database);
    });
}

/// What makes no sense is refused with the field and what would be right, and nothing is kept.
#[test]
fn steps_that_cannot_be_are_refused_whole() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let people = family(&app);
        let wrong = |payload: &Value, field: &str, code: &str| {
            assert_eq!(refused(payload), (field.to_owned(), code.to_owned()), "{payload}");
        };
        let tomorrow = today().succ_opt().unwrap();
        for (stated, field) in [
            ("kind: LOCAL_INTEGRATION, on: \"2020-01-01\"", "details.form"),
            ("kind: RESETTLEMENT, details: { form: CITIZENSHIP }, on: \"2020-01-01\"", "details.form"),
            ("kind: RESETTLEMENT, details: { assisted: true }, on: \"2020-01-01\"", "details.assisted"),
            ("kind: VOLUNTARY_REPATRIATION, details: { priority: EM }, on: \"2020-01-01\"", "details.priority"),
            (
                "kind: VOLUNTARY_REPATRIATION, details: { submissionCategory: MED }, on: \"2020-01-01\"",
                "details.submissionCategory",
            ),
            ("kind: RESETTLEMENT, details: { destination: \"AFG\" }, on: \"2020-01-01\"", "details.destination"),
            ("kind: RESETTLEMENT, details: { destination: \"UNK\" }, on: \"2020-01-01\"", "details.destination"),
            ("kind: RESETTLEMENT, on: \"2019-05-31\"", "on"),
            (&format!("kind: RESETTLEMENT, on: \"{tomorrow}\""), "on"),
        ] {
            wrong(&identify(&app, &people[0], stated), field, "INVALID");
        }
        assert_eq!(of_person(&app, &people[0])["solutions"], json!([]));

        let one = first(&done(&identify(&app, &people[0], "kind: RESETTLEMENT, on: \"2020-01-01\"")));
        wrong(&identify(&app, &people[0], "kind: RESETTLEMENT, on: \"2020-01-02\""), "kind", "WRONG_STATUS");
        let to = |more: &str| move_on(&app, &one, more);
        wrong(&to("stage: SUBMITTED, on: \"2020-01-02\""), "details.destination", "INVALID");
        wrong(
            &to("stage: SUBMITTED, on: \"2020-01-02\", details: { destination: \"USA\" }"),
            "details.submissionCategory",
            "INVALID",
        );
        for person in &people {
            let refused =
                move_on(&app, &first(&of_person(&app, person)), &format!("stage: WITHDRAWN, on: \"{tomorrow}\""));
            assert_eq!(refused["userErrors"][0]["message"], "it lies in the future", "whoever is named is told");
        }
        wrong(&to(&format!("stage: SUBMITTED, on: \"2019-12-31\", details: {{ {TO_USA} }}")), "on", "INVALID");
        for stage in ["IDENTIFIED", "INTERVIEWED", "ACCEPTED", "DEPARTED", "GRANTED", "REJECTED"] {
            wrong(
                &to(&format!("stage: {stage}, on: \"2020-01-02\", details: {{ {TO_USA} }}")),
                "stage",
                "WRONG_STATUS",
            );
        }
        assert_eq!(stages(&app, &people), ["IDENTIFIED"; 3].map(Value::from));
        assert!(first(&of_person(&app, &people[1]))["destination"].is_null());
        done(&to(&format!("stage: SUBMITTED, on: \"2020-01-02\", details: {{ {TO_USA} }}")));
        wrong(
            &to("stage: ACCEPTED, on: \"2020-01-03\", details: { destination: \"CAN\" }"),
            "details.destination",
            "INVALID",
        );
        let told = to("stage: DEPARTED, on: \"2020-01-03\"");
        assert_eq!(
            told["userErrors"][0]["message"],
            "after SUBMITTED comes INTERVIEWED or ACCEPTED or REJECTED or WITHDRAWN"
        );
        done(&to("stage: REJECTED, on: \"2020-01-03\""));
        wrong(&to("stage: ACCEPTED, on: \"2020-01-04\""), "stage", "WRONG_STATUS");
        coverage_is_kept(&app.database);
    });
}

/// Whoever goes along is left out if it makes no sense for it; no day lies before birth, arrival and registration, or before what ended;
/// nobody pursues the same twice; and each change of a document answers with what it made.
#[test]
fn what_goes_along_makes_sense_too() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let people = family(&app);
        run(&app, "UPDATE individuals SET legal_status = 'CITIZEN' WHERE registration_number = 'TJK-NEW-2'");
        run(&app, "UPDATE individuals SET registered_on = '2020-02-01' WHERE registration_number = 'TJK-NEW-3'");
        let pursued = || people.iter().map(|person| of_person(&app, person)["solutions"].as_array().unwrap().len());
        done(&identify(
            &app,
            &people[0],
            "kind: LOCAL_INTEGRATION, details: { form: CITIZENSHIP }, on: \"2020-01-01\"",
        ));
        assert_eq!(pursued().collect::<Vec<_>>(), [1, 0, 0], "one is a citizen, one was not there yet");
        let integration = first(&of_person(&app, &people[0]));
        let early = move_on(&app, &integration, "stage: WITHDRAWN, on: \"2019-05-31\"");
        assert_eq!(refused(&early), ("on".to_owned(), "INVALID".to_owned()));
        run(&app, "UPDATE solutions SET stage_on = NULL WHERE kind = 'LOCAL_INTEGRATION' AND stage = 'IDENTIFIED'");
        let early = move_on(&app, &integration, "stage: WITHDRAWN, on: \"1850-01-02\"");
        assert_eq!(refused(&early), ("on".to_owned(), "INVALID".to_owned()));
        done(&move_on(&app, &integration, "stage: WITHDRAWN, on: \"2020-03-01\""));
        let again = "kind: LOCAL_INTEGRATION, details: { form: CITIZENSHIP }, on: \"2020-02-28\"";
        assert_eq!(refused(&identify(&app, &people[0], again)), ("on".to_owned(), "INVALID".to_owned()));

        let alone = done(&register(&app, "TJK-NEW-9", "", ""));
        let open = done(&identify(&app, &alone, "kind: RESETTLEMENT, details: null, on: \"2020-01-01\""));
        done(&identify(&app, &alone, &format!("kind: RESETTLEMENT, details: {{ {TO_USA} }}, on: \"2020-01-01\"")));
        for (country, code) in [("AFG", "INVALID"), ("USA", "WRONG_STATUS")] {
            let details = format!("details: {{ destination: \"{country}\", submissionCategory: LPN }}");
            let told = move_on(&app, &first(&open), &format!("stage: SUBMITTED, on: \"2020-01-02\", {details}"));
            assert_eq!(refused(&told), ("details.destination".to_owned(), code.to_owned()));
        }
        let document = format!(
            "mutation {{ a: identifySolution(input: {{ individualId: {id}, kind: VOLUNTARY_REPATRIATION, on: \"2020-01-01\" }}) \
             {{ individual {{ solutions {{ kind }} }} }} b: closeIndividual(input: {{ individualId: {id}, closedAs: DECEASED, \
             closedOn: \"2020-01-03\" }}) {{ individual {{ solutions {{ stage }} }} }} }}",
            id = alone["id"]
        );
        let made = app.data("unhcr", &document);
        assert_eq!(made["a"]["individual"]["solutions"].as_array().unwrap().len(), 3, "{made}");
        let ended = made["b"]["individual"]["solutions"].as_array().unwrap();
        assert!(ended.iter().all(|solution| solution["stage"] == "WITHDRAWN"), "{made}");
        coverage_is_kept(&app.database);
    });
}

/// If one of a case cannot take a step, nobody of it does; whoever came to the stage later than on the day of the step comes after.
#[test]
fn a_case_takes_no_half_step() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        for nth in 0..6 {
            let case = format!("CASE-{nth}");
            let one = done(&register(&app, &format!("TJK-ONE-{nth}"), &case, ""));
            let one = done(&identify(&app, &one, "kind: RESETTLEMENT, on: \"2020-01-01\""));
            let other = done(&register(&app, &format!("TJK-TWO-{nth}"), &case, ""));
            let two = "kind: RESETTLEMENT, details: { submissionCategory: MED }, on: \"2020-01-03\"";
            let two = done(&identify(&app, &other, two));
            let step = |on: &str| format!("stage: SUBMITTED, on: \"{on}\", details: {{ {TO_USA} }}");
            let both = [one.clone(), two.clone()];
            let told = move_on(&app, &first(&one), &step("2020-01-03"));
            assert_eq!(refused(&told), ("details.submissionCategory".to_owned(), "INVALID".to_owned()));
            assert_eq!(stages(&app, &both), ["IDENTIFIED"; 2].map(Value::from));
            assert!(both.iter().all(|person| first(&of_person(&app, person))["destination"].is_null()));
            done(&move_on(&app, &first(&one), &step("2020-01-02")));
            assert_eq!(stages(&app, &both), ["SUBMITTED", "IDENTIFIED"].map(Value::from));
        }
    });
}

/// Of two records that pursue the same solution, the one that is kept pursues it once, as far as either had come.
#[test]
fn merged_records_pursue_a_solution_once() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        for (kept, duplicate, submitted) in [("1", "2", 0), ("3", "4", 1)] {
            let people = [kept, duplicate].map(|number| done(&register(&app, &format!("TJK-NEW-{number}"), "", "")));
            let pursuing = people.each_ref().map(|person| {
                let stated = format!("kind: RESETTLEMENT, details: {{ {TO_USA} }}, on: \"2020-01-01\"");
                done(&identify(&app, person, &stated))
            });
            done(&move_on(&app, &first(&pursuing[submitted]), "stage: SUBMITTED, on: \"2020-01-02\""));
            run(
                &app,
                &format!(
                    "UPDATE solutions SET split_reason = 'URGENT' WHERE stage = 'IDENTIFIED' AND individual_id IN \
                (SELECT id FROM individuals WHERE registration_number = 'TJK-NEW-{}')",
                    [kept, duplicate][1 - submitted]
                ),
            );
            let input = format!("individualId: {}, duplicateId: {}", people[0]["id"], people[1]["id"]);
            let merged = done(&change(&app, "mergeIndividuals", &input));
            assert_eq!(merged["solutions"].as_array().unwrap().len(), 1, "{merged}");
            assert_eq!(
                (&first(&merged)["stage"], &first(&merged)["splitReason"]),
                (&json!("SUBMITTED"), &json!("URGENT"))
            );
        }
        coverage_is_kept(&app.database);
    });
}

/// The one solution of some that a person pursues still.
fn pursued(person: &Value, of: usize) -> Value {
    let solutions = person["solutions"].as_array().unwrap();
    assert_eq!(solutions.len(), of, "{person}");
    let mut open = solutions.iter().filter(|solution| solution["stage"] == "IDENTIFIED");
    let found = open.next().unwrap().clone();
    assert!(open.next().is_none(), "{person}");
    found
}

/// A hundred times two clients take the same step at once, each of them by another member of the case: one of them is told.
#[test]
fn of_two_steps_at_once_one_is_taken() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let people = &family(&app)[..2];
        let race = |step: &(dyn Fn(usize) -> Value + Sync)| {
            let (_, _, told) = one_of_two(step);
            assert_eq!(refused(&told).1, "WRONG_STATUS");
        };
        for round in 1..=50 {
            race(&|nth| identify(&app, &people[nth], "kind: RESETTLEMENT, on: \"2020-01-02\""));
            let pursued: Vec<Value> = people.iter().map(|person| pursued(&of_person(&app, person), round)).collect();
            race(&|nth| move_on(&app, &pursued[nth], "stage: WITHDRAWN, on: \"2020-01-02\""));
        }
        coverage_is_kept(&app.database);
    });
}

/// Nobody but the holder has an id of a solution, and no other holder can do anything with one.
#[test]
fn others_take_no_step() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 400);
        let one = done(&identify(&app, &family(&app)[0], "kind: RESETTLEMENT, on: \"2020-01-01\""));
        let seen = app.data("embassy-us", "{ individuals(first: 5) { nodes { id solutions { id kind } } } }");
        for person in seen["individuals"]["nodes"].as_array().unwrap() {
            assert!(person["solutions"].as_array().unwrap().iter().all(|solution| solution["id"].is_null()));
        }
        let key = outside_policy(&app.database.address, AuditEvent::Administration, "client", |connection| {
            add_client(connection, "embassy-us", Role::Caseworker, "holder", &[Purpose::CaseManagement])
        });
        let ask = |key: &str, field: &str, id: &Value| {
            let (mutation, more) = match field {
                "solutionId" => ("moveSolution", "stage: WITHDRAWN"),
                _ => ("identifySolution", "kind: RESETTLEMENT"),
            };
            let document = format!(
                "mutation {{ {mutation}(input: {{ {field}: {id}, {more}, on: \"2020-01-02\" }}) {{ individual {{ id }} userErrors {{ code }} }} }}"
            );
            let body = json!({ "query": document }).to_string();
            let text = app.post().bearer_auth(key).body(body).send().unwrap().text().unwrap();
            serde_json::from_str::<Value>(&text).unwrap()
        };
        let key = key.unwrap();
        for (field, id) in [("solutionId", &first(&one)["id"]), ("individualId", &one["id"])] {
            assert_eq!(ask(&key, field, id)["errors"][0]["extensions"]["code"], "INVALID_ID");
            assert_eq!(ask(&app.key("embassy-us"), field, id)["errors"][0]["extensions"]["code"], "INVALID_ID");
        }
        assert_eq!(first(&of_person(&app, &one))["stage"], "IDENTIFIED");
    });
}
