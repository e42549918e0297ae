//! `POST /graphql` and `GET /graphql`, per the GraphQL-over-HTTP specification, and the schema.

use super::application::Clock;
use super::bodies::{self, MediaType};
use super::credentials;
use super::metrics::Metrics;
use crate::domain::audit::AuditRecord;
use crate::graphql::errors::Code;
use crate::graphql::{Answer, Api, Prepared, Request};
use crate::store::{Claim, ReadError, Refusal, Store, StoreError};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::StreamExt;
use std::time::{Duration, Instant};

/// How long a body may take to arrive.
const LONGEST_BODY: Duration = Duration::from_secs(15);

/// What answers requests.
pub struct Service {
    pub(super) api: Api,
    pub(super) sdl: String,
    pub(super) store: Store,
    pub(super) clock: Clock,
}

/// `GET /schema.graphql`.
pub async fn schema(service: web::Data<Service>) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(service.sdl.clone())
}

/// `POST /graphql`.
pub async fn post(
    request: HttpRequest,
    payload: web::Payload,
    service: web::Data<Service>,
    metrics: web::Data<Metrics>,
) -> HttpResponse {
    let Some(media_type) = MediaType::accepted(&request) else { return not_acceptable() };
    if !bodies::is_json(&request) {
        let answer = refused(Code::BadInput, "the body must be application/json in UTF-8");
        return bodies::respond_with(&answer, media_type, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    let body = match tokio::time::timeout(LONGEST_BODY, read(payload)).await {
        Ok(Ok(body)) => body,
        Ok(Err(())) => {
            let answer =
                refused(Code::Limit, &format!("the body has more than {} bytes, or was cut off", bodies::MOST_BYTES));
            return bodies::respond_with(&answer, media_type, StatusCode::PAYLOAD_TOO_LARGE);
        }
        Err(_) => {
            let answer = refused(Code::BadInput, "the body did not arrive in time");
            return bodies::respond_with(&answer, media_type, StatusCode::REQUEST_TIMEOUT);
        }
    };
    serve(&request, bodies::from_body(&body), media_type, service, metrics).await
}

/// `GET /graphql`: queries only.
pub async fn get(request: HttpRequest, service: web::Data<Service>, metrics: web::Data<Metrics>) -> HttpResponse {
    let Some(media_type) = MediaType::accepted(&request) else { return not_acceptable() };
    serve(&request, bodies::from_parameters(request.query_string()), media_type, service, metrics).await
}

async fn serve(
    request: &HttpRequest,
    asked: Result<Request, Answer>,
    media_type: MediaType,
    service: web::Data<Service>,
    metrics: web::Data<Metrics>,
) -> HttpResponse {
    let started = Instant::now();
    let queries_only = request.method() == actix_web::http::Method::GET;
    let response = match credentials::claim(request) {
        Err(refusal) => {
            service.store.recorder().count_stranger();
            bodies::respond(&refusal, media_type, false)
        }
        // From the first statement to the last on one blocking thread, with one connection.
        Ok(claim) => match web::block(move || answer(&service, &claim, asked, queries_only)).await {
            Ok(Outcome { answer, not_by_get: true, .. }) => {
                let mut response = bodies::respond_with(&answer, media_type, StatusCode::METHOD_NOT_ALLOWED);
                let allow = actix_web::http::header::HeaderValue::from_static("POST");
                response.headers_mut().insert(actix_web::http::header::ALLOW, allow);
                response
            }
            Ok(Outcome { answer, well_formed, .. }) => bodies::respond(&answer, media_type, well_formed),
            Err(_) => bodies::respond(&refused(Code::Internal, "the request was given up"), media_type, true),
        },
    };
    metrics.answered(response.status(), started.elapsed());
    response
}

struct Outcome {
    answer: Answer,
    well_formed: bool,
    /// Something other than a query was asked for by GET.
    not_by_get: bool,
}

impl Outcome {
    fn of(answer: Answer) -> Self {
        Self { answer, well_formed: true, not_by_get: false }
    }
}

/// How often a query runs whose snapshot is outdated by a change of access before its answer is on record; then it runs
/// once more while nobody can change anything.
const ATTEMPTS: usize = 3;

/// Answers a request; the answer is on record before it is given.
fn answer(service: &Service, claim: &Claim, asked: Result<Request, Answer>, queries_only: bool) -> Outcome {
    let well_formed = asked.is_ok();
    let mut not_by_get = false;
    let mut asked = Some(asked);
    let mut prepared: Option<Result<Prepared, Answer>> = None;
    for attempt in 0..=ATTEMPTS {
        let today = service.clock.today();
        let opened =
            if attempt < ATTEMPTS { service.store.read(claim, today) } else { service.store.write(claim, today) };
        let snapshot = match opened {
            Ok(snapshot) => snapshot,
            Err(ReadError::Refused(refusal)) => return Outcome::of(refused_on_record(service, claim, &refusal)),
            Err(ReadError::Store(error)) => return Outcome::of(Answer::failed(&error)),
        };
        let prepared = prepared.get_or_insert_with(|| {
            let request = asked.take().expect("a request is prepared once")?;
            let prepared = service.api.prepare(request)?;
            not_by_get = queries_only && !prepared.is_query();
            match not_by_get {
                true => Err(refused(Code::BadInput, "only queries are served by GET; use POST")),
                false => Ok(prepared),
            }
        });
        let unrecorded = match prepared {
            Ok(prepared) if prepared.is_mutation() && !snapshot.is_writable() => {
                drop(snapshot);
                match service.store.write(claim, service.clock.today()) {
                    Ok(snapshot) => service.api.execute(snapshot, prepared),
                    Err(ReadError::Refused(refusal)) => {
                        return Outcome::of(refused_on_record(service, claim, &refusal));
                    }
                    Err(ReadError::Store(error)) => return Outcome::of(Answer::failed(&error)),
                }
            }
            Ok(prepared) => service.api.execute(snapshot, prepared),
            Err(refusal) => service.api.refuse(snapshot, refusal.clone()),
        };
        match unrecorded.record(&service.store) {
            Ok(Some(answer)) => return Outcome { answer, well_formed, not_by_get },
            Ok(None) => continue,
            Err(error) => return Outcome::of(Answer::failed(&error)),
        }
    }
    Outcome::of(Answer::failed(&StoreError::Unsettled))
}

/// Refuses a claim: a client's is on record one by one, strangers' as counts.
fn refused_on_record(service: &Service, claim: &Claim, refusal: &Refusal) -> Answer {
    match refusal {
        Refusal::UnknownKey => service.store.recorder().count_stranger(),
        Refusal::PurposeNotRegistered { purpose, agency_id, client_id, .. } => {
            let record = AuditRecord::refused(*agency_id, *client_id, *purpose, Code::Forbidden.as_str());
            if let Err(error) = service.store.recorder().append_always(record, claim) {
                return Answer::failed(&error);
            }
        }
    }
    credentials::refusal(refusal)
}

async fn read(mut payload: web::Payload) -> Result<web::BytesMut, ()> {
    let mut body = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| ())?;
        if body.len() + chunk.len() > bodies::MOST_BYTES {
            return Err(());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn not_acceptable() -> HttpResponse {
    let answer = refused(Code::BadInput, "accept application/graphql-response+json or application/json");
    bodies::respond_with(&answer, MediaType::Json, StatusCode::NOT_ACCEPTABLE)
}

fn refused(code: Code, message: &str) -> Answer {
    Answer::refusal(code.error(message))
}
