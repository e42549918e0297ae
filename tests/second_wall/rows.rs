//! What raw statements see.

use super::*;

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
            let visible: BTreeSet<Key> = visible.collect();
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

fn ids<T>(items: &[T], id: impl Fn(&T) -> Key) -> BTreeSet<Key> {
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
    let agencies: BTreeSet<Key> = world.agencies.iter().map(|agency| agency.id).collect();
    let mut seen = |agency: Key, purpose: Purpose, statement: &str| {
        let opening = open(&format!("agency-{}", agency - 1), purpose);
        server.batch_execute(&format!("BEGIN; {opening}")).unwrap();
        let seen = keys(&mut server, statement);
        server.batch_execute("COMMIT").unwrap();
        seen
    };
    let entries = "SELECT agency_id AS number FROM audit_entries WHERE sequence > 100";
    for agency in &agencies {
        let own = BTreeSet::from([*agency]);
        let asked = seen(*agency, Purpose::Resettlement, "SELECT result_id AS number FROM idempotency_keys");
        assert_eq!(asked, own);
        assert_eq!(seen(*agency, Purpose::CaseManagement, entries), own, "a reader");
        let party = |agreement: &&Agreement| [agreement.provider_id, agreement.recipient_id].contains(agency);
        let expected = world.agreements.iter().filter(party).map(|agreement| agreement.id).collect();
        let emergencies = seen(*agency, Purpose::Resettlement, "SELECT id AS number FROM emergency_accesses");
        assert_eq!(emergencies, expected);
    }
    owner.batch_execute("UPDATE clients SET role = 'DATA_OFFICER'").unwrap();
    assert_eq!(seen(3, Purpose::Resettlement, entries), BTreeSet::from([3]));
    assert_eq!(seen(1, Purpose::CaseManagement, entries), agencies, "whatever may be about its people");
}

/// Raw questions are answered as far as an agreement grants their categories, with the minimum of the providers that count.
#[test]
fn raw_questions_count_by_what_is_granted_alone() {
    let (_, database) = world(9);
    let terms = |id: Key, provider: Key, grants: i64, minimum: i32| {
        format!(
            "INSERT INTO agreements (id, reference, provider_id, recipient_id, purpose, level, grants, dimensions, consent_required, \
                minimum_cell_size, valid_from, valid_until, status) \
             VALUES ({id}, 'S-{id}', {provider}, 3, 'STATISTICS', 'STATISTICS', {grants}, 0, false, {minimum}, \
                '2020-01-01', '2030-01-01', 'IN_FORCE')"
        )
    };
    let both = [
        terms(101, 1, 9, 6),
        terms(102, 2, 1, 30),
        "DELETE FROM emergency_accesses; DELETE FROM agreement_scopes; DELETE FROM agreements WHERE id < 100"
            .to_owned(),
    ];
    postgres(&database.address).batch_execute(&both.join("; ")).unwrap();
    let mut server = server(&database);
    let mut minimum = |dimension: &str| {
        server.batch_execute(&format!("BEGIN; {}", open("agency-2", Purpose::Statistics))).unwrap();
        let statement =
            format!("SELECT minimum AS number FROM wall.statistics('{{{dimension}}}', '{{}}', '{{}}') LIMIT 1");
        let found: Result<Vec<Number>, _> = diesel::sql_query(statement).load(&mut server);
        server.batch_execute("COMMIT").unwrap();
        found.ok().and_then(|rows| rows.first().map(|row| row.number))
    };
    assert_eq!(minimum("SEX"), Some(30));
    assert_eq!(minimum("PLACE"), Some(6));
    for refused in ["SPECIFIC_NEED", "SOLUTION_KIND", "SEX,SEX", "SEX,NONE", "SEX,REGION,PLACE,NATIONALITY"] {
        assert_eq!(minimum(refused), None, "{refused}");
    }
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
