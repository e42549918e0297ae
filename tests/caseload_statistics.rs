use crate::harness::{Engine, TestApp, each_engine};
use panoh::policy::statistics::{BASE, BOUND, LEAST_MINIMUM};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A cell's key, as the answer's JSON.
type Counts = BTreeMap<String, Option<i64>>;

const PEOPLE: &str = "{ individuals(first: 100 AFTER) { pageInfo { hasNextPage endCursor } nodes { sex ageBand nationality \
    region { code } place { code } legalStatus arrivedOn specificNeeds { code } solutions { kind stage } \
    enrolments { programme { identifier } } } } }";

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

/// The values of a person in some dimensions: one combination, or several where a dimension is a list.
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

const TABLES: [&[&str]; 10] = [
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
    });
}

/// What UNDP is shown of the same tables lies within the bound of the true numbers, or is suppressed; a zero is one; the
/// same people give the same number however they are asked for, and small groups none.
#[test]
fn shared_numbers_are_protected() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 700);
        let mut people = people(&app);
        let programmes = "{ programmes(first: 100) { nodes { identifier } } }";
        let visible = app.ask_for("undp", Some("STATISTICS"), programmes, Value::Null)["data"].to_string();
        for person in &mut people {
            let enrolments = person["enrolments"].as_array_mut().unwrap();
            enrolments.retain(|enrolment| visible.contains(enrolment["programme"]["identifier"].as_str().unwrap()));
        }
        let granted = TABLES.iter().filter(|dimensions| {
            dimensions.iter().all(|dimension| !["PLACE", "SOLUTION_KIND", "SOLUTION_STAGE"].contains(dimension))
        });
        let mut suppressed = 0;
        for dimensions in granted {
            let (cells, total) = table(&app, "undp", "STATISTICS", &format!("groupBy: [{}]", dimensions.join(" ")));
            let expected = counted(&people, dimensions);
            assert!((total.unwrap() - 700).abs() <= BOUND);
            for (key, shown) in &cells {
                let people = expected.get(key).copied().unwrap_or_default();
                match shown {
                    None => suppressed += 1,
                    Some(0) => assert_eq!(people, 0, "{dimensions:?} {key}"),
                    Some(shown) => {
                        assert!(
                            people >= LEAST_MINIMUM && (shown - people).abs() <= BOUND,
                            "{key}: {shown} for {people}"
                        );
                    }
                }
            }
        }
        assert!(suppressed > 0);
        let (grouped, _) = table(&app, "undp", "STATISTICS", "groupBy: [SEX LEGAL_STATUS]");
        let (other_way, _) = table(&app, "undp", "STATISTICS", "groupBy: [LEGAL_STATUS SEX]");
        let (filtered, _) =
            table(&app, "undp", "STATISTICS", "groupBy: [SEX], filter: { legalStatus: { eq: REFUGEE } }");
        let both = "groupBy: [], filter: { and: [{ legalStatus: { eq: REFUGEE } }, { sex: { eq: FEMALE } }] }";
        let (_, total) = table(&app, "undp", "STATISTICS", both);
        let number = grouped["[\"FEMALE\",\"REFUGEE\"]"];
        assert!(number.is_some());
        for same in [other_way["[\"REFUGEE\",\"FEMALE\"]"], filtered["[\"FEMALE\"]"], total] {
            assert_eq!(same, number);
        }
    });
}

/// Whoever protects a table, the server or PostgreSQL itself, suppresses the same cells, and shows the others within the bound.
#[test]
fn both_databases_protect_the_same_cells() {
    let [sqlite, postgres] = [Engine::Sqlite, Engine::Postgres].map(|engine| TestApp::demo(engine, 400));
    let filters = [
        "groupBy: [SEX], filter: { specificNeed: { eq: \"ER\" } }",
        "groupBy: [AGE_BAND SEX], filter: { legalStatus: { eq: REFUGEE } }",
        "groupBy: [], filter: { and: [{ nationality: { eq: \"AFG\" } }, { sex: { eq: MALE } }] }",
        "groupBy: [], filter: { and: [{ legalStatus: { eq: REFUGEE } }, { ageBand: { eq: AGE_60_PLUS } }, { sex: { eq: MALE } }] }",
        "groupBy: [NATIONALITY], filter: { specificNeed: { eq: \"DS\" } }",
        "groupBy: []",
    ];
    let (mut compared, mut suppressed) = (0, 0);
    let tables = TABLES.map(|dimensions| format!("groupBy: [{}]", dimensions.join(" ")));
    for arguments in tables.iter().map(String::as_str).chain(filters) {
        if ["PLACE]", "SOLUTION"].iter().any(|hidden| arguments.contains(hidden)) {
            continue;
        }
        let (left, right) =
            (table(&sqlite, "undp", "STATISTICS", arguments), table(&postgres, "undp", "STATISTICS", arguments));
        let counts = |(cells, total): (Counts, Option<i64>)| cells.into_iter().chain([("total".to_owned(), total)]);
        for ((key, left), (other, right)) in counts(left).zip(counts(right)) {
            assert_eq!(key, other, "{arguments}");
            compared += 1;
            match (left, right) {
                (None, None) => suppressed += 1,
                (Some(left), Some(right)) => {
                    assert_eq!(left == 0, right == 0, "{arguments} {key}");
                    assert!((left - right).abs() <= BASE, "{arguments} {key}: {left} and {right}");
                }
                different => panic!("{arguments} {key}: {different:?}"),
            }
        }
    }
    assert!(compared > 200 && suppressed > 20, "{compared} cells, {suppressed} suppressed");
}

/// Questions that are not closed, or not granted, are refused by name.
#[test]
fn other_questions_are_refused_by_name() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 60);
        for (agency, purpose, arguments, code, named) in [
            ("undp", "STATISTICS", "groupBy: [PLACE]", "FORBIDDEN", "PLACE (LOCATION)"),
            (
                "undp",
                "STATISTICS",
                "groupBy: [], filter: { solution: { kind: { eq: RESETTLEMENT } } }",
                "FORBIDDEN",
                "SOLUTION_KIND",
            ),
            ("embassy-us", "PROTECTION_ADVOCACY", "groupBy: [SPECIFIC_NEED]", "FORBIDDEN", "SPECIFIC_NEED"),
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
