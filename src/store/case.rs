//! Cases that a viewer sees: those with a visible member that reveals its family.

use super::database::connection::AnyConnection;
use super::database::errors::Result;
use super::database::page::{Page, Position, Slice, Window, page};
use super::database::stored::stored;
use super::database::tables::{cases, coverages, individuals};
use super::session::read::ReadSession;
use super::visibility::{Predicate, Stream};
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::case::Case;
use crate::domain::category::DataCategory;
use crate::domain::individual::Individual;
use crate::policy::filter::{Clause, Filter};
use crate::policy::{Grant, ItemAccess, Released, Reveal};
use chrono::NaiveDate;
use diesel::dsl::count;
use diesel::{
    AggregateExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper,
};
use std::collections::{BTreeSet, HashMap};

stored!(Case in cases { id: Id<Case>, holder_id: Id<Agency>, number: String });

impl ReadSession {
    /// A page of cases, by the key by which the viewer knows them, that have a visible member for whom the filter is known to hold
    /// and who reveals the family.
    ///
    /// # Errors
    /// If the database fails.
    pub fn cases_page(&mut self, filter: &Filter, window: &Window) -> Result<Page<Released<Case>>> {
        let today = self.viewer().today;
        let clause = filter.holds();
        let position = |key: &Id<Case>| Position::of_key(*key);
        let (connection, grant) = self.granted();
        let found = page(window, position, |slice| {
            let mut keys = BTreeSet::new();
            for stream in streams(grant, today) {
                keys.extend(slice_of_stream(connection, &stream, &clause, slice)?);
            }
            let ordered: Vec<Id<Case>> = match slice.reversed {
                false => keys.into_iter().collect(),
                true => keys.into_iter().rev().collect(),
            };
            Ok(ordered.into_iter().take(slice.limit as usize).collect())
        })?;
        self.ask_for_cases(filter, found.rows.len() as i64)?;
        let mut cases = self.load_cases(&found.rows)?;
        Ok(Page {
            rows: found.rows.iter().filter_map(|key| cases.remove(key)).collect(),
            has_previous: found.has_previous,
            has_next: found.has_next,
        })
    }

    /// How many cases that page's list has.
    ///
    /// # Errors
    /// If the database fails.
    pub fn cases_count(&mut self, filter: &Filter) -> Result<i64> {
        let today = self.viewer().today;
        let clause = filter.holds();
        let (connection, grant) = self.granted();
        let mut keys: BTreeSet<Id<Case>> = BTreeSet::new();
        let streams = streams(grant, today);
        let mut number = 0;
        for stream in &streams {
            let members = Predicate::all([with_a_case(stream), stream.filter(&clause)]);
            if members.is_never() {
                continue;
            }
            let found = coverages::table.inner_join(individuals::table).filter(members);
            match streams.len() {
                1 => number = found.select(count(coverages::case_key).aggregate_distinct()).get_result(connection)?,
                _ => {
                    keys.extend(
                        found.select(coverages::case_key.assume_not_null()).distinct().load::<Id<Case>>(connection)?,
                    );
                }
            }
        }
        number += keys.len() as i64;
        self.ask_for_cases(filter, number)?;
        Ok(number)
    }

    /// Cases by the keys by which the viewer knows them, of those that it sees.
    ///
    /// # Errors
    /// If the database fails.
    pub fn cases(&mut self, keys: &[Id<Case>]) -> Result<HashMap<Id<Case>, Released<Case>>> {
        self.ask_for_cases(&Filter::everybody(), keys.len() as i64)?;
        self.load_cases(keys)
    }

    /// The cases of released people, by the key in the database of the person.
    ///
    /// # Errors
    /// If the database fails.
    pub fn cases_of(&mut self, accesses: &[ItemAccess]) -> Result<HashMap<Id<Individual>, Released<Case>>> {
        let wanted: BTreeSet<Id<Case>> = accesses.iter().filter_map(|access| access.case_id()).collect();
        let query = cases::table.filter(cases::id.eq_any(wanted)).select(Case::as_select());
        let rows: Vec<Case> = query.load(self.connection())?;
        let found: HashMap<Id<Case>, Case> = rows.into_iter().map(|case| (case.id, case)).collect();
        let case = |access: &ItemAccess| {
            let case = Case { id: access.case_key()?, ..found.get(&access.case_id()?)?.clone() };
            Some((access.id(), Released::reduced(case, Reveal::family())?))
        };
        Ok(accesses.iter().filter_map(case).collect())
    }

    /// Cases of visible people who reveal the family.
    fn load_cases(&mut self, keys: &[Id<Case>]) -> Result<HashMap<Id<Case>, Released<Case>>> {
        let today = self.viewer().today;
        let (connection, grant) = self.granted();
        let mut found = HashMap::new();
        for stream in streams(grant, today) {
            let wanted = Predicate::of_coverage(coverages::case_key.assume_not_null().eq_any(keys.to_vec()));
            let query = coverages::table
                .inner_join(individuals::table.inner_join(cases::table))
                .filter(Predicate::all([stream.covered(), wanted]))
                .select((coverages::case_key.assume_not_null(), Case::as_select()));
            let rows: Vec<(Id<Case>, Case)> = query.load(connection)?;
            let cases = rows.into_iter().map(|(id, case)| Case { id, ..case });
            found.extend(cases.filter_map(|case| Some((case.id, Released::reduced(case, Reveal::family())?))));
        }
        Ok(found)
    }

    /// A list of cases tells of their members the family, and what the filter looks at.
    fn ask_for_cases(&mut self, filter: &Filter, found: i64) -> Result<()> {
        let categories = filter.categories().into_iter().chain([DataCategory::Family]);
        self.ask(filter, categories.collect(), found)
    }
}

/// Everybody who reveals the family, each once.
fn streams(grant: &Grant, today: NaiveDate) -> Vec<Stream<'_>> {
    Stream::by(grant, today, |basis| basis.reveals(DataCategory::Family))
}

fn with_a_case(stream: &Stream<'_>) -> Predicate {
    Predicate::all([stream.covered(), Predicate::of_coverage(coverages::case_key.is_not_null())])
}

fn slice_of_stream(
    connection: &mut AnyConnection,
    stream: &Stream<'_>,
    clause: &Clause,
    slice: &Slice,
) -> Result<Vec<Id<Case>>> {
    let key = || coverages::case_key.assume_not_null();
    let mut conditions = vec![with_a_case(stream), stream.filter(clause)];
    if let Some(bound) = &slice.after {
        let from = if bound.inclusive { bound.position.id } else { bound.position.id + 1 };
        conditions.push(Predicate::of_coverage(key().ge(from)));
    }
    if let Some(bound) = &slice.before {
        let until = if bound.inclusive { bound.position.id } else { bound.position.id - 1 };
        conditions.push(Predicate::of_coverage(key().le(until)));
    }
    let condition = Predicate::all(conditions);
    if condition.is_never() {
        return Ok(Vec::new());
    }
    let found = coverages::table.inner_join(individuals::table).filter(condition);
    let query = found.select(key()).distinct().limit(slice.limit);
    Ok(match slice.reversed {
        false => query.order(coverages::case_key.asc()).load(connection)?,
        true => query.order(coverages::case_key.desc()).load(connection)?,
    })
}
