//! The walk over a document: how much each selection comes to, fragments expanded and counted once each.

use super::errors::Code;
use super::marks::is_mark;
use super::size::{MANY_CELLS, MAX_GIVEN, Size};
use crate::store::database::page::MAX_ROWS;
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, Pos, ServerError, Value, Variables};
use std::collections::HashMap;
use std::convert::Infallible;

/// The walk over a document.
pub struct Measure<'d> {
    pub document: &'d ExecutableDocument,
    pub variables: &'d Variables,
    /// The bytes of each variable that was met.
    pub given: HashMap<Name, u64>,
    /// Each fragment is measured once; one that is being measured is `None`.
    pub fragments: HashMap<&'d str, Option<Size>>,
}

impl<'d> Measure<'d> {
    /// A selection with all that it spreads.
    ///
    /// # Errors
    /// If people who belong together are asked for within such people, or a fragment is unknown or contains itself.
    pub fn selection(&mut self, set: &'d SelectionSet) -> Result<Size, ServerError> {
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
        let is_members = TOGETHER.contains(&name);
        if is_members && below.members {
            let message = format!("{name} are asked for within members or affected, where they may be the same people");
            return Err(Code::Limit.refuse(&message));
        }
        if below.typenames > MAX_TYPENAMES {
            let message = format!("{name} asks for `__typename` more than {MAX_TYPENAMES} times");
            return Err(Code::Limit.refuse(&message));
        }
        let key = field.alias.as_ref().unwrap_or(&field.name).node.len() as u64;
        let given = below.given.saturating_add(self.given(field));
        if given > MAX_GIVEN {
            return Ok(Size { given, ..below });
        }
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
            given,
            counts: if is_list(field) { 0 } else { below.counts + u64::from(name == "totalCount") },
            looks: below.looks.saturating_add(self.looks(field, below.counts)),
            typenames: u64::from(name == "__typename"),
            fragments: below.fragments,
            introspection: below.introspection + u64::from(introspected(name).is_some()),
            members: below.members || is_members,
        })
    }

    /// A fragment, by its name.
    ///
    /// # Errors
    /// If it is unknown, contains itself, or asks for people who belong together within such people.
    pub fn fragment(&mut self, name: &'d str, spread_at: Pos) -> Result<Size, ServerError> {
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
            "relocationImpact" => return 4 * STATISTICS,
            _ => {}
        }
        let conditions = self.argument(field, "filter").as_ref().map_or(0, conditions);
        match PEOPLE.contains(&field.name.node.as_str()) {
            true => conditions + counts * (conditions + 1),
            false => 0,
        }
    }

    /// The bytes of the values that a field's arguments are given.
    fn given(&mut self, field: &Field) -> u64 {
        let mut given = 0_u64;
        for (_, value) in &field.arguments {
            let of_variable = |name| {
                given = given.saturating_add(self.given_by(name));
                Ok::<_, Infallible>(Value::Null)
            };
            let written = value.node.clone().into_const_with(of_variable).unwrap_or_default();
            given = given.saturating_add(bytes(&written));
        }
        given
    }

    /// The bytes of a variable's value.
    fn given_by(&mut self, name: Name) -> u64 {
        let defaults = || {
            let definitions = self.document.operations.iter().flat_map(|(_, of)| &of.node.variable_definitions);
            let of_this = definitions.filter(|definition| definition.node.name.node == name);
            of_this
                .filter_map(|definition| definition.node.default_value.as_ref())
                .map(|value| bytes(&value.node))
                .max()
        };
        if let Some(known) = self.given.get(&name) {
            return *known;
        }
        let given = self.variables.get(&name).map(bytes).or_else(defaults).unwrap_or_default();
        self.given.insert(name, given);
        given
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
            name if TOGETHER.contains(&name) => return MEMBERS,
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

/// How often a selection asks for the type's name at the most.
pub(super) const MAX_TYPENAMES: u64 = 10;

/// Lists of people who belong together: to a case, or to what happened.
const TOGETHER: [&str; 2] = ["members", "affected"];

/// As how many of them such a list counts.
const MEMBERS: u64 = 5;

/// The marks around a name and its value: quotes, a colon, a comma, `null`.
const MARKS: u64 = 8;

/// Lists that are looked for among all people.
const PEOPLE: [&str; 2] = ["individuals", "cases"];

/// As how many bytes each value counts beside its text.
const VALUE: u64 = 16;

/// As how many looks at each person a preview counts, or statistics that are counted live.
const PREVIEW: u64 = 30;
const STATISTICS: u64 = 5;

fn is_list(field: &Field) -> bool {
    field.arguments.iter().any(|(name, _)| matches!(name.node.as_str(), "first" | "last"))
}

/// The bytes of a value: of its texts and names, and 16 for each value in it.
fn bytes(value: &Value) -> u64 {
    let within: u64 = match value {
        Value::String(text) => text.len() as u64,
        Value::List(items) => items.iter().map(bytes).sum(),
        Value::Object(fields) => fields.iter().map(|(name, value)| name.len() as u64 + bytes(value)).sum(),
        _ => 0,
    };
    within + VALUE
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
