//! Documents: parsed and held against the schema by the specification's rules, once for each client that sends them.

use super::answer::Answer;
use super::errors::Code;
use super::marks::mark;
use super::refusals::{MAX_ERRORS, unfit, unread, without_value};
use super::text_limits::{MAX_DEPTH, check_text, without_literals};
use super::values;
use apollo_compiler::parser::Parser;
use apollo_compiler::request::coerce_variable_values;
use apollo_compiler::response::JsonMap;
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument as Checked, Schema};
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Error, ServerError, Variables};
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use std::sync::Arc;

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
            let values_of = |name: &str| {
                let values = &self.schema.get_enum(name)?.values;
                Some(values.keys().map(|value| value.as_str()).collect::<Vec<_>>().join(", "))
            };
            Code::BadInput.error(format!("variables: {}", without_value(&message, values_of)))
        })
    }
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
