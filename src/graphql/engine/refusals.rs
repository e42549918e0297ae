//! What is told of a document or of variables that do not fit: where it is and what would be right, never a value.

use super::answer::Answer;
use super::errors::Code;
use apollo_compiler::diagnostic::Diagnostic;
use apollo_compiler::validation::{DiagnosticData, DiagnosticList};
use async_graphql::Pos;

/// The most errors of a document that are told.
pub const MAX_ERRORS: usize = 50;

/// What is said of a value, without the value; and which values there are, if `values_of` knows that of the type.
pub fn without_value(message: &str, values_of: impl Fn(&str) -> Option<String>) -> String {
    match message
        .strip_prefix("could not coerce ")
        .and_then(|rest| Some((rest.split_once(": ")?.0, rest.rsplit_once(' ')?.1)))
    {
        Some((what, of)) => {
            let values = values_of(of.trim_matches(['[', ']', '!']));
            let listed = values.map(|values| format!("; give one of {values}")).unwrap_or_default();
            format!("the value of {what} is no {of}{listed}")
        }
        None => {
            match message.strip_prefix("Input object has key ").and_then(|rest| rest.rsplit_once(" not in type ")) {
                Some((_, of)) => format!("an input object has a key that {of} has not"),
                None => message.to_owned(),
            }
        }
    }
}

/// An answer that says where a text is no document, and not what stands there: what follows from that is no error of its own.
pub fn unread(found: &DiagnosticList) -> Answer {
    let errors = found.iter().take(1).map(|diagnostic| {
        let message = diagnostic.error.to_string();
        let expected = message.split(", got ").next().and_then(|said| said.split('"').next()).unwrap_or_default();
        let named = BRACKETS.iter().fold(expected.trim().to_owned(), |said, (name, mark)| said.replace(name, mark));
        Code::Parse.refuse_at(named, place(&diagnostic))
    });
    Answer::refused(errors.collect())
}

/// How the parser names brackets.
const BRACKETS: [(&str, &str); 6] =
    [("L_CURLY", "{"), ("R_CURLY", "}"), ("L_PAREN", "("), ("R_PAREN", ")"), ("L_BRACK", "["), ("R_BRACK", "]")];

/// An answer that says what of a document does not fit the schema.
pub fn unfit(found: &DiagnosticList) -> Answer {
    let error = |diagnostic: Diagnostic<'_, DiagnosticData>| {
        let message = diagnostic.error.to_string();
        let of = message.strip_prefix("value `").and_then(|rest| rest.split_once("` does not exist on "));
        let told = of.map_or(message.clone(), |(_, of)| format!("this value does not exist on {of}"));
        Code::Validation.refuse_at(told, place(&diagnostic))
    };
    Answer::refused(found.iter().take(MAX_ERRORS).map(error).collect())
}

fn place(diagnostic: &Diagnostic<'_, DiagnosticData>) -> Pos {
    let start = diagnostic.line_column_range().map(|range| range.start);
    start.map_or(Pos { line: 1, column: 1 }, |start| Pos { line: start.line, column: start.column })
}
