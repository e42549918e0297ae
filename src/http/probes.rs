//! Probes for whoever runs the server.

use super::service::Service;
use actix_web::{HttpResponse, web};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long a probe may take, and how long what it found is told to others: anybody may ask.
const LONGEST: Duration = Duration::from_secs(2);
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
    let mut found = readiness.0.lock().await;
    let known = found.filter(|(at, _)| at.elapsed() < TOLD_FOR).map(|(_, ready)| ready);
    let ready = match known {
        Some(ready) => ready,
        None => {
            let receipt = service.store.recorder().probe();
            let recorded = receipt.durable(Instant::now() + LONGEST).await;
            if let Err(error) = &recorded {
                tracing::warn!(%error, "not ready");
            }
            *found = Some((Instant::now(), recorded.is_ok()));
            recorded.is_ok()
        }
    };
    match ready {
        true => HttpResponse::Ok().body("ready\n"),
        false => HttpResponse::ServiceUnavailable().body("answers cannot be put on record now\n"),
    }
}
