//! Agreements to which the viewer's agency is a party.

pub mod changes;
pub mod preview;
pub mod rows;
pub(super) mod scopes;

use self::rows::{Row, agreements_of};
use super::database::errors::Result;
use super::database::page::{Bound, Page, Position, Slice, Window, page};
use super::database::tables::{agreements, coverage_undecided};
use super::session::read::ReadSession;
use crate::domain::agency::Agency;
use crate::domain::agreement::{Agreement, AgreementStatus};
use crate::domain::purpose::Purpose;
use crate::domain::{Id, Vocabulary};
use crate::policy::Released;
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::HashMap;

/// Which agreements a client asks for; an absent part restricts nothing.
#[derive(Debug, Clone, Default)]
pub struct AgreementFilter {
    /// At one of these statuses.
    pub statuses: Option<Vec<AgreementStatus>>,
    /// For one of these purposes.
    pub purposes: Option<Vec<Purpose>>,
    /// With one of these references.
    pub references: Option<Vec<String>>,
}

impl ReadSession {
    /// A page of the agreements to which the viewer's agency is a party, by reference.
    ///
    /// # Errors
    /// If the database fails.
    pub fn agreements_page(&mut self, filter: &AgreementFilter, window: &Window) -> Result<Page<Released<Agreement>>> {
        let position = |agreement: &Released<Agreement>| Position::of_text(&agreement.reference, agreement.id);
        page(window, position, |slice| self.agreements_slice(filter, slice))
    }

    /// How many agreements pass the filter.
    ///
    /// # Errors
    /// If the database fails.
    pub fn agreements_count(&mut self, filter: &AgreementFilter) -> Result<i64> {
        let query = self.agreements_query(filter);
        Ok(query.count().get_result(self.connection())?)
    }

    /// Agreements by key, of those to which the viewer's agency is a party.
    ///
    /// # Errors
    /// If the database fails.
    pub fn agreements(&mut self, ids: &[Id<Agreement>]) -> Result<HashMap<Id<Agreement>, Released<Agreement>>> {
        let query = self.agreements_query(&AgreementFilter::default()).filter(agreements::id.eq_any(ids.to_vec()));
        let rows = query.select(Row::as_select()).load(self.connection())?;
        let found = agreements_of(self.connection(), rows)?;
        Ok(found.into_iter().map(|agreement| (agreement.id, Released::reference(agreement))).collect())
    }

    /// How many drafts there are under which the viewer's agency would share.
    ///
    /// # Errors
    /// If the database fails.
    pub fn drafts_count(&mut self) -> Result<i64> {
        let drafts = agreements::table
            .filter(agreements::provider_id.eq(self.viewer().agency.id))
            .filter(agreements::status.eq(AgreementStatus::Draft.code()));
        Ok(drafts.count().get_result(self.connection())?)
    }

    /// The agreements of which it is still to be decided whom they cover, of those under which a provider shares.
    ///
    /// # Errors
    /// If the database fails.
    pub fn undecided_agreements(&mut self, provider: Id<Agency>) -> Result<Vec<Id<Agreement>>> {
        let undecided = coverage_undecided::table.inner_join(agreements::table);
        let undecided = undecided.filter(agreements::provider_id.eq(provider)).select(agreements::id);
        Ok(undecided.load(self.connection())?)
    }

    fn agreements_slice(&mut self, filter: &AgreementFilter, slice: &Slice) -> Result<Vec<Released<Agreement>>> {
        use agreements::{id, reference};
        let mut query = self.agreements_query(filter).limit(slice.limit);
        // A reference is unique between two agencies only.
        let end = |bound: &Option<Bound>, towards: i64| {
            let (code, inclusive) = bound.as_ref()?.code()?;
            let key = bound.as_ref()?.position.id;
            Some((code, if inclusive { key } else { key + towards }))
        };
        if let Some((code, key)) = end(&slice.after, 1) {
            query = query.filter(reference.gt(code.clone()).or(reference.eq(code).and(id.ge(key))));
        }
        if let Some((code, key)) = end(&slice.before, -1) {
            query = query.filter(reference.lt(code.clone()).or(reference.eq(code).and(id.le(key))));
        }
        query = match slice.reversed {
            false => query.order((reference.asc(), id.asc())),
            true => query.order((reference.desc(), id.desc())),
        };
        let rows = query.select(Row::as_select()).load(self.connection())?;
        Ok(agreements_of(self.connection(), rows)?.into_iter().map(Released::reference).collect())
    }

    fn agreements_query(
        &self,
        filter: &AgreementFilter,
    ) -> agreements::BoxedQuery<'static, super::database::connection::Backend> {
        let agency = self.viewer().agency.id;
        let mut query = agreements::table
            .filter(agreements::recipient_id.eq(agency).or(agreements::provider_id.eq(agency)))
            .into_boxed();
        if let Some(statuses) = &filter.statuses {
            query = query.filter(agreements::status.eq_any(super::database::codes::codes(statuses)));
        }
        if let Some(purposes) = &filter.purposes {
            query = query.filter(agreements::purpose.eq_any(super::database::codes::codes(purposes)));
        }
        if let Some(references) = &filter.references {
            query = query.filter(agreements::reference.eq_any(references.clone()));
        }
        query
    }
}
