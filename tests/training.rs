//! Training sessions: who took part is counted by institution and sex.

use crate::harness::app::today;
use crate::harness::{TestApp, each_engine};
use serde_json::{Value, json};

const RIGHTS: &str = "XM-DAC-41121-TJK-RIGHTS";

fn sessions(app: &TestApp, agency: &str) -> Value {
    let query = format!(
        "{{ programmes(first: 1, filter: {{ identifier: {{ eq: \"{RIGHTS}\" }} }}) {{ nodes {{ trainingSessions {{ topic heldOn \
         place {{ code }} participants {{ institution sex number }} }} }} }} }}"
    );
    app.data(agency, &query)["programmes"]["nodes"][0]["trainingSessions"].clone()
}

fn record(app: &TestApp, agency: &str, more: &str) -> Value {
    let rest = [
        ("programmeIdentifier", format!("\"{RIGHTS}\"")),
        ("topic", "BORDERS".to_owned()),
        ("heldOn", "\"2026-01-14\"".to_owned()),
        ("placeCode", "\"3501000\"".to_owned()),
        ("participants", "[{ institution: \"Border Troops\", sex: MALE, number: 20 }]".to_owned()),
    ];
    let rest = rest.iter().filter(|(field, _)| !more.contains(&format!("{field}:")));
    let rest: Vec<String> = rest.map(|(field, value)| format!("{field}: {value}")).collect();
    let document = format!(
        "mutation {{ recordTrainingSession(input: {{ {} {more} }}) {{ programme {{ identifier }} userErrors {{ field code message }} }} }}",
        rest.join(" ")
    );
    app.data(agency, &document)["recordTrainingSession"].clone()
}

fn wrong(payload: &Value) -> (&str, &str) {
    assert!(payload["programme"].is_null(), "{payload}");
    let text = |of: &str| payload["userErrors"][0][of].as_str().unwrap_or_default();
    (text("field"), text("code"))
}

/// The lead records sessions; what it records again is replaced.
#[test]
fn the_lead_counts_who_took_part() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let before = sessions(&app, "unhcr").as_array().unwrap().len();
        assert!(before > 0, "the demo has some");
        let made = json!({ "programme": { "identifier": RIGHTS }, "userErrors": [] });
        assert_eq!(record(&app, "unhcr", "idempotencyKey: \"once\""), made);
        assert_eq!(record(&app, "unhcr", "idempotencyKey: \"once\""), made);
        let line = |institution: &str, sex: &str, number: i32| json!({ "institution": institution, "sex": sex, "number": number });
        let newest = |participants: Value| json!({ "topic": "BORDERS", "heldOn": "2026-01-14", "place": { "code": "3501000" }, "participants": participants });
        let held = sessions(&app, "unhcr");
        assert_eq!(held.as_array().unwrap().len(), before + 1, "a repeated request records once");
        assert_eq!(held[0], newest(json!([line("Border Troops", "MALE", 20)])));
        let again = "participants: [{ institution: \"State Migration Service\", sex: FEMALE, number: 4 }, \
             { institution: \"Border Troops\", sex: MALE, number: 18 }, { institution: \"Border Troops\", sex: FEMALE, number: 2 }]";
        assert_eq!(record(&app, "unhcr", again), made);
        let held = sessions(&app, "unhcr");
        assert_eq!(held.as_array().unwrap().len(), before + 1, "what is recorded again is replaced");
        let lines = json!([
            line("Border Troops", "FEMALE", 2),
            line("Border Troops", "MALE", 18),
            line("State Migration Service", "FEMALE", 4)
        ]);
        assert_eq!(held[0], newest(lines));
        assert_eq!(sessions(&app, "embassy-us"), json!(null), "whoever does not see the programme sees no session");
    });
}

/// What was recorded by mistake is removed by the lead, once, and nothing else with it.
#[test]
fn the_lead_removes_a_session() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let before = sessions(&app, "unhcr");
        record(&app, "unhcr", "");
        let remove = |agency: &str, day: &str, place: &str| {
            let document = format!(
                "mutation {{ removeTrainingSession(input: {{ programmeIdentifier: \"{RIGHTS}\", topic: BORDERS, heldOn: \"{day}\", \
                 placeCode: \"{place}\" }}) {{ programme {{ identifier }} userErrors {{ field code message }} }} }}"
            );
            app.data(agency, &document)["removeTrainingSession"].clone()
        };
        for (agency, day, place, field, code) in [
            ("undp", "2026-01-14", "3501000", "programmeIdentifier", "NOT_FOUND"),
            ("unhcr", "2026-01-13", "3501000", "heldOn", "NOT_FOUND"),
            ("unhcr", "2026-01-14", "nowhere", "placeCode", "INVALID"),
        ] {
            assert_eq!(wrong(&remove(agency, day, place)), (field, code));
        }
        assert_ne!(sessions(&app, "unhcr"), before);
        assert_eq!(remove("unhcr", "2026-01-14", "3501000")["userErrors"], json!([]));
        assert_eq!(sessions(&app, "unhcr"), before);
        assert_eq!(wrong(&remove("unhcr", "2026-01-14", "3501000")), ("heldOn", "NOT_FOUND"));
    });
}

/// The sessions of a programme have an end: whoever sees it reads them together. What is there is corrected all the same.
#[test]
fn the_sessions_of_a_programme_have_so_many_lines() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let lines = |number: usize| {
            let line = |nth: usize| format!("{{ institution: \"{nth}\", sex: MALE, number: 1 }}");
            (0..number).map(line).collect::<Vec<_>>().join(", ")
        };
        let on = |day: u64, number: usize| {
            let held_on = today() - chrono::Days::new(day);
            record(&app, "unhcr", &format!("heldOn: \"{held_on}\" participants: [{}]", lines(number)))
        };
        let full = (0..60).map(|day| on(day, 100)).position(|payload| payload["userErrors"] != json!([])).unwrap();
        assert!((40..50).contains(&full), "5,000 lines with those of the demo: {full}");
        assert_eq!(wrong(&on(full as u64, 100)), ("participants", "TAKEN"));
        assert_eq!(on(0, 100)["userErrors"], json!([]), "it takes the place of as many");
        assert!(sessions(&app, "unhcr").as_array().unwrap().len() > full, "all are read together");
    });
}

/// What cannot be is refused with the field, and keeps nothing.
#[test]
fn what_makes_no_sense_is_refused() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let before = sessions(&app, "unhcr");
        for (more, field, code) in [
            ("heldOn: \"2026-01-16\"", "heldOn", "INVALID"),
            ("heldOn: \"1526-01-01\"", "heldOn", "INVALID"),
            ("placeCode: \"nowhere\"", "placeCode", "INVALID"),
            ("participants: []", "participants", "INVALID"),
            ("participants: [{ institution: \"\", sex: MALE, number: 1 }]", "participants.0.institution", "INVALID"),
            ("participants: [{ institution: \"A\", sex: MALE, number: 0 }]", "participants.0.number", "INVALID"),
            (
                "participants: [{ institution: \"A\", sex: MALE, number: 1 }, { institution: \" A\", sex: MALE, number: 2 }]",
                "participants.1.institution",
                "INVALID",
            ),
            ("programmeIdentifier: \"XM-DAC-41121-TJK-HOUSING\"", "programmeIdentifier", "INVALID"),
            ("programmeIdentifier: \"nothing\"", "programmeIdentifier", "NOT_FOUND"),
        ] {
            assert_eq!(wrong(&record(&app, "unhcr", more)), (field, code), "{more}");
        }
        for agency in ["undp", "embassy-us"] {
            assert_eq!(wrong(&record(&app, agency, "")), ("programmeIdentifier", "NOT_FOUND"), "{agency}");
        }
        assert_eq!(sessions(&app, "unhcr"), before);
    });
}
