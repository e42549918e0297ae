//! What each client may cost: a bucket that fills up again. A request is charged what it may cost before it runs, and what it
//! took when it has ended. While it waits for its turn, what the client's requests usually take is put aside for it. The unit
//! is a millisecond of work.

use super::promises::{Arriving, Promises};
use super::turns::Party;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How much of a second a client gets back each second, for each connection to the database.
const SHARE: f64 = 0.25;

/// How many seconds an empty bucket takes to fill.
const SECONDS: f64 = 60.0;

/// A request waits at most so long for its client's budget.
const MAX_WAIT: Duration = Duration::from_secs(4);

/// Which part of what they may cost requests take of which nothing is known: costs are reckoned for up to ten times as many people
/// as there are.
const USUAL_PART: f64 = 0.1;

/// The most buckets that are remembered.
const MAX_PARTIES: usize = 10_000;

/// All buckets.
#[derive(Clone)]
pub struct Budgets {
    buckets: Arc<Mutex<HashMap<Party, Bucket>>>,
    each_second: f64,
}

struct Bucket {
    left: f64,
    at: Instant,
    /// What the party's requests took that ran, and what they might have cost, on average of the last.
    takes: f64,
    costs: f64,
    /// What is put aside for those that wait.
    aside: f64,
    /// What is kept for those that were refused, until they come back.
    promises: Promises,
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
    /// How long the request waits until that is left, after those before it.
    pub wait: Duration,
}

/// What a request is charged until it has ended.
pub struct Charge {
    budgets: Budgets,
    party: Party,
    /// What the request may cost, if it ran, and what of that is held.
    cost: f64,
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
        let left = self.bucket(&mut self.buckets.lock(), party).left;
        Left {
            limit: self.limit() as i64,
            remaining: left.max(0.0) as i64,
            full_after: Duration::from_secs_f64((self.limit() - left) / self.each_second),
        }
    }

    /// Puts aside what the party's requests usually take, for one that is to wait. If those before it leave too little for some
    /// seconds, it is refused now instead of after it has waited; then what it takes is promised to whoever comes back in time.
    ///
    /// # Errors
    /// If too little is left, with the time until enough is, in whole seconds.
    pub fn put_aside(&self, party: &Party, asked: u64) -> Result<Aside, Duration> {
        let mut buckets = self.buckets.lock();
        let bucket = self.bucket(&mut buckets, party);
        let amount = bucket.takes;
        let waits = (bucket.aside + amount - bucket.left) / self.each_second;
        bucket.promises.let_in(Arriving { waits, takes: amount / self.each_second, asked }, MAX_WAIT)?;
        bucket.aside += amount;
        let wait = Duration::from_secs_f64(waits.max(0.0));
        Ok(Aside { budgets: self.clone(), party: party.clone(), amount, wait })
    }

    /// Charges a party what its request takes from now on, until it is known what it may cost.
    pub fn charge(&self, party: &Party) -> Charge {
        let (budgets, party) = (self.clone(), party.clone());
        Charge { budgets, party, cost: 0.0, held: 0.0, began: Instant::now(), waived: false }
    }

    /// A party's bucket, filled until now.
    fn bucket<'b>(&self, buckets: &'b mut HashMap<Party, Bucket>, party: &Party) -> &'b mut Bucket {
        let at = Instant::now();
        let fill = |bucket: &mut Bucket| {
            bucket.left += (at - bucket.at).as_secs_f64() * self.each_second;
            bucket.left = bucket.left.min(self.limit());
            bucket.at = at;
        };
        if buckets.len() >= MAX_PARTIES && !buckets.contains_key(party) {
            buckets.values_mut().for_each(fill);
            buckets.retain(|_, bucket| !bucket.is_idle(self.limit()));
        }
        let full =
            || Bucket { left: self.limit(), at, takes: 0.0, costs: 0.0, aside: 0.0, promises: Promises::default() };
        let bucket = buckets.entry(party.clone()).or_insert_with(full);
        fill(bucket);
        bucket
    }
}

impl Bucket {
    /// Which part of what they may cost the party's requests take.
    fn part(&self) -> f64 {
        match self.costs > 0.0 {
            true => (self.takes / self.costs).min(1.0),
            false => USUAL_PART,
        }
    }

    fn is_idle(&self, limit: f64) -> bool {
        self.left >= limit && self.aside < 1.0 && self.promises.are_over()
    }
}

impl Charge {
    /// Holds what the request may cost before it runs, as far as the party's requests took what they might. None costs more
    /// than a full bucket.
    ///
    /// # Errors
    /// If less than that will be left in some seconds, with the time until enough is.
    pub fn hold(&mut self, cost: i64) -> Result<(), Duration> {
        let budgets = &self.budgets;
        let mut buckets = budgets.buckets.lock();
        let bucket = budgets.bucket(&mut buckets, &self.party);
        let cost = (cost.max(1) as f64).min(budgets.limit());
        let held = cost * bucket.part();
        let missing = held - bucket.left - MAX_WAIT.as_secs_f64() * budgets.each_second;
        if missing > 0.0 {
            return Err(Duration::from_secs_f64(missing / budgets.each_second));
        }
        bucket.left -= held;
        (self.cost, self.held) = (cost, held);
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
        let bucket = self.budgets.bucket(&mut buckets, &self.party);
        bucket.left = (bucket.left + self.held - took).max(-self.budgets.limit());
        if self.cost > 0.0 && !self.waived {
            bucket.takes = (bucket.takes * 7.0 + took) / 8.0;
            bucket.costs = (bucket.costs * 7.0 + self.cost) / 8.0;
        }
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        let mut buckets = self.budgets.buckets.lock();
        let bucket = self.budgets.bucket(&mut buckets, &self.party);
        bucket.aside = (bucket.aside - self.amount).max(0.0);
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

    /// Lets so much time pass for a party.
    fn later(budgets: &Budgets, party: &Party, seconds: u64) {
        let mut buckets = budgets.buckets.lock();
        let bucket = budgets.bucket(&mut buckets, party);
        bucket.at -= Duration::from_secs(seconds);
        bucket.promises.later(seconds);
    }

    #[test]
    fn a_request_holds_what_it_may_cost_and_pays_what_it_took() {
        let budgets = Budgets::over(8);
        let party = Party::Client("a".to_owned());
        ran(&budgets, &party, 1);
        later(&budgets, &party, 1);
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
    fn a_request_holds_as_much_of_its_cost_as_the_clients_requests_take() {
        let budgets = Budgets::over(8);
        let party = Party::Client("a".to_owned());
        let held = |budgets: &Budgets| {
            let before = budgets.left(&party).remaining;
            let mut charge = budgets.charge(&party);
            charge.hold(10_000).unwrap();
            let held = before - budgets.left(&party).remaining;
            charge.began = Instant::now() - Duration::from_millis(500);
            held
        };
        assert!((900..=1_100).contains(&held(&budgets)), "nothing is known of them");
        assert!((400..=600).contains(&held(&budgets)));
    }

    #[test]
    fn whoever_took_too_much_waits_until_something_is_left() {
        let budgets = Budgets::over(8);
        let party = Party::Client("a".to_owned());
        assert!(budgets.put_aside(&party, 0).is_ok());
        ran(&budgets, &party, 180);
        let wait = budgets.put_aside(&party, 0).err().unwrap();
        assert!(wait > Duration::from_secs(35) && wait < Duration::from_secs(45), "{wait:?}");
    }

    /// Of two minutes one is left, and a request takes five seconds: what the party's first ones are told.
    fn crowd(budgets: &Budgets, party: &Party) -> (Vec<Aside>, Vec<Duration>) {
        (0..8).for_each(|_| ran(budgets, party, 8));
        let (mut waiting, mut told) = (Vec::new(), Vec::new());
        for _ in 0..20 {
            match budgets.put_aside(party, 0) {
                Ok(aside) => waiting.push(aside),
                Err(wait) => told.push(wait),
            }
        }
        (waiting, told)
    }

    #[test]
    fn whoever_would_find_nothing_left_is_refused_before_it_waits() {
        let budgets = Budgets::over(8);
        let party = Party::Client("a".to_owned());
        let (waiting, _) = crowd(&budgets, &party);
        assert!((8..16).contains(&waiting.len()), "{}", waiting.len());
        assert!(waiting.iter().all(|aside| aside.wait <= MAX_WAIT));
        assert!(waiting[0].wait.is_zero() && waiting.last().is_some_and(|aside| !aside.wait.is_zero()));
        assert!(budgets.charge(&party).hold(30_000).is_ok(), "whoever waited has what is left");
        drop(waiting);
        later(&budgets, &party, 40);
        assert!(budgets.put_aside(&party, 0).is_ok(), "nothing is put aside for whoever waits no longer");
    }

    #[test]
    fn whoever_comes_back_as_told_is_served_before_those_who_come_for_the_first_time() {
        let budgets = Budgets::over(8);
        let party = Party::Client("a".to_owned());
        let (waiting, told) = crowd(&budgets, &party);
        assert!(told.is_sorted_by(|one, other| one < other), "each has a place of its own: {told:?}");
        // Those who waited ran.
        for aside in waiting {
            let mut charge = budgets.charge(&party);
            charge.hold(1).unwrap();
            charge.began = Instant::now() - Duration::from_millis(aside.amount as u64);
        }
        let mut passed = 0;
        for wait in told {
            later(&budgets, &party, wait.as_secs() - passed);
            passed = wait.as_secs();
            let back = budgets.put_aside(&party, 0).expect("it was promised");
            assert!(budgets.put_aside(&party, 0).is_err(), "what is left is promised to others");
            let mut charge = budgets.charge(&party);
            charge.hold(1).unwrap();
            charge.began = Instant::now() - Duration::from_millis(back.amount as u64);
        }
    }
}
