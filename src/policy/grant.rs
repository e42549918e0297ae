//! What a viewer is granted: the covers that decide its rows, and what each reveals.

use super::{Reveal, Viewer};
use crate::domain::Key;
use crate::domain::Vocabulary;
use crate::domain::agreement::{Agreement, Level, Scope};
use crate::domain::category::DataCategory;
use crate::domain::country::CountryCode;
use crate::domain::programme::ProgrammeKind;
use crate::domain::purpose::Purpose;
use chrono::NaiveDateTime;
use std::collections::BTreeSet;

/// A way for rows to be visible: being held by the viewer's agency, or being covered by an agreement.
#[derive(Debug, Clone)]
pub enum Cover {
    /// The holder's own rows.
    Held {
        /// The agency that holds and looks.
        holder_id: Key,
    },
    /// Rows that an agreement covers.
    Agreed(Terms),
}

/// The terms of one agreement that decide which rows it covers.
#[derive(Debug, Clone)]
pub struct Terms {
    /// The agency whose rows are shared.
    pub provider_id: Key,
    /// The agency that they are shared with.
    pub recipient_id: Key,
    /// The state that the recipient acts for, if any.
    pub recipient_country: Option<CountryCode>,
    /// The purpose.
    pub purpose: Purpose,
    /// The people it is about.
    pub scope: Scope,
    /// Whether each person's consent is required whoever the recipient is.
    pub consent_required: bool,
    /// Consents recorded before this moment do not count.
    pub consents_from: Option<NaiveDateTime>,
    /// Whether it is for an emergency: then no consent opens the way to the country of origin.
    pub emergency: bool,
    /// What it reveals of the rows that it covers.
    pub reveal: Reveal,
}

impl Cover {
    /// What the cover reveals of its rows.
    pub fn reveal(&self) -> Reveal {
        match self {
            Self::Held { .. } => Reveal::everything(),
            Self::Agreed(terms) => terms.reveal,
        }
    }
}

/// A cover whose rows may be counted by what its agreement grants.
#[derive(Debug, Clone)]
struct Counted {
    cover: Cover,
    level: Level,
    categories: BTreeSet<DataCategory>,
}

/// All that a viewer is granted for a request's purpose.
#[derive(Debug, Clone)]
pub struct Grant {
    covers: Vec<Cover>,
    counted: Vec<Counted>,
    programme_kinds: Vec<ProgrammeKind>,
}

impl Grant {
    /// The grant of a viewer, from the agreements to which its agency is a party.
    ///
    /// Under `CASE_MANAGEMENT` that is its own rows; under any other purpose, what agreements of that purpose cover that
    /// are in force today, name it as recipient and are of level `PSEUDONYMISED` or `IDENTIFIED`.
    pub fn new(viewer: &Viewer, agreements: &[Agreement]) -> Self {
        let counting: Vec<_> = agreements
            .iter()
            .filter(|agreement| agreement.purpose == viewer.purpose && agreement.in_force(viewer.today))
            .collect();
        let counted: Vec<Counted> = match viewer.purpose {
            Purpose::CaseManagement => vec![Counted {
                cover: Cover::Held { holder_id: viewer.agency.id },
                level: Level::Identified,
                categories: DataCategory::ALL.iter().copied().collect(),
            }],
            _ => counting
                .iter()
                .filter(|agreement| agreement.recipient_id == viewer.agency.id)
                .map(|agreement| Counted {
                    cover: Cover::Agreed(Terms::new(viewer, agreement)),
                    level: agreement.level,
                    categories: agreement.categories.clone(),
                })
                .collect(),
        };
        let shows_rows = |counted: &&Counted| counted.level > Level::Statistics;
        let covers = counted.iter().filter(shows_rows).map(|counted| counted.cover.clone()).collect();
        let is_party =
            |agreement: &&&Agreement| [agreement.provider_id, agreement.recipient_id].contains(&viewer.agency.id);
        let named = counting.iter().filter(is_party).filter_map(|agreement| agreement.scope.programmes.as_deref());
        let mut programme_kinds: Vec<_> = named.flatten().copied().collect();
        programme_kinds.sort_unstable();
        programme_kinds.dedup();
        Self { covers, counted, programme_kinds }
    }

    /// The covers; a row is visible when any of them holds it.
    pub fn covers(&self) -> &[Cover] {
        &self.covers
    }

    /// The covers, of every level, that grant all of some categories: in each of their rows these may be counted by.
    pub fn counting(&self, categories: &BTreeSet<DataCategory>) -> Vec<&Cover> {
        let grants = |counted: &&Counted| categories.is_subset(&counted.categories);
        self.counted.iter().filter(grants).map(|counted| &counted.cover).collect()
    }

    /// The kinds of programme that agreements make visible beside the agency's own programmes.
    pub fn programme_kinds(&self) -> &[ProgrammeKind] {
        &self.programme_kinds
    }

    /// Whether every visible row reveals the category.
    pub fn always_reveals(&self, category: DataCategory) -> bool {
        self.covers.iter().all(|cover| cover.reveal().reveals(category))
    }

    /// Whether some visible row may reveal the category.
    pub fn may_reveal(&self, category: DataCategory) -> bool {
        self.covers.iter().any(|cover| cover.reveal().reveals(category))
    }

    /// Whether every visible row shows exact dates.
    pub fn always_identified(&self) -> bool {
        self.covers.iter().all(|cover| cover.reveal().is_identified())
    }
}

impl Terms {
    fn new(viewer: &Viewer, agreement: &Agreement) -> Self {
        Self {
            provider_id: agreement.provider_id,
            recipient_id: agreement.recipient_id,
            recipient_country: viewer.agency.country,
            purpose: agreement.purpose,
            scope: agreement.scope.clone(),
            consent_required: agreement.consent_required,
            consents_from: agreement.consents_from,
            emergency: agreement.emergency,
            reveal: Reveal::by(agreement),
        }
    }
}
