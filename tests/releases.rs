//! Releases of statistics: when they are made, of whom, and that they are made once, whole and on record.

use crate::harness::app::today;
use crate::harness::{TestApp, each_engine};
use chrono::{Days, Months, NaiveDate};
use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl};
use panoh::domain::audit::AuditEvent;
use panoh::policy::statistics::Noise;
use panoh::store::StoreError;
use panoh::store::database::connection::{Address, AnyConnection};
use panoh::store::outside_policy::outside_policy;
use panoh::store::statistics::making::release;
use panoh::store::statistics::outcome::{Made, Outcome, Wanted};
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The releases that are made on a day; of one agreement, if its reference is given.
pub fn make_all(app: &TestApp, day: NaiveDate, reference: Option<&str>) -> Vec<Made> {
    let wanted = Wanted { today: day, reference, dry_run: false, noise: &|_, _| Noise::random() };
    release(&app.database.address, &wanted, |_, _| {}).expect("it can be told")
}

/// The release that is made on a day under UNDP's agreement.
fn make(app: &TestApp, day: NaiveDate) -> Option<Made> {
    make_all(app, day, Some("DSA-2003-02")).pop()
}

fn outcome(app: &TestApp, day: NaiveDate) -> Option<Outcome> {
    make(app, day).map(|made| made.outcome)
}

pub fn quarter(nth: u32) -> NaiveDate {
    today() + Months::new(3 * nth)
}

/// Changes people outside policy, with coverage kept.
pub fn change_people(app: &TestApp, statement: &str) {
    let work = |connection: &mut AnyConnection| connection.batch_execute(statement).map_err(StoreError::from);
    outside_policy(&app.database.address, AuditEvent::Import, "changes", work).expect("they are changed");
}

/// Gives the first so many people a legal status.
pub fn edit(app: &TestApp, people: usize, status: &str) {
    change_people(
        app,
        &format!(
            "UPDATE individuals SET legal_status = '{status}' WHERE id IN (SELECT id FROM individuals ORDER BY id LIMIT {people})"
        ),
    );
}

pub fn count(app: &TestApp, statement: &str) -> i64 {
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

/// Gives everybody one age and legal status, so that nobody changes by itself.
pub fn stand_still(app: &TestApp) {
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
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        assert!(said.starts_with("no release is due\nDSA-2003-02: the next release may be made from "), "{said}");
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
        change_people(
            &app,
            "INSERT INTO coverage_changes (made_on) VALUES ('2026-04-16'); \
             UPDATE coverages SET since = (SELECT max(id) FROM coverage_changes) \
             WHERE individual_id IN (SELECT id FROM individuals ORDER BY id LIMIT 10)",
        );
        assert_eq!(people(&app, late), 290, "ten came the day after");
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

/// The next release is months after a late one was made, not after its day: two are never close.
#[test]
fn a_late_release_puts_the_next_one_off() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 300);
        stand_still(&app);
        change_people(&app, "UPDATE coverage_changes SET made_on = NULL");
        let late = quarter(2) - Days::new(5);
        let made = make(&app, late).unwrap();
        assert_eq!((made.outcome, made.as_of, made.next_from), (Outcome::Made, quarter(1), late + Months::new(3)));
        edit(&app, 30, "OTHER");
        assert_eq!(outcome(&app, quarter(2)), None, "it would be five days after the last one");
        assert_eq!(outcome(&app, late + Months::new(3)), Some(Outcome::Made));
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
            &format!("{{ accessLog(individualId: {id}, first: 50) {{ nodes {{ agency {{ code }} categories }} }} }}"),
        );
        assert!(log.to_string().contains("{\"agency\":{\"code\":\"undp\"},\"categories\":[\"DEMOGRAPHICS\""), "{log}");
        let changes =
            "SELECT count(*) AS number FROM audit_entries WHERE detail LIKE 'statistics release 1 as of 2026-01-15%'";
        assert_eq!(count(&app, changes), 2);
    });
}
