//! Requests, as they are asked and as they are once their document is read.

use super::document::Document;
use super::errors::Code;
use super::size::Cost;
use crate::store::Store;
use async_graphql::parser::types::{
    ExecutableDocument, OperationDefinition, OperationType, SelectionSet, VariableDefinition,
};
use async_graphql::{Error, Name, Value, Variables};
use std::sync::Arc;

/// What a client asks: a document, the operation to run of it, and values for its variables.
#[derive(Debug, Hash)]
pub struct Request {
    /// The GraphQL document.
    pub query: String,
    /// The operation to run, if the document has several.
    pub operation_name: Option<String>,
    /// Values of variables.
    pub variables: Option<serde_json::Map<String, serde_json::Value>>,
}

/// How many values an answer may have, objects and lists' entries too, and all answers together that are made for a client.
pub const MAX_VALUES: usize = 80_000;

/// A request of more values is large.
pub const MANY_VALUES: usize = 20_000;

/// How many values the answer to a change may have: others wait until it is made.
pub(super) const MAX_VALUES_OF_CHANGES: usize = 5_000;

/// A request whose document is parsed and within the limits.
pub struct Prepared {
    pub(in crate::graphql) document: Arc<Document>,
    pub(in crate::graphql) operation_name: Option<String>,
    pub(in crate::graphql) variables: Variables,
    pub(in crate::graphql) cost: Cost,
}

impl Prepared {
    /// Every variable that must have a value has one.
    pub(in crate::graphql) fn check_variables(&self) -> Result<(), Error> {
        let definitions = self.operation().into_iter().flat_map(|operation| &operation.variable_definitions);
        for definition in definitions.map(|definition| &definition.node) {
            let name = &definition.name.node;
            let required = !definition.var_type.node.nullable && definition.default_value.is_none();
            if required && self.variables.get(name).is_none_or(|value| *value == Value::Null) {
                return Err(Code::BadInput.at(&format!("variables.{name}"), "a value is required"));
            }
        }
        Ok(())
    }

    /// Whether it may take much memory.
    pub fn is_large(&self) -> bool {
        self.cost.is_large()
    }

    /// How many values its answer may have.
    pub(in crate::graphql) fn max_values(&self) -> usize {
        if self.is_mutation() { MAX_VALUES_OF_CHANGES } else { MAX_VALUES }
    }

    /// The fingerprint of its document, as the audit has it.
    pub fn fingerprint(&self, store: &Store) -> String {
        store.fingerprints().of(&self.document.text)
    }

    /// What it may cost over so many people, in milliseconds of work, about.
    pub fn cost(&self, people: i64) -> i64 {
        self.cost.milliseconds(people)
    }

    /// The selection of the operation to run.
    pub(in crate::graphql) fn selection(&self) -> Option<&SelectionSet> {
        self.operation().map(|operation| &operation.selection_set.node)
    }

    pub(in crate::graphql) fn operation(&self) -> Option<&OperationDefinition> {
        operation(&self.document.parsed, self.operation_name.as_deref())
    }

    /// Whether the operation to run changes something.
    pub fn is_mutation(&self) -> bool {
        self.operation().is_some_and(|operation| operation.ty == OperationType::Mutation)
    }

    /// Whether the operation to run is a query; if the request does not tell, every operation must be.
    pub fn is_query(&self) -> bool {
        let name = self.operation_name.as_deref();
        let chosen = |of: Option<&str>| name.is_none() || of == name;
        let mut operations = self.document.parsed.operations.iter();
        operations.all(|(of, operation)| !chosen(of.map(|of| of.as_str())) || operation.node.ty == OperationType::Query)
    }
}

/// The operation with a name, or the only one.
pub fn operation<'d>(document: &'d ExecutableDocument, name: Option<&str>) -> Option<&'d OperationDefinition> {
    let named = |(known, _): &(Option<&Name>, _)| name.is_none() || known.map(Name::as_str) == name;
    document.operations.iter().find(named).map(|(_, operation)| &operation.node)
}

/// Gives variables without a value their defaults: the library forgets these in `@skip` and `@include`.
pub fn fill_in_defaults(variables: &mut Variables, operation: Option<&OperationDefinition>) {
    for definition in operation.into_iter().flat_map(|operation| &operation.variable_definitions) {
        let VariableDefinition { name, default_value, .. } = &definition.node;
        if let Some(default) = default_value {
            variables.entry(name.node.clone()).or_insert_with(|| default.node.clone());
        }
    }
}
