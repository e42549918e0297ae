//! Who is counted, with the cells that each is in.

use super::columns::{Columns, Identifiers};
use crate::domain::Id;
use crate::domain::agreement::Agreement;
use crate::domain::coverage::CoverageBasis;
use crate::domain::individual::Individual;
use crate::domain::programme::{Programme, ProgrammeKind};
use crate::domain::statistics::{StatisticsDimension, StatisticsTable};
use crate::policy::statistics::{Counting, Key, Noise, Person, ReleasedTable, Withheld};
use crate::store::agreement::rows::all_agreements;
use crate::store::database::codes::codes;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::programmes;
use chrono::NaiveDate;
use diesel::sql_types::{BigInt, Date, Nullable, Text};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, QueryableByName, RunQueryDsl,
};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// How many people one statement reads.
const PEOPLE: i64 = 20_000;

/// Which people are counted, and as they are on which day: those whom a basis covered at the end of that day and still covers today.
/// So nobody is counted who was registered, or has refused, since.
#[derive(Debug, Clone, Copy)]
pub struct Of {
    /// The basis.
    pub basis: Id<CoverageBasis>,
    /// The day.
    pub as_of: NaiveDate,
    /// Today.
    pub today: NaiveDate,
}

/// The finished tables of an agreement, and what they are made from.
#[derive(Debug)]
pub struct Finished {
    /// What may leave.
    pub tables: Vec<(ReleasedTable, Withheld)>,
    /// Who was counted, with a hash of the values by its tables.
    pub counted: Vec<Counted>,
    /// The same people, with a hash by the tables of each of the other agreements.
    pub by_others: Vec<Vec<Counted>>,
}

/// Somebody who was counted, with a hash of the values.
pub type Counted = (Id<Individual>, i64);

/// Some tables, and how the programmes of enrolments are named in them.
struct Counter<'a> {
    tables: &'a [StatisticsTable],
    programmes: Identifiers,
}

impl Counter<'_> {
    /// The cells that a person is in, of each table.
    fn cells(&self, columns: &Columns, row: &Row) -> Vec<BTreeSet<Key>> {
        let cells = |table: &StatisticsTable| columns.keys(&table.dimensions, &row.joined, &self.programmes);
        self.tables.iter().map(cells).collect()
    }

    fn has_programmes(&self) -> bool {
        self.tables.iter().any(|table| table.dimensions.contains(&StatisticsDimension::Programme))
    }
}

/// Who it is, with a hash of the cells.
fn counted(row: &Row, cells: &[BTreeSet<Key>]) -> Counted {
    let mut hash = Sha256::new();
    cells.iter().for_each(|cells| hash.update(serde_json::to_vec(cells).expect("texts are plain data")));
    let hash: [u8; 32] = hash.finalize().into();
    (row.id, hash.iter().take(8).fold(0, |sum, byte| sum << 8 | i64::from(*byte)))
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: Id<Individual>,
    #[diesel(sql_type = Text)]
    joined: String,
}

/// Counts people for an agreement's tables, as they are on a day, and finishes these. `others` are agreements whose counts these are held
/// against; `counts` decides about each person; `progress` hears how many were read.
///
/// # Errors
/// If the database fails.
pub fn finish(
    connection: &mut AnyConnection,
    agreement: &Agreement,
    others: &[&Agreement],
    of: Of,
    noise: &Noise,
    counts: impl Fn(Id<Individual>) -> bool,
    mut progress: impl FnMut(u64),
) -> Result<Finished> {
    let shown = Counter {
        tables: &agreement.statistics_tables,
        programmes: known_programmes(connection, agreement, of.as_of)?,
    };
    // Whether somebody has changed does not depend on which programmes the recipient knows.
    let every = every_programme(connection)?;
    let own = Counter { tables: &agreement.statistics_tables, programmes: every.clone() };
    let others: Vec<Counter<'_>> =
        others.iter().map(|other| Counter { tables: &other.statistics_tables, programmes: every.clone() }).collect();
    let tables = others.iter().chain([&own]).flat_map(|counter| counter.tables);
    let columns = Columns::of(tables.flat_map(|table| table.dimensions.iter().copied()));
    let mut tables: Vec<Counting> = own.tables.iter().cloned().map(Counting::new).collect();
    let mut finished = Finished { tables: Vec::new(), counted: Vec::new(), by_others: vec![Vec::new(); others.len()] };
    let mut after = Id::new(i64::MIN);
    loop {
        let rows = read(connection, &columns, of, after)?;
        let Some(last) = rows.last() else { break };
        after = last.id;
        progress(rows.len() as u64);
        for row in rows.into_iter().filter(|row| counts(row.id)) {
            let cells = shown.cells(&columns, &row);
            finished.counted.push(match own.has_programmes() {
                true => counted(&row, &own.cells(&columns, &row)),
                false => counted(&row, &cells),
            });
            for (other, by_other) in others.iter().zip(&mut finished.by_others) {
                by_other.push(counted(&row, &other.cells(&columns, &row)));
            }
            for (counting, cells) in tables.iter_mut().zip(cells) {
                counting.add(&Person { id: row.id, cells }, noise);
            }
        }
    }
    let minimum = agreement.minimum_cell_size.into();
    finished.tables = tables.into_iter().map(|table| table.finish(minimum, noise)).collect();
    Ok(finished)
}

/// The day from which on a basis has covered those of whom it covers somebody today: before it would count nobody.
pub(super) fn covered_from(connection: &mut AnyConnection, basis: Id<CoverageBasis>) -> Result<NaiveDate> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<Date>)]
        day: Option<NaiveDate>,
    }
    let statement = format!(
        "SELECT min(coalesce(made_on, '{}')) AS day FROM coverage_changes \
         WHERE id IN (SELECT since FROM coverages WHERE basis_id = {basis} AND ended IS NULL)",
        NaiveDate::default()
    );
    let query = diesel::sql_query(statement);
    let row: Row = match connection {
        AnyConnection::Sqlite(sqlite) => query.get_result(sqlite)?,
        AnyConnection::Postgresql(postgres) => query.get_result(postgres)?,
    };
    Ok(row.day.unwrap_or_default())
}

fn read(connection: &mut AnyConnection, columns: &Columns, of: Of, after: Id<Individual>) -> Result<Vec<Row>> {
    let Of { basis, as_of, today } = of;
    let since = match as_of < today {
        true => {
            format!("since IN (SELECT id FROM coverage_changes WHERE made_on IS NULL OR made_on <= '{as_of}') AND ")
        }
        false => String::new(),
    };
    let statement = format!(
        "SELECT individuals.id AS id, {} AS joined FROM coverages JOIN individuals ON individuals.id = individual_id \
         WHERE {since}basis_id = {basis} AND ended IS NULL AND (until IS NULL OR until > '{today}') AND individual_id > {after} \
         ORDER BY individual_id LIMIT {PEOPLE}",
        columns.expression(connection, as_of)
    );
    let query = diesel::sql_query(statement);
    Ok(match connection {
        AnyConnection::Sqlite(sqlite) => query.load(sqlite)?,
        AnyConnection::Postgresql(postgres) => query.load(postgres)?,
    })
}

/// The programmes that an agreement's recipient knows for its purpose.
fn known_programmes(connection: &mut AnyConnection, agreement: &Agreement, day: NaiveDate) -> Result<Identifiers> {
    let is_party = |one: &Agreement| [one.provider_id, one.recipient_id].contains(&agreement.recipient_id);
    let counting = |one: &Agreement| one.purpose == agreement.purpose && one.in_force(day) && is_party(one);
    let all = all_agreements(connection)?;
    let named = all.iter().filter(|one| counting(one)).chain([agreement]);
    let kinds: Vec<ProgrammeKind> = named.filter_map(|one| one.scope.programmes.clone()).flatten().collect();
    let next_lead = programmes::next_lead_id;
    let handed_over = next_lead.is_not_null().and(next_lead.assume_not_null().eq(agreement.recipient_id));
    let own = programmes::lead_id.eq(agreement.recipient_id).or(handed_over);
    let implementer = programmes::implementer_id;
    let implemented = implementer.is_not_null().and(implementer.assume_not_null().eq(agreement.recipient_id));
    let rows: Vec<(Id<Programme>, String)> = programmes::table
        .filter(own.or(implemented).or(programmes::kind.eq_any(codes(&kinds))))
        .select((programmes::id, programmes::identifier))
        .load(connection)?;
    Ok(rows.into_iter().map(|(id, identifier)| (id.to_string(), identifier)).collect())
}

/// All programmes, by their keys alone.
fn every_programme(connection: &mut AnyConnection) -> Result<Identifiers> {
    let ids: Vec<Id<Programme>> = programmes::table.select(programmes::id).load(connection)?;
    Ok(ids.into_iter().map(|id| (id.to_string(), id.to_string())).collect())
}
