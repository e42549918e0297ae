//! What one request may ask for, held before it is executed.

use super::answer::MAX_BYTES;
use super::errors::Code;
use super::measure::{MAX_TYPENAMES, Measure};
use super::prepared::{MANY_VALUES, MAX_VALUES, MAX_VALUES_OF_CHANGES};
use super::size::{Cost, MAX_GIVEN, Size};
use super::text_limits;
use crate::store::database::page::MAX_ROWS;
use async_graphql::parser::types::{ExecutableDocument, OperationType};
use async_graphql::{Pos, ServerError, SimpleObject, Variables};
use std::collections::HashMap;

const MAX_FIELDS: u64 = 2_000;
const MAX_ROOT_FIELDS: u64 = 20;
/// Whoever else changes something waits until all changes of a request are made.
const MAX_CHANGES: u64 = 3;
const MAX_ALIASES: u64 = 200;
const MAX_DIRECTIVES: u64 = 100;
const MAX_FIELD_DEPTH: u64 = 24;
const MAX_FRAGMENT_DEPTH: u64 = 24;
const MAX_CELLS: u64 = 100_000;
/// Lists of introspection within one another: a type's fields' arguments, of all types.
const MAX_INTROSPECTION_DEPTH: u64 = 3;

/// What one request may ask for at most.
#[derive(SimpleObject)]
pub struct Limits {
    /// Bytes of the document.
    document_bytes: i32,
    /// Rows of a page.
    page_rows: i32,
    /// Fields at the root.
    root_fields: i32,
    /// The same of a mutation.
    changes: i32,
    /// Fields, with fragments expanded.
    fields: i32,
    /// Aliases.
    aliases: i32,
    /// Directives.
    directives: i32,
    /// Levels of fields within one another.
    levels: i32,
    /// Cells: rows asked for, times the fields of each.
    cells: i32,
    /// Values of the answer, objects and lists' entries too; and of all answers together that are made for the client at the same time.
    values: i32,
    /// A request of more values is large: a client has one of these at a time.
    values_of_large: i32,
    /// Values of the answer to a mutation.
    values_of_changes: i32,
    /// Bytes of the arguments' values, each variable counted wherever it is used.
    argument_bytes: i32,
    /// Bytes of the answer.
    answer_bytes: i32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            document_bytes: text_limits::MAX_BYTES as i32,
            page_rows: MAX_ROWS as i32,
            root_fields: MAX_ROOT_FIELDS as i32,
            changes: MAX_CHANGES as i32,
            fields: MAX_FIELDS as i32,
            aliases: MAX_ALIASES as i32,
            directives: MAX_DIRECTIVES as i32,
            levels: MAX_FIELD_DEPTH as i32,
            cells: MAX_CELLS as i32,
            values: MAX_VALUES as i32,
            values_of_large: MANY_VALUES as i32,
            values_of_changes: MAX_VALUES_OF_CHANGES as i32,
            argument_bytes: MAX_GIVEN as i32,
            answer_bytes: MAX_BYTES as i32,
        }
    }
}

/// Holds a parsed document against the limits, for each of its operations. Gives what the one that is chosen may cost.
///
/// # Errors
/// If an operation or a fragment asks for too much, or a fragment is unknown or contains itself.
pub fn check_document(
    document: &ExecutableDocument,
    variables: &Variables,
    chosen: Option<&str>,
) -> Result<Cost, ServerError> {
    let mut cost = Cost::default();
    let mut measure = Measure { document, variables, given: HashMap::new(), fragments: HashMap::new() };
    for (name, operation) in document.operations.iter() {
        let mut size = measure.selection(&operation.node.selection_set.node)?;
        size.directives += operation.node.directives.len() as u64;
        within_limits(&size)?;
        if size.top > MAX_ROOT_FIELDS {
            return Err(Code::Limit.refuse(format!("the request asks for more than {MAX_ROOT_FIELDS} root fields")));
        }
        if operation.node.ty == OperationType::Mutation && size.top > MAX_CHANGES {
            return Err(Code::Limit.refuse(format!("the request asks for more than {MAX_CHANGES} changes")));
        }
        if chosen.is_none() || name.map(|name| name.as_str()) == chosen {
            cost = Cost::of(size);
        }
    }
    // Those that no operation spreads are validated too.
    document.fragments.keys().try_for_each(|name| within_limits(&measure.fragment(name, Pos::default())?))?;
    Ok(cost)
}

fn within_limits(size: &Size) -> Result<(), ServerError> {
    for (count, most, what) in [
        (size.fields, MAX_FIELDS, "fields, with fragments expanded"),
        (size.aliases, MAX_ALIASES, "aliases"),
        (size.directives, MAX_DIRECTIVES, "directives"),
        (size.depth, MAX_FIELD_DEPTH, "levels"),
        (size.fragments, MAX_FRAGMENT_DEPTH, "fragments within one another"),
        (size.introspection, MAX_INTROSPECTION_DEPTH, "lists of introspection within one another"),
        (size.cells, MAX_CELLS, "cells: rows asked for, times the fields of each"),
        (size.typenames, MAX_TYPENAMES, "names of the type in one selection"),
        (size.given, MAX_GIVEN, "bytes of arguments' values, each variable counted wherever it is used"),
        (
            size.bytes,
            MAX_BYTES as u64,
            "bytes of names in the answer: rows asked for, times the fields' names or aliases",
        ),
    ] {
        if count > most {
            return Err(Code::Limit.refuse(format!("the request asks for more than {most} {what}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(document: &str) -> Result<(), String> {
        let parsed = async_graphql::parser::parse_query(document).map_err(|error| error.to_string())?;
        check_document(&parsed, &Variables::default(), None).map(|_| ()).map_err(|error| error.message)
    }

    #[test]
    fn doubling_fragments_are_counted_without_being_expanded() {
        let mut document = "{ ...f0 } ".to_owned();
        for fragment in 0..30 {
            document += &format!("fragment f{fragment} on Query {{ a{{...f{0}}} b{{...f{0}}} }} ", fragment + 1);
        }
        document += "fragment f30 on Query { a }";
        assert!(check(&document).unwrap_err().contains("more than 2000 fields"));
    }

    #[test]
    fn fragments_that_contain_themselves_are_refused() {
        assert!(check("{ ...a } fragment a on Query { x { ...b } } fragment b on Query { y { ...a } }").is_err());
        assert!(check("{ ...a } fragment a on Query { ...a }").is_err());
    }

    #[test]
    fn rows_times_fields_are_bounded() {
        let fields: String = (0..1_200).map(|number| format!("f{number} ")).collect();
        assert!(check(&format!("{{ individuals(first: 100) {{ nodes {{ {fields} }} }} }}")).is_err());
        assert!(check(&format!("{{ individuals(first: 10) {{ nodes {{ {fields} }} }} }}")).is_ok());
        assert!(check("{ individuals(first: 100) { nodes { id sex case { members { id } } } } }").is_ok());
    }

    #[test]
    fn changes_are_fewer_than_questions() {
        let asks = |operation: &str, number: usize| {
            let fields: String = (0..number).map(|nth| format!("f{nth} ")).collect();
            check(&format!("{operation} {{ {fields} }}"))
        };
        assert_eq!(asks("mutation", 4).unwrap_err(), "the request asks for more than 3 changes");
        assert!(asks("mutation", 3).is_ok() && asks("query", 20).is_ok() && asks("query", 21).is_err());
    }

    #[test]
    fn what_is_held_in_memory_is_large() {
        let is_large = |document: &str| {
            let parsed = async_graphql::parser::parse_query(document).unwrap();
            check_document(&parsed, &Variables::default(), None).unwrap().is_large()
        };
        let fields: String = (0..250).map(|number| format!("f{number} ")).collect();
        assert!(is_large(&format!("{{ individuals(first: 100) {{ nodes {{ {fields} }} }} }}")));
        assert!(is_large("{ agreementPreview(input: {}) { preview { people } } }"));
        let of_types = |fields: &str| format!("{{ __schema {{ types {{ fields {{ {fields} }} }} }} }}");
        assert!(!is_large(&of_types(&fields)));
    }

    #[test]
    fn spreads_of_spreads_are_counted_once_each() {
        for leaf in ["__typename", "...nowhere"] {
            let mut document = "{ ...f0 } ".to_owned();
            for fragment in 0..22 {
                let spread = format!("...f{} ", fragment + 1).repeat(3);
                document += &format!("fragment f{fragment} on Query {{ {spread} }} ");
            }
            document += &format!("fragment f22 on Query {{ {leaf} }}");
            assert!(check(&document).is_err());
        }
    }

    #[test]
    fn a_count_looks_at_everybody_once_for_each_condition() {
        let cost = |document: &str| {
            let parsed = async_graphql::parser::parse_query(document).unwrap();
            let filter =
                serde_json::json!({ "f": { "and": [{ "sex": { "eq": "MALE" } }, { "sex": { "eq": "MALE" } }] } });
            check_document(&parsed, &Variables::from_json(filter), None).unwrap()
        };
        let looks = |document: &str| cost(document).looks;
        assert_eq!(looks("{ individuals(first: 1) { nodes { id } } }"), 0);
        assert_eq!(looks("{ individuals(first: 1) { totalCount } }"), 1);
        assert_eq!(looks("{ individuals(first: 1, filter: { sex: { eq: MALE } }) { nodes { id } } }"), 1);
        assert_eq!(
            looks(
                "query ($f: F) { individuals(first: 1, filter: $f) { ...c } } fragment c on C { totalCount a: totalCount }"
            ),
            8
        );
        let twice = "{ a: cases(first: 1) { ... { totalCount } } b: individuals(first: 1) { totalCount } }";
        assert_eq!(looks(twice), 2);
        assert!(cost(twice).milliseconds(1_000_000) >= 400);
    }

    #[test]
    fn values_are_bounded_wherever_they_are_used() {
        let told = |bytes: usize, uses: usize, is_default: bool| {
            let text = "y".repeat(bytes);
            let condition = "{ familyName: { startsWith: $s } } ".repeat(uses);
            let default = if is_default { format!(" = \"{text}\"") } else { String::new() };
            let document = format!(
                "query ($s: String{default}) {{ individuals(first: 1, filter: {{ or: [{condition}] }}) {{ totalCount }} }}"
            );
            let parsed = async_graphql::parser::parse_query(document).unwrap();
            let given = if is_default { serde_json::json!({}) } else { serde_json::json!({ "s": text }) };
            check_document(&parsed, &Variables::from_json(given), None).map(|_| ()).map_err(|error| error.message)
        };
        for is_default in [false, true] {
            assert!(told(400_000, 1, is_default).is_ok() && told(100, 49, is_default).is_ok());
            let refused = told(400_000, 3, is_default).unwrap_err();
            assert!(refused.contains("more than 1000000 bytes of arguments' values"), "{refused}");
        }
    }

    #[test]
    fn long_names_in_many_rows_are_refused() {
        let named = |bytes: usize| {
            format!(
                "{{ individuals(first: 100) {{ nodes {{ case {{ members {{ {} }} }} }} }} }}",
                (10..100).map(|nth| format!("{}{nth}: id ", "n".repeat(bytes))).collect::<String>()
            )
        };
        assert!(check(&named(60)).is_ok());
        assert!(check(&named(120)).is_ok());
        let wide: String = (10..100).map(|nth| format!("{}{nth}: id ", "n".repeat(120))).collect();
        let both = format!(
            "{{ a: individuals(first: 100) {{ nodes {{ case {{ members {{ {wide} }} }} }} }} b: individuals(first: 100) {{ nodes {{ case {{ members {{ {wide} }} }} }} }} }}"
        );
        assert!(check(&both).unwrap_err().contains("bytes of names"));
    }

    #[test]
    fn introspection_is_counted_too() {
        let mut document = "{ __schema { ...f0 } } ".to_owned();
        for fragment in 0..20 {
            document += &format!("fragment f{fragment} on __Schema {{ ...f{0} ...f{0} }} ", fragment + 1);
        }
        document += "fragment f20 on __Schema { types { name } }";
        assert!(check(&document).is_err());
        let nested = format!("{}name{}", "possibleTypes { interfaces { ".repeat(6), "} } ".repeat(6));
        assert!(check(&format!("{{ __type(name: \"Node\") {{ {nested} }} }}")).is_err());
        let aliases: String = (0..1_600).map(|number| format!("a{number}: description ")).collect();
        assert!(check(&format!("{{ __schema {{ {aliases} }} }}")).is_err());
        assert!(check("{ __schema { types { fields { args { type { ofType { name } } } } } } }").is_ok());
    }

    #[test]
    fn members_of_members_are_refused() {
        let nested = "{ individuals(first: 1) { nodes { case { members { case { members { id } } } } } } }";
        assert!(check(nested).unwrap_err().contains("the same people"));
    }
}
