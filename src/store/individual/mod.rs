//! Individuals that a viewer sees: pages in every order, counts, and rows by key.

pub mod changes;
mod filter;
pub mod held;
pub mod items;
pub mod order;
mod row;
mod slice;

use self::order::IndividualOrder;
use self::row::{Row, columns};
use self::slice::slice_of;
use super::audit::disclosures::Disclosures;
use super::database::errors::Result;
use super::database::page::{Page, Position, Window, page};
use super::database::tables::{coverages, individuals};
use super::session::read::ReadSession;
use super::visibility::{Predicate, Stream};
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::case::Case;
use crate::domain::category::DataCategory;
use crate::domain::individual::Individual;
use crate::policy::filter::{Clause, Filter};
use crate::policy::{Basis, Released, Reveal, Stored};
use diesel::{ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::HashMap;

/// How much is read of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Detail {
    /// By what the viewer knows them, and nothing else: coverage holds that.
    Keys,
    /// Everything.
    Whole,
}

/// A person of whom the coverage was read.
struct Covered {
    row_key: Id<Individual>,
    case_key: Option<Id<Case>>,
    id: Id<Individual>,
    holder_id: Id<Agency>,
    audit_key: i64,
    mask: i64,
}

impl Covered {
    /// The person by its key, as it may leave; that is put on record.
    fn release(self, disclosures: &mut Disclosures) -> Released<Individual> {
        let reveal = Reveal::from_mask(self.mask);
        disclosures.release(self.audit_key, reveal);
        let stored = Stored { id: self.id, case_id: None, case_key: self.case_key };
        Released::individual(Individual::known_as(self.row_key, self.holder_id), reveal, stored)
    }
}

/// An individual on a page, with its position for a cursor.
#[derive(Debug, Clone)]
pub struct Listed {
    /// What is released of it.
    pub individual: Released<Individual>,
    /// Where it stands in the page's order.
    pub position: Position,
}

impl ReadSession {
    /// A page of the individuals that the viewer sees and for which the filter is known to hold.
    ///
    /// # Errors
    /// If the database fails.
    pub fn individuals_page(
        &mut self,
        filter: &Filter,
        order: IndividualOrder,
        window: &Window,
    ) -> Result<Page<Listed>> {
        let today = self.viewer().today;
        let (connection, grant) = self.granted();
        let found = page(
            window,
            |row: &Row| row.position(order),
            |slice| slice_of(connection, grant, today, filter, order, slice),
        )?;
        let categories = filter.categories().into_iter().chain([order.field.category()]);
        self.ask(filter, categories.collect(), found.rows.len() as i64)?;
        let disclosures = self.disclosures();
        let listed = |row: Row| Listed { position: row.position(order), individual: row.release(today, disclosures) };
        Ok(Page {
            rows: found.rows.into_iter().map(listed).collect(),
            has_previous: found.has_previous,
            has_next: found.has_next,
        })
    }

    /// How many individuals the viewer sees for which the filter is known to hold.
    ///
    /// # Errors
    /// If the database fails.
    pub fn individuals_count(&mut self, filter: &Filter) -> Result<i64> {
        let clause = filter.holds();
        let known = self.people_known().filter(|_| clause.is_everybody());
        let count = known.map_or_else(|| self.count(&clause), Ok)?;
        if clause.is_everybody() {
            self.know_people(count);
        }
        self.ask(filter, filter.categories(), count)?;
        Ok(count)
    }

    fn count(&mut self, clause: &Clause) -> Result<i64> {
        let today = self.viewer().today;
        let (connection, grant) = self.granted();
        let mut count = 0;
        for stream in Stream::everybody(grant, today) {
            let counted = Predicate::all([stream.rows(), stream.filter(clause)]);
            count += match counted.is_of_coverage() {
                _ if counted.is_never() => 0,
                true => coverages::table.filter(counted).count().get_result::<i64>(connection)?,
                false => {
                    let joined = coverages::table.inner_join(individuals::table);
                    joined.filter(counted).count().get_result(connection)?
                }
            };
        }
        Ok(count)
    }

    /// Individuals by the keys by which the viewer knows them, of those that it sees.
    ///
    /// # Errors
    /// If the database fails.
    pub fn individuals(&mut self, keys: &[Id<Individual>]) -> Result<HashMap<Id<Individual>, Released<Individual>>> {
        let rows = self.rows_known_as(keys)?;
        let today = self.viewer().today;
        let disclosures = self.disclosures();
        Ok(rows.into_iter().map(|row| (row.row_key, row.release(today, disclosures))).collect())
    }

    /// Individuals that the viewer sees, as another reveal would show them.
    pub(super) fn individuals_as(
        &mut self,
        keys: &[Id<Individual>],
        reveal: Reveal,
    ) -> Result<Vec<Released<Individual>>> {
        let known = Predicate::of_coverage(coverages::row_key.assume_not_null().eq_any(keys.to_vec()));
        self.individuals_where_as(known, reveal)
    }

    /// Individuals that the viewer sees and that pass, as another reveal would show them.
    pub(super) fn individuals_where_as(
        &mut self,
        passes: Predicate,
        reveal: Reveal,
    ) -> Result<Vec<Released<Individual>>> {
        let rows = self.rows_where(|_| true, passes)?;
        let today = self.viewer().today;
        let disclosures = self.disclosures();
        Ok(rows.into_iter().map(|row| row.with(reveal).release(today, disclosures)).collect())
    }

    fn rows_known_as(&mut self, keys: &[Id<Individual>]) -> Result<Vec<Row>> {
        let known = Predicate::of_coverage(coverages::row_key.assume_not_null().eq_any(keys.to_vec()));
        self.rows_where(|_| true, known)
    }

    /// The members of cases that the viewer sees as such, by the key by which it knows the case.
    ///
    /// # Errors
    /// If the database fails.
    pub fn members_of_cases(
        &mut self,
        cases: &[Id<Case>],
        detail: Detail,
    ) -> Result<HashMap<Id<Case>, Vec<Released<Individual>>>> {
        let of_cases = Predicate::of_coverage(coverages::case_key.assume_not_null().eq_any(cases.to_vec()));
        let reveals_family = |basis: &Basis| basis.reveals(DataCategory::Family);
        let today = self.viewer().today;
        let mut released: Vec<(Option<Id<Case>>, Released<Individual>)> = match detail {
            Detail::Keys => {
                let covered = self.covered_where(reveals_family, of_cases)?;
                let disclosures = self.disclosures();
                covered.into_iter().map(|one| (one.case_key, one.release(disclosures))).collect()
            }
            Detail::Whole => {
                let rows = self.rows_where(reveals_family, of_cases)?;
                let disclosures = self.disclosures();
                rows.into_iter().map(|row| (row.case_key, row.release(today, disclosures))).collect()
            }
        };
        released.sort_by_key(|(_, member)| member.id);
        let mut members: HashMap<Id<Case>, Vec<_>> = HashMap::new();
        for (case, member) in released {
            if let Some(case) = case {
                members.entry(case).or_default().push(member);
            }
        }
        Ok(members)
    }

    /// The rows that pass, each once, of those that bases of a kind cover.
    fn rows_where(&mut self, which: impl Fn(&Basis) -> bool, passes: Predicate) -> Result<Vec<Row>> {
        let today = self.viewer().today;
        let (connection, grant) = self.granted();
        let mut rows = Vec::new();
        for stream in Stream::by(grant, today, which) {
            let query = coverages::table
                .inner_join(individuals::table)
                .filter(Predicate::all([stream.covered(), passes.clone()]))
                .select(columns!(stream));
            rows.extend(query.load::<Row>(connection)?);
        }
        Ok(rows)
    }

    /// The same, by coverage alone.
    fn covered_where(&mut self, which: impl Fn(&Basis) -> bool, passes: Predicate) -> Result<Vec<Covered>> {
        let today = self.viewer().today;
        let (connection, grant) = self.granted();
        let mut found = Vec::new();
        for stream in Stream::by(grant, today, which) {
            let query = coverages::table.filter(Predicate::all([stream.covered(), passes.clone()])).select((
                coverages::row_key.assume_not_null(),
                stream.case_key(),
                coverages::individual_id,
                coverages::audit_key,
                stream.mask(),
            ));
            let rows =
                query.load::<(Id<Individual>, Option<Id<Case>>, Id<Individual>, i64, i64)>(connection)?.into_iter();
            found.extend(rows.map(|(row_key, case_key, id, audit_key, mask)| Covered {
                row_key,
                case_key,
                id,
                holder_id: stream.basis().holder_id,
                audit_key,
                mask,
            }));
        }
        Ok(found)
    }
}
