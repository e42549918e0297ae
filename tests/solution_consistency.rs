//! A person's record and its solutions never contradict each other, whichever of them changes.

use crate::caseload_changes::{coverage_is_kept, done, refused, register};
use crate::harness::{TestApp, each_engine};
use crate::imports::load;
use crate::solutions::{change, first, identify, move_on, of_person};
use panoh::import::Kind;
use serde_json::{Value, json};

fn correct(app: &TestApp, person: &Value, record: &str) -> Value {
    let read = format!("{{ node(id: {}) {{ ... on Individual {{ updatedAt }} }} }}", person["id"]);
    let updated_at = app.data("unhcr", &read)["node"]["updatedAt"].clone();
    let input = format!("individualId: {}, updatedAt: {updated_at}, record: {{ {record} }}", person["id"]);
    change(app, "correctIndividual", &input)
}

fn merge(app: &TestApp, kept: &Value, duplicate: &Value) -> Value {
    change(app, "mergeIndividuals", &format!("individualId: {}, duplicateId: {}", kept["id"], duplicate["id"]))
}

fn solution<'p>(person: &'p Value, kind: &str, form: &Value) -> &'p Value {
    let mut solutions = person["solutions"].as_array().unwrap().iter();
    solutions.find(|solution| solution["kind"] == kind && solution["form"] == *form).unwrap()
}

const CITIZENSHIP: &str = "kind: LOCAL_INTEGRATION, details: { form: CITIZENSHIP }, on: \"2020-02-01\"";
const RESIDENCE: &str = "kind: LOCAL_INTEGRATION, details: { form: LEGAL_RESIDENCE }, on: \"2020-02-01\"";
const RESETTLEMENT: &str = "kind: RESETTLEMENT, details: { destination: \"USA\" }, on: \"2020-02-01\"";

/// Whoever becomes a citizen pursues nothing else; whoever is granted residence does.
#[test]
fn a_citizen_pursues_nothing_else() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let person = done(&register(&app, "TJK-NEW-1", "", ""));
        for stated in [RESETTLEMENT, RESIDENCE, CITIZENSHIP] {
            done(&identify(&app, &person, stated));
        }
        let pursuing = of_person(&app, &person);
        let of_kind = |kind: &str, form: Value| solution(&pursuing, kind, &form).clone();
        let (resettlement, residence, citizenship) = (
            of_kind("RESETTLEMENT", Value::Null),
            of_kind("LOCAL_INTEGRATION", json!("LEGAL_RESIDENCE")),
            of_kind("LOCAL_INTEGRATION", json!("CITIZENSHIP")),
        );
        for pursued in [&residence, &citizenship] {
            done(&move_on(&app, pursued, "stage: SUBMITTED, on: \"2020-02-02\""));
        }
        let resident = done(&move_on(&app, &residence, "stage: GRANTED, on: \"2020-03-01\""));
        assert_eq!(solution(&resident, "RESETTLEMENT", &Value::Null)["stage"], "IDENTIFIED");
        let citizen = done(&move_on(&app, &citizenship, "stage: GRANTED, on: \"2020-04-01\""));
        let resettled = solution(&citizen, "RESETTLEMENT", &Value::Null);
        assert_eq!((&resettled["stage"], &resettled["stageOn"]), (&json!("WITHDRAWN"), &json!("2020-04-01")));
        let refused = refused(&move_on(&app, &resettlement, "stage: SUBMITTED, on: \"2020-05-01\""));
        assert_eq!(refused, ("stage".to_owned(), "WRONG_STATUS".to_owned()));
        coverage_is_kept(&app.database);
    });
}

/// Nobody has left before the day on which something was granted.
#[test]
fn a_departure_comes_after_a_grant() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let person = done(&register(&app, "TJK-NEW-1", "", ""));
        done(&identify(&app, &person, "kind: VOLUNTARY_REPATRIATION, on: \"2020-01-01\""));
        done(&identify(&app, &person, RESIDENCE));
        let pursuing = of_person(&app, &person);
        let residence = solution(&pursuing, "LOCAL_INTEGRATION", &json!("LEGAL_RESIDENCE"));
        done(&move_on(&app, residence, "stage: SUBMITTED, on: \"2020-02-02\""));
        done(&move_on(&app, residence, "stage: GRANTED, on: \"2020-03-01\""));
        let home = solution(&pursuing, "VOLUNTARY_REPATRIATION", &Value::Null);
        let leave = |day: &str| move_on(&app, home, &format!("stage: DEPARTED, on: \"{day}\""));
        assert_eq!(refused(&leave("2020-02-28")), ("on".to_owned(), "INVALID".to_owned()));
        assert_eq!(done(&leave("2020-03-01"))["closedAs"], "DEPARTED");
    });
}

/// Neither a correction nor a merge leaves somebody with a solution that nobody could have been identified for.
#[test]
fn records_change_within_what_their_solutions_allow() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let person = done(&register(&app, "TJK-NEW-1", "", ""));
        let pursuing = done(&identify(&app, &person, RESETTLEMENT));
        for record in
            ["nationality: \"USA\"", "registeredOn: \"2020-02-02\"", "nationality: \"USA\", givenName: \"Omid\""]
        {
            let answer = correct(&app, &person, record);
            assert_eq!(refused(&answer), ("record".to_owned(), "INVALID".to_owned()), "{record}");
            let message = answer["userErrors"][0]["message"].as_str().unwrap();
            assert!(message.starts_with("the person has a RESETTLEMENT to USA that is IDENTIFIED: "), "{message}");
        }
        done(&correct(&app, &person, "nationality: \"IRN\", registeredOn: \"2020-02-01\""));

        let [american, citizen] =
            [("2", "nationality: \"USA\""), ("3", "legalStatus: CITIZEN")].map(|(number, record)| {
                let registered = done(&register(&app, &format!("TJK-NEW-{number}"), "", ""));
                done(&correct(&app, &registered, record))
            });
        assert_eq!(refused(&merge(&app, &american, &pursuing)), ("duplicateId".to_owned(), "INVALID".to_owned()));
        assert_eq!(refused(&merge(&app, &pursuing, &citizen)), ("duplicateId".to_owned(), "INVALID".to_owned()));

        done(&move_on(&app, &first(&pursuing), "stage: WITHDRAWN, on: \"2020-03-01\""));
        done(&correct(&app, &person, "nationality: \"USA\", legalStatus: CITIZEN"));
        assert_eq!(refused(&correct(&app, &person, "registeredOn: \"2020-03-02\"")).0, "record");
        done(&merge(&app, &person, &citizen));
        coverage_is_kept(&app.database);
    });
}

/// Neither a citizen nor whoever has left is taken along, and nothing lies before a departure from which somebody has come back.
#[test]
fn what_has_happened_holds() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let [one, citizen] = ["1", "2"].map(|number| done(&register(&app, &format!("TJK-NEW-{number}"), "CASE-A", "")));
        done(&correct(&app, &citizen, "legalStatus: CITIZEN"));
        for stated in [RESETTLEMENT, "kind: VOLUNTARY_REPATRIATION, on: \"2020-01-01\"", CITIZENSHIP] {
            let refused = refused(&identify(&app, &citizen, stated));
            assert_eq!(refused, ("kind".to_owned(), "INVALID".to_owned()), "{stated}");
        }
        let home = done(&identify(&app, &one, "kind: VOLUNTARY_REPATRIATION, on: \"2020-01-01\""));
        assert_eq!(of_person(&app, &citizen)["solutions"], json!([]), "a citizen does not go along");
        assert_eq!(refused(&correct(&app, &one, "legalStatus: CITIZEN")).0, "record");

        done(&move_on(&app, &first(&home), "stage: DEPARTED, on: \"2024-05-01\""));
        assert!(of_person(&app, &citizen)["closedAs"].is_null());
        done(&change(&app, "reopenIndividual", &format!("individualId: {}", one["id"])));
        let close = |day: &str| {
            let input = format!("individualId: {}, closedAs: DECEASED, closedOn: \"{day}\"", one["id"]);
            change(&app, "closeIndividual", &input)
        };
        assert_eq!(refused(&close("2021-01-01")), ("closedOn".to_owned(), "INVALID".to_owned()));
        let early = RESETTLEMENT.replace("2020-02-01", "2024-04-30");
        assert_eq!(refused(&identify(&app, &one, &early)), ("on".to_owned(), "INVALID".to_owned()));
        done(&close("2024-05-02"));
    });
}

/// A destination makes sense whenever it is stated, and is stated before anybody goes there.
#[test]
fn nobody_is_resettled_nowhere_or_at_home() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let template = panoh::import::template(Kind::Caseload).unwrap();
        load(&app.database, Kind::Caseload, "c.csv", template.replacen("SUBMITTED,USA", "ACCEPTED,", 1)).unwrap();
        let find = "{ individuals(first: 1, filter: { registrationNumber: { eq: \"TJK-03C0000001\" } }) { nodes { id solutions { id } } } }";
        let accepted = app.data("unhcr", find)["individuals"]["nodes"][0].clone();
        let depart =
            |more: &str| move_on(&app, &first(&accepted), &format!("stage: DEPARTED, on: \"2016-01-01\"{more}"));
        for more in ["", ", details: { destination: \"AFG\" }"] {
            assert_eq!(refused(&depart(more)), ("details.destination".to_owned(), "INVALID".to_owned()), "{more}");
        }
        assert_eq!(done(&depart(", details: { destination: \"USA\" }"))["closedAs"], "DEPARTED");

        let person = done(&register(&app, "TJK-NEW-1", "", ""));
        for kind in ["RESETTLEMENT", "VOLUNTARY_REPATRIATION"] {
            let here = format!("kind: {kind}, details: {{ destination: \"TJK\" }}, on: \"2020-02-01\"");
            assert_eq!(refused(&identify(&app, &person, &here)).0, "details.destination", "the person is there");
        }
        let to_usa = CITIZENSHIP.replace("form: CITIZENSHIP", "form: CITIZENSHIP, destination: \"USA\"");
        assert_eq!(refused(&identify(&app, &person, &to_usa)).0, "details.destination");
        let rejected = done(&identify(&app, &person, RESETTLEMENT));
        let submitted = "stage: SUBMITTED, on: \"2020-03-01\", details: { submissionCategory: LPN }";
        done(&move_on(&app, &first(&rejected), submitted));
        done(&move_on(&app, &first(&rejected), "stage: REJECTED, on: \"2022-01-01\""));
        let open = done(&identify(&app, &person, "kind: RESETTLEMENT, on: \"2021-01-01\""));
        let open =
            open["solutions"].as_array().unwrap().iter().find(|one| one["stage"] == "IDENTIFIED").unwrap().clone();
        let early = "stage: SUBMITTED, on: \"2021-01-02\", details: { destination: \"USA\", submissionCategory: LPN }";
        assert_eq!(refused(&move_on(&app, &open, early)).0, "on");
        done(&move_on(&app, &open, &early.replace("2021-01-02", "2022-01-02")));
    });
}

/// Merging loses no ending: the same solution that ended on two days ended twice.
#[test]
fn merging_keeps_what_ended_on_two_days() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let people = [("1", "2020-03-01"), ("2", "2020-04-01"), ("3", "2020-04-01")].map(|(number, day)| {
            let person = done(&register(&app, &format!("TJK-NEW-{number}"), "", ""));
            let pursuing = done(&identify(&app, &person, RESETTLEMENT));
            done(&move_on(&app, &first(&pursuing), &format!("stage: WITHDRAWN, on: \"{day}\"")));
            person
        });
        for duplicate in &people[1..] {
            let merged = done(&merge(&app, &people[0], duplicate));
            assert_eq!(merged["solutions"].as_array().unwrap().len(), 2);
        }
    });
}

/// Whoever is corrected to be no citizen was not granted citizenship; and what is merged lies after a departure.
#[test]
fn corrections_and_merges_keep_what_happened() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let person = done(&register(&app, "TJK-NEW-1", "", ""));
        let pursuing = done(&identify(&app, &person, CITIZENSHIP));
        done(&move_on(&app, &first(&pursuing), "stage: SUBMITTED, on: \"2020-02-02\""));
        done(&move_on(&app, &first(&pursuing), "stage: GRANTED, on: \"2020-02-03\""));
        assert_eq!(first(&done(&correct(&app, &person, "givenName: \"Omid\"")))["stage"], "GRANTED");
        let corrected = done(&correct(&app, &person, "legalStatus: REFUGEE"));
        assert_eq!(first(&corrected)["stage"], "WITHDRAWN");

        let [back, other] = ["2", "3"].map(|number| done(&register(&app, &format!("TJK-NEW-{number}"), "", "")));
        let home = done(&identify(&app, &back, "kind: VOLUNTARY_REPATRIATION, on: \"2020-01-01\""));
        done(&move_on(&app, &first(&home), "stage: DEPARTED, on: \"2021-01-01\""));
        done(&change(&app, "reopenIndividual", &format!("individualId: {}", back["id"])));
        let pursuing = done(&identify(&app, &other, RESETTLEMENT));
        assert_eq!(refused(&merge(&app, &back, &other)), ("duplicateId".to_owned(), "INVALID".to_owned()));
        let keyed = format!(
            "solutionId: {}, stage: WITHDRAWN, on: \"2021-02-01\", idempotencyKey: \"w\"",
            first(&pursuing)["id"]
        );
        done(&change(&app, "moveSolution", &keyed));
        done(&merge(&app, &back, &other));
        let again = change(&app, "moveSolution", &keyed);
        assert_eq!(refused(&again).1, "NOT_FOUND", "what was asked for is somebody else's now: {again}");
    });
}

/// A refusal says if it is about another member of the case.
#[test]
fn a_refusal_says_whom_it_is_about() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let [one, other] = ["1", "2"].map(|number| done(&register(&app, &format!("TJK-NEW-{number}"), "CASE-A", "")));
        let home = done(&identify(&app, &one, "kind: VOLUNTARY_REPATRIATION, on: \"2020-01-01\""));
        let later = format!("{RESIDENCE}, splitReason: OTHER").replace("2020-02-01", "2020-06-01");
        done(&identify(&app, &other, &later));
        let message = |answer: Value| answer["userErrors"][0]["message"].as_str().unwrap().to_owned();
        let left = message(move_on(&app, &first(&home), "stage: DEPARTED, on: \"2020-05-01\""));
        assert!(
            left.starts_with("another member of the case: a LOCAL_INTEGRATION is IDENTIFIED since 2020-06-01"),
            "{left}"
        );
        let too_early = message(move_on(&app, &first(&home), "stage: DEPARTED, on: \"2019-12-31\""));
        assert!(too_early.starts_with("it lies before what comes first"), "{too_early}");
    });
}

/// A file says nothing of a person who is not stored yet that could not be recorded step by step.
#[test]
fn files_add_nobody_whose_solution_contradicts_the_record() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let template = panoh::import::template(Kind::Caseload).unwrap();
        for (from, to, expected) in [
            ("SUBMITTED,USA", "SUBMITTED,AFG", "line 2, solution_destination: this is the country of origin"),
            ("SUBMITTED,USA", "DEPARTED,USA", "line 2, closed_as: who has departed has a record that is closed"),
            ("USA,2003-05-31,,", "USA,2003-05-31,DECEASED,2003-05-30", "line 2, solution_stage: the record is closed"),
            (
                "SUBMITTED,USA,2003-05-31,,",
                "DEPARTED,USA,2003-05-31,DEPARTED,2003-06-01",
                "line 2, solution_on: who departs",
            ),
            (
                "SUBMITTED,USA,2003-05-31,,",
                "REJECTED,USA,2003-05-31,DECEASED,2003-05-30",
                "line 2, solution_on: it lies after",
            ),
            ("SUBMITTED,USA", "SUBMITTED,UNK", "line 2, solution_destination: nobody can go there"),
            (
                "RESETTLEMENT,,SUBMITTED,USA",
                "LOCAL_INTEGRATION,,GRANTED,",
                "line 2, solution_form: state what was granted",
            ),
            (
                "RESETTLEMENT,,SUBMITTED,USA",
                "LOCAL_INTEGRATION,CITIZENSHIP,GRANTED,",
                "line 2, legal_status: who was granted citizenship",
            ),
            (
                "RESETTLEMENT,,SUBMITTED,USA",
                "LOCAL_INTEGRATION,CITIZENSHIP,SUBMITTED,USA",
                "line 2, solution_destination: LOCAL_INTEGRATION has none",
            ),
            (
                "USA,2003-05-31",
                "USA,1996-10-11",
                "line 2, solution_on: its day lies before birth, arrival or registration",
            ),
        ] {
            let error = load(&app.database, Kind::Caseload, "c.csv", template.replacen(from, to, 1)).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
    });
}

/// A grant that was recorded by mistake is withdrawn when the legal status is corrected, through the API and by a file alike.
#[test]
fn a_corrected_legal_status_takes_a_grant_back() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 40);
        for (number, stated, by_file) in [
            ("TJK-NEW-1", CITIZENSHIP, false),
            ("TJK-NEW-2", CITIZENSHIP, true),
            ("TJK-NEW-3", RESIDENCE, false),
            ("TJK-NEW-4", RESIDENCE, true),
        ] {
            let person = done(&register(&app, number, "", ""));
            let identified = done(&identify(&app, &person, stated));
            done(&move_on(&app, &first(&identified), "stage: SUBMITTED, on: \"2020-02-02\""));
            done(&move_on(&app, &first(&identified), "stage: GRANTED, on: \"2020-03-01\""));
            done(&correct(&app, &person, "givenName: \"Sara\""));
            assert_eq!(first(&of_person(&app, &person))["stage"], "GRANTED", "{number}: another correction");
            if by_file {
                let header = panoh::import::template(Kind::Caseload).unwrap().lines().next().unwrap();
                let cell = |column: &str| match column {
                    "registration_number" => number,
                    "legal_status" => "REFUGEE",
                    _ => "",
                };
                let row: Vec<&str> = header.split(',').map(cell).collect();
                load(&app.database, Kind::Caseload, "c.csv", format!("{header}\n{}\n", row.join(","))).unwrap();
            } else {
                done(&correct(&app, &person, "legalStatus: REFUGEE"));
            }
            assert_eq!(first(&of_person(&app, &person))["stage"], "WITHDRAWN", "{number}");
        }
        coverage_is_kept(&app.database);
    });
}
