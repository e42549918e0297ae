//! What an answer holds if a root field failed (GraphQL specification, section 6.4.4): the executor leaves the field out.
//!
//! Fields below the root fail only with the whole request.

use async_graphql::parser::types::{ServiceDocument, TypeKind, TypeSystemDefinition};
use async_graphql::{Name, PathSegment, ServerError, Value};
use std::collections::HashSet;

/// The root fields that may be null.
#[derive(Clone)]
pub struct NullableRoots(HashSet<String>);

impl NullableRoots {
    /// The root fields of a schema that may be null.
    pub fn new(schema: &ServiceDocument) -> Self {
        let queries = schema.definitions.iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(of) if of.node.name.node == "Query" || of.node.name.node == "Mutation" => {
                Some(&of.node.kind)
            }
            _ => None,
        });
        let fields = queries.flat_map(|kind| match kind {
            TypeKind::Object(object) => object.fields.as_slice(),
            _ => &[],
        });
        let nullable = fields.filter(|field| field.node.ty.node.nullable);
        Self(nullable.map(|field| field.node.name.node.to_string()).collect())
    }

    /// Puts null if a root field failed, or in place of all data if the field may not be null. `field_of` gives
    /// the field of a response key.
    pub fn complete<'d>(&self, data: &mut Value, errors: &[ServerError], field_of: impl Fn(&str) -> Option<&'d str>) {
        for error in errors {
            let [PathSegment::Field(key)] = error.path.as_slice() else { continue };
            match (field_of(key), &mut *data) {
                (Some(field), Value::Object(fields)) if self.0.contains(field) => {
                    fields.entry(Name::new(key)).or_insert(Value::Null);
                }
                _ => *data = Value::Null,
            }
        }
    }
}
