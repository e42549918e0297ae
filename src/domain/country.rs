//! Countries by ISO 3166-1 alpha-3, and UNHCR's three pseudo-countries.

use std::fmt;

/// UNHCR's codes for stateless people, for an unknown country and for Tibetans, accepted beside ISO's.
const PSEUDO: [(&str, &str); 3] = [("XXA", "Stateless"), ("UNK", "Unknown"), ("TIB", "Tibetan")];

/// An ISO 3166-1 alpha-3 code, or `XXA`, `UNK`, `TIB`. UNHCR's own three-letter codes are something else.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountryCode([u8; 3]);

/// A text that is no country code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a country: expected an ISO 3166-1 alpha-3 code such as AFG, or XXA, UNK, TIB")]
pub struct UnknownCountry;

impl CountryCode {
    /// The pseudo-countries, which name no country of origin.
    pub fn pseudo() -> impl Iterator<Item = Self> {
        PSEUDO.iter().map(|(code, _)| Self::from_ascii(code))
    }

    /// The code's three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("three ASCII letters")
    }

    /// Whether this is `XXA`, `UNK` or `TIB`.
    pub fn is_pseudo(&self) -> bool {
        PSEUDO.iter().any(|(code, _)| *code == self.as_str())
    }

    fn from_ascii(code: &str) -> Self {
        Self(code.as_bytes().try_into().expect("three letters"))
    }
}

impl std::str::FromStr for CountryCode {
    type Err = UnknownCountry;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        let upper = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        let known =
            upper && (PSEUDO.iter().any(|(pseudo, _)| *pseudo == code) || rust_iso3166::from_alpha3(code).is_some());
        known.then(|| Self::from_ascii(code)).ok_or(UnknownCountry)
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for CountryCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for CountryCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = <String as serde::Deserialize>::deserialize(deserializer)?;
        code.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iso_and_pseudo_countries_parse_and_unhcr_codes_do_not() {
        for code in ["AFG", "TJK", "AUS", "XXA", "UNK", "TIB"] {
            assert_eq!(code.parse::<CountryCode>().unwrap().as_str(), code);
        }
        for code in ["", "AF", "afg", "AFGH", "AUL", "UKN", "ÄFG"] {
            assert_eq!(code.parse::<CountryCode>(), Err(UnknownCountry), "{code}");
        }
    }
}
