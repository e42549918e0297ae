//! What raw statements see.

use super::*;
use panoh::domain::case::Case;
use panoh::domain::individual::Individual;

/// A raw statement sees the rows that section 4 gives the viewer, and of what hangs on them what one of its agreements grants.
#[test]
fn raw_statements_see_the_viewers_rows_alone() {
    let mut seen = 0;
    for seed in 0..16 {
        let (world, database) = world(seed);
        let mut server = server(&database);
        for agency in &world.agencies {
            for purpose in [Purpose::CaseManagement, Purpose::Resettlement, Purpose::ProgrammeDelivery] {
                let oracle = Oracle { world: &world, agency: agency.id, purpose };
                let context = format!("seed {seed} {} {purpose}", agency.code);
                server.batch_execute(&format!("BEGIN; {}", open(&agency.code, purpose))).unwrap();
                let of = |category: Option<DataCategory>| -> BTreeSet<Id<Individual>> {
                    let sees = |id: &Id<Individual>| {
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
                    ("incidents", DataCategory::Protection, ids(&world.suffered, |one| one.incident.individual_id)),
                    (
                        "incident_accounts",
                        DataCategory::Protection,
                        ids(&world.suffered, |one| one.account.individual_id),
                    ),
                    ("emergencies", DataCategory::Protection, ids(&world.suffered, |one| one.emergency.individual_id)),
                ] {
                    let expected: BTreeSet<Id<Individual>> =
                        of(Some(category)).intersection(&stored).copied().collect();
                    let found = keys(&mut server, &format!("SELECT individual_id AS number FROM {table}"));
                    assert_eq!(found, expected, "{context} {table}");
                }
                let own = purpose == Purpose::CaseManagement;
                let consents = world.consents.iter().map(|(consent, _)| consent).filter(|consent| {
                    let to_viewer = consent.recipient_id == agency.id && consent.purpose == purpose;
                    visible.contains(&consent.individual_id) && (own || to_viewer)
                });
                let expected: BTreeSet<Id<Individual>> = consents.map(|consent| consent.individual_id).collect();
                assert_eq!(keys(&mut server, "SELECT individual_id AS number FROM consents"), expected, "{context}");
                let families = of(Some(DataCategory::Family));
                let of_people = world.people.iter().filter(|person| families.contains(&person.id));
                let mut expected: BTreeSet<Id<Case>> = of_people.filter_map(|person| person.case_id).collect();
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

/// Anonymised people are seen by their holder alone.
#[test]
fn anonymised_rows_are_the_holders_alone() {
    let (world, database) = world(5);
    let mut server = server(&database);
    postgres(&database.address).batch_execute("UPDATE individuals SET anonymised = true").unwrap();
    let mut shared = 0;
    for agency in &world.agencies {
        for purpose in [Purpose::CaseManagement, Purpose::Resettlement, Purpose::ProgrammeDelivery] {
            let oracle = Oracle { world: &world, agency: agency.id, purpose };
            let visible = world.people.iter().filter(|person| oracle.sight(person).is_some()).map(|person| person.id);
            let visible: BTreeSet<Id<Individual>> = visible.collect();
            server.batch_execute(&format!("BEGIN; {}", open(&agency.code, purpose))).unwrap();
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

fn ids<T, N>(items: &[T], id: impl Fn(&T) -> Id<N>) -> BTreeSet<Id<N>> {
    items.iter().map(id).collect()
}

/// What clients asked for, what is on record of agencies, and their emergencies are nobody else's.
#[test]
fn records_of_other_agencies_are_walled() {
    let (world, database) = world(8);
    let mut owner = postgres(&database.address);
    owner
        .batch_execute(
            "INSERT INTO idempotency_keys SELECT id, 'k', 'r', id FROM clients; \
             INSERT INTO audit_entries (sequence, recorded_at, event, agency_id, outcome, agreements, disclosures, hash) \
                 SELECT 100 + id, now(), 'REQUEST', id, 'OK', '[]', '[]', '' FROM agencies; \
             DELETE FROM emergency_accesses; \
             INSERT INTO emergency_accesses SELECT id, id, recipient_id, 'CHILD_AT_RISK', now(), now() FROM agreements",
        )
        .unwrap();
    let mut server = server(&database);
    let agencies: BTreeSet<i64> = world.agencies.iter().map(|agency| agency.id.value()).collect();
    let mut seen = |agency: i64, purpose: Purpose, statement: &str| {
        let opening = open(&format!("agency-{}", agency - 1), purpose);
        server.batch_execute(&format!("BEGIN; {opening}")).unwrap();
        let seen = numbers(&mut server, statement);
        server.batch_execute("COMMIT").unwrap();
        seen
    };
    let entries = "SELECT agency_id AS number FROM audit_entries WHERE sequence > 100";
    for agency in &agencies {
        let own = BTreeSet::from([*agency]);
        let asked = seen(*agency, Purpose::Resettlement, "SELECT result_id AS number FROM idempotency_keys");
        assert_eq!(asked, own);
        assert_eq!(seen(*agency, Purpose::CaseManagement, entries), own, "a reader");
        let party =
            |agreement: &&Agreement| [agreement.provider_id, agreement.recipient_id].contains(&Id::new(*agency));
        let expected = world.agreements.iter().filter(party).map(|agreement| agreement.id.value()).collect();
        let emergencies = seen(*agency, Purpose::Resettlement, "SELECT id AS number FROM emergency_accesses");
        assert_eq!(emergencies, expected);
    }
    owner.batch_execute("UPDATE clients SET role = 'DATA_OFFICER'").unwrap();
    assert_eq!(seen(3, Purpose::Resettlement, entries), BTreeSet::from([3]));
    assert_eq!(seen(1, Purpose::CaseManagement, entries), agencies, "whatever may be about its people");
}

/// Released cells are their recipient's alone, for their purpose, while the agreement counts; only the days of releases are known to both
/// parties of an agreement, whatever became of it. Nobody writes them, and who was counted is
/// nobody's. Tables are proposed with their agreement, and never after.
#[test]
fn released_cells_are_their_recipients_alone() {
    let (_, database) = world(9);
    let released = |id: i64, recipient: i64, status: &str| {
        format!(
            "INSERT INTO agreements (id, reference, provider_id, recipient_id, purpose, level, grants, dimensions, consent_required, \
                minimum_cell_size, valid_from, valid_until, status, release_months) \
             VALUES ({id}, 'S-{id}', 1, {recipient}, 'STATISTICS', 'STATISTICS', 1, 0, false, 5, '2020-01-01', '2030-01-01', '{status}', 3); \
             INSERT INTO statistics_tables VALUES ({id}, 0, 'SEX', 1); \
             INSERT INTO statistics_releases VALUES ({id}, {id}, 1, '2026-01-01', '2026-04-01', '2026-01-01'); \
             INSERT INTO statistics_cells VALUES ({id}, 0, 'CELL', '[\"FEMALE\"]', {id}); \
             INSERT INTO statistics_counted SELECT {id}, min(id), 7 FROM individuals"
        )
    };
    let rows = [released(101, 3, "IN_FORCE"), released(102, 2, "IN_FORCE"), released(103, 3, "SUSPENDED")];
    postgres(&database.address).batch_execute(&rows.join("; ")).unwrap();
    let mut server = server(&database);
    let mut seen = |agency: &str, purpose: Purpose, statement: &str| {
        server.batch_execute(&format!("BEGIN; {}", open(agency, purpose))).unwrap();
        let rows: Result<Vec<Number>, _> = diesel::sql_query(statement).load(&mut server);
        server.batch_execute("ROLLBACK").unwrap();
        rows.map(|rows| rows.into_iter().map(|row| row.number).collect::<BTreeSet<i64>>()).ok()
    };
    let cells = "SELECT people AS number FROM statistics_cells";
    assert_eq!(seen("agency-2", Purpose::Statistics, cells), Some(BTreeSet::from([101])));
    assert_eq!(seen("agency-1", Purpose::Statistics, cells), Some(BTreeSet::from([102])));
    for (agency, purpose) in
        [("agency-2", Purpose::Resettlement), ("agency-0", Purpose::Statistics), ("agency-0", Purpose::CaseManagement)]
    {
        assert_eq!(seen(agency, purpose, cells), Some(BTreeSet::new()), "{agency} {purpose}");
    }
    let releases = "SELECT agreement_id AS number FROM statistics_releases";
    assert_eq!(
        seen("agency-2", Purpose::Statistics, releases),
        Some(BTreeSet::from([101, 103])),
        "its days, as a party"
    );
    assert_eq!(seen("agency-1", Purpose::Statistics, releases), Some(BTreeSet::from([102])));
    assert_eq!(seen("agency-0", Purpose::CaseManagement, releases), Some(BTreeSet::from([101, 102, 103])));
    for refused in [
        "SELECT digest AS number FROM statistics_counted",
        "UPDATE statistics_cells SET people = 0 RETURNING people AS number",
        "INSERT INTO statistics_cells VALUES (101, 0, 'CELL', '[]', 9) RETURNING people AS number",
        "DELETE FROM statistics_releases RETURNING id AS number",
        "UPDATE statistics_releases SET next_from = '2026-01-02' RETURNING id AS number",
        "INSERT INTO statistics_tables VALUES (101, 1, 'REGION', 1) RETURNING agreement_id AS number",
        "UPDATE statistics_tables SET dimensions = 'REGION' RETURNING agreement_id AS number",
    ] {
        assert_eq!(seen("agency-2", Purpose::Statistics, refused), None, "{refused}");
    }
}
