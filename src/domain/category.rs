//! Data categories, in which agreements grant the fields of an individual.

use super::vocabulary;

vocabulary! {
    /// What an agreement grants of an individual: a category of fields.
    DataCategory {
        /// Sex, age band, nationality, region.
        Demographics = "DEMOGRAPHICS",
        /// Names, registration number, exact date of birth.
        Identity = "IDENTITY",
        /// Ways to reach the person.
        Contact = "CONTACT",
        /// The exact place.
        Location = "LOCATION",
        /// Legal status, dates of arrival and registration.
        LegalStatus = "LEGAL_STATUS",
        /// Specific needs, by UNHCR's codes.
        SpecificNeeds = "SPECIFIC_NEEDS",
        /// The case (registration group) and its members.
        Family = "FAMILY",
        /// Durable solutions and their stage.
        Solutions = "SOLUTIONS",
        /// Enrolments in programmes and assistance received.
        Assistance = "ASSISTANCE",
        /// Protection incidents.
        Protection = "PROTECTION",
    }
}

impl DataCategory {
    /// Whether the category is revealed at level `IDENTIFIED` only.
    pub fn identifies(self) -> bool {
        matches!(self, Self::Identity | Self::Contact | Self::Location)
    }

    /// Whether the category can be erased while the person stays: demographics are what is kept of nobody, and who loses its
    /// identity is anonymised.
    pub fn is_erasable(self) -> bool {
        !matches!(self, Self::Demographics | Self::Identity)
    }
}
