//! What statements select of a person, to be counted by.

use crate::domain::individual::AgeBand;
use crate::domain::statistics::StatisticsDimension as Dimension;
use crate::domain::{Vocabulary, statistics::StatisticsDimension};
use crate::policy::statistics::Key;
use crate::store::database::connection::AnyConnection;
use chrono::NaiveDate;
use std::collections::{BTreeSet, HashMap};

/// What lies between the values of two columns.
const SEPARATOR: char = '\u{1f}';

/// The values of one dimension, or of two that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Single(Dimension),
    /// Kind and stage of the same solution.
    Solution,
}

/// The columns that hold some dimensions, each once.
#[derive(Debug, Clone)]
pub(super) struct Columns(Vec<Column>);

/// Programmes that a recipient knows: identifiers by key, as text.
pub(super) type Identifiers = HashMap<String, String>;

impl Columns {
    /// The columns of dimensions.
    pub fn of(dimensions: impl Iterator<Item = Dimension>) -> Self {
        let mut columns: Vec<Column> = Vec::new();
        for dimension in dimensions {
            let column = match dimension {
                Dimension::SolutionKind | Dimension::SolutionStage => Column::Solution,
                other => Column::Single(other),
            };
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        Self(columns)
    }

    /// An expression in SQL that joins the columns of a row of `individuals` in one text, as they are on a day.
    pub fn expression(&self, connection: &AnyConnection, day: NaiveDate) -> String {
        let sqlite = matches!(connection, AnyConnection::Sqlite(_));
        let separator = if sqlite { "char(31)" } else { "chr(31)" };
        let columns: Vec<String> =
            self.0.iter().map(|column| format!("coalesce({}, '')", column.expression(sqlite, day))).collect();
        if columns.is_empty() { "''".to_owned() } else { columns.join(&format!(" || {separator} || ")) }
    }

    /// The keys by some dimensions of whoever has these values: one for each combination of what lists hold.
    pub fn keys(&self, dimensions: &[StatisticsDimension], joined: &str, programmes: &Identifiers) -> BTreeSet<Key> {
        let mut keys: Vec<Key> = vec![vec![None; dimensions.len()]];
        for (column, text) in self.0.iter().zip(joined.split(SEPARATOR)) {
            let named = column.dimensions();
            let at: Vec<Option<usize>> =
                named.iter().map(|name| dimensions.iter().position(|dimension| dimension == name)).collect();
            if at.iter().all(Option::is_none) {
                continue;
            }
            let alternatives = column.alternatives(text, programmes);
            if alternatives.is_empty() {
                continue;
            }
            let with = |key: &Key| {
                let one = |values: &Vec<&str>| {
                    let mut key = key.clone();
                    for (at, value) in at.iter().zip(values) {
                        if let Some(at) = at {
                            key[*at] = Some((*value).to_owned());
                        }
                    }
                    key
                };
                alternatives.iter().map(one).collect::<Vec<_>>()
            };
            keys = keys.iter().flat_map(with).collect();
        }
        keys.into_iter().collect()
    }
}

impl Column {
    fn dimensions(self) -> Vec<Dimension> {
        match self {
            Self::Single(dimension) => vec![dimension],
            Self::Solution => vec![Dimension::SolutionKind, Dimension::SolutionStage],
        }
    }

    /// What the column's text says of its dimensions, one for each item of a list; nothing if there is none.
    fn alternatives<'t>(self, text: &'t str, programmes: &'t Identifiers) -> Vec<Vec<&'t str>> {
        let items = text.split(',').filter(|item| !item.is_empty());
        match self {
            Self::Solution => {
                items.filter_map(|item| item.split_once(':')).map(|(kind, stage)| vec![kind, stage]).collect()
            }
            Self::Single(Dimension::Programme) => {
                items.filter_map(|id| programmes.get(id)).map(|identifier| vec![identifier.as_str()]).collect()
            }
            Self::Single(_) => items.map(|item| vec![item]).collect(),
        }
    }

    /// The column in SQL: one value, or several with commas between them.
    fn expression(self, sqlite: bool, day: NaiveDate) -> String {
        let list = |value: &str, table: &str, since: &str| {
            let join = if sqlite {
                format!("group_concat(DISTINCT {value})")
            } else {
                format!("string_agg(DISTINCT {value}, ',')")
            };
            format!("(SELECT {join} FROM {table} WHERE {table}.individual_id = individuals.id{since})")
        };
        let by = |date: &str| format!(" AND ({date} IS NULL OR {date} <= '{day}')");
        let code = |column: &str| format!("(SELECT places.code FROM places WHERE places.id = individuals.{column})");
        match self {
            Self::Solution => list("solutions.kind || ':' || solutions.stage", "solutions", ""),
            Self::Single(dimension) => match dimension {
                Dimension::Nationality => "individuals.nationality".to_owned(),
                Dimension::Sex => "individuals.sex".to_owned(),
                Dimension::LegalStatus => "individuals.legal_status".to_owned(),
                Dimension::ArrivalYear => "substr(CAST(individuals.arrived_year_on AS TEXT), 1, 4)".to_owned(),
                Dimension::Region => code("region_id"),
                Dimension::Place => code("place_id"),
                Dimension::SpecificNeed => list("substr(specific_needs.code, 1, 2)", "specific_needs", ""),
                Dimension::Programme => {
                    list("CAST(enrolments.programme_id AS TEXT)", "enrolments", &by("enrolments.started_on"))
                }
                Dimension::IncidentKind => list("incidents.kind", "incidents", &by("incidents.occurred_on")),
                Dimension::AgeBand => age_band(day),
                Dimension::SolutionKind | Dimension::SolutionStage => unreachable!("in the column of solutions"),
            },
        }
    }
}

fn age_band(day: NaiveDate) -> String {
    let whens = AgeBand::ALL.iter().map(|band| {
        let (after, until) = band.births(day);
        let after = after.map(|date| format!(" AND individuals.date_of_birth > '{date}'")).unwrap_or_default();
        let until = until.map(|date| format!(" AND individuals.date_of_birth <= '{date}'")).unwrap_or_default();
        format!(" WHEN individuals.date_of_birth IS NOT NULL{after}{until} THEN '{}'", band.code())
    });
    format!("CASE{} ELSE individuals.age_band END", whens.collect::<String>())
}
