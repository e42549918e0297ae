//! Probes for whoever runs the server.

use super::graphql::Service;
use actix_web::{HttpResponse, web};

/// `GET /health/live`: the process answers.
pub async fn live() -> HttpResponse {
    HttpResponse::Ok().body("live\n")
}

/// `GET /health/ready`: the database answers too.
pub async fn ready(service: web::Data<Service>) -> HttpResponse {
    match web::block(move || service.store.is_ready()).await {
        Ok(true) => HttpResponse::Ok().body("ready\n"),
        _ => HttpResponse::ServiceUnavailable().body("the database does not answer\n"),
    }
}
