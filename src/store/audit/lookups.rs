//! Whom filters name: people who are looked up by what identifies them.

use crate::domain::Id;
use crate::domain::category::DataCategory;
use crate::domain::coverage::CoverageBasis;
use crate::policy::filter::{Condition, Filter};
use crate::store::database::errors::Result;
use crate::store::database::tables::{coverages, individuals};
use crate::store::session::read::ReadSession;
use crate::store::visibility::{Predicate, Stream};
use diesel::{QueryDsl, RunQueryDsl};
use std::collections::BTreeSet;

/// A condition that fits more people than this names nobody.
const MAX_NAMED: usize = 100;

impl ReadSession {
    /// Puts a question on record: what it is about, how many it found, and whom its filter names.
    pub(in crate::store) fn ask(
        &mut self,
        filter: &Filter,
        categories: BTreeSet<DataCategory>,
        found: i64,
    ) -> Result<()> {
        self.look_up(filter)?;
        let bases: Vec<Id<CoverageBasis>> = self.grant().bases().iter().map(|basis| basis.id).collect();
        self.disclosures().ask(categories, bases, found);
        Ok(())
    }

    /// Puts on record every visible person for whom a naming condition holds anywhere in a filter.
    fn look_up(&mut self, filter: &Filter) -> Result<()> {
        for condition in filter.conditions() {
            let Some(category) = condition.names_by() else { continue };
            let people = self.named(condition, category)?;
            if people.len() <= MAX_NAMED {
                people.into_iter().for_each(|audit_key| self.disclosures().look_up(audit_key, category));
            }
        }
        Ok(())
    }

    /// The audit keys of the visible people for whom a condition holds, as far as needed to know whether these are too many.
    fn named(&mut self, condition: &Condition, category: DataCategory) -> Result<BTreeSet<i64>> {
        let today = self.viewer().today;
        let (connection, grant) = self.granted();
        let mut people = BTreeSet::new();
        for basis in grant.bases().iter().filter(|basis| basis.reveals(category)) {
            let stream = Stream::new(grant, basis, &[], today);
            let holds = stream.filter(&Filter::Condition(condition.clone()).holds());
            let found =
                coverages::table.inner_join(individuals::table).filter(Predicate::all([stream.covered(), holds]));
            let query = found.select(individuals::audit_key).limit(MAX_NAMED as i64 + 1);
            people.extend(query.load::<i64>(connection)?);
        }
        Ok(people)
    }
}
