//! Bytes that are kept in memory in a party's name: bodies until their requests are answered, answers until they are taken.

use super::turns::Party;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// The bytes of each party, up to a bound.
#[derive(Clone)]
pub struct Bytes {
    most: usize,
    of_party: Arc<Mutex<HashMap<Party, usize>>>,
}

/// Bytes that count until this is dropped.
pub struct Held {
    of: Bytes,
    party: Party,
    bytes: usize,
}

impl Bytes {
    /// So many may be kept in each party's name.
    pub fn up_to(most: usize) -> Self {
        Self { most, of_party: Arc::default() }
    }

    /// Whether nothing more may be kept in a party's name.
    pub fn is_full(&self, party: &Party) -> bool {
        self.of_party.lock().get(party).is_some_and(|bytes| *bytes >= self.most)
    }

    /// Counts bytes in a party's name.
    pub fn hold(&self, party: &Party, bytes: usize) -> Held {
        let mut held = Held { of: self.clone(), party: party.clone(), bytes: 0 };
        held.grow(bytes);
        held
    }
}

impl Held {
    /// Counts more of them; false if nothing more may be kept.
    pub fn grow(&mut self, bytes: usize) -> bool {
        let mut of_party = self.of.of_party.lock();
        let all = of_party.entry(self.party.clone()).or_default();
        let has_room = *all < self.of.most;
        *all += bytes;
        self.bytes += bytes;
        has_room
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut of_party = self.of.of_party.lock();
        if let Some(bytes) = of_party.get_mut(&self.party) {
            *bytes -= self.bytes;
            if *bytes == 0 {
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
        let (bytes, party) = (Bytes::up_to(100), Party::Client("a".to_owned()));
        let mut first = bytes.hold(&party, 50);
        assert!(first.grow(49) && first.grow(1) && !first.grow(1));
        assert!(bytes.is_full(&party) && !bytes.is_full(&Party::Client("b".to_owned())));
        drop(first);
        assert!(!bytes.is_full(&party) && bytes.of_party.lock().is_empty());
    }
}
