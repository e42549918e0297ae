use crate::harness::app::today;
use crate::harness::incidents::Suffered;
use crate::harness::rides::{Interviewed, insert_ride, ride};
use crate::harness::services::Services;
use crate::harness::{Engine, TestApp, each_engine};
use crate::migrations::columns;
use crate::releases::change_people;
use chrono::{NaiveDate, NaiveTime};
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl};
use panoh::domain::agency::Agency;
use panoh::domain::agreement::{Agreement, AgreementStatus, Scope};
use panoh::domain::assistance::Assistance;
use panoh::domain::audit::{AuditEvent, AuditRecord};
use panoh::domain::case::Case;
use panoh::domain::category::DataCategory;
use panoh::domain::consent::{Consent, ConsentDecision};
use panoh::domain::enrolment::Enrolment;
use panoh::domain::grants::Level;
use panoh::domain::incident::IncidentKind;
use panoh::domain::individual::{Individual, LegalStatus, Sex};
use panoh::domain::programme::Programme;
use panoh::domain::purpose::Purpose;
use panoh::domain::solution::{Solution, SolutionKind, SolutionStage};
use panoh::domain::specific_need::SpecificNeed;
use panoh::domain::{Id, Vocabulary};
use panoh::policy::ledger::table;
use panoh::store::bulk::insert;
use panoh::store::database::connection::{Address, AnyConnection};
use panoh::store::outside_policy::{outside_policy, outside_policy_with};
use panoh::store::retention::due::Due;
use panoh::store::retention::{self, RetentionError};
use panoh::store::{StoreError, agency};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Output};

/// Two members of a case whom nothing has concerned since March 2005, and what is planted of them.
const MOTHER: Id<Individual> = Id::new(7_770_000_000_000_001);
const CHILD: Id<Individual> = Id::new(7_770_000_000_000_002);
const CASE: Id<Case> = Id::new(7_770_000_000_000_003);
const PLANTED: [&str; 10] = [
    "Zarrinqanary",
    "zarrinqanary",
    "Shirinqanary",
    "QN-4711",
    "qn-4711",
    "+99277700",
    "1971-07-17",
    "2004-04-14",
    "2005-03-13",
    "777000000000000",
];

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn work<T>(app: &TestApp, work: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>) -> T {
    outside_policy(&app.database.address, AuditEvent::Administration, "test", work).unwrap()
}

/// A server over the demo, with two people of long ago.
fn planted(engine: Engine) -> TestApp {
    let app = TestApp::demo(engine, 300);
    work(&app, |connection| {
        let agencies = agency::by_code(connection)?;
        let (holder_id, canada) = (agencies["unhcr"].id, agencies["embassy-ca"].id);
        insert::cases(connection, &[Case { id: CASE, holder_id, number: "QN-4711-C".into() }])?;
        let places = panoh::store::bulk::reference::places(connection)?;
        let place = places.values().find(|(place, above)| place.level > 1 && !above.is_empty()).unwrap();
        let region_id =
            place.1.iter().find(|id| places.values().any(|(above, _)| above.id == **id && above.level == 1));
        let member = |id, given: &str, sex| Individual {
            case_id: Some(CASE),
            sex: Some(sex),
            nationality: Some("NPL".parse().unwrap()),
            region_id: region_id.copied(),
            registration_number: Some(format!("QN-4711-{id}")),
            given_name: Some(given.to_owned()),
            family_name: Some("Zarrinqanary".to_owned()),
            date_of_birth: Some(date("1971-07-17")),
            phone: Some(format!("+99277700{id}")),
            place_id: Some(place.0.id),
            legal_status: Some(LegalStatus::Refugee),
            arrived_on: Some(date("2004-04-14")),
            registered_on: Some(date("2004-04-14")),
            ..Individual::known_as(id, holder_id)
        };
        insert::individuals(
            connection,
            &[member(MOTHER, "Shirinqanary", Sex::Female), member(CHILD, "Qanary", Sex::Male)],
        )?;
        let programme = a_programme(connection);
        let to_canada = ride(1, [canada, holder_id], "CAN", [today(); 2]);
        insert_ride(connection, &to_canada, place.0.id)?;
        for individual_id in [MOTHER, CHILD] {
            let on = Some(date("2005-03-13"));
            let number = individual_id.value();
            insert::specific_needs(connection, &[SpecificNeed { individual_id, code: "TR".parse().unwrap() }])?;
            let (kind, stage) = (SolutionKind::Resettlement, SolutionStage::Departed);
            let identified = Solution::identified(Id::new(number), individual_id, kind);
            let solution = Solution { stage, stage_on: on, ..identified };
            insert::solutions(connection, &[solution])?;
            let days = [date("2005-03-13"); 3];
            Interviewed::of(individual_id, (to_canada.id, place.0.id), number, days).insert(connection)?;
            let (started_on, ended_on) = (Some(date("2004-04-14")), on);
            insert::enrolments(
                connection,
                &[Enrolment { id: Id::new(number), individual_id, programme_id: programme, started_on, ended_on }],
            )?;
            let (amount_minor, currency, paid_on) = (777, "USD".to_owned(), date("2005-03-13"));
            let paid = Assistance {
                id: Id::new(number),
                individual_id,
                programme_id: programme,
                amount_minor,
                currency,
                paid_on,
                period_from: None,
                period_until: None,
            };
            insert::assistance(connection, &[paid])?;
            Services::of(individual_id, programme, number, [paid_on; 7]).insert(connection)?;
            let suffered = (IncidentKind::Detention, place.0.id, holder_id);
            Suffered::of(individual_id, suffered, number, [paid_on; 7]).insert(connection)?;
            insert::consents(connection, &[(consent(number, individual_id, canada, ConsentDecision::Given), true)])?;
        }
        Ok(())
    });
    work(&app, |connection| {
        let asked = format!(
            "INSERT INTO idempotency_keys SELECT MIN(clients.id), 'asked', 'hash', MIN(row_key) FROM clients, row_keys \
             WHERE individual_id = {MOTHER} AND purpose = 'CASE_MANAGEMENT'"
        );
        Ok(connection.batch_execute(&asked)?)
    });
    app
}

fn a_programme(connection: &mut AnyConnection) -> Id<Programme> {
    let found = texts(connection, "SELECT CAST(MIN(id) AS TEXT) AS value FROM programmes");
    Id::new(found[0].parse().unwrap())
}

fn consent(number: i64, individual_id: Id<Individual>, recipient_id: Id<Agency>, decision: ConsentDecision) -> Consent {
    Consent {
        id: Id::new(number),
        individual_id,
        recipient_id,
        purpose: Purpose::Resettlement,
        decision,
        recorded_at: date("2005-03-13").and_time(NaiveTime::MIN),
        expires_on: None,
        explained: None,
    }
}

fn set(app: &TestApp, category: DataCategory, months: Option<i32>) {
    outside_policy::<_, RetentionError>(&app.database.address, AuditEvent::Administration, "test", |connection| {
        retention::set_period(connection, "unhcr", category, months)
    })
    .unwrap();
}

fn try_run(app: &TestApp) -> Result<Vec<Due>, StoreError> {
    let tried = AuditRecord::of_change(AuditEvent::Administration, "retention");
    outside_policy_with(&app.database.address, tried, |connection| retention::run(connection, today()))
}

/// Of how many people what was erased.
fn run(app: &TestApp) -> Vec<(&'static str, usize)> {
    try_run(app).unwrap().iter().flat_map(Due::counts).collect()
}

#[derive(QueryableByName)]
struct Cell {
    #[diesel(sql_type = Text)]
    value: String,
}

fn texts(connection: &mut AnyConnection, statement: &str) -> Vec<String> {
    let query = diesel::sql_query(statement);
    let found: Vec<Cell> = match connection {
        AnyConnection::Sqlite(sqlite) => query.load(sqlite).unwrap(),
        AnyConnection::Postgresql(postgres) => query.load(postgres).unwrap(),
    };
    found.into_iter().map(|row| row.value).collect()
}

fn one(app: &TestApp, statement: &str) -> String {
    texts(&mut app.database.address.connect(false).unwrap(), statement).join(" ")
}

/// Every value of every column, but for the audit's and what setting up leaves.
fn dump(app: &TestApp, engine: Engine) -> BTreeMap<String, Vec<String>> {
    let mut connection = app.database.address.connect(false).unwrap();
    let own = |name: &String| !name.starts_with("audit_") && name != "policy_epochs.epoch";
    let stored = columns(engine).into_keys().filter(own);
    let each = stored.map(|name| {
        let (table, column) = name.split_once('.').unwrap();
        let statement =
            format!("SELECT CAST({column} AS TEXT) AS value FROM {table} WHERE {column} IS NOT NULL ORDER BY 1");
        let found = texts(&mut connection, &statement);
        (name, found)
    });
    each.collect()
}

/// Where something that was planted is still to be found.
fn found(app: &TestApp, engine: Engine, planted: &[&str]) -> BTreeSet<String> {
    let holds = |values: &Vec<String>| values.iter().any(|value| planted.iter().any(|text| value.contains(text)));
    dump(app, engine).into_iter().filter(|(_, values)| holds(values)).map(|(name, _)| name).collect()
}

fn statistics(app: &TestApp, agency: &str, purpose: &str) -> Value {
    let query = "{ a: caseloadStatistics(groupBy: [SEX, AGE_BAND, NATIONALITY]) { total { count } cells { key { value } cell { count } } } \
        b: caseloadStatistics(groupBy: [SEX], filter: { ageBand: { eq: AGE_18_59 } }) { cells { key { value } cell { count } } } }";
    let answer = app.ask_for(agency, Some(purpose), query, json!({}));
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"].clone()
}

fn id_of(app: &TestApp, filter: &str) -> Value {
    let data = app.data("unhcr", &format!("{{ individuals(first: 1, filter: {{ {filter} }}) {{ nodes {{ id }} }} }}"));
    data["individuals"]["nodes"][0]["id"].clone()
}

/// Until its period is past nothing of a person changes; then the person is nobody: no value, key, date or join is left in any
/// column, an id and the audit lead nowhere, and the holder's statistics are what they were; no agreement covers the person any more.
#[test]
fn who_is_past_the_period_of_identity_is_nobody() {
    each_engine(|engine| {
        let app = planted(engine);
        let by_number = format!("registrationNumber: {{ eq: \"QN-4711-{MOTHER}\" }}");
        let id = id_of(&app, &by_number);
        let log =
            |id: &Value| app.data("unhcr", &format!("{{ accessLog(individualId: {id}, first: 9) {{ totalCount }} }}"));
        assert!(log(&id)["accessLog"]["totalCount"].as_i64().unwrap() > 0);
        let (own, shared) = (statistics(&app, "unhcr", "CASE_MANAGEMENT"), statistics(&app, "undp", "STATISTICS"));
        let last = one(&app, "SELECT CAST(MAX(audit_key) AS TEXT) AS value FROM individuals");
        let before = dump(&app, engine);
        assert!(found(&app, engine, &PLANTED).len() > 20);

        assert_eq!(run(&app), [], "no period is set");
        // April 2005 and 250 months are February 2026.
        set(&app, DataCategory::Identity, Some(250));
        assert_eq!(run(&app), [], "the period is not past");
        set(&app, DataCategory::Identity, None);
        assert_eq!(dump(&app, engine), before);

        set(&app, DataCategory::Identity, Some(249));
        assert_eq!(run(&app), [("IDENTITY", 2)]);
        assert_eq!(found(&app, engine, &PLANTED), BTreeSet::new());
        let audit_keys = "SELECT CAST(MIN(audit_key) AS TEXT) AS value FROM individuals WHERE anonymised";
        assert_eq!(
            one(&app, audit_keys).parse::<i64>().unwrap(),
            last.parse::<i64>().unwrap() + 1,
            "never used before"
        );
        assert_eq!(statistics(&app, "unhcr", "CASE_MANAGEMENT"), own);
        assert_eq!(statistics(&app, "undp", "STATISTICS"), shared, "what is released stands");

        assert_eq!(app.data("unhcr", &format!("{{ node(id: {id}) {{ id }} }}"))["node"], Value::Null);
        assert_eq!(log(&id)["accessLog"], Value::Null);
        let rows = app.data(
            "unhcr",
            "{ individuals(first: 9, filter: { nationality: { eq: \"NPL\" }, ageBand: { eq: AGE_18_59 } }) { nodes { id sex \
             ageBand nationality region { name } givenName dateOfBirth case { number } solutions { kind } enrolments { startedOn } } } }",
        );
        assert_eq!(rows["individuals"]["nodes"].as_array().unwrap().len(), 2);
        let row = &rows["individuals"]["nodes"][0];
        assert_eq!((&row["nationality"], &row["ageBand"]), (&json!("NPL"), &json!("AGE_18_59")));
        assert!(row["region"]["name"].is_string() && row["givenName"].is_null() && row["case"].is_null(), "{row}");
        assert_eq!((&row["solutions"], &row["enrolments"]), (&json!([]), &json!([])));
        let answer = format!("individualId: {}, recipientCode: \"undp\", purpose: STATISTICS, given: true", row["id"]);
        let asked = app.data(
            "unhcr",
            &format!("mutation {{ recordConsent(input: {{ {answer} }}) {{ userErrors {{ message }} }} }}"),
        );
        assert!(asked["recordConsent"]["userErrors"][0]["message"].as_str().unwrap().contains("anonymised"), "{asked}");

        let after = dump(&app, engine);
        assert_eq!(run(&app), []);
        assert_eq!(dump(&app, engine), after);
        let entries = app.data("unhcr", "{ auditEntries(first: 40) { nodes { event detail client } } }");
        let on_record = json!({ "event": "ADMINISTRATION", "detail": "retention: IDENTITY 2", "client": null });
        assert!(entries["auditEntries"]["nodes"].as_array().unwrap().contains(&on_record), "{entries}");
        panoh::store::audit::chain::verify(&mut app.database.address.connect(false).unwrap(), None).unwrap().unwrap();
    });
}

/// Who has left or died is not there again when the legal status is erased, or the name.
#[test]
fn who_has_left_or_died_is_not_there_again() {
    each_engine(|engine| {
        let app = planted(engine);
        work(&app, |connection| {
            let close = |person: Id<Individual>, closed_as: &str| {
                format!(
                    "UPDATE individuals SET closed_as = '{closed_as}', closed_on = '2005-03-13' WHERE id = {person};"
                )
            };
            Ok(connection.batch_execute(&(close(MOTHER, "DEPARTED") + &close(CHILD, "DECEASED")))?)
        });
        let situation = || {
            let query = "{ situation(country: \"TJK\") { lines { movement isWhole country recorded { people } } } }";
            let lines = app.data("unhcr", query)["situation"]["lines"].clone();
            let people = |movement: &str, country: Value| {
                let is_it = |line: &&Value| line["movement"] == movement && line["country"] == country;
                let found = lines.as_array().unwrap().iter().find(is_it);
                found.map_or(0, |line| line["recorded"]["people"].as_i64().unwrap())
            };
            ["REMAINING", "DIED", "DEPARTED_OTHERWISE"].map(|movement| people(movement, json!("NPL")))
        };
        let resettled = "SELECT CAST(COUNT(*) AS TEXT) AS value FROM individuals WHERE closed_as IS NOT NULL AND nationality = 'NPL'";
        assert_eq!(situation(), [0, 1, 0], "one has died, and one was resettled");
        set(&app, DataCategory::LegalStatus, Some(180));
        assert_eq!(run(&app), [("LEGAL_STATUS", 2)]);
        assert_eq!((situation(), one(&app, resettled)), ([0, 1, 0], "2".to_owned()));
        assert_eq!(run(&app), [], "what stays is not erased again and again");
        set(&app, DataCategory::Identity, Some(249));
        assert_eq!(run(&app), [("IDENTITY", 2)]);
        assert_eq!((situation(), one(&app, resettled)), ([0, 1, 1], "2".to_owned()));
        let days = "SELECT CAST(MIN(closed_on) AS TEXT) AS value FROM individuals WHERE nationality = 'NPL'";
        assert_eq!(one(&app, days), "2005-01-01", "the day of nobody is known");
    });
}

/// The new row's access log begins with it: a person's entries before are nobody's.
#[test]
fn the_access_log_of_a_new_row_holds_nothing_from_before() {
    each_engine(|engine| {
        let app = planted(engine);
        for _ in 0..3 {
            app.data(
                "unhcr",
                "{ individuals(first: 100, filter: { familyName: { eq: \"Zarrinqanary\" } }) { nodes { givenName } } }",
            );
        }
        set(&app, DataCategory::Identity, Some(12 * 12));
        assert_eq!(run(&app), [("IDENTITY", 2)]);
        let page = app.data(
            "unhcr",
            "{ individuals(last: 1, filter: { nationality: { eq: \"NPL\" } }) { nodes { id givenName } } }",
        );
        let row = &page["individuals"]["nodes"][0];
        assert_eq!(row["givenName"], Value::Null);
        let log = format!("{{ accessLog(individualId: {}, first: 9) {{ nodes {{ categories }} }} }}", row["id"]);
        let entries = app.data("unhcr", &log)["accessLog"]["nodes"].as_array().unwrap().clone();
        assert_eq!(
            entries,
            [json!({ "categories": ["DEMOGRAPHICS", "IDENTITY", "LEGAL_STATUS"] })],
            "the page above alone"
        );
    });
}

/// A category goes alone, with all that it holds; and what it told of the last activity goes on counting, by month.
#[test]
fn a_category_goes_alone() {
    each_engine(|engine| {
        let app = planted(engine);
        let kept: BTreeMap<DataCategory, (&str, &str, &str)> = [
            (DataCategory::Contact, ("individuals", "id", "phone")),
            (DataCategory::Location, ("individuals", "id", "place_id")),
            (
                DataCategory::LegalStatus,
                (
                    "individuals",
                    "id",
                    "COALESCE(legal_status, CAST(arrived_year_on AS TEXT), CAST(registered_on AS TEXT))",
                ),
            ),
            (DataCategory::Family, ("individuals", "id", "case_id")),
            (DataCategory::SpecificNeeds, ("specific_needs", "individual_id", "code")),
            (DataCategory::Solutions, ("solutions", "individual_id", "kind")),
            (DataCategory::Assistance, ("enrolments", "individual_id", "programme_id")),
            (DataCategory::Protection, ("incidents", "individual_id", "kind")),
        ]
        .into();
        let held = || {
            let holds = |(table, column, value): &(&str, &str, &str)| {
                one(
                    &app,
                    &format!(
                        "SELECT CAST(COUNT({value}) AS TEXT) AS value FROM {table} WHERE {column} IN ({MOTHER}, {CHILD})"
                    ),
                ) == "2"
            };
            kept.iter().filter(|(_, at)| holds(at)).map(|(category, _)| *category).collect::<Vec<_>>()
        };
        let mut expected: Vec<DataCategory> = kept.keys().copied().collect();
        assert_eq!(held(), expected);
        for category in kept.keys() {
            set(&app, *category, Some(180));
            assert_eq!(run(&app), [(category.code(), 2)]);
            expected.retain(|other| other != category);
            assert_eq!(held(), expected, "{category}");
            if *category == DataCategory::Location {
                let placed = format!(
                    "SELECT CAST(COUNT(place_id) AS TEXT) AS value FROM incidents WHERE individual_id = {MOTHER}"
                );
                assert_eq!(one(&app, &placed), "0");
            }
        }
        let paid = format!("SELECT CAST(COUNT(*) AS TEXT) AS value FROM assistance WHERE individual_id = {MOTHER}");
        assert_eq!(one(&app, &paid), "0");
        assert_eq!(one(&app, &format!("SELECT CAST(COUNT(*) AS TEXT) AS value FROM cases WHERE id = {CASE}")), "0");
        work(&app, |connection| {
            Ok(connection.batch_execute(&format!("DELETE FROM consents WHERE individual_id IN ({MOTHER}, {CHILD})"))?)
        });
        assert_eq!(found(&app, engine, &["2005-03-13", "2004-04-14"]), BTreeSet::new());
        assert_eq!(run(&app), []);
        set(&app, DataCategory::Identity, Some(250));
        assert_eq!(run(&app), []);
        set(&app, DataCategory::Identity, Some(249));
        assert_eq!(run(&app), [("IDENTITY", 2)], "the last activity is still known by its month");
    });
}

/// Whoever's case goes on, in another member's enrolment too, stays; and so does whoever's dates are unknown.
#[test]
fn a_case_that_goes_on_is_kept() {
    each_engine(|engine| {
        let app = planted(engine);
        set(&app, DataCategory::Identity, Some(180));
        let change = |statement: String| work(&app, |connection| Ok(connection.batch_execute(&statement)?));
        change(format!("UPDATE enrolments SET ended_on = NULL WHERE individual_id = {CHILD}"));
        assert_eq!(run(&app), []);
        for (table, column) in [("enrolments", "started_on"), ("solutions", "stage_on"), ("incidents", "occurred_on")] {
            change(format!("UPDATE {table} SET {column} = NULL WHERE individual_id IN ({MOTHER}, {CHILD})"));
        }
        for table in [
            "nominations",
            "enrolments",
            "assistance",
            "repayments",
            "loans",
            "housing",
            "school_years",
            "consents",
            "incident_accounts",
            "emergencies",
        ] {
            change(format!("DELETE FROM {table} WHERE individual_id IN ({MOTHER}, {CHILD})"));
        }
        change(format!("UPDATE individuals SET registered_on = NULL WHERE id IN ({MOTHER}, {CHILD})"));
        assert_eq!(run(&app), [], "unknown dates begin no period");
        change(format!("UPDATE solutions SET stage_on = '2005-03-13' WHERE individual_id = {MOTHER}"));
        assert_eq!(run(&app), [("IDENTITY", 2)]);
    });
}

/// No agreement covers an anonymised person, however wide. What is released stands.
#[test]
fn others_see_no_row_of_who_is_anonymised() {
    each_engine(|engine| {
        let app = planted(engine);
        work(&app, |connection| {
            let agencies = agency::by_code(connection)?;
            let wide = agreement("WIDE", agencies["unhcr"].id, agencies["undp"].id, Purpose::Statistics);
            insert::agreements(connection, &[wide])
        });
        let total = || {
            let query = "{ individuals(first: 1, filter: { nationality: { eq: \"NPL\" } }) { totalCount } }";
            let answer = app.ask_for("undp", Some("STATISTICS"), query, json!({}));
            answer["data"]["individuals"]["totalCount"].as_i64().unwrap_or_else(|| panic!("{answer}"))
        };
        let (before, shared) = (total(), statistics(&app, "undp", "STATISTICS"));
        set(&app, DataCategory::Identity, Some(180));
        assert_eq!(run(&app), [("IDENTITY", 2)]);
        assert_eq!(total(), before - 2);
        assert_eq!(statistics(&app, "undp", "STATISTICS"), shared, "what is released stands");
    });
}

fn agreement(reference: &str, provider_id: Id<Agency>, recipient_id: Id<Agency>, purpose: Purpose) -> Agreement {
    Agreement {
        id: insert::new_key(),
        reference: reference.to_owned(),
        provider_id,
        recipient_id,
        purpose,
        level: Level::Pseudonymised,
        categories: BTreeSet::from([DataCategory::Demographics]),
        scope: Scope::default(),
        consent_required: false,
        minimum_cell_size: 5,
        valid_from: date("2020-01-01"),
        valid_until: date("2027-01-01"),
        status: AgreementStatus::InForce,
        replaces_id: None,
        proposed_by_id: None,
        in_force_since: None,
        retention_months: None,
        revoked_at: None,
        statistics_tables: Vec::new(),
        release_months: None,
        emergency: false,
    }
}

/// Consents go when the agreements that they were given for are past their period; refusals that stand go on standing.
#[test]
fn consents_go_with_their_agreements() {
    each_engine(|engine| {
        let app = planted(engine);
        let count = |what: &str| {
            let of = "recipient_id = (SELECT id FROM agencies WHERE code = 'embassy-ca') AND purpose = 'RESETTLEMENT'";
            one(&app, &format!("SELECT CAST(COUNT(*) AS TEXT) AS value FROM consents WHERE {of} {what}"))
        };
        let refusals = count("AND newest AND decision <> 'GIVEN'");
        assert!(refusals != "0" && count("") != refusals);
        let change = |terms: &str| {
            let statement = format!("UPDATE agreements SET {terms} WHERE reference = 'DSA-2003-06'");
            work(&app, |connection| Ok(connection.batch_execute(&statement)?));
            run(&app)
        };
        assert_eq!(change("retention_months = 12"), [], "it is in force");
        assert_eq!(change("valid_until = '2025-01-15'"), [], "its period ends tomorrow");
        assert_eq!(change("valid_until = '2030-01-01', status = 'REVOKED', revoked_at = '2025-06-01 00:00:00'"), []);
        assert_eq!(change("retention_months = NULL, revoked_at = '2025-01-14 00:00:00'"), [], "without limit");
        let all = one(&app, "SELECT CAST(COUNT(*) AS TEXT) AS value FROM consents");
        let [("consents", people)] = change("retention_months = 12")[..] else { panic!("nothing is erased") };
        assert!(people > 2);
        assert_eq!(count(""), refusals);
        assert_ne!(one(&app, "SELECT CAST(COUNT(*) AS TEXT) AS value FROM consents"), all);
        assert_ne!(one(&app, "SELECT CAST(COUNT(*) AS TEXT) AS value FROM consents"), refusals, "others' stay");
        assert_eq!(run(&app), []);
        let from = format!("SELECT CAST(retained_from AS TEXT) AS value FROM individuals WHERE id = {MOTHER}");
        assert_eq!(one(&app, &from), "2005-04-01");
    });
}

/// A run that fails keeps all of it.
#[test]
fn a_run_that_fails_erases_nothing() {
    each_engine(|engine| {
        let app = planted(engine);
        set(&app, DataCategory::Identity, Some(180));
        set(&app, DataCategory::Contact, Some(12));
        let held = format!(
            "CREATE TABLE held (individual_id BIGINT REFERENCES individuals (id)); INSERT INTO held VALUES ({CHILD})"
        );
        work(&app, |connection| Ok(connection.batch_execute(&held)?));
        let before = dump(&app, engine);
        assert!(try_run(&app).is_err());
        assert_eq!(dump(&app, engine), before);
        let tried = one(&app, "SELECT outcome || detail AS value FROM audit_entries ORDER BY sequence DESC LIMIT 1");
        assert_eq!(tried, "NOT_KEPTretention");
        work(&app, |connection| Ok(connection.batch_execute("DROP TABLE held")?));
        assert_eq!(run(&app)[0], ("IDENTITY", 2));
    });
}

/// The command sets, lists and takes away periods, says what it would erase, and does; nothing planted is left in SQLite's
/// files either.
#[test]
fn retention_is_run_by_command() {
    each_engine(|engine| {
        let app = planted(engine);
        let url = match &app.database.address {
            Address::Sqlite(path) => format!("sqlite://{}", path.display()),
            Address::Postgres(url) => url.clone(),
        };
        let retention = |arguments: &[&str]| -> Output {
            let mut command = Command::new(env!("CARGO_BIN_EXE_panoh"));
            command.arg("retention").args(arguments).env("PANOH_DATABASE", &url).output().unwrap()
        };
        let said = |arguments: &[&str]| {
            let output = retention(arguments);
            assert!(output.status.success(), "{output:?}");
            String::from_utf8(output.stdout).unwrap()
        };
        let period = |holder, category, months| {
            retention(&["set", "--holder", holder, "--category", category, "--months", months])
        };
        for (refused, expected) in [
            (period("unhcr", "NAMES", "12"), "IDENTITY, CONTACT"),
            (period("unhcr", "DEMOGRAPHICS", "12"), "DEMOGRAPHICS has no period"),
            (period("unhcr", "IDENTITY", "0"), "1..=1200"),
            (period("nobody", "IDENTITY", "12"), "there is no agency nobody"),
            (retention(&["unset", "--holder", "unhcr", "--category", "FAMILY"]), "unhcr has no period for FAMILY"),
        ] {
            let complaint = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert!(!refused.status.success() && complaint.contains(expected), "{complaint}");
        }
        for months in ["12", "192"] {
            assert!(period("unhcr", "IDENTITY", months).status.success());
        }
        assert!(period("undp", "FAMILY", "1").status.success());
        let listed: Vec<String> =
            said(&["list"]).lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(listed, ["undp FAMILY 1", "unhcr IDENTITY 192"]);
        assert!(retention(&["unset", "--holder", "undp", "--category", "FAMILY"]).status.success());
        // What was deleted earlier is in free pages of SQLite's file.
        let given =
            format!("CREATE TABLE given (name TEXT); INSERT INTO given VALUES ('{}')", "Shirinqanary".repeat(2_000));
        work(&app, |connection| Ok(connection.batch_execute(&given)?));
        work(&app, |connection| Ok(connection.batch_execute("DROP TABLE given")?));
        let before = dump(&app, engine);
        assert!(said(&["run", "--dry-run"]).ends_with("IDENTITY        of 2 people would be anonymised\n"));
        assert_eq!(dump(&app, engine), before);
        assert!(said(&["run"]).ends_with("IDENTITY        of 2 people anonymised\n"));
        assert_eq!(found(&app, engine, &PLANTED), BTreeSet::new());
        if let Address::Sqlite(path) = &app.database.address {
            for suffix in ["", "-wal", "-audit", "-audit-wal"] {
                let bytes = std::fs::read(format!("{}{suffix}", path.display())).unwrap_or_default();
                for planted in ["Zarrinqanary", "Shirinqanary", "QN-4711", "+99277700"] {
                    let traces = bytes.windows(planted.len()).filter(|window| *window == planted.as_bytes()).count();
                    assert_eq!(traces, 0, "{planted} in the file{suffix}");
                }
            }
        }
        assert_eq!(said(&["run"]), "nothing is past its period\n");
    });
}

/// An agreement's period is proposed and shown; one that is no period is refused.
#[test]
fn an_agreement_states_its_period() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 20);
        let propose = |reference: &str, months: &str| {
            let terms = format!(
                "reference: \"{reference}\", providerCode: \"unhcr\", recipientCode: \"undp\", purpose: STATISTICS, level: STATISTICS, \
                 categories: [DEMOGRAPHICS], consentRequired: false, validFrom: \"2026-01-01\", validUntil: \"2027-01-01\" {months}"
            );
            let mutation = format!(
                "mutation {{ proposeAgreement(input: {{ terms: {{ {terms} }} }}) {{ agreement {{ retentionMonths }} userErrors {{ message }} }} }}"
            );
            app.data("unhcr", &mutation)["proposeAgreement"].clone()
        };
        assert_eq!(propose("R-1", ", retentionMonths: 24")["agreement"]["retentionMonths"], 24);
        assert_eq!(propose("R-2", "")["agreement"], json!({ "retentionMonths": null }));
        for months in [0, -1, 1_201] {
            let refused = propose("R-3", &format!(", retentionMonths: {months}"));
            assert!(refused["userErrors"][0]["message"].as_str().unwrap().contains("1 to 1200 months"), "{refused}");
        }
    });
}

/// How many rows of coverage have some value by which people are found or ordered, of those that pass.
fn valued(app: &TestApp, passes: &str) -> i64 {
    let derived = table("coverages").columns.iter().filter(|column| column.treatment.erased_with().is_some());
    let values: Vec<String> = derived.map(|column| format!("{} IS NOT NULL", column.name)).collect();
    assert_eq!(values.len(), 9);
    let count =
        format!("SELECT CAST(count(*) AS TEXT) AS value FROM coverages WHERE ({}) AND {passes}", values.join(" OR "));
    one(app, &count).parse().unwrap()
}

/// Coverage that ends keeps none of a person's values; and what is erased of a person is erased of coverage too.
#[test]
fn coverage_keeps_nothing_that_is_past() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        assert!(valued(&app, "ended IS NULL") > 100);
        change_people(&app, "UPDATE consents SET decision = 'REFUSED', expires_on = NULL WHERE newest");
        let ended = one(&app, "SELECT CAST(count(*) AS TEXT) AS value FROM coverages WHERE ended IS NOT NULL");
        assert!(ended.parse::<i64>().unwrap() > 10, "agreements covered people");
        assert_eq!(valued(&app, "ended IS NOT NULL"), 0);
        set(&app, DataCategory::Contact, Some(1));
        set(&app, DataCategory::LegalStatus, Some(1));
        run(&app);
        let left = "SELECT CAST(count(*) AS TEXT) AS value FROM coverages JOIN individuals ON individuals.id = individual_id \
                    WHERE individuals.phone IS NULL AND coverages.phone IS NOT NULL \
                        OR individuals.arrived_on IS NULL AND coverages.arrived_on IS NOT NULL";
        assert_eq!(one(&app, left), "0");
        assert_eq!(valued(&app, "ended IS NOT NULL"), 0);
    });
}
