//! What people are counted by, and the tables of counts that agreements let be released.

mod agreed;
mod table;

pub use agreed::{
    InvalidTables, MAX_FIGURES, MAX_RELEASE_MONTHS, MIN_RELEASE_MONTHS, Named, check_tables, check_tables_beside,
};
pub use table::{MAX_DIMENSIONS, NotATable, StatisticsTable, figures_per_person};

use super::category::DataCategory;
use super::vocabulary;

vocabulary! {
    /// A dimension by which people are counted. A key's value is the code: P-code for places, identifier for programmes, enum value or code else; null if it is unknown, or if a list is empty.
    StatisticsDimension {
        /// Nationality (DEMOGRAPHICS).
        Nationality = "NATIONALITY",
        /// Sex (DEMOGRAPHICS).
        Sex = "SEX",
        /// Age band on the release's day; of the holder's own counts on the request's UTC date (DEMOGRAPHICS).
        AgeBand = "AGE_BAND",
        /// Legal status (LEGAL_STATUS).
        LegalStatus = "LEGAL_STATUS",
        /// Region (DEMOGRAPHICS).
        Region = "REGION",
        /// Exact place (LOCATION).
        Place = "PLACE",
        /// Specific need, by its two-letter category; people with several are counted under each (SPECIFIC_NEEDS).
        SpecificNeed = "SPECIFIC_NEED",
        /// Kind of solution; people with several are counted under each (SOLUTIONS).
        SolutionKind = "SOLUTION_KIND",
        /// Stage of a solution; people with several are counted under each (SOLUTIONS).
        SolutionStage = "SOLUTION_STAGE",
        /// Programme of an enrolment, now or before; people with several are counted under each (ASSISTANCE).
        Programme = "PROGRAMME",
        /// Year of arrival (LEGAL_STATUS).
        ArrivalYear = "ARRIVAL_YEAR",
        /// Kind of an incident; people with several are counted under each (PROTECTION).
        IncidentKind = "INCIDENT_KIND",
    }
}

impl StatisticsDimension {
    /// The category that an agreement must grant for people to be counted by it.
    pub fn category(self) -> DataCategory {
        match self {
            Self::Nationality | Self::Sex | Self::AgeBand | Self::Region => DataCategory::Demographics,
            Self::LegalStatus | Self::ArrivalYear => DataCategory::LegalStatus,
            Self::Place => DataCategory::Location,
            Self::SpecificNeed => DataCategory::SpecificNeeds,
            Self::SolutionKind | Self::SolutionStage => DataCategory::Solutions,
            Self::Programme => DataCategory::Assistance,
            Self::IncidentKind => DataCategory::Protection,
        }
    }

    /// Whether a person may have several values of it.
    pub fn is_list(self) -> bool {
        matches!(
            self,
            Self::SpecificNeed | Self::SolutionKind | Self::SolutionStage | Self::Programme | Self::IncidentKind
        )
    }
}
