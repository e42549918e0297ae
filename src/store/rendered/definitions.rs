//! Whom terms cover, with facts of the domain in the places that name them: `{{…}}` in `definitions/`.

use super::Dialect;
use crate::domain::Vocabulary;
use crate::domain::category::DataCategory;
use crate::domain::country::CountryCode;
use crate::domain::demarche::{MIN_AFFECTED, MIN_EVENTS};
use crate::domain::emergency_access::MAX_MINUTES;
use crate::domain::grants::Grants;
use crate::domain::grants::Level;
use crate::domain::solution::SolutionStage;
use crate::policy::ledger::{self, Seen, TABLES};
use crate::store::agreement::scopes::DIMENSIONS;
use std::collections::BTreeSet;

/// The definitions of a database.
pub(super) fn render(dialect: Dialect) -> String {
    let definitions = match dialect {
        Dialect::Postgresql => include_str!("definitions/postgres.sql"),
        Dialect::Sqlite => include_str!("definitions/sqlite.sql"),
    };
    let mut parts = definitions.split("{{");
    let mut rendered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (named, rest) = part.split_once("}}").expect("a definition closes what it opens");
        rendered.push_str(&fact(named).unwrap_or_else(|| panic!("a definition names no fact: {named}")));
        rendered.push_str(rest);
    }
    rendered
}

/// A fact as statements have it.
fn fact(named: &str) -> Option<String> {
    let (name, of) = named.split_once(' ').unwrap_or((named, ""));
    Some(match name {
        "category_bits" => {
            listed(DataCategory::ALL, |category| format!("('{category}', {}::bigint)", bits([*category])))
        }
        "columns_but" => {
            let (table, but) = of.split_once(' ')?;
            let columns = ledger::table(table).columns.iter().map(|column| column.name);
            listed(columns.filter(|name| *name != but), str::to_owned)
        }
        "dimension" => DIMENSIONS.iter().find(|(dimension, _)| *dimension == of)?.1.to_string(),
        "emergency_minutes" => MAX_MINUTES.to_string(),
        "everything" => Grants::everything().bits().to_string(),
        "grants" => {
            let bits = of.split(' ').try_fold(0, |bits, part| Some(bits | part_of_grants(part)?))?;
            format!("grants & {bits} = {bits}")
        }
        "item_categories" => {
            let with = TABLES.iter().filter_map(|table| match table.seen {
                Seen::With(category) => Some(category),
                Seen::WithPerson | Seen::ByOwnRule => None,
            });
            let categories: BTreeSet<DataCategory> = with.collect();
            listed(&categories, |category| format!("'{category}'"))
        }
        "min_affected" => MIN_AFFECTED.to_string(),
        "min_events" => MIN_EVENTS.to_string(),
        "pseudo_countries" => listed(CountryCode::pseudo(), |country| format!("'{country}'")),
        "solution_stages" => {
            let pairs = SolutionStage::ALL
                .iter()
                .flat_map(|least| least.or_later().into_iter().map(move |stage| (least, stage)));
            listed(pairs, |(least, stage)| format!("('{least}', '{stage}')"))
        }
        _ => return None,
    })
}

/// A category, or what a level adds: rows above `STATISTICS`, identified ones at `IDENTIFIED`.
fn part_of_grants(part: &str) -> Option<i64> {
    let of_level = |level| Grants::new(&BTreeSet::new(), level).bits();
    match part {
        "ROWS" => Some(of_level(Level::Pseudonymised)),
        "IDENTIFIED" => Some(of_level(Level::Identified) & !of_level(Level::Pseudonymised)),
        category => Some(bits([category.parse().ok()?])),
    }
}

fn bits<const N: usize>(categories: [DataCategory; N]) -> i64 {
    Grants::of(&categories.into()).bits()
}

fn listed<T>(facts: impl IntoIterator<Item = T>, each: impl Fn(T) -> String) -> String {
    facts.into_iter().map(each).collect::<Vec<_>>().join(", ")
}
