//! One request at work: its snapshot, and the loads that its resolvers ask for.
//!
//! Resolvers ask for single things; the request context collects what is asked for until the executor can go no further, then loads each
//! kind in one batch. So the number of statements follows the query's shape, never the number of rows.

use super::answer::MAX_BYTES;
use super::errors::Code;
use crate::policy::Viewer;
use crate::policy::seal::Seal;
use crate::store::database::deadline::Deadline;
use crate::store::{ReadSession, Result, Session, StoreError, WriteSession};
use async_graphql::{Context, Error};
use parking_lot::Mutex;
use std::any::{Any, TypeId};
use std::collections::{HashMap, HashSet};
use std::future::{Future, poll_fn};
use std::hash::Hash;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context as TaskContext, Poll, Wake, Waker};

/// A kind of thing that is loaded in batches.
pub trait Load: Send + 'static {
    /// What it is asked for by.
    type Key: Copy + Eq + Hash + Send + 'static;
    /// What it gives.
    type Value: Clone + Entries + Send + 'static;

    /// Loads a batch. A key without an entry gives the default.
    fn load(session: &mut ReadSession, keys: &[Self::Key]) -> Result<HashMap<Self::Key, Self::Value>>;

    /// What a key gives that has no entry.
    fn missing() -> Self::Value;
}

/// What is loaded, as so many values of an answer that no field stands for.
pub trait Entries {
    /// How many there are.
    fn entries(&self) -> usize;
}

impl<T> Entries for Vec<T> {
    fn entries(&self) -> usize {
        self.len()
    }
}

impl<T> Entries for Option<T> {
    fn entries(&self) -> usize {
        0
    }
}

/// As so many values of an answer counts an entry of a list that is loaded: all are in memory with what will resolve them, before the first
/// is.
const VALUES_OF_ENTRY: usize = 3;

/// As so many values counts that a field waits for what it asks: the objects around it are in memory meanwhile, as all others of their lists.
const VALUES_OF_WAITING: usize = 6;

/// Asked whether the client's requests may hold so many more values together.
pub type MayHold = Box<dyn FnMut(usize) -> bool + Send>;

/// After how many values of an answer a request looks whether its time is over, and counts them in its client's name.
const VALUES_BETWEEN_LOOKS: usize = 1_000;

/// One request at work.
pub struct RequestContext {
    viewer: Viewer,
    seal: Seal,
    session: Mutex<Session>,
    batches: Mutex<HashMap<TypeId, Box<dyn Batch>>>,
    failure: Mutex<Option<StoreError>>,
    conditions: AtomicUsize,
    accounts: AtomicBool,
    values: AtomicUsize,
    text: AtomicUsize,
    max_values: usize,
    may_hold: Mutex<MayHold>,
    deadline: Deadline,
}

/// The executor waits although nothing is asked for.
#[derive(Debug, thiserror::Error)]
#[error("the executor waits although nothing is to be loaded")]
pub struct Stalled;

impl RequestContext {
    /// A request context over a snapshot, for an answer of at most so many values, if the client may hold them.
    pub fn new(session: Session, max_values: usize, may_hold: MayHold) -> Self {
        Self {
            viewer: session.viewer().clone(),
            seal: session.seal().clone(),
            deadline: session.deadline().clone(),
            session: Mutex::new(session),
            batches: Mutex::default(),
            failure: Mutex::default(),
            conditions: AtomicUsize::new(0),
            accounts: AtomicBool::new(false),
            values: AtomicUsize::new(0),
            text: AtomicUsize::new(0),
            max_values,
            may_hold: Mutex::new(may_hold),
        }
    }

    /// The request context of a resolver's request.
    pub fn of<'c>(context: &Context<'c>) -> &'c Self {
        context.data_unchecked::<Arc<Self>>()
    }

    /// On whose behalf the request runs.
    pub fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// What seals ids and cursors.
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Counts one more condition of the request's filters; how many there are now.
    pub fn count_condition(&self) -> usize {
        self.conditions.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Counts so many more values of the answer, before they are made. False if the request has failed, or fails by it: if it may not hold
    /// so many, or all requests of its client together, or its time is over.
    pub fn count_values(&self, more: usize) -> bool {
        let before = self.values.fetch_add(more, Ordering::Relaxed);
        let looks = |values: usize| values.div_ceil(VALUES_BETWEEN_LOOKS);
        let thousands = looks(before + more) - looks(before);
        let counted = match before + more > self.max_values {
            true => Err(StoreError::TooMuch),
            false if thousands == 0 => Ok(()),
            false if !(self.may_hold.lock())(thousands * VALUES_BETWEEN_LOOKS) => Err(StoreError::TooMuchTogether),
            false => self.deadline.check(),
        };
        self.goes_on(counted)
    }

    /// Counts so many more bytes of the answer's texts. False if the request has failed, or fails by it: an answer has no more.
    pub fn count_text(&self, bytes: usize) -> bool {
        let before = self.text.fetch_add(bytes, Ordering::Relaxed);
        self.goes_on(if before + bytes > MAX_BYTES { Err(StoreError::TooMuch) } else { Ok(()) })
    }

    fn goes_on(&self, counted: Result<()>) -> bool {
        if let Err(error) = counted {
            self.fail(error);
        }
        !self.has_failed()
    }

    /// Whether the request asks for what somebody told for the first time.
    pub fn asks_first_for_accounts(&self) -> bool {
        !self.accounts.swap(true, Ordering::Relaxed)
    }

    /// Reads from the snapshot at once.
    ///
    /// # Errors
    /// If the request's time is over, its client has gone, or `read` fails.
    pub fn read<T>(&self, read: impl FnOnce(&mut ReadSession) -> Result<T>) -> Result<T, Error> {
        self.deadline.check().map_err(|error| self.fail(error))?;
        read(&mut self.session.lock()).map_err(|error| self.fail(error))
    }

    /// Changes something at once. What was loaded before is loaded anew when it is asked for again.
    ///
    /// # Errors
    /// If the request's time is over, its client has gone, the session only reads, or `change` fails.
    pub fn change<T>(&self, change: impl FnOnce(&mut WriteSession) -> Result<T>) -> Result<T, Error> {
        self.deadline.check().map_err(|error| self.fail(error))?;
        let changed = self.session.lock().writable().and_then(change).map_err(|error| self.fail(error));
        self.batches.lock().values_mut().for_each(|batch| batch.forget());
        changed
    }

    /// Asks for one thing; it is loaded with all others of its kind.
    pub async fn load<L: Load>(&self, key: L::Key) -> L::Value {
        poll_fn(|context| self.poll::<L>(key, context)).await
    }

    /// Drives a request to its end on this thread. Only when nothing of it can go on is what it waits for loaded.
    ///
    /// # Errors
    /// If a load fails, or the executor waits although nothing is to be loaded.
    pub fn run<F: Future>(&self, future: F) -> Result<F::Output, Stalled> {
        let mut future = pin!(future);
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut context = TaskContext::from_waker(&waker);
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return Ok(output);
            }
            if !woken.take() && !self.flush() {
                return Err(Stalled);
            }
        }
    }

    /// The snapshot, when the request has been executed.
    pub fn into_session(self) -> Session {
        self.session.into_inner()
    }

    /// The store's first failure, if there was one: then no data may leave.
    pub fn take_failure(&self) -> Option<StoreError> {
        self.failure.lock().take()
    }

    /// Whether the store has failed, or the request was to hold too much: then nothing of it goes on.
    fn has_failed(&self) -> bool {
        self.failure.lock().is_some()
    }

    fn fail(&self, error: StoreError) -> Error {
        self.failure.lock().get_or_insert_with(|| self.deadline.explain(error));
        Code::Internal.error("the database failed")
    }

    fn poll<L: Load>(&self, key: L::Key, context: &mut TaskContext<'_>) -> Poll<L::Value> {
        if self.has_failed() {
            return Poll::Pending;
        }
        let mut batches = self.batches.lock();
        let batch = batches.entry(TypeId::of::<L>()).or_insert_with(|| Box::new(Queue::<L>::default()));
        let queue = batch.as_any().downcast_mut::<Queue<L>>().expect("the type is the map's key");
        if let Some(value) = queue.loaded.get(&key) {
            return match self.count_values(VALUES_OF_ENTRY * value.entries()) {
                true => Poll::Ready(value.clone()),
                false => Poll::Pending,
            };
        }
        if self.count_values(VALUES_OF_WAITING) {
            queue.asked.insert(key);
            queue.wakers.push(context.waker().clone());
        }
        Poll::Pending
    }

    /// Loads what was asked for; false if that is nothing.
    fn flush(&self) -> bool {
        if self.has_failed() {
            return false;
        }
        let mut session = self.session.lock();
        let mut batches = self.batches.lock();
        let mut wakers = Vec::new();
        for batch in batches.values_mut() {
            match self.deadline.check().and_then(|()| batch.flush(&mut session)) {
                Ok(woken) => wakers.extend(woken),
                Err(error) => {
                    self.fail(error);
                    return false;
                }
            }
        }
        drop(batches);
        let any = !wakers.is_empty();
        wakers.into_iter().for_each(Waker::wake);
        any
    }
}

/// Whether some part of a request can go on: the executor pauses now and then although it could.
#[derive(Default)]
struct Woken(AtomicBool);

impl Woken {
    fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

trait Batch: Send {
    fn as_any(&mut self) -> &mut dyn Any;
    fn flush(&mut self, session: &mut ReadSession) -> Result<Vec<Waker>>;
    fn forget(&mut self);
}

struct Queue<L: Load> {
    asked: HashSet<L::Key>,
    loaded: HashMap<L::Key, L::Value>,
    wakers: Vec<Waker>,
}

impl<L: Load> Default for Queue<L> {
    fn default() -> Self {
        Self { asked: HashSet::new(), loaded: HashMap::new(), wakers: Vec::new() }
    }
}

impl<L: Load> Batch for Queue<L> {
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }

    fn flush(&mut self, session: &mut ReadSession) -> Result<Vec<Waker>> {
        let keys: Vec<L::Key> = self.asked.drain().collect();
        if !keys.is_empty() {
            let mut found = L::load(session, &keys)?;
            let each = keys.into_iter().map(|key| (key, found.remove(&key).unwrap_or_else(L::missing)));
            self.loaded.extend(each);
        }
        Ok(std::mem::take(&mut self.wakers))
    }

    fn forget(&mut self) {
        self.loaded.clear();
    }
}
