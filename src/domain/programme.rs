//! Programmes, as IATI describes activities.

use super::agency::Agency;
use super::{Id, Noun, vocabulary};
use chrono::NaiveDate;

vocabulary! {
    /// What a programme does.
    ProgrammeKind {
        /// Loans to start a livelihood (DAC 24040).
        MicroCredit = "MICRO_CREDIT",
        /// Housing (DAC 16040).
        Housing = "HOUSING",
        /// Schools (DAC 11120, 11220).
        School = "SCHOOL",
        /// Cash stipends (DAC 16010).
        CashAssistance = "CASH_ASSISTANCE",
        /// Training on borders, asylum and human rights (DAC 15190, 15210, 15160).
        Training = "TRAINING",
        /// Anything else.
        Other = "OTHER",
    }
}

impl ProgrammeKind {
    /// The kind of an OECD DAC five-digit purpose code.
    pub fn of_sector(sector: &str) -> Self {
        match sector {
            "24040" => Self::MicroCredit,
            "16040" => Self::Housing,
            "11120" | "11220" => Self::School,
            "16010" => Self::CashAssistance,
            "15160" | "15190" | "15210" => Self::Training,
            _ => Self::Other,
        }
    }
}

vocabulary! {
    /// IATI activity status (code list ActivityStatus).
    ProgrammeStatus {
        /// IATI 1: being scoped or planned.
        Pipeline = "PIPELINE",
        /// IATI 2: under way.
        Implementation = "IMPLEMENTATION",
        /// IATI 3: work is done, accounts are open.
        Finalisation = "FINALISATION",
        /// IATI 4: closed.
        Closed = "CLOSED",
        /// IATI 5: cancelled.
        Cancelled = "CANCELLED",
        /// IATI 6: suspended.
        Suspended = "SUSPENDED",
    }
}

/// A programme. Reached figures are reported by the implementer, never computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programme {
    /// Row key.
    pub id: Id<Programme>,
    /// IATI activity identifier, unique.
    pub identifier: String,
    /// Name.
    pub name: String,
    /// What it does.
    pub kind: ProgrammeKind,
    /// The agency that leads it.
    pub lead_id: Id<Agency>,
    /// The agency that implements it.
    pub implementer_id: Option<Id<Agency>>,
    /// IATI activity status.
    pub status: ProgrammeStatus,
    /// OECD DAC purpose code, five digits.
    pub sector: Option<String>,
    /// First day.
    pub starts_on: Option<NaiveDate>,
    /// Last day.
    pub ends_on: Option<NaiveDate>,
    /// Refugees it means to reach.
    pub refugees_target: Option<i32>,
    /// Refugees reached, as reported.
    pub refugees_reached: Option<i32>,
    /// People of the host community it means to reach.
    pub host_community_target: Option<i32>,
    /// People of the host community reached, as reported.
    pub host_community_reached: Option<i32>,
    /// The agency that leads it from a day on, since a handover is accepted.
    pub next_lead_id: Option<Id<Agency>>,
    /// That day.
    pub next_lead_from: Option<NaiveDate>,
}

impl Programme {
    /// The agency that leads it on a day.
    pub fn lead_on(&self, day: NaiveDate) -> Id<Agency> {
        self.next_lead(day).unwrap_or(self.lead_id)
    }

    /// The agency that implements it on a day: who implements what it leads hands that over too.
    pub fn implementer_on(&self, day: NaiveDate) -> Option<Id<Agency>> {
        let next = self.next_lead(day).filter(|_| self.implementer_id == Some(self.lead_id));
        next.or(self.implementer_id)
    }

    fn next_lead(&self, day: NaiveDate) -> Option<Id<Agency>> {
        self.next_lead_id.filter(|_| self.next_lead_from.is_some_and(|from| from <= day))
    }
}

impl Noun for Programme {
    const NAME: &'static str = "Programme";
}
