//! Which data categories a document selects, by the `@category` of each field in the schema.

use crate::domain::category::DataCategory;
use async_graphql::Value;
use async_graphql::parser::types::{
    BaseType, ExecutableDocument, FieldDefinition, Selection, SelectionSet, ServiceDocument, Type, TypeKind,
    TypeSystemDefinition,
};
use std::collections::{BTreeSet, HashMap};

/// The types of a schema: for each field its own type, and the category that it belongs to.
#[derive(Clone, Default)]
pub struct Selected {
    types: HashMap<String, HashMap<String, (String, Option<DataCategory>)>>,
}

impl Selected {
    /// The types of a schema.
    pub fn new(schema: &ServiceDocument) -> Self {
        let mut types = HashMap::new();
        for definition in &schema.definitions {
            let TypeSystemDefinition::Type(of) = definition else { continue };
            let fields = match &of.node.kind {
                TypeKind::Object(object) => &object.fields,
                TypeKind::Interface(interface) => &interface.fields,
                _ => continue,
            };
            let named =
                |field: &FieldDefinition| (field.name.node.to_string(), (named(&field.ty.node), category(field)));
            types.insert(of.node.name.node.to_string(), fields.iter().map(|field| named(&field.node)).collect());
        }
        Self { types }
    }

    /// The categories that a selection on a root type selects, with its fragments. What does not fit the schema selects
    /// nothing.
    pub fn categories(&self, document: &ExecutableDocument, root: &str, set: &SelectionSet) -> BTreeSet<DataCategory> {
        let mut found = BTreeSet::new();
        self.collect(document, root, set, &mut found);
        found
    }

    /// The fields of a type that belong to one of some categories, by name.
    pub fn fields_of(&self, of: &str, categories: &BTreeSet<DataCategory>) -> Vec<String> {
        let fields = self.types.get(of).into_iter().flatten();
        let granted =
            fields.filter(|(_, (_, category))| category.is_some_and(|category| categories.contains(&category)));
        let mut names: Vec<String> = granted.map(|(name, _)| name.clone()).collect();
        names.sort();
        names
    }

    fn collect(&self, document: &ExecutableDocument, on: &str, set: &SelectionSet, found: &mut BTreeSet<DataCategory>) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let known = self.types.get(on).and_then(|fields| fields.get(field.node.name.node.as_str()));
                    if let Some((of, category)) = known {
                        found.extend(*category);
                        self.collect(document, of, &field.node.selection_set.node, found);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let on = condition.map_or(on, |condition| condition.node.on.node.as_str());
                    self.collect(document, on, &fragment.node.selection_set.node, found);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                        let on = fragment.node.type_condition.node.on.node.as_str();
                        self.collect(document, on, &fragment.node.selection_set.node, found);
                    }
                }
            }
        }
    }
}

fn named(of: &Type) -> String {
    match &of.base {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(item) => named(item),
    }
}

fn category(field: &FieldDefinition) -> Option<DataCategory> {
    let directive = field.directives.iter().find(|directive| directive.node.name.node == "category")?;
    match directive.node.get_argument("of").map(|argument| argument.node.clone())? {
        Value::Enum(code) => code.parse().ok(),
        _ => None,
    }
}
