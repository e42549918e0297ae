//! Coverage: on what basis people are seen.

use super::Id;
use super::agency::Agency;
use super::agreement::Agreement;

/// A basis on which people are covered: an agreement that shares them, or that an agency holds them.
pub enum CoverageBasis {}

impl CoverageBasis {
    /// That an agreement shares people: the agreement's key.
    pub fn agreed(agreement: Id<Agreement>) -> Id<Self> {
        Id::new(agreement.value())
    }

    /// That an agency holds people: the agency's key, negated, which is no agreement's.
    pub fn held(holder: Id<Agency>) -> Id<Self> {
        Id::new(-holder.value())
    }
}
