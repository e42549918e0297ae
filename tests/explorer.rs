use crate::harness::{Engine, TestApp};
use serde_json::Value;
use std::process::Command;

/// In real Chromium the explorer opens, takes a key, runs a query and shows people, and asks nothing of another host.
#[test]
fn the_explorer_works_in_chromium() {
    let app = TestApp::demo(Engine::Sqlite, 300);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/explorer/explorer.mjs");
    let keys = ["unhcr", "undp", "embassy-us"].map(|agency| app.key(agency));
    let output = Command::new("node").args([script, &app.url("/")]).args(keys).output().expect("node");
    let printed = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&printed));
}

/// Whether an answer shows something: a list has entries, a page too, and of an object's fields one at least.
fn shows(answer: &Value) -> bool {
    match answer {
        Value::Null => false,
        Value::Array(list) => list.iter().any(shows),
        Value::Object(fields) => match fields.get("nodes") {
            Some(nodes) => shows(nodes),
            None => fields.values().any(shows),
        },
        Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// Every example in the explorer's menu runs as the agency that it names, without an error, and shows something under each of its
/// fields; each agency has two or more.
#[test]
fn every_example_runs_as_its_agency() {
    let app = TestApp::demo(Engine::Sqlite, 1_500);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/explorer/examples");
    // An example for everybody is run as UNHCR, for whatever purpose.
    let agencies = [
        ("Everybody", "unhcr"),
        ("UNHCR", "unhcr"),
        ("UNDP", "undp"),
        ("US embassy", "embassy-us"),
        ("Canadian embassy", "embassy-ca"),
    ];
    let mut run = [0; 5];
    for entry in std::fs::read_dir(folder).unwrap() {
        let query = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let comment = |name: &str| query.lines().find_map(|line| line.strip_prefix(&format!("# {name}: ")));
        let Some(number) = agencies.iter().position(|(name, _)| query.starts_with(&format!("# {name}: "))) else {
            panic!("the first line names no agency: {query}");
        };
        let purpose = comment("Purpose").expect("a purpose").split_whitespace().next();
        let purpose = purpose.filter(|purpose| *purpose != "any");
        let answer = app.ask_for(agencies[number].1, purpose, &query, serde_json::json!({}));
        assert!(answer.get("errors").is_none(), "{query}\n{answer}");
        assert!(answer["data"].as_object().unwrap().values().all(shows), "{query}\n{answer}");
        run[number] += 1;
    }
    assert!(run.iter().all(|examples| *examples >= 2), "{run:?} examples");
}
