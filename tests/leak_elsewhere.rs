//! The canaries of the leak test, looked for beside the rows: in records, previews, errors and logs.

use crate::audit::url;
use crate::changes::client;
use crate::harness::{TestApp, each_engine};
use crate::leak::{HIDDEN, SHARED, Walker, canaries, holds, plant};
use panoh::domain::Vocabulary;
use panoh::domain::category::DataCategory;
use panoh::domain::client::Role;
use serde_json::{Value, json};
use std::io::Read;
use std::process::{Command, Stdio};

const AGENCIES: [&str; 4] = ["unhcr", "undp", "embassy-us", "embassy-ca"];

/// Every canary of a person outside some categories.
fn outside(granted: &[DataCategory]) -> Vec<String> {
    let all = canaries(HIDDEN).into_values().chain(canaries(SHARED).into_values());
    all.filter(|(_, category)| !granted.contains(category)).map(|(value, _)| value).collect()
}

/// Questions that fail, with canaries where values belong.
fn failing() -> Vec<Value> {
    let query = |query: &str| json!({ "query": query });
    vec![
        query("{ individuals(first: 1, filter: { legalStatus: { eq: \"canary-family-1\" } }) { totalCount } }"),
        query("{ individuals(first: 1, filter: { familyName: { eq: [\"canary-family-1\"] } }) { totalCount } }"),
        query("{ individuals(first: 1, filter: { dateOfBirth: { gte: \"canary-given-1\" } }) { totalCount } }"),
        query("{ individuals(first: 1, filter: { nationality: { eq: \"canary-given-1\" } }) { totalCount } }"),
        query("{ individuals(first: 1, filter: { specificNeed: { eq: \"canary-given-1\" } }) { totalCount } }"),
        query("{ individuals(first: 1, after: \"canary-given-1\") { totalCount } }"),
        query("{ individuals(first: \"canary-given-1\") { totalCount } }"),
        query("{ node(id: \"canary-given-1\") { id } }"),
        query("{ individuals(first: 1) { nodes { familyName \"canary-given-1\" } } }"),
        query(
            "mutation { recordConsent(input: { individualId: \"canary-given-1\", recipientCode: \"canary-family-1\", \
            purpose: RESETTLEMENT, given: true }) { userErrors { message } } }",
        ),
        query(
            "{ caseloadStatistics(groupBy: [], filter: { familyName: { eq: \"canary-family-1\" } }) { total { count } } }",
        ),
        json!({ "query": "query ($n: Int!) { individuals(first: $n) { totalCount } }", "variables": { "n": "canary-phone-1" } }),
        json!({ "query": "query ($f: IndividualFilter) { individuals(first: 1, filter: $f) { totalCount } }",
            "variables": { "f": { "legalStatus": { "eq": "canary-given-1" } } } }),
    ]
}

/// Records, previews and errors hold no canary that the one who reads them may not see.
#[test]
fn no_record_preview_or_error_shows_what_is_not_granted() {
    each_engine(|engine| {
        for granted in [DataCategory::Identity, DataCategory::Protection, DataCategory::Location] {
            let app = TestApp::demo(engine, 30);
            let walker = Walker::new(&app);
            plant(&app, granted);
            for agency in AGENCIES {
                walker.everything(&app, agency);
                for failing in failing() {
                    let answer = app.post().bearer_auth(app.key(agency)).body(failing.to_string()).send().unwrap();
                    let text = answer.text().unwrap();
                    assert!(text.contains("\"errors\"") || text.contains("userErrors"), "{failing}: {text}");
                    assert!(!text.contains("canary-"), "{failing}: {text}");
                }
            }
            let holder = client(&app, "planter", Role::DataOfficer);
            let ask = |query: &str| -> Value {
                let body = json!({ "query": query }).to_string();
                let answer: Value = app.post().bearer_auth(&holder).body(body).send().unwrap().json().unwrap();
                assert!(answer.get("errors").is_none(), "{answer}");
                answer
            };
            let people = ask("{ individuals(first: 9) { nodes { id } } }");
            let entry = walker.select("AccessLogConnection", 3, None);
            let mut read = 0;
            for person in people["data"]["individuals"]["nodes"].as_array().unwrap() {
                let log = format!("{{ accessLog(individualId: {}, first: 100) {{ {entry} }} }}", person["id"]);
                let own = ask(&log).to_string();
                read += own.matches("embassy-ca").count();
                assert!(!outside(&[]).iter().any(|canary| holds(&own, canary)), "{own}");
                for agency in AGENCIES {
                    let refused = app.ask(agency, &log);
                    assert!(refused["data"].is_null(), "{refused}");
                }
            }
            assert!(read > 0, "the embassy has read a canary");
            let categories = [DataCategory::Demographics, granted];
            let codes = categories.map(Vocabulary::code).join(" ");
            let terms = format!(
                "reference: \"P\", providerCode: \"planter\", recipientCode: \"embassy-us\", purpose: RESETTLEMENT, level: IDENTIFIED, \
                 categories: [{codes}], scope: {{ nationalities: [\"PNG\", \"VUT\"] }}, consentRequired: false, \
                 validFrom: \"2025-01-01\", validUntil: \"2027-01-01\""
            );
            let sample = walker.select("Individual", 3, None);
            let preview = |more: &str| {
                format!(
                    "{{ agreementPreview(input: {{ terms: {{ {terms} }} }}) {{ preview {{ {more} }} userErrors {{ message }} }} }}"
                )
            };
            let seen = ask(&preview(&format!("sample {{ {sample} }}"))).to_string();
            // The codes of what is shown may be those of what is not, such as a country.
            for canary in outside(&categories).iter().filter(|canary| canary.contains("canary")) {
                assert!(!holds(&seen, canary), "the preview of {codes} shows {canary}");
            }
            assert!(canaries(SHARED).into_values().any(|(value, of)| of == granted && holds(&seen, &value)), "{seen}");
            for agency in AGENCIES {
                let refused = app.ask(agency, &preview("people")).to_string();
                assert!(!refused.contains("\"people\""), "{agency}: {refused}");
            }
        }
    });
}

/// However much is logged, it holds no canary and no key: neither of rows nor of what clients send.
#[test]
fn no_log_holds_people_keys_or_variables() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 30);
        let walker = Walker::new(&app);
        plant(&app, DataCategory::Identity);
        let folder = tempfile::TempDir::new().unwrap();
        let secret_file = folder.path().join("secret");
        std::fs::write(&secret_file, "2a".repeat(32)).unwrap();
        let log = folder.path().join("log");
        let mut server = Command::new(env!("CARGO_BIN_EXE_panoh"))
            .args(["serve", "--listen", "127.0.0.1:0", "--secret-key-file"])
            .arg(&secret_file)
            .env("PANOH_DATABASE", url(&app.database.address))
            .env("PANOH_LOG", "trace")
            .env("NO_COLOR", "1")
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let written = || std::fs::read_to_string(&log).unwrap();
        let started = std::time::Instant::now();
        while !written().contains("serving address=") {
            assert!(started.elapsed().as_secs() < 30, "the server does not start");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        let address = written().split("serving address=").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        let client = reqwest::blocking::Client::new();
        let page = walker.select("IndividualConnection", 3, None);
        let mut asked = failing();
        asked.push(json!({ "query": format!("{{ individuals(first: 50) {{ {page} }} }}") }));
        for agency in AGENCIES {
            for body in &asked {
                let request = client.post(format!("http://{address}/graphql")).bearer_auth(app.key(agency));
                let mut answer = String::new();
                let request = request.header("content-type", "application/json").body(body.to_string());
                request.send().unwrap().read_to_string(&mut answer).unwrap();
            }
        }
        server.kill().unwrap();
        server.wait().unwrap();
        let log = written();
        assert!(log.lines().count() > 50, "{log}");
        let line_with = |text: &str| log.lines().find(|line| line.contains(text)).map(str::to_owned);
        assert_eq!(line_with("canary"), None);
        for agency in AGENCIES {
            assert_eq!(line_with(&app.key(agency)), None);
        }
        assert_eq!(line_with("Bearer"), None);
    });
}
