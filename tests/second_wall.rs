//! The second wall with the first one turned off: statements of an attacker who speaks SQL as the server's own role.

use crate::harness::app::{secret, today};
use crate::harness::oracle::Oracle;
use crate::harness::world::World;
use crate::harness::{Database, Engine};
use chrono::{SubsecRound, TimeDelta, Utc};
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{PgConnection, QueryableByName, RunQueryDsl};
use panoh::domain::category::DataCategory;
use panoh::domain::purpose::Purpose;
use panoh::domain::{Key, Vocabulary};
use panoh::policy::api_key;
use panoh::policy::columns::columns;
use panoh::policy::statistics::{BOUND, LEAST_MINIMUM};
use panoh::store::connection::{Address, AnyConnection};
use panoh::store::{StoreError, wall};
use std::collections::BTreeSet;

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Up to how many people the wall gathers a viewer's: none of a world's, or all.
const GATHERING: [u32; 2] = [0, 1_000];

fn postgres(address: &Address) -> PgConnection {
    match address.connect(false).unwrap() {
        AnyConnection::Postgresql(connection) => connection,
        AnyConnection::Sqlite(_) => panic!("SQLite has no second wall"),
    }
}

/// A connection as the server's role.
fn server(database: &Database) -> PgConnection {
    postgres(&wall::server_address(&database.address, &secret()).unwrap())
}

/// A database with a random world.
fn world(seed: u64) -> (World, Database) {
    let (world, database) = (World::new(seed), Database::migrated(Engine::Postgres));
    world.insert(&database.address);
    (world, database)
}

/// The statement that opens a transaction for an agency.
fn open(agency: &str, purpose: Purpose, few: u32) -> String {
    format!("SELECT wall.open('{}', '{}', '{}', {few})", api_key::hash(agency), purpose.code(), today())
}

/// The statement that opens another transaction as the one before was.
fn sealed(connection: &mut PgConnection) -> String {
    let mut set = |name: &str| {
        let value = names(connection, &format!("SELECT current_setting('panoh.{name}') AS name")).pop_first().unwrap();
        format!("SET panoh.{name} = '{value}'")
    };
    ["granted", "people", "until", "seal"].map(set).join("; ")
}

fn keys(connection: &mut PgConnection, statement: &str) -> BTreeSet<Key> {
    let rows: Vec<Number> = diesel::sql_query(statement).load(connection).unwrap();
    rows.into_iter().map(|row| row.number).collect()
}

fn names(connection: &mut PgConnection, statement: &str) -> BTreeSet<String> {
    let rows: Vec<Name> = diesel::sql_query(statement).load(connection).unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

fn protected() -> BTreeSet<&'static str> {
    columns().into_iter().map(|column| column.table).collect()
}

/// A raw statement sees the rows that section 4 gives the viewer, and of what hangs on them what one of its agreements grants.
#[test]
fn raw_statements_see_the_viewers_rows_alone() {
    let mut seen = 0;
    for (seed, few) in (0..8).flat_map(|seed| GATHERING.map(|few| (seed, few))) {
        let (world, database) = world(seed);
        let mut server = server(&database);
        for agency in &world.agencies {
            for purpose in [Purpose::CaseManagement, Purpose::Resettlement, Purpose::ProgrammeDelivery] {
                let oracle = Oracle { world: &world, agency: agency.id, purpose };
                let context = format!("seed {seed} gathering {few} {} {purpose}", agency.code);
                server.batch_execute(&format!("BEGIN; {}", open(&agency.code, purpose, few))).unwrap();
                let of = |category: Option<DataCategory>| -> BTreeSet<Key> {
                    let sees = |id: &Key| {
                        let person = world.people.iter().find(|person| person.id == *id).unwrap();
                        let sight = oracle.sight(person);
                        sight.is_some_and(|sight| category.is_none_or(|one| sight.granted.contains(&one)))
                    };
                    world.people.iter().map(|person| person.id).filter(sees).collect()
                };
                let visible = of(None);
                seen += visible.len();
                assert_eq!(keys(&mut server, "SELECT id AS number FROM individuals"), visible, "{context}");
                for (table, category, stored) in [
                    ("specific_needs", DataCategory::SpecificNeeds, ids(&world.needs, |need| need.individual_id)),
                    ("solutions", DataCategory::Solutions, ids(&world.solutions, |solution| solution.individual_id)),
                    ("enrolments", DataCategory::Assistance, ids(&world.enrolments, |one| one.individual_id)),
                    ("incidents", DataCategory::Protection, ids(&world.incidents, |one| one.individual_id)),
                ] {
                    let expected: BTreeSet<Key> = of(Some(category)).intersection(&stored).copied().collect();
                    let found = keys(&mut server, &format!("SELECT individual_id AS number FROM {table}"));
                    assert_eq!(found, expected, "{context} {table}");
                }
                let own = purpose == Purpose::CaseManagement;
                let consents = world.consents.iter().map(|(consent, _)| consent).filter(|consent| {
                    let to_viewer = consent.recipient_id == agency.id && consent.purpose == purpose;
                    visible.contains(&consent.individual_id) && (own || to_viewer)
                });
                let expected: BTreeSet<Key> = consents.map(|consent| consent.individual_id).collect();
                assert_eq!(keys(&mut server, "SELECT individual_id AS number FROM consents"), expected, "{context}");
                let families = of(Some(DataCategory::Family));
                let of_people = world.people.iter().filter(|person| families.contains(&person.id));
                let mut expected: BTreeSet<Key> = of_people.filter_map(|person| person.case_id).collect();
                if own {
                    expected = ids(&world.cases, |case| case.id);
                    expected.retain(|id| world.cases.iter().any(|case| case.id == *id && case.holder_id == agency.id));
                }
                assert_eq!(keys(&mut server, "SELECT id AS number FROM cases"), expected, "{context}");
                server.batch_execute("COMMIT").unwrap();
            }
        }
    }
    assert!(seen > 500, "only {seen} rows were seen");
}

/// What was opened for an emergency closes by the database's own clock, for grants that were sealed before too.
#[test]
fn an_emergency_ends_by_the_databases_clock() {
    let (world, database) = world(6);
    let mut owner = postgres(&database.address);
    let all = "DELETE FROM emergency_accesses; UPDATE agreements SET emergency = true, status = 'IN_FORCE', \
        valid_from = '2020-01-01', valid_until = '2030-01-01', level = 'IDENTIFIED', purpose = 'RESETTLEMENT', scope = '{}', \
        consent_required = false";
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
    let opening = open("agency-2", Purpose::Resettlement, 0);
    let seen = |server: &mut PgConnection| keys(server, "SELECT id AS number FROM individuals").len();
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

/// Emergency agreements are opened and reviewed by whoever may, and no longer than hours, by raw statements too.
#[test]
fn emergencies_are_opened_by_their_steps_alone() {
    let (world, database) = world(7);
    let mut owner = postgres(&database.address);
    let agreement = world.agreements.iter().find(|agreement| agreement.provider_id == 1).unwrap();
    let (id, recipient) = (agreement.id, agreement.recipient_id);
    let stranger = (2..=4).find(|agency| *agency != recipient).unwrap();
    owner
        .batch_execute(&format!(
            "DELETE FROM emergency_accesses; UPDATE agreements SET emergency = (id = {id}), status = 'IN_FORCE'; \
             UPDATE clients SET role = 'DATA_OFFICER'"
        ))
        .unwrap();
    let mut server = server(&database);
    let mut attempt = |agency: Key, statement: &str| {
        let opening = open(&format!("agency-{}", agency - 1), Purpose::CaseManagement, 0);
        server.batch_execute(&format!("BEGIN; {opening}")).unwrap();
        let written = diesel::sql_query(statement).execute(&mut server);
        server.batch_execute("COMMIT").unwrap();
        written.unwrap_or_default()
    };
    let opens = |agreement: Key, from: &str, hours: i32| {
        format!(
            "INSERT INTO emergency_accesses VALUES ({agreement}, {agreement}, {recipient}, 'CHILD_AT_RISK', \
             now() AT TIME ZONE 'UTC' + interval '{from}', now() AT TIME ZONE 'UTC' + interval '{hours} hours')"
        )
    };
    let reviews = "UPDATE emergency_accesses SET reviewed_at = now(), justified = true";
    let other = world.agreements.iter().find(|other| other.recipient_id == recipient && other.id != id);
    assert_eq!(attempt(stranger, &opens(id, "0", 1)), 0);
    assert_eq!(attempt(1, &opens(id, "0", 1)), 0, "the provider");
    assert_eq!(attempt(recipient, &opens(id, "0", 4)), 0, "too long");
    assert_eq!(attempt(recipient, &opens(id, "1 day", 26)), 0, "not now");
    assert_eq!(other.map(|other| attempt(recipient, &opens(other.id, "0", 1))).unwrap_or_default(), 0, "no emergency");
    assert_eq!(attempt(recipient, &opens(id, "0", 1)), 1);
    assert_eq!(attempt(recipient, &opens(id, "0", 1).replacen(&format!("({id}"), "(99", 1)), 0, "unreviewed");
    assert_eq!(attempt(recipient, "UPDATE emergency_accesses SET closes_at = closes_at + interval '1 hour'"), 0);
    assert_eq!(attempt(recipient, reviews), 0, "the recipient");
    assert_eq!(attempt(stranger, reviews), 0);
    assert_eq!(attempt(1, "UPDATE emergency_accesses SET closes_at = closes_at + interval '1 hour'"), 0);
    assert_eq!(attempt(1, reviews), 1);
    assert_eq!(attempt(recipient, &opens(id, "0", 1).replacen(&format!("({id}"), "(99", 1)), 1);
}

/// Anonymised people are seen by their holder alone.
#[test]
fn anonymised_rows_are_the_holders_alone() {
    let (world, database) = world(5);
    let mut server = server(&database);
    postgres(&database.address).batch_execute("UPDATE individuals SET anonymised = true").unwrap();
    let mut shared = 0;
    for (agency, few) in world.agencies.iter().flat_map(|agency| GATHERING.map(|few| (agency, few))) {
        for purpose in [Purpose::CaseManagement, Purpose::Resettlement, Purpose::ProgrammeDelivery] {
            let oracle = Oracle { world: &world, agency: agency.id, purpose };
            let visible = world.people.iter().filter(|person| oracle.sight(person).is_some()).map(|person| person.id);
            let visible: BTreeSet<Key> = visible.collect();
            server.batch_execute(&format!("BEGIN; {}", open(&agency.code, purpose, few))).unwrap();
            let seen = keys(&mut server, "SELECT id AS number FROM individuals");
            server.batch_execute("COMMIT").unwrap();
            if purpose == Purpose::CaseManagement {
                assert_eq!(seen, visible);
            } else {
                shared += visible.len();
                assert_eq!(seen, BTreeSet::new());
            }
        }
    }
    assert!(shared > 0);
}

fn ids<T>(items: &[T], id: impl Fn(&T) -> Key) -> BTreeSet<Key> {
    items.iter().map(id).collect()
}

/// Nobody is named by anything but a key that the database itself knows: not by what a transaction before was granted, nor by
/// words that look like it.
#[test]
fn no_other_viewer_can_be_named() {
    let (_, database) = world(1);
    let mut server = server(&database);
    let nothing = |server: &mut PgConnection, context: &str| {
        for table in protected() {
            let rows = keys(server, &format!("SELECT count(*) AS number FROM {table}"));
            assert_eq!(rows, BTreeSet::from([0]), "{context}: {table}");
        }
        assert!(server.batch_execute("SELECT * FROM wall.statistics('{SEX}', '{}', '{}')").is_err(), "{context}");
    };
    nothing(&mut server, "unopened");
    server.batch_execute(&format!("BEGIN; {}", open("agency-0", Purpose::CaseManagement, 1_000))).unwrap();
    let people = keys(&mut server, "SELECT id AS number FROM individuals");
    assert!(!people.is_empty());
    let sealed = sealed(&mut server);
    server.batch_execute("COMMIT").unwrap();
    nothing(&mut server, "after the transaction");
    let wider = sealed.replace("\"agency\": 1", "\"agency\": 2").replace("\"own\": 1", "\"own\": 2");
    assert_ne!(wider, sealed);
    server.batch_execute(&wider).unwrap();
    nothing(&mut server, "another agency under this one's seal");
    server.batch_execute(&sealed).unwrap();
    server
        .batch_execute(&format!("SET panoh.people = 'gathered\n,IDENTITY, {{{}}}'", people.first().unwrap()))
        .unwrap();
    nothing(&mut server, "people who were not gathered");
    server.batch_execute(&format!("{sealed}; SET panoh.until = '2100-01-01'")).unwrap();
    nothing(&mut server, "another end");
    server.batch_execute(&sealed).unwrap();
    assert_eq!(keys(&mut server, "SELECT id AS number FROM individuals"), people);
    postgres(&database.address).batch_execute("UPDATE audit_head SET policy_epoch = policy_epoch + 1").unwrap();
    nothing(&mut server, "a seal from before access changed");
    assert!(server.batch_execute("UPDATE audit_head SET policy_epoch = policy_epoch - 1").is_err());
    server.batch_execute("RESET ALL").unwrap();
    for (agency, purpose) in [("nobody", "CASE_MANAGEMENT"), ("agency-0", "HUMANITARIAN"), ("agency-0", "' OR true --")]
    {
        let statement = format!("SELECT wall.open('{}', $1, '{}', 1000)", api_key::hash(agency), today());
        server.batch_execute("BEGIN").unwrap();
        diesel::sql_query(statement).bind::<Text, _>(purpose).execute(&mut server).unwrap();
        nothing(&mut server, purpose);
        server.batch_execute("COMMIT").unwrap();
    }
}

/// What the server's role has no business with, it cannot do, whoever it speaks for.
#[test]
fn the_servers_role_can_do_no_more_than_it_must() {
    let (_, database) = world(2);
    let mut server = server(&database);
    let viewer = open("agency-0", Purpose::CaseManagement, 1_000);
    for statement in [
        "SELECT key_hash FROM clients",
        "SELECT * FROM clients",
        "SELECT record_key FROM individuals",
        "SELECT * FROM individuals",
        "SELECT seal FROM wall.keys",
        "SELECT * FROM wall.covered",
        "SELECT wall.sealed('x', '', '')",
        "SELECT wall.rounded(7, 7, 5)",
        "UPDATE individuals SET given_name = 'x'",
        "UPDATE consents SET id = id",
        "INSERT INTO individuals (id, holder_id) VALUES (1, 1)",
        "DELETE FROM individuals",
        "DELETE FROM consents",
        "DELETE FROM audit_entries",
        "UPDATE audit_entries SET detail = 'x'",
        "TRUNCATE audit_entries",
        "UPDATE clients SET disabled_at = NULL",
        "INSERT INTO client_purposes (client_id, purpose) VALUES (1, 'RESETTLEMENT')",
        "ALTER TABLE individuals DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE individuals NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY viewer ON individuals",
        "CREATE POLICY everything ON individuals USING (true)",
        "SET ROLE postgres",
        "SET SESSION AUTHORIZATION postgres",
        "COPY individuals TO PROGRAM 'cat'",
        "CREATE FUNCTION wall.granted() RETURNS JSONB LANGUAGE sql AS 'SELECT NULL::jsonb'",
        "CREATE TABLE wall.agreements (id BIGINT)",
        "SELECT pg_read_file('postgresql.conf')",
    ] {
        server.batch_execute(&format!("BEGIN; {viewer}")).unwrap();
        assert!(server.batch_execute(statement).is_err(), "{statement}");
        server.batch_execute("ROLLBACK").unwrap();
    }
    server.batch_execute("SET row_security = off").unwrap();
    assert!(server.batch_execute("SELECT id FROM individuals").is_err(), "switched off for the session");
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
                 scope = '{}', valid_from = '2000-01-01', valid_until = '2100-01-01'; \
             CREATE TEMPORARY TABLE places (id BIGINT, code TEXT); \
             SET search_path = pg_temp, public",
        )
        .unwrap();
    let seen = |server: &mut PgConnection| {
        server.batch_execute(&format!("BEGIN; {}", open("agency-3", Purpose::Resettlement, 0))).unwrap();
        let seen = keys(server, "SELECT id AS number FROM public.individuals");
        server.batch_execute("COMMIT").unwrap();
        seen
    };
    let deceived = seen(&mut server);
    server.batch_execute("DISCARD ALL").unwrap();
    assert_eq!(deceived, seen(&mut server));
}

/// Agreements decide what is shown: they take the steps of their life cycle, by data officers of their parties, and no others.
#[test]
fn agreements_are_written_by_their_steps_alone() {
    let (world, database) = world(4);
    let mut owner = postgres(&database.address);
    let agreement = world.agreements.iter().find(|agreement| agreement.provider_id == 1).unwrap();
    let (id, provider, recipient) = (agreement.id, 1, agreement.recipient_id);
    let stranger = (1..=4).find(|agency| ![provider, recipient].contains(agency)).unwrap();
    let stands = |owner: &mut PgConnection, status: &str| {
        let statement = format!("UPDATE agreements SET status = '{status}' WHERE id = {id}");
        owner.batch_execute(&statement).unwrap();
    };
    let mut server = server(&database);
    let mut attempt = |agency: Key, statement: &str| {
        let opening = open(&format!("agency-{}", agency - 1), Purpose::CaseManagement, 0);
        server.batch_execute(&format!("BEGIN; {opening}")).unwrap();
        let written = diesel::sql_query(statement).execute(&mut server);
        server.batch_execute("COMMIT").unwrap();
        written.unwrap_or_default()
    };
    let becomes = |status: &str| format!("UPDATE agreements SET status = '{status}' WHERE id = {id}");
    let signs = |agency: Key| {
        format!(
            "INSERT INTO agreement_signatures VALUES ({id}, {agency}, (SELECT id FROM clients WHERE agency_id = {agency}), now())"
        )
    };
    let proposes = format!(
        "INSERT INTO agreements SELECT id + 1000, reference || 'x', provider_id, recipient_id, purpose, level, categories, \
         scope, consent_required, minimum_cell_size, valid_from, valid_until, 'DRAFT' FROM agreements WHERE id = {id}"
    );
    stands(&mut owner, "DRAFT");
    assert_eq!(attempt(provider, &becomes("REVOKED")), 0, "a reader");
    assert_eq!(attempt(provider, &proposes), 0, "a reader");
    assert_eq!(attempt(provider, &signs(provider)), 0, "a reader");
    owner.batch_execute("UPDATE clients SET role = 'DATA_OFFICER'").unwrap();
    assert_eq!(attempt(stranger, &becomes("REVOKED")), 0);
    assert_eq!(attempt(stranger, &proposes), 0);
    assert_eq!(attempt(provider, &proposes.replace("'DRAFT'", "'IN_FORCE'")), 0);
    assert_eq!(attempt(provider, &becomes("IN_FORCE")), 0, "unsigned");
    assert_eq!(attempt(provider, &signs(recipient)), 0, "for the other party");
    assert_eq!(attempt(provider, &signs(provider)), 1);
    assert_eq!(attempt(provider, &becomes("IN_FORCE")), 0, "half signed");
    assert_eq!(attempt(recipient, &signs(recipient)), 1);
    let widened = format!("UPDATE agreements SET level = 'IDENTIFIED', scope = '{{}}' WHERE id = {id}");
    assert_eq!(attempt(provider, &widened), 0);
    assert_eq!(attempt(provider, &becomes("IN_FORCE")), 1);
    let consents = format!("UPDATE agreements SET consents_from = '2000-01-01' WHERE id = {id}");
    assert_eq!(attempt(provider, &consents), 0);
    assert_eq!(attempt(provider, "DELETE FROM agreement_signatures"), 0, "what is in force stays signed");
    assert_eq!(attempt(recipient, &becomes("SUSPENDED")), 1);
    assert_eq!(attempt(recipient, &becomes("IN_FORCE")), 0, "a suspension is lifted by a new version");
    assert_eq!(attempt(provider, &becomes("REVOKED")), 1);
    assert_eq!(attempt(provider, &becomes("IN_FORCE")), 0, "a revocation is final");
    assert_eq!(attempt(provider, &proposes), 1);
}

/// PostgreSQL's own rounding has the bound, the mean and the variance that `policy/statistics/disclosure.rs` states.
#[test]
fn the_walls_rounding_is_unbiased_within_its_bound() {
    let database = Database::migrated(Engine::Postgres);
    let rounded = |from: i64, expression: &str| {
        let statement = format!(
            "SELECT ({expression})::bigint AS number FROM (SELECT people, wall.rounded(people, key * 7919, 5) - people AS noise \
             FROM generate_series({from}, {from} + 99) AS people, generate_series(1, 1000) AS key) AS cells"
        );
        *keys(&mut postgres(&database.address), &statement).first().unwrap()
    };
    assert_eq!(rounded(20, "max(abs(noise))"), BOUND);
    let thousandths = rounded(20, "1000 * avg(noise)");
    assert!(thousandths.abs() < 60, "mean noise {thousandths} thousandths");
    let variance = rounded(20, "10 * var_pop(noise)");
    assert!((160..=170).contains(&variance), "variance {variance} tenths");
    assert_eq!(rounded(0, "count(*) FILTER (WHERE people = 0 AND noise <> 0)"), 0, "a true zero stays zero");
    assert_eq!(rounded(1, "min(people + noise)"), LEAST_MINIMUM);
}

/// Every protected table is walled, for its owner too; what else tells of people stays with the owner.
#[test]
fn every_protected_table_has_a_policy() {
    let database = Database::migrated(Engine::Postgres);
    let mut owner = postgres(&database.address);
    let walled = names(
        &mut owner,
        "SELECT relname::text AS name FROM pg_class WHERE relrowsecurity AND relforcerowsecurity \
         AND EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polcmd IN ('r', '*') \
             AND 'panoh_server'::regrole = ANY (polroles) AND pg_get_expr(polqual, polrelid) LIKE '%wall.%')",
    );
    let protected: BTreeSet<String> = protected().into_iter().map(str::to_owned).collect();
    assert_eq!(walled, protected);
    let of_people = names(
        &mut owner,
        "SELECT relname::text AS name FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid \
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm') AND attname = 'individual_id' \
         AND has_table_privilege('panoh_server', pg_class.oid, 'SELECT')",
    );
    assert!(of_people.is_subset(&protected), "{of_people:?}");
    let open = names(
        &mut owner,
        "SELECT DISTINCT relname::text AS name FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid \
         WHERE 0 = ANY (polroles) OR 'panoh_server'::regrole = ANY (polroles) \
             AND coalesce(pg_get_expr(polqual, polrelid), 'true') = 'true' AND polcmd IN ('r', '*')",
    );
    let of_no_people = ["agreement_signatures", "agreements", "emergency_accesses"].map(str::to_owned);
    assert_eq!(open, of_no_people.into(), "a policy that lets everybody pass");
}

/// The server never works as a role that the wall does not bind.
#[test]
fn the_server_connects_as_a_role_that_the_wall_binds() {
    let database = Database::migrated(Engine::Postgres);
    let mut server = server(&database);
    let role = names(
        &mut server,
        "SELECT current_user::text AS name FROM pg_roles WHERE rolname = current_user AND NOT rolsuper \
         AND NOT rolbypassrls AND NOT rolcreaterole AND NOT rolcreatedb",
    );
    assert_eq!(role.len(), 1, "{role:?}");
    let owned = names(
        &mut server,
        "SELECT relname::text AS name FROM pg_class WHERE pg_has_role(relowner, 'MEMBER') \
         UNION SELECT proname::text FROM pg_proc WHERE pg_has_role(proowner, 'MEMBER')",
    );
    assert_eq!(owned, BTreeSet::new());
    // A role of the operator's own is taken as it is, if it is bound; one that may not make another is told what is needed.
    let mut owner = postgres(&database.address);
    owner.batch_execute("CREATE ROLE bound LOGIN IN ROLE panoh_server").unwrap();
    let address = as_role(&database, "bound");
    assert_eq!(wall::server_address(&address, &secret()).unwrap(), address);
    owner.batch_execute("CREATE ROLE lord LOGIN; GRANT lord TO bound; ALTER TABLE incidents OWNER TO lord").unwrap();
    let refused = wall::server_address(&address, &secret()).unwrap_err();
    assert!(matches!(refused, StoreError::Unwalled(..)), "{refused}");
    assert!(refused.to_string().contains("IN ROLE panoh_server"), "{refused}");
}

fn as_role(database: &Database, role: &str) -> Address {
    match &database.address {
        Address::Postgres(url) => Address::Postgres(url.replace("user=postgres", &format!("user={role}"))),
        other => other.clone(),
    }
}
