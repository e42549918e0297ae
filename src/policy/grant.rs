//! What a viewer is granted: the bases on which rows are covered, and what each reveals.

use super::{Reveal, Viewer};
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::agreement::Agreement;
use crate::domain::category::DataCategory;
use crate::domain::coverage::CoverageBasis;
use crate::domain::grants::Level;
use crate::domain::programme::ProgrammeKind;
use crate::domain::purpose::Purpose;

/// A basis on which people are covered: an agreement that shares them, or being held by the viewer's agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// What coverages name it by.
    pub id: Id<CoverageBasis>,
    /// The agency that holds the people.
    pub holder_id: Id<Agency>,
    /// What it reveals of them.
    pub reveal: Reveal,
    level: Level,
}

impl Basis {
    /// What an agency holds itself.
    pub fn held(holder_id: Id<Agency>) -> Self {
        Self { id: CoverageBasis::held(holder_id), holder_id, reveal: Reveal::everything(), level: Level::Identified }
    }

    /// What an agreement shares.
    pub fn agreed(agreement: &Agreement) -> Self {
        Self {
            id: CoverageBasis::agreed(agreement.id),
            holder_id: agreement.provider_id,
            reveal: Reveal::by(agreement),
            level: agreement.level,
        }
    }

    /// Whether it reveals a category.
    pub fn reveals(&self, category: DataCategory) -> bool {
        self.reveal.reveals(category)
    }

    /// Whether it is of level `IDENTIFIED`.
    pub fn is_identified(&self) -> bool {
        self.level == Level::Identified
    }
}

/// All that a viewer is granted for a request's purpose.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Those that show rows, identified ones first.
    bases: Vec<Basis>,
    programme_kinds: Vec<ProgrammeKind>,
}

impl Grant {
    /// The grant of a viewer, from the agreements to which its agency is a party.
    ///
    /// Under `CASE_MANAGEMENT` that is its own rows; under any other purpose, what agreements of that purpose cover that
    /// are in force today, name it as recipient and are of level `PSEUDONYMISED` or `IDENTIFIED`. In its own work it sees the kinds of
    /// programmes, too, that the agreements name which it has `given`.
    pub fn new(viewer: &Viewer, agreements: &[Agreement], given: &[Agreement]) -> Self {
        let agency = viewer.agency.id;
        let counting: Vec<_> = agreements
            .iter()
            .filter(|agreement| agreement.purpose == viewer.purpose && agreement.in_force(viewer.today))
            .collect();
        let counted: Vec<Basis> = match viewer.purpose {
            Purpose::CaseManagement => vec![Basis::held(agency)],
            _ => {
                let received = counting.iter().filter(|agreement| agreement.recipient_id == agency);
                received.map(|agreement| Basis::agreed(agreement)).collect()
            }
        };
        let mut bases: Vec<Basis> = counted.iter().filter(|basis| basis.level > Level::Statistics).cloned().collect();
        bases.sort_by_key(|basis| !basis.is_identified());
        let is_party = |agreement: &&&Agreement| [agreement.provider_id, agreement.recipient_id].contains(&agency);
        let naming = counting.iter().filter(is_party).copied().chain(given);
        let named = naming.filter_map(|agreement| agreement.scope.programmes.as_deref());
        let mut programme_kinds: Vec<_> = named.flatten().copied().collect();
        programme_kinds.sort_unstable();
        programme_kinds.dedup();
        Self { bases, programme_kinds }
    }

    /// The bases that show rows, identified ones first; a row is visible when any of them covers it.
    pub fn bases(&self) -> &[Basis] {
        &self.bases
    }

    /// The kinds of programme that agreements make visible beside the agency's own programmes.
    pub fn programme_kinds(&self) -> &[ProgrammeKind] {
        &self.programme_kinds
    }
}
