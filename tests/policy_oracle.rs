use crate::harness::app::{secret, today};
use crate::harness::oracle::{Oracle, Sight, age_band, shown_date};
use crate::harness::soon;
use crate::harness::world::{COUNTRIES, NEEDS, World, pick};
use crate::harness::{Database, Engine, each_engine};
use chrono::{Days, NaiveDate};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use panoh::domain::agency::Agency;
use panoh::domain::category::DataCategory;
use panoh::domain::emergency::EmergencyStatus;
use panoh::domain::incident::IncidentKind;
use panoh::domain::individual::{AgeBand, Individual, LegalStatus, RecordClosure, Sex};
use panoh::domain::purpose::Purpose;
use panoh::domain::solution::{SolutionKind, SolutionStage};
use panoh::domain::{Id, Vocabulary};
use panoh::policy::filter::{Condition, DateTest, Filter, SolutionTest, TextTest};
use panoh::policy::ledger::{Filtered, table};
use panoh::policy::{RedactionReason, Released, api_key};
use panoh::store::database::page::{Page, Window};
use panoh::store::database::tables::row_keys;
use panoh::store::individual::Listed;
use panoh::store::individual::order::{IndividualOrder, IndividualOrderField};
use panoh::store::{Credentials, ReadSession, Store};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;

/// On random worlds, the databases show every viewer exactly the rows, fields, reasons, filters, orders and pages that section 4 gives.
#[test]
fn the_databases_agree_with_the_oracle() {
    each_engine(|engine| {
        let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
        runner
            .run(&any::<u64>(), |seed| {
                hold(engine, seed);
                Ok(())
            })
            .unwrap();
    });
}

fn hold(engine: Engine, seed: u64) {
    let world = World::new(seed);
    let database = Database::migrated(engine);
    world.insert(&database.address);
    let rng = &mut ChaCha8Rng::seed_from_u64(seed ^ 1);
    let store = Store::open(database.address.clone(), secret(), 1).unwrap();
    for agency in &world.agencies {
        for purpose in [Purpose::CaseManagement, Purpose::Resettlement, Purpose::ProgrammeDelivery] {
            let credentials = Credentials { key_hash: api_key::hash(&agency.code), purpose: Some(purpose) };
            let mut session = store.read(&credentials, today(), &soon()).unwrap();
            let oracle = Oracle { world: &world, agency: agency.id, purpose };
            let row_keys = row_keys(&database, agency.id, purpose);
            let whole = Filter::everybody();
            compare(&oracle, &row_keys, &mut session, &whole, order(rng), rng);
            for _ in 0..4 {
                compare(&oracle, &row_keys, &mut session, &filter(rng, 3), order(rng), rng);
            }
        }
    }
}

/// Every viewer of a database sees what the oracle says of the world in it: all rows, in their order, with their fields.
pub fn views_agree(world: &World, database: &Database, key_hash: impl Fn(&Agency) -> String) {
    let store = Store::open(database.address.clone(), secret(), 1).unwrap();
    let order = IndividualOrder { field: IndividualOrderField::RegisteredOn, descending: false };
    let mut views = 0;
    for agency in &world.agencies {
        for purpose in Purpose::ALL.iter().copied().filter(|purpose| *purpose != Purpose::Statistics) {
            let credentials = Credentials { key_hash: key_hash(agency), purpose: Some(purpose) };
            let Ok(mut session) = store.read(&credentials, world.today, &soon()) else { continue };
            let oracle = Oracle { world, agency: agency.id, purpose };
            let row_keys = row_keys(database, agency.id, purpose);
            let rng = &mut ChaCha8Rng::seed_from_u64(1);
            compare(&oracle, &row_keys, &mut session, &Filter::everybody(), order, rng);
            views += 1;
        }
    }
    assert!(views > world.agencies.len(), "each agency has a purpose, and some several");
}

/// By what an agency knows people, for a purpose.
fn row_keys(database: &Database, agency: Id<Agency>, purpose: Purpose) -> HashMap<Id<Individual>, Id<Individual>> {
    row_keys::table
        .filter(row_keys::recipient_id.eq(agency))
        .filter(row_keys::purpose.eq(purpose.code()))
        .select((row_keys::individual_id, row_keys::row_key))
        .load::<(Id<Individual>, Id<Individual>)>(&mut database.address.connect(false).unwrap())
        .unwrap()
        .into_iter()
        .collect()
}

fn compare(
    oracle: &Oracle<'_>,
    row_keys: &HashMap<Id<Individual>, Id<Individual>>,
    session: &mut ReadSession,
    filter: &Filter,
    order: IndividualOrder,
    rng: &mut ChaCha8Rng,
) {
    let expected = oracle.list(filter, order, row_keys);
    let context = format!("agency {} {} {filter:?} {order:?}", oracle.agency, oracle.purpose);
    assert_eq!(session.individuals_count(filter).unwrap(), expected.len() as i64, "{context}");
    let rows = rng.random_range(1..=12);
    for from_end in [false, true] {
        let mut found = walk(session, filter, order, rows, from_end);
        if from_end {
            found.reverse();
        }
        let ids: Vec<Id<Individual>> = found.iter().map(|row| row.access().id()).collect();
        assert!(found.iter().all(|row| row.id == row_keys[&row.access().id()]), "{context}");
        assert_eq!(ids, expected.iter().map(|(id, _)| *id).collect::<Vec<_>>(), "{context} from_end={from_end}");
        for (row, (id, sight)) in found.iter().zip(&expected) {
            let stored = oracle.world.people.iter().find(|person| person.id == *id).unwrap();
            shows(row, stored, sight, oracle.world.today);
        }
    }
}

/// Every row of a list, a page at a time; from the end, last row first.
fn walk(
    session: &mut ReadSession,
    filter: &Filter,
    order: IndividualOrder,
    rows: i64,
    from_end: bool,
) -> Vec<Released<Individual>> {
    let mut found: Vec<Released<Individual>> = Vec::new();
    let mut position = None;
    loop {
        let (after, before) = if from_end { (None, position.clone()) } else { (position.clone(), None) };
        let window = Window { rows, from_end, after, before, wants_previous: true, wants_next: true };
        let Page { rows: mut listed, has_previous, has_next }: Page<Listed> =
            session.individuals_page(filter, order, &window).unwrap();
        let (more, behind) = if from_end { (has_previous, has_next) } else { (has_next, has_previous) };
        assert_eq!(behind, !found.is_empty(), "the page knows what lies behind it");
        if from_end {
            listed.reverse();
        }
        position = listed.last().map(|row| row.position.clone());
        found.extend(listed.into_iter().map(|row| row.individual));
        if !more {
            return found;
        }
    }
}

fn shows(row: &Released<Individual>, stored: &Individual, sight: &Sight, today: NaiveDate) {
    let shown = |category| sight.revealed.contains(&category);
    let date = |date: Option<NaiveDate>| date.map(|date| shown_date(date, sight));
    let only = |category, value: &Option<String>| value.clone().filter(|_| shown(category));
    // Every field is named, so that a new one does not compile until it is judged.
    let Individual {
        id: _,
        holder_id,
        case_id,
        sex,
        age_band: shown_band,
        nationality,
        region_id,
        registration_number,
        given_name,
        family_name,
        date_of_birth,
        phone,
        place_id,
        legal_status,
        closed_as,
        closed_on,
        arrived_on,
        registered_on,
    } = (**row).clone();
    assert_eq!(holder_id, stored.holder_id);
    assert_eq!(sex, stored.sex.filter(|_| shown(DataCategory::Demographics)));
    assert_eq!(nationality, stored.nationality.filter(|_| shown(DataCategory::Demographics)));
    assert_eq!(region_id, stored.region_id.filter(|_| shown(DataCategory::Demographics)));
    let band = stored.date_of_birth.map(|born| age_band(born, sight, today));
    assert_eq!(shown_band, band.filter(|_| shown(DataCategory::Demographics)));
    assert_eq!(registration_number, only(DataCategory::Identity, &stored.registration_number));
    assert_eq!(given_name, only(DataCategory::Identity, &stored.given_name));
    assert_eq!(family_name, only(DataCategory::Identity, &stored.family_name));
    assert_eq!(date_of_birth, stored.date_of_birth.filter(|_| shown(DataCategory::Identity)));
    assert_eq!(phone, only(DataCategory::Contact, &stored.phone));
    assert_eq!(place_id, stored.place_id.filter(|_| shown(DataCategory::Location)));
    assert_eq!(legal_status, stored.legal_status.filter(|_| shown(DataCategory::LegalStatus)));
    assert_eq!(closed_on, date(stored.closed_on.filter(|_| shown(DataCategory::LegalStatus))));
    assert_eq!(closed_as, stored.closed_as.filter(|_| shown(DataCategory::LegalStatus)));
    assert_eq!(arrived_on, date(stored.arrived_on.filter(|_| shown(DataCategory::LegalStatus))));
    assert_eq!(registered_on, date(stored.registered_on.filter(|_| shown(DataCategory::LegalStatus))));
    let case = stored.case_id.filter(|_| shown(DataCategory::Family));
    assert_eq!(row.access().case_id(), case);
    assert_eq!(case_id.is_some(), case.is_some());
    let redactions: Vec<_> =
        row.redactions().into_iter().map(|redaction| (redaction.category, redaction.reason)).collect();
    let hidden = DataCategory::ALL.iter().copied().filter(|category| !shown(*category));
    let reason =
        |category| if sight.granted.contains(&category) { RedactionReason::Level } else { RedactionReason::NotShared };
    assert_eq!(redactions, hidden.map(|category| (category, reason(category))).collect::<Vec<_>>());
}

fn order(rng: &mut ChaCha8Rng) -> IndividualOrder {
    use IndividualOrderField::*;
    let field = pick(rng, &[RegisteredOn, RegisteredOn, ArrivedOn, DateOfBirth, FamilyName, RegistrationNumber]);
    IndividualOrder { field, descending: rng.random_bool(0.5) }
}

fn filter(rng: &mut ChaCha8Rng, depth: u32) -> Filter {
    let several = |rng: &mut ChaCha8Rng| (0..rng.random_range(0..3)).map(|_| filter(rng, depth - 1)).collect();
    match rng.random_range(0..if depth == 0 { 1 } else { 5 }) {
        1 => Filter::All(several(rng)),
        2 => Filter::Any(several(rng)),
        3 => Filter::Neither(several(rng)),
        _ => Filter::Condition(condition(rng)),
    }
}

/// A condition on any column that the ledger has as filtered by codes.
fn code(rng: &mut ChaCha8Rng) -> Condition {
    let filtered = table("individuals").columns.iter().filter(|column| column.filtered == Some(Filtered::Codes));
    let columns: Vec<&str> = filtered.map(|column| column.name).collect();
    match pick(rng, &columns) {
        "sex" => Condition::code("sex", &[pick(rng, Sex::ALL)]),
        "nationality" => Condition::code("nationality", &[pick(rng, &COUNTRIES)]),
        "legal_status" => Condition::code("legal_status", &[pick(rng, LegalStatus::ALL)]),
        "closed_as" => Condition::code("closed_as", &[pick(rng, RecordClosure::ALL)]),
        other => panic!("tests/policy_oracle.rs draws no codes of individuals.{other}"),
    }
}

fn condition(rng: &mut ChaCha8Rng) -> Condition {
    let one = |rng: &mut ChaCha8Rng| vec![pick(rng, &COUNTRIES).parse().unwrap()];
    let name = |rng: &mut ChaCha8Rng| match rng.random_bool(0.5) {
        true => TextTest::Equals(pick(rng, &["NOORI", "amiri", "zahra", "Reg-007", "C03"]).to_owned()),
        false => TextTest::StartsWith(pick(rng, &["", "n", "Ö", "ä", "reg-01", "C1", "+992 00 01"]).to_owned()),
    };
    let days = |rng: &mut ChaCha8Rng| DateTest {
        from: pick(rng, &[None, Some(today() - Days::new(700)), Some(today() - Days::new(1_000))]),
        until: pick(rng, &[None, Some(today() - Days::new(380)), Some(today() - Days::new(60))]),
    };
    match rng.random_range(0..20) {
        0 => Condition::Holder(vec![pick(rng, &[1, 2].map(Id::new))]),
        1 | 3 | 11 => code(rng),
        2 => Condition::AgeBand(vec![pick(rng, AgeBand::ALL), pick(rng, AgeBand::ALL)]),
        4 => Condition::Region(Id::new(rng.random_range(1..=3))),
        5 => Condition::GivenName(name(rng)),
        6 => Condition::FamilyName(name(rng)),
        7 => Condition::RegistrationNumber(name(rng)),
        8 => Condition::DateOfBirth(days(rng)),
        9 => Condition::Phone(name(rng)),
        10 => Condition::Place(Id::new(rng.random_range(1..=6))),
        12 => Condition::ArrivedOn(days(rng)),
        13 => Condition::RegisteredOn(days(rng)),
        14 => Condition::SpecificNeed(vec![pick(rng, &NEEDS).parse().unwrap()]),
        15 => Condition::CaseNumber(name(rng)),
        16 => Condition::Enrolment(vec![Id::new(rng.random_range(1..=3))]),
        17 => Condition::Incident(vec![pick(rng, IncidentKind::ALL), pick(rng, IncidentKind::ALL)]),
        18 => Condition::Emergency(vec![pick(rng, EmergencyStatus::ALL)]),
        _ => Condition::Solution(SolutionTest {
            kinds: pick(rng, &[None, Some(SolutionKind::Resettlement)]).map(|kind| vec![kind]),
            stages: pick(rng, &[None, Some(SolutionStage::Submitted)]).map(|stage| vec![stage]),
            destinations: if rng.random_bool(0.5) { Some(one(rng)) } else { None },
            assisted: pick(rng, &[None, Some(true), Some(false)]),
        }),
    }
}
