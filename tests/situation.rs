//! The situation in a country: what is published, and for the holder who is recorded, person by person.

use crate::caseload_changes::{coverage_is_kept, done, register};
use crate::harness::app::today;
use crate::harness::{TestApp, each_engine};
use crate::imports::load;
use crate::solutions::{change, first, identify, move_on};
use panoh::import::Kind;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const LINES: &str = "lines { movement isWhole country published { value certainty fromYear untilYear source difference } \
    recorded { people undated } }";

pub fn situation(app: &TestApp, agency: &str, country: &str, more: &str) -> Value {
    let query = format!("{{ situation(country: \"{country}\"{more}) {{ country asOf unplaced {LINES} }} }}");
    app.data(agency, &query)["situation"].clone()
}

/// A line of a movement: as a whole, or of a country.
fn line<'s>(situation: &'s Value, movement: &str, country: Option<&str>) -> &'s Value {
    let is_it = |line: &&Value| {
        line["movement"] == movement && line["isWhole"] == country.is_none() && line["country"] == json!(country)
    };
    situation["lines"].as_array().unwrap().iter().find(is_it).unwrap_or_else(|| panic!("{movement}: {situation}"))
}

/// How many people there are by movement and country, and by movement as a whole.
pub type Counted = BTreeMap<String, i64>;

pub fn key(movement: &str, part: &str) -> String {
    format!("{movement} {part}")
}

/// How many are recorded in each line.
pub fn recorded(situation: &Value) -> Counted {
    let lines = situation["lines"].as_array().unwrap().iter();
    let counted = lines.map(|line| {
        let part = if line["isWhole"] == true { "whole".to_owned() } else { line["country"].to_string() };
        (key(line["movement"].as_str().unwrap(), &part), line["recorded"]["people"].as_i64().unwrap())
    });
    counted.filter(|(_, people)| *people > 0).collect()
}

/// The demo states the figures of the report that it is made after, to everybody, with how sure the report is of each.
#[test]
fn the_demo_states_the_report() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 1500);
        for agency in ["unhcr", "undp", "embassy-us", "embassy-ca"] {
            let situation = situation(&app, agency, "TJK", "");
            assert_eq!(situation["asOf"], today().to_string());
            for (movement, country, value, certainty) in [
                ("REMAINING", None, json!(1500), "EXACT"),
                ("REMAINING", Some("AFG"), json!(1470), "EXACT"),
                ("RETURNED_ASSISTED", None, json!(53_000), "AT_LEAST"),
                ("RETURNED_SPONTANEOUS", None, Value::Null, "UNKNOWN"),
                ("RESETTLED", None, json!(1400), "ABOUT"),
                ("RESETTLED", Some("CAN"), json!(1400), "ABOUT"),
            ] {
                let published = &line(&situation, movement, country)["published"];
                assert_eq!(published.as_array().unwrap().len(), 1, "{agency} {movement} {published}");
                assert_eq!(
                    (&published[0]["value"], &published[0]["certainty"]),
                    (&value, &json!(certainty)),
                    "{movement}"
                );
                assert!(published[0]["source"].as_str().unwrap().starts_with("Diplomatic report"), "{published}");
            }
            assert_eq!(line(&situation, "NATURALISED", None)["published"], json!([]), "nothing published is not zero");
            let held = agency == "unhcr";
            for line in situation["lines"].as_array().unwrap() {
                assert_eq!(line["recorded"].is_object(), held, "{agency} {line}");
                for published in line["published"].as_array().unwrap() {
                    assert_eq!(published["difference"].is_null(), !held || published["value"].is_null(), "{line}");
                }
            }
            assert_eq!(situation["unplaced"].is_null(), !held);
        }
        let elsewhere = situation(&app, "unhcr", "CAN", "");
        assert_eq!(
            line(&elsewhere, "RESETTLED", None)["published"],
            json!([]),
            "they were resettled from Tajikistan, not Canada"
        );
        assert!(recorded(&elsewhere).is_empty());
    });
}

/// Everybody whom the holder has recorded, as a list of people gives them: the same lines, counted by hand.
pub fn by_hand(app: &TestApp, day: &str) -> Counted {
    let mut counted = Counted::new();
    let mut after = String::new();
    loop {
        let query = format!(
            "{{ individuals(first: 100{after}) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ region {{ id }} nationality registeredOn closedAs closedOn \
             solutions {{ kind form stage stageOn destination assisted }} }} }} }}"
        );
        let page = app.data("unhcr", &query)["individuals"].clone();
        for person in page["nodes"].as_array().unwrap() {
            let by = |value: &Value| value.as_str().is_none_or(|value| value <= day);
            if person["region"].is_null() {
                *counted.entry("unplaced".to_owned()).or_default() += i64::from(by(&person["registeredOn"]));
                continue;
            }
            let closed = person["closedOn"].as_str().is_some_and(|closed| closed <= day);
            if by(&person["registeredOn"]) || closed {
                *counted.entry("registered".to_owned()).or_default() += 1;
            }
            let mut add = |movement: &str, country: &Value| {
                *counted.entry(key(movement, &country.to_string())).or_default() += 1;
                *counted.entry(key(movement, "whole")).or_default() += 1;
            };
            if by(&person["registeredOn"]) && !closed {
                add("REMAINING", &person["nationality"]);
            }
            let solutions = person["solutions"].as_array().unwrap();
            for granted in solutions.iter().filter(|one| one["stage"] == "GRANTED" && by(&one["stageOn"])) {
                match granted["form"].as_str() {
                    Some("CITIZENSHIP") => add("NATURALISED", &person["nationality"]),
                    Some(_) => add("GRANTED_RESIDENCE", &person["nationality"]),
                    None => {}
                }
            }
            if !closed {
                continue;
            }
            let left = |one: &&Value| {
                one["stage"] == "DEPARTED" && (one["stageOn"].is_null() || one["stageOn"] == person["closedOn"])
            };
            // Of several on one day resettlement counts.
            let left = solutions.iter().filter(left).min_by_key(|one| one["kind"].as_str().unwrap().to_owned());
            match (person["closedAs"].as_str(), left) {
                (Some("DECEASED"), _) => add("DIED", &person["nationality"]),
                (_, None) => add("DEPARTED_OTHERWISE", &person["nationality"]),
                (_, Some(left)) if left["kind"] == "RESETTLEMENT" => add("RESETTLED", &left["destination"]),
                (_, Some(left)) => {
                    let to = if left["destination"].is_null() { &person["nationality"] } else { &left["destination"] };
                    match left["assisted"].as_bool() {
                        Some(true) => add("RETURNED_ASSISTED", to),
                        Some(false) => add("RETURNED_SPONTANEOUS", to),
                        None => add("RETURNED", to),
                    }
                }
            }
        }
        if page["pageInfo"]["hasNextPage"] == false {
            return counted;
        }
        after = format!(", after: {}", page["pageInfo"]["endCursor"]);
    }
}

/// Each step moves one person from one line to another, on its day and not before; nobody but the holder sees anything of it.
#[test]
fn it_adds_up_person_by_person() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        let others = || {
            let query = format!(
                "{{ situation(country: \"TJK\") {{ unplaced {LINES} released {{ total {{ count }} cells {{ key {{ value }} cell {{ count }} }} }} }} }}"
            );
            let undp = app.ask_for("undp", Some("STATISTICS"), &query, json!({}));
            [undp, app.ask("undp", &query), app.ask("embassy-us", &query), app.ask("embassy-ca", &query)]
        };
        let seen_by_others = others();
        let check = |day: &str| {
            let live = situation(&app, "unhcr", "TJK", &format!(", asOf: \"{day}\""));
            let mut by_hand = by_hand(&app, day);
            assert_eq!(live["unplaced"].as_i64(), by_hand.remove("unplaced"), "{day}");
            let movements = [
                "REMAINING",
                "RETURNED",
                "RETURNED_ASSISTED",
                "RETURNED_SPONTANEOUS",
                "RESETTLED",
                "DIED",
                "DEPARTED_OTHERWISE",
            ];
            let registered = by_hand.remove("registered").unwrap_or_default();
            let counted =
                movements.iter().map(|movement| by_hand.get(&key(movement, "whole")).copied().unwrap_or_default());
            assert_eq!(counted.sum::<i64>(), registered, "everybody remains, has left or has died: {day}");
            assert_eq!(recorded(&live), by_hand, "{day}");
            assert_eq!(seen_by_others, others());
            live
        };
        let count = |live: &Value, movement: &str| line(live, movement, None)["recorded"]["people"].as_i64().unwrap();
        let today = today().to_string();
        for day in ["1999-12-31", "2004-06-01"] {
            check(day);
        }
        let before = check(&today);
        let people: Vec<Value> =
            (1..=6).map(|number| done(&register(&app, &format!("TJK-NEW-{number}"), "", ""))).collect();
        let mut remaining = count(&before, "REMAINING") + 6;
        assert_eq!(count(&check(&today), "REMAINING"), remaining);
        let solve = |person: &Value, identified: &str, steps: &[&str]| {
            let pursued = first(&done(&identify(&app, person, &format!("{identified}, on: \"2020-01-01\""))));
            steps.iter().for_each(|step| {
                done(&move_on(&app, &pursued, step));
            });
        };
        let close = |person: &Value, closed_as: &str| {
            let input = format!("individualId: {}, closedAs: {closed_as}, closedOn: \"2020-03-01\"", person["id"]);
            done(&change(&app, "closeIndividual", &input));
        };
        let home = "kind: VOLUNTARY_REPATRIATION";
        let left = "stage: DEPARTED, on: \"2020-03-01\"";
        let granted = ["stage: SUBMITTED, on: \"2020-02-01\"", "stage: GRANTED, on: \"2020-03-01\""];
        let steps: [(&str, i64, &dyn Fn()); 6] = [
            ("RETURNED_ASSISTED", 1, &|| {
                solve(&people[0], &format!("{home}, details: {{ assisted: true }}"), &[granted[0], left]);
            }),
            ("RETURNED", 1, &|| solve(&people[1], home, &[left])),
            ("RESETTLED", 1, &|| {
                let submitted = "stage: SUBMITTED, on: \"2020-02-01\", details: { submissionCategory: LPN }";
                let steps = [submitted, "stage: ACCEPTED, on: \"2020-02-02\"", left];
                solve(&people[2], "kind: RESETTLEMENT, details: { destination: \"CAN\" }", &steps);
            }),
            ("NATURALISED", 0, &|| {
                solve(&people[3], "kind: LOCAL_INTEGRATION, details: { form: CITIZENSHIP }", &granted);
            }),
            ("DIED", 1, &|| close(&people[4], "DECEASED")),
            ("DEPARTED_OTHERWISE", 1, &|| close(&people[5], "DEPARTED")),
        ];
        for (movement, leaves, step) in steps {
            let before = check(&today);
            step();
            let after = check(&today);
            assert_eq!(count(&after, movement), count(&before, movement) + 1, "{movement}");
            remaining -= leaves;
            assert_eq!(count(&after, "REMAINING"), remaining, "{movement}");
            let the_day_before = check("2020-02-29");
            assert_eq!(count(&the_day_before, movement), count(&check("2020-03-01"), movement) - 1, "{movement}");
        }
        // Of two departures on one day one counts.
        let everybody = |live: &Value| {
            let lines = live["lines"].as_array().unwrap().iter();
            let wholes = lines.filter(|line| {
                line["isWhole"] == true && line["movement"] != "NATURALISED" && line["movement"] != "GRANTED_RESIDENCE"
            });
            wholes.map(|line| line["recorded"]["people"].as_i64().unwrap()).sum::<i64>()
        };
        let live = || situation(&app, "unhcr", "TJK", "");
        let all = everybody(&live());
        done(&change(&app, "reopenIndividual", &format!("individualId: {}", people[1]["id"])));
        let again =
            "kind: RESETTLEMENT, details: { destination: \"CAN\", submissionCategory: LPN }, on: \"2020-03-01\"";
        let again = done(&identify(&app, &people[1], again));
        let again =
            again["solutions"].as_array().unwrap().iter().find(|one| one["kind"] == "RESETTLEMENT").unwrap().clone();
        for stage in ["SUBMITTED", "ACCEPTED", "DEPARTED"] {
            done(&move_on(&app, &again, &format!("stage: {stage}, on: \"2020-03-01\"")));
        }
        assert_eq!(everybody(&live()), all);

        // Who comes back is there again, and has not left until the next departure.
        let reopen =
            |person: &Value| done(&change(&app, "reopenIndividual", &format!("individualId: {}", person["id"])));
        reopen(&people[0]);
        assert_eq!(count(&check(&today), "REMAINING"), remaining + 1);
        assert_eq!(count(&check(&today), "RETURNED_ASSISTED"), count(&before, "RETURNED_ASSISTED"));
        let again = format!("individualId: {}, closedAs: DEPARTED, closedOn: \"2021-03-01\"", people[0]["id"]);
        done(&change(&app, "closeIndividual", &again));
        for day in ["2020-12-31", "2021-03-01", &today] {
            check(day);
        }
        coverage_is_kept(&app.database);
    });
}

const HEADER: &str = "year,coo_name,coo,coo_iso,coa_name,coa,coa_iso,refugees,asylum_seekers,returned_refugees,idps,returned_idps,stateless,ooc,oip,hst\n";

/// Of a stock the newest year counts, of a flow all years; sources are not added up; and what is unknown is not zero.
#[test]
fn published_figures_are_added_up_by_source() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 10);
        let row = |year: u32, origin: &str, figures: &str| {
            format!("{year},Afghanistan,{origin},{origin},Iran,IRN,IRN,{figures},0,0,0,0,0,0\n")
        };
        let one = [
            row(2001, "AFG", "100,5,7"),
            row(2002, "AFG", "80,6,8"),
            row(2002, "IRQ", "20,0,"),
            row(2003, "AFG", "70,0,0"),
        ];
        load(&app.database, Kind::Population, "one.csv", HEADER.to_owned() + &one.concat()).unwrap();
        let two = row(2001, "SOM", "9,0,1");
        load(&app.database, Kind::Population, "two.csv", HEADER.to_owned() + &two).unwrap();
        let until_2002 = situation(&app, "embassy-us", "IRN", ", asOf: \"2002-12-31\"");
        let published =
            |movement: &str, country: Option<&str>| line(&until_2002, movement, country)["published"].clone();
        let total = |value: Value, certainty: &str, years: (i32, i32), source: &str| json!({ "value": value, "certainty": certainty, "fromYear": years.0, "untilYear": years.1, "source": source, "difference": null });
        assert_eq!(
            published("REMAINING", None),
            json!([
                total(json!(106), "EXACT", (2002, 2002), "one.csv"),
                total(json!(9), "EXACT", (2001, 2001), "two.csv")
            ])
        );
        assert_eq!(published("REMAINING", Some("AFG")), json!([total(json!(86), "EXACT", (2002, 2002), "one.csv")]));
        assert_eq!(
            published("RETURNED", None),
            json!([
                total(json!(15), "AT_LEAST", (2001, 2002), "one.csv"),
                total(json!(1), "EXACT", (2001, 2001), "two.csv")
            ])
        );
        assert_eq!(published("RETURNED", Some("IRQ")), json!([total(Value::Null, "UNKNOWN", (2002, 2002), "one.csv")]));
        let later = situation(&app, "embassy-us", "IRN", "");
        assert_eq!(line(&later, "REMAINING", None)["published"][0]["value"], 70);
        assert_eq!(line(&later, "RETURNED", None)["published"][0]["value"], 15);
        let of_canada = situation(&app, "unhcr", "IRN", "");
        assert_eq!(line(&of_canada, "REMAINING", None)["published"][0]["difference"], -70, "nobody is recorded there");
    });
}

/// Others get the release that their agreement gives, if it was made by the day.
#[test]
fn others_get_their_release() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 400);
        let cells = "release { asOf } total { count } cells { key { value } cell { count suppressed } }";
        let released = |agency: &str, purpose: Option<&str>, more: &str| {
            let query = format!("{{ situation(country: \"TJK\"{more}) {{ released {{ {cells} }} }} }}");
            app.ask_for(agency, purpose, &query, json!({}))["data"]["situation"]["released"].clone()
        };
        let asked = format!("{{ caseloadStatistics(groupBy: [NATIONALITY]) {{ {cells} }} }}");
        let statistics =
            app.ask_for("undp", Some("STATISTICS"), &asked, json!({}))["data"]["caseloadStatistics"].clone();
        assert!(statistics["total"]["count"].is_number(), "{statistics}");
        assert_eq!(released("undp", Some("STATISTICS"), ""), statistics);
        let day = statistics["release"]["asOf"].as_str().unwrap().parse::<chrono::NaiveDate>().unwrap();
        assert_eq!(released("undp", Some("STATISTICS"), &format!(", asOf: \"{day}\"")), statistics);
        let before = day.pred_opt().unwrap();
        assert_eq!(released("undp", Some("STATISTICS"), &format!(", asOf: \"{before}\"")), Value::Null);
        for (agency, purpose) in [("unhcr", None), ("undp", None), ("embassy-us", Some("PROTECTION_ADVOCACY"))] {
            assert_eq!(released(agency, purpose, ""), Value::Null, "{agency}");
        }
    });
}

/// A day that lies in the future, or is none, and a country that is none, are refused where they stand.
#[test]
fn what_cannot_be_asked_is_refused() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 10);
        let tomorrow = today().succ_opt().unwrap();
        for (asked, at) in [
            (format!("country: \"TJK\", asOf: \"{tomorrow}\""), "asOf"),
            ("country: \"TJK\", asOf: \"2003-02-30\"".to_owned(), "asOf"),
            ("country: \"Tajikistan\"".to_owned(), "country"),
        ] {
            let answer = app.ask("unhcr", &format!("{{ situation({asked}) {{ asOf }} }}"));
            let message = answer["errors"][0]["message"].as_str().unwrap();
            assert!(message.contains(at), "{asked}: {message}");
        }
    });
}
