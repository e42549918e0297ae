//! Documents: parsed and held against the schema by the specification's rules, once for each client that sends them.

use super::answer::Answer;
use super::errors::Code;
use super::text_limits::{MAX_DEPTH, MAX_NAME, check_text, without_literals};
use super::values;
use apollo_compiler::diagnostic::Diagnostic;
use apollo_compiler::parser::Parser;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::{DiagnosticData, DiagnosticList, Valid};
use apollo_compiler::{ExecutableDocument as Checked, Schema};
use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Error, Name, Pos, Positioned, ServerError, Variables};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use std::sync::{Arc, LazyLock};

/// A document that fits the schema.
pub struct Document {
    /// As it is executed.
    pub parsed: ExecutableDocument,
    /// Whether its places are those of the client's text.
    pub has_places: bool,
    /// The text without its literals.
    pub text: String,
    checked: Valid<Checked>,
    /// How long the client's text is.
    bytes: usize,
}

/// The documents of a schema. Those that passed are kept for their client: how soon an answer comes tells nobody what others ask.
pub struct Documents {
    schema: Valid<Schema>,
    kept: Cache<[u8; 32], Arc<Document>, Bytes>,
}

/// The most bytes of a document that is kept, and of all that are. In memory each takes up to eighty times as much.
const MAX_KEPT: usize = 16 * 1024;
const MAX_KEPT_IN_ALL: u64 = 256 * 1024;

/// The most errors of a document that are told.
const MAX_ERRORS: usize = 50;

#[derive(Clone)]
struct Bytes;

impl Weighter<[u8; 32], Arc<Document>> for Bytes {
    fn weight(&self, _: &[u8; 32], document: &Arc<Document>) -> u64 {
        document.bytes as u64 + 1
    }
}

impl Documents {
    /// The documents of a schema, given in the schema definition language.
    pub fn new(sdl: &str) -> Self {
        let schema = Schema::parse_and_validate(sdl, "schema.graphql").expect("the schema's own text");
        Self { schema, kept: Cache::with_weighter(1_000, MAX_KEPT_IN_ALL, Bytes) }
    }

    /// Reads a document of a client. `within_limits` is asked before the document is held against the schema, and each time.
    ///
    /// # Errors
    /// An answer with what is wrong: `LIMIT`, `PARSE` or `VALIDATION`.
    pub fn read<T>(
        &self,
        client: &str,
        text: &str,
        within_limits: impl FnOnce(&ExecutableDocument) -> Result<T, ServerError>,
    ) -> Result<(Arc<Document>, T), Answer> {
        let one = |error| Answer::refused(vec![error]);
        check_text(text).map_err(one)?;
        let key = Sha256::new().chain_update(client).chain_update([0]).chain_update(text).finalize().into();
        if let Some(document) = self.kept.get(&key) {
            let limits = within_limits(&document.parsed).map_err(one)?;
            return Ok((document, limits));
        }
        let mut parser = Parser::new().recursion_limit(10 * MAX_DEPTH).token_limit(text.len() + 2);
        let tree = parser.parse_ast(text, "document").map_err(|found| unread(&found.errors))?;
        let parsed = async_graphql::parser::parse_query(text);
        let has_places = parsed.is_ok();
        // The executor's parser is older than some of the syntax: it gets the same document in other words.
        let parsed = parsed.or_else(|_| async_graphql::parser::parse_query(tree.serialize().no_indent().to_string()));
        // It reads no document with two definitions of a name, or with definitions of types.
        let mut parsed = parsed.map_err(|_| match tree.to_executable(&self.schema) {
            Err(found) => unfit(&found.errors),
            Ok(_) => Answer::refusal(Code::Parse.error("the document cannot be read")),
        })?;
        let limits = within_limits(&parsed).map_err(one)?;
        let checked = tree.to_executable_validate(&self.schema).map_err(|found| unfit(&found.errors))?;
        let mut faults = values::faults(&self.schema, &checked);
        faults.truncate(MAX_ERRORS);
        if !faults.is_empty() {
            return Err(Answer::refused(faults));
        }
        mark(&mut parsed);
        let document =
            Arc::new(Document { parsed, has_places, text: without_literals(text), checked, bytes: text.len() });
        if text.len() <= MAX_KEPT {
            self.kept.insert(key, Arc::clone(&document));
        }
        Ok((document, limits))
    }

    /// Holds variables against an operation of a document.
    ///
    /// # Errors
    /// `BAD_INPUT` if a value does not fit its variable; the value itself is not told.
    pub fn check_variables(&self, document: &Document, name: Option<&str>, variables: &Variables) -> Result<(), Error> {
        // Which of several operations is meant is for the executor to say.
        let Ok(operation) = document.checked.operations.get(name) else { return Ok(()) };
        if operation.variables.is_empty() {
            return Ok(());
        }
        let values = serde_json::to_vec(variables).and_then(|json| serde_json::from_slice::<JsonMap>(&json));
        let values = values.map_err(|_| Code::BadInput.error("variables: expected a JSON object"))?;
        coerce_variable_values(&self.schema, operation, &values).map(|_| ()).map_err(|error| {
            let message = error.message().to_string();
            Code::BadInput.error(format!("variables: {}", without_value(&message)))
        })
    }
}

/// What is said of a value, without the value.
fn without_value(message: &str) -> String {
    match message
        .strip_prefix("could not coerce ")
        .and_then(|rest| Some((rest.split_once(": ")?.0, rest.rsplit_once(' ')?.1)))
    {
        Some((what, of)) => format!("the value of {what} is no {of}"),
        None => {
            match message.strip_prefix("Input object has key ").and_then(|rest| rest.rsplit_once(" not in type ")) {
                Some((_, of)) => format!("an input object has a key that {of} has not"),
                None => message.to_owned(),
            }
        }
    }
}

/// An answer that says where a text is no document, and not what stands there: what follows from that is no error of its own.
fn unread(found: &DiagnosticList) -> Answer {
    let errors = found.iter().take(1).map(|diagnostic| {
        let message = diagnostic.error.to_string();
        let expected = message.split(", got ").next().and_then(|said| said.split('"').next()).unwrap_or_default();
        let named = BRACKETS.iter().fold(expected.trim().to_owned(), |said, (name, mark)| said.replace(name, mark));
        Code::Parse.refuse_at(named, place(&diagnostic))
    });
    Answer::refused(errors.collect())
}

/// How the parser names brackets.
const BRACKETS: [(&str, &str); 6] =
    [("L_CURLY", "{"), ("R_CURLY", "}"), ("L_PAREN", "("), ("R_PAREN", ")"), ("L_BRACK", "["), ("R_BRACK", "]")];

/// An answer that says what of a document does not fit the schema.
fn unfit(found: &DiagnosticList) -> Answer {
    let error = |diagnostic: Diagnostic<'_, DiagnosticData>| {
        let message = diagnostic.error.to_string();
        let of = message.strip_prefix("value `").and_then(|rest| rest.split_once("` does not exist on "));
        let told = of.map_or(message.clone(), |(_, of)| format!("this value does not exist on {of}"));
        Code::Validation.refuse_at(told, place(&diagnostic))
    };
    Answer::refused(found.iter().take(MAX_ERRORS).map(error).collect())
}

fn place(diagnostic: &Diagnostic<'_, DiagnosticData>) -> Pos {
    let start = diagnostic.line_column_range().map(|range| range.start);
    start.map_or(Pos { line: 1, column: 1 }, |start| Pos { line: start.line, column: start.column })
}

/// The name of what is added to selections that may come out empty. It is longer than any that a client can give.
pub static MARK: LazyLock<Name> = LazyLock::new(|| Name::new("_".repeat(MAX_NAME + 1)));

/// Adds the type's name to selections that may come out empty: the executor gives null for an object of which nothing is
/// selected, and null means hidden.
fn mark(document: &mut ExecutableDocument) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_by_the_clients_texts() {
        let sdl = "type Query { a(b: String): Query }";
        let documents = Documents::new(sdl);
        for number in 0..300 {
            let text =
                format!("{{ a(b: \"{number}{}\") {{ ... on Query {{ a {{ __typename }} }} }} }}", "x".repeat(15_000));
            assert!(documents.read("client", &text, |_| Ok(())).is_ok());
        }
        assert!((1..80).contains(&documents.kept.len()), "{}", documents.kept.len());
    }
}
