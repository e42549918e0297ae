//! Statistics: the holder's, counted live; others', from the finished cells of releases, which are made here too.

pub mod cells;
mod columns;
pub mod counted;
mod live;
pub mod making;
pub mod microdata;
pub mod outcome;
pub mod releases;
pub mod schedule;
pub mod tables;
mod taking_over;

use super::database::errors::StoreError;
use super::session::read::ReadSession;
use crate::domain::Id;
use crate::domain::agreement::Agreement;
use crate::domain::purpose::Purpose;
use crate::policy::statistics::{Published, Question, TooManyCells};
use chrono::NaiveDate;
use releases::Release;

/// Why a question is not answered.
#[derive(Debug, thiserror::Error)]
pub enum StatisticsError {
    /// No agreement for the purpose has tables.
    #[error("no agreement in force for this purpose names statistics tables")]
    NoTables,
    /// It is about none of the agreed tables.
    #[error(
        "no agreed table, margin or slice of one is by {0}. What may be asked: {1}; with some dimensions left out, \
         but for those of which a person has several values, and filtered by single values"
    )]
    NotAgreed(String, String),
    /// Several agreements would answer it.
    #[error(
        "several agreements have such a table, each with counts of its own: {0}. Name one by its id, which `viewer {{ agreements {{ id \
         reference }} }}` gives"
    )]
    Several(String),
    /// The agreement has not been released yet.
    #[error("nothing is released under {0} yet: the first release may be made from {1} on")]
    NotReleased(String, NaiveDate),
    /// A region is asked for by a place below one.
    #[error("this place lies below a region, and people are counted by whole regions")]
    BelowRegions,
    /// Its answer is too large.
    #[error(transparent)]
    TooManyCells(#[from] TooManyCells),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for StatisticsError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

/// A table as it may leave, and from where it comes.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The table.
    pub published: Published,
    /// The release; none if it is live.
    pub release: Option<Release>,
    /// The agreement under which it is released.
    pub agreement: Option<Id<Agreement>>,
    /// The least count that is shown; none if counts are exact.
    pub minimum: Option<i64>,
}

impl ReadSession {
    /// The table of a question, as it may leave; of one agreement, if several would answer.
    ///
    /// # Errors
    /// If the question cannot be answered, with the reason, or the database fails.
    pub fn caseload_statistics(
        &mut self,
        question: &Question,
        agreement: Option<Id<Agreement>>,
    ) -> Result<Answer, StatisticsError> {
        if self.viewer().purpose == Purpose::CaseManagement {
            let published = self.live_statistics(question)?;
            return Ok(Answer { published, release: None, agreement: None, minimum: None });
        }
        let agency = self.viewer().agency.id;
        let received = self.agreements_in_force().iter().filter(|agreement| agreement.recipient_id == agency);
        let named = received.filter(|found| agreement.is_none_or(|id| found.id == id)).cloned();
        let agreements: Vec<Agreement> = named.filter(|found| !found.statistics_tables.is_empty()).collect();
        self.released_statistics(question, &agreements)
    }
}
