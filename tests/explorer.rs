use crate::harness::{Engine, TestApp};
use std::process::Command;

/// In real Chromium the explorer opens, takes a key, runs a query and shows people, and asks nothing of another host.
#[test]
fn the_explorer_works_in_chromium() {
    let app = TestApp::demo(Engine::Sqlite, 100);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/explorer/explorer.mjs");
    let output =
        Command::new("node").args([script, &app.url("/"), &app.key("unhcr"), &app.key("undp")]).output().expect("node");
    let printed = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&printed));
}

/// Every example in the explorer's tabs runs as the agency that it names, without an error.
#[test]
fn every_example_runs_as_its_agency() {
    let app = TestApp::demo(Engine::Sqlite, 100);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/explorer/examples");
    let mut run = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let query = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let comment =
            |name: &str| query.lines().find_map(|line| line.strip_prefix(&format!("# {name}:"))).unwrap_or_default();
        let agencies = [("unhcr", "UNHCR"), ("undp", "UNDP"), ("embassy-us", "US"), ("embassy-ca", "Canad")];
        // An example for any client is run as UNHCR, for whatever purpose.
        let agency =
            agencies.iter().find(|(_, name)| comment("Run as").contains(name)).map_or("unhcr", |(code, _)| code);
        let purpose =
            comment("Purpose").split_whitespace().next().filter(|purpose| *purpose != "any").map(str::to_owned);
        let answer = app.ask_for(agency, purpose.as_deref(), &query, serde_json::json!({}));
        assert!(answer.get("errors").is_none(), "{query}\n{answer}");
        run += 1;
    }
    assert!(run >= 5, "only {run} examples");
}
