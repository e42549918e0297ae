//! The caseload, from a CSV of our own: a row an individual, with at most one solution. Who is stored already is updated.

mod read;

use self::read::{Stated, read};
pub use self::read::{TEMPLATE, table};
use super::table::Table;
use super::{ImportError, Options, Report, RowErrors, agency_of};
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::case::Case;
use crate::domain::individual::Individual;
use crate::domain::solution::Solution;
use crate::domain::specific_need::{NeedCode, SpecificNeed};
use crate::domain::text::fold;
use crate::store::bulk::insert::{self, new_key};
use crate::store::bulk::{lookup, reference, update};
use crate::store::database::connection::AnyConnection;
use std::collections::{BTreeSet, HashMap};

/// The most members of a case.
const MAX_MEMBERS: i64 = 100;

/// How many people are held against the stored ones, and added, at a time.
const AT_ONCE: usize = 10_000;

/// Imports people that the agency of `--holder` holds. Of who is stored already, what the file states is changed; an empty cell says
/// nothing, so that no field is emptied.
///
/// # Errors
/// What is wrong with rows, or if the database fails.
pub fn import(connection: &mut AnyConnection, mut table: Table<'_>, options: &Options) -> Result<Report, ImportError> {
    let mut errors = std::mem::take(&mut table.errors);
    let holder = agency_of(connection, "--holder", options.holder.as_ref())?;
    let places = reference::places(connection)?;
    let mut import = Import { holder, options, seen: HashMap::new(), left: BTreeSet::new(), report: Report::default() };
    let mut rows = table.rows().peekable();
    while rows.peek().is_some() {
        let read = |row| read(&row, holder, &places, &mut errors);
        let stated = rows.by_ref().take(AT_ONCE).filter_map(read).collect();
        import.take(connection, stated, &mut errors)?;
    }
    errors.finish()?;
    update::delete_empty_cases(connection, import.left.into_iter().collect())?;
    Ok(import.report)
}

/// What is kept from one part of the file to the next.
struct Import<'o> {
    holder: Id<Agency>,
    options: &'o Options,
    /// The lines of the registration numbers so far.
    seen: HashMap<String, u64>,
    /// Cases that somebody was moved out of.
    left: BTreeSet<Id<Case>>,
    report: Report,
}

/// What of a part of the file is stored already.
struct Known {
    people: HashMap<String, Id<Individual>>,
    merged: BTreeSet<Id<Individual>>,
    needs: HashMap<Id<Individual>, Vec<NeedCode>>,
    solutions: HashMap<Id<Individual>, Vec<Solution>>,
    cases: HashMap<String, Id<Case>>,
    members: HashMap<Id<Case>, i64>,
}

impl Known {
    fn of(connection: &mut AnyConnection, holder: Id<Agency>, stated: &[Stated]) -> Result<Self, ImportError> {
        let numbers: Vec<String> = stated.iter().filter_map(|one| one.individual.registration_number.clone()).collect();
        let case_numbers: Vec<String> = stated.iter().filter_map(|one| one.case_number.clone()).collect();
        let people = lookup::people(connection, holder, &numbers)?;
        let ids: Vec<Id<Individual>> = people.values().copied().collect();
        lookup::hold_people(connection, &ids)?;
        let cases = lookup::cases(connection, holder, &case_numbers)?;
        Ok(Self {
            merged: lookup::merged(connection, &ids)?,
            needs: lookup::needs(connection, &ids)?,
            solutions: lookup::solutions(connection, &ids)?,
            members: lookup::members(connection, &cases.values().copied().collect::<Vec<_>>())?,
            people,
            cases,
        })
    }
}

impl Import<'_> {
    /// Adds and updates a part of the people. Rows that are wrong are left out: the caller undoes all if there are any.
    fn take(
        &mut self,
        connection: &mut AnyConnection,
        stated: Vec<Stated>,
        errors: &mut RowErrors,
    ) -> Result<(), ImportError> {
        let mut known = Known::of(connection, self.holder, &stated)?;
        let mut added = Added::default();
        let mut updated: Vec<(Stated, Id<Individual>)> = Vec::new();
        for mut one in stated {
            let number = fold(one.individual.registration_number.as_deref().unwrap_or_default());
            if let Some(line) = self.seen.insert(number.clone(), one.line) {
                errors.push(one.error("registration_number", format!("line {line} has this number already")));
                continue;
            }
            one.individual.case_id = one.case_number.as_ref().map(|number| {
                *known.cases.entry(fold(number)).or_insert_with(|| {
                    let id = new_key();
                    added.cases.push(Case { id, holder_id: self.holder, number: number.clone() });
                    id
                })
            });
            match known.people.get(&number) {
                Some(id) => updated.push((one, *id)),
                None => {
                    errors.extend(one.inconsistencies_added(self.options.today));
                    join(&mut known, &one, errors);
                    added.take(one);
                }
            }
        }
        self.report.added += added.individuals.len();
        added.insert(connection)?;
        updated.into_iter().try_for_each(|(one, id)| self.update(connection, &mut known, one, id, errors))
    }

    /// Updates a person who is stored already.
    fn update(
        &mut self,
        connection: &mut AnyConnection,
        known: &mut Known,
        one: Stated,
        id: Id<Individual>,
        errors: &mut RowErrors,
    ) -> Result<(), ImportError> {
        if known.merged.contains(&id) {
            let message = "the record with this number was merged into another; use that one's number";
            errors.push(one.error("registration_number", message.to_owned()));
            return Ok(());
        }
        let stored = lookup::person(connection, id)?;
        let record = one.individual_of(&stored);
        let solutions = known.solutions.get(&id).map_or(&[][..], Vec::as_slice);
        let possible = solutions.iter().filter(|solution| solution.inconsistencies(&stored).is_empty());
        errors.extend(one.inconsistencies(&record, possible, self.options.today));
        let mut changes = stored.differences(&record);
        let needs = known.needs.remove(&id).unwrap_or_default();
        let other_needs = !one.needs.is_empty() && needs != one.needs;
        if other_needs {
            changes.push("specific_needs");
        }
        if !is_among(one.solution.as_ref(), solutions) {
            let message =
                "imports add solutions with new people only; identifySolution and moveSolution change those of others";
            errors.push(one.error("solution_kind", message.to_owned()));
        }
        if let Some((column, day)) = update::recorded_since(connection, &stored, &record)? {
            let message = format!("something is recorded of the person on {day}; give that day, or one before");
            errors.push(one.error(column, message));
            return Ok(());
        }
        let closes = stored.closed_as.is_none() && record.closed_as.is_some();
        if stored.closed_as.is_some() && (stored.closed_as, stored.closed_on) != (record.closed_as, record.closed_on) {
            errors.push(one.error("closed_as", "the record is closed otherwise; reopen it first".to_owned()));
        }
        let closed_on = record.closed_on.filter(|_| closes);
        if let Some(later) = closed_on.map(|day| update::active_after(connection, id, day)).transpose()?.flatten() {
            errors.push(one.error("closed_on", format!("{later}; give a day from then on")));
            return Ok(());
        }
        if changes.is_empty() {
            self.report.unchanged += 1;
            return Ok(());
        }
        if record.case_id != stored.case_id {
            join(known, &one, errors);
            self.left.extend(stored.case_id);
            if let Some(left) = stored.case_id.and_then(|case| known.members.get_mut(&case)) {
                *left -= 1;
            }
        }
        update::individual(connection, &record, None)?;
        if one.solution.is_none() {
            update::take_back_grants(connection, &stored, &record, self.options.today)?;
        }
        if let Some(day) = closed_on {
            update::end_activities(connection, id, day)?;
        }
        if other_needs {
            update::needs(connection, id, &one.needs)?;
        }
        self.report.updated += 1;
        self.report.changes.push((one.line, changes));
        Ok(())
    }
}

/// One more belongs to a case.
fn join(known: &mut Known, one: &Stated, errors: &mut RowErrors) {
    let Some(case) = one.individual.case_id else { return };
    let count = known.members.entry(case).or_default();
    *count += 1;
    if *count > MAX_MEMBERS {
        errors.push(one.error("case_number", format!("a case has at most {MAX_MEMBERS} members")));
    }
}

#[derive(Default)]
struct Added {
    cases: Vec<Case>,
    individuals: Vec<Individual>,
    needs: Vec<SpecificNeed>,
    solutions: Vec<Solution>,
}

impl Added {
    fn take(&mut self, one: Stated) {
        let individual_id = one.individual.id;
        self.needs.extend(one.needs.into_iter().map(|code| SpecificNeed { individual_id, code }));
        self.solutions.extend(one.solution.map(|solution| Solution { individual_id, ..solution }));
        self.individuals.push(one.individual);
    }

    fn insert(&self, connection: &mut AnyConnection) -> Result<(), ImportError> {
        insert::cases(connection, &self.cases)?;
        insert::individuals(connection, &self.individuals)?;
        insert::specific_needs(connection, &self.needs)?;
        Ok(insert::solutions(connection, &self.solutions)?)
    }
}

/// Whether the solution that a row states is stored, if it states one.
fn is_among(stated: Option<&Solution>, stored: &[Solution]) -> bool {
    let same = |known: &Solution, stated: &Solution| {
        known.is_same_way(stated) && (known.stage, known.stage_on) == (stated.stage, stated.stage_on)
    };
    stated.is_none_or(|stated| stored.iter().any(|known| same(known, stated)))
}
