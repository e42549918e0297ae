//! Requests that nobody has read yet.

use crate::graphql::{Answer, Request};
use std::hash::{DefaultHasher, Hash, Hasher};

/// A request as it came: nothing is made of it until its turn has come.
pub struct Unread {
    pub(super) fingerprint: u64,
    parse: Box<dyn FnOnce() -> Result<Request, Answer> + Send>,
}

impl Unread {
    /// What came, and how it is read.
    pub fn new(came: &[u8], parse: impl FnOnce() -> Result<Request, Answer> + Send + 'static) -> Self {
        let mut hasher = DefaultHasher::new();
        came.hash(&mut hasher);
        Self { fingerprint: hasher.finish(), parse: Box::new(parse) }
    }

    /// What is asked for, or the refusal of what is not well-formed.
    pub(super) fn read(self) -> Result<Request, Answer> {
        (self.parse)()
    }
}
