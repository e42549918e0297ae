//! Statistics: one statement counts a table's people, grouped by all that it asks about at once.

use super::connection::AnyConnection;
use super::errors::{Result, StoreError};
use super::programmes::visible_programmes;
use super::snapshot::Snapshot;
use super::tables::{agreements, coverages, individuals, place_ancestors, places, programmes};
use super::wall;
use crate::domain::agreement::AgreementStatus;
use crate::domain::individual::AgeBand;
use crate::domain::purpose::Purpose;
use crate::domain::statistics::StatisticsDimension as Dimension;
use crate::domain::{self, Vocabulary};
use crate::policy::Basis;
use crate::policy::statistics::{Atom, Figure, Published, Question, Table, TooManyCells, Value};
use chrono::NaiveDate;
use diesel::dsl::{max, sql};
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl, RunQueryDsl};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Why a question is not answered.
#[derive(Debug, thiserror::Error)]
pub enum StatisticsError {
    /// No agreement grants the categories of its dimensions together.
    #[error("no one agreement in force for this purpose lets people be counted by {0} together")]
    NotGranted(String),
    /// Its table is too large.
    #[error(transparent)]
    TooManyCells(#[from] TooManyCells),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for StatisticsError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

/// What three columns hold, how many people have it, and the sum of their record keys.
type Row = (Option<String>, Option<String>, Option<String>, i64, i64);

/// What one statement selects for a person: the values of one dimension, or of two that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Single(Dimension),
    /// Kind and stage of the same solution.
    Solution,
}

impl Snapshot {
    /// The table of a question, as it may leave.
    pub fn caseload_statistics(&mut self, question: &Question) -> Result<Published, StatisticsError> {
        let categories = question.categories();
        let bases: Vec<Basis> = self.grant().counting(&categories).into_iter().cloned().collect();
        let basis_keys: Vec<domain::Key> = bases.iter().map(|basis| basis.id).collect();
        if bases.is_empty() {
            let named = question.dimensions().map(|dimension| format!("{dimension} ({})", dimension.category()));
            return Err(StatisticsError::NotGranted(named.collect::<Vec<_>>().join(", ")));
        }
        let own = self.viewer().purpose == Purpose::CaseManagement;
        let providers: HashSet<domain::Key> = bases.iter().map(|basis| basis.holder_id).collect();
        if let (false, AnyConnection::Postgresql(postgres)) = (own, self.connection()) {
            let published = wall::statistics(postgres, question)??;
            self.trace().ask(categories, basis_keys, 0);
            return Ok(published);
        }
        let programmes = match question.dimensions().any(|dimension| dimension == Dimension::Programme) {
            true => self.visible_identifiers()?,
            false => HashMap::new(),
        };
        let wanted = self.wanted(question, &programmes)?;
        let today = self.viewer().today;
        let connection = self.connection();
        let columns = columns(question);
        let column = |at: usize| {
            sql::<Nullable<Text>>(&columns.get(at).map_or("CAST(NULL AS TEXT)".into(), |column| {
                expression(*column, connection_is_sqlite(connection), today)
            }))
        };
        let counted = coverages::table
            .filter(coverages::basis_id.eq_any(basis_keys.clone()))
            .filter(coverages::ended.is_null())
            .filter(coverages::until.is_null().or(coverages::until.assume_not_null().gt(today)))
            .select(coverages::individual_id);
        let statement =
            individuals::table.filter(individuals::id.eq_any(counted)).group_by(sql::<Text>("1, 2, 3")).select((
                column(0),
                column(1),
                column(2),
                sql::<BigInt>("COUNT(*)"),
                sql::<BigInt>(if own { "CAST(0 AS BIGINT)" } else { "CAST(SUM(individuals.record_key) AS BIGINT)" }),
            ));
        let rows: Vec<Row> = statement.load(connection)?;
        let atoms: Vec<Atom> = rows
            .into_iter()
            .map(|(first, second, third, people, record_keys)| {
                let keys = keys(question, &columns, [first, second, third], &programmes);
                Atom { keys, figure: Figure { people, record_keys } }
            })
            .collect();
        let passes = |at: usize, value: Option<&str>| value.is_some_and(|value| wanted[at].contains(value));
        let table = Table::new(question, &atoms, passes)?;
        self.trace().ask(
            categories,
            basis_keys,
            if own { atoms.iter().map(|atom| atom.figure.people).sum() } else { 0 },
        );
        if own {
            return Ok(Published::exactly(table));
        }
        let minimum = self.minimum_cell_size(&providers)?;
        Ok(Published::protected(&table, minimum, self.noise()))
    }

    /// The highest minimum cell size of all agreements in force between the viewer's agency and the providers.
    fn minimum_cell_size(&mut self, providers: &HashSet<domain::Key>) -> Result<i64> {
        let (agency, today) = (self.viewer().agency.id, self.viewer().today);
        let others: Vec<domain::Key> = providers.iter().copied().collect();
        let shared = agreements::recipient_id.eq(agency).and(agreements::provider_id.eq_any(others.clone()));
        let given = agreements::provider_id.eq(agency).and(agreements::recipient_id.eq_any(others));
        let highest: Option<i32> = agreements::table
            .filter(shared.or(given))
            .filter(agreements::status.eq(AgreementStatus::InForce.code()))
            .filter(agreements::valid_from.le(today))
            .filter(agreements::valid_until.ge(today))
            .select(max(agreements::minimum_cell_size))
            .first(self.connection())?;
        Ok(highest.unwrap_or_default().into())
    }

    fn visible_identifiers(&mut self) -> Result<HashMap<String, String>> {
        let query =
            programmes::table.filter(visible_programmes!(self)).select((programmes::id, programmes::identifier));
        let rows: Vec<(domain::Key, String)> = query.load(self.connection())?;
        Ok(rows.into_iter().map(|(id, identifier)| (id.to_string(), identifier)).collect())
    }

    /// For each condition, the values that pass.
    fn wanted(&mut self, question: &Question, programmes: &HashMap<String, String>) -> Result<Vec<BTreeSet<String>>> {
        let values = |value: &Value| {
            Ok(match value {
                Value::Code(code) => BTreeSet::from([code.clone()]),
                Value::Programme(id) => programmes.get(&id.to_string()).cloned().into_iter().collect(),
                Value::Within(place) => {
                    let below = place_ancestors::table
                        .inner_join(places::table.on(places::id.eq(place_ancestors::place_id)))
                        .filter(place_ancestors::ancestor_id.eq(place))
                        .select(places::code);
                    below.load::<String>(self.connection())?.into_iter().collect()
                }
            })
        };
        question.conditions().iter().map(|wanted| &wanted.value).map(values).collect()
    }
}

fn connection_is_sqlite(connection: &AnyConnection) -> bool {
    matches!(connection, AnyConnection::Sqlite(_))
}

/// The columns that hold a question's dimensions, each once.
fn columns(question: &Question) -> Vec<Column> {
    let mut columns: Vec<Column> = Vec::new();
    for dimension in question.dimensions() {
        let column = match dimension {
            Dimension::SolutionKind | Dimension::SolutionStage => Column::Solution,
            other => Column::Single(other),
        };
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    columns
}

/// A column in SQL: one value, or several with commas between them.
fn expression(column: Column, sqlite: bool, today: NaiveDate) -> String {
    let list = |value: &str, table: &str| {
        let join = if sqlite {
            format!("group_concat(DISTINCT {value})")
        } else {
            format!("string_agg(DISTINCT {value}, ',')")
        };
        format!("(SELECT {join} FROM {table} WHERE {table}.individual_id = individuals.id)")
    };
    let code = |column: &str| format!("(SELECT places.code FROM places WHERE places.id = individuals.{column})");
    match column {
        Column::Solution => list("solutions.kind || ':' || solutions.stage", "solutions"),
        Column::Single(dimension) => match dimension {
            Dimension::Nationality => "individuals.nationality".to_owned(),
            Dimension::Sex => "individuals.sex".to_owned(),
            Dimension::LegalStatus => "individuals.legal_status".to_owned(),
            Dimension::ArrivalYear => "substr(CAST(individuals.arrived_year_on AS TEXT), 1, 4)".to_owned(),
            Dimension::Region => code("region_id"),
            Dimension::Place => code("place_id"),
            Dimension::SpecificNeed => list("substr(specific_needs.code, 1, 2)", "specific_needs"),
            Dimension::Programme => list("CAST(enrolments.programme_id AS TEXT)", "enrolments"),
            Dimension::AgeBand => age_band(today),
            Dimension::SolutionKind | Dimension::SolutionStage => unreachable!("in the column of solutions"),
        },
    }
}

fn age_band(today: NaiveDate) -> String {
    let whens = AgeBand::ALL.iter().map(|band| {
        let (after, until) = band.births(today);
        let after = after.map(|date| format!(" AND individuals.date_of_birth > '{date}'")).unwrap_or_default();
        let until = until.map(|date| format!(" AND individuals.date_of_birth <= '{date}'")).unwrap_or_default();
        format!(" WHEN individuals.date_of_birth IS NOT NULL{after}{until} THEN '{}'", band.code())
    });
    format!("CASE{} ELSE individuals.age_band END", whens.collect::<String>())
}

/// The keys of people who have some values in each column: one for each combination of what their lists hold.
fn keys(
    question: &Question,
    columns: &[Column],
    values: [Option<String>; 3],
    programmes: &HashMap<String, String>,
) -> BTreeSet<Vec<Option<String>>> {
    let mut combinations: Vec<HashMap<Dimension, Option<String>>> = vec![HashMap::new()];
    for (column, value) in columns.iter().zip(values) {
        let with = |combination: &HashMap<Dimension, Option<String>>| {
            alternatives(*column, value.as_deref(), programmes)
                .into_iter()
                .map(|alternative| combination.clone().into_iter().chain(alternative).collect())
                .collect::<Vec<_>>()
        };
        combinations = combinations.iter().flat_map(with).collect();
    }
    let key = |combination: HashMap<Dimension, Option<String>>| {
        question.dimensions().map(|dimension| combination.get(&dimension).cloned().flatten()).collect()
    };
    combinations.into_iter().map(key).collect()
}

/// What a column's text says of its dimensions, one for each item of a list; nothing known where there is none.
fn alternatives(
    column: Column,
    text: Option<&str>,
    programmes: &HashMap<String, String>,
) -> Vec<Vec<(Dimension, Option<String>)>> {
    let items = text.into_iter().flat_map(|text| text.split(','));
    let known: Vec<Vec<(Dimension, Option<String>)>> = match column {
        Column::Solution => items
            .filter_map(|item| item.split_once(':'))
            .map(|(kind, stage)| {
                vec![
                    (Dimension::SolutionKind, Some(kind.to_owned())),
                    (Dimension::SolutionStage, Some(stage.to_owned())),
                ]
            })
            .collect(),
        Column::Single(Dimension::Programme) => items
            .filter_map(|id| programmes.get(id))
            .map(|identifier| vec![(Dimension::Programme, Some(identifier.clone()))])
            .collect(),
        Column::Single(dimension) => items.map(|item| vec![(dimension, Some(item.to_owned()))]).collect(),
    };
    if known.is_empty() { vec![Vec::new()] } else { known }
}
