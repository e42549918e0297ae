use crate::harness::{Engine, TestApp};
use serde_json::json;

/// The recorded queries get the same answers on both databases, byte for byte: the demo's keys are the same on both.
#[test]
fn both_databases_give_the_same_answers() {
    let sqlite = TestApp::demo(Engine::Sqlite, 1_500);
    let postgres = TestApp::demo(Engine::Postgres, 1_500);
    let mut asked = 0;
    for line in include_str!("same_answers.txt").lines().filter(|line| !line.starts_with('#')) {
        let [agency, purpose, query] = line.splitn(3, '|').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let purpose = Some(purpose).filter(|purpose| !purpose.is_empty());
        let answer = |app: &TestApp| {
            let mut request = app.post().bearer_auth(app.key(agency)).body(json!({ "query": query }).to_string());
            if let Some(purpose) = purpose {
                request = request.header("Panoh-Purpose", purpose);
            }
            request.send().unwrap().text().unwrap()
        };
        let answers = (answer(&sqlite), answer(&postgres));
        assert!(!answers.0.contains("\"errors\""), "{query}: {}", answers.0);
        assert!(answers.0 == answers.1, "{query}\n{}\n{}", answers.0, answers.1);
        asked += 1;
    }
    assert!(asked >= 40, "only {asked} queries");
}
