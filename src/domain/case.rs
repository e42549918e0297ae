//! Cases: registration groups, usually a household.

use super::agency::Agency;
use super::{Id, Noun};

/// A case (registration group) of the caseload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Row key, random.
    pub id: Id<Case>,
    /// The agency that holds the record.
    pub holder_id: Id<Agency>,
    /// Case number, unique with its holder.
    pub number: String,
}

impl Noun for Case {
    const NAME: &'static str = "Case";
}
