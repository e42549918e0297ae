//! Cases that a viewer sees: those with a visible member that reveals its family.

use super::connection::AnyConnection;
use super::cover::{Predicate, Scope};
use super::errors::Result;
use super::page::{Page, Position, Slice, Window, page};
use super::snapshot::Snapshot;
use super::tables::{cases, individuals};
use crate::domain::Key;
use crate::domain::case::Case;
use crate::domain::category::DataCategory;
use crate::policy::filter::Filter;
use crate::policy::{Released, Reveal};
use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl};
use std::collections::{BTreeSet, HashMap, HashSet};

impl Snapshot {
    /// A page of cases, by row key, that have a visible member for whom the filter is known to hold and who reveals the family.
    pub fn cases_page(&mut self, filter: &Filter, window: &Window) -> Result<Page<Released<Case>>> {
        let (connection, scope) = self.scoped()?;
        let position = |id: &Key| Position { value: None, id: *id };
        let found = page(window, position, |slice| keys(connection, &scope, filter, slice))?;
        let mut cases = load(connection, &found.rows)?;
        let with_members = individuals::table
            .filter(members(&scope, filter))
            .filter(individuals::case_id.eq_any(found.rows.clone()))
            .select(individuals::audit_key);
        let keys: Vec<i64> = with_members.load(connection)?;
        self.trace().count(categories(filter), &keys);
        Ok(Page {
            rows: found.rows.iter().filter_map(|id| cases.remove(id)).collect(),
            has_previous: found.has_previous,
            has_next: found.has_next,
        })
    }

    /// How many cases that page's list has.
    pub fn cases_count(&mut self, filter: &Filter) -> Result<i64> {
        let (connection, scope) = self.scoped()?;
        let counted = individuals::table.filter(members(&scope, filter));
        let rows: Vec<(Option<Key>, i64)> =
            counted.select((individuals::case_id, individuals::audit_key)).load(connection)?;
        let keys: Vec<i64> = rows.iter().map(|(_, key)| *key).collect();
        self.trace().count(categories(filter), &keys);
        Ok(rows.into_iter().filter_map(|(case, _)| case).collect::<HashSet<_>>().len() as i64)
    }

    /// Cases by key, of those that the viewer sees.
    pub fn cases(&mut self, ids: &[Key]) -> Result<HashMap<Key, Released<Case>>> {
        let (connection, scope) = self.scoped()?;
        let visible: Vec<i64> = individuals::table
            .filter(members(&scope, &Filter::everybody()))
            .filter(individuals::case_id.eq_any(ids.to_vec()))
            .select(individuals::audit_key)
            .load(connection)?;
        self.trace().count(categories(&Filter::everybody()), &visible);
        self.cases_of_released(ids)
    }

    /// Cases by key, of those that the viewer sees, asked for through people who are released and so on record.
    pub fn cases_of_released(&mut self, ids: &[Key]) -> Result<HashMap<Key, Released<Case>>> {
        let (connection, scope) = self.scoped()?;
        let visible: Vec<Option<Key>> = individuals::table
            .filter(members(&scope, &Filter::everybody()))
            .filter(individuals::case_id.eq_any(ids.to_vec()))
            .select(individuals::case_id)
            .distinct()
            .load(connection)?;
        load(connection, &visible.into_iter().flatten().collect::<Vec<_>>())
    }
}

/// What a list of cases tells of their members: the family, and what the filter looks at.
fn categories(filter: &Filter) -> BTreeSet<DataCategory> {
    filter.categories().into_iter().chain([DataCategory::Family]).collect()
}

fn members(scope: &Scope<'_>, filter: &Filter) -> Predicate {
    let in_a_case = individuals::case_id.is_not_null();
    let revealed = scope.revealed(DataCategory::Family);
    Box::new(scope.visible().and(in_a_case).and(revealed).and(scope.filter(&filter.holds())))
}

fn keys(connection: &mut AnyConnection, scope: &Scope<'_>, filter: &Filter, slice: &Slice) -> Result<Vec<Key>> {
    let case = individuals::case_id.assume_not_null();
    let mut condition = members(scope, filter);
    if let Some(bound) = &slice.after {
        condition = match bound.inclusive {
            true => Box::new(condition.and(case.ge(bound.position.id))),
            false => Box::new(condition.and(case.gt(bound.position.id))),
        };
    }
    if let Some(bound) = &slice.before {
        condition = match bound.inclusive {
            true => Box::new(condition.and(case.le(bound.position.id))),
            false => Box::new(condition.and(case.lt(bound.position.id))),
        };
    }
    let query = individuals::table.filter(condition).select(case).distinct().limit(slice.limit);
    Ok(match slice.reversed {
        false => query.order(individuals::case_id.asc()).load(connection)?,
        true => query.order(individuals::case_id.desc()).load(connection)?,
    })
}

/// Cases that were found through a visible member who reveals the family.
fn load(connection: &mut AnyConnection, ids: &[Key]) -> Result<HashMap<Key, Released<Case>>> {
    let query = cases::table.filter(cases::id.eq_any(ids)).select((cases::id, cases::holder_id, cases::number));
    let rows: Vec<(Key, Key, String)> = query.load(connection)?;
    let found = rows.into_iter().map(|(id, holder_id, number)| Case { id, holder_id, number });
    let released = found.filter_map(|case| Released::reduced(case, Reveal::family()));
    Ok(released.map(|case| (case.id, case)).collect())
}
