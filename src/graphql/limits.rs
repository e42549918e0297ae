//! What one request may ask for: held before the document is parsed, and before it is executed.

use super::errors::Code;
use crate::store::page::MOST_ROWS;
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Error, Value, Variables};
use std::collections::HashMap;
use std::convert::Infallible;

const MOST_BYTES: usize = 64 * 1024;
const MOST_TOKENS: usize = 5_000;
const DEEPEST_BRACKETS: usize = 40;
const MOST_FIELDS: u64 = 2_000;
const MOST_ROOT_FIELDS: u64 = 20;
const MOST_ALIASES: u64 = 200;
const MOST_DIRECTIVES: u64 = 100;
const DEEPEST_FIELDS: u64 = 24;
const MOST_CELLS: u64 = 50_000;

/// Holds the text against the limits: bytes, depth of brackets, tokens. A parser would recurse into what this refuses.
pub fn check_text(document: &str) -> Result<(), Error> {
    if document.len() > MOST_BYTES {
        return Err(Code::Limit.error(format!("the document has more than {MOST_BYTES} bytes")));
    }
    let mut depth = 0_usize;
    let mut tokens = 0_usize;
    let mut rest = document.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b'#' => skip_until(after, |byte| byte == b'\n'),
            b'"' => string(after),
            b'{' | b'[' | b'(' => {
                depth += 1;
                after
            }
            b'}' | b']' | b')' => {
                depth = depth.saturating_sub(1);
                after
            }
            byte if byte.is_ascii_alphanumeric() => {
                skip_until(after, |byte| !byte.is_ascii_alphanumeric() && byte != b'_')
            }
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                rest = after;
                continue;
            }
            _ => after,
        };
        tokens += 1;
        if depth > DEEPEST_BRACKETS {
            return Err(Code::Limit.error(format!("brackets are nested deeper than {DEEPEST_BRACKETS}")));
        }
        if tokens > MOST_TOKENS {
            return Err(Code::Limit.error(format!("the document has more than {MOST_TOKENS} tokens")));
        }
    }
    Ok(())
}

fn skip_until(bytes: &[u8], end: impl Fn(u8) -> bool) -> &[u8] {
    let length = bytes.iter().position(|byte| end(*byte)).unwrap_or(bytes.len());
    &bytes[length..]
}

fn string(after_quote: &[u8]) -> &[u8] {
    let (mut rest, block) = match after_quote.strip_prefix(b"\"\"") {
        Some(rest) => (rest, true),
        None => (after_quote, false),
    };
    loop {
        rest = skip_until(rest, |byte| byte == b'"' || byte == b'\\' || (!block && byte == b'\n'));
        rest = match (rest, block) {
            ([], _) => return rest,
            ([b'"', b'"', b'"', after @ ..], true) => return after,
            ([b'"' | b'\n', after @ ..], false) => return after,
            ([b'\\', b'"', b'"', b'"', after @ ..], true) => after,
            ([b'\\', _, after @ ..], false) => after,
            ([_, after @ ..], _) => after,
        };
    }
}

/// What a selection comes to when its fragments are expanded.
#[derive(Clone, Copy, Default)]
struct Size {
    fields: u64,
    aliases: u64,
    directives: u64,
    depth: u64,
    cells: u64,
}

impl Size {
    fn plus(self, other: Self) -> Self {
        Self {
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            depth: self.depth.max(other.depth),
            cells: self.cells.saturating_add(other.cells),
        }
    }
}

/// Holds a parsed document against the limits, for each of its operations.
pub fn check_document(document: &ExecutableDocument, variables: &Variables) -> Result<(), Error> {
    let mut measure = Measure { document, variables, fragments: HashMap::new() };
    for (_, operation) in document.operations.iter() {
        let selection = &operation.node.selection_set.node;
        let size = measure.selection(selection)?;
        let root = measure.root_fields(selection, 0)?;
        let directives = size.directives.saturating_add(operation.node.directives.len() as u64);
        for (count, most, what) in [
            (root, MOST_ROOT_FIELDS, "root fields"),
            (size.fields, MOST_FIELDS, "fields, with fragments expanded"),
            (size.aliases, MOST_ALIASES, "aliases"),
            (directives, MOST_DIRECTIVES, "directives"),
            (size.depth, DEEPEST_FIELDS, "levels"),
            (size.cells, MOST_CELLS, "cells: rows asked for, times the fields of each"),
        ] {
            if count > most {
                return Err(Code::Limit.error(format!("the request asks for more than {most} {what}")));
            }
        }
    }
    Ok(())
}

struct Measure<'d> {
    document: &'d ExecutableDocument,
    variables: &'d Variables,
    /// Each fragment is measured once; one that is being measured is `None`.
    fragments: HashMap<&'d str, Option<Size>>,
}

impl<'d> Measure<'d> {
    fn selection(&mut self, set: &'d SelectionSet) -> Result<Size, Error> {
        let mut total = Size::default();
        for selection in &set.items {
            let size = match &selection.node {
                Selection::Field(field) => self.field(&field.node)?,
                Selection::InlineFragment(fragment) => {
                    let mut size = self.selection(&fragment.node.selection_set.node)?;
                    size.directives += fragment.node.directives.len() as u64;
                    size
                }
                Selection::FragmentSpread(spread) => {
                    let mut size = self.fragment(spread.node.fragment_name.node.as_str())?;
                    size.directives += spread.node.directives.len() as u64;
                    size
                }
            };
            total = total.plus(size);
        }
        Ok(total)
    }

    fn field(&mut self, field: &'d Field) -> Result<Size, Error> {
        if field.name.node.starts_with("__") {
            return Ok(Size { fields: 1, aliases: u64::from(field.alias.is_some()), ..Size::default() });
        }
        let below = self.selection(&field.selection_set.node)?;
        Ok(Size {
            fields: below.fields.saturating_add(1),
            aliases: below.aliases + u64::from(field.alias.is_some()),
            directives: below.directives + field.directives.len() as u64,
            depth: below.depth + 1,
            cells: below.cells.saturating_add(1).saturating_mul(self.rows(field)),
        })
    }

    fn fragment(&mut self, name: &'d str) -> Result<Size, Error> {
        match self.fragments.get(name) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => return Err(Code::Validation.error(format!("the fragment {name} contains itself"))),
            None => {}
        }
        let Some((_, fragment)) = self.document.fragments.iter().find(|(known, _)| known.as_str() == name) else {
            return Ok(Size::default());
        };
        self.fragments.insert(name, None);
        let size = self.selection(&fragment.node.selection_set.node)?;
        self.fragments.insert(name, Some(size));
        Ok(size)
    }

    fn root_fields(&self, set: &'d SelectionSet, depth: u64) -> Result<u64, Error> {
        if depth > DEEPEST_FIELDS {
            return Err(Code::Limit.error(format!("fragments are nested deeper than {DEEPEST_FIELDS}")));
        }
        let mut count = 0_u64;
        for selection in &set.items {
            count = count.saturating_add(match &selection.node {
                Selection::Field(_) => 1,
                Selection::InlineFragment(fragment) => {
                    self.root_fields(&fragment.node.selection_set.node, depth + 1)?
                }
                Selection::FragmentSpread(spread) => {
                    match self.document.fragments.get(&spread.node.fragment_name.node) {
                        Some(fragment) => self.root_fields(&fragment.node.selection_set.node, depth + 1)?,
                        None => 0,
                    }
                }
            });
        }
        Ok(count.min(MOST_ROOT_FIELDS + 1))
    }

    /// How many rows a field asks for: what `first`, `last` or `ids` say, where it has them.
    fn rows(&self, field: &Field) -> u64 {
        let named = |name: &str| field.arguments.iter().find(|(known, _)| known.node == name);
        let asked = ["first", "last", "ids"].into_iter().filter_map(named).map(|(_, value)| {
            let variable = |name| Ok::<_, Infallible>(self.variables.get(&name).cloned().unwrap_or_default());
            match value.node.clone().into_const_with(variable) {
                Ok(Value::Number(number)) => number.as_u64().unwrap_or(1).clamp(1, MOST_ROWS as u64),
                Ok(Value::List(items)) => (items.len() as u64).max(1),
                _ => MOST_ROWS as u64,
            }
        });
        asked.max().unwrap_or(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(document: &str) -> Result<(), String> {
        check_text(document).map_err(|error| error.message)?;
        let parsed = async_graphql::parser::parse_query(document).map_err(|error| error.to_string())?;
        check_document(&parsed, &Variables::default()).map_err(|error| error.message)
    }

    #[test]
    fn deep_brackets_never_reach_the_parser() {
        assert!(check_text(&format!("{{ a(b: {}1{}) }}", "[".repeat(2_000), "]".repeat(2_000))).is_err());
        assert!(
            check_text(r#"{ a(b: "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[") }"#).is_ok()
        );
        assert!(check_text(&format!("{{ a(b: \"\"\"{}\"\"\") }}", "[\"{".repeat(50))).is_ok());
        assert!(check_text(&format!("# {}\n{{ a }}", "{".repeat(100))).is_ok());
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
        let fields: String = (0..600).map(|number| format!("f{number} ")).collect();
        assert!(check(&format!("{{ individuals(first: 100) {{ nodes {{ {fields} }} }} }}")).is_err());
        assert!(check(&format!("{{ individuals(first: 10) {{ nodes {{ {fields} }} }} }}")).is_ok());
        assert!(check("{ individuals(first: 100) { nodes { id sex case { members { id } } } } }").is_ok());
    }
}
