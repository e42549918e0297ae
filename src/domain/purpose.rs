//! Purposes of requests and agreements.

use super::vocabulary;

vocabulary! {
    /// The one purpose of a request. What was shared for one purpose is not joined to another.
    Purpose {
        /// The holder's own work on its own records.
        CaseManagement = "CASE_MANAGEMENT",
        /// Delivering a programme to the people enrolled in it.
        ProgrammeDelivery = "PROGRAMME_DELIVERY",
        /// Considering people for resettlement.
        Resettlement = "RESETTLEMENT",
        /// Representations to a government on behalf of refugees.
        ProtectionAdvocacy = "PROTECTION_ADVOCACY",
        /// Helping people to return of their own will.
        VoluntaryRepatriation = "VOLUNTARY_REPATRIATION",
        /// Counting, without seeing anybody.
        Statistics = "STATISTICS",
    }
}
