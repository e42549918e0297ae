//! Answers, written out: a client that is slow to take one holds these bytes and nothing else.

use super::errors::{Code, failure};
use crate::store::StoreError;
use async_graphql::{Error, Pos, Response, ServerError, Value};
use serde::Serialize;
use std::io::{self, Write};
use std::sync::Arc;

/// The most bytes of an answer.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The answer to a request.
#[derive(Debug, Clone)]
pub struct Answer {
    json: Arc<[u8]>,
    code: Option<String>,
    /// Whether the request was executed: then the answer has `data`, which may be null.
    pub executed: bool,
}

/// An answer that was not executed has no `data`.
#[derive(Serialize)]
struct Refused<'e> {
    errors: &'e [ServerError],
}

impl Answer {
    /// Writes an answer as JSON, its fields in the order of the selection. One of more than the most bytes is refused.
    pub(in crate::graphql) fn write(response: &Response, executed: bool) -> Self {
        let mut json = Bounded(Vec::new());
        let written = match executed {
            true => serde_json::to_writer(&mut json, response),
            false => serde_json::to_writer(&mut json, &Refused { errors: &response.errors }),
        };
        match written {
            Ok(()) => Self { json: json.0.into(), code: code(response), executed },
            Err(_) => Self::refusal(
                Code::Limit
                    .error(format!("the answer has more than {MAX_BYTES} bytes; ask for fewer rows or fields at once")),
            ),
        }
    }

    /// An answer that refuses a request before it is executed.
    pub fn refusal(error: Error) -> Self {
        let refused = error.into_server_error(Pos::default());
        Self::refused(vec![ServerError { locations: Vec::new(), ..refused }])
    }

    /// The same for several errors, at their places in the document.
    pub(in crate::graphql) fn refused(errors: Vec<ServerError>) -> Self {
        Self::write(&Response::from_errors(errors), false)
    }

    /// An answer that a failure of the store prevents; its cause is logged.
    pub fn failed(error: &StoreError) -> Self {
        Self::refusal(failure(error))
    }

    /// The answer as JSON.
    pub fn json(&self) -> Arc<[u8]> {
        Arc::clone(&self.json)
    }

    /// The code of the first error, if there is one.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }
}

fn code(response: &Response) -> Option<String> {
    match response.errors.first()?.extensions.as_ref()?.get("code") {
        Some(Value::String(code)) => Some(code.clone()),
        _ => None,
    }
}

/// Takes so many bytes and no more.
struct Bounded(Vec<u8>);

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_BYTES {
            return Err(io::Error::other("more than the most bytes"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_too_many_bytes_is_refused() {
        let of = |bytes: usize| Answer::write(&Response::new(Value::String("a".repeat(bytes))), true);
        assert_eq!(of(MAX_BYTES - 100).code(), None);
        let refused = of(MAX_BYTES);
        assert_eq!((refused.code(), refused.executed), (Some("LIMIT"), false));
        assert!(refused.json().len() < 500);
    }
}
