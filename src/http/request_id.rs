//! The id of a request: the trace that it belongs to, if its client says so (W3C Trace Context, `traceparent`), else a random one.
//! The answer carries it (`X-Request-Id`), and every line of the log about the request.

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// The header of the answer.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request that has these headers: 32 hexadecimal digits.
pub fn of(headers: &HeaderMap) -> HeaderValue {
    let traced = headers.get("traceparent").and_then(|given| given.to_str().ok()).and_then(trace_of);
    let id = traced.map_or_else(|| format!("{:032x}", rand::random::<u128>()), str::to_owned);
    HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static(""))
}

/// The trace's id of `version-trace-parent-flags`: nothing but digits, so that nobody writes into the log.
fn trace_of(given: &str) -> Option<&str> {
    let mut parts = given.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let is_hex =
        |text: &str, length| text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let known = is_hex(version, 2) && version != "ff" && is_hex(parts.next()?, 16) && is_hex(parts.next()?, 2);
    (known && is_hex(trace, 32) && trace.bytes().any(|byte| byte != b'0')).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_are_taken_over_and_nothing_else_is() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(trace_of(&format!("00-{trace}-00f067aa0ba902b7-01")), Some(trace));
        assert_eq!(trace_of(&format!("01-{trace}-00f067aa0ba902b7-01-more")), Some(trace));
        for wrong in [
            "",
            trace,
            &format!("ff-{trace}-00f067aa0ba902b7-01"),
            &format!("00-{}-00f067aa0ba902b7-01", trace.to_uppercase()),
            &format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            &format!("00-{trace}-00f067aa0ba902b7"),
            "00-Zahra Noori-00f067aa0ba902b7-01",
        ] {
            assert_eq!(trace_of(wrong), None, "{wrong}");
        }
    }
}
