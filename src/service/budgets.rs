//! What each client may cost: a bucket that fills up again. A request is charged what it may cost before it runs, and what it
//! took when it has ended. While it waits for its turn, what the client's requests usually take is put aside for it. The unit
//! is a millisecond of work.

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
    /// What the party's requests took that ran, on average of the last.
    takes: f64,
    /// What is put aside for those that wait.
    aside: f64,
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

/// What is put aside for a request until its turn comes.
pub struct Aside {
    budgets: Budgets,
    party: Party,
    amount: f64,
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
        let left = self.now(&self.buckets.lock(), party).left;
        Left {
            limit: self.limit() as i64,
            remaining: left.max(0.0) as i64,
            full_after: Duration::from_secs_f64((self.limit() - left) / self.each_second),
        }
    }

    /// Puts aside what the party's requests usually take, for one that is to wait. If what is left is put aside for others
    /// already, it is refused now instead of after it has waited.
    ///
    /// # Errors
    /// If nothing is left, with the time until something is.
    pub fn put_aside(&self, party: &Party) -> Result<Aside, Duration> {
        let mut buckets = self.buckets.lock();
        let bucket = self.now(&buckets, party);
        if let Some(wait) = self.missing(bucket.left - bucket.aside, 1.0) {
            return Err(wait);
        }
        let amount = bucket.takes;
        self.set(&mut buckets, party, Bucket { aside: bucket.aside + amount, ..bucket });
        Ok(Aside { budgets: self.clone(), party: party.clone(), amount })
    }

    /// Charges a party what its request takes from now on, until it is known what it may cost.
    pub fn charge(&self, party: &Party) -> Charge {
        Charge { budgets: self.clone(), party: party.clone(), held: 0.0, began: Instant::now(), waived: false }
    }

    /// After how long there is so much, if there is less.
    fn missing(&self, left: f64, cost: f64) -> Option<Duration> {
        (left < cost).then(|| Duration::from_secs_f64((cost - left) / self.each_second))
    }

    /// A party's bucket, filled until now.
    fn now(&self, buckets: &HashMap<Party, Bucket>, party: &Party) -> Bucket {
        let at = Instant::now();
        let full = Bucket { left: self.limit(), at, takes: 0.0, aside: 0.0 };
        let filled = |bucket: &Bucket| {
            let left = bucket.left + (at - bucket.at).as_secs_f64() * self.each_second;
            Bucket { left: left.min(self.limit()), at, ..*bucket }
        };
        buckets.get(party).map_or(full, filled)
    }

    fn set(&self, buckets: &mut HashMap<Party, Bucket>, party: &Party, bucket: Bucket) {
        if buckets.len() >= MAX_PARTIES {
            let idle = |of: &&Party| {
                let bucket = self.now(buckets, of);
                bucket.left >= self.limit() && bucket.aside <= 0.0
            };
            let full: Vec<Party> = buckets.keys().filter(idle).cloned().collect();
            for party in full {
                buckets.remove(&party);
            }
        }
        buckets.insert(party.clone(), bucket);
    }
}

impl Charge {
    /// Holds what the request may cost before it runs. None costs more than a full bucket.
    ///
    /// # Errors
    /// If less than that is left, with the time until enough is.
    pub fn hold(&mut self, cost: i64) -> Result<(), Duration> {
        let budgets = &self.budgets;
        let cost = (cost.max(1) as f64).min(budgets.limit());
        let mut buckets = budgets.buckets.lock();
        let bucket = budgets.now(&buckets, &self.party);
        if let Some(wait) = budgets.missing(bucket.left, cost) {
            return Err(wait);
        }
        budgets.set(&mut buckets, &self.party, Bucket { left: bucket.left - cost, ..bucket });
        self.held = cost;
        Ok(())
    }

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
        let bucket = self.budgets.now(&buckets, &self.party);
        let left = (bucket.left + self.held - took).max(-self.budgets.limit());
        let takes = if self.held > 0.0 && !self.waived { (bucket.takes * 7.0 + took) / 8.0 } else { bucket.takes };
        self.budgets.set(&mut buckets, &self.party, Bucket { left, takes, ..bucket });
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        let mut buckets = self.budgets.buckets.lock();
        let bucket = self.budgets.now(&buckets, &self.party);
        self.budgets.set(&mut buckets, &self.party, Bucket { aside: (bucket.aside - self.amount).max(0.0), ..bucket });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A request that ran for so long, if so much of it had been held.
    fn ran(budgets: &Budgets, party: &Party, seconds: u64) {
        let mut charge = budgets.charge(party);
        charge.hold(1).unwrap();
        charge.began = Instant::now() - Duration::from_secs(seconds);
    }

    #[test]
    fn a_request_holds_what_it_may_cost_and_pays_what_it_took() {
        let budgets = Budgets::over(8);
        let party = Party::Client("a".to_owned());
        let limit = budgets.left(&party).limit;
        let mut charge = budgets.charge(&party);
        charge.hold(limit - 1_000).unwrap();
        assert!(budgets.left(&party).remaining <= 1_100);
        let wait = budgets.charge(&party).hold(limit).unwrap_err();
        assert!(wait > Duration::from_secs(50), "{wait:?}");
        drop(charge);
        assert!(budgets.left(&party).remaining >= limit - 100, "it took nothing");
        let mut again = budgets.charge(&party);
        again.hold(1).unwrap();
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
        assert!(budgets.put_aside(&party).is_ok());
        ran(&budgets, &party, 180);
        let wait = budgets.put_aside(&party).err().unwrap();
        assert!(wait > Duration::from_secs(25) && wait < Duration::from_secs(35), "{wait:?}");
    }

    #[test]
    fn whoever_would_find_nothing_left_is_refused_before_it_waits() {
        let budgets = Budgets::over(8);
        let party = Party::Client("a".to_owned());
        (0..8).for_each(|_| ran(&budgets, &party, 8));
        // Of two minutes one is left, and a request takes five seconds.
        let waiting: Vec<_> = (0..20).map_while(|_| budgets.put_aside(&party).ok()).collect();
        assert!((8..16).contains(&waiting.len()), "{}", waiting.len());
        assert!(budgets.charge(&party).hold(30_000).is_ok(), "whoever waited has what is left");
        drop(waiting);
        assert!(budgets.put_aside(&party).is_ok(), "nothing is put aside for whoever waits no longer");
    }
}
