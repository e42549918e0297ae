//! Disclosure control, attacked: what random caseloads' published tables tell about one person, and about small groups.

use panoh::domain::statistics::StatisticsDimension as Dimension;
use panoh::policy::filter::{Condition, Filter};
use panoh::policy::statistics::{
    Atom, BASE, BOUND, Figure, Key, LEAST_MINIMUM, Noise, NotClosed, Published, Question, Table,
};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeSet, HashMap};

const DIMENSIONS: [Dimension; 3] = [Dimension::Nationality, Dimension::LegalStatus, Dimension::Sex];
const VALUES: [&[&str]; 3] = [&["AFG", "IRN", "IRQ"], &["REFUGEE", "CITIZEN", "OTHER"], &["FEMALE", "MALE"]];

#[derive(Clone)]
struct Person {
    values: [Option<&'static str>; 3],
    record_key: i64,
}

/// A caseload with a few people of some values and many of others.
fn caseload(seed: u64, people: usize) -> Vec<Person> {
    let rng = &mut ChaCha8Rng::seed_from_u64(seed);
    let mut person = || {
        let values = VALUES.map(|values| {
            let at = (rng.random_range(0.0..1.0_f64).powi(3) * (values.len() + 1) as f64) as usize;
            values.get(at).copied()
        });
        Person { values, record_key: rng.random_range(0..1 << 40) }
    };
    (0..people).map(|_| person()).collect()
}

fn condition(at: usize, value: &str) -> Filter {
    Filter::Condition(match at {
        0 => Condition::Nationality(vec![value.parse().unwrap()]),
        1 => Condition::LegalStatus(vec![value.parse().unwrap()]),
        _ => Condition::Sex(vec![value.parse().unwrap()]),
    })
}

/// The table of people by some dimensions, of those who have some values in others.
fn table(people: &[Person], group_by: &[usize], conditions: &[(usize, &str)]) -> Table {
    let grouped: Vec<Dimension> = group_by.iter().map(|at| DIMENSIONS[*at]).collect();
    let filter = Filter::All(conditions.iter().map(|(at, value)| condition(*at, value)).collect());
    let question = Question::new(&grouped, &filter).unwrap();
    let used: Vec<usize> = group_by.iter().copied().chain(conditions.iter().map(|(at, _)| *at)).collect();
    let atom = |person: &Person| Atom {
        keys: BTreeSet::from([used.iter().map(|at| person.values[*at].map(str::to_owned)).collect::<Key>()]),
        figure: Figure { people: 1, record_keys: person.record_key },
    };
    let atoms: Vec<Atom> = people.iter().map(atom).collect();
    Table::new(&question, &atoms, |at, value| value == Some(conditions[at].1)).unwrap()
}

fn noise(seed: u64) -> Noise {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_be_bytes());
    Noise::new(key)
}

/// A table, with the dimensions that group it and the conditions on others.
type Asked = (Vec<usize>, Vec<(usize, &'static str)>, Table);

/// Every table of a caseload: each choice of grouping dimensions and, for the others, of a condition or none.
fn tables(people: &[Person]) -> Vec<Asked> {
    let mut found = Vec::new();
    for use_of in 0..27_usize {
        let uses = [use_of % 3, use_of / 3 % 3, use_of / 9];
        let group_by: Vec<usize> = (0..3).filter(|at| uses[*at] == 1).collect();
        let mut conditions = vec![Vec::new()];
        for at in (0..3).filter(|at| uses[*at] == 2) {
            let with = |chosen: &Vec<(usize, &'static str)>| {
                VALUES[at].iter().map(|value| [chosen.clone(), vec![(at, *value)]].concat()).collect::<Vec<_>>()
            };
            conditions = conditions.iter().flat_map(with).collect();
        }
        for chosen in conditions {
            let table = table(people, &group_by, &chosen);
            found.push((group_by.clone(), chosen, table));
        }
    }
    found
}

fn matching<'p>(
    people: &'p [Person],
    group_by: &'p [usize],
    key: &'p Key,
    conditions: &'p [(usize, &str)],
) -> impl Iterator<Item = &'p Person> {
    people.iter().filter(move |person| {
        group_by.iter().zip(key).all(|(at, value)| person.values[*at] == value.as_deref())
            && conditions.iter().all(|(at, value)| person.values[*at] == Some(*value))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// The same people give the same number in every table, or none; the holder's numbers are the true ones; a shown zero
    /// is one; every shown count is at least the minimum and within the bound.
    #[test]
    fn the_same_people_give_the_same_number(seed: u64, size in 0_usize..300, minimum in 1_i64..12) {
        let people = caseload(seed, size);
        let least = minimum.max(LEAST_MINIMUM);
        let mut numbers: HashMap<Vec<i64>, i64> = HashMap::new();
        for (group_by, conditions, table) in tables(&people) {
            let published = Published::protected(&table, minimum, &noise(seed));
            let exact = Published::exactly(table);
            let total = Key::new();
            let shown = published.cells().iter().chain([published.total()]);
            for (cell, exact) in shown.zip(exact.cells().iter().chain([exact.total()])) {
                let (group, key): (&[usize], &Key) = if cell.key().is_empty() { (&[], &total) } else { (&group_by, cell.key()) };
                let mut set: Vec<i64> = matching(&people, group, key, &conditions).map(|p| p.record_key).collect();
                prop_assert_eq!(exact.count(), Some(set.len() as i64));
                prop_assert!(exact.is_exact() && !cell.is_exact());
                let Some(count) = cell.count() else { continue };
                let people = set.len() as i64;
                prop_assert_eq!(count == 0, people == 0);
                prop_assert!(count == 0 || (count >= least && (count - people).abs() <= BOUND.max(least)));
                if people > 0 {
                    set.sort_unstable();
                    prop_assert_eq!(*numbers.entry(set).or_insert(count), count);
                }
            }
        }
    }

    /// No count below the minimum is shown or can be told: where one is suppressed, so is another in each of its lines, or
    /// the line's sum is; and a group below the minimum is not broken down, not even into zeros.
    #[test]
    fn small_counts_cannot_be_told(seed: u64, size in 0_usize..300) {
        let people = caseload(seed, size);
        for (group_by, conditions, table) in tables(&people) {
            let published = Published::protected(&table, 0, &noise(seed));
            let is_shown: HashMap<&Key, bool> = published.cells().iter().map(|cell| (cell.key(), cell.count().is_some())).collect();
            for cell in &table.cells {
                let count = cell.figure.people;
                prop_assert!(count == 0 || count >= LEAST_MINIMUM || !is_shown[&cell.key]);
                for varying in 0..group_by.len() {
                    let in_line = |other: &&panoh::policy::statistics::Cell| {
                        (0..group_by.len()).all(|at| at == varying || other.key[at] == cell.key[at])
                    };
                    let line: Vec<_> = table.cells.iter().filter(in_line).collect();
                    let sum: i64 = line.iter().map(|other| other.figure.people).sum();
                    if sum < LEAST_MINIMUM {
                        prop_assert!(line.iter().all(|other| !is_shown[&other.key]));
                    }
                    let hidden = line.iter().filter(|other| !is_shown[&other.key]).count();
                    let other_people = line.iter().any(|other| is_shown[&other.key] && other.figure.people > 0);
                    prop_assert!(hidden != 1 || !other_people);
                }
                for at in 0..conditions.len() {
                    let fewer: Vec<_> = conditions.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, c)| *c).collect();
                    let without = matching(&people, &group_by, &cell.key, &fewer).count() as i64;
                    prop_assert!(without >= LEAST_MINIMUM || !is_shown[&cell.key]);
                }
            }
        }
    }
}

/// Over 100,000 cells of every size the noise keeps its bound; from minimum + bound up its mean is zero and its variance the
/// stated one, and below it is biased upwards by no more than stated.
#[test]
fn noise_is_unbiased_within_its_bound() {
    let rng = &mut ChaCha8Rng::seed_from_u64(7);
    let noise = noise(11);
    let per_size = 2_000;
    let (mut sum, mut cells, mut worst_bias) = (0, 0, 0.0_f64);
    for people in LEAST_MINIMUM..LEAST_MINIMUM + 60 {
        let changes: Vec<i64> = (0..per_size)
            .map(|_| {
                let record_keys = (0..people).map(|_| rng.random_range(0..1_i64 << 40)).sum();
                noise.shown(Figure { people, record_keys }, LEAST_MINIMUM) - people
            })
            .collect();
        let mean = changes.iter().sum::<i64>() as f64 / f64::from(per_size);
        assert!(changes.iter().all(|change| change.abs() <= BOUND));
        if people >= LEAST_MINIMUM + BOUND {
            let variance = changes.iter().map(|change| (*change as f64).powi(2)).sum::<f64>() / f64::from(per_size);
            let remainder = people % BASE;
            let stated = (remainder * (BASE - remainder)) as f64;
            assert!(mean.abs() < 0.5, "{people} people: mean {mean}");
            assert!((variance - stated).abs() <= stated * 0.15 + 0.01, "{people} people: variance {variance}");
            sum += changes.iter().sum::<i64>();
            cells += per_size;
        } else {
            worst_bias = worst_bias.max(mean);
            assert!(mean > -0.5 && mean < 2.7, "{people} people: mean {mean}");
        }
    }
    let mean = f64::from(sum as i32) / f64::from(cells);
    println!("{cells} cells: mean noise {mean:.4}; greatest bias near the minimum {worst_bias:.2}");
    assert!(cells > 90_000 && mean.abs() < 0.05);
}

/// Who knows everybody but one person guesses whether that person is in a set, from the figures of pairs of sets that differ
/// by that one; the better of the two likelihoods wins. Repeats and aliases give the same number and add nothing.
#[test]
fn a_differencing_attack_stays_within_its_bound() {
    let trials = 6_000;
    let rng = &mut ChaCha8Rng::seed_from_u64(3);
    let likelihood = |shown: i64, people: i64| {
        let remainder = people % BASE;
        let down = people - remainder;
        let up = remainder as f64 / BASE as f64;
        let of = |number: i64| if number.max(LEAST_MINIMUM) == shown { 1.0 } else { 0.0 };
        of(down) * (1.0 - up) + of(down + BASE) * up
    };
    let mut advantage = |figures: usize| {
        let mut right = 0;
        for trial in 0..trials {
            let noise = noise(trial);
            let is_in = rng.random_bool(0.5);
            let mut odds = 0.0_f64;
            for _ in 0..figures {
                let others: i64 = rng.random_range(20..400);
                let people = others + i64::from(is_in);
                let figure = Figure { people, record_keys: rng.random_range(0..1 << 48) };
                let shown = noise.shown(figure, LEAST_MINIMUM);
                assert_eq!(shown, noise.shown(figure, LEAST_MINIMUM), "asked twice, or under an alias");
                odds += (likelihood(shown, others + 1) + 1e-9).ln() - (likelihood(shown, others) + 1e-9).ln();
            }
            let guess = if odds == 0.0 { rng.random_bool(0.5) } else { odds > 0.0 };
            right += u64::from(guess == is_in);
        }
        2.0 * right as f64 / trials as f64 - 1.0
    };
    let error = 3.0 / (trials as f64).sqrt();
    for figures in [1, 2, 3, 10, 56] {
        let bound = 1.0 - (1.0 - 1.0 / BASE as f64).powi(figures as i32);
        let found = advantage(figures);
        println!("{figures} figures that differ by one person: advantage {found:.3}, bound {bound:.3}");
        assert!(found <= bound + error);
    }
    // Over time: one figure is watched while one person joins, or nobody does.
    let changed = (0..trials)
        .filter(|trial| {
            let noise = noise(*trial);
            let before = Figure { people: rng.random_range(20..400), record_keys: rng.random_range(0..1 << 48) };
            let joined = Figure {
                people: before.people + 1,
                record_keys: before.record_keys + rng.random_range(0..1_i64 << 40),
            };
            noise.shown(before, LEAST_MINIMUM) != noise.shown(joined, LEAST_MINIMUM)
        })
        .count();
    let found = changed as f64 / trials as f64;
    println!("one figure watched while one person joins: advantage {found:.3}, bound 0.500");
    assert!(found <= 0.5 + error);
}

/// Freely chosen sets, over which noise would average away, cannot be asked for; each refusal names what is wrong.
#[test]
fn averaging_over_chosen_sets_is_refused() {
    let sex = || condition(2, "FEMALE");
    let several = Filter::Condition(Condition::Nationality(vec!["AFG".parse().unwrap(), "IRN".parse().unwrap()]));
    let name = Filter::Condition(Condition::FamilyName(panoh::policy::filter::TextTest::StartsWith("a".into())));
    let refused = |filter: Filter| Question::new(&[], &filter).unwrap_err();
    assert_eq!(refused(Filter::Any(vec![sex()])), NotClosed::NotTogether("or"));
    assert_eq!(refused(Filter::Neither(vec![sex()])), NotClosed::NotTogether("not"));
    assert_eq!(refused(several), NotClosed::NotOneValue(Dimension::Nationality));
    assert_eq!(refused(name), NotClosed::NotADimension("familyName"));
    assert_eq!(refused(Filter::All(vec![sex(), condition(2, "MALE")])), NotClosed::Twice(Dimension::Sex));
    let four = [Dimension::Nationality, Dimension::LegalStatus, Dimension::Region];
    assert_eq!(Question::new(&four, &sex()), Err(NotClosed::TooManyDimensions(4)));
}
