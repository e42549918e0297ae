//! `POST /graphql` and `GET /graphql`, per the GraphQL-over-HTTP specification, and the schema.

use super::bodies::{self, MediaType};
use super::connections::Connection;
use super::credentials;
use super::metrics::Metrics;
use super::proxies::Proxies;
use crate::graphql::errors::Code;
use crate::graphql::{Answer, Request};
use crate::service::answer::answer;
use crate::service::{Outcome, Service};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::StreamExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a body may take to arrive.
const MAX_BODY: Duration = Duration::from_secs(15);

/// `GET /schema.graphql`.
pub async fn schema(service: web::Data<Service>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(service.api.sdl().to_owned())
}

/// `POST /graphql`.
pub async fn post(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<Service>,
    metrics: web::Data<Metrics>,
    proxies: web::Data<Proxies>,
) -> HttpResponse {
    let Some(media_type) = MediaType::accepted(&request) else { return not_acceptable() };
    if !bodies::is_json(&request) {
        let answer = refused(Code::BadInput, "the body must be application/json in UTF-8");
        return bodies::respond_with(&answer, media_type, StatusCode::UNSUPPORTED_MEDIA_TYPE, None);
    }
    if bodies::is_compressed(&request) {
        let answer = refused(Code::BadInput, "Content-Encoding: the body must not be compressed");
        return bodies::respond_with(&answer, media_type, StatusCode::UNSUPPORTED_MEDIA_TYPE, None);
    }
    let body = match tokio::time::timeout(MAX_BODY, read(payload)).await {
        Ok(Ok(body)) => body,
        Ok(Err(())) => {
            let answer =
                refused(Code::Limit, &format!("the body has more than {} bytes, or was cut off", bodies::MAX_BYTES));
            return bodies::respond_with(&answer, media_type, StatusCode::PAYLOAD_TOO_LARGE, None);
        }
        Err(_) => {
            let answer = refused(Code::BadInput, "the body did not arrive in time");
            return bodies::respond_with(&answer, media_type, StatusCode::REQUEST_TIMEOUT, None);
        }
    };
    serve(&request, bodies::from_body(&body), media_type, service, metrics, proxies).await
}

/// `GET /graphql`: queries only.
pub async fn get(
    request: HttpRequest,
    service: web::Data<Service>,
    metrics: web::Data<Metrics>,
    proxies: web::Data<Proxies>,
) -> HttpResponse {
    let Some(media_type) = MediaType::accepted(&request) else { return not_acceptable() };
    serve(&request, bodies::from_parameters(request.query_string()), media_type, service, metrics, proxies).await
}

async fn serve(
    request: &HttpRequest,
    asked: Result<Request, Answer>,
    media_type: MediaType,
    service: web::Data<Service>,
    metrics: web::Data<Metrics>,
    proxies: web::Data<Proxies>,
) -> HttpResponse {
    let started = Instant::now();
    let queries_only = request.method() == Method::GET;
    match credentials::of(request) {
        Err(refusal) => {
            service.store.audit_writer().count_unauthenticated();
            let response = bodies::respond(&refusal, media_type, false, None);
            metrics.refused(response.status(), started.elapsed());
            response
        }
        Ok(credentials) => {
            let (address, connection) = (proxies.client(request), request.conn_data::<Arc<Connection>>());
            if let Some(connection) = connection {
                connection.is_busy();
            }
            let mut outcome = answer(service.into_inner(), credentials, address, asked, queries_only).await;
            if let (Some(_), Some(connection)) = (outcome.left, connection) {
                connection.is_clients();
            }
            let response = respond(&mut outcome, media_type);
            metrics.answered(&outcome, response.status(), started.elapsed());
            response
        }
    }
}

fn respond(outcome: &mut Outcome, media_type: MediaType) -> HttpResponse {
    let (answer, held) = (&outcome.answer, outcome.held.take());
    let mut response = match outcome.retry_after {
        _ if outcome.not_by_get => bodies::respond_with(answer, media_type, StatusCode::METHOD_NOT_ALLOWED, held),
        Some(_) if answer.code() == Some(Code::Limit.as_str()) => {
            bodies::respond_with(answer, media_type, StatusCode::TOO_MANY_REQUESTS, held)
        }
        _ => bodies::respond(answer, media_type, outcome.well_formed, held),
    };
    let mut say = |name: &'static str, value: String| {
        let value = HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static(""));
        response.headers_mut().insert(HeaderName::from_static(name), value);
    };
    if let Some(purpose) = outcome.purpose {
        say("panoh-purpose", purpose.to_string());
    }
    if outcome.not_by_get {
        say("allow", "POST".to_owned());
    }
    if let Some(wait) = outcome.retry_after {
        say("retry-after", whole_seconds(wait));
    }
    if let Some(left) = outcome.left {
        say("ratelimit-limit", left.limit.to_string());
        say("ratelimit-remaining", left.remaining.to_string());
        say("ratelimit-reset", whole_seconds(left.full_after));
    }
    response
}

/// Seconds, rounded up.
fn whole_seconds(time: Duration) -> String {
    time.as_secs_f64().ceil().to_string()
}

async fn read(mut payload: web::Payload) -> Result<web::BytesMut, ()> {
    let mut body = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ())?;
        if body.len() + chunk.len() > bodies::MAX_BYTES {
            return Err(());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn not_acceptable() -> HttpResponse {
    let answer = refused(Code::BadInput, "accept application/graphql-response+json or application/json");
    bodies::respond_with(&answer, MediaType::Json, StatusCode::NOT_ACCEPTABLE, None)
}

fn refused(code: Code, message: &str) -> Answer {
    Answer::refusal(code.error(message))
}
