//! Specific needs, by UNHCR's standardised codes.

use super::Id;
use super::individual::Individual;
use std::fmt;

/// The edition of UNHCR's list of codes that Panoh holds (IOM 030-FOM 030/2009, Annex 2).
pub const VOCABULARY_VERSION: &str = "IOM-030/2009";

/// Categories of UNHCR's list, in words of our own.
const CATEGORIES: [(&str, &str); 11] = [
    ("ER", "older person at risk"),
    ("DS", "disability"),
    ("SP", "single parent"),
    ("WR", "woman at risk"),
    ("CR", "child at risk"),
    ("SC", "unaccompanied or separated child"),
    ("SM", "serious medical condition"),
    ("FU", "family unity"),
    ("LP", "legal and physical protection"),
    ("TR", "torture"),
    ("SV", "violence"),
];

/// A code: a category such as `ER`, or a category and a sub-code such as `ER-NF`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NeedCode(String);

/// A text that is no code of a specific need.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a specific need: expected a category (ER, DS, SP, WR, CR, SC, SM, FU, LP, TR, SV), or one with a two-letter sub-code such as ER-NF"
)]
pub struct UnknownNeed;

impl NeedCode {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The two letters of the category.
    pub fn category(&self) -> &str {
        &self.0[..2]
    }

    /// What the category means.
    pub fn meaning(&self) -> &'static str {
        let found = CATEGORIES.iter().find(|(code, _)| *code == self.category());
        found.expect("a code is made with a known category").1
    }
}

impl std::str::FromStr for NeedCode {
    type Err = UnknownNeed;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (category, sub) = match text.split_once('-') {
            Some((category, sub)) => (category, Some(sub)),
            None => (text, None),
        };
        let sub_is_code = sub.is_none_or(|sub| sub.len() == 2 && sub.bytes().all(|b| b.is_ascii_uppercase()));
        let known = CATEGORIES.iter().any(|(code, _)| *code == category);
        (known && sub_is_code).then(|| Self(text.to_owned())).ok_or(UnknownNeed)
    }
}

impl fmt::Display for NeedCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for NeedCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for NeedCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = <String as serde::Deserialize>::deserialize(deserializer)?;
        code.parse().map_err(serde::de::Error::custom)
    }
}

/// A specific need of an individual.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecificNeed {
    /// Whose need it is.
    pub individual_id: Id<Individual>,
    /// UNHCR's code.
    pub code: NeedCode,
}
