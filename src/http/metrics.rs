//! Prometheus metrics. They count requests, statements and waits, never people.

use super::connections::Connections;
use super::probes::Readiness;
use crate::service::{Outcome, Service};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use parking_lot::Mutex;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::collections::HashSet;
use std::sync::atomic::AtomicU64;

use std::time::Duration;

/// The most operations that are told apart; the others are one.
const MAX_OPERATIONS: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Status {
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    code: String,
}

/// The fingerprint of a document, as the audit has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    document: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Client {
    client: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Pool {
    pool: &'static str,
    state: &'static str,
}

/// What is counted.
pub struct Metrics {
    registry: Registry,
    requests: Family<Status, Counter>,
    seconds: Histogram,
    operations: Family<Operation, Histogram>,
    known: Mutex<HashSet<String>>,
    refusals: Family<Reason, Counter>,
    waits: Histogram,
    records: Histogram,
    sampled: Sampled,
}

/// What is read when somebody asks for the metrics.
#[derive(Default)]
struct Sampled {
    statements: Gauge,
    database: Gauge<f64, AtomicU64>,
    sockets: Gauge,
    sockets_refused: Gauge,
    working: Gauge,
    waiting: Gauge,
    budgets: Family<Client, Gauge>,
    pools: Family<Pool, Gauge>,
    ready: Gauge,
}

fn seconds() -> Histogram {
    Histogram::new([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0, 10.0])
}

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            seconds: seconds(),
            operations: Family::new_with_constructor(seconds),
            known: Mutex::default(),
            refusals: Family::default(),
            waits: seconds(),
            records: seconds(),
            sampled: Sampled::default(),
        };
        let mut registry = Registry::with_prefix("panoh");
        registry.register("graphql_requests", "GraphQL requests answered, by HTTP status", metrics.requests.clone());
        registry.register("graphql_request_seconds", "Time from a request to its answer", metrics.seconds.clone());
        let about = "The same, by the document's fingerprint, as the audit has it";
        registry.register("graphql_document_seconds", about, metrics.operations.clone());
        registry.register(
            "graphql_errors",
            "Answers with an error, by the code of the first",
            metrics.refusals.clone(),
        );
        registry.register("turn_wait_seconds", "Time that requests waited for their turn", metrics.waits.clone());
        registry.register("audit_wait_seconds", "Time that answers waited for their record", metrics.records.clone());
        let sampled = &metrics.sampled;
        registry.register("turns_taken", "Requests that are worked at", sampled.working.clone());
        registry.register("turns_waiting", "Requests that wait for a turn", sampled.waiting.clone());
        registry.register("sockets", "Open sockets of clients", sampled.sockets.clone());
        let about = "Sockets that were closed at once since the start, as there were too many";
        registry.register("sockets_refused", about, sampled.sockets_refused.clone());
        registry.register("budget_remaining", "What is left of a client's budget", sampled.budgets.clone());
        registry.register("ready", "Whether an answer can be put on record now", sampled.ready.clone());
        registry.register("pool_connections", "Connections to the database", sampled.pools.clone());
        registry.register("sql_statements", "SQL statements sent since the start", sampled.statements.clone());
        registry.register("database_seconds", "Time in SQL statements since the start", sampled.database.clone());
        Self { registry, ..metrics }
    }
}

impl Metrics {
    /// Counts a request without credentials.
    pub fn refused(&self, status: StatusCode, time: Duration) {
        self.requests.get_or_create(&Status { status: status.as_u16() }).inc();
        self.seconds.observe(time.as_secs_f64());
    }

    /// Counts an answer.
    pub fn answered(&self, outcome: &Outcome, status: StatusCode, time: Duration) {
        self.refused(status, time);
        self.waits.observe(outcome.waited.turn.as_secs_f64());
        self.records.observe(outcome.waited.record.as_secs_f64());
        if let Some(code) = outcome.answer.code() {
            self.refusals.get_or_create(&Reason { code: code.to_owned() }).inc();
        }
        if let Some(document) = &outcome.document {
            let document = self.known(document);
            self.operations.get_or_create(&Operation { document }).observe(time.as_secs_f64());
        }
    }

    /// The label of a document.
    fn known(&self, document: &str) -> String {
        let mut known = self.known.lock();
        if !known.contains(document) {
            if known.len() >= MAX_OPERATIONS {
                return "other".to_owned();
            }
            known.insert(document.to_owned());
        }
        document.to_owned()
    }
}

impl Sampled {
    fn sample(&self, service: &Service, connections: &Connections) {
        self.statements.set(service.store.statements().sent() as i64);
        self.database.set(service.store.statements().time().as_secs_f64());
        let (open, refused) = connections.counted();
        self.sockets.set(open as i64);
        self.sockets_refused.set(refused as i64);
        let ((working, waiting), (_, writers)) = (service.turns.counted(), service.writers.counted());
        self.working.set(working as i64);
        self.waiting.set((waiting + writers) as i64);
        for (party, client) in service.unauthenticated.proved() {
            self.budgets.get_or_create(&Client { client }).set(service.budgets.left(&party).remaining);
        }
        for (pool, open, idle) in service.store.pools() {
            self.pools.get_or_create(&Pool { pool, state: "open" }).set(open.into());
            self.pools.get_or_create(&Pool { pool, state: "idle" }).set(idle.into());
        }
    }
}

/// `GET /metrics`, at an address of its own: it tells of all agencies' activity, and of nobody's data.
pub async fn show(
    service: web::Data<Service>,
    metrics: web::Data<Metrics>,
    readiness: web::Data<Readiness>,
    connections: web::Data<Connections>,
) -> HttpResponse {
    metrics.sampled.sample(&service, &connections);
    metrics.sampled.ready.set(readiness.find(&service).await.into());
    let mut text = String::new();
    match encode(&mut text, &metrics.registry) {
        Ok(()) => {
            HttpResponse::Ok().content_type("application/openmetrics-text; version=1.0.0; charset=utf-8").body(text)
        }
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
