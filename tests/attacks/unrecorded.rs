//! Learning about a visible person by questions whose page shows somebody else: what was asked is in the person's log.

use crate::harness::{TestApp, each_engine};
use serde_json::{Value, json};

/// How many entries a person's access log has, and how many of them say that the person was looked up by an agency.
fn logged(app: &TestApp, id: &Value, agency: &str) -> (u64, usize) {
    let query = format!(
        "{{ accessLog(individualId: {id}, first: 100) {{ totalCount nodes {{ agency {{ code }} lookedUp asked shown categories }} }} }}"
    );
    let log = app.data("unhcr", &query)["accessLog"].clone();
    let nodes = log["nodes"].as_array().unwrap().clone();
    let of = |node: &&Value| node["agency"]["code"] == agency && node["lookedUp"] == true;
    (log["totalCount"].as_u64().unwrap(), nodes.iter().filter(of).count())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A page of one, a decoy on it, and whether there is a next: a family name letter by letter, with the target never on a page.
#[test]
fn what_lies_off_the_page_is_on_record() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 400);
        let page = "{ individuals(first: 100) { nodes { registrationNumber familyName } } }";
        let people = app.data("embassy-ca", page)["individuals"]["nodes"].as_array().unwrap().clone();
        let (decoy, target) = (text(&people[0]["registrationNumber"]), text(&people[1]["registrationNumber"]));
        let held = format!(
            "{{ individuals(first: 1, filter: {{ registrationNumber: {{ eq: \"{target}\" }} }}) {{ nodes {{ id }} }} }}"
        );
        let id = app.data("unhcr", &held)["individuals"]["nodes"][0]["id"].clone();
        let before = logged(&app, &id, "embassy-ca");
        let mut questions = 0;
        // The target is whom the second of two rows would be: a row key decides which is first.
        let mut holds = |condition: &str| {
            questions += 1;
            let filter = format!(
                "{{ or: [{{ registrationNumber: {{ eq: \"{decoy}\" }} }}, {{ and: [{{ registrationNumber: {{ eq: \"{target}\" }} }}, {condition}] }}] }}"
            );
            let query = format!("{{ individuals(first: 1, filter: {filter}) {{ pageInfo {{ hasNextPage }} }} }}");
            app.data("embassy-ca", &query)["individuals"]["pageInfo"]["hasNextPage"] == json!(true)
        };
        let mut name = String::new();
        while let Some(letter) =
            ('a'..='z').find(|letter| holds(&format!("{{ familyName: {{ startsWith: \"{name}{letter}\" }} }}")))
        {
            name.push(letter);
        }
        assert_eq!(name, people[1]["familyName"].as_str().unwrap().to_lowercase(), "the viewer may know it");
        let after = logged(&app, &id, "embassy-ca");
        let recorded = after.0 - before.0;
        println!(
            "{engine:?}: {questions} questions told the name of a visible person; {recorded} of them are in her log"
        );
        assert!(recorded >= questions, "{recorded} of {questions} questions are in the log");
        assert!(after.1 >= before.1 + 50.min(questions as usize), "she was looked up: {after:?}");
    });
}

/// A name that a hundred and more share names nobody; the question is on record of everybody all the same.
#[test]
fn a_condition_that_fits_many_is_a_question_alone() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 400);
        app.data("unhcr", "{ individuals(first: 1, filter: { givenName: { startsWith: \"\" } }) { totalCount } }");
        let entry =
            "{ auditEntries(first: 1) { nodes { lookedUp disclosures { people } questions { categories found } } } }";
        let entry = app.data("unhcr", entry)["auditEntries"]["nodes"][0].clone();
        assert_eq!(entry["lookedUp"], 0);
        assert_eq!(entry["disclosures"], json!([]));
        assert_eq!(entry["questions"], json!([{ "categories": ["IDENTITY"], "found": 400 }]));
        let person =
            app.data("unhcr", "{ individuals(first: 1) { nodes { id } } }")["individuals"]["nodes"][0]["id"].clone();
        let log = format!("{{ accessLog(individualId: {person}, first: 3) {{ nodes {{ asked shown categories }} }} }}");
        let log = app.data("unhcr", &log)["accessLog"]["nodes"].clone();
        assert_eq!(log[1], json!({ "asked": true, "shown": false, "categories": ["IDENTITY"] }));
    });
}

/// Nor does an entry grow with the caseload, whatever is asked.
#[test]
fn no_entry_grows_with_the_caseload() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 1_500);
        let page = "individuals(first: 100, filter: { not: [{ sex: { eq: FEMALE } }] }) { totalCount nodes { id familyName phone \
            specificNeeds { code } case { number members { id givenName } } enrolments { programme { name } } } }";
        let roots: Vec<String> = (0..10).map(|root| format!("r{root}: {page}")).collect();
        app.data("unhcr", &format!("{{ {} }}", roots.join(" ")));
        let largest = "SELECT CAST(max(length(disclosures) + coalesce(length(people), 0) + coalesce(length(questions), 0) + length(agreements)) AS BIGINT) \
            AS number FROM audit_entries";
        let largest = number(&app, largest);
        println!("{engine:?}: the largest entry has {largest} bytes");
        assert!(largest < 16 * 1024, "{largest} bytes");
    });
}

/// The number that a statement gives.
fn number(app: &TestApp, statement: &str) -> i64 {
    use diesel::RunQueryDsl;
    use diesel::sql_types::BigInt;
    use panoh::store::database::connection::AnyConnection;
    #[derive(diesel::QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }
    let query = diesel::sql_query(statement);
    let rows: Vec<Number> = match app.database.address.connect(false).unwrap() {
        AnyConnection::Sqlite(mut sqlite) => query.load(&mut sqlite).unwrap(),
        AnyConnection::Postgresql(mut postgres) => query.load(&mut postgres).unwrap(),
    };
    rows[0].number
}
