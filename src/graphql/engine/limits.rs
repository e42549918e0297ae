//! What one request may ask for, held before it is executed.

use super::answer::MAX_BYTES;
use super::document::is_mark;
use super::errors::Code;
use crate::store::database::page::MAX_ROWS;
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Pos, ServerError, Value, Variables};
use std::collections::HashMap;
use std::convert::Infallible;

const MAX_FIELDS: u64 = 2_000;
const MAX_ROOT_FIELDS: u64 = 20;
const MAX_ALIASES: u64 = 200;
const MAX_DIRECTIVES: u64 = 100;
const MAX_FIELD_DEPTH: u64 = 24;
const MAX_FRAGMENT_DEPTH: u64 = 24;
const MAX_CELLS: u64 = 100_000;
/// Lists of introspection within one another: a type's fields' arguments, of all types.
const MAX_INTROSPECTION_DEPTH: u64 = 3;

/// What a selection comes to when its fragments are expanded.
#[derive(Clone, Copy, Default)]
struct Size {
    /// Fields at the top of the selection.
    top: u64,
    fields: u64,
    aliases: u64,
    directives: u64,
    depth: u64,
    cells: u64,
    /// As how many cells it counts that are held in memory until the answer is written: the schema's are there anyway.
    held: u64,
    /// Bytes of the names in the answer, and of the marks around each.
    bytes: u64,
    /// Counts within the selection: each looks through what the list that it is in holds.
    counts: u64,
    /// How often every person may be looked at, once for each condition.
    looks: u64,
    /// How deep fragments spread one another.
    fragments: u64,
    /// How deep lists of introspection lie in one another.
    introspection: u64,
    /// Whether a case's members are asked for.
    members: bool,
}

impl Size {
    fn plus(self, other: Self) -> Self {
        Self {
            top: self.top.saturating_add(other.top),
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            depth: self.depth.max(other.depth),
            cells: self.cells.saturating_add(other.cells),
            held: self.held.saturating_add(other.held),
            bytes: self.bytes.saturating_add(other.bytes),
            counts: self.counts.saturating_add(other.counts),
            looks: self.looks.saturating_add(other.looks),
            fragments: self.fragments.max(other.fragments),
            introspection: self.introspection.max(other.introspection),
            members: self.members || other.members,
        }
    }
}

/// What a request may cost, before it runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    cells: u64,
    held: u64,
    looks: u64,
}

/// A request of more cells is large.
const MANY_CELLS: u64 = 20_000;

impl Cost {
    /// Whether its answer may take much memory while it is made.
    pub fn is_large(self) -> bool {
        self.held > MANY_CELLS
    }

    /// Milliseconds of work over so many people, about: a cell takes some microseconds, a look at a person a fraction of one.
    pub fn milliseconds(self, people: i64) -> i64 {
        let looks = self.looks.saturating_mul(people.unsigned_abs());
        let cost = 1 + self.cells / CELLS_IN_A_MILLISECOND + looks / LOOKS_IN_A_MILLISECOND;
        i64::try_from(cost).unwrap_or(i64::MAX)
    }
}

const CELLS_IN_A_MILLISECOND: u64 = 200;
const LOOKS_IN_A_MILLISECOND: u64 = 5_000;

/// Holds a parsed document against the limits, for each of its operations. Gives what the one that is chosen may cost.
pub fn check_document(
    document: &ExecutableDocument,
    variables: &Variables,
    chosen: Option<&str>,
) -> Result<Cost, ServerError> {
    let mut cost = Cost::default();
    let mut measure = Measure { document, variables, fragments: HashMap::new() };
    for (name, operation) in document.operations.iter() {
        let mut size = measure.selection(&operation.node.selection_set.node)?;
        size.directives += operation.node.directives.len() as u64;
        size.within_limits()?;
        if size.top > MAX_ROOT_FIELDS {
            return Err(Code::Limit.refuse(format!("the request asks for more than {MAX_ROOT_FIELDS} root fields")));
        }
        if chosen.is_none() || name.map(|name| name.as_str()) == chosen {
            cost = Cost { cells: size.cells, held: size.held, looks: size.looks };
        }
    }
    // Those that no operation spreads are validated too.
    document.fragments.keys().try_for_each(|name| measure.fragment(name, Pos::default())?.within_limits())?;
    Ok(cost)
}

impl Size {
    fn within_limits(&self) -> Result<(), ServerError> {
        for (count, most, what) in [
            (self.fields, MAX_FIELDS, "fields, with fragments expanded"),
            (self.aliases, MAX_ALIASES, "aliases"),
            (self.directives, MAX_DIRECTIVES, "directives"),
            (self.depth, MAX_FIELD_DEPTH, "levels"),
            (self.fragments, MAX_FRAGMENT_DEPTH, "fragments within one another"),
            (self.introspection, MAX_INTROSPECTION_DEPTH, "lists of introspection within one another"),
            (self.cells, MAX_CELLS, "cells: rows asked for, times the fields of each"),
            (
                self.bytes,
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
}

struct Measure<'d> {
    document: &'d ExecutableDocument,
    variables: &'d Variables,
    /// Each fragment is measured once; one that is being measured is `None`.
    fragments: HashMap<&'d str, Option<Size>>,
}

impl<'d> Measure<'d> {
    fn selection(&mut self, set: &'d SelectionSet) -> Result<Size, ServerError> {
        let mut total = Size::default();
        for selection in &set.items {
            let size = match &selection.node {
                Selection::Field(field) if is_mark(&field.node) => continue,
                Selection::Field(field) => self.field(&field.node)?,
                Selection::InlineFragment(fragment) => {
                    let mut size = self.selection(&fragment.node.selection_set.node)?;
                    size.directives += fragment.node.directives.len() as u64;
                    size
                }
                Selection::FragmentSpread(spread) => {
                    let mut size = self.fragment(spread.node.fragment_name.node.as_str(), spread.pos)?;
                    size.directives += spread.node.directives.len() as u64;
                    size
                }
            };
            total = total.plus(size);
        }
        Ok(total)
    }

    fn field(&mut self, field: &'d Field) -> Result<Size, ServerError> {
        let below = self.selection(&field.selection_set.node)?;
        let name = field.name.node.as_str();
        let is_members = name == "members";
        if is_members && below.members {
            return Err(Code::Limit.refuse("members are asked for within members, where they are the same people"));
        }
        let key = field.alias.as_ref().unwrap_or(&field.name).node.len() as u64;
        let rows = self.rows(field);
        Ok(Size {
            top: 1,
            fields: below.fields.saturating_add(1),
            aliases: below.aliases + u64::from(field.alias.is_some()),
            directives: below.directives + field.directives.len() as u64,
            depth: below.depth + 1,
            cells: below.cells.saturating_add(1).saturating_mul(rows),
            held: match name {
                "__schema" | "__type" => 0,
                // It holds everybody whom it is about.
                "agreementPreview" => MANY_CELLS + 1,
                _ => below.held.saturating_add(1).saturating_mul(rows),
            },
            bytes: below.bytes.saturating_add(key + MARKS).saturating_mul(rows),
            counts: if is_list(field) { 0 } else { below.counts + u64::from(name == "totalCount") },
            looks: below.looks.saturating_add(self.looks(field, below.counts)),
            fragments: below.fragments,
            introspection: below.introspection + u64::from(introspected(name).is_some()),
            members: below.members || is_members,
        })
    }

    fn fragment(&mut self, name: &'d str, spread_at: Pos) -> Result<Size, ServerError> {
        match self.fragments.get(name) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => {
                return Err(Code::Validation.refuse_at(format!("the fragment {name} contains itself"), spread_at));
            }
            None => {}
        }
        let Some((_, fragment)) = self.document.fragments.iter().find(|(known, _)| known.as_str() == name) else {
            return Err(Code::Validation.refuse_at(format!("there is no fragment {name}"), spread_at));
        };
        self.fragments.insert(name, None);
        let mut size = self.selection(&fragment.node.selection_set.node)?;
        size.fragments += 1;
        self.fragments.insert(name, Some(size));
        Ok(size)
    }

    /// How often a field may look at every person: once for each condition of its filter, and that again for each count.
    fn looks(&self, field: &Field, counts: u64) -> u64 {
        match field.name.node.as_str() {
            "agreementPreview" => return PREVIEW,
            "caseloadStatistics" => return STATISTICS,
            _ => {}
        }
        let conditions = self.argument(field, "filter").as_ref().map_or(0, conditions);
        match PEOPLE.contains(&field.name.node.as_str()) {
            true => conditions + counts * (conditions + 1),
            false => 0,
        }
    }

    /// An argument's value with its variables put in.
    fn argument(&self, field: &Field, name: &str) -> Option<Value> {
        let variable = |name| Ok::<_, Infallible>(self.variables.get(&name).cloned().unwrap_or_default());
        let (_, value) = field.arguments.iter().find(|(known, _)| known.node == name)?;
        value.node.clone().into_const_with(variable).ok()
    }

    /// How many rows a field asks for: what `first`, `last` or `ids` say, or about as many as such a list has.
    fn rows(&self, field: &Field) -> u64 {
        match field.name.node.as_str() {
            "members" => return MEMBERS,
            name => {
                if let Some(items) = introspected(name) {
                    return items;
                }
            }
        }
        let asked = ["first", "last", "ids"].into_iter().filter_map(|name| self.argument(field, name));
        let asked = asked.map(|value| match value {
            Value::Number(number) => number.as_u64().unwrap_or(1).clamp(1, MAX_ROWS as u64),
            Value::List(items) => (items.len() as u64).max(1),
            _ => MAX_ROWS as u64,
        });
        asked.max().unwrap_or(1)
    }
}

/// As how many a case's members count.
const MEMBERS: u64 = 5;

/// The marks around a name and its value: quotes, a colon, a comma, `null`.
const MARKS: u64 = 8;

/// Lists that are looked for among all people.
const PEOPLE: [&str; 2] = ["individuals", "cases"];

/// As how many looks at each person a preview counts, or statistics that are counted live.
const PREVIEW: u64 = 30;
const STATISTICS: u64 = 5;

fn is_list(field: &Field) -> bool {
    field.arguments.iter().any(|(name, _)| matches!(name.node.as_str(), "first" | "last"))
}

/// How many conditions a filter has: every value in it that is no object.
fn conditions(filter: &Value) -> u64 {
    match filter {
        Value::Object(fields) => fields.values().map(conditions).sum(),
        Value::List(items) => items.iter().map(conditions).sum(),
        _ => 1,
    }
}

/// How many items a list of introspection has, about.
fn introspected(field: &str) -> Option<u64> {
    match field {
        "types" => Some(50),
        "fields" => Some(5),
        "inputFields" | "enumValues" | "possibleTypes" => Some(3),
        "args" => Some(2),
        "interfaces" => Some(2),
        _ => None,
    }
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
