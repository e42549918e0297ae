//! The order of an answer's fields: the selection's, whichever was resolved first (GraphQL specification, section 7.2.2).

use super::marks::MARK;
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, Value};

/// A selection's response keys in order, each with the selections below it.
type Keys<'d> = IndexMap<&'d str, Vec<&'d SelectionSet>>;

/// Puts the fields of an answer into the order in which the selections name them.
pub fn order(document: &ExecutableDocument, selections: &[&SelectionSet], value: &mut Value) {
    match value {
        Value::List(items) => {
            let keys = keys(document, selections);
            items.iter_mut().for_each(|item| order_by(document, &keys, item));
        }
        other => order_by(document, &keys(document, selections), other),
    }
}

/// The fields of a selection's response keys.
pub fn fields<'d>(document: &'d ExecutableDocument, selection: &'d SelectionSet) -> IndexMap<&'d str, &'d str> {
    let mut fields = IndexMap::new();
    each_field(document, selection, &mut |field| {
        fields.entry(field.response_key().node.as_str()).or_insert(field.name.node.as_str());
    });
    fields
}

fn order_by(document: &ExecutableDocument, keys: &Keys<'_>, value: &mut Value) {
    let Value::Object(fields) = value else { return };
    if keys.contains_key(MARK.as_str()) {
        fields.shift_remove(&*MARK);
    }
    fields.sort_by_cached_key(|name: &Name, _| keys.get_index_of(name.as_str()));
    for (name, field) in fields.iter_mut() {
        if let Some(below) = keys.get(name.as_str()) {
            order(document, below, field);
        }
    }
}

fn keys<'d>(document: &'d ExecutableDocument, selections: &[&'d SelectionSet]) -> Keys<'d> {
    let mut keys = Keys::new();
    for set in selections {
        each_field(document, set, &mut |field| {
            keys.entry(field.response_key().node.as_str()).or_default().push(&field.selection_set.node);
        });
    }
    keys
}

/// Visits a selection's fields, those of its fragments at their place.
fn each_field<'d>(document: &'d ExecutableDocument, set: &'d SelectionSet, visit: &mut impl FnMut(&'d Field)) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => visit(&field.node),
            Selection::InlineFragment(fragment) => each_field(document, &fragment.node.selection_set.node, visit),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    each_field(document, &fragment.node.selection_set.node, visit);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_follow_the_selection_through_lists_fragments_and_aliases() {
        let document =
            async_graphql::parser::parse_query("{ b: x { ...f c } a } fragment f on X { e d }").expect("a document");
        let operation = document.operations.iter().next().expect("an operation").1;
        let unordered = r#"{"a":1,"b":[{"c":1,"d":2,"e":3},{"d":1,"e":2,"c":3}]}"#;
        let mut value = Value::from_json(serde_json::from_str(unordered).expect("JSON")).expect("a value");
        order(&document, &[&operation.node.selection_set.node], &mut value);
        let ordered = serde_json::to_string(&value).expect("JSON");
        assert_eq!(ordered, r#"{"b":[{"e":3,"d":2,"c":1},{"e":2,"d":1,"c":3}],"a":1}"#);
    }
}
