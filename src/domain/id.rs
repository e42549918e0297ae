//! Keys of rows.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

/// A row's key, of one noun: random and positive for protected rows, so that its order tells nothing.
///
/// ```compile_fail
/// use panoh::domain::{Id, case::Case, individual::Individual};
///
/// let case: Id<Case> = Id::new(1);
/// let person: Id<Individual> = case;
/// ```
pub struct Id<T> {
    key: i64,
    noun: PhantomData<fn() -> T>,
}

/// A noun whose ids leave, sealed under its name.
pub trait Noun {
    /// Its name, as the schema has it.
    const NAME: &'static str;
}

impl<T> Id<T> {
    /// The key of a number that is known to be the noun's.
    pub const fn new(key: i64) -> Self {
        Self { key, noun: PhantomData }
    }

    /// The number, for what knows no nouns: seals, hashes, orders of pages.
    pub const fn value(self) -> i64 {
        self.key
    }
}

impl<T> AsRef<i64> for Id<T> {
    fn as_ref(&self) -> &i64 {
        &self.key
    }
}

// By hand: a derive would ask the same of the noun.

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}

/// The number alone: requests are known again by a hash of how they print.
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.key, f)
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.key, f)
    }
}

impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.key.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        i64::deserialize(deserializer).map(Self::new)
    }
}
