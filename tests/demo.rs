use crate::harness::{TestApp, each_engine};
use serde_json::Value;
use std::collections::BTreeSet;

const EVERYTHING: &str = "{ individuals(first: 100) { totalCount nodes { sex registrationNumber phone place { code } \
    legalStatus registeredOn specificNeeds { code } case { number members { id } } solutions { kind stage destination } \
    enrolments { programme { kind } } incidents { kind } redactions { category reason } } } }";

fn nodes(data: &Value) -> &Vec<Value> {
    data["individuals"]["nodes"].as_array().unwrap()
}

fn hidden(node: &Value) -> BTreeSet<String> {
    let redactions = node["redactions"].as_array().unwrap().iter();
    redactions.map(|redaction| redaction["category"].as_str().unwrap().to_owned()).collect()
}

/// The holder sees the whole caseload of the report, in full.
#[test]
fn unhcr_sees_the_whole_caseload() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 1_500);
        let data = app.data("unhcr", EVERYTHING);
        assert_eq!(data["individuals"]["totalCount"], 1_500);
        assert!(nodes(&data).iter().all(|node| hidden(node).is_empty()));
        let afghan = "{ individuals(first: 1, filter: { nationality: { eq: \"AFG\" } }) { totalCount } }";
        assert_eq!(app.data("unhcr", afghan)["individuals"]["totalCount"], 1_470);
    });
}

/// In one page the US embassy sees rows of both of its agreements, each with its own redactions and dates.
#[test]
fn the_us_embassy_sees_two_kinds_of_rows() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 1_500);
        let data = app.data("embassy-us", EVERYTHING);
        let (identified, pool): (Vec<&Value>, Vec<&Value>) =
            nodes(&data).iter().partition(|node| !hidden(node).contains("IDENTITY"));
        assert!(!identified.is_empty() && !pool.is_empty());
        for node in identified {
            assert!(node["registrationNumber"].is_string() && node["case"]["number"].is_string());
            assert!(node["phone"].is_null() && node["place"].is_null() && node["enrolments"].is_null());
        }
        for node in pool {
            assert!(node["registrationNumber"].is_null() && node["case"].is_null() && node["specificNeeds"].is_null());
            assert!(node["registeredOn"].is_null() || node["registeredOn"].as_str().unwrap().ends_with("-01-01"));
            assert_eq!(node["solutions"][0]["destination"], "USA");
            let reasons = node["redactions"].as_array().unwrap();
            assert!(
                reasons.iter().any(|redaction| redaction["category"] == "IDENTITY" && redaction["reason"] == "LEVEL")
            );
        }
    });
}

/// UNDP sees those enrolled in the programmes that it takes over, and nobody under STATISTICS.
#[test]
fn undp_sees_its_participants_for_delivery_only() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 1_500);
        let data = app.data("undp", EVERYTHING);
        assert!(!nodes(&data).is_empty());
        for node in nodes(&data) {
            let kinds: Vec<&str> = node["enrolments"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["programme"]["kind"].as_str().unwrap())
                .collect();
            assert!(kinds.iter().any(|kind| ["MICRO_CREDIT", "HOUSING", "SCHOOL"].contains(kind)), "{node}");
            assert!(node["solutions"].is_null() && node["incidents"].is_null() && node["legalStatus"].is_null());
        }
        let none = app.ask_for("undp", Some("STATISTICS"), EVERYTHING, serde_json::json!({}));
        assert_eq!(none["data"]["individuals"]["totalCount"], 0);
        let refused = app.ask_for("undp", Some("RESETTLEMENT"), EVERYTHING, serde_json::json!({}));
        assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN");
    });
}

/// Walking all pages forward and backward meets every row once, in the same order.
#[test]
fn pages_cover_the_list_in_both_directions() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 400);
        for agency in ["unhcr", "undp", "embassy-us"] {
            for order in ["REGISTERED_ON, direction: DESC", "FAMILY_NAME, direction: ASC", "ARRIVED_ON, direction: ASC"]
            {
                let forward = walk(&app, agency, order, "first", "after", "hasNextPage", "endCursor");
                let mut backward = walk(&app, agency, order, "last", "before", "hasPreviousPage", "startCursor");
                backward.reverse();
                let total =
                    app.data(agency, "{ individuals(first: 1) { totalCount } }")["individuals"]["totalCount"].clone();
                assert_eq!(forward.len(), total, "{agency} {order}");
                assert_eq!(forward, backward, "{agency} {order}");
            }
        }
    });
}

/// The ids of all pages, a page of 37 at a time; each page's rows in the direction of the walk.
fn walk(app: &TestApp, agency: &str, order: &str, size: &str, from: &str, more: &str, cursor: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut position = String::new();
    loop {
        let query = format!(
            "{{ individuals({size}: 37{position}, orderBy: {{ field: {order} }}) {{ nodes {{ id }} pageInfo {{ {more} {cursor} }} }} }}"
        );
        let data = app.data(agency, &query);
        let mut page: Vec<String> = nodes(&data).iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
        if size == "last" {
            page.reverse();
        }
        ids.extend(page);
        let info = &data["individuals"]["pageInfo"];
        if info[more] != true {
            return ids;
        }
        position = format!(", {from}: {}", info[cursor]);
    }
}
