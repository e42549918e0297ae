//! What hangs on an individual: needs, solutions, enrolments, assistance, incidents. One statement a kind, for all people asked for.
//!
//! Only a [`ItemAccess`] leads here, so that every item belongs to a released individual; it is reduced by what that one reveals.

use crate::domain::Key;
use crate::domain::assistance::Assistance;
use crate::domain::category::DataCategory;
use crate::domain::country::CountryCode;
use crate::domain::enrolment::Enrolment;
use crate::domain::incident::{Incident, IncidentKind};
use crate::domain::programme::Programme;
use crate::domain::solution::{IntegrationForm, Solution, SolutionKind, SolutionStage};
use crate::domain::specific_need::{NeedCode, SpecificNeed};
use crate::policy::{ItemAccess, Protected, Released, Reveal};
use crate::store::database::errors::Result;
use crate::store::database::tables::{
    assistance, enrolments, incidents, programmes as programmes_table, solutions, specific_needs,
};
use crate::store::programme::{self, visible_programmes};
use crate::store::session::snapshot::Snapshot;
use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl};
use std::collections::HashMap;

/// Items of one kind by the key of the individual that they belong to. People who reveal the kind and have none have no entry.
pub type Items<T> = HashMap<Key, Vec<Released<T>>>;

/// Items with the programme that each belongs to, by the key of the individual.
pub type WithProgrammes<T> = HashMap<Key, Vec<(Released<T>, Released<Programme>)>>;

/// The people of passes that reveal a category, with what they reveal.
fn people(passes: &[ItemAccess], category: DataCategory) -> HashMap<Key, Reveal> {
    let revealing = passes.iter().filter(|pass| pass.reveal().reveals(category));
    revealing.map(|pass| (pass.id(), pass.reveal())).collect()
}

fn items<T: Protected>(
    people: &HashMap<Key, Reveal>,
    rows: impl IntoIterator<Item = T>,
    owner: fn(&T) -> Key,
) -> Items<T> {
    let mut items = Items::new();
    for row in rows {
        let individual = owner(&row);
        let reveal = people.get(&individual).copied().unwrap_or_default();
        if let Some(released) = Released::reduced(row, reveal) {
            items.entry(individual).or_default().push(released);
        }
    }
    items
}

/// Orders each person's items by what they show, and by nothing else.
fn ordered<T, K: Ord>(mut items: HashMap<Key, Vec<T>>, shown: impl Fn(&T) -> K) -> HashMap<Key, Vec<T>> {
    items.values_mut().for_each(|of_person| of_person.sort_by_key(&shown));
    items
}

fn with_programmes<T: Protected>(
    people: &HashMap<Key, Reveal>,
    rows: impl IntoIterator<Item = (T, programme::Row)>,
    owner: fn(&T) -> Key,
) -> WithProgrammes<T> {
    let mut items = WithProgrammes::new();
    for (row, programme) in rows {
        let individual = owner(&row);
        let reveal = people.get(&individual).copied().unwrap_or_default();
        if let Some(released) = Released::reduced(row, reveal) {
            items.entry(individual).or_default().push((released, Released::reference(programme.into())));
        }
    }
    items
}

/// A stored solution's columns, in their order.
pub(in crate::store) type SolutionRow = (
    Key,
    Key,
    SolutionKind,
    Option<IntegrationForm>,
    SolutionStage,
    Option<CountryCode>,
    Option<bool>,
    Option<NaiveDate>,
);

pub(in crate::store) fn solution(row: SolutionRow) -> Solution {
    let (id, individual_id, kind, form, stage, destination, assisted, stage_on) = row;
    Solution { id, individual_id, kind, form, stage, destination, assisted, stage_on }
}

impl Snapshot {
    /// Specific needs, by code.
    pub fn specific_needs_of(&mut self, passes: &[ItemAccess]) -> Result<Items<SpecificNeed>> {
        let people = people(passes, DataCategory::SpecificNeeds);
        let rows: Vec<(Key, NeedCode)> = specific_needs::table
            .filter(specific_needs::individual_id.eq_any(people.keys().copied()))
            .order((specific_needs::individual_id, specific_needs::code))
            .select((specific_needs::individual_id, specific_needs::code))
            .load(self.connection())?;
        let needs = rows.into_iter().map(|(individual_id, code)| SpecificNeed { individual_id, code });
        Ok(items(&people, needs, |need| need.individual_id))
    }

    /// Solutions, by kind.
    pub fn solutions_of(&mut self, passes: &[ItemAccess]) -> Result<Items<Solution>> {
        let people = people(passes, DataCategory::Solutions);
        let rows: Vec<SolutionRow> =
            solutions::table.filter(solutions::individual_id.eq_any(people.keys().copied())).load(self.connection())?;
        let solutions = rows.into_iter().map(solution);
        let found = items(&people, solutions, |solution| solution.individual_id);
        Ok(ordered(found, |of| (of.kind, of.form, of.destination, of.stage_on, of.stage, of.assisted)))
    }

    /// Enrolments in programmes that the viewer sees, by date.
    pub fn enrolments_of(&mut self, passes: &[ItemAccess]) -> Result<WithProgrammes<Enrolment>> {
        type Row = (Key, Key, Key, Option<NaiveDate>, Option<NaiveDate>);
        let people = people(passes, DataCategory::Assistance);
        let rows: Vec<(Row, programme::Row)> = enrolments::table
            .inner_join(programmes_table::table)
            .filter(enrolments::individual_id.eq_any(people.keys().copied()))
            .filter(visible_programmes!(self))
            .select((enrolments::all_columns, programmes_table::all_columns))
            .load(self.connection())?;
        let enrolments =
            rows.into_iter().map(|((id, individual_id, programme_id, started_on, ended_on), programme)| {
                (Enrolment { id, individual_id, programme_id, started_on, ended_on }, programme)
            });
        let found = with_programmes(&people, enrolments, |enrolment| enrolment.individual_id);
        Ok(ordered(found, |(of, programme)| (of.started_on, of.ended_on, programme.identifier.clone())))
    }

    /// Assistance under programmes that the viewer sees, by date.
    pub fn assistance_of(&mut self, passes: &[ItemAccess]) -> Result<WithProgrammes<Assistance>> {
        type Row = (Key, Key, Key, i64, String, NaiveDate);
        let people = people(passes, DataCategory::Assistance);
        let rows: Vec<(Row, programme::Row)> = assistance::table
            .inner_join(programmes_table::table)
            .filter(assistance::individual_id.eq_any(people.keys().copied()))
            .filter(visible_programmes!(self))
            .select((assistance::all_columns, programmes_table::all_columns))
            .load(self.connection())?;
        let payments = rows.into_iter().map(|(payment, programme)| {
            let (id, individual_id, programme_id, amount_hundredths, currency, paid_on) = payment;
            (Assistance { id, individual_id, programme_id, amount_hundredths, currency, paid_on }, programme)
        });
        let found = with_programmes(&people, payments, |payment| payment.individual_id);
        let shown = |(of, programme): &(Released<Assistance>, Released<Programme>)| {
            (of.paid_on, programme.identifier.clone(), of.amount_hundredths, of.currency.clone())
        };
        Ok(ordered(found, shown))
    }

    /// Incidents, by date.
    pub fn incidents_of(&mut self, passes: &[ItemAccess]) -> Result<Items<Incident>> {
        type Row = (Key, Key, IncidentKind, Option<NaiveDate>, Option<Key>);
        let people = people(passes, DataCategory::Protection);
        let rows: Vec<Row> =
            incidents::table.filter(incidents::individual_id.eq_any(people.keys().copied())).load(self.connection())?;
        let incidents = rows.into_iter().map(|(id, individual_id, kind, occurred_on, place_id)| Incident {
            id,
            individual_id,
            kind,
            occurred_on,
            place_id,
        });
        let found = items(&people, incidents, |incident| incident.individual_id);
        Ok(ordered(found, |of| (of.occurred_on, of.kind, of.place_id)))
    }
}
