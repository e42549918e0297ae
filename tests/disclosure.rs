//! Disclosure control: what finished tables of random caseloads show, and what one person more or less changes in them.

use panoh::domain::Id;
use panoh::domain::statistics::StatisticsTable;
use panoh::policy::statistics::{BASE, Counting, Key, Noise, Person, ReleasedTable, Withheld};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet, HashMap};

const VALUES: [&[&str]; 3] =
    [&["AFG", "IRN", "IRQ", "PAK"], &["FEMALE", "MALE"], &["AGE_0_4", "AGE_5_11", "AGE_12_17", "AGE_18_59"]];

fn table(text: &str) -> StatisticsTable {
    text.parse().unwrap()
}

fn noise(number: u64) -> Noise {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&number.to_be_bytes());
    Noise::of(key)
}

/// People with a few rare values and many frequent ones, each in one cell.
fn caseload(rng: &mut ChaCha8Rng, people: i64) -> Vec<Person> {
    let mut cell = || -> Key {
        let value = |values: &[&str], share: f64| {
            values.get((share.powi(3) * (values.len() + 1) as f64) as usize).map(|value| (*value).to_owned())
        };
        VALUES.iter().map(|values| value(values, rng.random_range(0.0..1.0))).collect()
    };
    (0..people).map(|id| Person { id: Id::new(id * 7_919 + 13), cells: BTreeSet::from([cell()]) }).collect()
}

fn finish(table: &StatisticsTable, people: &[Person], minimum: i64, noise: &Noise) -> (ReleasedTable, Withheld) {
    let mut counting = Counting::new(table.clone());
    people.iter().for_each(|person| counting.add(person, noise));
    counting.finish(minimum, noise)
}

/// What is shown is of at least the minimum, within nine of the truth and in tens; what is withheld has enough people together, or its
/// rest is withheld too.
#[test]
fn tables_of_random_caseloads_hold_the_rules() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let (mut shown, mut withheld, mut without_rest) = (0, 0, 0);
    for number in 0..400 {
        let minimum = [5, 10, 20][number % 3];
        let many = rng.random_range(0..600);
        let people = caseload(&mut rng, many);
        let mut truth: BTreeMap<&Key, i64> = BTreeMap::new();
        people.iter().flat_map(|person| &person.cells).for_each(|cell| *truth.entry(cell).or_default() += 1);
        let (released, lost) = finish(&table("NATIONALITY*SEX*AGE_BAND"), &people, minimum, &noise(number as u64));
        for (cell, count) in &released.cells {
            let people = truth[cell];
            assert!(people >= minimum && (count - people).abs() < BASE && count % BASE == 0, "{count} for {people}");
        }
        shown += released.cells.len();
        withheld += truth.len() - released.cells.len();
        let hidden: i64 = truth.iter().filter(|(cell, _)| !released.cells.contains_key(**cell)).map(|(_, n)| n).sum();
        assert_eq!(lost.withheld_people, hidden);
        match released.rest {
            None => without_rest += 1,
            Some(rest) => assert!(hidden >= minimum && rest % BASE == 0, "a rest of {hidden}"),
        }
        let told = minimum <= 11 && !released.cells.is_empty();
        assert!(!told || released.rest.is_some(), "it is withheld of whole tables only, if the minimum is at most 11");
        assert!(minimum <= 11 || released.rest.is_none(), "a rest would tell a withheld cell within 18 people");
    }
    println!("{shown} cells shown, {withheld} withheld, {without_rest} of 400 tables without a rest");
    assert!(shown > 1_000 && withheld > 1_000 && without_rest > 0);
}

/// Somebody with more values than are counted is in one cell fewer, and in the figure of those who are left out.
#[test]
fn of_many_values_a_few_are_counted() {
    let cell = |code: &str| vec![Some(code.to_owned())];
    let codes = ["DS", "ER", "SM", "TR", "WR"];
    let person =
        |id: i64, many: usize| Person { id: Id::new(id), cells: codes[..many].iter().map(|code| cell(code)).collect() };
    for most in 1..=3 {
        let needs = StatisticsTable { values_per_person: most, ..table("SPECIFIC_NEED") };
        for (many, cells, left_out) in [(most, i64::from(most), 0), (5, i64::from(most) - 1, 300)] {
            let people: Vec<Person> = (0..300).map(|id| person(id, many as usize)).collect();
            let (released, lost) = finish(&needs, &people, 5, &noise(3));
            assert_eq!(lost.people, 300 * cells, "{most} of {many}");
            assert_eq!(
                (released.left_out, released.rest),
                ((left_out > 0).then_some(left_out), None),
                "{most} of {many}"
            );
            if many == 5 && most == 3 {
                assert!(released.cells.values().all(|count| (80..160).contains(count)), "chosen alike: {released:?}");
            }
        }
    }
}

/// With one person more or less, everything that a table shows is different in at most one case of ten: near the minimum, if the person
/// is alone in a cell, if the cell is withheld beside others, and whoever else is in the table.
#[test]
fn one_person_more_changes_a_table_in_one_case_of_ten() {
    const KEYS: u64 = 10_000;
    let cell = |sex: Option<&str>| vec![sex.map(str::to_owned)];
    let people = |women: i64, men: i64, unknown: i64| -> Vec<Person> {
        let group = |from: i64, many: i64, sex: Option<&'static str>| {
            (from..from + many)
                .map(move |id| Person { id: Id::new(id), cells: BTreeSet::from([vec![sex.map(str::to_owned)]]) })
        };
        group(1, women, Some("FEMALE"))
            .chain(group(1_000, men, Some("MALE")))
            .chain(group(2_000, unknown, None))
            .collect()
    };
    let mut worst: f64 = 0.0;
    for (women, men, unknown) in
        [(0, 0, 0), (0, 30, 40), (3, 30, 0), (4, 12, 2), (4, 40, 60), (7, 9, 13), (13, 25, 1), (20, 8, 5)]
    {
        let without = people(women, men, unknown);
        let with: Vec<Person> = without
            .iter()
            .cloned()
            .chain([Person { id: Id::new(5_000), cells: BTreeSet::from([cell(Some("FEMALE"))]) }])
            .collect();
        let mut seen: HashMap<String, i64> = HashMap::new();
        for number in 0..KEYS {
            for (people, change) in [(&without, -1), (&with, 1)] {
                // Two worlds have two keys, as an attacker knows neither.
                let (released, _) = finish(&table("SEX"), people, 5, &noise(2 * number + u64::from(change > 0)));
                *seen.entry(format!("{:?} {:?}", released.cells, released.rest)).or_default() += change;
            }
        }
        let distance = seen.values().map(|count| count.abs()).sum::<i64>() as f64 / (2 * KEYS) as f64;
        println!(
            "{women} women, {men} men, {unknown} unknown: one woman more is told in {:.1} % of cases",
            100.0 * distance
        );
        worst = worst.max(distance);
    }
    assert!(worst < 0.13, "{worst}");
}

/// Whether a person is in one cell or another of a table is told in at most 19 of a hundred cases, even if all others of that cell are
/// a cell of another table: the same people are drawn apart in each, so that equal numbers tell nothing.
#[test]
fn cells_of_two_tables_are_drawn_apart() {
    const KEYS: u64 = 20_000;
    let person =
        |id: i64, value: &str| Person { id: Id::new(id), cells: BTreeSet::from([vec![Some(value.to_owned())]]) };
    let both = |x_by_sex: &str, number: u64| {
        let people = |value: &str| -> Vec<Person> { (1..=34).map(|id| person(id, value)).collect() };
        let (women, refugees) = (people("FEMALE"), people("REFUGEE"));
        let others = |value: &'static str| (200..214).map(move |id| person(id, value));
        let women: Vec<Person> = women.into_iter().chain([person(99, x_by_sex)]).chain(others("MALE")).collect();
        let refugees: Vec<Person> = refugees.into_iter().chain(others("CITIZEN")).collect();
        let noise = noise(number);
        let cells = |text: &str, people: &[Person]| finish(&table(text), people, 5, &noise).0.cells;
        format!("{:?}", (cells("SEX", &women), cells("LEGAL_STATUS", &refugees)))
    };
    let mut seen: HashMap<String, i64> = HashMap::new();
    for number in 0..KEYS {
        *seen.entry(both("FEMALE", 2 * number)).or_default() += 1;
        *seen.entry(both("MALE", 2 * number + 1)).or_default() -= 1;
    }
    let distance = seen.values().map(|count| count.abs()).sum::<i64>() as f64 / (2 * KEYS) as f64;
    println!(
        "her sex is told in {:.1} % of cases, by two tables that count the same people but for her",
        100.0 * distance
    );
    assert!((0.05..0.22).contains(&distance), "{distance}");
}
