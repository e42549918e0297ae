//! What raw statements read and write of demarches, and of patterns of incidents.

use super::*;

const DRAFTER: Id<Agency> = Id::new(3);
const CITER: Id<Agency> = Id::new(4);
const PROVIDER: Id<Agency> = Id::new(1);
const UNINVOLVED: Id<Agency> = Id::new(2);

/// Demarches are their parties'; each decides for itself; a figure is hidden from others until it is delivered, which waits for its provider.
#[test]
fn demarches_are_written_by_their_parties_alone() {
    let (world, database) = world(5);
    let mut owner = postgres(&database.address);
    owner.batch_execute("UPDATE clients SET role = 'DATA_OFFICER'").unwrap();
    let agreement = world.agreements[0].id;
    let given =
        format!("UPDATE agreements SET provider_id = {PROVIDER}, recipient_id = {CITER} WHERE id = {agreement}");
    owner.batch_execute(&given).unwrap();
    let mut server = server(&database);
    let mut tried =
        |who: Id<Agency>, statement: &str| attempt(&mut server, (who, Purpose::ProtectionAdvocacy), statement);
    let draft = |id: i64, drafter: Id<Agency>| {
        format!(
            "INSERT INTO demarches (id, drafter_id, subject, addressee, drafted_at) VALUES ({id}, {drafter}, 'S', 'A', now())"
        )
    };
    let party =
        |agency: Id<Agency>, decision: &str| format!("INSERT INTO demarche_parties VALUES (1, {agency}, '{decision}')");
    assert_eq!(tried(CITER, &draft(1, DRAFTER)), 0, "in another's name");
    assert_eq!(tried(DRAFTER, &draft(1, DRAFTER)), 1);
    assert_eq!(tried(DRAFTER, &party(DRAFTER, "JOINED")), 1);
    assert_eq!(tried(DRAFTER, &party(CITER, "JOINED")), 0, "nobody joins for another");
    for agency in [CITER, PROVIDER] {
        assert_eq!(tried(agency, &party(agency, "JOINED")), 0, "nobody invites itself");
        assert_eq!(tried(DRAFTER, &party(agency, "INVITED")), 1);
    }
    let asks = format!(
        "INSERT INTO demarche_asks (id, demarche_id, kind, follow_up_on) VALUES (1, 1, 'RELEASE', '{}')",
        today()
    );
    assert_eq!(tried(CITER, &asks), 0);
    assert_eq!(tried(DRAFTER, &asks), 1);
    let figure = |citer: Id<Agency>| {
        format!(
            "INSERT INTO demarche_figures VALUES (1, 1, {agreement}, {PROVIDER}, {citer}, 1, '{}', 'SEX', 'FEMALE', 40)",
            today()
        )
    };
    let decide = |agency: Id<Agency>, decision: &str| {
        format!("UPDATE demarche_parties SET decision = '{decision}' WHERE demarche_id = 1 AND agency_id = {agency}")
    };
    assert_eq!(tried(CITER, &decide(CITER, "DECLINED")), 1);
    assert_eq!(tried(CITER, &figure(CITER)), 0, "it has declined");
    assert_eq!(tried(DRAFTER, &decide(CITER, "INVITED")), 1);
    for agency in [CITER, PROVIDER] {
        assert_eq!(tried(DRAFTER, &decide(agency, "JOINED")), 0);
        assert_eq!(tried(agency, &decide(agency, "JOINED")), 1);
    }
    assert_eq!(tried(DRAFTER, &figure(DRAFTER)), 0, "of an agreement of another's");
    assert_eq!(tried(CITER, &figure(CITER)), 1);
    let deliver = format!("UPDATE demarches SET delivered_on = '{}' WHERE id = 1", today());
    let answer = format!("UPDATE demarche_asks SET answer = 'GRANTED', answered_on = '{}' WHERE id = 1", today());
    let follow = |agency: Id<Agency>, id: i64| {
        format!("INSERT INTO demarche_follow_ups VALUES ({id}, 1, 1, {agency}, '{}', 'N')", today())
    };
    let decided = "SELECT 1 FROM demarche_parties WHERE decision = 'JOINED'";
    assert_eq!(tried(UNINVOLVED, decided), 0);
    assert_eq!(tried(DRAFTER, decided), 0, "all decide anew");
    assert_eq!(tried(DRAFTER, &deliver), 0, "nobody has agreed");
    assert_eq!(tried(DRAFTER, &answer), 0, "it is not delivered");
    let seen = |tried: &mut dyn FnMut(Id<Agency>, &str) -> usize, who| tried(who, "SELECT id FROM demarche_figures");
    for (who, sees) in [(CITER, 1), (PROVIDER, 1), (DRAFTER, 0), (UNINVOLVED, 0)] {
        assert_eq!(seen(&mut tried, who), sees, "{who} before it is delivered");
    }
    assert_eq!(tried(UNINVOLVED, "SELECT id FROM demarches"), 0);
    assert_eq!([DRAFTER, CITER].map(|who| tried(who, &decide(who, "JOINED"))), [1, 1]);
    assert_eq!(tried(DRAFTER, &deliver), 0, "the provider has not agreed");
    assert_eq!(tried(PROVIDER, &decide(PROVIDER, "JOINED")), 1);
    assert_eq!(tried(CITER, &deliver), 0, "the drafter delivers");
    assert_eq!(tried(DRAFTER, &deliver), 1);
    let reopen = "UPDATE demarches SET delivered_on = NULL WHERE id = 1";
    assert_eq!([CITER, DRAFTER].map(|who| tried(who, reopen)), [0, 1]);
    assert_eq!(tried(DRAFTER, &deliver), 0, "the others decide anew");
    assert_eq!([CITER, PROVIDER].map(|who| tried(who, &decide(who, "JOINED"))), [1, 1]);
    assert_eq!(tried(DRAFTER, &deliver), 1);
    assert_eq!(seen(&mut tried, DRAFTER), 1);
    for statement in [
        "UPDATE demarches SET delivered_on = '2026-01-14'".to_owned(),
        decide(CITER, "DECLINED"),
        "DELETE FROM demarche_figures".to_owned(),
        figure(CITER),
        draft(1, CITER),
    ] {
        assert_eq!(tried(CITER, &statement), 0, "{statement}");
    }
    assert_eq!(tried(CITER, &follow(DRAFTER, 1)), 0, "in another's name");
    assert_eq!(tried(UNINVOLVED, &follow(UNINVOLVED, 1)), 0);
    assert_eq!(tried(CITER, &follow(CITER, 1)), 1);
    let followed = "SELECT note FROM demarche_follow_ups";
    assert_eq!([DRAFTER, CITER, PROVIDER, UNINVOLVED].map(|who| tried(who, followed)), [1, 1, 1, 0]);
    assert_eq!(tried(UNINVOLVED, &answer), 0);
    assert_eq!(tried(CITER, &answer), 1);
    assert_eq!(tried(CITER, &answer), 0, "what is answered stays so");
    assert_eq!(tried(DRAFTER, &answer), 1, "but for the drafter, who corrects it");
    for (change, rows) in [
        ("delivered_on = '2026-01-14'", 1),
        ("delivered_on = NULL", 0),
        ("withdrawn_on = '2026-01-14'", 0),
        ("subject = 'T'", 0),
        ("subject = subject", 1),
    ] {
        assert_eq!(tried(DRAFTER, &format!("UPDATE demarches SET {change} WHERE id = 1")), rows, "{change}");
    }
}

/// A pattern is its citer's to see until the demarche is delivered, then everybody's who has joined. If more agencies are invited, or one
/// that has declined again, the citer decides anew, and delivery waits for it.
#[test]
fn a_cited_pattern_is_agreed_to_with_the_parties() {
    let (world, database) = world(5);
    let mut owner = postgres(&database.address);
    owner.batch_execute("UPDATE clients SET role = 'DATA_OFFICER'").unwrap();
    let pattern = &world.suffered[0].pattern;
    let (pattern, citer) = (pattern.id, pattern.holder_id);
    let all = format!("UPDATE incidents SET pattern_id = {pattern}, verification = 'VERIFIED'");
    owner.batch_execute(&all).unwrap();
    let others = world.agencies.iter().map(|agency| agency.id).filter(|agency| *agency != citer);
    let others: Vec<Id<Agency>> = others.take(3).collect();
    let [drafter, joining, late] = others[..] else { panic!("the world has four agencies") };
    let mut server = server(&database);
    let mut tried = |who: Id<Agency>, statement: &str| attempt(&mut server, (who, Purpose::CaseManagement), statement);
    let invite =
        |agency: Id<Agency>, decision: &str| format!("INSERT INTO demarche_parties VALUES (1, {agency}, '{decision}')");
    let decide = |agency: Id<Agency>, decision: &str| {
        format!("UPDATE demarche_parties SET decision = '{decision}' WHERE demarche_id = 1 AND agency_id = {agency}")
    };
    let draft = format!(
        "INSERT INTO demarches (id, drafter_id, subject, addressee, drafted_at) VALUES (1, {drafter}, 'S', 'A', now())"
    );
    assert_eq!((tried(drafter, &draft), tried(drafter, &invite(drafter, "JOINED"))), (1, 1));
    assert_eq!([citer, joining].map(|agency| tried(drafter, &invite(agency, "INVITED"))), [1, 1]);
    assert_eq!([citer, joining].map(|agency| tried(agency, &decide(agency, "JOINED"))), [1, 1]);
    let cite = format!("INSERT INTO demarche_patterns VALUES (1, {pattern}, {citer}, 'N', NULL, NULL)");
    assert_eq!((tried(joining, &cite), tried(citer, &cite)), (0, 1));
    let seen = "SELECT name FROM demarche_patterns";
    let has_joined =
        format!("SELECT 1 FROM demarche_parties WHERE decision = 'JOINED' AND demarche_id = 1 AND agency_id = {citer}");
    let deliver = format!("UPDATE demarches SET delivered_on = '{}' WHERE id = 1", today());
    assert_eq!([citer, drafter, joining].map(|who| tried(who, seen)), [1, 0, 0]);
    let anybody = "SELECT 1 FROM demarche_parties WHERE decision = 'JOINED'";
    assert_eq!(tried(drafter, anybody), 0, "all decide anew");
    assert_eq!([drafter, citer, joining].map(|who| tried(who, &decide(who, "JOINED"))), [1, 1, 1]);

    assert_eq!(tried(drafter, &invite(late, "INVITED")), 1);
    assert_eq!((tried(drafter, &has_joined), tried(drafter, &deliver)), (0, 0), "it decides anew");
    assert_eq!(tried(drafter, &has_joined.replace(&citer.to_string(), &joining.to_string())), 0, "as all others do");
    assert_eq!(tried(citer, &decide(citer, "JOINED")), 1);
    assert_eq!(tried(drafter, &decide(late, "JOINED")), 0, "nobody joins for another");
    assert_eq!(tried(late, &decide(late, "DECLINED")), 1);
    for (who, decision) in [(drafter, "JOINED"), (joining, "INVITED"), (citer, "INVITED")] {
        assert_eq!(tried(who, &decide(late, decision)), 0, "{who} {decision}");
    }
    assert_eq!(tried(drafter, &decide(joining, "INVITED")), 0, "it has not declined");
    assert_eq!(tried(drafter, &has_joined), 1);
    assert_eq!(tried(drafter, &decide(late, "INVITED")), 1);
    assert_eq!((tried(drafter, &has_joined), tried(drafter, &deliver)), (0, 0), "it decides anew");
    assert_eq!([citer, joining].map(|who| tried(who, &decide(who, "JOINED"))), [1, 1]);
    let withdraw = |agency: Id<Agency>| format!("DELETE FROM demarche_parties WHERE agency_id = {agency}");
    assert_eq!([joining, citer].map(|who| tried(who, &withdraw(late))), [0, 0], "the drafter invites");
    assert_eq!([citer, drafter].map(|agency| tried(drafter, &withdraw(agency))), [0, 0], "they have joined");
    assert_eq!((tried(drafter, &withdraw(late)), tried(drafter, anybody)), (1, 1), "but for the drafter");
    assert_eq!(tried(drafter, &invite(late, "INVITED")), 1);
    assert_eq!([citer, joining].map(|who| tried(who, &decide(who, "JOINED"))), [1, 1]);
    assert_eq!(tried(drafter, &deliver), 0, "one has not decided, whatever it cites");
    assert_eq!(tried(late, &decide(late, "DECLINED")), 1);
    assert_eq!(tried(drafter, &deliver), 1);
    assert_eq!([citer, drafter, joining, late].map(|who| tried(who, seen)), [1, 1, 1, 0]);
    let follow = format!("INSERT INTO demarche_follow_ups VALUES (1, 1, 1, {joining}, '{}', 'N')", today());
    let ask = format!(
        "INSERT INTO demarche_asks (id, demarche_id, kind, follow_up_on) VALUES (1, 1, 'RELEASE', '{}')",
        today()
    );
    owner.batch_execute(&ask).unwrap();
    assert_eq!(tried(joining, &follow), 1);
    let followed = "SELECT note FROM demarche_follow_ups";
    assert_eq!([citer, drafter, joining, late].map(|who| tried(who, followed)), [1, 1, 1, 0]);
    let forget = "DELETE FROM demarche_follow_ups";
    assert_eq!([citer, late].map(|who| tried(who, forget)), [0, 0], "another recorded it");
    assert_eq!([joining, drafter].map(|who| (tried(who, forget), tried(joining, &follow))), [(1, 1), (1, 1)]);
    assert_eq!(tried(drafter, &decide(late, "INVITED")), 0);
}

/// Patterns are their holder's, under its own work alone.
#[test]
fn patterns_are_their_holders() {
    let (world, database) = world(5);
    postgres(&database.address).batch_execute("UPDATE clients SET role = 'CASEWORKER'").unwrap();
    let mut server = server(&database);
    for agency in &world.agencies {
        for purpose in [Purpose::CaseManagement, Purpose::Resettlement, Purpose::ProtectionAdvocacy] {
            let own = world.suffered.iter().filter(|one| one.pattern.holder_id == agency.id);
            let expected = if purpose == Purpose::CaseManagement { own.count() } else { 0 };
            let found = attempt(&mut server, (agency.id, purpose), "SELECT id FROM incident_patterns");
            assert_eq!(found, expected, "{} {purpose}", agency.code);
            let corrected =
                attempt(&mut server, (agency.id, purpose), "UPDATE incident_patterns SET name = name || '!'");
            assert_eq!(corrected, expected, "{} {purpose}", agency.code);
        }
    }
}
