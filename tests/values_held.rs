//! Lists that have no page are as long as they are: what a request may hold of them, and what one that changes something.

use crate::caseload_changes::{done, register};
use crate::harness::{TestApp, each_engine};
use crate::protection::record;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Thirty people who suffered twenty incidents together.
fn suffered(app: &TestApp) -> Vec<Value> {
    let people: Vec<Value> = (0..30).map(|nth| done(&register(app, &format!("NEW-{nth}"), "", ""))).collect();
    let all: Vec<&Value> = people.iter().collect();
    for _ in 0..20 {
        let ids: Vec<String> = all.iter().map(|person| person["id"].to_string()).collect();
        let input = format!("individualIds: [{}], kind: OTHER", ids.join(", "));
        let document = format!("mutation {{ recordIncident(input: {{ {input} }}) {{ userErrors {{ message }} }} }}");
        assert_eq!(app.data("unhcr", &document)["recordIncident"]["userErrors"], json!([]));
    }
    people
}

const AFFECTED: &str = "incidents { kind affected { familyName } }";

/// A query is ended when it would hold more than it may, and asks for less then.
#[test]
fn a_request_holds_no_more_values_than_it_may() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let people = suffered(&app);
        let new = "filter: { registrationNumber: { startsWith: \"NEW\" } }";
        let page = |first: usize| format!("{{ individuals(first: {first}, {new}) {{ nodes {{ {AFFECTED} }} }} }}");
        let shown = app.data("unhcr", &page(10));
        let of_first = &shown["individuals"]["nodes"][0]["incidents"];
        assert_eq!((of_first.as_array().unwrap().len(), of_first[0]["affected"].as_array().unwrap().len()), (20, 30));
        assert!(app.ask("unhcr", &page(20)).get("errors").is_none(), "a large one, alone");
        assert_eq!(app.code("unhcr", &page(20).replace(AFFECTED, &format!("{AFFECTED} again: {AFFECTED}"))), "LIMIT");
        let one = |aliases: usize| {
            let each: Vec<String> = (0..aliases).map(|nth| format!("a{nth}: {AFFECTED}")).collect();
            format!("{{ node(id: {}) {{ ... on Individual {{ {} }} }} }}", people[0]["id"], each.join(" "))
        };
        assert!(app.ask("unhcr", &one(10)).get("errors").is_none());
        assert_eq!(app.code("unhcr", &one(60)), "LIMIT", "each alias holds them once more");
    });
}

/// What all requests of a client hold together is bounded as well: whoever is over it may come back when others have ended.
#[test]
fn a_clients_requests_hold_no_more_values_together_than_they_may() {
    each_engine(|engine| {
        let mut app = TestApp::demo(engine, 20);
        app.set_connections(32);
        suffered(&app);
        let new = "filter: { registrationNumber: { startsWith: \"NEW\" } }";
        let page = |first: usize| {
            let document = format!("{{ individuals(first: {first}, {new}) {{ nodes {{ {AFFECTED} }} }} }}");
            let body = json!({ "query": document }).to_string();
            app.post().bearer_auth(app.key("unhcr")).body(body).send().unwrap()
        };
        // Eight at once that have room by themselves; then larger ones, of which there is one at a time.
        for first in [6, 20] {
            assert_eq!(page(first).status(), 200, "it has room alone");
            let (is_told, until) = (AtomicBool::new(false), Instant::now() + Duration::from_secs(60));
            let again = || {
                while !is_told.load(Ordering::Relaxed) && Instant::now() < until {
                    let response = page(first);
                    if response.status() != 200 {
                        assert_eq!(response.status(), 429, "{response:?}");
                        assert_eq!(response.headers()["retry-after"], "1");
                        let text = response.text().unwrap();
                        assert!(text.contains("ask for fewer at once") && !text.contains("\"data\""), "{text:.300}");
                        is_told.store(true, Ordering::Relaxed);
                    }
                }
            };
            std::thread::scope(|scope| {
                (0..8).for_each(|_| drop(scope.spawn(again)));
            });
            assert!(is_told.into_inner());
            assert_eq!(page(first).status(), 200, "nothing is held any more");
        }
    });
}

/// The library counts the type's name for nobody, so a selection asks for it a few times at most.
#[test]
fn a_selection_asks_for_its_type_a_few_times() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let names = |number: usize| {
            let each: Vec<String> = (0..number).map(|nth| format!("t{nth}: __typename")).collect();
            format!("{{ individuals(first: 1) {{ nodes {{ ... on Individual {{ {} }} }} }} }}", each.join(" "))
        };
        assert!(app.ask("unhcr", &names(10)).get("errors").is_none());
        assert_eq!(app.code("unhcr", &names(11)), "LIMIT");
        assert_eq!(app.code("unhcr", &format!("{{ {} }}", "__typename ".repeat(11))), "LIMIT");
    });
}

/// Others wait until the answer to a change is made: it may hold less, and nothing is changed if it would hold more.
#[test]
fn a_change_whose_answer_is_too_large_is_not_made() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let people = suffered(&app);
        let consent = |aliases: usize| {
            let each: Vec<String> = (0..aliases).map(|nth| format!("a{nth}: {AFFECTED}")).collect();
            format!(
                "mutation {{ recordConsent(input: {{ individualId: {}, recipientCode: \"undp\", purpose: PROGRAMME_DELIVERY, given: true }}) \
                 {{ individual {{ {} }} userErrors {{ message }} }} }}",
                people[0]["id"],
                each.join(" ")
            )
        };
        let consents = || {
            let query =
                format!("{{ node(id: {}) {{ ... on Individual {{ consents {{ decision }} }} }} }}", people[0]["id"]);
            app.data("unhcr", &query)["node"]["consents"].as_array().unwrap().len()
        };
        assert_eq!(app.code("unhcr", &consent(10)), "LIMIT");
        assert_eq!(consents(), 0);
        assert_eq!(app.data("unhcr", &consent(1))["recordConsent"]["userErrors"], json!([]));
        assert_eq!(consents(), 1);
        done(&record(&app, &[&people[0]], "kind: OTHER"));
    });
}
