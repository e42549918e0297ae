//! The order of an answer's fields: the selection's, whichever was resolved first (GraphQL specification, section 7.2.2).

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};
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

fn order_by(document: &ExecutableDocument, keys: &Keys<'_>, value: &mut Value) {
    let Value::Object(fields) = value else { return };
    fields.sort_by_cached_key(|name: &Name, _| keys.get_index_of(name.as_str()));
    for (name, field) in fields.iter_mut() {
        if let Some(below) = keys.get(name.as_str()) {
            order(document, below, field);
        }
    }
}

fn keys<'d>(document: &'d ExecutableDocument, selections: &[&'d SelectionSet]) -> Keys<'d> {
    let mut keys = Keys::new();
    selections.iter().for_each(|set| collect(document, set, &mut keys));
    keys
}

fn collect<'d>(document: &'d ExecutableDocument, set: &'d SelectionSet, keys: &mut Keys<'d>) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => {
                let key = field.node.response_key().node.as_str();
                keys.entry(key).or_default().push(&field.node.selection_set.node);
            }
            Selection::InlineFragment(fragment) => collect(document, &fragment.node.selection_set.node, keys),
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    collect(document, &fragment.node.selection_set.node, keys);
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
