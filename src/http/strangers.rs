//! Who has proved to be a client, and how often an address may try keys that nobody has.

use super::turns::Party;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many wrong keys an address may try at once, and how long it takes until it may try one more.
const TRIES: f64 = 30.0;
const NEXT_TRY: Duration = Duration::from_secs(2);

/// The most keys and addresses that are remembered.
const MOST: usize = 10_000;

/// Keys that clients have, and addresses that tried others.
#[derive(Default)]
pub struct Strangers {
    proved: Mutex<HashMap<String, String>>,
    tries: Mutex<HashMap<IpAddr, Tries>>,
}

struct Tries {
    left: f64,
    at: Instant,
}

impl Strangers {
    /// In whose name a request waits: a key that no client has proved yet counts for its address. An address that has tried too
    /// many keys is told when it may try the next.
    pub fn party(&self, key_hash: &str, address: IpAddr) -> Result<Party, Duration> {
        if lock(&self.proved).contains_key(key_hash) {
            return Ok(Party::Client(key_hash.to_owned()));
        }
        match lock(&self.tries).get(&address).map(Tries::now) {
            Some(left) if left < 1.0 => Err(NEXT_TRY.mul_f64(1.0 - left)),
            _ => Ok(Party::Stranger(address)),
        }
    }

    /// A client has the key; how it is called is known only if it was let in.
    pub fn prove(&self, key_hash: &str, client: impl FnOnce() -> Option<String>) {
        let mut proved = lock(&self.proved);
        if proved.len() >= MOST {
            proved.clear();
        }
        if proved.get(key_hash).is_none_or(String::is_empty) {
            proved.insert(key_hash.to_owned(), client().unwrap_or_default());
        }
    }

    /// The clients, each with what it is called.
    pub fn proved(&self) -> Vec<(Party, String)> {
        let proved = lock(&self.proved);
        proved.iter().map(|(key_hash, client)| (Party::Client(key_hash.clone()), client.clone())).collect()
    }

    /// No client has the key, or not any more.
    pub fn refuse(&self, key_hash: &str, address: IpAddr) {
        lock(&self.proved).remove(key_hash);
        let mut tries = lock(&self.tries);
        if tries.len() >= MOST {
            tries.retain(|_, tries| tries.now() < TRIES);
        }
        let left = tries.get(&address).map_or(TRIES, Tries::now);
        tries.insert(address, Tries { left: (left - 1.0).max(0.0), at: Instant::now() });
    }
}

impl Tries {
    fn now(&self) -> f64 {
        (self.left + self.at.elapsed().div_duration_f64(NEXT_TRY)).min(TRIES)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_keys_are_throttled_by_address_and_right_ones_never() {
        let strangers = Strangers::default();
        let (bad, good): (IpAddr, IpAddr) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        for _ in 0..30 {
            assert!(strangers.party("wrong", bad).is_ok());
            strangers.refuse("wrong", bad);
        }
        assert!(strangers.party("wrong", bad).is_err());
        assert_eq!(strangers.party("wrong", good), Ok(Party::Stranger(good)));
        strangers.prove("right", || None);
        assert_eq!(strangers.party("right", bad), Ok(Party::Client("right".to_owned())));
        strangers.refuse("right", bad);
        assert!(strangers.party("right", bad).is_err(), "a key that was disabled is one like others");
    }
}
