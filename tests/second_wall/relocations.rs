//! What raw statements read and write of relocation plans, and of services at places.

use super::*;

const HOLDER: Id<Agency> = Id::new(1);
const RECIPIENT: Id<Agency> = Id::new(4);
const UNINVOLVED: Id<Agency> = Id::new(3);

/// A plan is its holder's, under its own work, and those see it with whom it is shared, for the agreement's purpose.
#[test]
fn plans_are_their_holders_and_are_shared_by_them() {
    let (world, database) = world(5);
    let mut owner = postgres(&database.address);
    owner.batch_execute("UPDATE clients SET role = 'DATA_OFFICER'").unwrap();
    let [agreement, other] = [world.agreements[0].id, world.agreements[1].id];
    let terms = "status = 'IN_FORCE', purpose = 'RESETTLEMENT', emergency = FALSE, valid_from = '2020-01-01', valid_until = '2040-01-01'";
    let given = |agreement: Id<Agreement>, provider: Id<Agency>| {
        format!(
            "UPDATE agreements SET provider_id = {provider}, recipient_id = {RECIPIENT}, {terms} WHERE id = {agreement};"
        )
    };
    owner.batch_execute(&(given(agreement, HOLDER) + &given(other, Id::new(2)))).unwrap();
    let mut server = server(&database);
    let mut tried = |who: Id<Agency>, purpose, statement: &str| attempt(&mut server, (who, purpose), statement);
    let (own, theirs) = (Purpose::CaseManagement, Purpose::Resettlement);
    let plan = |holder: Id<Agency>| {
        format!(
            "INSERT INTO relocation_plans (id, holder_id, announced_by, announced_on, recorded_at) \
             VALUES (1, {holder}, 'POLICE', '2026-01-01', now())"
        )
    };
    assert_eq!(tried(UNINVOLVED, own, &plan(HOLDER)), 0, "in another's name");
    assert_eq!(tried(HOLDER, theirs, &plan(HOLDER)), 0, "not as its own work");
    assert_eq!(tried(HOLDER, own, &plan(HOLDER)), 1);
    let place = "INSERT INTO relocation_plan_places VALUES (1, 1, 'FROM')";
    assert_eq!(tried(RECIPIENT, theirs, place), 0);
    assert_eq!(tried(HOLDER, own, place), 1);
    let share =
        |agreement: Id<Agreement>| format!("INSERT INTO relocation_plan_shares VALUES (1, {agreement}, '2026-01-01')");
    let seen = "SELECT id FROM relocation_plans";
    assert_eq!(tried(RECIPIENT, theirs, seen), 0);
    assert_eq!(tried(RECIPIENT, theirs, &share(agreement)), 0, "nobody shares it with itself");
    assert_eq!(tried(HOLDER, own, &share(other)), 0, "under an agreement of another provider");
    assert_eq!(tried(HOLDER, own, &share(agreement)), 1);
    for (who, purpose, sees) in [
        (RECIPIENT, theirs, 1),
        (RECIPIENT, Purpose::ProgrammeDelivery, 0),
        (UNINVOLVED, theirs, 0),
        (HOLDER, own, 1),
        (HOLDER, theirs, 0),
    ] {
        for table in ["relocation_plans", "relocation_plan_places", "relocation_plan_shares"] {
            assert_eq!(tried(who, purpose, &format!("SELECT * FROM {table}")), sees, "{who} {purpose} {table}");
        }
    }
    let close = "UPDATE relocation_plans SET outcome = 'AVERTED', closed_on = '2026-01-10'";
    assert_eq!(tried(RECIPIENT, theirs, close), 0);
    assert_eq!(tried(RECIPIENT, theirs, "DELETE FROM relocation_plan_shares"), 0);
    for table in ["relocation_plan_places", "relocation_plans"] {
        assert_eq!(tried(RECIPIENT, theirs, &format!("DELETE FROM {table}")), 0, "{table} of another's");
    }
    assert_eq!(tried(HOLDER, own, close), 1);
    let reopen = "UPDATE relocation_plans SET outcome = NULL, closed_on = NULL";
    assert_eq!(tried(RECIPIENT, theirs, reopen), 0);
    assert_eq!(tried(HOLDER, theirs, reopen), 0, "not as its own work");
    assert_eq!(tried(HOLDER, own, "DELETE FROM relocation_plan_shares"), 1);
    assert_eq!(tried(RECIPIENT, theirs, seen), 0);
    assert_eq!(tried(HOLDER, own, "DELETE FROM relocation_plans"), 0, "what is closed stays");
    assert_eq!(tried(HOLDER, own, reopen), 1);
    for table in ["relocation_plan_places", "relocation_plans"] {
        assert_eq!(tried(HOLDER, theirs, &format!("DELETE FROM {table}")), 0, "not as its own work");
        assert_eq!(tried(HOLDER, own, &format!("DELETE FROM {table}")), 1);
    }
}

/// What there is at places is each agency's to record, and every viewer's to read.
#[test]
fn services_at_places_are_recorded_in_ones_own_name() {
    let (_, database) = world(5);
    postgres(&database.address).batch_execute("UPDATE clients SET role = 'DATA_OFFICER'").unwrap();
    let mut server = server(&database);
    let mut tried = |who: Id<Agency>, statement: &str| attempt(&mut server, (who, Purpose::Resettlement), statement);
    let service = |agency: Id<Agency>| {
        format!("INSERT INTO place_services VALUES (1, {agency}, 1, 'UNHCR_OFFICE', NULL, NULL, 30)")
    };
    let distance = |agency: Id<Agency>| format!("INSERT INTO travel_distances VALUES ({agency}, 1, 2, 30)");
    assert_eq!((tried(UNINVOLVED, &service(HOLDER)), tried(UNINVOLVED, &distance(HOLDER))), (0, 0));
    assert_eq!((tried(HOLDER, &service(HOLDER)), tried(HOLDER, &distance(HOLDER))), (1, 1));
    for (table, sees) in [("place_services", 1), ("travel_distances", 0)] {
        assert_eq!(tried(UNINVOLVED, &format!("SELECT * FROM {table}")), sees, "distances tell what is reckoned with");
        assert_eq!(tried(UNINVOLVED, &format!("DELETE FROM {table}")), 0);
        assert_eq!(tried(HOLDER, &format!("DELETE FROM {table}")), 1);
    }
}
