//! What raw statements write.

use super::*;
use panoh::domain::Id;
use panoh::domain::agency::Agency;
use panoh::domain::individual::Individual;

/// How many rows a statement writes in a transaction of an agency's; none if it is refused.
fn attempt(server: &mut PgConnection, agency: Id<Agency>, statement: &str) -> usize {
    let opening = open(&format!("agency-{}", agency.value() - 1), Purpose::CaseManagement);
    server.batch_execute(&format!("BEGIN; {opening}")).unwrap();
    let written = diesel::sql_query(statement).execute(server);
    server.batch_execute("COMMIT").unwrap();
    written.unwrap_or_default()
}

/// An entry of the audit is in the name of a client whose key the transaction has shown, and in nobody else's.
#[test]
fn entries_are_in_the_name_of_those_who_ask() {
    let (_, database) = world(4);
    let mut server = server(&database);
    let mut attempt = |shown: &str, agency: &str, client: &str| {
        let shows = format!("SET LOCAL panoh.speaks_for = '{shown}'");
        let entry = format!(
            "INSERT INTO audit_entries (sequence, recorded_at, event, agency_id, client_id, outcome, agreements, disclosures, hash) \
             SELECT max(sequence) + 1, now(), 'REQUEST', {agency}, {client}, 'OK', '[]', '[]', '' FROM audit_head"
        );
        server.batch_execute(&format!("BEGIN; {}; {shows}", open("agency-1", Purpose::CaseManagement))).unwrap();
        let written = diesel::sql_query(entry).execute(&mut server);
        server.batch_execute("ROLLBACK").unwrap();
        written.unwrap_or_default()
    };
    let client = |agency: i64| format!("(SELECT id FROM clients WHERE agency_id = {agency})");
    let (mine, theirs) = (api_key::hash("agency-1"), api_key::hash("agency-2"));
    assert_eq!(attempt(&mine, "2", &client(2)), 1);
    assert_eq!(attempt(&format!("{mine} {theirs}"), "3", &client(3)), 1, "of a group");
    for shown in ["", &mine, "agency-2", "%"] {
        assert_eq!(attempt(shown, "3", &client(3)), 0, "{shown}");
        assert_eq!(attempt(shown, "3", "NULL"), 0, "{shown}");
        assert_eq!(attempt(shown, "3", &client(2)), 0, "{shown}");
        assert_eq!(attempt(shown, "NULL", &client(3)), 0, "{shown}");
    }
    assert_eq!(attempt("", "NULL", "NULL"), 1, "unauthenticated");
    let mut outcome = |statement: &str| {
        let shows = format!("SET LOCAL panoh.speaks_for = '{mine}'");
        server.batch_execute(&format!("BEGIN; {}; {shows}", open("agency-1", Purpose::CaseManagement))).unwrap();
        let written = diesel::sql_query(statement).execute(&mut server);
        server.batch_execute("ROLLBACK").unwrap();
        written.unwrap_or_default()
    };
    for sequence in ["(SELECT sequence FROM audit_head)", "(SELECT sequence + 1 FROM audit_head)", "1"] {
        for row in ["audit_lists VALUES (SEQUENCE, '1.1.0')", "audit_questions VALUES (1, SEQUENCE, 1)"] {
            let row = row.replace("SEQUENCE", sequence);
            assert_eq!(outcome(&format!("INSERT INTO {row}")), 0, "{row}: beside no entry, or one of before");
        }
    }
    for sequence in ["sequence - 1", "sequence + 1", "100000"] {
        assert_eq!(
            outcome(&format!("UPDATE audit_head SET sequence = {sequence}")),
            0,
            "the head is moved to {sequence}"
        );
    }
    assert_eq!(outcome("UPDATE audit_head SET sequence = sequence"), 1);
    assert_eq!(outcome("SELECT * FROM audit_numbers WHERE agency_id <> 2"), 0);
    assert_eq!(outcome("UPDATE audit_numbers SET number = 0 WHERE agency_id <> 2"), 0);
}

/// Records about people are changed by clients of their holder that work on them, for its own work, and by nobody else.
#[test]
fn records_are_written_by_their_holder_alone() {
    let (world, database) = world(4);
    let mut server = server(&database);
    let roles =
        |role: &str| postgres(&database.address).batch_execute(&format!("UPDATE clients SET role = '{role}'")).unwrap();
    roles("CASEWORKER");
    let of = |holder: i64| world.people.iter().filter(move |person| person.holder_id == Id::new(holder));
    let (mine, theirs) = (of(1).next().unwrap().id, of(2).next().unwrap().id);
    let named = |id: Id<Individual>| format!("UPDATE individuals SET given_name = 'x' WHERE id = {id}");
    let need = |id: Id<Individual>| {
        format!("INSERT INTO specific_needs (id, individual_id, code) VALUES (4711, {id}, 'LP-RR')")
    };
    let moved = format!("UPDATE solutions SET individual_id = {mine} WHERE individual_id = {theirs}");
    let given = format!("UPDATE specific_needs SET individual_id = {theirs} WHERE individual_id = {mine}");
    let case = |holder: i64| {
        format!("INSERT INTO cases (id, holder_id, number, number_key) VALUES (4711, {holder}, 'x', 'x')")
    };
    let added = |holder: i64| {
        format!(
            "INSERT INTO individuals (id, holder_id, audit_key, anonymised, updated_at) VALUES (4711, {holder}, 4711, FALSE, now())"
        )
    };
    let (one, other) = (Id::new(1), Id::new(2));
    assert_eq!(attempt(&mut server, one, &named(mine)), 1);
    assert_eq!(attempt(&mut server, one, &case(1)), 1);
    assert_eq!(attempt(&mut server, one, &added(1)), 1);
    assert_eq!(attempt(&mut server, one, &need(mine)), 1);
    for statement in [&named(theirs), &need(theirs), &moved, &given, &case(2), &added(2)] {
        let statement = statement.replace("4711", "4712");
        assert_eq!(attempt(&mut server, one, &statement), 0, "{statement}");
    }
    for statement in [
        format!("UPDATE individuals SET holder_id = 1 WHERE id = {theirs}"),
        format!("UPDATE individuals SET holder_id = 2 WHERE id = {mine}"),
        format!("UPDATE individuals SET id = 4713 WHERE id = {mine}"),
        format!("UPDATE individuals SET audit_key = 4713 WHERE id = {mine}"),
        format!("UPDATE individuals SET anonymised = FALSE WHERE id = {mine}"),
        format!("DELETE FROM individuals WHERE id = {mine}"),
        "DELETE FROM cases WHERE holder_id = 2".to_owned(),
    ] {
        assert_eq!(attempt(&mut server, one, &statement), 0, "{statement}");
    }
    // For another purpose nobody's record is changed, one's own neither; nor by a client that only reads.
    let elsewhere = open("agency-0", Purpose::Resettlement);
    server.batch_execute(&format!("BEGIN; {elsewhere}")).unwrap();
    let written = diesel::sql_query("UPDATE individuals SET given_name = 'x'").execute(&mut server);
    server.batch_execute("ROLLBACK").unwrap();
    assert_eq!(written.unwrap_or_default(), 0);
    roles("READER");
    assert_eq!(attempt(&mut server, other, &named(theirs)), 0);
}

/// Agreements decide what is shown: they take the steps of their life cycle, by data officers of their parties, and no others.
#[test]
fn agreements_are_written_by_their_steps_alone() {
    let (world, database) = world(4);
    let mut owner = postgres(&database.address);
    let agreement = world.agreements.iter().find(|agreement| agreement.provider_id == Id::new(1)).unwrap();
    let (id, provider, recipient) = (agreement.id, agreement.provider_id, agreement.recipient_id);
    let uninvolved = (1..=4).map(Id::new).find(|agency| ![provider, recipient].contains(agency)).unwrap();
    let stands = |owner: &mut PgConnection, status: &str| {
        let statement = format!("UPDATE agreements SET status = '{status}' WHERE id = {id}");
        owner.batch_execute(&statement).unwrap();
    };
    let mut server = server(&database);
    let mut attempt = |agency: Id<Agency>, statement: &str| attempt(&mut server, agency, statement);
    let becomes = |status: &str| {
        let moment = match status {
            "IN_FORCE" => ", in_force_since = greatest(valid_from::timestamp, now() AT TIME ZONE 'UTC')",
            "REVOKED" => ", revoked_at = now() AT TIME ZONE 'UTC'",
            _ => "",
        };
        format!("UPDATE agreements SET status = '{status}'{moment} WHERE id = {id}")
    };
    let signs = |agency: Id<Agency>| {
        format!(
            "INSERT INTO agreement_signatures VALUES ({id}, {agency}, (SELECT id FROM clients WHERE agency_id = {agency}), now())"
        )
    };
    let proposes = format!(
        "INSERT INTO agreements (id, reference, provider_id, recipient_id, purpose, level, grants, dimensions, consent_required, \
            minimum_cell_size, valid_from, valid_until, status, proposed_by_id) \
         SELECT id + 1000, reference || 'x', provider_id, recipient_id, purpose, level, grants, dimensions, consent_required, \
            minimum_cell_size, valid_from, valid_until, 'DRAFT', (wall.granted() ->> 'agency')::bigint FROM agreements WHERE id = {id}"
    );
    stands(&mut owner, "DRAFT");
    assert_eq!(attempt(provider, &becomes("REVOKED")), 0, "a reader");
    assert_eq!(attempt(provider, &proposes), 0, "a reader");
    assert_eq!(attempt(provider, &signs(provider)), 0, "a reader");
    owner.batch_execute("UPDATE clients SET role = 'DATA_OFFICER'").unwrap();
    assert_eq!(attempt(uninvolved, &becomes("REVOKED")), 0);
    assert_eq!(attempt(uninvolved, &proposes), 0);
    assert_eq!(attempt(provider, &proposes.replace("'DRAFT'", "'IN_FORCE'")), 0);
    assert_eq!(attempt(provider, &becomes("IN_FORCE")), 0, "unsigned");
    assert_eq!(attempt(provider, &signs(recipient)), 0, "for the other party");
    assert_eq!(attempt(provider, &signs(provider)), 1);
    assert_eq!(attempt(provider, &becomes("IN_FORCE")), 0, "half signed");
    let touched = format!("UPDATE agreements SET status = status WHERE id = {id}");
    assert_eq!(attempt(recipient, &touched), 0, "nobody makes a draft look new, and widens it");
    assert_eq!(attempt(recipient, &signs(recipient)), 1);
    let widened = format!("UPDATE agreements SET dimensions = 0 WHERE id = {id}");
    assert_eq!(attempt(provider, &widened), 0);
    assert_eq!(attempt(provider, &becomes("IN_FORCE")), 1);
    for moment in ["in_force_since = '2000-01-01'", "revoked_at = '2100-01-01'", "in_force_since = NULL"] {
        assert_eq!(attempt(provider, &format!("UPDATE agreements SET {moment} WHERE id = {id}")), 0, "{moment}");
    }
    let scope = format!("INSERT INTO agreement_scopes VALUES ({id}, 'NATIONALITY', 99, 'AFG')");
    assert_eq!(attempt(provider, &scope), 0, "what is in force is not widened");
    assert_eq!(attempt(provider, "DELETE FROM agreement_signatures"), 0, "what is in force stays signed");
    assert_eq!(attempt(recipient, &becomes("SUSPENDED")), 1);
    assert_eq!(attempt(recipient, &becomes("IN_FORCE")), 0, "a suspension is lifted by a new version");
    let late = becomes("REVOKED").replace("AT TIME ZONE 'UTC' WHERE", "AT TIME ZONE 'UTC' + interval '1 day' WHERE");
    assert_eq!(attempt(provider, &late), 0, "revoked from tomorrow on");
    assert_eq!(attempt(provider, &becomes("REVOKED")), 1);
    assert_eq!(attempt(provider, &becomes("IN_FORCE")), 0, "a revocation is final");
    assert_eq!(attempt(provider, &proposes), 1);
}

/// Emergency agreements are opened and reviewed by whoever may, and no longer than hours, by raw statements too.
#[test]
fn emergencies_are_opened_by_their_steps_alone() {
    let (world, database) = world(7);
    let mut owner = postgres(&database.address);
    let agreement = world.agreements.iter().find(|agreement| agreement.provider_id == Id::new(1)).unwrap();
    let (id, recipient) = (agreement.id, agreement.recipient_id);
    let uninvolved = (2..=4).map(Id::new).find(|agency| *agency != recipient).unwrap();
    owner
        .batch_execute(&format!(
            "DELETE FROM emergency_accesses; UPDATE agreements SET emergency = (id = {id}), status = 'IN_FORCE'; \
             UPDATE clients SET role = 'DATA_OFFICER'"
        ))
        .unwrap();
    let mut server = server(&database);
    let mut attempt = |agency: Id<Agency>, statement: &str| attempt(&mut server, agency, statement);
    let opens = |agreement: Id<Agreement>, from: &str, hours: i32| {
        format!(
            "INSERT INTO emergency_accesses VALUES ({agreement}, {agreement}, {recipient}, 'CHILD_AT_RISK', \
             now() AT TIME ZONE 'UTC' + interval '{from}', now() AT TIME ZONE 'UTC' + interval '{hours} hours')"
        )
    };
    let reviews = "UPDATE emergency_accesses SET reviewed_at = now(), justified = true";
    let other = world.agreements.iter().find(|other| other.recipient_id == recipient && other.id != id);
    assert_eq!(attempt(uninvolved, &opens(id, "0", 1)), 0);
    assert_eq!(attempt(agreement.provider_id, &opens(id, "0", 1)), 0, "the provider");
    assert_eq!(attempt(recipient, &opens(id, "0", 4)), 0, "too long");
    assert_eq!(attempt(recipient, &opens(id, "1 day", 26)), 0, "not now");
    assert_eq!(other.map(|other| attempt(recipient, &opens(other.id, "0", 1))).unwrap_or_default(), 0, "no emergency");
    assert_eq!(attempt(recipient, &opens(id, "0", 1)), 1);
    assert_eq!(attempt(recipient, &opens(id, "0", 1).replacen(&format!("({id}"), "(99", 1)), 0, "unreviewed");
    assert_eq!(attempt(recipient, "UPDATE emergency_accesses SET closes_at = closes_at + interval '1 hour'"), 0);
    assert_eq!(attempt(recipient, reviews), 0, "the recipient");
    assert_eq!(attempt(uninvolved, reviews), 0);
    assert_eq!(
        attempt(agreement.provider_id, "UPDATE emergency_accesses SET closes_at = closes_at + interval '1 hour'"),
        0
    );
    assert_eq!(attempt(agreement.provider_id, reviews), 1);
    assert_eq!(attempt(recipient, &opens(id, "0", 1).replacen(&format!("({id}"), "(99", 1)), 1);
}
