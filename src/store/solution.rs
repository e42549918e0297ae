//! How durable solutions move on: a case together, unless somebody is split from it.

use super::bulk::{insert, lookup, update};
use super::database::errors::Result;
use super::database::tables::{individuals, solutions};
use super::individual::changes::Held;
use super::session::write::WriteSession;
use crate::domain::Id;
use crate::domain::individual::{Individual, LegalStatus, RecordClosure};
use crate::domain::solution::{IntegrationForm, Solution, SolutionStage};
use chrono::NaiveDate;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

impl WriteSession {
    /// A solution of somebody whom the viewer's agency holds: by what it knows the person, the person, and the solution.
    ///
    /// # Errors
    /// If the database fails.
    pub fn held_solution(&mut self, id: Id<Solution>) -> Result<Option<(Id<Individual>, Held, Solution)>> {
        let found = solutions::table.find(id).select(Solution::as_select());
        let Some(solution) = found.first(self.connection()).optional()? else { return Ok(None) };
        let Some(known_as) = self.known_as(solution.individual_id)? else { return Ok(None) };
        Ok(self.held(known_as)?.map(|held| (known_as, held, solution)))
    }

    /// The records that move with a person's: the open ones of its case; its own alone if it is split from that.
    ///
    /// # Errors
    /// If the database fails.
    pub fn moving_with(&mut self, person: Held, is_split: bool) -> Result<Vec<Individual>> {
        let Some(case) = person.case_id().filter(|_| !is_split) else { return Ok(vec![self.record(person)?]) };
        let holder = self.viewer().agency.id;
        let members = individuals::table
            .filter(individuals::case_id.eq(case))
            .filter(individuals::holder_id.eq(holder))
            .filter(individuals::closed_as.is_null())
            .filter(individuals::anonymised.eq(false));
        Ok(members.order(individuals::id).select(Individual::as_select()).load(self.connection())?)
    }

    /// The solutions of people, by person.
    ///
    /// # Errors
    /// If the database fails.
    pub fn solutions_of_records(&mut self, people: &[Individual]) -> Result<Vec<Solution>> {
        let ids: Vec<Id<Individual>> = people.iter().map(|person| person.id).collect();
        let mut found: Vec<Solution> = lookup::solutions(self.connection(), &ids)?.into_values().flatten().collect();
        found.sort_unstable_by_key(|solution| (solution.individual_id, solution.id));
        Ok(found)
    }

    /// Adds solutions.
    ///
    /// # Errors
    /// If the database fails.
    pub fn add_solutions(&mut self, added: &[Solution]) -> Result<()> {
        self.change_access();
        insert::solutions(self.connection(), added)?;
        added.iter().try_for_each(|solution| update::touch(self.connection(), solution.individual_id))
    }

    /// Replaces a solution by what it has become. Who departs has a closed record, and pursues nothing else; who is
    /// granted citizenship or residence has that legal status.
    ///
    /// # Errors
    /// If the database fails.
    pub fn move_solution(&mut self, moved: &Solution, on: NaiveDate) -> Result<()> {
        self.change_access();
        update::solution(self.connection(), moved)?;
        let record = lookup::person(self.connection(), moved.individual_id)?;
        match moved.stage {
            SolutionStage::Departed => update::close(self.connection(), record, Some((RecordClosure::Departed, on))),
            SolutionStage::Granted => {
                let legal_status = match (moved.form, record.legal_status) {
                    (_, Some(LegalStatus::Citizen)) | (Some(IntegrationForm::Citizenship), _) => {
                        Some(LegalStatus::Citizen)
                    }
                    (Some(IntegrationForm::LegalResidence), _) => Some(LegalStatus::LegalResident),
                    (None, before) => before,
                };
                update::individual(self.connection(), &Individual { legal_status, ..record }, None)?;
                Ok(())
            }
            _ => update::touch(self.connection(), moved.individual_id),
        }
    }
}
