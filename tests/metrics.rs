//! Metrics, and what is made of them.

use crate::harness::{Engine, TestApp};
use std::collections::BTreeSet;

/// The names of metrics in a text.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|character: char| !character.is_ascii_lowercase() && character != '_');
    let of = |word: &str| word.trim_end_matches("_bucket").trim_end_matches("_total").to_owned();
    words.filter(|word| word.starts_with("panoh_")).map(of).collect()
}

/// Alerts and the dashboard name metrics that there are, and none names anybody but clients.
#[test]
fn alerts_and_dashboard_name_what_is_measured() {
    let app = TestApp::demo(Engine::Sqlite, 10);
    app.data("undp", "{ viewer { purpose } }");
    app.code("undp", "{ nothing }");
    let metrics = app.metrics();
    let types = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let measured: BTreeSet<String> = types.map(str::to_owned).collect();
    for text in [include_str!("../monitoring/alerts.yml"), include_str!("../monitoring/dashboard.json")] {
        let named = named(text);
        assert!(named.len() > 5);
        assert_eq!(named.difference(&measured).collect::<Vec<_>>(), Vec::<&String>::new());
    }
    assert!(metrics.contains("panoh_ready 1"), "{metrics}");
    assert!(metrics.contains("panoh_budget_remaining{client=\"undp/undp data office\"}"), "{metrics}");
    assert!(metrics.contains("panoh_graphql_errors_total{code=\"VALIDATION\"} 1"), "{metrics}");
}
