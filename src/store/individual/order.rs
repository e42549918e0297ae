//! Orders of individuals.

use crate::domain::category::DataCategory;

/// What individuals may be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IndividualOrderField {
    /// Registration.
    RegisteredOn,
    /// Arrival.
    ArrivedOn,
    /// Date of birth.
    DateOfBirth,
    /// Family name, by folded key.
    FamilyName,
    /// Registration number, by folded key.
    RegistrationNumber,
}

impl IndividualOrderField {
    /// The category that must be revealed for a row to be ordered by its value.
    pub fn category(self) -> DataCategory {
        match self {
            Self::RegisteredOn | Self::ArrivedOn => DataCategory::LegalStatus,
            Self::DateOfBirth | Self::FamilyName | Self::RegistrationNumber => DataCategory::Identity,
        }
    }
}

/// An order of individuals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct IndividualOrder {
    /// By what.
    pub field: IndividualOrderField,
    /// From the greatest value down.
    pub descending: bool,
}
