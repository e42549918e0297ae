//! Two worlds that differ only in what a viewer may not see: it can tell them apart by no answer, and by no number of statements.

use crate::harness::app::today;
use crate::harness::world::pick;
use crate::harness::{Database, Engine, TestApp, each_engine, lists};
use diesel::connection::SimpleConnection;
use panoh::domain::audit::AuditEvent;
use panoh::store::StoreError;
use panoh::store::outside_policy::outside_policy;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

const VIEWERS: [(&str, &str); 4] = [
    ("undp", "PROGRAMME_DELIVERY"),
    ("embassy-us", "RESETTLEMENT"),
    ("embassy-ca", "RESETTLEMENT"),
    ("embassy-us", "PROTECTION_ADVOCACY"),
];

/// Changes what no recipient sees: the names, numbers, dates and needs of people whom no agreement covers that shows rows; some of
/// them are gone, and their consents with them.
pub fn alter(database: &Database) {
    let unseen = "(SELECT id FROM individuals WHERE id NOT IN (SELECT individual_id FROM coverages WHERE basis_id > 0 AND row_key IS NOT NULL))";
    let alike = "individual_id IN (SELECT individual_id FROM altered)";
    let gone = lists().map(|table| format!("DELETE FROM {table} WHERE {alike}"));
    let mut statements = vec![
        format!("CREATE TABLE altered AS SELECT id AS individual_id FROM individuals WHERE id IN {unseen}"),
        "UPDATE individuals SET registration_number = 'X' || registration_number, registration_number_key = 'x' || registration_number_key, \
            given_name = 'Altered', given_name_key = 'altered', family_name = 'Person', family_name_key = 'person', \
            date_of_birth = '1990-02-03', phone = '+0000', registered_on = NULL, registered_year_on = NULL \
            WHERE id IN (SELECT individual_id FROM altered)".to_owned(),
    ];
    statements.extend(gone);
    statements.extend([
        "DELETE FROM individuals WHERE id IN (SELECT individual_id FROM altered WHERE individual_id % 3 = 0)"
            .to_owned(),
        "DROP TABLE altered".to_owned(),
    ]);
    outside_policy::<_, StoreError>(&database.address, AuditEvent::Administration, "test", |connection| {
        Ok(connection.batch_execute(&statements.join("; "))?)
    })
    .unwrap();
}

/// What hangs on a person.
const ITEMS: [&str; 6] = [
    "solutions { id kind form stage stageOn destination assisted submissionCategory priority splitReason }",
    "enrolments { programme { name } startedOn endedOn } assistance { amount currency paidOn periodFrom periodUntil }",
    "nominations { circuitRide { id country } nominatedOn withdrawnOn outcome outcomeOn \
        interview { city { name } startsAt endsAt interviewer room interpreterLanguage } }",
    "incidents { id kind actor occurredOn place { name } verification affected { id } pattern { name } }",
    "incidents { emergency { id status openedOn closedOn outcome known { question answer knownOn } unknown \
        steps { action dueOn doneOn } overdue } }",
    "loans { amount repaid overdue firstDueOn repayments { amount paidOn } } housing { dwelling movedInOn movedOutOn } \
        schoolYears { grade startedOn completed }",
];

/// Lists that are not of people, with what hangs on them.
const ROOTS: [&str; 6] = [
    "circuitRides(first: 9) { totalCount nodes { id country opensOn closesOn capacity interviewers status cities { name } } }",
    "demarches(first: 9) { totalCount nodes { id subject status parties { agency { code } } asks { kind answer isOverdue followUps { followedUpOn } } figures { count } patterns { name } } }",
    "handovers(first: 9) { totalCount nodes { id programmes { decision programme { name lead { code } } } } }",
    "relocationPlans(first: 9) { totalCount nodes { id from { name services { kind } } to { name } effectiveOn outcome } }",
    "situation(country: \"TJK\") { unplaced lines { movement isWhole country published { value } recorded { people } } }",
    "programmes(first: 30) { totalCount nodes { identifier results { indicator reached } trainingSessions { topic participants { number } } } }",
];

/// A random question: lists with filters and orders, counts, ids, cases, nested lists.
fn question(rng: &mut ChaCha8Rng, texts: &[String], ids: &[String], rides: &[String]) -> String {
    let condition = |rng: &mut ChaCha8Rng| {
        let text = pick(rng, &texts.iter().map(String::as_str).collect::<Vec<_>>());
        let prefix: String = text.chars().take(rng.random_range(1..=text.len())).collect();
        let field = pick(rng, &["givenName", "familyName", "registrationNumber", "phone", "caseNumber"]);
        let test = pick(rng, &["eq", "startsWith"]);
        match rng.random_range(0..13) {
            0..4 => format!("{{ {field}: {{ {test}: \"{}\" }} }}", if test == "eq" { text.to_owned() } else { prefix }),
            4 => format!("{{ sex: {{ eq: {} }} }}", pick(rng, &["FEMALE", "MALE"])),
            5 => format!("{{ ageBand: {{ eq: {} }} }}", pick(rng, &["AGE_0_4", "AGE_18_59", "AGE_60_PLUS"])),
            6 => format!("{{ specificNeed: {{ eq: \"{}\" }} }}", pick(rng, &["ER", "SP", "TR", "WR"])),
            8 => format!("{{ emergency: {{ eq: {} }} }}", pick(rng, &["OPEN", "CLOSED"])),
            9 if !rides.is_empty() => {
                format!("{{ circuitRide: {{ eq: \"{}\" }} }}", rides[rng.random_range(0..rides.len())])
            }
            10 => format!(
                "{{ solution: {{ kind: {{ eq: {} }}, stage: {{ eq: {} }} }} }}",
                pick(rng, &["RESETTLEMENT", "VOLUNTARY_REPATRIATION", "LOCAL_INTEGRATION"]),
                pick(rng, &["IDENTIFIED", "SUBMITTED", "INTERVIEWED", "ACCEPTED", "GRANTED"])
            ),
            11 => format!("{{ incident: {{ eq: {} }} }}", pick(rng, &["DETENTION", "ARBITRARY_DEPORTATION"])),
            7 => format!("{{ legalStatus: {{ eq: {} }} }}", pick(rng, &["REFUGEE", "ASYLUM_SEEKER"])),
            _ => format!(
                "{{ registeredOn: {{ from: \"{}\" }} }}",
                today() - chrono::Days::new(rng.random_range(0..3_000))
            ),
        }
    };
    let filter = match rng.random_range(0..4) {
        0 => condition(rng),
        1 => format!("{{ or: [{}, {}] }}", condition(rng), condition(rng)),
        2 => format!("{{ not: [{}] }}", condition(rng)),
        _ => format!("{{ and: [{}, {{ not: [{}] }}] }}", condition(rng), condition(rng)),
    };
    let order = pick(rng, &["REGISTERED_ON", "ARRIVED_ON", "DATE_OF_BIRTH", "FAMILY_NAME", "REGISTRATION_NUMBER"]);
    let direction = pick(rng, &["ASC", "DESC"]);
    let page = format!("{}: {}", pick(rng, &["first", "last"]), rng.random_range(1..30));
    match rng.random_range(0..9) {
        3 => format!("{{ {} }}", pick(rng, &ROOTS)),
        4 => {
            let id = pick(rng, &ids.iter().map(String::as_str).collect::<Vec<_>>());
            format!("{{ incidentAccounts(individualId: \"{id}\") {{ incident {{ kind }} account recordedOn }} }}")
        }
        5 => {
            let id = pick(rng, &ids.iter().map(String::as_str).collect::<Vec<_>>());
            format!(
                "{{ stipendEligibility(individualId: \"{id}\", programmeIdentifier: \"XM-DAC-41121-TJK-CASH\", \
                 period: {{ from: \"2026-01-01\", until: \"2026-01-31\" }}) {{ isEligible checks {{ reason }} }} }}"
            )
        }
        0 => format!("{{ individuals(first: 1, filter: {filter}) {{ totalCount }} }}"),
        1 => format!(
            "{{ cases({page}, filter: {{ member: {filter} }}) {{ totalCount nodes {{ id number members {{ id sex }} }} }} }}"
        ),
        2 => {
            let id = pick(rng, &ids.iter().map(String::as_str).collect::<Vec<_>>());
            format!(
                "{{ node(id: \"{id}\") {{ id ... on Individual {{ familyName sex ageBand redactions {{ category reason }} }} }} }}"
            )
        }
        _ => format!(
            "{{ individuals({page}, filter: {filter}, orderBy: {{ field: {order}, direction: {direction} }}) {{ totalCount edges {{ cursor \
             node {{ id familyName givenName ageBand registeredOn closedAs closedOn updatedAt place {{ name }} case {{ number members {{ id }} }} \
             specificNeeds {{ code }} redactions {{ category }} {} }} }} \
             pageInfo {{ hasNextPage hasPreviousPage }} }} }}",
            pick(rng, &ITEMS)
        ),
    }
}

/// `PANOH_QUESTIONS` says how many random questions are asked on each database.
#[test]
fn what_is_hidden_changes_no_answer() {
    let questions: usize = std::env::var("PANOH_QUESTIONS").map_or(300, |text| text.parse().unwrap());
    each_engine(|engine| {
        let (one, other) = TestApp::demo_and_altered(engine, 600, alter);
        let held = "{ individuals(first: 100, orderBy: { field: ARRIVED_ON, direction: ASC }) { nodes { id registrationNumber familyName phone \
            case { number } } } }";
        let mut texts = vec!["Altered".to_owned(), "+0000".to_owned(), "nobody".to_owned()];
        for person in one.data("unhcr", held)["individuals"]["nodes"].as_array().unwrap() {
            for text in
                [&person["registrationNumber"], &person["familyName"], &person["phone"], &person["case"]["number"]]
            {
                texts.extend(text.as_str().map(str::to_owned));
            }
        }
        let rng = &mut ChaCha8Rng::seed_from_u64(77);
        let (mut shown, mut asked) = (0, 0);
        for (agency, purpose) in VIEWERS {
            let page = "{ individuals(first: 50) { nodes { id } } }";
            // Both servers get to know the viewer.
            other.ask_for(agency, Some(purpose), page, Value::Null);
            let ids = one.ask_for(agency, Some(purpose), page, Value::Null)["data"]["individuals"]["nodes"].clone();
            let mut ids: Vec<String> =
                ids.as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap().to_owned()).collect();
            ids.push("AAAA".to_owned());
            let found = one.ask_for(agency, Some(purpose), "{ circuitRides(first: 9) { nodes { id } } }", Value::Null);
            let rides = found["data"]["circuitRides"]["nodes"].as_array().cloned().unwrap_or_default();
            let rides: Vec<String> = rides.iter().map(|ride| ride["id"].as_str().unwrap().to_owned()).collect();
            for _ in 0..questions / VIEWERS.len() {
                let query = question(rng, &texts, &ids, &rides);
                let answer = |app: &TestApp| {
                    let before = app.statements_sent();
                    let body = serde_json::json!({ "query": query }).to_string();
                    let request = app.post().bearer_auth(app.key(agency)).header("Panoh-Purpose", purpose);
                    (request.body(body).send().unwrap().text().unwrap(), app.statements_sent() - before)
                };
                let (left, right) = (answer(&one), answer(&other));
                assert!(!["VALIDATION", "LIMIT"].iter().any(|code| left.0.contains(code)), "{query}: {}", left.0);
                assert_eq!(left, right, "{engine:?} {agency} {purpose} {query}");
                shown += left.0.len();
                asked += 1;
            }
        }
        println!(
            "{engine:?}: {asked} random questions, {shown} bytes of answers, alike in both worlds, with as many statements"
        );
    });
}

/// Whoever is hidden is a good part of the caseload, and the holder tells the worlds apart at once.
#[test]
fn the_two_worlds_do_differ() {
    let (one, other) = TestApp::demo_and_altered(Engine::Sqlite, 600, alter);
    let altered = "{ individuals(first: 1, filter: { givenName: { eq: \"Altered\" } }) { totalCount } }";
    let count = |app: &TestApp| app.data("unhcr", altered)["individuals"]["totalCount"].as_i64().unwrap();
    assert_eq!(count(&one), 0);
    assert!(count(&other) > 100);
}
