//! Coverage is what section 6 makes it, whatever is written and by whom.

use crate::audit::url;
use crate::harness::app::{secret, today};
use crate::harness::oracle::Oracle;
use crate::harness::soon;
use crate::harness::world::{COUNTRIES, NEEDS, World, explained, pick};
use crate::harness::{Database, Engine, each_engine};
use chrono::{Days, NaiveDateTime, TimeDelta};
use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{QueryDsl, QueryableByName, RunQueryDsl};
use panoh::domain::agency::Agency;
use panoh::domain::agreement::{Agreement, AgreementStatus};
use panoh::domain::audit::AuditEvent;
use panoh::domain::circuit_ride::CircuitRideStatus;
use panoh::domain::consent::{Consent, ConsentDecision};
use panoh::domain::coverage::CoverageBasis;
use panoh::domain::individual::{Individual, LegalStatus};
use panoh::domain::programme::ProgrammeKind;
use panoh::domain::purpose::Purpose;
use panoh::domain::solution::{Solution, SolutionKind, SolutionStage};
use panoh::domain::specific_need::SpecificNeed;
use panoh::domain::{Id, Vocabulary};
use panoh::policy::api_key;
use panoh::policy::filter::Filter;
use panoh::policy::ledger::table;
use panoh::store::bulk::{insert, lookup};
use panoh::store::database::connection::AnyConnection;
use panoh::store::database::page::Window;
use panoh::store::database::tables::coverage_changes;
use panoh::store::individual::order::{IndividualOrder, IndividualOrderField};
use panoh::store::outside_policy::outside_policy;
use panoh::store::visibility::deviations;
use panoh::store::{Credentials, Store, StoreError};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

const PURPOSES: [Purpose; 3] = [Purpose::CaseManagement, Purpose::Resettlement, Purpose::ProgrammeDelivery];

#[derive(QueryableByName, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Covered {
    #[diesel(sql_type = BigInt)]
    basis_id: Id<CoverageBasis>,
    #[diesel(sql_type = BigInt)]
    individual_id: Id<Individual>,
}

fn load(connection: &mut AnyConnection, statement: &str) -> BTreeSet<Covered> {
    let query = diesel::sql_query(statement);
    let rows: Vec<Covered> = match connection {
        AnyConnection::Sqlite(sqlite) => query.load(sqlite).unwrap(),
        AnyConnection::Postgresql(postgres) => query.load(postgres).unwrap(),
    };
    rows.into_iter().collect()
}

/// Whom the agreements cover that are kept, by the plain oracle.
fn expected(world: &World) -> BTreeSet<Covered> {
    let is_kept = |agreement: &&Agreement| match agreement.status {
        AgreementStatus::InForce | AgreementStatus::Suspended => true,
        AgreementStatus::Draft => agreement.proposed_by_id == Some(agreement.provider_id),
        AgreementStatus::Revoked => false,
    };
    let agreements = world.agreements.iter().filter(is_kept);
    let of = |agreement| {
        let oracle =
            |agreement: &Agreement| Oracle { world, agency: agreement.recipient_id, purpose: agreement.purpose };
        let covered = move |person: &&_| oracle(agreement).covered(agreement, person);
        let people = world.people.iter().filter(covered);
        people
            .map(|person| Covered { basis_id: CoverageBasis::agreed(agreement.id), individual_id: person.id })
            .collect::<Vec<_>>()
    };
    agreements.flat_map(of).collect()
}

fn compare(world: &World, database: &Database, context: &str) {
    let mut connection = database.address.connect(false).unwrap();
    let kept = format!(
        "SELECT basis_id, individual_id FROM coverages WHERE ended IS NULL AND basis_id > 0 AND (until IS NULL OR until > '{}') \
         AND basis_id IN (SELECT id FROM kept_agreements)",
        today()
    );
    assert_eq!(load(&mut connection, &kept), expected(world), "{context}");
}

/// Whom each agency sees for each purpose.
type Sights = BTreeMap<(Id<Agency>, Purpose), BTreeSet<Id<Individual>>>;

fn sights(world: &World) -> Sights {
    let mut sights = Sights::new();
    for agency in &world.agencies {
        for purpose in PURPOSES {
            let oracle = Oracle { world, agency: agency.id, purpose };
            let seen = world.people.iter().filter(|person| oracle.sight(person).is_some()).map(|person| person.id);
            sights.insert((agency.id, purpose), seen.collect());
        }
    }
    sights
}

/// Changes something that decides coverage, in the world and in the database. Says what.
fn write(world: &mut World, database: &Database, rng: &mut ChaCha8Rng) -> &'static str {
    let index = rng.random_range(0..world.people.len());
    let id = world.people[index].id;
    let run = |statement: String| {
        outside_policy::<_, StoreError>(&database.address, AuditEvent::Administration, "test", |connection| {
            Ok(connection.batch_execute(&statement)?)
        })
        .unwrap();
    };
    let insert = |work: &dyn Fn(&mut AnyConnection) -> Result<(), StoreError>| {
        outside_policy(&database.address, AuditEvent::Administration, "test", work).unwrap();
    };
    match rng.random_range(0..16) {
        0 => {
            let code = pick(rng, &NEEDS).parse().unwrap();
            let need = SpecificNeed { individual_id: id, code };
            if world.needs.contains(&need) {
                run(format!(
                    "DELETE FROM specific_needs WHERE individual_id = {id} AND code = '{}'",
                    need.code.as_str()
                ));
                world.needs.retain(|known| *known != need);
                return "a need less";
            }
            insert(&|connection| insert::specific_needs(connection, std::slice::from_ref(&need)));
            world.needs.push(need);
            "a need more"
        }
        1 => {
            let key = Id::new(rng.random_range(1..i64::MAX));
            let solution = Solution {
                stage: pick(rng, SolutionStage::ALL),
                destination: Some(pick(rng, &COUNTRIES).parse().unwrap()),
                ..Solution::identified(key, id, SolutionKind::Resettlement)
            };
            insert(&|connection| insert::solutions(connection, std::slice::from_ref(&solution)));
            world.solutions.push(solution);
            "a solution more"
        }
        2 if !world.solutions.is_empty() => {
            let solution = rng.random_range(0..world.solutions.len());
            let stage = pick(rng, SolutionStage::ALL);
            run(format!("UPDATE solutions SET stage = '{}' WHERE id = {}", stage.code(), world.solutions[solution].id));
            world.solutions[solution].stage = stage;
            "a stage"
        }
        3 if !world.solutions.is_empty() => {
            let solution = world.solutions.swap_remove(rng.random_range(0..world.solutions.len()));
            run(format!("DELETE FROM solutions WHERE id = {}", solution.id));
            "a solution less"
        }
        4 if !world.enrolments.is_empty() => {
            let enrolment = rng.random_range(0..world.enrolments.len());
            let ends = [None, Some(today()), Some(today() + Days::new(1))];
            let ended_on = pick(rng, &ends);
            let text = ended_on.map_or("NULL".to_owned(), |day| format!("'{day}'"));
            run(format!("UPDATE enrolments SET ended_on = {text} WHERE id = {}", world.enrolments[enrolment].id));
            world.enrolments[enrolment].ended_on = ended_on;
            "the end of an enrolment"
        }
        5 | 6 => {
            let (recipient_id, purpose) = (Id::new(rng.random_range(2..=4)), pick(rng, &PURPOSES[1..]));
            let about = |consent: &Consent| {
                (consent.individual_id, consent.recipient_id, consent.purpose) == (id, recipient_id, purpose)
            };
            let last = world
                .consents
                .iter()
                .filter(|(consent, _)| about(consent))
                .map(|(consent, _)| consent.recorded_at)
                .max();
            let first = (today() - Days::new(90)).into();
            let decisions = [ConsentDecision::Given, ConsentDecision::Given, ConsentDecision::Refused];
            let consent = Consent {
                id: Id::new(rng.random_range(1..i64::MAX)),
                individual_id: id,
                recipient_id,
                purpose,
                decision: pick(rng, &decisions),
                recorded_at: last.unwrap_or(first) + TimeDelta::minutes(1),
                expires_on: None,
                explained: Some(explained(rng)).filter(|_| index % 3 > 0),
            };
            insert(&|connection| {
                lookup::supersede(connection, id, recipient_id, purpose)?;
                insert::consents(connection, &[(consent.clone(), true)])
            });
            for (known, newest) in &mut world.consents {
                *newest &= !about(known);
            }
            world.consents.push((consent, true));
            "a consent"
        }
        7 => {
            let country = pick(rng, &COUNTRIES);
            run(format!("UPDATE individuals SET nationality = '{country}' WHERE id = {id}"));
            world.people[index].nationality = Some(country.parse().unwrap());
            "a nationality"
        }
        8 => {
            let status = pick(rng, LegalStatus::ALL);
            run(format!("UPDATE individuals SET legal_status = '{}' WHERE id = {id}", status.code()));
            world.people[index].legal_status = Some(status);
            "a legal status"
        }
        9 => {
            let (place, region) = pick(rng, &[(3, 1), (5, 2), (6, 1)]);
            run(format!("UPDATE individuals SET place_id = {place}, region_id = {region} WHERE id = {id}"));
            (world.people[index].place_id, world.people[index].region_id) =
                (Some(Id::new(place)), Some(Id::new(region)));
            "a move"
        }
        10 => {
            let programme = rng.random_range(0..world.programmes.len());
            let kind = pick(rng, &[ProgrammeKind::School, ProgrammeKind::Housing, ProgrammeKind::MicroCredit]);
            run(format!(
                "UPDATE programmes SET kind = '{}' WHERE id = {}",
                kind.code(),
                world.programmes[programme].id
            ));
            world.programmes[programme].kind = kind;
            "a kind of programme"
        }
        11 if !world.nominated.is_empty() => {
            let nominated = rng.random_range(0..world.nominated.len());
            let nomination = &mut world.nominated[nominated].nomination;
            nomination.withdrawn_on = if nomination.withdrawn_on.is_some() { None } else { Some(today()) };
            let text = nomination.withdrawn_on.map_or("NULL".to_owned(), |day| format!("'{day}'"));
            run(format!("UPDATE nominations SET withdrawn_on = {text} WHERE id = {}", nomination.id));
            "a nomination"
        }
        12 => {
            let ride = rng.random_range(0..world.rides.len());
            let status = pick(rng, CircuitRideStatus::ALL);
            let closes_on = today() + TimeDelta::days(pick(rng, &[-1, 0, 1]));
            let ride = &mut world.rides[ride];
            (ride.status, ride.closes_on) = (status, closes_on);
            run(format!(
                "UPDATE circuit_rides SET status = '{status}', closes_on = '{closes_on}' WHERE id = {}",
                ride.id
            ));
            "a circuit ride"
        }
        13 | 14 => {
            let agreement = rng.random_range(0..world.agreements.len());
            let agreement = &mut world.agreements[agreement];
            let first: NaiveDateTime = (today() - Days::new(90)).into();
            let mut moment = || first + TimeDelta::minutes(pick(rng, &[-1, 1, 2, 3, 4, 100_000]));
            let (since, ended) = (moment(), moment());
            (agreement.status, agreement.in_force_since, agreement.revoked_at) = match agreement.status {
                AgreementStatus::Draft => (AgreementStatus::InForce, Some(since), None),
                AgreementStatus::Revoked => (AgreementStatus::Draft, None, None),
                _ => (AgreementStatus::Revoked, agreement.in_force_since, Some(ended)),
            };
            agreement.proposed_by_id = Some(agreement.provider_id);
            let text = |moment: Option<NaiveDateTime>| {
                moment.map_or("NULL".to_owned(), |moment| format!("'{}'", moment.format("%Y-%m-%d %H:%M:%S")))
            };
            let Agreement { id, provider_id, status, in_force_since, revoked_at, .. } = &*agreement;
            run(format!(
                "INSERT INTO agreement_signatures VALUES ({id}, {provider_id}, {provider_id}, '2025-01-01') \
                 ON CONFLICT DO NOTHING; \
                 UPDATE agreements SET status = '{}', proposed_by_id = {provider_id}, in_force_since = {}, revoked_at = {} \
                 WHERE id = {id}",
                status.code(),
                text(*in_force_since),
                text(*revoked_at)
            ));
            "when an agreement is in force"
        }
        _ => {
            let agreement = rng.random_range(0..world.agreements.len());
            let status = pick(rng, &[AgreementStatus::InForce, AgreementStatus::InForce, AgreementStatus::Suspended]);
            run(format!(
                "UPDATE agreements SET status = '{}' WHERE id = {}",
                status.code(),
                world.agreements[agreement].id
            ));
            world.agreements[agreement].status = status;
            "an agreement's status"
        }
    }
}

/// After every write coverage is what the plain oracle says, and no reader ever sees a row that the oracle denies. `PANOH_WRITES` says
/// how many writes there are on each database.
#[test]
fn coverage_is_kept_whatever_is_written() {
    let writes: u32 = std::env::var("PANOH_WRITES").map_or(150, |text| text.parse().unwrap());
    each_engine(|engine| {
        let mut world = World::new(11);
        let database = Database::migrated(engine);
        world.insert(&database.address);
        compare(&world, &database, "as inserted");
        let rng = &mut ChaCha8Rng::seed_from_u64(12);
        let store = Store::open(database.address.clone(), secret(), 4).unwrap();
        let epoch = |store: &Store| {
            let credentials =
                Credentials { key_hash: api_key::hash("agency-0"), purpose: Some(Purpose::CaseManagement) };
            store.read(&credentials, today(), &soon()).unwrap().close().epoch()
        };
        let mut known: BTreeMap<i64, Sights> = BTreeMap::from([(epoch(&store), sights(&world))]);
        let (done, agencies) = (AtomicBool::new(false), world.agencies.clone());
        let seen = std::thread::scope(|scope| {
            let readers: Vec<_> = (0..2)
                .map(|reader| {
                    let (store, done, agencies) = (store.clone(), &done, &agencies);
                    scope.spawn(move || read(&store, agencies.iter().map(|agency| agency.code.as_str()), done, reader))
                })
                .collect();
            let readers_end = SetOnDrop(&done);
            for number in 0..writes {
                let what = write(&mut world, &database, rng);
                known.insert(epoch(&store), sights(&world));
                if number % 10 == 0 || writes < 1_000 {
                    compare(&world, &database, &format!("write {number}: {what}"));
                }
            }
            drop(readers_end);
            readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect::<Vec<_>>()
        });
        let mut rows = 0;
        for (epoch, agency, purpose, people) in &seen {
            let agency = agencies.iter().find(|known| known.code == *agency).unwrap().id;
            assert_eq!(*people, known[epoch][&(agency, *purpose)], "{engine:?} epoch {epoch} {agency} {purpose}");
            rows += people.len();
        }
        assert_eq!(deviations(&mut database.address.connect(false).unwrap()).unwrap(), []);
        assert!(rows > 0, "nothing was read");
        println!("{engine:?}: {writes} writes, {} lists of {rows} rows read meanwhile", seen.len());
    });
}

/// Sets a flag when it is dropped, also by a panic: whoever waits for the flag ends.
struct SetOnDrop<'a>(&'a AtomicBool);

impl Drop for SetOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

type Seen = (i64, String, Purpose, BTreeSet<Id<Individual>>);

/// Reads lists until the writes are done.
fn read<'a>(store: &Store, agencies: impl Iterator<Item = &'a str> + Clone, done: &AtomicBool, seed: u64) -> Vec<Seen> {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let agencies: Vec<&str> = agencies.collect();
    let mut seen = Vec::new();
    while !done.load(Ordering::Relaxed) {
        let (agency, purpose) = (pick(rng, &agencies), pick(rng, &PURPOSES));
        let credentials = Credentials { key_hash: api_key::hash(agency), purpose: Some(purpose) };
        let mut session = store.read(&credentials, today(), &soon()).unwrap();
        let order = IndividualOrder { field: IndividualOrderField::RegisteredOn, descending: true };
        let window =
            Window { rows: 100, from_end: false, after: None, before: None, wants_previous: false, wants_next: false };
        let page = session.individuals_page(&Filter::everybody(), order, &window).unwrap();
        let people = page.rows.iter().map(|row| row.individual.access().id()).collect();
        seen.push((session.close().epoch(), agency.to_owned(), purpose, people));
    }
    seen
}

/// No write of what decides coverage goes round its keeping: SQLite commits none, PostgreSQL keeps it whoever writes.
#[test]
fn no_write_goes_round_the_keeping() {
    for statement in [
        "DELETE FROM consents WHERE decision = 'GIVEN'",
        "UPDATE consents SET decision = 'REFUSED', expires_on = NULL WHERE newest",
        "UPDATE individuals SET nationality = 'IRN'",
        "DELETE FROM solutions",
        "UPDATE enrolments SET ended_on = '2000-01-01', started_on = NULL",
        "UPDATE programmes SET kind = 'OTHER'",
        "UPDATE nominations SET withdrawn_on = nominated_on",
        "DELETE FROM nominations",
        "UPDATE circuit_rides SET status = 'CLOSED'",
        "DELETE FROM place_ancestors",
        "UPDATE agreements SET consent_required = NOT consent_required",
        "UPDATE agencies SET country = 'AFG'",
        "UPDATE agreement_scopes SET value = 'CITIZEN' WHERE dimension = 'LEGAL_STATUS'",
    ] {
        each_engine(|engine| {
            let world = World::new(14);
            let database = Database::migrated(engine);
            world.insert(&database.address);
            let mut connection = database.address.connect(false).unwrap();
            let written = connection.batch_execute(&format!("BEGIN; {statement}; COMMIT"));
            match engine {
                Engine::Sqlite => {
                    let refused = written.expect_err(statement);
                    assert!(refused.to_string().contains("FOREIGN KEY"), "{statement}: {refused}");
                    connection.batch_execute("ROLLBACK").unwrap();
                }
                Engine::Postgres => written.unwrap(),
            }
            assert_eq!(deviations(&mut connection).unwrap(), [], "{statement}");
        });
    }
}

/// A mark of when a record changed last decides nobody's coverage. On SQLite every write of another column does.
#[test]
fn a_mark_of_a_change_decides_nothing() {
    each_engine(|engine| {
        let world = World::new(14);
        let database = Database::migrated(engine);
        world.insert(&database.address);
        let mut connection = database.address.connect(false).unwrap();
        let decided =
            |connection: &mut AnyConnection| -> i64 { coverage_changes::table.count().get_result(connection).unwrap() };
        let before = decided(&mut connection);
        connection.batch_execute("UPDATE individuals SET updated_at = '2026-02-03 04:05:06'").unwrap();
        assert_eq!(decided(&mut connection), before, "{engine:?}");
        if engine == Engine::Sqlite {
            for column in table("individuals").columns.iter().filter(|column| column.name != "updated_at") {
                let written = format!("UPDATE individuals SET {0} = {0}", column.name);
                connection.batch_execute(&written).expect_err(&written);
            }
        }
    });
}

/// `panoh doctor` finds a coverage that was added, removed or altered by hand, and computes it anew.
#[test]
fn the_doctor_finds_coverage_that_was_changed_by_hand() {
    each_engine(|engine| {
        let world = World::new(14);
        let database = Database::migrated(engine);
        world.insert(&database.address);
        let folder = tempfile::TempDir::new().unwrap();
        let secret_file = folder.path().join("secret");
        std::fs::write(&secret_file, "2a".repeat(32)).unwrap();
        let doctor = |more: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_panoh"));
            command.arg("doctor").args(more).arg("--secret-key-file").arg(&secret_file);
            let output = command.env("PANOH_DATABASE", url(&database.address)).output().unwrap();
            (output.status.success(), String::from_utf8(output.stdout).unwrap())
        };
        let (sound, said) = doctor(&[]);
        assert!(sound && !said.contains("mend:"), "{said}");
        let one = "(SELECT min(individual_id) FROM coverages WHERE basis_id > 0)";
        for harm in [
            format!("DELETE FROM coverages WHERE individual_id = {one} AND basis_id > 0"),
            "INSERT INTO coverages (individual_id, basis_id, since, row_key) SELECT min(individual_id), 1000, min(since), 7 \
             FROM coverages".to_owned(),
            "UPDATE coverages SET until = '2000-01-01' WHERE basis_id > 0".to_owned(),
            "UPDATE coverages SET row_key = 7 WHERE basis_id < 0".to_owned(),
            "UPDATE coverages SET ended = since WHERE basis_id < 0".to_owned(),
            "UPDATE coverages SET registration_number_key = 'x' WHERE registration_number_key IS NOT NULL".to_owned(),
        ] {
            database.address.connect(false).unwrap().batch_execute(&harm).unwrap();
            let (sound, said) = doctor(&[]);
            assert!(!sound && said.contains("by hand"), "{harm}: {said}");
            let (sound, said) = doctor(&["--mend-coverage"]);
            assert!(sound, "{harm}: {said}");
        }
    });
}
