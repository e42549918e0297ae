//! What raw statements write of circuit rides.

use super::*;
use chrono::Days;
use panoh::domain::agreement::{AgreementStatus, Scope};
use panoh::domain::circuit_ride::CircuitRideStatus;
use panoh::domain::grants::Level;
use panoh::domain::individual::Individual;
use panoh::domain::solution::{SolutionKind, SolutionStage};

/// Rides are asked for, closed and declined by their parties; nominations and interviews are the holder's; and an embassy records what
/// became of an interview of those whom it sees by the day, once its day has come, and of nobody else.
#[test]
fn rides_are_written_by_their_parties_alone() {
    let (world, database) = world(5);
    let mut owner = postgres(&database.address);
    let (mine, own) = (Purpose::Resettlement, Purpose::CaseManagement);
    owner.batch_execute("UPDATE clients SET role = 'DATA_OFFICER'").unwrap();
    let ride = world.rides.iter().find(|ride| ride.holder_id == Id::new(1)).unwrap();
    let (embassy, holder) = (ride.requester_id, ride.holder_id);
    let other = Id::new(if embassy == Id::new(3) { 4 } else { 3 });
    let mut server = server(&database);
    let ask = |id: i64, requester: Id<Agency>, country: &str, status: CircuitRideStatus| {
        format!(
            "INSERT INTO circuit_rides VALUES ({id}, {requester}, 1, '{country}', '{0}', '{0}', 9, 1, '{status}', now())",
            today()
        )
    };
    let (requested, closed) = (CircuitRideStatus::Requested, CircuitRideStatus::Closed);
    assert_eq!(attempt(&mut server, (Id::new(3), mine), &ask(71, Id::new(3), "USA", requested)), 1);
    for statement in [
        ask(72, Id::new(3), "CAN", requested),
        ask(72, Id::new(4), "AFG", requested),
        ask(72, Id::new(3), "USA", closed),
    ] {
        assert_eq!(attempt(&mut server, (Id::new(3), mine), &statement), 0, "{statement}");
    }
    let becomes = |status: &str| format!("UPDATE circuit_rides SET status = '{status}' WHERE id = {}", ride.id);
    for (who, closes_on, rows) in [
        ((embassy, mine), today(), 0),
        ((other, mine), today(), 0),
        ((holder, own), today().pred_opt().unwrap(), 0),
        ((holder, own), today(), 1),
    ] {
        let ended = "UPDATE circuit_rides SET status = 'CLOSED', opens_on = '2020-01-01'";
        owner.batch_execute(&format!("{ended}, closes_on = '{closes_on}'")).unwrap();
        assert_eq!(attempt(&mut server, who, &becomes("REQUESTED")), rows, "{who:?} until {closes_on}");
    }
    let mut stands = |server: &mut PgConnection, who: (Id<Agency>, Purpose), statement: &str| {
        let again = format!("UPDATE circuit_rides SET status = 'REQUESTED', closes_on = '{}'", today());
        owner.batch_execute(&again).unwrap();
        attempt(server, who, statement)
    };
    assert_eq!(stands(&mut server, (embassy, mine), &becomes("CLOSED")), 1);
    assert_eq!(stands(&mut server, (holder, own), &becomes("DECLINED")), 1);
    for (who, statement) in [
        (embassy, becomes("DECLINED")),
        (holder, becomes("CLOSED")),
        (other, becomes("CLOSED")),
        (embassy, format!("UPDATE circuit_rides SET closes_on = '2030-01-01' WHERE id = {}", ride.id)),
        (embassy, format!("UPDATE circuit_rides SET capacity = 4000 WHERE id = {}", ride.id)),
        (embassy, format!("DELETE FROM circuit_rides WHERE id = {}", ride.id)),
    ] {
        assert_eq!(stands(&mut server, (who, mine), &statement), 0, "{who}: {statement}");
    }
    assert_eq!(stands(&mut server, (embassy, mine), &becomes("CLOSED")), 1);
    assert_eq!(attempt(&mut server, (embassy, mine), &becomes("REQUESTED")), 0, "what is over stays so");

    let person = world.people.iter().find(|person| person.holder_id == holder).unwrap();
    let nominate = |id: i64, person: Id<Individual>| {
        format!(
            "INSERT INTO nominations (id, individual_id, circuit_ride_id, nominated_on) VALUES ({id}, {person}, 71, '{}')",
            today()
        )
    };
    let schedule = |id: i64| {
        format!("INSERT INTO interviews VALUES ({id}, 71, 1, '{0} 08:00', '{0} 09:00', 1, 'A', NULL)", today())
    };
    for who in [(Id::new(3), mine), (Id::new(3), own), (Id::new(2), own)] {
        for statement in [nominate(81, person.id), schedule(81)] {
            assert_eq!(attempt(&mut server, who, &statement), 0, "{who:?}: {statement}");
        }
    }
    assert_eq!(attempt(&mut server, (holder, own), &nominate(81, person.id)), 1);
    assert_eq!(attempt(&mut server, (holder, own), &schedule(81)), 1);
}

/// An embassy writes an outcome by the function alone, of those whom it sees by the day.
#[test]
fn outcomes_are_recorded_of_those_who_are_seen_alone() {
    let counted = [5, 6].map(outcomes_recorded_and_refused);
    let (recorded, refused) = counted.iter().fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    println!("{recorded} outcomes recorded, {refused} refused");
    assert!(recorded > 0 && refused > 0);
}

fn outcomes_recorded_and_refused(seed: u64) -> (usize, usize) {
    let (mut world, database) = (World::new(seed), Database::migrated(Engine::Postgres));
    // What agreements happen to show embassies is little.
    for recipient in [3, 4].map(Id::new) {
        world.agreements.push(Agreement {
            id: Id::new(900 + recipient.value()),
            reference: format!("B-{recipient}"),
            provider_id: Id::new(1),
            recipient_id: recipient,
            purpose: Purpose::Resettlement,
            level: Level::Identified,
            categories: [DataCategory::Solutions].into(),
            scope: Scope::default(),
            consent_required: false,
            emergency: false,
            valid_from: today() - Days::new(9),
            valid_until: today(),
            status: AgreementStatus::InForce,
            in_force_since: Some(today().into()),
            ..world.agreements[0].clone()
        });
    }
    world.insert(&database.address);
    let mut owner = postgres(&database.address);
    owner
        .batch_execute("UPDATE clients SET role = 'CASEWORKER'; UPDATE circuit_rides SET status = 'REQUESTED'")
        .unwrap();
    world.rides.iter_mut().for_each(|ride| ride.status = CircuitRideStatus::Requested);
    world.nominated.iter_mut().for_each(|nominated| nominated.nomination.withdrawn_on = None);
    for solution in world.solutions.iter_mut().filter(|solution| solution.kind == SolutionKind::Resettlement) {
        solution.stage = SolutionStage::Submitted;
    }
    let again = "UPDATE nominations SET outcome = NULL, outcome_on = NULL, withdrawn_on = NULL; \
        UPDATE solutions SET stage = 'SUBMITTED' WHERE kind = 'RESETTLEMENT'";
    let mut server = server(&database);
    let (mut recorded, mut refused) = (0, 0);
    for nominated in &world.nominated {
        let nomination = &nominated.nomination;
        let ride = world.rides.iter().find(|ride| ride.id == nomination.circuit_ride_id).unwrap();
        let record = |on: &str| format!("SELECT wall.record_outcome({}, 'ACCEPTED', {on}, NULL)", nomination.id);
        let on = format!("'{}'", today());
        for agency in [1, 2, 3, 4].map(Id::new) {
            owner.batch_execute(again).unwrap();
            for statement in [
                format!("UPDATE nominations SET outcome = 'ACCEPTED', outcome_on = {on} WHERE id = {}", nomination.id),
                format!("UPDATE solutions SET stage = 'ACCEPTED' WHERE individual_id = {}", nomination.individual_id),
            ] {
                assert_eq!(attempt(&mut server, (agency, Purpose::Resettlement), &statement), 0, "{statement}");
            }
            let oracle = Oracle { world: &world, agency, purpose: Purpose::Resettlement };
            let person = world.people.iter().find(|person| person.id == nomination.individual_id).unwrap();
            let sight = oracle.sight(person).filter(|_| agency == ride.requester_id);
            let shown =
                sight.is_some_and(|sight| sight.identified && sight.revealed.contains(&DataCategory::Solutions));
            let leads_there = world.solutions.iter().any(|solution| {
                solution.individual_id == person.id
                    && solution.kind == SolutionKind::Resettlement
                    && solution.destination == Some(ride.country)
            });
            let who = (agency, Purpose::Resettlement);
            assert_eq!(attempt(&mut server, who, &record("'2030-01-01'")), 0, "a day to come");
            let written = attempt(&mut server, who, &record(&on));
            if written == 1 {
                assert!(shown && leads_there, "{agency} records of somebody whom it does not see");
                recorded += 1;
            } else {
                assert!(!(shown && leads_there), "{agency} cannot record of somebody whom it sees");
                refused += 1;
            }
        }
    }
    (recorded, refused)
}
