//! Tests of text, as ranges of folded keys that an index serves.

use crate::domain::text::{after_prefix, fold};
use crate::policy::filter::TextTest;

/// The keys that pass a test: from the first on, before the second (if any), and whether only the first itself passes.
pub fn range(test: &TextTest) -> (String, Option<String>, bool) {
    match test {
        TextTest::Equals(text) => (fold(text), None, true),
        TextTest::StartsWith(prefix) => {
            let from = fold(prefix);
            let before = after_prefix(&from);
            (from, before, false)
        }
    }
}
