//! What can be inferred at most from a release, by somebody who knows everybody else exactly.

use super::BASE;

/// How much better than guessing it can be told at most whether a person is in a release, of which `figures` hold the person.
pub fn advantage(figures: i32) -> f64 {
    1.0 - (1.0 - 1.0 / BASE as f64).powi(figures)
}

/// In which share of cases a value is guessed right at most, if the best guess without the release is right in a share `base`, and
/// a person with another value would be in `figures` other figures: each is told by what it lost and by what the other gained.
pub fn right_at_most(base: f64, figures: i32) -> f64 {
    base + (1.0 - base) * advantage(2 * figures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_grows_with_the_figures() {
        assert_eq!((advantage(0) * 1000.0).round(), 0.0);
        assert_eq!((advantage(1) * 1000.0).round(), 100.0);
        assert_eq!((advantage(8) * 1000.0).round(), 570.0);
        assert_eq!((right_at_most(0.5, 1) * 1000.0).round(), 595.0);
    }
}
