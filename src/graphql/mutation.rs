//! The root of what may be changed: each noun brings its own.

use super::agreement::changes::AgreementMutations;
use super::circuit_ride::changes::CircuitRideMutations;
use super::consent::ConsentMutations;
use super::demarche::changes::DemarcheMutations;
use super::demarche::follow_ups::DemarcheFollowUpMutations;
use super::emergency::changes::EmergencyMutations;
use super::emergency_access::changes::EmergencyAccessMutations;
use super::enrolment::EnrolmentMutations;
use super::handover::changes::HandoverMutations;
use super::housing::changes::HousingMutations;
use super::incident::changes::IncidentMutations;
use super::incident_account::IncidentAccountMutations;
use super::incident_pattern::changes::IncidentPatternMutations;
use super::individual::changes::IndividualMutations;
use super::interview::changes::InterviewMutations;
use super::loan::changes::LoanMutations;
use super::nomination::changes::NominationMutations;
use super::place_service::changes::PlaceServiceMutations;
use super::programme_result::changes::ProgrammeResultMutations;
use super::relocation_plan::changes::RelocationPlanMutations;
use super::school_year::changes::SchoolYearMutations;
use super::solution::SolutionMutations;
use super::stipend::StipendMutations;
use super::training_session::changes::TrainingSessionMutations;
use async_graphql::MergedObject;

/// What may be changed. A field with userErrors changes nothing; the others of the request are kept together, with its
/// audit entry, and take effect on the next request. A request with an error keeps nothing.
#[derive(MergedObject, Default)]
pub struct Mutation(
    AgreementMutations,
    CircuitRideMutations,
    ConsentMutations,
    DemarcheMutations,
    DemarcheFollowUpMutations,
    EmergencyMutations,
    EmergencyAccessMutations,
    EnrolmentMutations,
    HandoverMutations,
    HousingMutations,
    IncidentMutations,
    IncidentAccountMutations,
    IncidentPatternMutations,
    IndividualMutations,
    InterviewMutations,
    LoanMutations,
    NominationMutations,
    PlaceServiceMutations,
    ProgrammeResultMutations,
    RelocationPlanMutations,
    SchoolYearMutations,
    SolutionMutations,
    StipendMutations,
    TrainingSessionMutations,
);
