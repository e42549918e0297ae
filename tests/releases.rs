//! Releases of statistics: when they are made, of whom, and that they are made once, whole and on record.

use crate::changes::{agreement, change, done, refused};
use crate::harness::app::today;
use crate::harness::{TestApp, each_engine};
use chrono::{Days, Months, NaiveDate};
use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl};
use panoh::domain::audit::AuditEvent;
use panoh::policy::statistics::Noise;
use panoh::store::StoreError;
use panoh::store::connection::{Address, AnyConnection};
use panoh::store::statistics::making::{Made, Outcome, Wanted, release};
use panoh::store::transaction::outside_policy;
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The releases that are made on a day, under UNDP's agreement.
fn make(app: &TestApp, day: NaiveDate) -> Option<Made> {
    let wanted = Wanted { today: day, reference: Some("DSA-2003-02"), dry_run: false, noise: &|_, _| Noise::random() };
    release(&app.database.address, &wanted, |_, _| {}).expect("it can be told").pop()
}

fn outcome(app: &TestApp, day: NaiveDate) -> Option<Outcome> {
    make(app, day).map(|made| made.outcome)
}

fn quarter(nth: u32) -> NaiveDate {
    today() + Months::new(3 * nth)
}

/// Changes people outside policy, with coverage kept.
fn change_people(app: &TestApp, statement: &str) {
    let work = |connection: &mut AnyConnection| connection.batch_execute(statement).map_err(StoreError::from);
    outside_policy(&app.database.address, AuditEvent::Import, "changes", work).expect("they are changed");
}

/// Gives the first so many people a legal status.
fn edit(app: &TestApp, people: usize, status: &str) {
    change_people(
        app,
        &format!(
            "UPDATE individuals SET legal_status = '{status}' WHERE id IN (SELECT id FROM individuals ORDER BY id LIMIT {people})"
        ),
    );
}

fn count(app: &TestApp, statement: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Number {
        #[diesel(sql_type = BigInt)]
        number: i64,
    }
    let query = diesel::sql_query(statement);
    let found: Result<Number, _> = match &mut app.database.address.connect(false).expect("a connection") {
        AnyConnection::Sqlite(sqlite) => query.get_result(sqlite),
        AnyConnection::Postgresql(postgres) => query.get_result(postgres),
    };
    found.expect("a number").number
}

/// All that UNDP reads of a table: release, total, rest and cells.
fn table(app: &TestApp, group_by: &str) -> Value {
    let query = format!(
        "{{ caseloadStatistics(groupBy: [{group_by}]) {{ release {{ number asOf nextFrom }} total {{ count }} rest {{ count }} \
         cells {{ key {{ value }} cell {{ count }} }} }} }}"
    );
    let answer = app.ask_for("undp", Some("STATISTICS"), &query, json!({}));
    assert!(answer.get("errors").is_none(), "{answer}");
    answer["data"]["caseloadStatistics"].clone()
}

/// Of two agreements between the same parties, for the same purpose, whose tables overlap, one begins.
#[test]
fn two_agreements_with_a_dimension_in_common_do_not_begin_together() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 100);
        for (reference, tables) in [("TWIN-1", "{ dimensions: [SEX] }"), ("TWIN-2", "{ dimensions: [SEX AGE_BAND] }")] {
            done(&change(&app, "unhcr", "proposeAgreement", &format!("terms: {{ {} }}", terms(reference, tables))));
            done(&change(&app, "unhcr", "signAgreement", &agreement(&app, "unhcr", reference)));
            done(&change(&app, "undp", "signAgreement", &agreement(&app, "undp", reference)));
        }
        change_people(
            &app,
            "DELETE FROM statistics_cells; DELETE FROM statistics_releases; DELETE FROM statistics_counted; \
             UPDATE agreements SET status = 'SUSPENDED' WHERE reference = 'DSA-2003-02'",
        );
        let wanted = Wanted { today: today(), reference: None, dry_run: false, noise: &|_, _| Noise::random() };
        let made = release(&app.database.address, &wanted, |_, _| {}).unwrap();
        let twins: Vec<Outcome> =
            made.into_iter().filter(|made| made.reference.starts_with("TWIN")).map(|made| made.outcome).collect();
        assert_eq!(twins, [Outcome::Made, Outcome::Overtaken]);
    });
}

/// Gives everybody one age and legal status, so that nobody changes by itself.
fn stand_still(app: &TestApp) {
    change_people(app, "UPDATE individuals SET date_of_birth = '1990-06-15', legal_status = 'REFUGEE'");
}

/// A release is not made before its day, nor with fewer than twenty changes; then the last one stands until the next period. What is
/// released does not move with the people.
#[test]
fn a_release_waits_for_its_day_and_for_enough_changes() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let first = table(&app, "REGION LEGAL_STATUS");
        assert_eq!(first["release"], json!({ "number": 1, "asOf": "2026-01-15", "nextFrom": "2026-04-15" }));
        stand_still(&app);
        assert_eq!(table(&app, "REGION LEGAL_STATUS"), first);
        assert_eq!(outcome(&app, quarter(1) - Days::new(1)), None, "not before its day");
        assert_eq!(outcome(&app, quarter(1)), Some(Outcome::Made));
        assert_eq!(outcome(&app, quarter(1)), None, "once");

        edit(&app, 19, "OTHER");
        assert_eq!(outcome(&app, quarter(2)), Some(Outcome::Stands));
        let stands = table(&app, "REGION LEGAL_STATUS");
        assert_eq!(stands["release"], json!({ "number": 2, "asOf": "2026-04-15", "nextFrom": "2026-10-15" }));
        edit(&app, 20, "OTHER");
        assert_eq!(outcome(&app, quarter(3) - Days::new(1)), None, "the next attempt is on the next period's day");
        edit(&app, 1, "REFUGEE");
        assert_eq!(outcome(&app, quarter(3)), Some(Outcome::Stands), "one is again as at the last release");
        edit(&app, 20, "REFUGEE");
        assert_eq!(outcome(&app, quarter(4)), Some(Outcome::Stands), "all are");
        edit(&app, 20, "OTHER");
        let made = make(&app, quarter(5)).unwrap();
        assert_eq!((made.outcome, made.changed, made.people), (Outcome::Made, 20, 300));
        assert_eq!(table(&app, "REGION")["release"]["number"], 3);
    });
}

/// Of more than two thousand people, one in a hundred must have changed.
#[test]
fn of_many_people_one_in_a_hundred_must_have_changed() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 2_100);
        stand_still(&app);
        assert_eq!(outcome(&app, quarter(1)), Some(Outcome::Made));
        edit(&app, 20, "OTHER");
        assert_eq!(outcome(&app, quarter(2)), Some(Outcome::Stands));
        edit(&app, 21, "OTHER");
        assert_eq!(outcome(&app, quarter(3)), Some(Outcome::Made));
    });
}

/// From several machines at once one release is made; and what fails leaves the last one whole.
#[test]
fn a_release_is_made_once_and_whole() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let outcomes: Vec<Option<Made>> = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| make(&app, quarter(1)))).collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        stand_still(&app);
        let made = outcomes.iter().flatten().filter(|made| made.outcome != Outcome::Overtaken).count();
        let releases = "SELECT count(*) AS number FROM statistics_releases WHERE number = 2";
        let stood = outcomes.iter().flatten().any(|made| made.outcome == Outcome::Stands);
        assert_eq!(made, 1, "{outcomes:?}");
        assert_eq!(count(&app, releases), i64::from(!stood));

        let before = table(&app, "ARRIVAL_YEAR");
        let (all, refuse) = match engine {
            crate::harness::Engine::Sqlite => (
                "DROP TRIGGER refuse",
                "CREATE TRIGGER refuse BEFORE INSERT ON statistics_counted BEGIN SELECT RAISE(ABORT, 'full'); END",
            ),
            crate::harness::Engine::Postgres => (
                "ALTER TABLE statistics_counted DROP CONSTRAINT refuse",
                "ALTER TABLE statistics_counted ADD CONSTRAINT refuse CHECK (false) NOT VALID",
            ),
        };
        let owner = |statement: &str| app.database.address.connect(false).unwrap().batch_execute(statement).unwrap();
        owner(refuse);
        let wanted = Wanted {
            today: quarter(2),
            reference: Some("DSA-2003-02"),
            dry_run: false,
            noise: &|_, _| Noise::random(),
        };
        assert!(release(&app.database.address, &wanted, |_, _| {}).is_err());
        assert_eq!(table(&app, "ARRIVAL_YEAR"), before);
        owner(all);
        assert_eq!(outcome(&app, quarter(2)), Some(Outcome::Made));
    });
}

/// Killed in the middle, again and again, the command leaves the release that stands whole; then it makes the next one, once.
#[test]
fn a_killed_release_leaves_the_last_one_whole() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 1_500);
        edit(&app, 400, "OTHER");
        let due = "UPDATE statistics_releases SET next_from = '2026-04-15'; UPDATE coverage_changes SET made_on = NULL; \
            UPDATE agreements SET valid_until = '2099-01-01'";
        change_people(&app, due);
        let url = match &app.database.address {
            Address::Sqlite(path) => format!("sqlite://{}", path.display()),
            Address::Postgres(url) => url.clone(),
        };
        let command = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_panoh"));
            command.args(["statistics", "release", "--agreement", "DSA-2003-02"]).env("PANOH_DATABASE", &url);
            command
        };
        let cells = "SELECT count(*) AS number FROM statistics_cells JOIN statistics_releases ON id = release_id WHERE number = NTH";
        let of = |number: &str| count(&app, &cells.replace("NTH", number));
        let counted = "SELECT count(*) AS number FROM statistics_counted JOIN agreements ON id = agreement_id \
            WHERE reference = 'DSA-2003-02'";
        let first = of("1");
        let (mut killed, mut after) = (0, Duration::from_millis(5));
        while count(&app, "SELECT count(*) AS number FROM statistics_releases WHERE number = 2") == 0 {
            let mut running = command().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(after);
            running.kill().unwrap();
            running.wait().unwrap();
            killed += 1;
            after += Duration::from_millis(40);
            assert_eq!((of("1"), count(&app, counted)), (first, 1_500));
        }
        assert!(killed > 2 && of("2") > 30, "{killed} times");
        let said = command().output().unwrap();
        assert_eq!(String::from_utf8_lossy(&said.stdout), "no release is due\n");
        assert_eq!(table(&app, "REGION")["release"]["number"], 2);
    });
}

/// A late release is of its day: it counts nobody who came after that day, and nobody who has refused since; ages are of the day.
#[test]
fn a_late_release_is_as_of_its_day() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        stand_still(&app);
        let late = quarter(1) + Days::new(10);
        let people = |app: &TestApp, day: NaiveDate| {
            let wanted =
                Wanted { today: day, reference: Some("DSA-2003-02"), dry_run: true, noise: &|_, _| Noise::random() };
            let made = release(&app.database.address, &wanted, |_, _| {}).unwrap().pop().unwrap();
            assert_eq!(made.as_of, quarter(1));
            made.people
        };
        change_people(&app, "UPDATE coverage_changes SET made_on = '2026-04-15'");
        assert_eq!(people(&app, late), 300);
        change_people(&app, "UPDATE coverage_changes SET made_on = '2026-04-16'");
        assert_eq!(people(&app, late), 0, "they came the day after");
        change_people(&app, "UPDATE coverage_changes SET made_on = NULL");
        change_people(
            &app,
            "INSERT INTO consents (id, individual_id, recipient_id, purpose, decision, recorded_at, newest) \
             SELECT 7, min(individuals.id), (SELECT id FROM agencies WHERE code = 'undp'), 'STATISTICS', 'REFUSED', \
             '2026-01-15 09:00:00', true FROM individuals",
        );
        assert_eq!(people(&app, late), 299, "one has refused since");
        change_people(&app, "UPDATE individuals SET date_of_birth = '2008-04-20'");
        assert_eq!(make(&app, late).unwrap().outcome, Outcome::Made);
        let by_age = table(&app, "AGE_BAND");
        let of = |band: &str| {
            let cells = by_age["cells"].as_array().unwrap();
            cells.iter().find(|cell| cell["key"][0]["value"] == band).unwrap()["cell"]["count"].clone()
        };
        assert!(of("AGE_12_17").as_i64().unwrap() > 100 && of("AGE_18_59").is_null(), "{by_age}");
    });
}

/// A release is on record in the log of everybody who is counted, and in the recipient's audit.
#[test]
fn a_release_is_on_record() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 60);
        let people = app.data("unhcr", "{ individuals(first: 1) { nodes { id } } }");
        let id = &people["individuals"]["nodes"][0]["id"];
        let log = app.data(
            "unhcr",
            &format!("{{ accessLog(individual: {id}, first: 50) {{ nodes {{ agency {{ code }} categories }} }} }}"),
        );
        assert!(log.to_string().contains("{\"agency\":{\"code\":\"undp\"},\"categories\":[\"DEMOGRAPHICS\""), "{log}");
        let changes =
            "SELECT count(*) AS number FROM audit_entries WHERE detail LIKE 'statistics release 1 as of 2026-01-15%'";
        assert_eq!(count(&app, changes), 2);
    });
}

/// A new version of an agreement draws no noise before the next release of the old one would.
#[test]
fn a_renewed_agreement_waits_for_the_others_day() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 200);
        stand_still(&app);
        let terms = terms("DSA-2003-02-B", "{ dimensions: [SEX] }");
        let renewal = format!("{}, terms: {{ {terms} }}", agreement(&app, "unhcr", "DSA-2003-02"));
        done(&change(&app, "unhcr", "renewAgreement", &renewal));
        done(&change(&app, "unhcr", "signAgreement", &agreement(&app, "unhcr", "DSA-2003-02-B")));
        done(&change(&app, "undp", "signAgreement", &agreement(&app, "undp", "DSA-2003-02-B")));
        let on = |day: NaiveDate| {
            let wanted = Wanted { today: day, reference: None, dry_run: false, noise: &|_, _| Noise::random() };
            let made = release(&app.database.address, &wanted, |_, _| {}).unwrap();
            made.into_iter()
                .filter(|made| made.reference.starts_with("DSA-2003-02"))
                .map(|made| made.reference)
                .collect::<Vec<_>>()
        };
        let ask = || {
            app.ask_for(
                "undp",
                Some("STATISTICS"),
                "{ caseloadStatistics(groupBy: [SEX]) { release { number } } }",
                json!({}),
            )
        };
        assert_eq!(on(today()), Vec::<String>::new(), "not beside the other on its day either");
        assert_eq!(on(today() + Days::new(30)), Vec::<String>::new());
        assert_eq!(ask()["errors"][0]["extensions"]["code"], "UNAVAILABLE");
        assert_eq!(on(quarter(1)), ["DSA-2003-02-B"]);
        assert_eq!(ask()["data"]["caseloadStatistics"]["release"]["number"], 1);
    });
}

fn terms(reference: &str, tables: &str) -> String {
    format!(
        "reference: \"{reference}\", provider: \"unhcr\", recipient: \"undp\", purpose: STATISTICS, level: STATISTICS, \
         categories: [DEMOGRAPHICS SPECIFIC_NEEDS], consentRequired: false, validFrom: \"2025-01-01\", validUntil: \"2030-01-01\", \
         statisticsTables: [{tables}]"
    )
}

/// Proposals whose releases would tell too much are refused with the number and the tables; a preview tells the provider what a
/// release would, before it signs.
#[test]
fn tables_are_agreed_within_bounds_and_previewed() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        let propose = |tables: &str, more: &str| {
            change(&app, "unhcr", "proposeAgreement", &format!("terms: {{ {} {more} }}", terms("T-1", tables)))
        };
        let lists = "{ dimensions: [SPECIFIC_NEED] }, { dimensions: [SPECIFIC_NEED SEX] }, { dimensions: [SPECIFIC_NEED REGION] }";
        let payload = propose(lists, "");
        assert_eq!(refused(&payload), ("terms.statisticsTables".to_owned(), "INVALID".to_owned()));
        let message = payload["userErrors"][0]["message"].as_str().unwrap();
        assert!(message.contains("in 9 figures") && message.contains("SPECIFIC_NEED × SEX (3)"), "{message}");
        assert_eq!(refused(&propose("{ dimensions: [PLACE] }", "")).0, "terms.statisticsTables");
        assert_eq!(refused(&propose("{ dimensions: [SEX] }", "releaseMonths: 2")).0, "terms.releaseMonths");
        assert_eq!(refused(&propose("", "releaseMonths: 3")).0, "terms.releaseMonths");
        assert_eq!(refused(&propose("{ dimensions: [SEX] }", "emergency: true")).0, "terms.statisticsTables");

        let tables = "{ dimensions: [SEX AGE_BAND] }, { dimensions: [SPECIFIC_NEED], valuesPerPerson: 2 }";
        let query = format!(
            "{{ agreementPreview(input: {{ terms: {{ {} }} }}) {{ preview {{ statistics {{ figuresPerPerson figuresPerPersonInAll says \
             inferences {{ dimension guessedIn100 atMostIn100 says }} \
             tables {{ table {{ dimensions valuesPerPerson }} withheldCellsIn100 withheldPeopleIn100 total {{ count }} \
             cells {{ key {{ value }} cell {{ count }} }} }} }} }} }} }}",
            terms("T-2", tables)
        );
        let preview = app.data("unhcr", &query)["agreementPreview"]["preview"]["statistics"].clone();
        assert_eq!((&preview["figuresPerPerson"], &preview["figuresPerPersonInAll"]), (&json!(3), &json!(11)));
        let sex = preview["inferences"].as_array().unwrap().iter().find(|one| one["dimension"] == "SEX").unwrap();
        let (guessed, most) = (sex["guessedIn100"].as_i64().unwrap(), sex["atMostIn100"].as_i64().unwrap());
        assert!((50..60).contains(&guessed) && most > guessed && most < 70, "{sex}");
        assert_eq!(preview["tables"][0]["cells"].as_array().unwrap().len(), 10);
        assert!((preview["tables"][0]["total"]["count"].as_i64().unwrap() - 300).abs() < 60, "{preview}");

        let payload = propose(tables, "");
        done(&payload);
        let query = "{ agreements(first: 1, filter: { reference: { eq: \"T-1\" } }) { nodes { releaseMonths statisticsTables { dimensions \
            valuesPerPerson } } } }";
        assert_eq!(
            app.data("undp", query)["agreements"]["nodes"][0],
            json!({ "releaseMonths": 3, "statisticsTables": [
                { "dimensions": ["SEX", "AGE_BAND"], "valuesPerPerson": 1 },
                { "dimensions": ["SPECIFIC_NEED"], "valuesPerPerson": 2 }] })
        );
    });
}
