//! How the holder's records change: people are registered, corrected, moved between cases, closed, and merged.

use super::held::Held;
use crate::domain::Id;
use crate::domain::activity::Activity;
use crate::domain::case::Case;
use crate::domain::coverage::CoverageBasis;
use crate::domain::individual::{Individual, RecordClosure};
use crate::domain::purpose::Purpose;
use crate::domain::specific_need::{NeedCode, SpecificNeed};
use crate::domain::text::fold;
use crate::policy::ItemAccess;
use crate::store::bulk::contradiction::{Contradiction, contradiction};
use crate::store::bulk::insert::{self, new_key};
use crate::store::bulk::{lookup, merge, update};
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::{coverages, individuals, specific_needs};
use crate::store::session::read::ReadSession;
use crate::store::session::write::WriteSession;
use crate::store::visibility;
use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::{exists, sql};
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{
    ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper,
};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

impl ReadSession {
    /// When the holder last changed the records of released people. Nobody else is told: two rows that change at one moment would
    /// be known as one person.
    ///
    /// # Errors
    /// If the database fails.
    pub fn updated_at(&mut self, accesses: &[ItemAccess]) -> Result<HashMap<Id<Individual>, NaiveDateTime>> {
        if self.viewer().purpose != Purpose::CaseManagement {
            return Ok(HashMap::new());
        }
        let people: Vec<Id<Individual>> = accesses.iter().map(|access| access.id()).collect();
        let moments = individuals::table.filter(individuals::id.eq_any(people));
        let rows: Vec<(Id<Individual>, NaiveDateTime)> =
            moments.select((individuals::id, individuals::updated_at)).load(self.connection())?;
        Ok(rows.into_iter().collect())
    }
}

impl WriteSession {
    /// The viewer's own case with a number, and how many members it has.
    ///
    /// # Errors
    /// If the database fails.
    pub fn case_numbered(&mut self, number: &str) -> Result<Option<(Id<Case>, i64)>> {
        let holder = self.viewer().agency.id;
        let found = lookup::cases(self.connection(), holder, &[number.to_owned()])?.into_values().next();
        let Some(case) = found else { return Ok(None) };
        let members = lookup::members(self.connection(), &[case])?;
        Ok(Some((case, members.get(&case).copied().unwrap_or_default())))
    }

    /// Whether another record of the viewer's agency has a registration number, one that was merged too.
    ///
    /// # Errors
    /// If the database fails.
    pub fn is_number_taken(&mut self, number: &str, but: Id<Individual>) -> Result<bool> {
        let (holder, number) = (self.viewer().agency.id, fold(number));
        Ok(match self.connection() {
            AnyConnection::Sqlite(sqlite) => {
                let others =
                    individuals::table.filter(individuals::holder_id.eq(holder)).filter(individuals::id.ne(but));
                let same = others.filter(individuals::registration_number_key.eq(number));
                diesel::select(exists(same)).get_result(sqlite)?
            }
            AnyConnection::Postgresql(postgres) => {
                let taken = sql::<Bool>("wall.has_number(").bind::<BigInt, _>(holder).sql(", ").bind::<Text, _>(number);
                diesel::select(taken.sql(", ").bind::<BigInt, _>(but).sql(")")).get_result(postgres)?
            }
        })
    }

    /// Adds a case of the viewer's agency. It is seen as soon as it has a member.
    ///
    /// # Errors
    /// If the database fails.
    pub fn add_case(&mut self, number: &str) -> Result<Id<Case>> {
        let case = Case { id: new_key(), holder_id: self.viewer().agency.id, number: number.to_owned() };
        insert::cases(self.connection(), std::slice::from_ref(&case))?;
        Ok(case.id)
    }

    /// Adds a person with specific needs, whom the viewer's agency holds; gives by what it knows the person.
    ///
    /// # Errors
    /// If the database fails.
    pub fn add_individual(&mut self, person: &Individual, needs: &BTreeSet<NeedCode>) -> Result<Id<Individual>> {
        self.change_access();
        let need = |code: &NeedCode| SpecificNeed { individual_id: person.id, code: code.clone() };
        insert::individuals(self.connection(), std::slice::from_ref(person))?;
        insert::specific_needs(self.connection(), &needs.iter().map(need).collect::<Vec<_>>())?;
        self.keep_coverage()?;
        Ok(self.known_as(&[person.id])?.pop().ok_or(diesel::result::Error::NotFound)?)
    }

    /// By what the viewer's agency knows those of these people whom it holds.
    ///
    /// # Errors
    /// If the database fails.
    pub(in crate::store) fn known_as(&mut self, people: &[Id<Individual>]) -> Result<Vec<Id<Individual>>> {
        let known_as = coverages::table
            .filter(coverages::individual_id.eq_any(people.to_vec()))
            .filter(coverages::ended.is_null())
            .filter(coverages::basis_id.eq(CoverageBasis::held(self.viewer().agency.id)));
        Ok(known_as.select(coverages::row_key.assume_not_null()).load(self.connection())?)
    }

    /// Has coverage decided anew of whoever was changed in this session, so that its answer shows them as they are now.
    ///
    /// # Errors
    /// If the database fails.
    pub fn keep_coverage(&mut self) -> Result<()> {
        visibility::keep(self.connection())
    }

    /// Replaces a person's record, if nobody has changed it since `read_at`; says whether that is so. Grants that the legal status then
    /// denies are withdrawn.
    ///
    /// # Errors
    /// If the database fails.
    pub fn correct(&mut self, individual: Held, record: Individual, read_at: NaiveDateTime) -> Result<bool> {
        let record = Individual { id: individual.id(), ..record };
        let unchanged = individuals::table.find(record.id).filter(individuals::updated_at.eq(read_at));
        let stored: Option<Individual> =
            unchanged.select(Individual::as_select()).first(self.connection()).optional()?;
        match stored {
            None => Ok(false),
            Some(stored) if stored == record => Ok(true),
            Some(stored) => {
                self.change_access();
                let today = self.viewer().today;
                let corrected = update::individual(self.connection(), &record, Some(read_at))?;
                update::take_back_grants(self.connection(), &stored, &record, today)?;
                Ok(corrected)
            }
        }
    }

    /// Moves a person to a case, or to none. A case that is left without members goes.
    ///
    /// # Errors
    /// If the database fails.
    pub fn move_to_case(&mut self, individual: Held, case: Option<Id<Case>>) -> Result<()> {
        self.change_access();
        let record = self.record(individual)?;
        let left = record.case_id;
        update::individual(self.connection(), &Individual { case_id: case, ..record }, None)?;
        update::delete_empty_cases(self.connection(), left.into_iter().collect())
    }

    /// Adds a specific need of a person; says whether it was not there.
    ///
    /// # Errors
    /// If the database fails.
    pub fn add_need(&mut self, individual: Held, code: &NeedCode) -> Result<bool> {
        if self.has_need(individual, code)? {
            return Ok(false);
        }
        self.change_access();
        let need = SpecificNeed { individual_id: individual.id(), code: code.clone() };
        insert::specific_needs(self.connection(), &[need])?;
        update::touch(self.connection(), individual.id())?;
        Ok(true)
    }

    /// Removes a specific need of a person; says whether it was there.
    ///
    /// # Errors
    /// If the database fails.
    pub fn remove_need(&mut self, individual: Held, code: &NeedCode) -> Result<bool> {
        if !self.has_need(individual, code)? {
            return Ok(false);
        }
        self.change_access();
        let need = specific_needs::table
            .filter(specific_needs::individual_id.eq(individual.id()))
            .filter(specific_needs::code.eq(code.as_str()));
        diesel::delete(need).execute(self.connection())?;
        update::touch(self.connection(), individual.id())?;
        Ok(true)
    }

    fn has_need(&mut self, individual: Held, code: &NeedCode) -> Result<bool> {
        let needs = lookup::needs(self.connection(), &[individual.id()])?;
        Ok(needs.get(&individual.id()).is_some_and(|needs| needs.contains(code)))
    }

    /// What a person does after a day: an enrolment that begins later, or a solution that is pursued, or has happened, and
    /// reached its stage later.
    ///
    /// # Errors
    /// If the database fails.
    pub fn active_after(&mut self, individual: Held, day: NaiveDate) -> Result<Option<Activity>> {
        update::active_after(self.connection(), individual.id(), day)
    }

    /// What a record's correction to a later registration or birth would come after: the column, and the day of what is recorded since.
    ///
    /// # Errors
    /// If the database fails.
    pub fn recorded_since(
        &mut self,
        before: &Individual,
        after: &Individual,
    ) -> Result<Option<(&'static str, NaiveDate)>> {
        update::recorded_since(self.connection(), before, after)
    }

    /// On which day a person suffered the first incident in a time that is not unfounded.
    ///
    /// # Errors
    /// If the database fails.
    pub fn first_suffered(&mut self, individual: Held, time: &Range<NaiveDate>) -> Result<Option<NaiveDate>> {
        update::first_suffered(self.connection(), individual.id(), time)
    }

    /// Closes a person's record on a day, and ends the enrolments and solutions that are open then; or opens it again, if there is
    /// no day.
    ///
    /// # Errors
    /// If the database fails.
    pub fn close_record(&mut self, individual: Held, closed: Option<(RecordClosure, NaiveDate)>) -> Result<()> {
        self.change_access();
        let record = self.record(individual)?;
        update::close(self.connection(), record, closed)
    }

    /// Merges a person's record into another's: what hangs on it is moved, what the other's lacks is taken over, and what
    /// is left is by what it was known.
    ///
    /// # Errors
    /// If the database fails.
    pub fn merge(&mut self, kept: Held, duplicate: Held) -> Result<()> {
        self.change_access();
        let (record, other) = (self.record(kept)?, self.record(duplicate)?);
        let left = other.case_id;
        merge::merge(self.connection(), &record, &other)?;
        update::delete_empty_cases(self.connection(), left.into_iter().collect())
    }

    /// The first contradiction between two records.
    ///
    /// # Errors
    /// If the database fails.
    pub fn contradiction(&mut self, kept: Held, duplicate: Held) -> Result<Option<Contradiction>> {
        contradiction(self.connection(), kept.id(), duplicate.id())
    }
}
