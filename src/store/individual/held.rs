//! People whom the viewer's agency holds: the only way to a record as it is stored.

use crate::domain::Id;
use crate::domain::case::Case;
use crate::domain::category::DataCategory;
use crate::domain::coverage::CoverageBasis;
use crate::domain::individual::Individual;
use crate::domain::purpose::Purpose;
use crate::policy::ItemAccess;
use crate::store::bulk::{lookup, update};
use crate::store::database::errors::Result;
use crate::store::database::tables::{coverages, individuals};
use crate::store::session::read::ReadSession;
use crate::store::session::write::WriteSession;
use diesel::{ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::{HashMap, HashSet};

/// A person whom the viewer's agency holds, in a session under `CASE_MANAGEMENT`. Only [`ReadSession::all_held`] makes one, and whatever
/// reads or changes a record as it is stored takes it.
#[derive(Debug, Clone, Copy)]
pub struct Held(ItemAccess);

impl Held {
    /// The person's key in the database.
    pub fn id(self) -> Id<Individual> {
        self.0.id()
    }

    /// The key of its case in the database.
    pub fn case_id(self) -> Option<Id<Case>> {
        self.0.case_id()
    }

    /// The right to the person's items.
    pub(in crate::store) fn item(self) -> ItemAccess {
        self.0
    }
}

/// Something of a person whom the viewer's agency holds: by what it knows the person, the person, and that.
pub type HeldItem<T> = (Id<Individual>, Held, T);

impl ReadSession {
    /// A person whom the viewer's agency holds, by the key by which it knows the person; nobody for any other purpose than its own work.
    ///
    /// # Errors
    /// If the database fails.
    pub fn held(&mut self, person: Id<Individual>) -> Result<Option<Held>> {
        Ok(self.all_held(&[person])?.remove(&person))
    }

    /// The same of many people.
    ///
    /// # Errors
    /// If the database fails.
    pub fn all_held(&mut self, people: &[Id<Individual>]) -> Result<HashMap<Id<Individual>, Held>> {
        if self.viewer().purpose != Purpose::CaseManagement {
            return Ok(HashMap::new());
        }
        let found = self.individuals(people)?;
        Ok(found.into_iter().map(|(known_as, person)| (known_as, Held(person.access()))).collect())
    }

    /// A person's record as it is stored.
    ///
    /// # Errors
    /// If the database fails.
    pub fn record(&mut self, individual: Held) -> Result<Individual> {
        lookup::person(self.connection(), individual.id())
    }

    /// Puts a person on record as looked up, by what a refusal tells of these categories.
    ///
    /// # Errors
    /// If the database fails.
    pub(in crate::store) fn look_up_item(&mut self, person: ItemAccess, categories: &[DataCategory]) -> Result<()> {
        let audit_key = individuals::table.find(person.id()).select(individuals::audit_key);
        let audit_key: i64 = audit_key.first(self.connection())?;
        for category in categories {
            self.disclosures().look_up(audit_key, *category);
        }
        Ok(())
    }
}

impl WriteSession {
    /// What was found, if its person is held.
    ///
    /// # Errors
    /// If the database fails.
    pub(in crate::store) fn if_held<T>(
        &mut self,
        found: Option<T>,
        person: impl Fn(&T) -> Id<Individual>,
    ) -> Result<Option<HeldItem<T>>> {
        let Some(item) = found else { return Ok(None) };
        let Some(known_as) = self.known_as(&[person(&item)])?.pop() else { return Ok(None) };
        Ok(self.held(known_as)?.map(|held| (known_as, held, item)))
    }

    /// The members of a person's case whom the viewer's agency holds and whose records are open, the person too if it is one.
    ///
    /// # Errors
    /// If the database fails.
    pub fn held_members(&mut self, person: Held) -> Result<Vec<Held>> {
        let Some(case) = person.case_id() else { return Ok(vec![person]) };
        // Two statements: joined, SQLite goes through everybody whom the agency holds.
        let members = individuals::table
            .filter(individuals::case_id.eq(case))
            .filter(individuals::closed_as.is_null())
            .filter(individuals::anonymised.eq(false))
            .select(individuals::id);
        let members: Vec<Id<Individual>> = members.load(self.connection())?;
        let known_as = coverages::table
            .filter(coverages::individual_id.eq_any(members))
            .filter(coverages::ended.is_null())
            .filter(coverages::basis_id.eq(CoverageBasis::held(self.viewer().agency.id)))
            .select(coverages::row_key.assume_not_null());
        let known_as: Vec<Id<Individual>> = known_as.load(self.connection())?;
        let mut held: Vec<Held> = self.individuals(&known_as)?.values().map(|member| Held(member.access())).collect();
        held.sort_unstable_by_key(|member| member.id());
        Ok(held)
    }

    /// Marks that something which hangs on these people has changed.
    ///
    /// # Errors
    /// If the database fails.
    pub fn touch(&mut self, people: &[Held]) -> Result<()> {
        update::touch_all(self.connection(), &people.iter().map(|person| person.id()).collect::<Vec<_>>())
    }

    /// Who of people whom the agency holds is anonymised, by their keys in the database.
    ///
    /// # Errors
    /// If the database fails.
    pub fn anonymised(&mut self, people: &[Held]) -> Result<HashSet<Id<Individual>>> {
        let ids: Vec<Id<Individual>> = people.iter().map(|person| person.id()).collect();
        let anonymised = individuals::table.filter(individuals::id.eq_any(ids)).filter(individuals::anonymised);
        let anonymised: Vec<Id<Individual>> = anonymised.select(individuals::id).load(self.connection())?;
        Ok(anonymised.into_iter().collect())
    }

    /// The records of people as they are stored, each with its person.
    ///
    /// # Errors
    /// If the database fails.
    pub fn records(&mut self, people: &[Held]) -> Result<Vec<(Held, Individual)>> {
        let ids: Vec<Id<Individual>> = people.iter().map(|person| person.id()).collect();
        let stored = individuals::table.filter(individuals::id.eq_any(ids)).select(Individual::as_select());
        let stored: Vec<Individual> = stored.load(self.connection())?;
        let mut records: HashMap<Id<Individual>, Individual> =
            stored.into_iter().map(|record| (record.id, record)).collect();
        Ok(people.iter().filter_map(|person| Some((*person, records.remove(&person.id())?))).collect())
    }
}
