//! A piece of the demo's caseload: people, and all that hangs on them.

use crate::domain::assistance::Assistance;
use crate::domain::case::Case;
use crate::domain::consent::Consent;
use crate::domain::emergency::{Emergency, EmergencyFact, EmergencyStep};
use crate::domain::enrolment::Enrolment;
use crate::domain::housing::Housing;
use crate::domain::incident::Incident;
use crate::domain::incident_account::IncidentAccount;
use crate::domain::incident_pattern::IncidentPattern;
use crate::domain::individual::Individual;
use crate::domain::interview::Interview;
use crate::domain::loan::{Loan, Repayment};
use crate::domain::nomination::Nomination;
use crate::domain::school_year::SchoolYear;
use crate::domain::solution::Solution;
use crate::domain::specific_need::SpecificNeed;
use crate::store::StoreError;
use crate::store::bulk::insert;
use crate::store::database::connection::AnyConnection;

/// People and all that hangs on them.
#[derive(Debug, Default, PartialEq)]
pub struct Batch {
    pub(super) cases: Vec<Case>,
    pub(super) individuals: Vec<Individual>,
    pub(super) needs: Vec<SpecificNeed>,
    pub(super) solutions: Vec<Solution>,
    pub(super) interviews: Vec<Interview>,
    pub(super) nominations: Vec<Nomination>,
    pub(super) enrolments: Vec<Enrolment>,
    pub(super) assistance: Vec<Assistance>,
    pub(super) loans: Vec<Loan>,
    pub(super) repayments: Vec<Repayment>,
    pub(super) housing: Vec<Housing>,
    pub(super) school_years: Vec<SchoolYear>,
    pub(super) incident_patterns: Vec<IncidentPattern>,
    pub(super) incidents: Vec<Incident>,
    pub(super) incident_accounts: Vec<IncidentAccount>,
    pub(super) emergencies: Vec<Emergency>,
    pub(super) emergency_facts: Vec<EmergencyFact>,
    pub(super) emergency_steps: Vec<EmergencyStep>,
    pub(super) consents: Vec<(Consent, bool)>,
}

impl Batch {
    /// Inserts the batch.
    ///
    /// # Errors
    /// If the database fails.
    pub fn insert(&self, connection: &mut AnyConnection) -> Result<(), StoreError> {
        insert::cases(connection, &self.cases)?;
        insert::individuals(connection, &self.individuals)?;
        insert::specific_needs(connection, &self.needs)?;
        insert::solutions(connection, &self.solutions)?;
        insert::interviews(connection, &self.interviews)?;
        insert::nominations(connection, &self.nominations)?;
        insert::enrolments(connection, &self.enrolments)?;
        insert::assistance(connection, &self.assistance)?;
        insert::loans(connection, &self.loans)?;
        insert::repayments(connection, &self.repayments)?;
        insert::housing(connection, &self.housing)?;
        insert::school_years(connection, &self.school_years)?;
        insert::incident_patterns(connection, &self.incident_patterns)?;
        insert::incidents(connection, &self.incidents)?;
        insert::incident_accounts(connection, &self.incident_accounts)?;
        insert::emergencies(connection, &self.emergencies)?;
        insert::emergency_facts(connection, &self.emergency_facts)?;
        insert::emergency_steps(connection, &self.emergency_steps)?;
        insert::consents(connection, &self.consents)
    }
}
