//! `POST /graphql` and `GET /graphql`, per the GraphQL-over-HTTP specification, and the schema.

use super::bodies::{self, MediaType};
use super::connections::Connection;
use super::credentials;
use super::fixed::Fixed;
use super::metrics::Metrics;
use super::proxies::Proxies;
use super::receiving::{Cut, receive};
use crate::graphql::Answer;
use crate::graphql::errors::Code;
use crate::service::answer::{admit, answer};
use crate::service::turns::Party;
use crate::service::{Outcome, Service, Unread};
use crate::store::Credentials;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse};
use std::cell::Cell;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// `GET /schema.graphql`.
pub async fn schema(request: HttpRequest, service: web::Data<Service>) -> HttpResponse {
    static SCHEMA: OnceLock<Fixed> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| Fixed::of(Bytes::from(service.api.sdl().to_owned())));
    let mut response = HttpResponse::Ok();
    response.content_type("text/plain; charset=utf-8");
    schema.answer(&request, response)
}

/// `POST /graphql`. Nothing of a body is kept until its sender is known to be a client.
pub async fn post(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<Service>,
    metrics: web::Data<Metrics>,
    proxies: web::Data<Proxies>,
) -> HttpResponse {
    let Some(media_type) = MediaType::accepted(&request) else { return not_acceptable() };
    let unsupported = match (bodies::is_json(&request), bodies::is_compressed(&request)) {
        (false, _) => Some("the body must be application/json in UTF-8"),
        (true, true) => Some("Content-Encoding: the body must not be compressed"),
        (true, false) => None,
    };
    if let Some(message) = unsupported {
        let answer = refused(Code::BadInput, message);
        return bodies::respond_with(&answer, media_type, StatusCode::UNSUPPORTED_MEDIA_TYPE, None);
    }
    let asking = Asking::over(&request, media_type, service, metrics, &proxies);
    let (credentials, party) = match asking.admit().await {
        Ok(admitted) => admitted,
        Err(response) => {
            let _ = receive(payload, None).await;
            return *response;
        }
    };
    match receive(payload, Some(asking.service.bodies.hold(&party, 0))).await {
        // They count until the request is answered.
        Ok((body, _held)) => {
            let body = body.freeze();
            let asked = Unread::new(&body.clone(), move || bodies::from_body(&body));
            asking.answer(credentials, asked, false).await
        }
        Err(Cut::TooMany) => asking.respond(asking.service.has_too_many_bodies(&party)),
        Err(Cut::TooLong) => {
            let message = format!("the body has more than {} bytes, or was cut off", bodies::MAX_BYTES);
            bodies::respond_with(&refused(Code::Limit, &message), media_type, StatusCode::PAYLOAD_TOO_LARGE, None)
        }
        Err(Cut::Late) => {
            let answer = refused(Code::BadInput, "the body did not arrive in time");
            bodies::respond_with(&answer, media_type, StatusCode::REQUEST_TIMEOUT, None)
        }
    }
}

/// `GET /graphql`: queries only.
pub async fn get(
    request: HttpRequest,
    service: web::Data<Service>,
    metrics: web::Data<Metrics>,
    proxies: web::Data<Proxies>,
) -> HttpResponse {
    let Some(media_type) = MediaType::accepted(&request) else { return not_acceptable() };
    let asking = Asking::over(&request, media_type, service, metrics, &proxies);
    match asking.credentials() {
        Ok(credentials) => {
            let query = request.query_string().to_owned();
            let asked = Unread::new(request.query_string().as_bytes(), move || bodies::from_parameters(&query));
            asking.answer(credentials, asked, true).await
        }
        Err(response) => *response,
    }
}

/// A request, and what answers it.
struct Asking<'r> {
    request: &'r HttpRequest,
    connection: Option<&'r Arc<Connection>>,
    address: IpAddr,
    media_type: MediaType,
    service: web::Data<Service>,
    metrics: web::Data<Metrics>,
    started: Cell<Instant>,
}

impl<'r> Asking<'r> {
    fn over(
        request: &'r HttpRequest,
        media_type: MediaType,
        service: web::Data<Service>,
        metrics: web::Data<Metrics>,
        proxies: &Proxies,
    ) -> Self {
        let (connection, address) = (request.conn_data::<Arc<Connection>>(), proxies.client(request));
        Self { request, connection, address, media_type, service, metrics, started: Cell::new(Instant::now()) }
    }

    /// The credentials that it has, of whomever.
    fn credentials(&self) -> Result<Credentials, Box<HttpResponse>> {
        credentials::of(self.request).map_err(|refusal| {
            self.service.store.audit_writer().count_unauthenticated();
            let response = closing(bodies::respond(&refusal, self.media_type, false, None));
            self.metrics.refused(response.status(), self.started.get().elapsed());
            Box::new(response)
        })
    }

    /// The credentials of a client, and in whose name it waits.
    async fn admit(&self) -> Result<(Credentials, Party), Box<HttpResponse>> {
        let credentials = self.credentials()?;
        self.is(Connection::is_busy);
        let admitted = admit(&self.service, &credentials, self.address).await;
        let party = admitted.map_err(|refused| Box::new(self.respond(refused)))?;
        self.is(Connection::is_clients);
        self.is(Connection::is_awaited);
        Ok((credentials, party))
    }

    async fn answer(&self, credentials: Credentials, asked: Unread, by_get: bool) -> HttpResponse {
        self.started.set(Instant::now());
        self.is(Connection::is_busy);
        let service = self.service.clone().into_inner();
        self.respond(answer(service, credentials, self.address, asked, by_get).await)
    }

    fn respond(&self, mut outcome: Outcome) -> HttpResponse {
        if outcome.left.is_some() {
            self.is(Connection::is_clients);
        }
        let response = respond(&mut outcome, self.media_type);
        self.metrics.answered(&outcome, response.status(), self.started.get().elapsed());
        response
    }

    fn is(&self, state: impl Fn(&Connection)) {
        if let Some(connection) = self.connection {
            state(connection);
        }
    }
}

/// A response after which the socket closes: whoever is refused without work pays at least for a socket of each further request.
fn closing(mut response: HttpResponse) -> HttpResponse {
    response.head_mut().set_connection_type(ConnectionType::Close);
    response
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
    match outcome.retry_after.is_some() || response.status() == StatusCode::UNAUTHORIZED {
        true => closing(response),
        false => response,
    }
}

/// Seconds, rounded up.
fn whole_seconds(time: Duration) -> String {
    time.as_secs_f64().ceil().to_string()
}

fn not_acceptable() -> HttpResponse {
    let answer = refused(Code::BadInput, "accept application/graphql-response+json or application/json");
    bodies::respond_with(&answer, MediaType::Json, StatusCode::NOT_ACCEPTABLE, None)
}

fn refused(code: Code, message: &str) -> Answer {
    Answer::refusal(code.error(message))
}
