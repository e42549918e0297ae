//! What is kept in memory in a party's name: bodies until their requests are answered, values of answers while these are made, and answers
//! until they are taken.

use super::turns::Party;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// How much is kept in each party's name, up to a bound.
#[derive(Clone)]
pub struct Allowance {
    most: usize,
    of_party: Arc<Mutex<HashMap<Party, usize>>>,
}

/// What counts until this is dropped.
pub struct Held {
    of: Allowance,
    party: Party,
    held: usize,
}

impl Allowance {
    /// So much may be kept in each party's name.
    pub fn up_to(most: usize) -> Self {
        Self { most, of_party: Arc::default() }
    }

    /// Whether nothing more may be kept in a party's name.
    pub fn is_full(&self, party: &Party) -> bool {
        self.of_party.lock().get(party).is_some_and(|held| *held >= self.most)
    }

    /// Counts so much in a party's name.
    pub fn hold(&self, party: &Party, much: usize) -> Held {
        let mut held = Held { of: self.clone(), party: party.clone(), held: 0 };
        held.grow(much);
        held
    }
}

impl Held {
    /// How much it is.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Counts more; false if nothing more may be kept.
    pub fn grow(&mut self, more: usize) -> bool {
        let mut of_party = self.of.of_party.lock();
        let all = of_party.entry(self.party.clone()).or_default();
        let has_room = *all < self.of.most;
        *all += more;
        self.held += more;
        has_room
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut of_party = self.of.of_party.lock();
        if let Some(all) = of_party.get_mut(&self.party) {
            *all -= self.held;
            if *all == 0 {
                of_party.remove(&self.party);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_party_has_room_for_so_many() {
        let (allowance, party) = (Allowance::up_to(100), Party::Client("a".to_owned()));
        let mut first = allowance.hold(&party, 50);
        assert!(first.grow(49) && first.grow(1) && !first.grow(1));
        assert!(allowance.is_full(&party) && !allowance.is_full(&Party::Client("b".to_owned())));
        drop(first);
        assert!(!allowance.is_full(&party) && allowance.of_party.lock().is_empty());
    }
}
