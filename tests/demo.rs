use crate::harness::app::today;
use crate::harness::{TestApp, each_engine};
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl};
use panoh::store::database::connection::AnyConnection;
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

/// Who is covered by each of the demo's agreements, counted by statements of our own from sections 4 and 8 of the design.
#[test]
fn each_agency_sees_exactly_its_share() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 1_500);
        let day = today();
        let consented = |agency: &str, purpose: &str| {
            format!(
                "(SELECT c.decision FROM consents c JOIN agencies a ON a.id = c.recipient_id WHERE c.individual_id = i.id AND a.code = '{agency}' \
                 AND c.purpose = '{purpose}' AND (c.expires_on IS NULL OR c.expires_on >= '{day}') AND c.recorded_at = (SELECT max(n.recorded_at) \
                 FROM consents n WHERE n.individual_id = c.individual_id AND n.recipient_id = c.recipient_id AND n.purpose = c.purpose)) = 'GIVEN'"
            )
        };
        let resettled = |country: &str, stages: &str| {
            format!(
                "EXISTS (SELECT 1 FROM solutions s WHERE s.individual_id = i.id AND s.kind = 'RESETTLEMENT' AND s.destination = '{country}' \
                 AND s.stage IN ({stages}))"
            )
        };
        let later = "'SUBMITTED', 'INTERVIEWED', 'ACCEPTED', 'DEPARTED'";
        let enrolled = format!(
            "EXISTS (SELECT 1 FROM enrolments e JOIN programmes p ON p.id = e.programme_id WHERE e.individual_id = i.id \
             AND p.kind IN ('MICRO_CREDIT', 'HOUSING', 'SCHOOL') AND (e.ended_on IS NULL OR e.ended_on > '{day}'))"
        );
        let us_cases = format!("{} AND {}", resettled("USA", later), consented("embassy-us", "RESETTLEMENT"));
        let in_pool = "EXISTS (SELECT 1 FROM places p WHERE p.id = i.region_id AND p.code IN ('3501000', '3505000'))";
        let refused = "EXISTS (SELECT 1 FROM consents c JOIN agencies a ON a.id = c.recipient_id WHERE c.individual_id = i.id AND a.code = 'embassy-us' \
             AND c.purpose = 'RESETTLEMENT' AND c.newest AND c.decision <> 'GIVEN')";
        let us_pool =
            format!("{} AND {in_pool} AND NOT {refused}", resettled("USA", &format!("'IDENTIFIED', {later}")));
        let shares = [
            ("undp", format!("{enrolled} AND {}", consented("undp", "PROGRAMME_DELIVERY"))),
            ("embassy-us", format!("({us_cases}) OR ({us_pool})")),
            ("embassy-ca", format!("{} AND {}", resettled("CAN", later), consented("embassy-ca", "RESETTLEMENT"))),
        ];
        for (agency, condition) in shares {
            let expected = numbers(&app, &condition);
            let held = "{ individuals(first: 1) { totalCount } }";
            assert_eq!(app.data(agency, held)["individuals"]["totalCount"], expected.len(), "{agency}");
            assert!(!expected.is_empty(), "{agency}");
        }
        let shown = |agency: &str| {
            let mut seen = BTreeSet::new();
            let mut after = String::new();
            loop {
                let query = format!(
                    "{{ individuals(first: 100{after}) {{ nodes {{ registrationNumber }} pageInfo {{ hasNextPage endCursor }} }} }}"
                );
                let data = app.data(agency, &query);
                seen.extend(
                    nodes(&data).iter().filter_map(|node| node["registrationNumber"].as_str().map(str::to_owned)),
                );
                if data["individuals"]["pageInfo"]["hasNextPage"] != true {
                    return seen;
                }
                after = format!(", after: {}", data["individuals"]["pageInfo"]["endCursor"]);
            }
        };
        assert_eq!(
            shown("undp"),
            numbers(&app, &format!("{enrolled} AND {}", consented("undp", "PROGRAMME_DELIVERY")))
        );
        assert_eq!(
            shown("embassy-us"),
            numbers(&app, &us_cases),
            "identity is revealed for the cases, not for the pool"
        );
    });
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Text)]
    registration_number: String,
}

/// The registration numbers of the people of whom a condition of SQL holds.
fn numbers(app: &TestApp, condition: &str) -> BTreeSet<String> {
    let query = diesel::sql_query(format!("SELECT i.registration_number FROM individuals i WHERE {condition}"));
    let found: Vec<Number> = match &mut app.database.address.connect(false).unwrap() {
        AnyConnection::Sqlite(sqlite) => query.load(sqlite).unwrap(),
        AnyConnection::Postgresql(postgres) => query.load(postgres).unwrap(),
    };
    found.into_iter().map(|row| row.registration_number).collect()
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
