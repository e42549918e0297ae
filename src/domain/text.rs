//! Text that is searched or ordered has a folded key, compared by code point on both databases.

use unicode_normalization::UnicodeNormalization;

/// The key by which a text is searched and ordered: compatibility-composed (NFKC), lower case, single blanks.
///
/// Compared by code point. Arabic Yeh and Kaf fold to their Persian forms, since registration offices type either.
pub fn fold(text: &str) -> String {
    let lower: String = text.nfkc().flat_map(char::to_lowercase).map(persian).collect();
    lower.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a text is 1 to `most` characters on one line, blanks around it left out.
pub fn is_line(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.trim().chars().count())
        && !text.contains(char::is_control)
        && !text.contains(is_invisible)
}

/// Whether a text is 1 to `most` characters on as many lines as it likes, blanks around it left out.
pub fn is_text(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.trim().chars().count())
        && text.split('\n').all(|line| !line.contains(char::is_control) && !line.contains(is_invisible))
}

/// Whether a character shows nothing, is none, ends a line or turns the direction of text around, so that two names look alike. Joiners, which
/// Persian writes with, are not among them.
fn is_invisible(character: char) -> bool {
    let is_none = u32::from(character) & 0xFFFE == 0xFFFE;
    is_none
        || matches!(character,
            '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
            | '\u{200B}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FDD0}'..='\u{FDEF}' | '\u{FEFF}'
            | '\u{FFA0}' | '\u{FFF0}'..='\u{FFF8}' | '\u{E0000}'..='\u{E0FFF}')
}

/// The least key greater than every key that starts with `prefix`, or `None` if there is none.
pub fn after_prefix(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        let next = (last as u32 + 1..=char::MAX as u32).find_map(char::from_u32);
        if let Some(next) = next {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

fn persian(character: char) -> char {
    match character {
        '\u{064A}' => '\u{06CC}',
        '\u{0643}' => '\u{06A9}',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_ignores_case_forms_and_blanks() {
        assert_eq!(fold("  ZAHRA \u{FF21}hmadi "), "zahra ahmadi");
        assert_eq!(fold("علي"), fold("علی"));
    }

    #[test]
    fn a_line_shows_something_and_nothing_else() {
        for line in ["a", " Zahra ", "می\u{200C}نا"] {
            assert!(is_line(line, 10), "{line:?}");
        }
        for other in ["\u{3164}", "\u{115F}", "x\u{E0041}", "x\u{FFFE}", "x\u{1FFFF}", "x\u{FDD0}"] {
            assert!(!is_line(other, 10), "{other:?}");
        }
        for other in ["", " ", "a\nb", "a\u{2028}b", "\u{200B}", "X\u{200B}", "\u{202E}X", "a\0", "elevenchars"] {
            assert!(!is_line(other, 10), "{other:?}");
        }
    }

    #[test]
    fn a_text_has_lines() {
        assert!(is_text("They came at night.\n\nThey took the papers.", 100));
        assert!(!is_text("a\u{202E}b", 10) && !is_text("\n", 10) && !is_text("a\r\nb\0", 10));
    }

    #[test]
    fn prefix_bound_is_the_next_key() {
        assert_eq!(after_prefix("ab").as_deref(), Some("ac"));
        assert_eq!(after_prefix("a\u{10FFFF}").as_deref(), Some("b"));
        assert_eq!(after_prefix("\u{D7FF}").as_deref(), Some("\u{E000}"));
        assert_eq!(after_prefix(""), None);
    }
}
