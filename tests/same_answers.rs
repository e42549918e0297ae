use crate::harness::{Engine, TestApp};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl};
use panoh::store::database::connection::AnyConnection;
use panoh::store::visibility::deviations;
use serde_json::json;

/// Gives people and cases the row keys that they have in another database.
fn share_row_keys(from: &TestApp, to: &TestApp) {
    let mut source = from.database.address.connect(false).unwrap();
    let mut target = to.database.address.connect(false).unwrap();
    for (table, of, column) in [("row_keys", "individual_id", "row_key"), ("case_keys", "case_id", "case_key")] {
        let keys = diesel::sql_query(format!("SELECT {of} AS id, recipient_id, purpose, row_key FROM {table}"));
        let keys: Vec<Known> = match &mut source {
            AnyConnection::Sqlite(sqlite) => keys.load(sqlite).unwrap(),
            AnyConnection::Postgresql(postgres) => keys.load(postgres).unwrap(),
        };
        assert!(keys.len() > 100);
        let values =
            keys.iter().map(|key| format!("({}, {}, '{}', {})", key.id, key.recipient_id, key.purpose, key.row_key));
        let values = values.collect::<Vec<_>>().join(", ");
        let person = if table == "row_keys" { "coverages.individual_id" } else { "individuals.case_id" };
        let shared = format!(
            "CREATE TEMPORARY TABLE shared (id, recipient_id, purpose, row_key) AS VALUES {values}; \
             UPDATE {table} SET row_key = shared.row_key FROM shared WHERE shared.id = {of} \
                 AND shared.recipient_id = {table}.recipient_id AND shared.purpose = {table}.purpose; \
             UPDATE coverages SET {column} = shared.row_key FROM shared, individuals, ( \
                     SELECT id, recipient_id, purpose FROM agreements \
                     UNION ALL SELECT -id, id, 'CASE_MANAGEMENT' FROM agencies) AS basis \
                 WHERE basis.id = basis_id AND individuals.id = coverages.individual_id AND shared.id = {person} \
                     AND shared.recipient_id = basis.recipient_id AND shared.purpose = basis.purpose \
                     AND coverages.{column} IS NOT NULL; \
             DROP TABLE shared"
        );
        target.batch_execute(&shared).unwrap();
    }
    assert_eq!(deviations(&mut target).unwrap(), []);
}

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    recipient_id: i64,
    #[diesel(sql_type = Text)]
    purpose: String,
    #[diesel(sql_type = BigInt)]
    row_key: i64,
}

/// The recorded queries get the same answers on both databases, byte for byte, if the same people have the same keys.
#[test]
fn both_databases_give_the_same_answers() {
    let sqlite = TestApp::demo(Engine::Sqlite, 1_500);
    let postgres = TestApp::demo(Engine::Postgres, 1_500);
    share_row_keys(&sqlite, &postgres);
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
