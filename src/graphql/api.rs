//! From a request's text to its answer, over one snapshot.

use super::engine::answer::Answer;
use super::engine::document::Documents;
use super::engine::errors::{Code, without_values};
use super::engine::limits;
use super::engine::nulls::NullableRoots;
use super::engine::ordering;
use super::engine::prepared::{Prepared, Request, fill_in_defaults, operation};
use super::engine::recording::Unrecorded;
use super::engine::request_context::{MayHold, RequestContext};
use super::engine::selected::Selected;
use super::engine::values_held::ValuesHeld;
use super::mutation::Mutation;
use super::query::Query;
use super::rate_limit::RateLimit;
use crate::store::{Session, StoreError};
use async_graphql::parser::types::{ExecutableDocument, OperationType};
use async_graphql::{EmptySubscription, SDLExportOptions, Schema, ServerError, ValidationMode, Variables};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The schema, ready to execute requests.
#[derive(Clone)]
pub struct Api {
    schema: Schema<Query, Mutation, EmptySubscription>,
    documents: Arc<Documents>,
    nullable_roots: NullableRoots,
    selected: Arc<Selected>,
    /// In the schema definition language.
    sdl: Arc<str>,
}

impl Default for Api {
    fn default() -> Self {
        // Documents are validated before they are executed.
        let schema = Schema::build(Query::default(), Mutation::default(), EmptySubscription)
            .validation_mode(ValidationMode::Fast)
            .extension(ValuesHeld)
            .finish();
        let sdl = schema.sdl_with_options(SDLExportOptions::new().include_specified_by());
        let parsed = async_graphql::parser::parse_schema(&sdl).expect("the schema's own text");
        let (nullable_roots, selected) = (NullableRoots::new(&parsed), Arc::new(Selected::new(&parsed)));
        let documents = Arc::new(Documents::new(&sdl));
        Self { schema, documents, nullable_roots, selected, sdl: sdl.into() }
    }
}

impl Api {
    /// The schema in the schema definition language.
    pub fn sdl(&self) -> &str {
        &self.sdl
    }

    /// Reads a request of a client, by its key's hash, and holds it against the schema and the limits; needs no database.
    ///
    /// # Errors
    /// If the document is over a limit, is no GraphQL or does not fit the schema, or a variable's value is wrong.
    pub fn prepare(&self, client: &str, request: Request) -> Result<Prepared, Answer> {
        let variables = serde_json::Value::Object(request.variables.unwrap_or_default());
        let (mut variables, chosen) = (Variables::from_json(variables), request.operation_name.as_deref());
        let within_limits = |document: &ExecutableDocument| {
            fill_in_defaults(&mut variables, operation(document, chosen));
            limits::check_document(document, &variables, chosen)
        };
        let (document, cost) = self.documents.read(client, &request.query, within_limits)?;
        let prepared = Prepared { document, operation_name: request.operation_name, variables, cost };
        prepared.check_variables().map_err(Answer::refusal)?;
        let (document, chosen) = (&prepared.document, prepared.operation_name.as_deref());
        self.documents.check_variables(document, chosen, &prepared.variables).map_err(Answer::refusal)?;
        Ok(prepared)
    }

    /// Executes a request on this thread, over a snapshot, as long as the client may hold what it makes. `rate_limit` is what it may tell of
    /// the client's budget.
    pub fn execute(
        &self,
        mut session: Session,
        prepared: &Prepared,
        may_hold: MayHold,
        rate_limit: RateLimit,
    ) -> Unrecorded {
        if prepared.is_mutation() {
            session.hold_others_up_less();
        }
        let request_context = Arc::new(RequestContext::new(session, prepared.max_values(), may_hold));
        let mut request = async_graphql::Request::new("")
            .variables(prepared.variables.clone())
            .data(Arc::clone(&request_context))
            .data(rate_limit)
            .data(Arc::clone(&self.selected));
        request.operation_name.clone_from(&prepared.operation_name);
        request.set_parsed_query(prepared.document.parsed.clone());
        let ran = request_context.run(self.schema.execute(request));
        let answer = match (request_context.take_failure(), ran) {
            (Some(error), _) => Answer::failed(&error),
            (None, Err(stalled)) => Answer::failed(&StoreError::Corrupt(stalled.to_string())),
            (None, Ok(response)) => self.complete(response, prepared),
        };
        let selected = prepared.operation().map(|operation| {
            let root = if operation.ty == OperationType::Mutation { "Mutation" } else { "Query" };
            self.selected.categories(&prepared.document.parsed, root, &operation.selection_set.node)
        });
        let request_context = Arc::into_inner(request_context).expect("the executor has ended");
        Unrecorded::new(answer, request_context.into_session(), selected.unwrap_or_default(), Some(prepared))
    }

    /// Refuses a request that is not executed.
    pub fn refuse(&self, session: Session, refusal: Answer) -> Unrecorded {
        Unrecorded::new(refusal, session, BTreeSet::new(), None)
    }

    fn complete(&self, mut response: async_graphql::Response, prepared: &Prepared) -> Answer {
        let executed = response.errors.iter().all(|error| !error.path.is_empty()) || !response.data_is_null();
        response.errors.iter_mut().for_each(|error| complete(error, executed));
        if !prepared.document.has_places {
            response.errors.iter_mut().for_each(|error| error.locations.clear());
        }
        response.errors.sort_by_key(|error| error.locations.first().map(|at| (at.line, at.column)));
        if let Some(selection) = prepared.selection() {
            let fields = ordering::fields(&prepared.document.parsed, selection);
            let field_of = |key: &str| fields.get(key).copied();
            self.nullable_roots.complete(&mut response.data, &response.errors, field_of);
            ordering::order(&prepared.document.parsed, &[selection], &mut response.data);
        }
        Answer::write(&response, executed)
    }
}

trait DataIsNull {
    fn data_is_null(&self) -> bool;
}

impl DataIsNull for async_graphql::Response {
    fn data_is_null(&self) -> bool {
        self.data == async_graphql::Value::Null
    }
}

/// Gives an error of the library its code: a field's arguments are bad input, anything else does not fit the schema.
fn complete(error: &mut ServerError, executed: bool) {
    error.message = without_values(&error.message);
    let code = if executed { Code::BadInput } else { Code::Validation };
    let extensions = error.extensions.get_or_insert_default();
    if extensions.get("code").is_none() {
        extensions.set("code", code.as_str());
    }
}
