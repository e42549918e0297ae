//! Enrolments: whom the holder enrols or refers, and who ends it.

use crate::caseload_changes::{coverage_is_kept, done, refused, register};
use crate::harness::app::today;
use crate::harness::{TestApp, each_engine};
use crate::solutions::change;
use chrono::Days;
use serde_json::{Value, json};

const SCHOOL: &str = "XM-DAC-41121-TJK-SCHOOL";
const ENROLMENTS: &str = "enrolments { startedOn endedOn programme { identifier } }";

fn enrolments(app: &TestApp, agency: &str, id: &Value) -> Value {
    let query = format!("{{ node(id: {id}) {{ ... on Individual {{ {ENROLMENTS} }} }} }}");
    app.data(agency, &query)["node"]["enrolments"].clone()
}

fn enrol(app: &TestApp, person: &Value, programme: &str, on: &str) -> Value {
    let input = format!("individualId: {}, programmeIdentifier: \"{programme}\", startedOn: \"{on}\"", person["id"]);
    change(app, "enrolIndividual", &input)
}

fn end(app: &TestApp, person: &Value, programme: &str, on: &str) -> Value {
    let input = format!("individualId: {}, programmeIdentifier: \"{programme}\", endedOn: \"{on}\"", person["id"]);
    change(app, "endEnrolment", &input)
}

fn at_undp(app: &TestApp) -> i64 {
    app.data("undp", "{ individuals(first: 1) { totalCount } }")["individuals"]["totalCount"].as_i64().unwrap()
}

/// Whoever is enrolled is seen by whom an agreement shows the programme's people, if the person consents; and no longer once that ends.
#[test]
fn who_is_enrolled_is_seen_until_it_ends() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let before = at_undp(&app);
        let person = done(&register(&app, "TJK-NEW-1", "", ""));
        done(&enrol(&app, &person, SCHOOL, "2025-12-01"));
        let open = json!({ "startedOn": "2025-12-01", "endedOn": null, "programme": { "identifier": SCHOOL } });
        assert_eq!(enrolments(&app, "unhcr", &person["id"]), json!([open]));
        assert_eq!(at_undp(&app), before, "without consent nobody is seen");
        let consent = format!(
            "mutation {{ recordConsent(input: {{ individualId: {}, recipientCode: \"undp\", purpose: PROGRAMME_DELIVERY, given: true }}) \
             {{ userErrors {{ message }} }} }}",
            person["id"]
        );
        let answer = app.data("unhcr", &consent);
        assert_eq!(answer["recordConsent"]["userErrors"], json!([]), "{answer}");
        assert_eq!(at_undp(&app), before + 1);
        done(&end(&app, &person, SCHOOL, "2026-01-10"));
        assert_eq!(at_undp(&app), before);
        done(&enrol(&app, &person, SCHOOL, "2026-01-10"));
        assert_eq!(enrolments(&app, "unhcr", &person["id"]).as_array().unwrap().len(), 2);
        assert_eq!(at_undp(&app), before + 1);
        coverage_is_kept(&app.database);
    });
}

/// What cannot be is refused with the field and why, and changes nothing.
#[test]
fn what_cannot_be_is_refused() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let person = done(&register(&app, "TJK-NEW-1", "", ""));
        let tomorrow = (today() + Days::new(1)).to_string();
        let none = ("programmeIdentifier".to_owned(), "NOT_FOUND".to_owned());
        assert_eq!(refused(&end(&app, &person, SCHOOL, "2025-12-10")), none, "nothing has begun");
        done(&enrol(&app, &person, SCHOOL, "2025-12-01"));
        done(&end(&app, &person, SCHOOL, "2025-12-20"));
        let loans = "XM-DAC-41121-TJK-MICRO";
        for (from, until) in [("2025-12-01", "2025-12-10"), ("2025-12-10", "2025-12-20")] {
            done(&enrol(&app, &person, loans, from));
            done(&end(&app, &person, loans, until));
        }
        let within = enrol(&app, &person, loans, "2025-12-05");
        assert_eq!(within["userErrors"].as_array().unwrap().len(), 1, "{within}");
        assert!(within["userErrors"][0]["message"].as_str().unwrap().contains("until 2025-12-20"), "{within}");
        let housing = "XM-DAC-41121-TJK-HOUSING";
        done(&enrol(&app, &person, housing, "2025-12-01"));
        let before = enrolments(&app, "unhcr", &person["id"]);
        for (programme, on, field, code) in [
            (SCHOOL, "2025-12-19", "startedOn", "INVALID"),
            (SCHOOL, "2015-01-01", "startedOn", "INVALID"),
            (SCHOOL, tomorrow.as_str(), "startedOn", "INVALID"),
            (housing, "2026-01-01", "programmeIdentifier", "TAKEN"),
            ("XM-DAC-41121-TJK-BORDER", "2025-12-01", "programmeIdentifier", "INVALID"),
            ("none", "2025-12-01", "programmeIdentifier", "NOT_FOUND"),
        ] {
            let answer = enrol(&app, &person, programme, on);
            assert_eq!(refused(&answer), (field.to_owned(), code.to_owned()), "{programme} {on}: {answer}");
        }
        for (programme, on, field, code) in [
            (housing, "2025-11-30", "endedOn", "INVALID"),
            (housing, tomorrow.as_str(), "endedOn", "INVALID"),
            (SCHOOL, "2025-12-20", "programmeIdentifier", "NOT_FOUND"),
            (SCHOOL, "2025-11-30", "endedOn", "INVALID"),
            (SCHOOL, tomorrow.as_str(), "endedOn", "INVALID"),
        ] {
            let answer = end(&app, &person, programme, on);
            assert_eq!(refused(&answer), (field.to_owned(), code.to_owned()), "{programme} {on}: {answer}");
        }
        assert_eq!(enrolments(&app, "unhcr", &person["id"]), before);
        let close = format!("individualId: {}, closedAs: DECEASED, closedOn: \"2026-01-05\"", person["id"]);
        done(&change(&app, "closeIndividual", &close));
        let closed = ("individualId".to_owned(), "WRONG_STATUS".to_owned());
        assert_eq!(refused(&enrol(&app, &person, SCHOOL, "2025-12-20")), closed);
        // It may have ended on another day than was recorded, but not after the record was closed.
        assert_eq!(refused(&end(&app, &person, SCHOOL, "2026-01-06")), ("endedOn".to_owned(), "INVALID".to_owned()));
        done(&end(&app, &person, SCHOOL, "2026-01-04"));
        let ends: Vec<Value> = enrolments(&app, "unhcr", &person["id"])
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["programme"]["identifier"] == SCHOOL)
            .map(|one| one["endedOn"].clone())
            .collect();
        assert_eq!(ends, ["2026-01-04"]);
        coverage_is_kept(&app.database);
    });
}
