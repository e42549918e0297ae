//! Probes for whoever runs the server.

use crate::service::Service;
use actix_web::{HttpResponse, web};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long a probe may take, and how long what it found is told to others: anybody may ask.
const MAX_TIME: Duration = Duration::from_secs(2);
const TOLD_FOR: Duration = Duration::from_secs(1);

/// What was found last. Whoever asks meanwhile waits for it.
#[derive(Default)]
pub struct Readiness(Mutex<Option<(Instant, bool)>>);

/// `GET /health/live`: the process answers.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().body("live\n")
}

/// `GET /health/ready`: an answer can be put on record now.
pub async fn ready(service: web::Data<Service>, readiness: web::Data<Readiness>) -> HttpResponse {
    match readiness.find(&service).await {
        true => HttpResponse::Ok().body("ready\n"),
        false => HttpResponse::ServiceUnavailable().body("answers cannot be put on record now\n"),
    }
}

impl Readiness {
    /// Whether an answer can be put on record now.
    pub async fn find(&self, service: &Service) -> bool {
        let mut found = self.0.lock().await;
        if let Some((_, ready)) = found.filter(|(at, _)| at.elapsed() < TOLD_FOR) {
            return ready;
        }
        let recorded = service.store.audit_writer().probe().durable(Instant::now() + MAX_TIME).await;
        if let Err(error) = &recorded {
            tracing::warn!(%error, "not ready");
        }
        *found = Some((Instant::now(), recorded.is_ok()));
        recorded.is_ok()
    }
}
