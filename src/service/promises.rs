//! What is kept for requests that were refused until they come back, as they were told to.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How long a promise is kept after whoever was refused may come back; and how much of that for the request that was refused alone.
const KEPT: Duration = Duration::from_secs(2);
const KEPT_ALONE: Duration = Duration::from_millis(250);

/// How much longer whoever comes back may wait than others.
pub const LONGER: Duration = Duration::from_secs(2);

/// Nothing is promised for later than this: so long is nobody sent away because others were promised something before it.
const FARTHEST: Duration = Duration::from_secs(60);

/// The most promises to a client that are kept.
const MAX: usize = 256;

/// The promises to a client, by when they are due.
#[derive(Default)]
pub struct Promises(VecDeque<Promise>);

struct Promise {
    due: Instant,
    /// How many seconds what is promised takes.
    takes: f64,
    /// What was asked for.
    asked: u64,
}

/// A request that is to be let in.
#[derive(Debug, Clone, Copy)]
pub struct Arriving {
    /// How many seconds it waits for those who wait already.
    pub waits: f64,
    /// How many it takes itself.
    pub takes: f64,
    /// What it asks for: equal for requests that ask for the same.
    pub asked: u64,
}

impl Promises {
    /// Lets a request in: if it does not wait longer than is allowed, for those who are to come back until then too; or if it comes back
    /// itself as it was told to, and waits little longer.
    ///
    /// # Errors
    /// If it would wait longer, with the whole seconds after which it may come back. Then it is promised to be let in, unless too much
    /// is promised already.
    pub fn let_in(&mut self, Arriving { waits, takes, asked }: Arriving, at_most: Duration) -> Result<(), Duration> {
        let now = Instant::now();
        self.forget(now);
        let soon = self.0.iter().take_while(|promise| promise.due <= now + at_most);
        let soon: f64 = soon.map(|promise| promise.takes).sum();
        let fits = |seconds: f64, at_most: Duration| seconds <= at_most.as_secs_f64();
        if fits(waits + soon, at_most) || fits(waits, at_most + LONGER) && self.claim(asked, now) {
            return Ok(());
        }
        Err(self.promise(Arriving { waits, takes, asked }))
    }

    /// Promises a request that is refused to be let in, unless too much is promised already: the whole seconds after which it may come back.
    pub fn promise(&mut self, Arriving { waits, takes, asked }: Arriving) -> Duration {
        let all: f64 = self.0.iter().map(|promise| promise.takes).sum();
        let told = Duration::from_secs((waits + all).ceil() as u64);
        if self.0.len() >= MAX || told > FARTHEST {
            let alone = Duration::from_secs(waits.ceil() as u64);
            return told.min(FARTHEST).max(alone);
        }
        let due = Instant::now() + told;
        let place = self.0.partition_point(|promise| promise.due <= due);
        self.0.insert(place, Promise { due, takes, asked });
        told
    }

    /// Whether nothing is promised any more.
    pub fn are_over(&self) -> bool {
        self.0.back().is_none_or(|last| last.due + KEPT <= Instant::now())
    }

    /// Keeps a promise to whoever asked for the same, or one for which nobody came back at once.
    fn claim(&mut self, asked: u64, now: Instant) -> bool {
        let is_kept = |promise: &Promise| {
            let alone = if promise.asked == asked { Duration::ZERO } else { KEPT_ALONE };
            promise.due + alone <= now
        };
        self.0.iter().position(is_kept).and_then(|place| self.0.remove(place)).is_some()
    }

    /// Forgets what nobody came back for.
    fn forget(&mut self, now: Instant) {
        self.0.retain(|promise| now < promise.due + KEPT);
    }
}

#[cfg(test)]
impl Promises {
    /// Lets so many seconds pass.
    pub fn later(&mut self, seconds: u64) {
        self.0.iter_mut().for_each(|promise| promise.due -= Duration::from_secs(seconds));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX_WAIT: Duration = Duration::from_secs(2);

    /// A request that waits so long, and takes half a second.
    fn arrives(promises: &mut Promises, waits: f64, asked: u64) -> Result<(), u64> {
        let arriving = Arriving { waits, takes: 0.5, asked };
        promises.let_in(arriving, MAX_WAIT).map_err(|told| told.as_secs())
    }

    #[test]
    fn whoever_is_refused_has_a_place_and_those_that_come_for_the_first_time_do_not_take_it() {
        let mut promises = Promises::default();
        assert_eq!(arrives(&mut promises, 1.5, 1), Ok(()));
        assert_eq!(arrives(&mut promises, 2.5, 1), Err(3));
        assert_eq!(arrives(&mut promises, 2.5, 2), Err(3));
        assert_eq!(arrives(&mut promises, 2.5, 3), Err(4), "after the two before it");
        assert_eq!(arrives(&mut promises, 1.5, 4), Ok(()), "those are not back before that");
        promises.later(1);
        assert_eq!(arrives(&mut promises, 1.5, 4), Err(3), "what is left is promised to two who come back until then");
        promises.later(2);
        assert_eq!(arrives(&mut promises, 3.5, 5), Err(6), "nothing was promised to it");
        assert_eq!([2, 1].map(|asked| arrives(&mut promises, 3.5, asked)), [Ok(()), Ok(())]);
        assert_eq!(arrives(&mut promises, 3.5, 3), Err(5), "its promise is not due yet");
    }

    #[test]
    fn whoever_does_not_come_back_at_once_leaves_its_place_to_others() {
        let mut promises = Promises::default();
        assert_eq!(arrives(&mut promises, 2.5, 1), Err(3));
        promises.later(4);
        assert_eq!(arrives(&mut promises, 3.5, 2), Ok(()));
    }

    #[test]
    fn nobody_is_let_in_to_wait_for_ever() {
        let mut promises = Promises::default();
        assert_eq!(arrives(&mut promises, 3.0, 1), Err(3));
        promises.later(3);
        assert_eq!(arrives(&mut promises, 4.5, 1), Err(5));
    }

    #[test]
    fn whoever_ignores_what_it_is_told_sends_nobody_away_for_long() {
        let mut promises = Promises::default();
        let told: Vec<u64> = (0..1_000).map(|asked| arrives(&mut promises, 3.0, asked).unwrap_err()).collect();
        assert_eq!(
            (told.iter().max(), promises.0.len()),
            (Some(&60), 115),
            "57 seconds, half a second each, and the first's place"
        );
        assert_eq!(arrives(&mut promises, 90.0, 1), Err(90), "its own debt is not made shorter");
    }

    #[test]
    fn promises_are_forgotten_and_so_many_are_kept() {
        let mut promises = Promises::default();
        let short = |promises: &mut Promises, asked| {
            promises.let_in(Arriving { waits: 3.0, takes: 0.1, asked }, MAX_WAIT).unwrap_err()
        };
        let told: Vec<Duration> = (0..1_000).map(|asked| short(&mut promises, asked)).collect();
        assert_eq!(promises.0.len(), MAX);
        assert!(told.iter().all(|told| *told <= FARTHEST), "{told:?}");
        promises.later(200);
        assert!(promises.are_over());
        assert_eq!(arrives(&mut promises, 2.0, 1), Ok(()));
        assert!(promises.0.is_empty());
    }
}
