//! Closed lists of codes: written once, with their meaning, and used by the databases, the schema and the imports.

use std::fmt::Debug;

/// A code that its vocabulary does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {vocabulary}: expected one of {}", .expected.join(", "))]
pub struct UnknownCode {
    /// The vocabulary's name, e.g. `LegalStatus`.
    pub vocabulary: &'static str,
    /// Every code that would have been right.
    pub expected: Vec<&'static str>,
}

/// A closed list of codes.
pub trait Vocabulary: Copy + Eq + Ord + Debug + Send + Sync + 'static {
    /// The name, e.g. `LegalStatus`.
    const NAME: &'static str;
    /// What the vocabulary is for.
    const DESCRIPTION: &'static str;
    /// All codes, in their order.
    const ALL: &'static [Self];
    /// The code, e.g. `ASYLUM_SEEKER`.
    fn code(self) -> &'static str;
    /// What the code means.
    fn meaning(self) -> &'static str;

    /// The value of a code, matched exactly.
    ///
    /// # Errors
    /// If the vocabulary has no such code.
    fn parse(code: &str) -> Result<Self, UnknownCode> {
        Self::ALL.iter().copied().find(|value| value.code() == code).ok_or_else(|| UnknownCode {
            vocabulary: Self::NAME,
            expected: Self::ALL.iter().map(|value| value.code()).collect(),
        })
    }
}

/// The entry that a code of the like IATI code list means: those are numbers from 1, in the vocabulary's order.
pub fn of_iati<V: Vocabulary>(code: &str) -> Option<V> {
    let number: usize = code.parse().ok()?;
    V::ALL.get(number.checked_sub(1)?).copied()
}

/// Declares a vocabulary: an enum whose variants carry their code and, in their doc comment, their meaning.
macro_rules! vocabulary {
    ($(#[doc = $about:literal])+ $name:ident { $($(#[doc = $meaning:literal])+ $variant:ident = $code:literal,)+ }) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[doc = $meaning])+ $variant,)+ }

        impl $crate::domain::Vocabulary for $name {
            const NAME: &'static str = stringify!($name);
            const DESCRIPTION: &'static str = concat!($($about),+).trim_ascii();
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
            fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($meaning),+).trim_ascii()),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::domain::Vocabulary::code(*self))
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::UnknownCode;
            fn from_str(code: &str) -> Result<Self, Self::Err> {
                $crate::domain::Vocabulary::parse(code)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($crate::domain::Vocabulary::code(*self))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let code = <String as serde::Deserialize>::deserialize(deserializer)?;
                code.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use vocabulary;
