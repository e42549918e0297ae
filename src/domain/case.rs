//! Cases: registration groups, usually a household.

use super::Key;

/// A case (registration group) of the caseload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Row key, random.
    pub id: Key,
    /// The agency that holds the record.
    pub holder_id: Key,
    /// Case number, unique with its holder.
    pub number: String,
}
