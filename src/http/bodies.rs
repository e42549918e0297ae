//! GraphQL over HTTP: media types, parameters and status codes.

use crate::graphql::errors::Code;
use crate::graphql::{Answer, Request};
use crate::service::allowance::Held;
use actix_web::body::{MessageBody, SizedStream};
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::Stream;
use serde_json::{Map, Value};
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The most bytes of a body.
pub const MAX_BYTES: usize = 512 * 1024;

/// The most values of a body: each takes many times its bytes in memory.
const MAX_VALUES: usize = 20_000;

/// The two media types of answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`: errors have status codes of their own.
    GraphqlResponse,
    /// `application/json`: a document that does not parse or fit the schema is answered with 200.
    Json,
}

impl MediaType {
    /// The media type that the client accepts, by its quality values; none if it accepts neither.
    pub fn accepted(request: &HttpRequest) -> Option<Self> {
        let header = request.headers().get("accept").map(|value| value.to_str().unwrap_or_default());
        let Some(header) = header.filter(|header| !header.trim().is_empty()) else { return Some(Self::Json) };
        let mut best: Option<(f32, Self)> = None;
        for range in header.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let media_type = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "application/graphql-response+json" => Self::GraphqlResponse,
                "application/json" | "application/*" | "*/*" => Self::Json,
                _ => continue,
            };
            let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
            if quality > best.map_or(0.0, |(quality, _)| quality) {
                best = Some((quality, media_type));
            }
        }
        best.map(|(_, media_type)| media_type)
    }

    fn name(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// An answer as an HTTP response. `well_formed` tells whether the request's body or parameters were; `held` is kept until it
/// is taken.
pub fn respond(answer: &Answer, media_type: MediaType, well_formed: bool, held: Option<Held>) -> HttpResponse {
    let failed = match answer.code() {
        _ if answer.executed => StatusCode::OK,
        Some("UNAUTHENTICATED") => StatusCode::UNAUTHORIZED,
        Some("FORBIDDEN") => StatusCode::FORBIDDEN,
        Some("UNAVAILABLE") => StatusCode::SERVICE_UNAVAILABLE,
        Some("INTERNAL") => StatusCode::INTERNAL_SERVER_ERROR,
        _ if well_formed && media_type == MediaType::Json => StatusCode::OK,
        _ => StatusCode::BAD_REQUEST,
    };
    respond_with(answer, media_type, failed, held)
}

/// How many bytes of an answer are given to a socket at a time.
pub const PIECE: usize = 16 * 1024;

/// A body piece by piece, as its socket takes them.
struct Pieces {
    rest: Bytes,
    _held: Option<Held>,
}

/// A body of which no more than a piece is copied for each socket. `held` is kept until it is taken.
pub fn in_pieces(body: Bytes, held: Option<Held>) -> impl MessageBody {
    SizedStream::new(body.len() as u64, Pieces { rest: body, _held: held })
}

impl Stream for Pieces {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let bytes = self.rest.len().min(PIECE);
        Poll::Ready((bytes > 0).then(|| Ok(self.rest.split_to(bytes))))
    }
}

/// An answer with a status of its own.
pub fn respond_with(answer: &Answer, media_type: MediaType, status: StatusCode, held: Option<Held>) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.content_type(media_type.name()).insert_header(("Cache-Control", "no-store"));
    match status {
        StatusCode::UNAUTHORIZED => response.insert_header(("WWW-Authenticate", "Bearer realm=\"panoh\"")),
        StatusCode::SERVICE_UNAVAILABLE => response.insert_header(("Retry-After", "1")),
        _ => &mut response,
    };
    response.body(in_pieces(Bytes::from_owner(answer.json()), held))
}

/// Whether a body's media type is JSON in UTF-8: the only one, so that no page can make a browser send one unasked.
pub fn is_json(request: &HttpRequest) -> bool {
    let header = request.headers().get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut parts = header.split(';').map(|part| part.trim().to_ascii_lowercase());
    let is_json = parts.next().as_deref() == Some("application/json");
    is_json
        && parts.all(|part| {
            !part.starts_with("charset=") || part.trim_matches('"') == "charset=utf-8" || part == "charset=\"utf-8\""
        })
}

/// Whether a body is compressed.
pub fn is_compressed(request: &HttpRequest) -> bool {
    request.headers().get("content-encoding").is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// The request in a JSON body.
///
/// # Errors
/// If the body is no JSON object or its fields make no request, with the answer that says so.
pub fn from_body(body: &[u8]) -> Result<Request, Answer> {
    check_values(body)?;
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| bad(format!("the body is not JSON (line {}, column {})", error.line(), error.column())))?;
    let Value::Object(fields) = value else {
        return Err(bad("the body must be one JSON object: batches are not served".to_owned()));
    };
    from_fields(fields)
}

/// The request in a URL's parameters.
///
/// # Errors
/// If the URL's parameters cannot be read or make no request, with the answer that says so.
pub fn from_parameters(query: &str) -> Result<Request, Answer> {
    let parameters: Vec<(String, String)> = actix_web::web::Query::<Vec<(String, String)>>::from_query(query)
        .map_err(|_| bad("the URL's parameters cannot be read".to_owned()))?
        .into_inner();
    let mut fields = Map::new();
    for (name, text) in parameters {
        let value = match name.as_str() {
            "variables" | "extensions" if !text.is_empty() => {
                check_values(text.as_bytes())?;
                serde_json::from_str(&text).map_err(|_| bad(format!("{name}: expected a JSON object")))?
            }
            "variables" | "extensions" => Value::Null,
            _ => Value::String(text),
        };
        fields.insert(name, value);
    }
    from_fields(fields)
}

/// Counts what is before each value of an array or object, outside of texts.
fn check_values(json: &[u8]) -> Result<(), Answer> {
    let (mut values, mut is_text, mut is_escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_text,
            b'"' => is_text = !is_text,
            b',' | b'[' | b'{' if !is_text => values += 1,
            _ => {}
        }
    }
    match values > MAX_VALUES {
        true => {
            let message = format!("the request has more than {MAX_VALUES} values in its variables and extensions");
            Err(Answer::refusal(Code::Limit.error(message)))
        }
        false => Ok(()),
    }
}

fn from_fields(mut fields: Map<String, Value>) -> Result<Request, Answer> {
    let mut object = |name: &str| match fields.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(map)) => Ok(Some(map)),
        Some(_) => Err(bad(format!("{name}: expected a JSON object"))),
    };
    let variables = object("variables")?;
    let is_persisted = object("extensions")?.is_some_and(|extensions| extensions.contains_key("persistedQuery"));
    let operation_name = match fields.remove("operationName") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name).filter(|name| !name.is_empty()),
        Some(_) => return Err(bad("operationName: expected a text".to_owned())),
    };
    match fields.remove("query") {
        Some(Value::String(query)) => Ok(Request { query, operation_name, variables }),
        // The words by which clients know that they are to send the whole document, from now on.
        None | Some(Value::Null) if is_persisted => Err(bad("PersistedQueryNotSupported".to_owned())),
        _ => Err(bad("query: expected a text, the GraphQL document".to_owned())),
    }
}

fn bad(message: String) -> Answer {
    Answer::refusal(Code::BadInput.error(message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_outside_of_texts() {
        let body = |variables: &str| format!("{{\"query\": \"{{ a }}\", \"variables\": {{ \"v\": {variables} }} }}");
        let many = |of: &str| body(&format!("[{}0]", of.repeat(MAX_VALUES)));
        assert!(from_body(many("0,").as_bytes()).is_err_and(|answer| answer.code() == Some("LIMIT")));
        assert!(from_body(many("{},").as_bytes()).is_err());
        assert!(from_body(body(&format!("\"\\\"{}\"", ",[{".repeat(MAX_VALUES))).as_bytes()).is_ok());
        assert!(from_body(body(&format!("[{}0]", "0,".repeat(MAX_VALUES / 2))).as_bytes()).is_ok());
    }
}
