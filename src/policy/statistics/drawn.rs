//! The noise of released counts: random rounding to tens, drawn once for a set of people in a figure of an agreement's release.
//!
//! To a set of `n` people a keyed hash adds `d`, each of 0 to 9 as likely. Everything that leaves follows from the sums `n + d`
//! alone: the number shown is the sum rounded down to tens, and a cell is shown only if its sum is at least `minimum + 9`. So:
//!
//! - A shown number is at most 9 from the truth. From `minimum + 9` people on every cell is shown, and the number is unbiased with
//!   variance r · (10 − r), where r is the remainder of `n` by ten: 16.5 on average. Below, a cell is shown in n − minimum + 1 of 10
//!   cases, and then its number is too high: by 5 at most, on average, if the minimum is 5, and by 9 at most for any.
//! - Fewer than `minimum` people are never shown.
//! - Whoever knows everybody else exactly sees a different sum in one case of ten, with one person more or less. So the chance to
//!   tell whether a person is in one figure is better than guessing by at most 0.1; that holds for what is withheld too. Figures are
//!   drawn apart from each other, so of `k` figures it is at most 1 − 0.9^k.

use crate::domain::Id;
use crate::domain::individual::Individual;
use hkdf::Hkdf;
use rand::Rng;
use sha2::Sha256;

/// What counts are rounded to.
pub const BASE: i64 = 10;

/// The least count that is ever shown to others, whatever agreements say.
pub const MIN_MINIMUM: i64 = 5;

/// A set of people: how many, and the sum of their keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figure {
    /// How many.
    pub people: i64,
    /// The sum of their keys, which is no row's.
    pub keys: i64,
}

impl Figure {
    /// One person.
    pub fn of(person: Id<Individual>) -> Self {
        Self { people: 1, keys: person.value() }
    }

    /// Adds people who are not in it yet.
    pub fn add(&mut self, other: Self) {
        self.people += other.people;
        // Wraps if people are counted beyond any country's caseload; the sum then still tells sets apart.
        self.keys = self.keys.wrapping_add(other.keys);
    }
}

/// The keyed hash of one release, which decides what is added. It never prints, and is not kept.
pub struct Noise([u8; 32]);

/// A count to which noise was added: from here on the true one is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drawn(i64);

impl Noise {
    /// The noise of a new release.
    pub fn random() -> Self {
        let mut key = [0; 32];
        rand::rng().fill_bytes(&mut key);
        Self(key)
    }

    /// The noise of a key that must not serve twice.
    pub fn of(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The count of a set in a figure, with what is added to it: the same for the same set in the same figure. Another figure that
    /// holds the same people is drawn apart: if it showed the same number, unequal ones would tell that the sets differ.
    pub fn draw(&self, figure_name: &str, figure: Figure) -> Drawn {
        let set = [figure.keys.to_be_bytes(), figure.people.to_be_bytes()].concat();
        Drawn(figure.people + (self.hash(&[b"set", &set, figure_name.as_bytes()]) % BASE as u64) as i64)
    }

    /// The place of one of a person's values among them, by which it is decided which are counted.
    pub(super) fn place(&self, person: Id<Individual>, value: &[u8]) -> u64 {
        self.hash(&[b"value", &person.value().to_be_bytes(), value])
    }

    fn hash(&self, parts: &[&[u8]]) -> u64 {
        let mut bytes = [0; 8];
        let hash = Hkdf::<Sha256>::from_prk(&self.0).expect("the key is as long as a hash");
        hash.expand_multi_info(parts, &mut bytes).expect("the length is far below HKDF's bound");
        u64::from_be_bytes(bytes)
    }
}

impl Drawn {
    #[cfg(test)]
    pub(super) fn from_sum(sum: i64) -> Self {
        Self(sum)
    }

    /// Whether at least `minimum` people are in it for certain, and it may be shown.
    pub fn may_show(self, minimum: i64) -> bool {
        self.certain() >= minimum
    }

    /// The number that is shown.
    pub fn rounded(self) -> i64 {
        self.0 - self.0 % BASE
    }

    /// How many people it holds at least.
    fn certain(self) -> i64 {
        (self.0 - (BASE - 1)).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn rng() -> ChaCha8Rng {
        ChaCha8Rng::seed_from_u64(10)
    }

    fn figure(people: i64, rng: &mut ChaCha8Rng) -> Figure {
        Figure { people, keys: rng.random() }
    }

    /// Over 100,000 sets: the same is the same again, the number is within 9, unbiased, of the variance that is stated.
    #[test]
    fn numbers_are_as_documented() {
        let (noise, mut rng) = (Noise::of([7; 32]), rng());
        let (mut by_remainder, mut error_sum) = ([(0.0_f64, 0.0_f64); 10], 0.0);
        for _ in 0..100_000 {
            let people = rng.random_range(14..500);
            let set = figure(people, &mut rng);
            let drawn = noise.draw("a", set);
            assert_eq!(drawn, noise.draw("a", set));
            assert!(drawn.may_show(5));
            let error = (drawn.rounded() - people) as f64;
            assert!(error.abs() <= 9.0 && drawn.rounded() % 10 == 0);
            error_sum += error;
            let at = &mut by_remainder[(people % 10) as usize];
            *at = (at.0 + 1.0, at.1 + error * error);
        }
        let mean = error_sum / 100_000.0;
        println!("mean error over 100,000 sets: {mean:.4} (standard error {:.4})", (16.5_f64 / 100_000.0).sqrt());
        assert!(mean.abs() < 4.0 * (16.5_f64 / 100_000.0).sqrt());
        for (remainder, (count, squares)) in by_remainder.into_iter().enumerate() {
            let expected = (remainder * (10 - remainder)) as f64;
            let variance = squares / count;
            println!("remainder {remainder}: variance {variance:.2}, stated {expected}");
            assert!((variance - expected).abs() < 1.5, "{remainder}: {variance}");
        }
    }

    /// What is shown, and how often, near the minimum; and that one person moves it in one case of ten.
    #[test]
    fn the_threshold_is_drawn_too() {
        let (noise, mut rng) = (Noise::of([8; 32]), rng());
        let mut before: Option<[i32; 7]> = None;
        for people in 0..40 {
            let mut seen = [0; 7];
            for _ in 0..20_000 {
                let drawn = noise.draw("a", figure(people, &mut rng));
                let symbol = if drawn.may_show(5) { 1 + drawn.rounded() / 10 } else { 0 };
                seen[symbol as usize] += 1;
            }
            assert!(people >= 5 || seen[0] == 20_000, "{people}: {seen:?}");
            assert!(people < 14 || seen[0] == 0, "{people}: {seen:?}");
            if let Some(before) = before {
                let moved: i32 = before.iter().zip(&seen).map(|(one, other)| (one - other).abs()).sum();
                let distance = f64::from(moved) / 40_000.0;
                assert!(distance < 0.115, "{people}: {distance}");
            }
            before = Some(seen);
        }
    }

    /// Another release or agreement has another key: what it adds is independent. Chi-square over all pairs of what two add.
    #[test]
    fn another_release_is_independent() {
        let (one, other, mut rng) = (Noise::of([1; 32]), Noise::of([2; 32]), rng());
        let mut pairs = [[0.0_f64; 10]; 10];
        for _ in 0..100_000 {
            let set = figure(100, &mut rng);
            pairs[(one.draw("a", set).0 - 100) as usize][(other.draw("a", set).0 - 100) as usize] += 1.0;
        }
        let chi: f64 = pairs.iter().flatten().map(|seen| (seen - 1_000.0).powi(2) / 1_000.0).sum();
        println!("chi-square with 99 degrees of freedom: {chi:.1}");
        assert!(chi < 149.0, "beyond the 99.9th percentile: {chi}");
    }
}
