//! What is added to selections that may come out empty.

use super::text_limits::MAX_NAME;
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, Pos, Positioned};
use std::sync::LazyLock;

/// The name of what is added to selections that may come out empty. It is longer than any that a client can give.
pub static MARK: LazyLock<Name> = LazyLock::new(|| Name::new("_".repeat(MAX_NAME + 1)));

/// Adds the type's name to selections that may come out empty: the executor gives null for an object of which nothing is
/// selected, and null means hidden.
pub fn mark(document: &mut ExecutableDocument) {
    let operations = match &mut document.operations {
        async_graphql::parser::types::DocumentOperations::Single(operation) => vec![operation],
        async_graphql::parser::types::DocumentOperations::Multiple(operations) => operations.values_mut().collect(),
    };
    operations.into_iter().for_each(|operation| mark_selection(&mut operation.node.selection_set.node));
    document.fragments.values_mut().for_each(|fragment| mark_below(&mut fragment.node.selection_set.node));
}

fn mark_selection(set: &mut SelectionSet) {
    mark_below(set);
    let always = |selection: &Positioned<Selection>| match &selection.node {
        Selection::Field(field) => field.node.directives.is_empty(),
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => false,
    };
    if !set.items.is_empty() && !set.items.iter().any(always) {
        let field = Field {
            alias: Some(Positioned::new(MARK.clone(), Pos::default())),
            name: Positioned::new(Name::new("__typename"), Pos::default()),
            arguments: Vec::new(),
            directives: Vec::new(),
            selection_set: Positioned::default(),
        };
        set.items.push(Positioned::new(Selection::Field(Positioned::new(field, Pos::default())), Pos::default()));
    }
}

fn mark_below(set: &mut SelectionSet) {
    for selection in &mut set.items {
        match &mut selection.node {
            Selection::Field(field) => mark_selection(&mut field.node.selection_set.node),
            Selection::InlineFragment(fragment) => mark_below(&mut fragment.node.selection_set.node),
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// Whether a field is what [`mark`] added: no limit counts it, and no answer shows it.
pub fn is_mark(field: &Field) -> bool {
    field.alias.as_ref().is_some_and(|alias| alias.node == *MARK)
}
