//! What hangs on an individual: needs, solutions, enrolments, assistance. One statement a kind, for all people asked for.
//!
//! Only a [`ItemAccess`] leads here, so that every item belongs to a released individual; it is reduced by what that one reveals.

use crate::domain::Id;
use crate::domain::assistance::Assistance;
use crate::domain::category::DataCategory;
use crate::domain::country::CountryCode;
use crate::domain::enrolment::Enrolment;
use crate::domain::individual::Individual;
use crate::domain::programme::Programme;
use crate::domain::solution::{
    IntegrationForm, Solution, SolutionKind, SolutionStage, SplitReason, SubmissionCategory, SubmissionPriority,
};
use crate::domain::specific_need::{NeedCode, SpecificNeed};
use crate::policy::{ItemAccess, Protected, Released, Reveal};
use crate::store::database::errors::{Result, StoreError};
use crate::store::database::stored::stored;
use crate::store::database::tables::{
    assistance, enrolments, programmes as programmes_table, solutions, specific_needs,
};
use crate::store::programme::visible_programmes;
use crate::store::session::read::ReadSession;
use chrono::NaiveDate;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper,
};
use std::collections::HashMap;

/// Items of one kind by the key of the individual that they belong to. People who reveal the kind and have none have no entry.
pub type Items<T> = HashMap<Id<Individual>, Vec<Released<T>>>;

/// Items with the programme that each belongs to, by the key of the individual.
pub type WithProgrammes<T> = HashMap<Id<Individual>, Vec<(Released<T>, Released<Programme>)>>;

/// The people of accesses that reveal a category, with what they reveal.
pub(in crate::store) fn people(accesses: &[ItemAccess], category: DataCategory) -> HashMap<Id<Individual>, Reveal> {
    let revealing = accesses.iter().filter(|access| access.reveal().reveals(category));
    revealing.map(|access| (access.id(), access.reveal())).collect()
}

/// Items of people, as far as each person reveals them.
pub(in crate::store) fn items<T: Protected>(
    people: &HashMap<Id<Individual>, Reveal>,
    rows: impl IntoIterator<Item = T>,
    owner: fn(&T) -> Id<Individual>,
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
pub(in crate::store) fn ordered<T, K: Ord>(
    mut items: HashMap<Id<Individual>, Vec<T>>,
    shown: impl Fn(&T) -> K,
) -> HashMap<Id<Individual>, Vec<T>> {
    items.values_mut().for_each(|of_person| of_person.sort_by_key(&shown));
    items
}

pub(in crate::store) fn with_programmes<T: Protected>(
    people: &HashMap<Id<Individual>, Reveal>,
    rows: impl IntoIterator<Item = (T, Programme)>,
    owner: fn(&T) -> Id<Individual>,
) -> WithProgrammes<T> {
    let mut items = WithProgrammes::new();
    for (row, programme) in rows {
        let individual = owner(&row);
        let reveal = people.get(&individual).copied().unwrap_or_default();
        if let Some(released) = Released::reduced(row, reveal) {
            items.entry(individual).or_default().push((released, Released::reference(programme)));
        }
    }
    items
}

stored!(SpecificNeed in specific_needs { individual_id: Id<Individual>, code: NeedCode });

stored!(Solution in solutions keyed {
    id: Id<Solution>,
    individual_id: Id<Individual>,
} and {
    kind: SolutionKind,
    form: Option<IntegrationForm>,
    stage: SolutionStage,
    destination: Option<CountryCode>,
    assisted: Option<bool>,
    stage_on: Option<NaiveDate>,
    submission_category: Option<SubmissionCategory>,
    priority: Option<SubmissionPriority>,
    split_reason: Option<SplitReason>,
});

stored!(Enrolment in enrolments {
    id: Id<Enrolment>,
    individual_id: Id<Individual>,
    programme_id: Id<Programme>,
    started_on: Option<NaiveDate>,
    ended_on: Option<NaiveDate>,
});

stored!(Assistance in assistance {
    id: Id<Assistance>,
    individual_id: Id<Individual>,
    programme_id: Id<Programme>,
    amount_minor: i64,
    currency: String,
    paid_on: NaiveDate,
    period_from: Option<NaiveDate>,
    period_until: Option<NaiveDate>,
});

/// The most items of people that are read at once.
pub(in crate::store) const MAX_ITEMS: i64 = 20_000;

/// Counts items that were read, as what a row of them becomes.
///
/// # Errors
/// [`StoreError::TooMuch`] if there are more than are read at once.
pub(in crate::store) fn hold_items_as<T>(session: &mut ReadSession, rows: usize) -> Result<()> {
    match rows as i64 > MAX_ITEMS {
        true => Err(StoreError::TooMuch),
        false => session.hold((rows * size_of::<T>()) as i64),
    }
}

/// Counts items that were read.
///
/// # Errors
/// [`StoreError::TooMuch`] if there are more than are read at once.
pub(in crate::store) fn hold_items<T>(session: &mut ReadSession, rows: &[T]) -> Result<()> {
    hold_items_as::<T>(session, rows.len())
}

/// Reads the items of the people to whose items there is access.
macro_rules! read {
    ($session:expr, $record:ident in $table:ident, $people:expr) => {{
        let rows: Vec<$record> = $table::table
            .filter($table::individual_id.eq_any($people.keys().copied()))
            .limit($crate::store::individual::items::MAX_ITEMS + 1)
            .select($record::as_select())
            .load($session.connection())?;
        $crate::store::individual::items::hold_items(&mut *$session, &rows)?;
        rows
    }};
}
pub(in crate::store) use read;

/// The same, each with its programme, of those that the viewer sees.
macro_rules! read_with_programmes {
    ($session:expr, $record:ident in $table:ident, $people:expr) => {{
        let rows = $table::table
            .inner_join(programmes_table::table)
            .filter($table::individual_id.eq_any($people.keys().copied()))
            .filter(visible_programmes!($session))
            .limit($crate::store::individual::items::MAX_ITEMS + 1)
            .select(($record::as_select(), Programme::as_select()))
            .load::<($record, Programme)>($session.connection())?;
        $crate::store::individual::items::hold_items(&mut *$session, &rows)?;
        rows
    }};
}
pub(in crate::store) use read_with_programmes;

impl ReadSession {
    /// Specific needs, by code.
    ///
    /// # Errors
    /// If the database fails.
    pub fn specific_needs_of(&mut self, accesses: &[ItemAccess]) -> Result<Items<SpecificNeed>> {
        let people = people(accesses, DataCategory::SpecificNeeds);
        let needs: Vec<SpecificNeed> = read!(self, SpecificNeed in specific_needs, people);
        Ok(ordered(items(&people, needs, |need| need.individual_id), |of| of.code.clone()))
    }

    /// Solutions, by kind.
    ///
    /// # Errors
    /// If the database fails.
    pub fn solutions_of(&mut self, accesses: &[ItemAccess]) -> Result<Items<Solution>> {
        let people = people(accesses, DataCategory::Solutions);
        let solutions: Vec<Solution> = read!(self, Solution in solutions, people);
        let found = items(&people, solutions, |solution| solution.individual_id);
        Ok(ordered(found, |of| {
            (
                (of.kind, of.form, of.destination, of.stage_on, of.stage, of.assisted),
                (of.submission_category, of.priority, of.split_reason),
            )
        }))
    }

    /// Enrolments in programmes that the viewer sees, by date.
    ///
    /// # Errors
    /// If the database fails.
    pub fn enrolments_of(&mut self, accesses: &[ItemAccess]) -> Result<WithProgrammes<Enrolment>> {
        let people = people(accesses, DataCategory::Assistance);
        let enrolments = read_with_programmes!(self, Enrolment in enrolments, people);
        let found = with_programmes(&people, enrolments, |enrolment| enrolment.individual_id);
        Ok(ordered(found, |(of, programme)| (of.started_on, of.ended_on, programme.identifier.clone())))
    }

    /// Assistance under programmes that the viewer sees, by date.
    ///
    /// # Errors
    /// If the database fails.
    pub fn assistance_of(&mut self, accesses: &[ItemAccess]) -> Result<WithProgrammes<Assistance>> {
        let people = people(accesses, DataCategory::Assistance);
        let payments = read_with_programmes!(self, Assistance in assistance, people);
        let found = with_programmes(&people, payments, |payment| payment.individual_id);
        let shown = |(of, programme): &(Released<Assistance>, Released<Programme>)| {
            (
                of.paid_on,
                of.period_from,
                of.period_until,
                programme.identifier.clone(),
                of.amount_minor,
                of.currency.clone(),
            )
        };
        Ok(ordered(found, shown))
    }
}
