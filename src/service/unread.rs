//! Answers that wait to be taken: each client may let so many bytes wait, and gets no more answers until it takes them.

use super::turns::Party;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;

/// How many bytes may wait until a client gets no more answers.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// The bytes that wait, by client.
#[derive(Clone, Default)]
pub struct Unread(Arc<Mutex<HashMap<Party, usize>>>);

/// The bytes of an answer until it is taken, or its socket is closed.
pub struct Held {
    unread: Unread,
    party: Party,
    bytes: usize,
}

impl Unread {
    /// Whether a client has to take what waits before it gets more.
    pub fn is_full(&self, party: &Party) -> bool {
        self.0.lock().get(party).is_some_and(|bytes| *bytes >= MAX_BYTES)
    }

    /// Counts an answer.
    pub fn hold(&self, party: &Party, bytes: usize) -> Held {
        *self.0.lock().entry(party.clone()).or_default() += bytes;
        Held { unread: self.clone(), party: party.clone(), bytes }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut unread = self.unread.0.lock();
        if let Some(bytes) = unread.get_mut(&self.party) {
            *bytes -= self.bytes;
            if *bytes == 0 {
                unread.remove(&self.party);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_takes_nothing_gets_no_more() {
        let (unread, party) = (Unread::default(), Party::Client("a".to_owned()));
        let held = [unread.hold(&party, MAX_BYTES / 2), unread.hold(&party, MAX_BYTES / 2)];
        assert!(unread.is_full(&party) && !unread.is_full(&Party::Client("b".to_owned())));
        drop(held);
        assert!(!unread.is_full(&party) && unread.0.lock().is_empty());
    }
}
