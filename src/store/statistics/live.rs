//! The holder's own counts: live and exact. One statement counts people, grouped by all that is asked about at once.

use super::StatisticsError;
use super::columns::{Columns, Identifiers};
use crate::domain::Id;
use crate::domain::coverage::CoverageBasis;
use crate::domain::place::REGION_LEVEL;
use crate::domain::programme::Programme;
use crate::domain::statistics::StatisticsDimension as Dimension;
use crate::policy::statistics::{Atom, Published, Question, Table, Value, Wanted};
use crate::store::database::errors::Result;
use crate::store::database::tables::{coverages, individuals, place_ancestors, places, programmes};
use crate::store::programme::visible_programmes;
use crate::store::session::read::ReadSession;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl, RunQueryDsl};
use std::collections::BTreeSet;

impl ReadSession {
    /// The exact table of a question about the people whom the viewer's agency holds.
    pub(super) fn live_statistics(&mut self, question: &Question) -> Result<Published, StatisticsError> {
        self.counted_live(question, true)
    }

    /// The same of those whose records are open.
    ///
    /// # Errors
    /// If there are too many cells, or the database fails.
    pub fn open_statistics(&mut self, question: &Question) -> Result<Published, StatisticsError> {
        self.counted_live(question, false)
    }

    fn counted_live(&mut self, question: &Question, with_closed: bool) -> Result<Published, StatisticsError> {
        let basis = CoverageBasis::held(self.viewer().agency.id);
        let dimensions: Vec<Dimension> = question.dimensions().collect();
        let programmes = match dimensions.contains(&Dimension::Programme) {
            true => self.visible_identifiers()?,
            false => Identifiers::new(),
        };
        let wanted = self.wanted(question)?;
        let today = self.viewer().today;
        let connection = self.connection();
        let columns = Columns::of(dimensions.iter().copied());
        let joined = sql::<Text>(&columns.expression(connection, today));
        let counted = coverages::table
            .filter(coverages::basis_id.eq(basis))
            .filter(coverages::ended.is_null())
            .filter(coverages::until.is_null().or(coverages::until.assume_not_null().gt(today)))
            .select(coverages::individual_id);
        let rows: Vec<(String, i64)> = individuals::table
            .filter(individuals::id.eq_any(counted))
            .filter(individuals::closed_as.is_null().or(sql::<Bool>(if with_closed { "TRUE" } else { "FALSE" })))
            .group_by(sql::<Text>("1"))
            .select((joined, sql::<BigInt>("COUNT(*)")))
            .load(connection)?;
        let atom =
            |(joined, people): (String, i64)| Atom { keys: columns.keys(&dimensions, &joined, &programmes), people };
        let atoms: Vec<Atom> = rows.into_iter().map(atom).collect();
        let passes = |at: usize, value: Option<&str>| value.is_some_and(|value| wanted[at].contains(value));
        let table = Table::new(question, &atoms, passes)?;
        self.disclosures().ask(question.categories(), vec![basis], atoms.iter().map(|atom| atom.people).sum());
        Ok(Published::exactly(table))
    }

    /// The programmes that the viewer sees.
    fn visible_identifiers(&mut self) -> Result<Identifiers> {
        let query =
            programmes::table.filter(visible_programmes!(self)).select((programmes::id, programmes::identifier));
        let rows: Vec<(Id<Programme>, String)> = query.load(self.connection())?;
        Ok(rows.into_iter().map(|(id, identifier)| (id.to_string(), identifier)).collect())
    }

    /// For each condition, the values that pass.
    pub(super) fn wanted(&mut self, question: &Question) -> Result<Vec<BTreeSet<String>>, StatisticsError> {
        let values = |wanted: &Wanted| {
            Ok(match &wanted.value {
                Value::Code(code) => BTreeSet::from([code.clone()]),
                Value::Programme(id) => {
                    let query = programmes::table.filter(visible_programmes!(self)).filter(programmes::id.eq(id));
                    query.select(programmes::identifier).load::<String>(self.connection())?.into_iter().collect()
                }
                Value::Within(place) => {
                    let level: i32 = places::table.find(place).select(places::level).first(self.connection())?;
                    if wanted.dimension == Dimension::Region && level > REGION_LEVEL {
                        return Err(StatisticsError::BelowRegions);
                    }
                    let below = place_ancestors::table
                        .inner_join(places::table.on(places::id.eq(place_ancestors::place_id)))
                        .filter(place_ancestors::ancestor_id.eq(place))
                        .select(places::code);
                    below.load::<String>(self.connection())?.into_iter().collect()
                }
            })
        };
        question.conditions().iter().map(values).collect()
    }
}
