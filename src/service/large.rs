//! Large requests take much memory while they are worked at: each client has one at a time.

use super::turns::Party;
use parking_lot::Mutex;
use std::collections::HashSet;
use std::sync::Arc;

/// Whose large request is worked at.
#[derive(Clone, Default)]
pub struct Large(Arc<Mutex<HashSet<Party>>>);

/// While one is.
pub struct Taken {
    large: Large,
    party: Party,
}

impl Large {
    /// The right to a party's one, if it is free.
    pub fn take(&self, party: &Party) -> Option<Taken> {
        self.0.lock().insert(party.clone()).then(|| Taken { large: self.clone(), party: party.clone() })
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.large.0.lock().remove(&self.party);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_party_has_one_at_a_time() {
        let (large, party) = (Large::default(), Party::Client("a".to_owned()));
        let taken = large.take(&party);
        assert!(taken.is_some() && large.take(&party).is_none());
        assert!(large.take(&Party::Client("b".to_owned())).is_some());
        drop(taken);
        assert!(large.take(&party).is_some());
    }
}
