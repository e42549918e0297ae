//! Who has proved to be a client, and how often an address may try keys that nobody has.

use super::turns::Party;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::IpAddr;

use std::time::{Duration, Instant};

/// How many wrong keys an address may try at once, and how long it takes until it may try one more.
const TRIES: u32 = 30;
const EACH: Duration = Duration::from_secs(2);

/// How long whoever tries more waits for each refusal. A right key is looked up all the same: a client that is new is not kept out by
/// others at its address.
pub const REFUSED_AFTER: Duration = Duration::from_secs(1);

/// The most keys and addresses that are remembered.
const MAX_KNOWN: usize = 10_000;

/// Keys that clients have, and addresses that tried others.
#[derive(Default)]
pub struct Unauthenticated {
    proved: Mutex<HashMap<String, String>>,
    /// When each address has all its tries again.
    tries: Mutex<HashMap<IpAddr, Instant>>,
}

impl Unauthenticated {
    /// In whose name a request waits: a key that no client has proved yet counts for its address.
    pub fn party(&self, key_hash: &str, address: IpAddr) -> Party {
        match self.proved.lock().contains_key(key_hash) {
            true => Party::Client(key_hash.to_owned()),
            false => Party::Unauthenticated(address),
        }
    }

    /// A client has the key; how it is called is known only if it was let in.
    pub fn prove(&self, key_hash: &str, client: impl FnOnce() -> Option<String>) {
        let mut proved = self.proved.lock();
        if proved.len() >= MAX_KNOWN {
            proved.clear();
        }
        if proved.get(key_hash).is_none_or(String::is_empty) {
            proved.insert(key_hash.to_owned(), client().unwrap_or_default());
        }
    }

    /// The clients, each with what it is called.
    pub fn proved(&self) -> Vec<(Party, String)> {
        let proved = self.proved.lock();
        proved.iter().map(|(key_hash, client)| (Party::Client(key_hash.clone()), client.clone())).collect()
    }

    /// No client has the key, or not any more. If the address has tried too many, tells when it may try the next.
    pub fn refuse(&self, key_hash: &str, address: IpAddr) -> Option<Duration> {
        self.proved.lock().remove(key_hash);
        let now = Instant::now();
        let mut tries = self.tries.lock();
        if tries.len() >= MAX_KNOWN {
            tries.retain(|_, full_at| *full_at > now);
        }
        let full_at = tries.get(&address).copied().unwrap_or(now).max(now) + EACH;
        let wait = (full_at - now).saturating_sub(EACH * TRIES);
        if wait.is_zero() {
            tries.insert(address, full_at);
        }
        (!wait.is_zero()).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_tries() {
        let unauthenticated = Unauthenticated::default();
        let (bad, good): (IpAddr, IpAddr) = ([10, 0, 0, 1].into(), [10, 0, 0, 2].into());
        assert!((0..30).all(|_| unauthenticated.refuse("wrong", bad).is_none()));
        assert!((0..9).all(|_| unauthenticated.refuse("wrong", bad).is_some_and(|wait| wait <= EACH)));
        assert_eq!(unauthenticated.refuse("wrong", good), None);
    }

    #[test]
    fn a_key_that_was_proved_is_its_clients_until_it_is_refused() {
        let (unauthenticated, address): (_, IpAddr) = (Unauthenticated::default(), [10, 0, 0, 1].into());
        assert_eq!(unauthenticated.party("key", address), Party::Unauthenticated(address));
        unauthenticated.prove("key", || None);
        assert_eq!(unauthenticated.party("key", address), Party::Client("key".to_owned()));
        unauthenticated.refuse("key", address);
        assert_eq!(unauthenticated.party("key", address), Party::Unauthenticated(address));
    }
}
