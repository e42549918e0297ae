//! Fair queueing: each client has its share of what can work at once, and nobody waits behind another client's queue.

use super::promises::{Arriving, LONGER, Promises};
use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// The most requests that wait: of one client, of all clients, and of all who have not proved to be one. The first of a client finds a
/// place, however many others wait.
const MAX_OF_CLIENT: usize = 256;
const MAX_OF_CLIENTS: usize = 1_024;
const MAX_UNAUTHENTICATED: usize = 512;

/// Whoever would wait longer than this is refused at once.
const MAX_WAIT: Duration = Duration::from_secs(4);

/// A party has at most one of so many turns at a time: what it asks for takes its time from what others do meanwhile.
const ONE_OF: usize = 4;

/// If all that a client has at work have lasted so long by now, its turns take that, whatever the last ones took.
const LONG: Duration = Duration::from_secs(3);

/// How often whoever waits looks whether it comes to its turn in time.
const LOOKS_EVERY: Duration = Duration::from_millis(100);

/// So many times the average is the most that a turn counts for in it, and a little more: one long turn tells little of the next.
const OUTLIER: u32 = 4;
const SHORT: Duration = Duration::from_millis(50);

/// How many of the last turns the average is of: of fewer, a few dear ones in a row would look like many.
const AVERAGED: u32 = 32;

/// In whose name a request waits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Party {
    /// The client that has a key, by the key's hash.
    Client(String),
    /// Whoever has not proved to be one, from an address.
    Unauthenticated(std::net::IpAddr),
}

impl Party {
    /// How many turns it may have of those that clients may: an unauthenticated one only proves who it is.
    fn share(&self, of_clients: usize) -> usize {
        match self {
            Self::Client(_) => of_clients,
            Self::Unauthenticated(_) => of_clients.min(1),
        }
    }
}

/// The turns to work.
#[derive(Clone)]
pub struct Turns(Arc<Mutex<State>>);

struct State {
    at_once: usize,
    free: usize,
    waiting: usize,
    queues: Vec<(Party, VecDeque<Asking>)>,
    /// How many have waited by now, and how many turns were given: each has its number.
    numbers: u64,
    parties: HashMap<Party, Working>,
}

/// A number, and to whom its turn is given.
type Asking = (u64, oneshot::Sender<Turn>);

/// What a party has at work.
#[derive(Default)]
struct Working {
    /// When each of its turns began.
    turns: Vec<Instant>,
    /// The number of the last that was given to it.
    last: u64,
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

/// A place in the queue.
pub struct Waiting {
    turns: Turns,
    party: Party,
    number: u64,
    asked: u64,
    turn: oneshot::Receiver<Turn>,
}

impl Waiting {
    /// The turn, when it comes.
    ///
    /// # Errors
    /// If it does not come in time, with when to try again; as soon as that is known.
    pub async fn turn(mut self, deadline: Instant) -> Result<Turn, Full> {
        let last = deadline.min(Instant::now() + MAX_WAIT + LONGER);
        loop {
            let look = last.min(Instant::now() + LOOKS_EVERY);
            if let Ok(turn) = tokio::time::timeout_at(look.into(), &mut self.turn).await {
                return turn.map_err(|_| Full { retry_after: MAX_WAIT });
            }
            let at_most = if look == last { Duration::ZERO } else { MAX_WAIT + LONGER };
            if let Some(full) = self.turns.give_up(&self, at_most) {
                return Err(full);
            }
        }
    }
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
            state.take_back(&party, self.began, true);
            self.turns.give(&mut state);
        }
    }
}

impl Turns {
    /// So many work at once. A party has at most a quarter of them, and at most as many as it leaves free for others: whoever
    /// comes next finds some whatever those before it do.
    pub fn new(at_once: usize) -> Self {
        let state =
            State { at_once, free: at_once, waiting: 0, queues: Vec::new(), numbers: 0, parties: HashMap::new() };
        Self(Arc::new(Mutex::new(state)))
    }

    /// A turn for what is asked, or the place in the queue where it comes.
    ///
    /// # Errors
    /// If too many wait already, or it would wait too long, with when to try again.
    pub fn ask(&self, party: Party, asked: u64) -> Result<Waiting, Full> {
        let mut state = self.0.lock();
        state.forget_idle(&party);
        let (sender, receiver) = oneshot::channel();
        let place = state.queues.iter().position(|(of, _)| *of == party);
        let before = place.map_or(0, |place| state.queues[place].1.len());
        if state.is_full(&party, before) {
            return Err(Full { retry_after: Duration::from_secs(1) });
        }
        let (share, at_most) = (state.usual_share(&party), state.most());
        // Whoever comes for the first time waits behind those who wait already: nobody gets ahead by coming as another.
        let first = Working { last: state.numbers, ..Working::default() };
        let working = state.parties.entry(party.clone()).or_insert(first);
        let is_next = working.turns.len() < party.share(at_most) && before == 0;
        if !is_next {
            working.let_in(share, before, asked).map_err(|retry_after| Full { retry_after })?;
        }
        state.waiting += 1;
        state.numbers += 1;
        let number = state.numbers;
        match place {
            Some(place) => state.queues[place].1.push_back((number, sender)),
            None => state.queues.push((party.clone(), VecDeque::from([(number, sender)]))),
        }
        self.give(&mut state);
        Ok(Waiting { turns: self.clone(), party, number, asked, turn: receiver })
    }

    /// How many turns are taken, and how many wait for one.
    pub fn counted(&self) -> (usize, usize) {
        let state = self.0.lock();
        (state.parties.values().map(|working| working.turns.len()).sum(), state.waiting)
    }

    /// When to try again, for one that waits and will wait longer than is allowed; nothing if it will not, or has its turn.
    fn give_up(&self, waiting: &Waiting, at_most: Duration) -> Option<Full> {
        let mut state = self.0.lock();
        let share = state.usual_share(&waiting.party);
        let (_, queue) = state.queues.iter().find(|(of, _)| *of == waiting.party)?;
        let before = queue.binary_search_by_key(&waiting.number, |(number, _)| *number).ok()?;
        let working = state.parties.get_mut(&waiting.party)?;
        let arriving = working.arriving(share, before, waiting.asked);
        (arriving.waits >= at_most.as_secs_f64()).then(|| Full { retry_after: working.promises.promise(arriving) })
    }

    /// Gives turns to whoever waits, as long as there are some: to the party first that has had none for longest.
    fn give(&self, state: &mut State) {
        while let Some(place) = state.next() {
            let (party, queue) = &mut state.queues[place];
            let (party, asking) = (party.clone(), queue.pop_front());
            if queue.is_empty() {
                state.queues.swap_remove(place);
            }
            let Some((_, sender)) = asking else { continue };
            let began = Instant::now();
            state.numbers += 1;
            let working = state.parties.entry(party.clone()).or_default();
            working.turns.push(began);
            working.last = state.numbers;
            state.waiting -= 1;
            state.free -= 1;
            let turn = Turn { party: Some(party.clone()), began, turns: self.clone() };
            // Whoever gave up waiting leaves its turn to the next.
            if let Err(mut turn) = sender.send(turn) {
                turn.party = None;
                state.take_back(&party, began, false);
            }
        }
    }
}

impl Working {
    /// Lets one more wait that has so many before it.
    fn let_in(&mut self, share: usize, before: usize, asked: u64) -> Result<(), Duration> {
        self.promises.let_in(self.arriving(share, before, asked), MAX_WAIT)
    }

    /// One more that has so many before it. A turn takes what the last ones took on average, or as long as all that are at work have
    /// lasted by now, if that is long.
    fn arriving(&self, share: usize, before: usize, asked: u64) -> Arriving {
        let all_last = self.turns.iter().map(Instant::elapsed).min();
        let all_last = all_last.filter(|lasted| self.turns.len() >= share && *lasted >= LONG);
        let takes = self.takes.max(all_last.unwrap_or_default()).as_secs_f64() / share as f64;
        Arriving { waits: takes * (before as f64 + 1.0), takes, asked }
    }
}

impl State {
    /// The place of the queue whose party has the next turn, if one may.
    fn next(&self) -> Option<usize> {
        let last = |place: &usize| self.parties.get(&self.queues[*place].0).map_or(0, |working| working.last);
        let may = |place: &usize| {
            let party = &self.queues[*place].0;
            self.parties.get(party).map_or(0, |working| working.turns.len()) < party.share(self.most())
        };
        (0..self.queues.len()).filter(may).min_by_key(last)
    }

    /// Whether nobody more of a party may wait that has so many waiting already.
    fn is_full(&self, party: &Party, before: usize) -> bool {
        let queues = self.queues.iter().filter(|(of, _)| matches!(of, Party::Unauthenticated(_)));
        let unauthenticated: usize = queues.map(|(_, queue)| queue.len()).sum();
        let in_all = match party {
            Party::Client(_) => before > 0 && self.waiting - unauthenticated >= MAX_OF_CLIENTS,
            Party::Unauthenticated(_) => unauthenticated >= MAX_UNAUTHENTICATED,
        };
        before >= MAX_OF_CLIENT || in_all
    }

    /// The most turns that a client may have now.
    fn most(&self) -> usize {
        self.free.min((self.at_once / ONE_OF).max(1))
    }

    /// How many turns a party has while all other clients want theirs too.
    fn usual_share(&self, party: &Party) -> usize {
        let waits = |other: &Party| self.queues.iter().any(|(of, _)| of == other);
        let is_busy = |(other, working): &(&Party, &Working)| {
            matches!(other, Party::Client(_)) && *other != party && (!working.turns.is_empty() || waits(other))
        };
        let others = self.parties.iter().filter(is_busy).count();
        party.share((self.at_once / ONE_OF.max(others + 2)).max(1))
    }

    /// Forgets who gave up waiting in a party's queue, and parties that have nothing at work if there are many.
    fn forget_idle(&mut self, party: &Party) {
        if let Some((_, queue)) = self.queues.iter_mut().find(|(of, _)| of == party) {
            let before = queue.len();
            queue.retain(|(_, sender)| !sender.is_closed());
            self.waiting -= before - queue.len();
        }
        self.queues.retain(|(_, queue)| !queue.is_empty());
        if self.parties.len() > MAX_OF_CLIENTS {
            self.parties.retain(|_, working| !working.turns.is_empty() || !working.promises.are_over());
        }
    }

    fn take_back(&mut self, party: &Party, began: Instant, has_worked: bool) {
        self.free += 1;
        let Some(working) = self.parties.get_mut(party) else { return };
        if let Some(place) = working.turns.iter().position(|turn| *turn == began) {
            working.turns.swap_remove(place);
        }
        if has_worked {
            let took = began.elapsed().min(working.takes * OUTLIER + SHORT);
            working.takes = (working.takes * (AVERAGED - 1) + took) / AVERAGED;
        }
    }
}

#[cfg(test)]
mod tests;
