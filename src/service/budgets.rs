//! What each client may cost: a bucket that fills up again. A request is charged what it may cost before it runs, and what it
//! took when it has ended. The unit is a millisecond of work.

use super::turns::Party;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How much of a second a client gets back each second, for each connection to the database.
const SHARE: f64 = 0.25;

/// How many seconds an empty bucket takes to fill.
const SECONDS: f64 = 60.0;

/// The most buckets that are remembered.
const MAX_PARTIES: usize = 10_000;

/// All buckets.
#[derive(Clone)]
pub struct Budgets {
    buckets: Arc<Mutex<HashMap<Party, Bucket>>>,
    each_second: f64,
}

#[derive(Clone, Copy)]
struct Bucket {
    left: f64,
    at: Instant,
}

/// What is left of a client's budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Left {
    /// What a full bucket holds.
    pub limit: i64,
    /// What is left.
    pub remaining: i64,
    /// After how long the bucket is full again.
    pub full_after: Duration,
}

/// What a request is charged until it has ended.
pub struct Charge {
    budgets: Budgets,
    party: Party,
    held: f64,
    began: Instant,
    waived: bool,
}

impl Budgets {
    /// Budgets over so many connections to the database.
    pub fn over(connections: u32) -> Self {
        Self { buckets: Arc::default(), each_second: 1_000.0 * SHARE * f64::from(connections) }
    }

    fn limit(&self) -> f64 {
        self.each_second * SECONDS
    }

    /// What is left to a party.
    pub fn left(&self, party: &Party) -> Left {
        let left = self.now(&self.buckets.lock(), party);
        Left {
            limit: self.limit() as i64,
            remaining: left.max(0.0) as i64,
            full_after: Duration::from_secs_f64((self.limit() - left) / self.each_second),
        }
    }

    /// After how long a party has something left, if it has not.
    pub fn wait(&self, party: &Party) -> Option<Duration> {
        self.missing(self.now(&self.buckets.lock(), party), 1.0)
    }

    /// Holds what a request may cost; or tells after how long the party has that much. None costs more than a full bucket.
    ///
    /// # Errors
    /// If less than that is left, with the time until enough is.
    pub fn hold(&self, party: &Party, cost: i64) -> Result<Charge, Duration> {
        let held = (cost.max(1) as f64).min(self.limit());
        let mut buckets = self.buckets.lock();
        let left = self.now(&buckets, party);
        if let Some(wait) = self.missing(left, held) {
            return Err(wait);
        }
        self.set(&mut buckets, party, left - held);
        Ok(Charge { budgets: self.clone(), party: party.clone(), held, began: Instant::now(), waived: false })
    }

    /// After how long there is so much, if there is less.
    fn missing(&self, left: f64, cost: f64) -> Option<Duration> {
        (left < cost).then(|| Duration::from_secs_f64((cost - left) / self.each_second))
    }

    fn now(&self, buckets: &HashMap<Party, Bucket>, party: &Party) -> f64 {
        let filled = |bucket: &Bucket| bucket.left + bucket.at.elapsed().as_secs_f64() * self.each_second;
        buckets.get(party).map_or(self.limit(), filled).min(self.limit())
    }

    fn set(&self, buckets: &mut HashMap<Party, Bucket>, party: &Party, left: f64) {
        if buckets.len() >= MAX_PARTIES {
            let full: Vec<Party> = buckets.keys().filter(|of| self.now(buckets, of) >= self.limit()).cloned().collect();
            for party in full {
                buckets.remove(&party);
            }
        }
        buckets.insert(party.clone(), Bucket { left, at: Instant::now() });
    }
}

impl Charge {
    /// Charges nothing in the end, if so: the work is done once more through no fault of the client's.
    pub fn waive(&mut self, waived: bool) {
        self.waived = waived;
    }
}

impl Drop for Charge {
    /// Charges what the request took instead of what it might have cost.
    fn drop(&mut self) {
        let took = if self.waived { 0.0 } else { self.began.elapsed().as_secs_f64() * 1_000.0 };
        let mut buckets = self.budgets.buckets.lock();
        let left = self.budgets.now(&buckets, &self.party) + self.held - took;
        self.budgets.set(&mut buckets, &self.party, left.max(-self.budgets.limit()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_holds_what_it_may_cost_and_pays_what_it_took() {
        let budgets = Budgets::over(8);
        let party = Party::Client("a".to_owned());
        let limit = budgets.left(&party).limit;
        let charge = budgets.hold(&party, limit - 1_000).unwrap();
        assert!(budgets.left(&party).remaining <= 1_100);
        let wait = budgets.hold(&party, limit).err().unwrap();
        assert!(wait > Duration::from_secs(50), "{wait:?}");
        drop(charge);
        assert!(budgets.left(&party).remaining >= limit - 100, "it took nothing");
        let mut again = budgets.hold(&party, 1).unwrap();
        again.began = Instant::now() - Duration::from_secs(9);
        again.waive(true);
        drop(again);
        assert!(budgets.left(&party).remaining >= limit - 100, "it was no fault of the client's");
        assert_eq!(budgets.left(&Party::Client("b".to_owned())).remaining, limit);
    }

    #[test]
    fn whoever_took_too_much_waits_until_something_is_left() {
        let budgets = Budgets::over(8);
        let party = Party::Client("a".to_owned());
        assert_eq!(budgets.wait(&party), None);
        let mut charge = budgets.hold(&party, 1).unwrap();
        charge.began = Instant::now() - Duration::from_secs(180);
        drop(charge);
        let wait = budgets.wait(&party).unwrap();
        assert!(wait > Duration::from_secs(25) && wait < Duration::from_secs(35), "{wait:?}");
    }
}
