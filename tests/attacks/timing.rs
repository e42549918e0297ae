//! Telling the registration number of somebody hidden from one of nobody by the time that the answer takes.

use crate::harness::{TestApp, each_engine};
use serde_json::Value;
use std::time::{Duration, Instant};

/// How many questions of a kind an attacker times for one guess.
const SAMPLE: usize = 12;

/// How often the attacker guesses.
const GUESSES: usize = 40;

fn numbers(app: &TestApp, agency: &str) -> Vec<String> {
    let page = "{ individuals(first: 100) { nodes { registrationNumber } } }";
    let nodes = app.data(agency, page)["individuals"]["nodes"].clone();
    let number = |node: &Value| node["registrationNumber"].as_str().unwrap().to_owned();
    nodes.as_array().unwrap().iter().map(number).collect()
}

/// The median time of an answer to twenty conditions on a number.
fn time(app: &TestApp, number: &str) -> Duration {
    let field = |index: usize| {
        format!(
            "f{index}: individuals(first: 1, filter: {{ registrationNumber: {{ eq: \"{number}\" }} }}) {{ nodes {{ id }} }}"
        )
    };
    let query = format!("{{ {} }}", (0..20).map(field).collect::<Vec<_>>().join(" "));
    let mut times: Vec<Duration> = (0..SAMPLE)
        .map(|_| {
            let started = Instant::now();
            app.data("embassy-ca", &query);
            started.elapsed()
        })
        .collect();
    times.sort();
    times[SAMPLE / 2]
}

/// Lookups start from what the viewer may see: an attacker who times both kinds of number guesses which is which no better than by
/// tossing a coin.
#[test]
fn time_does_not_tell_somebody_hidden_from_nobody() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 400);
        let visible = numbers(&app, "embassy-ca");
        let hidden: Vec<String> =
            numbers(&app, "unhcr").into_iter().filter(|number| !visible.contains(number)).collect();
        let mut right = 0;
        for guess in 0..GUESSES {
            let hidden = &hidden[guess % hidden.len()];
            // As long, and of the same letters.
            let nobody = hidden.chars().rev().collect::<String>();
            let (first, second) =
                if guess % 2 == 0 { (hidden.as_str(), nobody.as_str()) } else { (nobody.as_str(), hidden.as_str()) };
            let first_takes_longer = time(&app, first) > time(&app, second);
            right += usize::from(first_takes_longer == (guess % 2 == 0));
        }
        println!("{engine:?}: {right} of {GUESSES} guesses by time are right (chance: {})", GUESSES / 2);
        assert!(right <= GUESSES * 3 / 4, "{right} of {GUESSES}");
    });
}
