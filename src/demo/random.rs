//! Chance in the demo, the same each time.

use crate::domain::Id;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The demo's source of randomness, from a fixed seed.
pub struct DemoRng(pub ChaCha8Rng);

impl DemoRng {
    /// The demo's.
    pub fn new() -> Self {
        Self(ChaCha8Rng::seed_from_u64(0x70_61_6e_6f_68))
    }

    /// One by which what was added later changes nothing of what was there.
    pub fn apart(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A row key.
    pub fn key<T>(&mut self) -> Id<T> {
        Id::new(self.0.random_range(1..i64::MAX))
    }

    /// Whether something happens that happens `percent` times in a hundred.
    pub fn chance(&mut self, percent: f64) -> bool {
        self.0.random_bool(percent / 100.0)
    }
}
