//! Whom the wall takes for the viewer.

use super::*;

/// Nobody is named by anything but a key that the database itself knows: not by what a transaction before was granted, nor by
/// words that look like it.
#[test]
fn no_other_viewer_can_be_named() {
    let (_, database) = world(1);
    let mut server = server(&database);
    let nothing = |server: &mut PgConnection, context: &str| {
        for table in protected() {
            let rows = numbers(server, &format!("SELECT count(*) AS number FROM {table}"));
            assert_eq!(rows, BTreeSet::from([0]), "{context}: {table}");
        }
        let cells = numbers(server, "SELECT count(*) AS number FROM statistics_cells");
        assert_eq!(cells, BTreeSet::from([0]), "{context}");
    };
    nothing(&mut server, "unopened");
    server.batch_execute(&format!("BEGIN; {}", open("agency-0", Purpose::CaseManagement))).unwrap();
    let people = numbers(&mut server, "SELECT id AS number FROM individuals");
    assert!(!people.is_empty());
    let sealed = sealed(&mut server);
    server.batch_execute("COMMIT").unwrap();
    nothing(&mut server, "after the transaction");
    let wider =
        sealed.replace("\"agency\": 1", "\"agency\": 2").replace("\"own\": 1", "\"own\": 2").replace("{-1}", "{-2}");
    assert_ne!(wider, sealed);
    server.batch_execute(&wider).unwrap();
    nothing(&mut server, "another agency under this one's seal");
    server.batch_execute(&format!("{sealed}; SET panoh.until = '2100-01-01'")).unwrap();
    nothing(&mut server, "another end");
    server.batch_execute(&sealed).unwrap();
    assert_eq!(numbers(&mut server, "SELECT id AS number FROM individuals"), people);
    postgres(&database.address).batch_execute("UPDATE policy_epochs SET epoch = epoch + 1").unwrap();
    nothing(&mut server, "a seal from before access changed");
    assert!(server.batch_execute("UPDATE policy_epochs SET epoch = epoch - 1").is_err());
    server.batch_execute("RESET ALL").unwrap();
    for (agency, purpose) in [("nobody", "CASE_MANAGEMENT"), ("agency-0", "HUMANITARIAN"), ("agency-0", "' OR true --")]
    {
        let statement = format!("SELECT wall.open('{}', $1, '{}')", api_key::hash(agency), today());
        server.batch_execute("BEGIN").unwrap();
        diesel::sql_query(statement).bind::<Text, _>(purpose).execute(&mut server).unwrap();
        nothing(&mut server, purpose);
        server.batch_execute("COMMIT").unwrap();
    }
}

/// Words of the session's own stand in for none of those that the wall decides by.
#[test]
fn names_of_the_sessions_own_deceive_nobody() {
    let (_, database) = world(3);
    let mut server = server(&database);
    server
        .batch_execute(
            "CREATE TEMPORARY TABLE agreements AS SELECT * FROM public.agreements; \
             UPDATE agreements SET recipient_id = 4, purpose = 'RESETTLEMENT', status = 'IN_FORCE', level = 'IDENTIFIED', \
                 dimensions = 0, grants = 197631, valid_from = '2000-01-01', valid_until = '2100-01-01'; \
             CREATE TEMPORARY TABLE places (id BIGINT, code TEXT); \
             SET search_path = pg_temp, public",
        )
        .unwrap();
    let seen = |server: &mut PgConnection| {
        server.batch_execute(&format!("BEGIN; {}", open("agency-3", Purpose::Resettlement))).unwrap();
        let seen = numbers(server, "SELECT id AS number FROM public.individuals");
        server.batch_execute("COMMIT").unwrap();
        seen
    };
    let deceived = seen(&mut server);
    server.batch_execute("DISCARD ALL").unwrap();
    assert_eq!(deceived, seen(&mut server));
}

/// What was opened for an emergency closes by the database's own clock, for grants that were sealed before too.
#[test]
fn an_emergency_ends_by_the_databases_clock() {
    let (world, database) = world(6);
    let mut owner = postgres(&database.address);
    let all = "DELETE FROM emergency_accesses; UPDATE agreements SET emergency = true, status = 'IN_FORCE', \
        valid_from = '2020-01-01', valid_until = '2030-01-01', level = 'IDENTIFIED', purpose = 'RESETTLEMENT', dimensions = 0, \
        grants = 197631, consent_required = false";
    owner.batch_execute(all).unwrap();
    let closes_at = Utc::now().naive_utc().trunc_subsecs(6) + TimeDelta::seconds(2);
    for agreement in &world.agreements {
        let statement = format!(
            "INSERT INTO emergency_accesses VALUES ({0}, {0}, {1}, 'CHILD_AT_RISK', '2026-01-01', '{closes_at}')",
            agreement.id, agreement.recipient_id
        );
        owner.batch_execute(&statement).unwrap();
    }
    let mut server = server(&database);
    let opening = open("agency-2", Purpose::Resettlement);
    let seen = |server: &mut PgConnection| numbers(server, "SELECT id AS number FROM individuals").len();
    server.batch_execute(&format!("BEGIN; {opening}")).unwrap();
    assert!(seen(&mut server) > 0);
    let sealed = sealed(&mut server);
    server.batch_execute("COMMIT").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(2_200));
    server.batch_execute(&sealed).unwrap();
    assert_eq!(seen(&mut server), 0);
    server.batch_execute(&format!("{sealed}; SET panoh.until = '2100-01-01'")).unwrap();
    assert_eq!(seen(&mut server), 0);
    server.batch_execute(&format!("RESET ALL; BEGIN; {opening}")).unwrap();
    assert_eq!(seen(&mut server), 0);
}

/// The server says which day it is, but no more than a day away from the database's: no other day revives what has expired.
#[test]
fn no_other_day_can_be_stated() {
    let (_, database) = world(4);
    let mut owner = postgres(&database.address);
    let bound = "DROP FUNCTION wall.may_be_today; ALTER FUNCTION wall.may_be_the_databases_day RENAME TO may_be_today";
    owner.batch_execute(bound).unwrap();
    owner.batch_execute(&format!("UPDATE coverages SET until = '{}'", today() + TimeDelta::days(1))).unwrap();
    let mut server = server(&database);
    let opening = open("agency-0", Purpose::CaseManagement);
    let seen = |server: &mut PgConnection| numbers(server, "SELECT id AS number FROM individuals").len();
    for days in [-1, 0, 1, -2, 2, -400, 400] {
        let day = today() + TimeDelta::days(days);
        let opened =
            server.batch_execute(&format!("BEGIN; {}", opening.replace(&today().to_string(), &day.to_string())));
        assert_eq!(opened.is_ok(), days.abs() <= 1, "opened {days} days away");
        assert_eq!(opened.is_ok() && seen(&mut server) > 0, [-1, 0].contains(&days), "opened {days} days away");
        server.batch_execute(&format!("ROLLBACK; BEGIN; {opening}; SET LOCAL panoh.day = '{day}'")).unwrap();
        assert_eq!(seen(&mut server) > 0, [-1, 0].contains(&days), "stated {days} days away");
        server.batch_execute("ROLLBACK").unwrap();
    }
}
