//! Fair queueing: each client has its share of what can work at once, and nobody waits behind another client's queue.

use super::promises::{Arriving, Promises};
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// The most requests that wait, of one client and in all.
const MAX_OF_CLIENT: usize = 256;
const MAX_WAITING: usize = 1_024;

/// Whoever would wait longer than this is refused at once.
const MAX_WAIT: Duration = Duration::from_secs(4);

/// So many times the average is the most that a turn counts for in it, and a little more: one long turn tells little of the next.
const OUTLIER: u32 = 4;
const SHORT: Duration = Duration::from_millis(50);

/// In whose name a request waits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Party {
    /// The client that has a key, by the key's hash.
    Client(String),
    /// Whoever has not proved to be one, from an address.
    Unauthenticated(std::net::IpAddr),
}

impl Party {
    /// How many turns it may have at once: strangers only prove who they are.
    fn share(&self, of_clients: usize) -> usize {
        match self {
            Self::Client(_) => of_clients,
            Self::Unauthenticated(_) => 1,
        }
    }
}

/// The turns to work.
#[derive(Clone)]
pub struct Turns(Arc<Mutex<State>>);

struct State {
    free: usize,
    share: usize,
    waiting: usize,
    /// Whose turn it is next, first.
    queues: VecDeque<(Party, VecDeque<oneshot::Sender<Turn>>)>,
    parties: HashMap<Party, Working>,
}

/// What a party has at work.
#[derive(Default)]
struct Working {
    turns: usize,
    /// How long its turns take, on average of the last.
    takes: Duration,
    /// What is kept for those that were refused, until they come back.
    promises: Promises,
}

/// Too many wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full {
    /// After how long it is worth trying again.
    pub retry_after: Duration,
}

/// The right to work until it is dropped.
pub struct Turn {
    party: Option<Party>,
    began: Instant,
    turns: Turns,
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(party) = self.party.take() {
            let mut state = self.turns.0.lock();
            state.take_back(&party, Some(self.began.elapsed()));
            self.turns.give(&mut state);
        }
    }
}

impl Turns {
    /// So many work at once, and of one party at most half of them.
    pub fn new(at_once: usize) -> Self {
        let state = State {
            free: at_once,
            share: at_once.div_ceil(2),
            waiting: 0,
            queues: VecDeque::new(),
            parties: HashMap::new(),
        };
        Self(Arc::new(Mutex::new(state)))
    }

    /// A turn for what is asked, or the place in the queue where it comes.
    ///
    /// # Errors
    /// If too many wait already, or it would wait too long, with when to try again.
    pub fn ask(&self, party: Party, asked: u64) -> Result<oneshot::Receiver<Turn>, Full> {
        let mut state = self.0.lock();
        state.forget_idle(&party);
        let (sender, receiver) = oneshot::channel();
        let place = state.queues.iter().position(|(of, _)| *of == party);
        let before = place.map_or(0, |place| state.queues[place].1.len());
        if before >= MAX_OF_CLIENT || state.waiting >= MAX_WAITING {
            return Err(Full { retry_after: Duration::from_secs(1) });
        }
        let (share, is_free) = (party.share(state.share), state.free > 0);
        let working = state.parties.entry(party.clone()).or_default();
        let is_next = is_free && working.turns < share && before == 0;
        if !is_next {
            working.let_in(share, before, asked).map_err(|retry_after| Full { retry_after })?;
        }
        state.waiting += 1;
        match place {
            Some(place) => state.queues[place].1.push_back(sender),
            None => state.queues.push_back((party, VecDeque::from([sender]))),
        }
        self.give(&mut state);
        Ok(receiver)
    }

    /// How many turns are taken, and how many wait for one.
    pub fn counted(&self) -> (usize, usize) {
        let state = self.0.lock();
        (state.parties.values().map(|working| working.turns).sum(), state.waiting)
    }

    /// Gives turns to whoever waits, one of each party in turn, as long as there are some.
    fn give(&self, state: &mut State) {
        let mut unable = 0;
        while state.free > 0 && unable < state.queues.len() {
            let Some((party, mut queue)) = state.queues.pop_front() else { return };
            let working = state.parties.entry(party.clone()).or_default();
            if working.turns >= party.share(state.share) {
                unable += 1;
                state.queues.push_back((party, queue));
                continue;
            }
            unable = 0;
            state.waiting -= 1;
            working.turns += 1;
            state.free -= 1;
            let turn = Turn { party: Some(party.clone()), began: Instant::now(), turns: self.clone() };
            // Whoever gave up waiting leaves its turn to the next.
            if let Some(Err(mut turn)) = queue.pop_front().map(|sender| sender.send(turn)) {
                turn.party = None;
                state.take_back(&party, None);
            }
            if !queue.is_empty() {
                state.queues.push_back((party, queue));
            }
        }
    }
}

impl Working {
    /// Lets one more wait that has so many before it.
    fn let_in(&mut self, share: usize, before: usize, asked: u64) -> Result<(), Duration> {
        let takes = self.takes.as_secs_f64() / share as f64;
        let waits = takes * (before as f64 + 1.0);
        self.promises.let_in(Arriving { waits, takes, asked }, MAX_WAIT)
    }
}

impl State {
    /// Forgets who gave up waiting in a party's queue, and parties that have nothing at work if there are many.
    fn forget_idle(&mut self, party: &Party) {
        if let Some((_, queue)) = self.queues.iter_mut().find(|(of, _)| of == party) {
            let before = queue.len();
            queue.retain(|sender| !sender.is_closed());
            self.waiting -= before - queue.len();
        }
        self.queues.retain(|(_, queue)| !queue.is_empty());
        if self.parties.len() > MAX_WAITING {
            self.parties.retain(|_, working| working.turns > 0 || !working.promises.are_over());
        }
    }

    fn take_back(&mut self, party: &Party, took: Option<Duration>) {
        self.free += 1;
        let Some(working) = self.parties.get_mut(party) else { return };
        working.turns -= 1;
        if let Some(took) = took {
            let took = took.min(working.takes * OUTLIER + SHORT);
            working.takes = (working.takes * 7 + took) / 8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(name: &str) -> Party {
        Party::Client(name.to_owned())
    }

    #[test]
    fn a_party_has_half_and_others_need_not_wait_for_its_queue() {
        let turns = Turns::new(4);
        let mut greedy: Vec<_> = (0..100).map(|_| turns.ask(client("greedy"), 0).unwrap()).collect();
        assert_eq!(turns.counted(), (2, 98));
        let mut other = turns.ask(client("other"), 0).unwrap();
        assert!(other.try_recv().is_ok(), "half is left for others");
        drop(greedy.remove(0).try_recv().unwrap());
        assert!(greedy[1].try_recv().is_ok(), "its next one follows");
    }

    #[test]
    fn parties_take_turns() {
        let turns = Turns::new(1);
        let held = turns.ask(client("a"), 0).unwrap().try_recv().unwrap();
        let mut second = turns.ask(client("a"), 0).unwrap();
        let mut third = turns.ask(client("a"), 0).unwrap();
        let mut other = turns.ask(client("b"), 0).unwrap();
        drop(held);
        let held = second.try_recv().unwrap();
        assert!(other.try_recv().is_err());
        drop(held);
        let held = other.try_recv().unwrap();
        assert!(third.try_recv().is_err());
        drop(held);
        assert!(third.try_recv().is_ok());
    }

    #[test]
    fn whoever_gave_up_leaves_its_turn_to_the_next() {
        let turns = Turns::new(1);
        let held = turns.ask(client("a"), 0).unwrap().try_recv().unwrap();
        drop(turns.ask(client("a"), 0).unwrap());
        let mut next = turns.ask(client("a"), 0).unwrap();
        drop(held);
        assert!(next.try_recv().is_ok());
        assert_eq!(turns.counted(), (0, 0));
    }

    #[test]
    fn a_full_queue_refuses_at_once() {
        let turns = Turns::new(2);
        let waiting: Vec<_> = (0..=MAX_OF_CLIENT).map(|_| turns.ask(client("a"), 0).unwrap()).collect();
        assert_eq!(turns.ask(client("a"), 0).err(), Some(Full { retry_after: Duration::from_secs(1) }));
        assert!(turns.ask(client("b"), 0).is_ok());
        drop(waiting);
        assert!(turns.ask(client("a"), 0).is_ok());
    }
}
