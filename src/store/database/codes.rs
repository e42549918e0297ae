//! How the domain's codes are read from text columns.

use crate::domain::Vocabulary;
use crate::domain::agreement::AgreementStatus;
use crate::domain::category::DataCategory;
use crate::domain::circuit_ride::CircuitRideStatus;
use crate::domain::client::Role;
use crate::domain::consent::ConsentDecision;
use crate::domain::country::CountryCode;
use crate::domain::demarche::{DemarcheAnswer, DemarcheAskKind, DemarcheDecision};
use crate::domain::emergency::{EmergencyAction, EmergencyOutcome, EmergencyQuestion};
use crate::domain::emergency_access::EmergencyReason;
use crate::domain::grants::Grants;
use crate::domain::grants::Level;
use crate::domain::handover::HandoverDecision;
use crate::domain::housing::Dwelling;
use crate::domain::iati_report::{BudgetKind, BudgetStatus, OrganisationRole, TransactionKind};
use crate::domain::incident::{IncidentActor, IncidentKind, Verification};
use crate::domain::individual::{AgeBand, LegalStatus, RecordClosure, Sex};
use crate::domain::language::LanguageCode;
use crate::domain::nomination::InterviewOutcome;
use crate::domain::place_service::PlaceServiceKind;
use crate::domain::population_figure::{Certainty, PopulationType};
use crate::domain::programme::{ProgrammeKind, ProgrammeStatus};
use crate::domain::programme_result::{Participants, ResultMeasure};
use crate::domain::purpose::Purpose;
use crate::domain::relocation_plan::{RelocationOutcome, RelocationSide};
use crate::domain::solution::{
    IntegrationForm, SolutionKind, SolutionStage, SplitReason, SubmissionCategory, SubmissionPriority,
};
use crate::domain::specific_need::NeedCode;
use crate::domain::training_session::TrainingTopic;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, Queryable};
use diesel::sql_types::{BigInt, Text};

macro_rules! text_codes {
    ($($type:ty),+ $(,)?) => {$(
        impl<DB: Backend> FromSql<Text, DB> for $type
        where
            String: FromSql<Text, DB>,
        {
            fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
                Ok(String::from_sql(bytes)?.parse()?)
            }
        }

        impl<DB: Backend> Queryable<Text, DB> for $type
        where
            Self: FromSql<Text, DB>,
        {
            type Row = Self;

            fn build(row: Self) -> deserialize::Result<Self> {
                Ok(row)
            }
        }
    )+};
}

text_codes!(
    AgeBand,
    AgreementStatus,
    BudgetKind,
    BudgetStatus,
    Certainty,
    CircuitRideStatus,
    ConsentDecision,
    CountryCode,
    DataCategory,
    DemarcheAnswer,
    DemarcheAskKind,
    DemarcheDecision,
    Dwelling,
    EmergencyAction,
    EmergencyOutcome,
    EmergencyQuestion,
    EmergencyReason,
    HandoverDecision,
    IncidentActor,
    IncidentKind,
    IntegrationForm,
    InterviewOutcome,
    LanguageCode,
    LegalStatus,
    Level,
    NeedCode,
    OrganisationRole,
    Participants,
    PlaceServiceKind,
    PopulationType,
    ProgrammeKind,
    ProgrammeStatus,
    Purpose,
    RecordClosure,
    RelocationOutcome,
    RelocationSide,
    ResultMeasure,
    Role,
    Sex,
    SolutionKind,
    SolutionStage,
    SplitReason,
    SubmissionCategory,
    SubmissionPriority,
    TrainingTopic,
    TransactionKind,
    Verification,
);

impl<DB: Backend> FromSql<BigInt, DB> for Grants
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self::from_bits(i64::from_sql(bytes)?))
    }
}

impl<DB: Backend> Queryable<BigInt, DB> for Grants
where
    Self: FromSql<BigInt, DB>,
{
    type Row = Self;

    fn build(row: Self) -> deserialize::Result<Self> {
        Ok(row)
    }
}

/// The codes of values, to compare a text column with.
pub fn codes<V: Vocabulary>(values: &[V]) -> Vec<&'static str> {
    values.iter().map(|value| value.code()).collect()
}
