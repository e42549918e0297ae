//! That PostgreSQL protects tables as the server does.

use super::*;
use panoh::domain::individual::{AgeBand, LegalStatus, Sex};
use panoh::domain::solution::{SolutionKind, SolutionStage};
use panoh::domain::statistics::StatisticsDimension as Dimension;
use panoh::policy::filter::{Condition, Filter, SolutionTest};
use panoh::policy::statistics::{BASE, Published, Question};
use panoh::store::statistics::StatisticsError;
use panoh::store::{Claim, Store};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A closed question on up to three dimensions, each grouped or filtered by.
fn question(rng: &mut ChaCha8Rng) -> Question {
    let many = rng.random_range(0..=3);
    let dimensions: Vec<Dimension> = Dimension::ALL.sample(rng, many).copied().collect();
    let (grouped, filtered): (Vec<_>, Vec<_>) = dimensions.into_iter().partition(|_| rng.random_bool(0.6));
    let solution = SolutionTest { kinds: None, stages: None, destinations: None, assisted: None };
    let condition = |dimension: Dimension| match dimension {
        Dimension::Nationality => Condition::Nationality(vec!["AFG".parse().unwrap()]),
        Dimension::Sex => Condition::Sex(vec![Sex::Female]),
        Dimension::AgeBand => Condition::AgeBand(vec![AgeBand::Age18To59]),
        Dimension::LegalStatus => Condition::LegalStatus(vec![LegalStatus::Refugee]),
        Dimension::Region => Condition::Region(1),
        Dimension::Place => Condition::Place(3),
        Dimension::SpecificNeed => Condition::SpecificNeed(vec!["ER".parse().unwrap()]),
        Dimension::Programme => Condition::Enrolment(vec![1]),
        Dimension::SolutionStage => {
            Condition::Solution(SolutionTest { stages: Some(vec![SolutionStage::Identified]), ..solution.clone() })
        }
        Dimension::SolutionKind | Dimension::ArrivalYear => {
            Condition::Solution(SolutionTest { kinds: Some(vec![SolutionKind::Resettlement]), ..solution.clone() })
        }
    };
    let conditions = filtered.into_iter().map(condition).map(Filter::Condition).collect();
    Question::new(&grouped, &Filter::All(conditions)).unwrap_or_else(|_| question(rng))
}

/// Random people, agreements and questions: PostgreSQL refuses and suppresses what the server does over SQLite, and shows the
/// other cells within the bound.
#[test]
fn the_wall_protects_tables_as_the_server_does() {
    let (mut suppressed, mut shown, mut refused) = (0, 0, 0);
    for seed in 20..32 {
        let world = World::new(seed);
        let [sqlite, postgres] = [Engine::Sqlite, Engine::Postgres].map(|engine| {
            let database = Database::migrated(engine);
            world.insert(&database.address);
            (Store::open(database.address.clone(), secret(), 1).unwrap(), database)
        });
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        for agency in &world.agencies {
            for purpose in [Purpose::Resettlement, Purpose::ProgrammeDelivery] {
                let claim = Claim { key_hash: api_key::hash(&agency.code), purpose: Some(purpose) };
                for _ in 0..25 {
                    let question = question(rng);
                    let ask = |store: &Store| store.read(&claim, today()).unwrap().caseload_statistics(&question);
                    let context = format!("seed {seed} {} {purpose} {question:?}", agency.code);
                    let (left, right): (Published, Published) = match (ask(&sqlite.0), ask(&postgres.0)) {
                        (Ok(left), Ok(right)) => (left, right),
                        (Err(StatisticsError::NotGranted(_)), Err(StatisticsError::NotGranted(_))) => {
                            refused += 1;
                            continue;
                        }
                        (left, right) => panic!("{context}: {left:?} and {right:?}"),
                    };
                    assert_eq!(left.minimum(), right.minimum(), "{context}");
                    let cells = |table: &Published| {
                        let all = table.cells().iter().chain([table.total()]);
                        all.map(|cell| (cell.key().clone(), cell.count(), cell.is_exact())).collect::<Vec<_>>()
                    };
                    let (left, right) = (cells(&left), cells(&right));
                    assert_eq!(left.len(), right.len(), "{context}: {left:?} and {right:?}");
                    for (one, other) in left.iter().zip(&right) {
                        assert_eq!((&one.0, one.2), (&other.0, other.2), "{context}");
                        match (one.1, other.1) {
                            (None, None) => suppressed += 1,
                            (Some(one), Some(other)) if one == other => shown += 1,
                            (Some(one), Some(other)) if one > 0 && other > 0 && (one - other).abs() <= BASE => {
                                shown += 1
                            }
                            different => panic!("{context} {:?}: {different:?}", one.0),
                        }
                    }
                }
            }
        }
    }
    assert!(
        suppressed > 500 && shown > 100 && refused > 100,
        "{suppressed} suppressed, {shown} shown, {refused} refused"
    );
}
