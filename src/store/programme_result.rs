//! Results of programmes.

use super::bulk::insert;
use super::database::connection::AnyConnection;
use super::database::errors::Result;
use super::database::stored::stored;
use super::database::tables::programme_results;
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::programme::Programme;
use crate::domain::programme_result::{Participants, ProgrammeResult, ResultMeasure};
use crate::domain::{Id, Vocabulary};
use crate::policy::Released;
use chrono::NaiveDate;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::HashMap;

stored!(ProgrammeResult in programme_results {
    id: Id<ProgrammeResult>,
    programme_id: Id<Programme>,
    indicator: String,
    participants: Participants,
    measure: ResultMeasure,
    period_from: NaiveDate,
    period_until: NaiveDate,
    baseline: Option<String>,
    target: Option<String>,
    reached: Option<String>,
});

impl ReadSession {
    /// The results of programmes, by indicator and period.
    ///
    /// # Errors
    /// If the database fails.
    pub fn results_of_programmes(
        &mut self,
        ids: &[Id<Programme>],
    ) -> Result<HashMap<Id<Programme>, Vec<Released<ProgrammeResult>>>> {
        let mut found: HashMap<Id<Programme>, Vec<_>> = HashMap::new();
        for result in of_programmes(self.connection(), ids)? {
            found.entry(result.programme_id).or_default().push(Released::reference(result));
        }
        Ok(found)
    }
}

impl WriteSession {
    /// Keeps a result that a programme reports, instead of what it reported of the same before.
    ///
    /// # Errors
    /// If the database fails.
    pub fn report_result(&mut self, result: ProgrammeResult) -> Result<()> {
        report(self.connection(), result).map(|_| ())
    }
}

fn of_programmes(connection: &mut AnyConnection, ids: &[Id<Programme>]) -> Result<Vec<ProgrammeResult>> {
    let results = programme_results::table.filter(programme_results::programme_id.eq_any(ids));
    let mut results: Vec<ProgrammeResult> = results.select(ProgrammeResult::as_select()).load(connection)?;
    // The databases order text differently.
    let shown = |of: &ProgrammeResult| (of.indicator.clone(), of.period_from, of.period_until, of.participants);
    results.sort_by_key(shown);
    Ok(results)
}

/// Keeps a result, outside policy: whoever calls has asked who may. Says whether that changes something.
///
/// # Errors
/// If the database fails.
pub fn report(connection: &mut AnyConnection, result: ProgrammeResult) -> Result<bool> {
    use programme_results as r;
    let stored = of_programmes(connection, &[result.programme_id])?;
    let Some(stored) = stored.into_iter().find(|stored| stored.is_of_same(&result)) else {
        insert::programme_results(connection, &[result])?;
        return Ok(true);
    };
    if stored == (ProgrammeResult { id: stored.id, ..result.clone() }) {
        return Ok(false);
    }
    let numbers = (r::measure.eq(result.measure.code()), r::baseline.eq(result.baseline), r::target.eq(result.target));
    let numbers = (numbers, r::reached.eq(result.reached));
    diesel::update(r::table.find(stored.id)).set(numbers).execute(connection)?;
    Ok(true)
}
