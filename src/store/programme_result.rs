//! Results of programmes.

use super::bulk::insert;
use super::database::connection::AnyConnection;
use super::database::errors::Result;
use super::database::stored::stored;
use super::database::tables::programme_results;
use super::individual::items::{MAX_ITEMS, hold_items};
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::programme::Programme;
use crate::domain::programme_result::{MAX_RESULTS, Participants, ProgrammeResult, ResultKey, ResultMeasure};
use crate::domain::{Id, Vocabulary};
use crate::policy::Released;
use chrono::NaiveDate;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
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
        let results = programme_results::table.filter(programme_results::programme_id.eq_any(ids)).limit(MAX_ITEMS + 1);
        let mut results: Vec<ProgrammeResult> = results.select(ProgrammeResult::as_select()).load(self.connection())?;
        hold_items(self, &results)?;
        self.hold(results.iter().map(|result| result.indicator.len() as i64).sum())?;
        // The databases order text differently.
        let shown = |one: &ProgrammeResult| (one.period_from, one.period_until, one.participants);
        results.sort_by(|one, other| one.indicator.cmp(&other.indicator).then(shown(one).cmp(&shown(other))));
        let mut found: HashMap<Id<Programme>, Vec<_>> = HashMap::new();
        for result in results {
            found.entry(result.programme_id).or_default().push(Released::reference(result));
        }
        Ok(found)
    }
}

impl WriteSession {
    /// Whether a programme has so many results that it reports no other one.
    ///
    /// # Errors
    /// If the database fails.
    pub fn has_most_results(&mut self, of: ResultKey<'_>) -> Result<bool> {
        use programme_results as r;
        let number: i64 = r::table.filter(r::programme_id.eq(of.programme_id)).count().get_result(self.connection())?;
        Ok(number >= MAX_RESULTS && same(self.connection(), of)?.is_none())
    }

    /// Keeps a result that a programme reports, instead of what it reported of the same before.
    ///
    /// # Errors
    /// If the database fails.
    pub fn report_result(&mut self, result: ProgrammeResult) -> Result<()> {
        report(self.connection(), result).map(|_| ())
    }

    /// Removes what a programme reported of the same; tells whether there was such a result.
    ///
    /// # Errors
    /// If the database fails.
    pub fn remove_result(&mut self, of: ResultKey<'_>) -> Result<bool> {
        let Some(stored) = same(self.connection(), of)? else { return Ok(false) };
        diesel::delete(programme_results::table.find(stored.id)).execute(self.connection())?;
        Ok(true)
    }
}

/// What is stored of the same indicator, about the same people, for the same period.
fn same(connection: &mut AnyConnection, of: ResultKey<'_>) -> Result<Option<ProgrammeResult>> {
    use programme_results as r;
    let same = r::table
        .filter(r::programme_id.eq(of.programme_id))
        .filter(r::indicator.eq(of.indicator))
        .filter(r::participants.eq(of.participants.code()))
        .filter(r::period_from.eq(of.period_from))
        .filter(r::period_until.eq(of.period_until));
    Ok(same.select(ProgrammeResult::as_select()).first(connection).optional()?)
}

/// Keeps a result, outside policy: whoever calls has asked who may. Says whether that changes something.
///
/// # Errors
/// If the database fails.
pub fn report(connection: &mut AnyConnection, result: ProgrammeResult) -> Result<bool> {
    use programme_results as r;
    let Some(stored) = same(connection, result.key())? else {
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
