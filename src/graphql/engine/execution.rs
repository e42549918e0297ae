//! From a request's text to its answer, over one snapshot.

use super::answer::Answer;
use super::document::{Document, Documents};
use super::errors::{Code, without_values};
use super::limits::{self, Cost};
use super::nulls::NullableRoots;
use super::ordering;
use super::rate_limit::RateLimit;
use super::request_context::RequestContext;
use super::selected::Selected;
use crate::domain::audit::AuditRecord;
use crate::domain::category::DataCategory;
use crate::graphql::mutation::Mutation;
use crate::graphql::query::Query;
use crate::store::audit::disclosures::ClosedDisclosures;
use crate::store::audit::writer::{Receipt, Recorded};
use crate::store::{Snapshot, Store, StoreError};
use async_graphql::parser::types::{
    ExecutableDocument, OperationDefinition, OperationType, SelectionSet, VariableDefinition,
};
use async_graphql::{
    EmptySubscription, Error, Name, SDLExportOptions, Schema, ServerError, ValidationMode, Value, Variables,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

/// What a client asks: a document, the operation to run of it, and values for its variables.
#[derive(Debug)]
pub struct Request {
    /// The GraphQL document.
    pub query: String,
    /// The operation to run, where the document has several.
    pub operation_name: Option<String>,
    /// Values of variables.
    pub variables: Option<serde_json::Map<String, serde_json::Value>>,
}

/// A request whose document is parsed and within the limits.
pub struct Prepared {
    document: Arc<Document>,
    operation_name: Option<String>,
    variables: Variables,
    cost: Cost,
}

/// The schema, ready to execute requests.
#[derive(Clone)]
pub struct Api {
    schema: Schema<Query, Mutation, EmptySubscription>,
    documents: Arc<Documents>,
    nullable_roots: NullableRoots,
    selected: Arc<Selected>,
}

impl Default for Api {
    fn default() -> Self {
        // Documents are validated before they are executed.
        let schema = Schema::build(Query::default(), Mutation::default(), EmptySubscription)
            .validation_mode(ValidationMode::Fast)
            .finish();
        let sdl = schema.sdl();
        let parsed = async_graphql::parser::parse_schema(&sdl).expect("the schema's own text");
        let (nullable_roots, selected) = (NullableRoots::new(&parsed), Arc::new(Selected::new(&parsed)));
        Self { schema, documents: Arc::new(Documents::new(&sdl)), nullable_roots, selected }
    }
}

impl Api {
    /// The schema in the schema definition language.
    pub fn sdl(&self) -> String {
        let options = SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items();
        self.schema.sdl_with_options(options)
    }

    /// Reads a request of a client, by its key's hash, and holds it against the schema and the limits; needs no database.
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

    /// Executes a request on this thread, over a snapshot. `rate_limit` is what it may tell of the client's budget.
    pub fn execute(&self, snapshot: Snapshot, prepared: &Prepared, rate_limit: RateLimit) -> Unrecorded {
        let request_context = Arc::new(RequestContext::new(snapshot));
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
        Unrecorded::new(answer, request_context.into_snapshot(), selected.unwrap_or_default(), Some(prepared))
    }

    /// Refuses a request that is not executed.
    pub fn refuse(&self, snapshot: Snapshot, refusal: Answer) -> Unrecorded {
        Unrecorded::new(refusal, snapshot, BTreeSet::new(), None)
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

/// An answer that may not leave yet: it is not on record.
pub struct Unrecorded {
    answer: Answer,
    snapshot: Snapshot,
    selected: BTreeSet<DataCategory>,
    operation: Option<String>,
    /// The document without its literals.
    document: Option<String>,
}

impl Unrecorded {
    fn new(answer: Answer, snapshot: Snapshot, selected: BTreeSet<DataCategory>, prepared: Option<&Prepared>) -> Self {
        let operation = prepared.and_then(|prepared| prepared.operation_name.clone());
        Self {
            answer,
            snapshot,
            selected,
            operation,
            document: prepared.map(|prepared| prepared.document.text.clone()),
        }
    }

    /// Puts the answer on record: what it changed is kept with its record, unless it failed. The answer of a query leaves when
    /// its record is durable.
    pub fn record(self, store: &Store) -> Result<Recording, StoreError> {
        let fingerprint = |text: String| store.fingerprints().of(&text);
        let outcome = match self.snapshot.deadline().check() {
            Err(StoreError::Gone) => CANCELLED,
            _ => self.answer.code().unwrap_or("OK"),
        };
        let succeeded = self.answer.executed && outcome == "OK";
        let record = |disclosures: ClosedDisclosures| AuditRecord {
            operation: self.operation.map(fingerprint),
            document: self.document.map(fingerprint),
            ..disclosures.record(&self.selected, outcome)
        };
        let credentials = self.snapshot.credentials().clone();
        if self.snapshot.is_writable() && succeeded {
            self.snapshot.commit(record)?;
            return Ok(Recording { answer: self.answer, receipt: None });
        }
        let rests_on = !self.snapshot.is_writable() && outcome != CANCELLED;
        let disclosures = self.snapshot.close();
        let epoch = rests_on.then(|| disclosures.epoch());
        let receipt = store.audit_writer().append(record(disclosures), &credentials, epoch);
        Ok(Recording { answer: self.answer, receipt: Some(receipt) })
    }
}

/// The outcome of a request whose client had gone before it was answered.
const CANCELLED: &str = "CANCELLED";

/// An answer whose record is being made durable.
pub struct Recording {
    answer: Answer,
    receipt: Option<Receipt>,
}

impl Recording {
    /// An answer without a snapshot, whose record has this receipt.
    pub fn of(answer: Answer, receipt: Receipt) -> Self {
        Self { answer, receipt: Some(receipt) }
    }

    /// The answer, once its record is durable, which is waited for until a time; nothing if access has changed meanwhile, so that the request must run again.
    pub async fn answer(self, until: Instant) -> Result<Option<Answer>, StoreError> {
        Ok(match self.receipt {
            None => Some(self.answer),
            Some(receipt) => match receipt.durable(until).await? {
                Recorded::Durable => Some(self.answer),
                Recorded::Stale => None,
            },
        })
    }
}

impl Prepared {
    /// Every variable that must have a value has one.
    fn check_variables(&self) -> Result<(), Error> {
        let definitions = self.operation().into_iter().flat_map(|operation| &operation.variable_definitions);
        for definition in definitions.map(|definition| &definition.node) {
            let name = &definition.name.node;
            let required = !definition.var_type.node.nullable && definition.default_value.is_none();
            if required && self.variables.get(name).is_none_or(|value| *value == Value::Null) {
                return Err(Code::BadInput.at(&format!("variables.{name}"), "a value is required"));
            }
        }
        Ok(())
    }

    /// Whether it may take much memory.
    pub fn is_large(&self) -> bool {
        self.cost.is_large()
    }

    /// The fingerprint of its document, as the audit has it.
    pub fn fingerprint(&self, store: &Store) -> String {
        store.fingerprints().of(&self.document.text)
    }

    /// What it may cost over so many people, in milliseconds of work, about.
    pub fn cost(&self, people: i64) -> i64 {
        self.cost.milliseconds(people)
    }

    /// The selection of the operation to run.
    fn selection(&self) -> Option<&SelectionSet> {
        self.operation().map(|operation| &operation.selection_set.node)
    }

    fn operation(&self) -> Option<&OperationDefinition> {
        operation(&self.document.parsed, self.operation_name.as_deref())
    }

    /// Whether the operation to run changes something.
    pub fn is_mutation(&self) -> bool {
        self.operation().is_some_and(|operation| operation.ty == OperationType::Mutation)
    }

    /// Whether the operation to run is a query; where the request does not tell, every operation must be.
    pub fn is_query(&self) -> bool {
        let name = self.operation_name.as_deref();
        let chosen = |of: Option<&str>| name.is_none() || of == name;
        let mut operations = self.document.parsed.operations.iter();
        operations.all(|(of, operation)| !chosen(of.map(|of| of.as_str())) || operation.node.ty == OperationType::Query)
    }
}

/// The operation with a name, or the only one.
fn operation<'d>(document: &'d ExecutableDocument, name: Option<&str>) -> Option<&'d OperationDefinition> {
    let named = |(known, _): &(Option<&Name>, _)| name.is_none() || known.map(Name::as_str) == name;
    document.operations.iter().find(named).map(|(_, operation)| &operation.node)
}

/// Gives variables without a value their defaults: the library forgets these in `@skip` and `@include`.
fn fill_in_defaults(variables: &mut Variables, operation: Option<&OperationDefinition>) {
    for definition in operation.into_iter().flat_map(|operation| &operation.variable_definitions) {
        let VariableDefinition { name, default_value, .. } = &definition.node;
        if let Some(default) = default_value {
            variables.entry(name.node.clone()).or_insert_with(|| default.node.clone());
        }
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
