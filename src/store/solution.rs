//! How durable solutions move on: a case together, unless somebody is split from it.

use super::bulk::{insert, lookup, update};
use super::database::errors::Result;
use super::database::tables::solutions;
use super::individual::held::{Held, HeldItem};
use super::session::write::WriteSession;
use crate::domain::Id;
use crate::domain::individual::{Individual, LegalStatus, RecordClosure};
use crate::domain::solution::{IntegrationForm, Solution, SolutionStage};
use chrono::NaiveDate;
use diesel::{OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};

impl WriteSession {
    /// A solution of somebody whom the viewer's agency holds.
    ///
    /// # Errors
    /// If the database fails.
    pub fn held_solution(&mut self, id: Id<Solution>) -> Result<Option<HeldItem<Solution>>> {
        let found = solutions::table.find(id).select(Solution::as_select()).first(self.connection()).optional()?;
        self.if_held(found, |solution: &Solution| solution.individual_id)
    }

    /// The solutions of people, by person.
    ///
    /// # Errors
    /// If the database fails.
    pub fn solutions_held(&mut self, people: &[Held]) -> Result<Vec<Solution>> {
        let ids: Vec<Id<Individual>> = people.iter().map(|person| person.id()).collect();
        let mut found: Vec<Solution> = lookup::solutions(self.connection(), &ids)?.into_values().flatten().collect();
        found.sort_unstable_by_key(|solution| (solution.individual_id, solution.id));
        Ok(found)
    }

    /// Adds a solution of a person.
    ///
    /// # Errors
    /// If the database fails.
    pub fn add_solution(&mut self, person: Held, added: Solution) -> Result<()> {
        self.change_access();
        insert::solutions(self.connection(), &[Solution { individual_id: person.id(), ..added }])?;
        update::touch(self.connection(), person.id())
    }

    /// Corrects how far a person's solution has come, and with it what the nominations for circuit rides say.
    ///
    /// # Errors
    /// If the database fails.
    pub fn correct_solution(&mut self, person: Held, corrected: Solution, on: NaiveDate) -> Result<()> {
        let today = self.viewer().today;
        let corrected = Solution { individual_id: person.id(), ..corrected };
        update::correct_nominations(self.connection(), &corrected, today)?;
        self.move_solution(person, corrected, on)
    }

    /// Replaces a person's solution by what it has become. Who departs has a closed record, and pursues nothing else; who is
    /// granted citizenship or residence has that legal status, and a citizen pursues nothing else.
    ///
    /// # Errors
    /// If the database fails.
    pub fn move_solution(&mut self, person: Held, moved: Solution, on: NaiveDate) -> Result<()> {
        self.change_access();
        let moved = Solution { individual_id: person.id(), ..moved };
        update::solution(self.connection(), &moved)?;
        let record = self.record(person)?;
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
                match legal_status {
                    Some(LegalStatus::Citizen) => update::withdraw(self.connection(), person.id(), on),
                    _ => Ok(()),
                }
            }
            _ => update::touch(self.connection(), person.id()),
        }
    }
}
