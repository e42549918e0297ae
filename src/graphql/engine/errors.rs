//! What clients are told when something is wrong: a closed set of codes. The cause goes to the log, personal data to neither.

use crate::store::StoreError;
use async_graphql::{Error, ErrorExtensions, Pos, ServerError};

/// The public codes, in `extensions.code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The key is missing or unknown.
    Unauthenticated,
    /// The client may not do this.
    Forbidden,
    /// An argument, header or body is not what it should be.
    BadInput,
    /// An id was not made for this agency and purpose.
    InvalidId,
    /// A cursor was not made for this agency, purpose and order.
    InvalidCursor,
    /// The request asks for more than one request may.
    Limit,
    /// The document is not GraphQL.
    Parse,
    /// The document does not fit the schema.
    Validation,
    /// The database is busy or away; try again.
    Unavailable,
    /// Something went wrong inside.
    Internal,
}

impl Code {
    /// The code as clients see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::BadInput => "BAD_INPUT",
            Self::InvalidId => "INVALID_ID",
            Self::InvalidCursor => "INVALID_CURSOR",
            Self::Limit => "LIMIT",
            Self::Parse => "PARSE",
            Self::Validation => "VALIDATION",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }

    /// An error with this code.
    pub fn error(self, message: impl Into<String>) -> Error {
        Error::new(message).extend_with(|_, extensions| extensions.set("code", self.as_str()))
    }

    /// An error with this code about the document as a whole.
    pub fn refuse(self, message: impl Into<String>) -> ServerError {
        ServerError { locations: Vec::new(), ..self.refuse_at(message, Pos::default()) }
    }

    /// An error with this code about a place in the document.
    pub fn refuse_at(self, message: impl Into<String>, place: Pos) -> ServerError {
        self.error(message).into_server_error(place)
    }

    /// An error with this code about one argument, named by its path: `filter.place.within`.
    pub fn at(self, argument: &str, message: impl AsRef<str>) -> Error {
        self.error(format!("{argument}: {}", message.as_ref()))
            .extend_with(|_, extensions| extensions.set("argument", argument))
    }
}

/// What the library says of a request, without the request's own text and values: errors are kept and passed on.
pub fn without_values(message: &str) -> String {
    // A parser shows the line, points at the place, and says what it expected there.
    if let Some((_, expected)) = message.rsplit_once("\n  = ") {
        return expected.to_owned();
    }
    // What a scalar of ours got instead of a text is a value too.
    if let Some((before, _)) = message.split_once(", found ") {
        return before.to_owned();
    }
    match message.split_once(" does not contain the value ") {
        Some((before, _)) => format!("{before} does not contain this value"),
        None => message.to_owned(),
    }
}

/// What a client is told of a failure, and under which id its cause was logged.
pub fn failure(error: &StoreError) -> Error {
    let (code, message) = match error.is_passing() {
        _ if matches!(error, StoreError::TooLong) => (Code::Limit, "the request took too long; ask for less at once"),
        _ if matches!(error, StoreError::TooMuch) => {
            (Code::Limit, "the request reads too many texts, items or values at once; ask for fewer rows or fields")
        }
        _ if matches!(error, StoreError::TooMuchTogether) => (
            Code::Limit,
            "this client's requests hold too many values together, or another large one is worked at; ask for fewer at once",
        ),
        true => (Code::Unavailable, "the database is busy or away; try again shortly"),
        false => (Code::Internal, "something went wrong; the operator finds the cause under the correlation id"),
    };
    let correlation = format!("{:016x}", rand::random::<u64>());
    match error {
        StoreError::Gone | StoreError::TooLong | StoreError::TooMuch | StoreError::TooMuchTogether => {
            tracing::info!(%correlation, code = code.as_str(), cause = %error, "request ended");
        }
        _ => tracing::error!(%correlation, code = code.as_str(), cause = %error, "request failed"),
    }
    code.error(message).extend_with(|_, extensions| extensions.set("correlationId", correlation.as_str()))
}
