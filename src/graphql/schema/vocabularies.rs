//! The domain's vocabularies as GraphQL enums, and the directive that names a category.

use crate::domain::Vocabulary;
use crate::domain::agreement::AgreementStatus;
use crate::domain::audit::{AuditEvent, AuditOutcome};
use crate::domain::category::DataCategory;
use crate::domain::circuit_ride::CircuitRideStatus;
use crate::domain::client::Role;
use crate::domain::consent::ConsentDecision;
use crate::domain::demarche::{DemarcheAnswer, DemarcheAskKind, DemarcheDecision, DemarcheStatus};
use crate::domain::emergency::{EmergencyAction, EmergencyOutcome, EmergencyQuestion, EmergencyStatus};
use crate::domain::emergency_access::EmergencyReason;
use crate::domain::grants::Level;
use crate::domain::handover::{HandoverDecision, HandoverExceptionReason};
use crate::domain::housing::Dwelling;
use crate::domain::iati_report::{BudgetKind, BudgetStatus, OrganisationRole, TransactionKind};
use crate::domain::incident::{IncidentActor, IncidentKind, Verification};
use crate::domain::individual::{AgeBand, LegalStatus, RecordClosure, Sex};
use crate::domain::nomination::InterviewOutcome;
use crate::domain::place_service::PlaceServiceKind;
use crate::domain::population_figure::{Certainty, PopulationType};
use crate::domain::programme::{ProgrammeKind, ProgrammeStatus};
use crate::domain::programme_result::{Participants, ResultMeasure};
use crate::domain::purpose::Purpose;
use crate::domain::relocation_plan::RelocationOutcome;
use crate::domain::situation::SituationMovement;
use crate::domain::solution::{
    IntegrationForm, SolutionKind, SolutionStage, SplitReason, SubmissionCategory, SubmissionPriority,
};
use crate::domain::statistics::StatisticsDimension;
use crate::domain::stipend::StipendCondition;
use crate::domain::training_session::TrainingTopic;
use crate::policy::RedactionReason;
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::Field;
use async_graphql::registry::{Deprecation, MetaEnumValue, MetaType, MetaTypeId, Registry};
use async_graphql::{
    ContextSelectionSet, InputType, InputValueError, InputValueResult, Name, OutputType, Positioned, ServerResult,
    TypeDirective, Value,
};
use std::borrow::Cow;

macro_rules! graphql_enums {
    ($($name:ident),+ $(,)?) => {$(
        impl InputType for $name {
            type RawValueType = Self;

            fn type_name() -> Cow<'static, str> {
                Cow::Borrowed(<Self as Vocabulary>::NAME)
            }

            fn create_type_info(registry: &mut Registry) -> String {
                registry.create_input_type::<Self, _>(MetaTypeId::Enum, |_| meta_enum::<Self>())
            }

            fn parse(value: Option<Value>) -> InputValueResult<Self> {
                parse_code(value)
            }

            fn to_value(&self) -> Value {
                Value::Enum(Name::new(self.code()))
            }

            fn as_raw_value(&self) -> Option<&Self> {
                Some(self)
            }
        }

        impl OutputType for $name {
            fn type_name() -> Cow<'static, str> {
                Cow::Borrowed(<Self as Vocabulary>::NAME)
            }

            fn create_type_info(registry: &mut Registry) -> String {
                registry.create_output_type::<Self, _>(MetaTypeId::Enum, |_| meta_enum::<Self>())
            }

            async fn resolve(&self, _: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
                Ok(Value::Enum(Name::new(self.code())))
            }
        }
    )+};
}

graphql_enums!(
    AgeBand,
    AgreementStatus,
    AuditEvent,
    AuditOutcome,
    BudgetKind,
    BudgetStatus,
    Certainty,
    CircuitRideStatus,
    ConsentDecision,
    DataCategory,
    DemarcheAnswer,
    DemarcheAskKind,
    DemarcheDecision,
    DemarcheStatus,
    Dwelling,
    EmergencyAction,
    EmergencyOutcome,
    EmergencyQuestion,
    EmergencyReason,
    EmergencyStatus,
    HandoverDecision,
    HandoverExceptionReason,
    IncidentActor,
    IncidentKind,
    IntegrationForm,
    InterviewOutcome,
    LegalStatus,
    Level,
    OrganisationRole,
    Participants,
    PlaceServiceKind,
    PopulationType,
    ProgrammeKind,
    ProgrammeStatus,
    Purpose,
    RecordClosure,
    RedactionReason,
    RelocationOutcome,
    ResultMeasure,
    Role,
    Sex,
    SituationMovement,
    SolutionKind,
    SolutionStage,
    SplitReason,
    StatisticsDimension,
    StipendCondition,
    SubmissionCategory,
    SubmissionPriority,
    TrainingTopic,
    TransactionKind,
    Verification,
);

fn parse_code<V: Vocabulary + InputType>(value: Option<Value>) -> InputValueResult<V> {
    match value.unwrap_or_default() {
        Value::Enum(name) => <V as Vocabulary>::parse(&name).map_err(InputValueError::custom),
        Value::String(name) => <V as Vocabulary>::parse(&name).map_err(InputValueError::custom),
        other => Err(InputValueError::expected_type(other)),
    }
}

fn meta_enum<V: Vocabulary>() -> MetaType {
    let value = |value: &V| {
        let meaning = MetaEnumValue {
            name: value.code().to_owned(),
            description: Some(value.meaning().to_owned()),
            deprecation: Deprecation::NoDeprecated,
            visible: None,
            inaccessible: false,
            tags: Vec::new(),
            directive_invocations: Vec::new(),
        };
        (value.code().to_owned(), meaning)
    };
    MetaType::Enum {
        name: V::NAME.to_owned(),
        description: Some(V::DESCRIPTION.to_owned()),
        enum_values: V::ALL.iter().map(value).collect::<IndexMap<_, _>>(),
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: Some(std::any::type_name::<V>()),
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

/// What a client must be to be answered: it has one of these roles, and states this purpose, if one is named.
#[TypeDirective(location = "FieldDefinition")]
pub fn requires(role: Vec<Role>, purpose: Option<Purpose>) {}

/// The data category that an agreement must grant for the field to be revealed.
#[TypeDirective(location = "FieldDefinition")]
pub fn category(of: DataCategory) {}
