//! What a request's text may be, held before it is parsed: a parser recurses into brackets, and would overflow its stack.
//!
//! The text is read as the parser's grammar reads it. If the two could differ (a string without an end) it is refused.

use super::errors::Code;
use async_graphql::{Pos, ServerError};

pub const MAX_BYTES: usize = 64 * 1024;
const MAX_TOKENS: usize = 5_000;
pub const MAX_DEPTH: usize = 40;

/// An alias stands in the answer as often as its field.
pub const MAX_NAME: usize = 128;

/// Holds the text against the limits: bytes, depth of brackets, tokens, lengths of names.
///
/// # Errors
/// If the bytes, depth, tokens or a name pass their limit, or a string has no end.
pub fn check_text(document: &str) -> Result<(), ServerError> {
    if document.len() > MAX_BYTES {
        return Err(Code::Limit.refuse(format!("the document has more than {MAX_BYTES} bytes")));
    }
    let mut depth = 0_usize;
    let mut tokens = 0_usize;
    let mut rest = document.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b'#' => skip_until(after, is_line_end),
            b'"' => string(after).ok_or_else(|| {
                Code::Parse.refuse_at("a string has no end", place(document, document.len() - rest.len()))
            })?,
            b'{' | b'[' | b'(' => {
                depth += 1;
                after
            }
            b'}' | b']' | b')' => {
                depth = depth.saturating_sub(1);
                after
            }
            byte if is_word(byte) => {
                let end = skip_until(after, |byte| !is_word(byte));
                if rest.len() - end.len() > MAX_NAME {
                    return Err(Code::Limit.refuse(format!("a name or number has more than {MAX_NAME} bytes")));
                }
                end
            }
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                rest = after;
                continue;
            }
            _ => after,
        };
        tokens += 1;
        if depth > MAX_DEPTH {
            return Err(Code::Limit.refuse(format!("brackets are nested deeper than {MAX_DEPTH}")));
        }
        if tokens > MAX_TOKENS {
            return Err(Code::Limit.refuse(format!("the document has more than {MAX_TOKENS} tokens")));
        }
    }
    Ok(())
}

/// The line and column of a byte, from 1.
fn place(document: &str, at: usize) -> Pos {
    let before = &document.as_bytes()[..at];
    let line_start = before.iter().rposition(|byte| is_line_end(*byte)).map_or(0, |end| end + 1);
    Pos {
        line: 1 + before.iter().filter(|byte| **byte == b'\n').count(),
        column: 1 + String::from_utf8_lossy(&before[line_start..]).chars().count(),
    }
}

/// A checked text without the values of its strings and numbers, and without comments and blanks.
pub fn without_literals(document: &str) -> String {
    let mut kept = Vec::new();
    let mut rest = document.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = match byte {
            b'#' => skip_until(after, is_line_end),
            b' ' | b'\t' | b'\r' | b'\n' | b',' => after,
            b'"' => {
                kept.extend_from_slice(b"\"\" ");
                string(after).unwrap_or_default()
            }
            b'-' | b'0'..=b'9' => {
                kept.extend_from_slice(b"0 ");
                skip_until(after, |byte| !is_word(byte) && !matches!(byte, b'.' | b'+' | b'-'))
            }
            byte if is_word(byte) => {
                let end = skip_until(after, |byte| !is_word(byte));
                kept.extend_from_slice(&rest[..rest.len() - end.len()]);
                kept.push(b' ');
                end
            }
            other => {
                kept.push(other);
                after
            }
        };
    }
    String::from_utf8_lossy(&kept).into_owned()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

fn skip_until(bytes: &[u8], end: impl Fn(u8) -> bool) -> &[u8] {
    let length = bytes.iter().position(|byte| end(*byte)).unwrap_or(bytes.len());
    &bytes[length..]
}

/// What follows a string whose first quote is read; none if the string has no end.
fn string(after_quote: &[u8]) -> Option<&[u8]> {
    let (mut rest, block) = match after_quote.strip_prefix(b"\"\"") {
        Some(rest) => (rest, true),
        None => (after_quote, false),
    };
    loop {
        rest = skip_until(rest, |byte| byte == b'"' || byte == b'\\' || (!block && is_line_end(byte)));
        rest = match (rest, block) {
            ([], _) | ([b'\n' | b'\r', ..], false) => return None,
            ([b'"', b'"', b'"', after @ ..], true) | ([b'"', after @ ..], false) => return Some(after),
            ([b'\\', b'"', b'"', b'"', after @ ..], true) | ([b'\\', _, after @ ..], false) => after,
            ([_, after @ ..], _) => after,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(document: &str) -> Option<async_graphql::Value> {
        check_text(document).err()?.extensions?.get("code").cloned()
    }

    #[test]
    fn deep_brackets_never_reach_the_parser() {
        let deep = format!("{}1{}", "[".repeat(2_000), "]".repeat(2_000));
        assert_eq!(code(&format!("{{ a(b: {deep}) }}")), Some("LIMIT".into()));
        for hidden in [format!("#\r{{ a(b: {deep}) }}"), format!("# \n{{ a(b: {deep}) }}")] {
            assert_eq!(code(&hidden), Some("LIMIT".into()));
        }
        for endless in [format!("{{ a(b: [\"\"\" , {deep}]) }}"), format!("{{ a(b: \"\n, {deep}) }}"), "\"\r\"".into()]
        {
            assert_eq!(code(&endless), Some("PARSE".into()));
        }
    }

    #[test]
    fn a_long_name_is_refused() {
        for begin in ["a", "_", "A9"] {
            let named = |bytes: usize| format!("{{ {}: viewer {{ purpose }} }}", begin.repeat(bytes / begin.len()));
            assert_eq!(code(&named(128)), None);
            assert_eq!(code(&named(130)), Some("LIMIT".into()));
        }
    }

    #[test]
    fn literals_are_left_out() {
        let named = without_literals("{ a(b: \"Zahra\", c: 12, d: -1.5e3) # Noori\n { e f } }");
        assert_eq!(named, without_literals("{a(b:\"Omid\" c:3 d:0){e,f}}"));
        assert_ne!(named, without_literals("{a(b:\"Omid\" c:3 d:0){ef}}"));
        assert!(!named.contains("Zahra") && !named.contains("Noori") && !named.contains("12"));
    }

    #[test]
    fn brackets_in_strings_and_comments_are_text() {
        assert_eq!(code(&format!("{{ a(b: \"{}\") }}", "[".repeat(100))), None);
        assert_eq!(code(&format!("{{ a(b: \"\"\"{}\"\"\") }}", "[\"{".repeat(50))), None);
        assert_eq!(code(&format!("{{ a(b: \"\"\"{}\\\"\"\" \"\"\") }}", "[".repeat(50))), None);
        assert_eq!(code(&format!("# {}\n{{ a }}", "{".repeat(100))), None);
    }
}
