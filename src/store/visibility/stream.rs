//! The people that one basis covers, but for those whom others cover too and who are found through these.
//!
//! Every statement on people starts from a stream: from the coverages of a basis of the viewer's. So nobody else's rows decide
//! what it finds, nor how long it takes.

use super::Predicate;
use crate::domain::Id;
use crate::domain::category::DataCategory;
use crate::domain::coverage::CoverageBasis;
use crate::policy::{Basis, Grant, Reveal};
use crate::store::database::connection::Backend;
use crate::store::database::tables::coverages;
use chrono::NaiveDate;
use diesel::dsl::exists;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{BigInt, Date, Nullable};
use diesel::{BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl};

diesel::alias! {
    pub const OTHER: Alias<Other> = coverages as other;
}

/// The coverages on some bases on a day of a person who is found through one. `OFFSET 0` keeps PostgreSQL from gathering everybody
/// whom they cover for the sake of a few.
macro_rules! other_coverage {
    ($bases:expr, $today:expr) => {{
        use crate::store::visibility::OTHER;
        use diesel::{BoolExpressionMethods as _, NullableExpressionMethods as _};
        let until = || OTHER.field(coverages::until);
        OTHER
            .filter(OTHER.field(coverages::individual_id).eq(coverages::individual_id))
            .filter(OTHER.field(coverages::basis_id).eq_any($bases))
            .filter(OTHER.field(coverages::ended).is_null())
            .filter(until().is_null().or(until().assume_not_null().gt($today)))
            .offset(0)
    }};
}
pub(in crate::store) use other_coverage;

/// A basis, who else may cover its people, and whose people are left out.
#[derive(Clone)]
pub struct Stream<'g> {
    basis: &'g Basis,
    others: Vec<&'g Basis>,
    excluded: Vec<Id<CoverageBasis>>,
    today: NaiveDate,
}

impl<'g> Stream<'g> {
    /// The people of a basis, but for those of the excluded ones.
    pub fn new(grant: &'g Grant, basis: &'g Basis, excluded: &[&Basis], today: NaiveDate) -> Self {
        let excluded: Vec<Id<CoverageBasis>> = excluded.iter().map(|basis| basis.id).collect();
        let others = grant.bases().iter().filter(|other| other.id != basis.id && !excluded.contains(&other.id));
        Self { basis, others: others.collect(), excluded, today }
    }

    /// Everybody whom the grant shows, each once.
    pub fn everybody(grant: &'g Grant, today: NaiveDate) -> Vec<Self> {
        Self::by(grant, today, |_| true)
    }

    /// Everybody whom bases of a kind show, each once.
    pub fn by(grant: &'g Grant, today: NaiveDate, which: impl Fn(&Basis) -> bool) -> Vec<Self> {
        let bases: Vec<&Basis> = grant.bases().iter().filter(|basis| which(basis)).collect();
        (0..bases.len()).map(|index| Self::new(grant, bases[index], &bases[..index], today)).collect()
    }

    /// The basis that its rows are found through.
    pub fn basis(&self) -> &'g Basis {
        self.basis
    }

    /// The day on which coverage and ages are judged.
    pub fn today(&self) -> NaiveDate {
        self.today
    }

    /// The rows of the stream, to be read in an order of coverages.
    pub fn rows(&self) -> Predicate {
        // What the orders' indexes hold: no basis that shows rows has one without a row key.
        Predicate::all([Predicate::of_coverage(coverages::row_key.is_not_null()), self.covered()])
    }

    /// The rows of the stream, to be looked up by key.
    pub fn covered(&self) -> Predicate {
        let lasts = coverages::until.is_null().or(coverages::until.assume_not_null().gt(self.today));
        let found = coverages::basis_id.eq(self.basis.id).and(coverages::ended.is_null()).and(lasts);
        Predicate::all([Predicate::of_coverage(found), !self.covered_by(self.excluded.iter().copied())])
    }

    /// Of the stream's rows, those that reveal a category.
    pub fn revealed(&self, category: DataCategory) -> Predicate {
        self.decided(|basis| basis.reveals(category))
    }

    /// Of the stream's rows, those that show exact dates.
    pub fn identified(&self) -> Predicate {
        self.decided(Basis::is_identified)
    }

    /// Of the stream's rows, those that some other basis covers of which something is true.
    pub fn also(&self, which: impl Fn(&Basis) -> bool) -> Predicate {
        self.covered_by(self.others(which))
    }

    /// What each row reveals.
    pub fn mask(&self) -> Mask {
        let others = self.others.iter().map(|basis| (self.covered_by([basis.id]), basis.reveal)).collect();
        Mask { certain: self.basis.reveal, others }
    }

    /// The other bases that may cover rows of the stream, of which something is true.
    pub fn others(&self, which: impl Fn(&Basis) -> bool) -> Vec<Id<CoverageBasis>> {
        self.others.iter().filter(|basis| which(basis)).map(|basis| basis.id).collect()
    }

    /// By what the viewer knows the case of each row, if some basis reveals the family.
    pub fn case_key(&self) -> CaseKey {
        let family = |basis: &Basis| basis.reveals(DataCategory::Family);
        let others = if family(self.basis) { Vec::new() } else { self.others(family) };
        CaseKey { others, today: self.today }
    }

    fn decided(&self, which: impl Fn(&Basis) -> bool) -> Predicate {
        if which(self.basis) { Predicate::Always } else { self.also(which) }
    }

    fn covered_by(&self, bases: impl IntoIterator<Item = Id<CoverageBasis>>) -> Predicate {
        let bases: Vec<Id<CoverageBasis>> = bases.into_iter().collect();
        if bases.is_empty() {
            return Predicate::Never;
        }
        Predicate::of_coverage(exists(other_coverage!(bases, self.today)))
    }
}

/// By what the viewer knows a row's case: of the row's own coverage, or of another that reveals the family.
pub struct CaseKey {
    others: Vec<Id<CoverageBasis>>,
    today: NaiveDate,
}

impl QueryFragment<Backend> for CaseKey {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> diesel::QueryResult<()> {
        if self.others.is_empty() {
            return coverages::case_key.walk_ast(out);
        }
        out.push_sql("(SELECT max(family.case_key) FROM coverages AS family WHERE family.individual_id = coverages.individual_id AND family.basis_id IN (");
        for (index, basis) in self.others.iter().enumerate() {
            if index > 0 {
                out.push_sql(", ");
            }
            out.push_bind_param::<BigInt, _>(basis)?;
        }
        out.push_sql(") AND family.ended IS NULL AND (family.until IS NULL OR family.until > ");
        out.push_bind_param::<Date, _>(&self.today)?;
        out.push_sql("))");
        Ok(())
    }
}

impl Expression for CaseKey {
    type SqlType = Nullable<BigInt>;
}

impl<T> AppearsOnTable<T> for CaseKey {}

impl<T> SelectableExpression<T> for CaseKey {}

impl<Group> ValidGrouping<Group> for CaseKey {
    type IsAggregate = is_aggregate::Never;
}

impl QueryId for CaseKey {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// What a row reveals, as a number: a certain part, and what others add who cover it too.
pub struct Mask {
    certain: Reveal,
    others: Vec<(Predicate, Reveal)>,
}

impl QueryFragment<Backend> for Mask {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> diesel::QueryResult<()> {
        out.push_sql("(");
        out.push_sql(&format!("CAST({} AS BIGINT)", self.certain.mask()));
        for (covers, reveal) in &self.others {
            out.push_sql(" | CASE WHEN ");
            covers.walk_ast(out.reborrow())?;
            out.push_sql(&format!(" THEN {} ELSE 0 END", reveal.mask()));
        }
        out.push_sql(")");
        Ok(())
    }
}

impl Expression for Mask {
    type SqlType = BigInt;
}

impl<T> AppearsOnTable<T> for Mask {}

impl<T> SelectableExpression<T> for Mask {}

impl<Group> ValidGrouping<Group> for Mask {
    type IsAggregate = is_aggregate::Never;
}

impl QueryId for Mask {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
