use crate::harness::{Engine, TestApp, each_engine};
use panoh::policy::statistics::{BASE, MIN_MINIMUM};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A cell's key, as the answer's JSON.
type Counts = BTreeMap<String, Option<i64>>;

const PEOPLE: &str = "{ individuals(first: 100 AFTER) { pageInfo { hasNextPage endCursor } nodes { sex ageBand nationality \
    region { code } place { code } legalStatus arrivedOn specificNeeds { code } solutions { kind stage } \
    enrolments { programme { identifier } } incidents { kind } } } }";

/// Everybody whom UNHCR holds, page by page.
fn people(app: &TestApp) -> Vec<Value> {
    let mut found = Vec::new();
    let mut after = String::new();
    loop {
        let page = app.data("unhcr", &PEOPLE.replace("AFTER", &after))["individuals"].clone();
        found.extend(page["nodes"].as_array().unwrap().iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            return found;
        }
        after = format!(", after: {}", page["pageInfo"]["endCursor"]);
    }
}

/// The values of a person in some dimensions: one combination, or several if a dimension is a list.
fn values(person: &Value, dimensions: &[&str]) -> BTreeSet<Vec<Option<String>>> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let list = |items: &Value, of: &dyn Fn(&Value) -> Option<String>| {
        let found: Vec<_> = items.as_array().unwrap().iter().map(of).collect();
        if found.is_empty() { vec![None] } else { found }
    };
    let solutions = person["solutions"].as_array().unwrap();
    let none = [Value::Null];
    // Kind and stage are those of one solution.
    let each = if solutions.is_empty() { &none[..] } else { solutions };
    each.iter()
        .flat_map(|solution| {
            dimensions.iter().fold(vec![Vec::new()], |keys: Vec<Vec<Option<String>>>, dimension| {
                let values = match *dimension {
                    "NATIONALITY" => vec![text(&person["nationality"])],
                    "SEX" => vec![text(&person["sex"])],
                    "AGE_BAND" => vec![text(&person["ageBand"])],
                    "LEGAL_STATUS" => vec![text(&person["legalStatus"])],
                    "REGION" => vec![text(&person["region"]["code"])],
                    "PLACE" => vec![text(&person["place"]["code"])],
                    "ARRIVAL_YEAR" => vec![text(&person["arrivedOn"]).map(|date| date[..4].to_owned())],
                    "SPECIFIC_NEED" => {
                        list(&person["specificNeeds"], &|need| text(&need["code"]).map(|code| code[..2].to_owned()))
                    }
                    "PROGRAMME" => {
                        list(&person["enrolments"], &|enrolment| text(&enrolment["programme"]["identifier"]))
                    }
                    "INCIDENT_KIND" => list(&person["incidents"], &|incident| text(&incident["kind"])),
                    "SOLUTION_KIND" => vec![text(&solution["kind"])],
                    _ => vec![text(&solution["stage"])],
                };
                keys.iter()
                    .flat_map(|key| values.iter().map(|value| [key.clone(), vec![value.clone()]].concat()))
                    .collect()
            })
        })
        .collect()
}

/// The cells of a table and its total, under an agency and purpose.
fn table(app: &TestApp, agency: &str, purpose: &str, arguments: &str) -> (Counts, Option<i64>) {
    let query = format!(
        "{{ caseloadStatistics({arguments}) {{ total {{ count suppressed exact }} \
         cells {{ key {{ dimension value }} cell {{ count suppressed exact }} }} }} }}"
    );
    let answer = app.ask_for(agency, Some(purpose), &query, Value::Null);
    let statistics = &answer["data"]["caseloadStatistics"];
    assert!(answer.get("errors").is_none(), "{answer}");
    let count = |cell: &Value| {
        assert_eq!(cell["suppressed"], cell["count"].is_null());
        assert_eq!(cell["exact"], agency == "unhcr");
        cell["count"].as_i64()
    };
    let key = |key: &Value| Value::Array(key.as_array().unwrap().iter().map(|part| part["value"].clone()).collect());
    let cells = statistics["cells"].as_array().unwrap();
    (
        cells.iter().map(|cell| (key(&cell["key"]).to_string(), count(&cell["cell"]))).collect(),
        count(&statistics["total"]),
    )
}

fn counted(people: &[Value], dimensions: &[&str]) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for person in people {
        for key in values(person, dimensions) {
            *counts.entry(serde_json::to_string(&key).unwrap()).or_default() += 1;
        }
    }
    counts
}

/// The demo's tables for UNDP.
const RELEASED: [&[&str]; 5] = [
    &["NATIONALITY", "SEX", "AGE_BAND"],
    &["REGION", "LEGAL_STATUS"],
    &["SPECIFIC_NEED", "SEX"],
    &["REGION", "PROGRAMME"],
    &["ARRIVAL_YEAR"],
];

const TABLES: [&[&str]; 11] = [
    &["INCIDENT_KIND", "SEX"],
    &["NATIONALITY"],
    &["SEX", "AGE_BAND"],
    &["REGION", "LEGAL_STATUS", "SEX"],
    &["PLACE"],
    &["ARRIVAL_YEAR", "NATIONALITY"],
    &["SPECIFIC_NEED"],
    &["SPECIFIC_NEED", "PROGRAMME"],
    &["SOLUTION_KIND", "SOLUTION_STAGE"],
    &["SOLUTION_STAGE", "SEX"],
    &["PROGRAMME", "AGE_BAND"],
];

/// The holder's numbers are exactly those of its people, counted one by one; lists count people, not rows.
#[test]
fn the_holders_numbers_are_exact() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 700);
        let people = people(&app);
        for dimensions in TABLES {
            let (cells, total) =
                table(&app, "unhcr", "CASE_MANAGEMENT", &format!("groupBy: [{}]", dimensions.join(" ")));
            let expected = counted(&people, dimensions);
            for (key, count) in &cells {
                assert_eq!(*count, Some(expected.get(key).copied().unwrap_or_default()), "{dimensions:?} {key}");
            }
            assert!(expected.keys().all(|key| cells.contains_key(key)), "{dimensions:?}");
            assert_eq!(total, Some(700));
        }
        let region = app.data("unhcr", "{ places(first: 1, filter: { code: { eq: \"3505000\" } }) { nodes { id } } }");
        let id = &region["places"]["nodes"][0]["id"];
        let women = people.iter().filter(|person| person["sex"] == "FEMALE");
        let here = |person: &&Value| person["place"]["code"].as_str().is_some_and(|code| code.starts_with("3505"));
        let filter = format!("groupBy: [NATIONALITY], filter: {{ sex: {{ eq: FEMALE }}, place: {{ within: {id} }} }}");
        let (cells, total) = table(&app, "unhcr", "CASE_MANAGEMENT", &filter);
        assert_eq!(total, Some(women.filter(here).count() as i64));
        assert_eq!(cells.values().flatten().sum::<i64>(), total.unwrap());
        let arrived =
            people.iter().filter(|person| person["arrivedOn"].as_str().is_some_and(|on| on.starts_with("2020")));
        let year = "groupBy: [], filter: { arrivedOn: { from: \"2020-01-01\", until: \"2020-12-31\" } }";
        let (_, total) = table(&app, "unhcr", "CASE_MANAGEMENT", year);
        assert!(total > Some(0) && total == Some(arrived.count() as i64), "{total:?}");
    });
}

/// What UNDP is shown of each agreed table lies within the bound of the true numbers, or is withheld; a zero always is. Margins and the
/// total are sums of the cells; slices and other orders show the same numbers.
#[test]
fn released_numbers_are_protected_and_add_up() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 700);
        let mut people = people(&app);
        let programmes = "{ programmes(first: 100) { nodes { identifier } } }";
        let visible = app.ask_for("undp", Some("STATISTICS"), programmes, Value::Null)["data"].to_string();
        for person in &mut people {
            let enrolments = person["enrolments"].as_array_mut().unwrap();
            enrolments.retain(|enrolment| visible.contains(enrolment["programme"]["identifier"].as_str().unwrap()));
        }
        let undp = |arguments: &str| table(&app, "undp", "STATISTICS", arguments);
        let mut withheld = 0;
        for dimensions in RELEASED {
            let (cells, _) = undp(&format!("groupBy: [{}]", dimensions.join(" ")));
            let expected = counted(&people, dimensions);
            for (key, shown) in &cells {
                let people = expected.get(key).copied().unwrap_or_default();
                match shown {
                    None => withheld += 1,
                    Some(shown) => assert!(
                        people >= MIN_MINIMUM && (shown - people).abs() < BASE && shown % BASE == 0,
                        "{key}: {shown} for {people}"
                    ),
                }
            }
        }
        assert!(withheld > 0);
        let (cells, total) = undp("groupBy: [NATIONALITY SEX AGE_BAND]");
        let sum = |part: &str| {
            cells.iter().filter(|(key, _)| key.contains(part)).filter_map(|(_, count)| *count).sum::<i64>()
        };
        let rest = app.ask_for(
            "undp",
            Some("STATISTICS"),
            "{ caseloadStatistics(groupBy: [NATIONALITY SEX AGE_BAND]) { rest { count } } }",
            Value::Null,
        );
        let rest = rest["data"]["caseloadStatistics"]["rest"]["count"].as_i64().unwrap();
        assert_eq!(total, Some(sum("") + rest));
        assert!((total.unwrap() - 700).abs() < 100);
        let (margin, same_total) = undp("groupBy: [SEX NATIONALITY]");
        assert_eq!(same_total, total);
        assert_eq!(margin["[\"FEMALE\",\"AFG\"]"], Some(sum("[\"AFG\",\"FEMALE\"")));
        let said = |arguments: &str| {
            let query = format!("{{ caseloadStatistics({arguments}) {{ cells {{ cell {{ count complete }} }} }} }}");
            let answer = app.ask_for("undp", Some("STATISTICS"), &query, Value::Null);
            let cells = answer["data"]["caseloadStatistics"]["cells"].as_array().unwrap().clone();
            let shown = cells.iter().map(|cell| &cell["cell"]).filter(|cell| !cell["count"].is_null());
            shown.map(|cell| cell["complete"].as_bool().unwrap()).collect::<BTreeSet<bool>>()
        };
        assert_eq!(said("groupBy: [REGION LEGAL_STATUS]"), BTreeSet::from([true]));
        assert_eq!(said("groupBy: [REGION], filter: { legalStatus: { eq: REFUGEE } }"), BTreeSet::from([true]));
        for margin in ["REGION", "LEGAL_STATUS", "SEX", "PROGRAMME", "SPECIFIC_NEED"] {
            assert_eq!(
                said(&format!("groupBy: [{margin}]")),
                BTreeSet::from([false]),
                "{margin}: somebody may be missing"
            );
        }
        let slice = "groupBy: [AGE_BAND], filter: { and: [{ nationality: { eq: \"AFG\" } }, { sex: { eq: FEMALE } }] }";
        let (slice, slice_total) = undp(slice);
        assert_eq!(slice["[\"AGE_18_59\"]"], cells["[\"AFG\",\"FEMALE\",\"AGE_18_59\"]"]);
        assert_eq!(slice_total, margin["[\"FEMALE\",\"AFG\"]"]);
        let (needs, none) = undp("groupBy: [SPECIFIC_NEED]");
        let (_, of_women) = undp("groupBy: [SPECIFIC_NEED], filter: { sex: { eq: FEMALE } }");
        assert_eq!((none, of_women), (None, None), "people may have several needs");
        let (women, total_of_women) = undp("groupBy: [SEX], filter: { specificNeed: { eq: \"SP\" } }");
        assert_eq!(total_of_women, women.values().copied().flatten().reduce(|one, other| one + other));
        assert_eq!(needs["[\"SP\"]"], total_of_women);
    });
}

/// Both databases release the same tables of the same people, to the last number.
#[test]
fn both_databases_release_the_same_tables() {
    let [sqlite, postgres] = [Engine::Sqlite, Engine::Postgres].map(|engine| TestApp::demo(engine, 400));
    for dimensions in RELEASED {
        let arguments = format!("groupBy: [{}]", dimensions.join(" "));
        let [left, right] = [&sqlite, &postgres].map(|app| table(app, "undp", "STATISTICS", &arguments));
        assert!(left.0.values().flatten().count() > 2, "{dimensions:?}");
        assert_eq!(left, right, "{dimensions:?}");
    }
}

/// Questions that are not closed, or not granted, are refused by name.
#[test]
fn other_questions_are_refused_by_name() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 60);
        let query = "{ places(first: 1, filter: { code: { eq: \"3505401\" } }) { nodes { id } } }";
        let khujand = app.ask_for("undp", Some("STATISTICS"), query, Value::Null);
        let id = &khujand["data"]["places"]["nodes"][0]["id"];
        let below_regions = format!("groupBy: [LEGAL_STATUS], filter: {{ region: {{ within: {id} }} }}");
        for (agency, purpose, arguments, code, named) in [
            (
                "undp",
                "STATISTICS",
                "groupBy: [PLACE]",
                "FORBIDDEN",
                "no agreed table, margin or slice of one is by PLACE",
            ),
            (
                "undp",
                "STATISTICS",
                "groupBy: [], filter: { solution: { kind: { eq: RESETTLEMENT } } }",
                "FORBIDDEN",
                "SOLUTION_KIND",
            ),
            ("embassy-us", "PROTECTION_ADVOCACY", "groupBy: [SPECIFIC_NEED]", "FORBIDDEN", "INCIDENT_KIND × REGION"),
            (
                "embassy-us",
                "RESETTLEMENT",
                "groupBy: [SEX]",
                "FORBIDDEN",
                "no agreement in force for this purpose names",
            ),
            (
                "undp",
                "STATISTICS",
                "groupBy: [SEX REGION]",
                "FORBIDDEN",
                "NATIONALITY × SEX × AGE_BAND; REGION × LEGAL_STATUS",
            ),
            ("undp", "STATISTICS", "groupBy: [REGION SEX AGE_BAND]", "FORBIDDEN", "What may be asked"),
            (
                "undp",
                "STATISTICS",
                "groupBy: [], filter: { familyName: { startsWith: \"a\" } }",
                "BAD_INPUT",
                "familyName",
            ),
            ("undp", "STATISTICS", "groupBy: [], filter: { sex: { in: [FEMALE, MALE] } }", "BAD_INPUT", "SEX"),
            ("undp", "STATISTICS", "groupBy: [], filter: { or: [{ sex: { eq: MALE } }] }", "BAD_INPUT", "`or`"),
            ("undp", "STATISTICS", "groupBy: [], filter: { not: [{ sex: { eq: MALE } }] }", "BAD_INPUT", "`not`"),
            (
                "undp",
                "STATISTICS",
                "groupBy: [], filter: { specificNeed: { eq: \"LP-RR\" } }",
                "BAD_INPUT",
                "two letters",
            ),
            ("undp", "STATISTICS", "groupBy: [SEX SEX]", "BAD_INPUT", "SEX is named twice"),
            (
                "undp",
                "STATISTICS",
                "groupBy: [SEX], filter: { sex: { eq: MALE } }",
                "BAD_INPUT",
                "SEX is filtered by twice, or grouped by too",
            ),
            (
                "undp",
                "STATISTICS",
                "groupBy: [], filter: { arrivedOn: { from: \"2020-01-01\", until: \"2021-12-31\" } }",
                "BAD_INPUT",
                "one year of arrival at a time",
            ),
            ("undp", "STATISTICS", &below_regions, "BAD_INPUT", "this place lies below a region"),
            ("unhcr", "CASE_MANAGEMENT", "groupBy: [SEX REGION PLACE NATIONALITY]", "LIMIT", "at most 3"),
        ] {
            let query = format!("{{ caseloadStatistics({arguments}) {{ total {{ count }} }} }}");
            let answer = app.ask_for(agency, Some(purpose), &query, Value::Null);
            let error = &answer["errors"][0];
            assert_eq!(error["extensions"]["code"], code, "{answer}");
            assert!(error["message"].as_str().unwrap().contains(named), "{answer}");
        }
    });
}
