//! Values in documents: what the validator leaves out of the specification's rules. A field of an input object is given once
//! (section 5.6.3), and a variable fits where it stands, within an input object too (section 5.8.5).

use super::errors::Code;
use apollo_compiler::ast::{Type, Value};
use apollo_compiler::executable::{Selection, SelectionSet, VariableDefinition};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Node, Schema};
use async_graphql::{Pos, ServerError};
use std::collections::HashSet;

/// What is wrong with the values of a document that passed the validator.
pub fn faults(schema: &Valid<Schema>, document: &ExecutableDocument) -> Vec<ServerError> {
    let mut walk = Walk { schema, document, variables: Vec::new(), faults: Vec::new() };
    for operation in document.operations.iter() {
        walk.variables = operation.variables.iter().collect();
        for definition in &operation.variables {
            if let Some(default) = &definition.default_value {
                walk.value(default, &definition.ty, false);
            }
        }
        walk.selection(&operation.selection_set);
    }
    // A fragment's variables are those of whichever operation spreads it: each of that name is to fit.
    walk.variables = document.operations.iter().flat_map(|operation| &operation.variables).collect();
    document.fragments.values().for_each(|fragment| walk.selection(&fragment.selection_set));
    walk.faults
}

struct Walk<'d> {
    schema: &'d Valid<Schema>,
    document: &'d ExecutableDocument,
    variables: Vec<&'d Node<VariableDefinition>>,
    faults: Vec<ServerError>,
}

impl<'d> Walk<'d> {
    fn selection(&mut self, set: &'d SelectionSet) {
        for selection in &set.selections {
            match selection {
                Selection::Field(field) => {
                    for argument in &field.arguments {
                        if let Some(definition) = field.definition.argument_by_name(&argument.name) {
                            self.value(&argument.value, &definition.ty, definition.default_value.is_some());
                        }
                    }
                    self.selection(&field.selection_set);
                }
                Selection::InlineFragment(fragment) => self.selection(&fragment.selection_set),
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    fn value(&mut self, value: &'d Node<Value>, of: &Type, has_default: bool) {
        match value.as_ref() {
            Value::Variable(name) => {
                let unfit = |definition: &&&Node<VariableDefinition>| {
                    definition.name == *name && !fits(definition, of, has_default)
                };
                if let Some(definition) = self.variables.iter().find(unfit) {
                    let message = format!(
                        "variable `${name}` of type `{}` cannot be used where `{of}` is expected",
                        definition.ty
                    );
                    self.fault(value, message);
                }
            }
            Value::List(items) => {
                let item = if of.is_list() { of.item_type() } else { of };
                items.iter().for_each(|value| self.value(value, item, false));
            }
            Value::Object(fields) => {
                let mut seen = HashSet::new();
                for (name, value) in fields {
                    if !seen.insert(name) {
                        self.fault(value, format!("the field `{name}` is given more than once"));
                    }
                    let schema = self.schema;
                    let object = schema.get_input_object(of.inner_named_type());
                    if let Some(field) = object.and_then(|object| object.fields.get(name)) {
                        self.value(value, &field.ty, field.default_value.is_some());
                    }
                }
            }
            _ => {}
        }
    }

    fn fault(&mut self, value: &Node<Value>, message: String) {
        let place = value.location().and_then(|location| location.line_column(&self.document.sources));
        let error = Code::Validation.error(message).into_server_error(Pos::default());
        let locations = place.map(|place| Pos { line: place.line, column: place.column }).into_iter().collect();
        self.faults.push(ServerError { locations, ..error });
    }
}

/// Whether a variable may stand where a type is expected.
fn fits(variable: &VariableDefinition, of: &Type, has_default: bool) -> bool {
    let has_value = variable.default_value.as_ref().is_some_and(|default| !default.is_null());
    match of.is_non_null() && !variable.ty.is_non_null() && (has_value || has_default) {
        true => variable.ty.is_assignable_to(&of.clone().nullable()),
        false => variable.ty.is_assignable_to(of),
    }
}
