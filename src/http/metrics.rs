//! Prometheus metrics. They count requests and statements, never people.

use super::graphql::Service;
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Status {
    status: u16,
}

/// What is counted.
pub struct Metrics {
    registry: Registry,
    requests: Family<Status, Counter>,
    seconds: Histogram,
    statements: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let requests = Family::default();
        let seconds = Histogram::new([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0]);
        let statements = Gauge::default();
        let mut registry = Registry::with_prefix("panoh");
        registry.register("graphql_requests", "GraphQL requests answered, by HTTP status", requests.clone());
        registry.register("graphql_request_seconds", "Time from a GraphQL request to its answer", seconds.clone());
        registry.register("sql_statements", "SQL statements sent since the start", statements.clone());
        Self { registry, requests, seconds, statements }
    }
}

impl Metrics {
    /// Counts an answer.
    pub fn answered(&self, status: StatusCode, time: Duration) {
        self.requests.get_or_create(&Status { status: status.as_u16() }).inc();
        self.seconds.observe(time.as_secs_f64());
    }
}

/// `GET /metrics`, at an address of its own: it tells of all agencies' activity, and of nobody's data.
pub async fn show(service: web::Data<Service>, metrics: web::Data<Metrics>) -> HttpResponse {
    metrics.statements.set(service.store.statements_sent() as i64);
    let mut text = String::new();
    match encode(&mut text, &metrics.registry) {
        Ok(()) => {
            HttpResponse::Ok().content_type("application/openmetrics-text; version=1.0.0; charset=utf-8").body(text)
        }
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}
