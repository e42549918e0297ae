//! Joining what one recipient knows by name to what another sees without, by the order of rows that show no value.

use crate::harness::{TestApp, each_engine};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use panoh::domain::Id;
use panoh::domain::agency::Agency;
use panoh::domain::individual::Individual;
use panoh::store::database::tables::{agencies, row_keys};
use serde_json::Value;
use std::collections::HashMap;

/// The people of a list by the database's own keys, in the list's order: what an attacker wants to know.
fn order_of(app: &TestApp, agency: &str, purpose: &str) -> Vec<Id<Individual>> {
    let connection = &mut app.database.address.connect(false).unwrap();
    let recipient: Id<Agency> =
        agencies::table.filter(agencies::code.eq(agency)).select(agencies::id).first(connection).unwrap();
    let known: Vec<(Id<Individual>, Id<Individual>)> = row_keys::table
        .filter(row_keys::recipient_id.eq(recipient))
        .filter(row_keys::purpose.eq(purpose))
        .select((row_keys::row_key, row_keys::individual_id))
        .load(connection)
        .unwrap();
    let mut known = known;
    known.sort_unstable();
    known.into_iter().map(|(_, person)| person).collect()
}

/// Every id of a list, in its order.
fn listed(app: &TestApp, agency: &str, purpose: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut after = String::new();
    loop {
        let query = format!(
            "{{ individuals(first: 100, orderBy: {{ field: ARRIVED_ON, direction: ASC }}{after}) \
             {{ edges {{ cursor node {{ id }} }} pageInfo {{ hasNextPage endCursor }} }} }}"
        );
        let answer = app.ask_for(agency, Some(purpose), &query, Value::Null)["data"]["individuals"].clone();
        for edge in answer["edges"].as_array().unwrap() {
            ids.push(edge["node"]["id"].as_str().unwrap().to_owned());
            assert_eq!(edge["node"]["id"].as_str().unwrap().len(), ids[0].len(), "ids are of one length");
            assert_eq!(edge["cursor"].as_str().unwrap().len(), cursor_length(&answer), "cursors are of one length");
        }
        if answer["pageInfo"]["hasNextPage"] == false {
            return ids;
        }
        after = format!(", after: {}", answer["pageInfo"]["endCursor"]);
    }
}

fn cursor_length(answer: &Value) -> usize {
    answer["edges"][0]["cursor"].as_str().unwrap().len()
}

/// Two recipients, and the holder, see rows of hidden values in orders that have nothing in common: laying one list on the other hits
/// no more people than chance, and no id occurs twice.
#[test]
fn no_order_joins_two_recipients() {
    each_engine(|engine| {
        let app = TestApp::demo(engine, 3_000);
        let viewers = [
            ("unhcr", "CASE_MANAGEMENT"),
            ("undp", "PROGRAMME_DELIVERY"),
            ("embassy-us", "RESETTLEMENT"),
            ("embassy-ca", "RESETTLEMENT"),
        ];
        let orders: Vec<Vec<Id<Individual>>> =
            viewers.iter().map(|(agency, purpose)| order_of(&app, agency, purpose)).collect();
        for (index, (agency, purpose)) in viewers.iter().enumerate().skip(1) {
            let ids = listed(&app, agency, purpose);
            assert!(ids.len() > 50, "{agency}");
            for (other, purpose) in &viewers[..index] {
                let others = listed(&app, other, purpose);
                assert!(ids.iter().all(|id| !others.contains(id)), "{agency} and {other} share an id");
            }
        }
        for (left, right) in [(0, 1), (0, 2), (1, 2), (0, 3)] {
            let common = |of: &[Id<Individual>], with: &[Id<Individual>]| -> Vec<Id<Individual>> {
                of.iter().filter(|person| with.contains(person)).copied().collect()
            };
            let (one, other) = (common(&orders[left], &orders[right]), common(&orders[right], &orders[left]));
            let hits = one.iter().zip(&other).filter(|(one, other)| one == other).count();
            let places: HashMap<Id<Individual>, usize> =
                other.iter().enumerate().map(|(place, person)| (*person, place)).collect();
            let rho = rank_correlation(&one, &places);
            let people = one.len() as f64;
            let (left, right) = (viewers[left].0, viewers[right].0);
            println!(
                "{engine:?} {left}/{right}: of {people} common people laying one order on the other hits {hits} (chance: 1); \
                 rank correlation {rho:.3} (chance: within {:.3})",
                4.0 / people.sqrt()
            );
            assert!(people > 30.0 && hits < 10 && rho.abs() < 5.0 / people.sqrt());
        }
    });
}

/// Spearman's rank correlation of an order with places in another.
fn rank_correlation(order: &[Id<Individual>], places: &HashMap<Id<Individual>, usize>) -> f64 {
    let n = order.len() as f64;
    let squares: f64 =
        order.iter().enumerate().map(|(place, person)| (place as f64 - places[person] as f64).powi(2)).sum();
    1.0 - 6.0 * squares / (n * (n * n - 1.0))
}
