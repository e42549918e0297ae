//! Languages by ISO 639-3.

use std::fmt;

/// An ISO 639-3 code: `prs` is Dari.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LanguageCode([u8; 3]);

/// A text that is no language code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a language: expected an ISO 639-3 code such as prs (Dari) or pbu (Northern Pashto)")]
pub struct UnknownLanguage;

impl LanguageCode {
    /// The code's three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("three ASCII letters")
    }
}

impl std::str::FromStr for LanguageCode {
    type Err = UnknownLanguage;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        let letters: [u8; 3] = code.as_bytes().try_into().map_err(|_| UnknownLanguage)?;
        let is_known = letters.iter().all(u8::is_ascii_lowercase) && isolang::Language::from_639_3(code).is_some();
        is_known.then_some(Self(letters)).ok_or(UnknownLanguage)
    }
}

impl fmt::Display for LanguageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for LanguageCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_codes_of_iso_639_3() {
        for code in ["prs", "pbu", "tgk", "rus"] {
            assert_eq!(code.parse::<LanguageCode>().unwrap().to_string(), code);
        }
        for code in ["", "fa", "PRS", "zzz", "prsx", "ä1"] {
            assert_eq!(code.parse::<LanguageCode>(), Err(UnknownLanguage), "{code}");
        }
    }
}
