//! What a request's headers say of who asks: the one place where credentials are read.

use crate::domain::purpose::Purpose;
use crate::domain::{UnknownCode, Vocabulary};
use crate::graphql::Answer;
use crate::graphql::errors::Code;
use crate::policy::api_key;
use crate::store::Credentials;
use actix_web::HttpRequest;

/// The credentials that a request's headers make: `Authorization: Bearer KEY`, and `Panoh-Purpose`.
///
/// # Errors
/// If there is no key, the purpose is unknown or misnamed, or a header is given twice or is not ASCII.
pub fn of(request: &HttpRequest) -> Result<Credentials, Answer> {
    if let Some(name) = request.headers().keys().find(|name| is_meant_for_purpose(name.as_str())) {
        return Err(refused(
            Code::BadInput,
            &format!("{name}: there is no such header; the purpose is given as Panoh-Purpose"),
        ));
    }
    let header = |name: &str| only(request, name).map_err(|problem| refused(Code::BadInput, &problem));
    let key = header("Authorization")?.and_then(bearer).filter(|key| !key.is_empty());
    let key = key.ok_or_else(|| refused(Code::Unauthenticated, "give a key: Authorization: Bearer KEY"))?;
    let purpose = header("Panoh-Purpose")?;
    let unknown = |error: UnknownCode| refused(Code::BadInput, &format!("Panoh-Purpose: {error}"));
    let purpose = purpose.map(Purpose::parse).transpose().map_err(unknown)?;
    Ok(Credentials { key_hash: api_key::hash(key), purpose })
}

/// The one value of a header. Of several, or of one that is no text, none would be what the client meant.
fn only<'r>(request: &'r HttpRequest, name: &str) -> Result<Option<&'r str>, String> {
    let mut values = request.headers().get_all(name);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(text) => Ok(Some(text.trim())),
            Err(_) => Err(format!("{name}: expected ASCII text")),
        },
        (Some(_), Some(_)) => Err(format!("{name}: given more than once")),
    }
}

/// Whether a header's name is nearly that of the purpose: a request must not run for another purpose than was meant. Browsers have
/// `Purpose` and `Sec-Purpose` of their own.
fn is_meant_for_purpose(name: &str) -> bool {
    let letters: String = name.chars().filter(char::is_ascii_alphabetic).collect();
    let near = letters.contains("panoh") || letters.contains("purpose");
    near && !["panoh-purpose", "purpose", "sec-purpose"].contains(&name)
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, key) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(key.trim())
}

fn refused(code: Code, message: &str) -> Answer {
    Answer::refusal(code.error(message))
}
