//! Results of programmes: what their leads report, and what IATI files state.

use crate::harness::{TestApp, each_engine};
use crate::imports::load;
use diesel::connection::SimpleConnection;
use panoh::import::Kind;
use serde_json::{Value, json};

const HOUSING: &str = "XM-DAC-41121-TJK-HOUSING";

fn results(app: &TestApp, agency: &str, programme: &str) -> Value {
    let query = format!(
        "{{ programmes(first: 1, filter: {{ identifier: {{ eq: \"{programme}\" }} }}) {{ nodes {{ results {{ indicator participants \
         measure periodFrom periodUntil baseline target reached }} }} }} }}"
    );
    app.data(agency, &query)["programmes"]["nodes"][0]["results"].clone()
}

fn report(app: &TestApp, agency: &str, more: &str) -> Value {
    let rest = [
        ("programmeIdentifier", format!("\"{HOUSING}\"")),
        ("indicator", "\"A people housed\"".to_owned()),
        ("participants", "REFUGEES".to_owned()),
        ("measure", "UNIT".to_owned()),
        ("periodFrom", "\"2025-01-01\"".to_owned()),
        ("periodUntil", "\"2025-12-31\"".to_owned()),
    ];
    let rest = rest.iter().filter(|(field, _)| !more.contains(&format!("{field}:")));
    let rest: Vec<String> = rest.map(|(field, value)| format!("{field}: {value}")).collect();
    let document = format!(
        "mutation {{ reportResult(input: {{ {} {more} }}) {{ programme {{ identifier }} userErrors {{ field code message }} }} }}",
        rest.join(" ")
    );
    app.data(agency, &document)["reportResult"].clone()
}

/// What was reported by mistake is removed by the lead, once, and nothing else with it.
#[test]
fn the_lead_removes_a_result() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let before = results(&app, "unhcr", HOUSING);
        report(&app, "unhcr", "reached: 5");
        let remove = |agency: &str, indicator: &str| {
            let document = format!(
                "mutation {{ removeResult(input: {{ programmeIdentifier: \"{HOUSING}\", indicator: \"{indicator}\", participants: REFUGEES, \
                 periodFrom: \"2025-01-01\", periodUntil: \"2025-12-31\" }}) {{ userErrors {{ field code }} }} }}"
            );
            app.data(agency, &document)["removeResult"]["userErrors"].clone()
        };
        let refused = |field: &str| json!([{ "field": field, "code": "NOT_FOUND" }]);
        assert_eq!(
            remove("undp", "A people housed"),
            json!([{ "field": "programmeIdentifier", "code": "NOT_ALLOWED" }])
        );
        assert_eq!(remove("unhcr", "Something else"), refused("indicator"));
        assert_ne!(results(&app, "unhcr", HOUSING), before);
        assert_eq!(remove("unhcr", "A people housed"), json!([]));
        assert_eq!(results(&app, "unhcr", HOUSING), before);
        assert_eq!(remove("unhcr", "A people housed"), refused("indicator"));
    });
}

/// The results of a programme have an end: whoever sees it reads them together. What is there is corrected all the same.
#[test]
fn a_programme_reports_so_many_results() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let there = results(&app, "unhcr", HOUSING).as_array().unwrap().len();
        let result = |nth: usize| {
            format!(
                "INSERT INTO programme_results (id, programme_id, indicator, participants, measure, period_from, period_until) \
                 SELECT {}, id, 'Result {nth}', 'ALL', 'UNIT', '2025-01-01', '2025-12-31' FROM programmes WHERE identifier = '{HOUSING}'",
                nth + 1
            )
        };
        let all: Vec<String> = (0..999 - there).map(result).collect();
        app.database.address.connect(false).unwrap().batch_execute(&all.join("; ")).unwrap();
        let told = |more: &str| report(&app, "unhcr", more)["userErrors"].clone();
        assert_eq!(told(""), json!([]));
        assert_eq!(told("reached: 5"), json!([]), "what is there is corrected");
        let refused = told("indicator: \"One more\"");
        assert_eq!((refused[0]["field"].as_str(), refused[0]["code"].as_str()), (Some("indicator"), Some("TAKEN")));
        assert_eq!(results(&app, "undp", HOUSING).as_array().unwrap().len(), 1_000);
    });
}

/// The lead reports refugees and their neighbours side by side; what it reports again is replaced; whoever sees the programme sees it.
#[test]
fn the_lead_reports_refugees_and_their_neighbours() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 40);
        let before = results(&app, "undp", HOUSING).as_array().unwrap().len();
        let made = json!({ "programme": { "identifier": HOUSING }, "userErrors": [] });
        assert_eq!(report(&app, "unhcr", "target: \"240\" reached: \"180.0\" idempotencyKey: \"once\""), made);
        assert_eq!(report(&app, "unhcr", "target: \"240\" reached: \"180.0\" idempotencyKey: \"once\""), made);
        assert_eq!(
            report(&app, "unhcr", "participants: HOST_COMMUNITY, baseline: 10, target: 160, reached: \"080\""),
            made
        );
        assert_eq!(report(&app, "unhcr", "target: \"240\" reached: \"200\""), made);
        let line = |participants: &str, baseline: Value, target: &str, reached: &str| {
            json!({ "indicator": "A people housed", "participants": participants, "measure": "UNIT", "periodFrom": "2025-01-01",
                "periodUntil": "2025-12-31", "baseline": baseline, "target": target, "reached": reached })
        };
        for agency in ["unhcr", "undp"] {
            let seen = results(&app, agency, HOUSING);
            let seen = seen.as_array().unwrap();
            assert_eq!(seen.len(), before + 2);
            let neighbours = line("HOST_COMMUNITY", json!("10"), "160", "80");
            assert_eq!(seen[..2], [line("REFUGEES", json!(null), "240", "200"), neighbours], "{agency}");
        }
        let all = results(&app, "unhcr", HOUSING);
        for (agency, more, field, code) in [
            ("undp", "reached: \"1\"", "programmeIdentifier", "NOT_ALLOWED"),
            ("embassy-us", "reached: \"1\"", "programmeIdentifier", "NOT_FOUND"),
            ("unhcr", "programmeIdentifier: \"none\"", "programmeIdentifier", "NOT_FOUND"),
            ("unhcr", "periodUntil: \"2024-12-31\"", "periodUntil", "INVALID"),
            ("unhcr", "indicator: \" \"", "indicator", "INVALID"),
            ("unhcr", "indicator: \"two\\nlines\"", "indicator", "INVALID"),
            ("unhcr", "target: \"many\"", "target", "INVALID"),
            ("unhcr", "reached: \"1.00001\"", "reached", "INVALID"),
            ("unhcr", "baseline: \"1e5\"", "baseline", "INVALID"),
        ] {
            let answer = report(&app, agency, more);
            let told = (&answer["userErrors"][0]["field"], &answer["userErrors"][0]["code"]);
            assert_eq!(told, (&json!(field), &json!(code)), "{agency} {more}: {answer}");
            assert_eq!(answer["programme"], json!(null));
        }
        assert_eq!(results(&app, "unhcr", HOUSING), all);
    });
}

const RESULTS: &str = "<result type=\"1\"><title><narrative>Housing</narrative></title>\
    <indicator measure=\"1\"><title><narrative>People\n  housed</narrative></title><baseline year=\"2020\" value=\"5\"/>\
      <period><period-start iso-date=\"2023-01-01\"/><period-end iso-date=\"2023-12-31\"/><target value=\"300\"/>\
        <actual value=\"10\"><dimension name=\"sex\" value=\"female\"/></actual><actual value=\"250.50\"/></period>\
      <period><period-start iso-date=\"2023-01-01\"/><period-end iso-date=\"2023-12-31\"/><target value=\"9\"/></period></indicator>\
    <indicator measure=\"2\"><title><narrative>Content</narrative></title>\
      <period><period-start iso-date=\"2023-01-01\"/><period-end iso-date=\"2023-12-31\"/><actual value=\"62.5\"/></period></indicator>\
    <indicator measure=\"5\"><title><narrative>Told in words</narrative></title></indicator></result>";

/// What an IATI file states of an activity's results is kept, read again without a change, and replaced by what a newer one states.
#[test]
fn results_are_imported() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 40);
        let file = |results: &str| {
            format!(
                "<iati-activities version=\"2.03\"><iati-activity><iati-identifier>XX-1</iati-identifier><title><narrative>Homes\
                 </narrative></title><activity-status code=\"2\"/><sector code=\"16040\"/>{results}</iati-activity></iati-activities>"
            )
        };
        let read = |results: &str| load(&app.database, Kind::Programmes, "i.xml", file(results));
        let first = read(RESULTS).unwrap();
        assert_eq!((first.added, first.notes.len()), (1, 2), "{:?}", first.notes);
        assert!(
            first.notes[0].contains("reported twice") && first.notes[1].contains("Told in words"),
            "{:?}",
            first.notes
        );
        assert_eq!(read(RESULTS).unwrap().unchanged, 1);
        let line = |indicator: &str, measure: &str, baseline: Value, target: Value, reached: &str| {
            json!({ "indicator": indicator, "participants": "ALL", "measure": measure, "periodFrom": "2023-01-01",
                "periodUntil": "2023-12-31", "baseline": baseline, "target": target, "reached": reached })
        };
        let content = line("Content", "PERCENTAGE", json!(null), json!(null), "62.5");
        let housed = line("People housed", "UNIT", json!("5"), json!("300"), "250.5");
        assert_eq!(results(&app, "unhcr", "XX-1"), json!([content, housed]));
        assert_eq!(read(&RESULTS.replace("62.5", "70")).unwrap().updated, 1);
        assert_eq!(results(&app, "unhcr", "XX-1")[0]["reached"], "70");
        for (from, to, told) in [
            ("62.5", "most", "<actual>: not a number"),
            ("<period-end iso-date=\"2023-12-31\"/>", "", "<period>: it lacks a period-end"),
            ("2023-12-31", "2022-12-31", "<period>: it ends before it begins"),
            ("<title><narrative>Content</narrative></title>", "", "<indicator>: it lacks a title"),
        ] {
            let error = read(&RESULTS.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        assert_eq!(results(&app, "unhcr", "XX-1")[0]["reached"], "70", "nothing of a wrong file is kept");
    });
}
