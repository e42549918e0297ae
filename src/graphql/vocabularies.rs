//! The domain's vocabularies as GraphQL enums, and its codes as scalars.

use crate::domain::Vocabulary;
use crate::domain::agreement::{AgreementStatus, Level};
use crate::domain::category::DataCategory;
use crate::domain::client::Role;
use crate::domain::country::CountryCode;
use crate::domain::incident::IncidentKind;
use crate::domain::individual::{AgeBand, LegalStatus, Sex};
use crate::domain::population_figure::PopulationType;
use crate::domain::programme::{ProgrammeKind, ProgrammeStatus};
use crate::domain::purpose::Purpose;
use crate::domain::solution::{IntegrationForm, SolutionKind, SolutionStage};
use crate::policy::RedactionReason;
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::Field;
use async_graphql::registry::{Deprecation, MetaEnumValue, MetaType, MetaTypeId, Registry};
use async_graphql::{
    ContextSelectionSet, InputType, InputValueError, InputValueResult, Name, OutputType, Positioned, Scalar,
    ScalarType, ServerResult, TypeDirective, Value,
};
use chrono::NaiveDate;
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
    DataCategory,
    IncidentKind,
    IntegrationForm,
    LegalStatus,
    Level,
    PopulationType,
    ProgrammeKind,
    ProgrammeStatus,
    Purpose,
    RedactionReason,
    Role,
    Sex,
    SolutionKind,
    SolutionStage,
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

/// A country: an ISO 3166-1 alpha-3 code such as `AFG`, or UNHCR's `XXA` (stateless), `UNK` (unknown), `TIB`.
#[Scalar(name = "CountryCode")]
impl ScalarType for CountryCode {
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(code) => code.parse().map_err(InputValueError::custom),
            other => Err(InputValueError::expected_type(other)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.to_string())
    }
}

/// A calendar date, `YYYY-MM-DD` (ISO 8601).
#[derive(Debug, Clone, Copy)]
pub struct Date(pub NaiveDate);

/// A calendar date, `YYYY-MM-DD` (ISO 8601).
#[Scalar(name = "Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let well_formed = text.len() == 10;
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| well_formed);
        date.map(Self).ok_or_else(|| InputValueError::custom("not a date: expected YYYY-MM-DD, such as 2003-05-31"))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.format("%Y-%m-%d").to_string())
    }
}

/// The data category that an agreement must grant for the field to be revealed.
#[TypeDirective(location = "FieldDefinition")]
pub fn category(of: DataCategory) {}
