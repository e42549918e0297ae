//! Until when a request may work. Its statements end then, or as soon as its client has gone.

use super::connection::{Address, AnyConnection};
use super::errors::{Result, StoreError};
use super::interrupt;
use diesel::sql_types::Integer;
use diesel::{QueryableByName, RunQueryDsl};
use parking_lot::Mutex;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// How often a statement that is to end is cancelled once more: the first time may have been just before it began.
const AGAIN: Duration = Duration::from_millis(100);

const RUNNING: u8 = 0;
const OVER: u8 = 1;
const GONE: u8 = 2;

/// Until when a request may work.
#[derive(Debug, Clone)]
pub struct Deadline(Arc<State>);

#[derive(Debug)]
struct State {
    at: Instant,
    ended: AtomicU8,
    /// PostgreSQL's process that works for it.
    process: Mutex<Option<i32>>,
    /// Who can stop that.
    canceller: OnceLock<Canceller>,
}

impl Deadline {
    /// So much from now.
    pub fn after(time: Duration) -> Self {
        Self(Arc::new(State {
            at: Instant::now() + time,
            ended: AtomicU8::new(RUNNING),
            process: Mutex::default(),
            canceller: OnceLock::new(),
        }))
    }

    /// When it is.
    pub fn at(&self) -> Instant {
        self.0.at
    }

    /// Ends the work: its time is over.
    pub fn expire(&self) {
        self.end(OVER);
    }

    /// Ends the work when what is given is dropped: its client has gone by then, or has its answer.
    pub fn until_dropped(&self) -> Waiting {
        Waiting(self.clone())
    }

    /// Waits for nothing: the canceller may have to wait for the database.
    fn end(&self, how: u8) {
        let ended = self.0.ended.compare_exchange(RUNNING, how, Ordering::Relaxed, Ordering::Relaxed);
        let works = !matches!(self.0.process.try_lock().as_deref(), Some(None));
        if let (Ok(_), true, Some(canceller)) = (ended, works, self.0.canceller.get()) {
            canceller.cancel(self.clone());
        }
    }

    /// Fails if the work is to end.
    ///
    /// # Errors
    /// If the request's time is over, or its client has gone.
    pub fn check(&self) -> Result<()> {
        match self.0.ended.load(Ordering::Relaxed) {
            GONE => Err(StoreError::Gone),
            RUNNING if Instant::now() < self.0.at => Ok(()),
            _ => Err(StoreError::TooLong),
        }
    }

    /// Says what a statement's failure came from, if it was ended.
    pub fn explain(&self, error: StoreError) -> StoreError {
        self.check().err().unwrap_or(error)
    }

    /// Has this thread's statements on SQLite end with it, until what is given is dropped.
    pub fn enter(&self) -> Entered {
        let deadline = self.clone();
        interrupt::ask(Some(Box::new(move || deadline.check().is_err())));
        Entered(())
    }

    /// Has the statements of a transaction end with it, if PostgreSQL's process runs them, until what is given is dropped.
    pub(in crate::store) fn watch(&self, connection: &mut AnyConnection, canceller: &Canceller) -> Result<Watched> {
        if let AnyConnection::Postgresql(postgres) = connection {
            let process: Process = diesel::sql_query("SELECT pg_backend_pid() AS id").get_result(postgres)?;
            *self.0.process.lock() = Some(process.id);
            self.0.canceller.get_or_init(|| canceller.clone());
        }
        let watched = Watched(self.clone());
        self.check().map(|()| watched)
    }
}

/// While a transaction works for a request.
pub(in crate::store) struct Watched(Deadline);

impl Watched {
    /// The request's deadline.
    pub fn deadline(&self) -> &Deadline {
        &self.0
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        *self.0.0.process.lock() = None;
    }
}

/// While somebody waits for the work.
pub struct Waiting(Deadline);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.end(GONE);
    }
}

/// While a thread works for a request.
pub struct Entered(());

impl Drop for Entered {
    fn drop(&mut self) {
        interrupt::ask(None);
    }
}

#[derive(QueryableByName)]
struct Process {
    #[diesel(sql_type = Integer)]
    id: i32,
}

/// Who cancels PostgreSQL's statements, over a connection of its own.
#[derive(Debug, Clone)]
pub(in crate::store) struct Canceller(Sender<Deadline>);

impl Canceller {
    /// For a server's database. Its thread ends with the last clone.
    pub fn start(address: Address) -> Self {
        let (sender, ended) = channel();
        std::thread::spawn(move || cancel_all(&address, &ended));
        Self(sender)
    }

    fn cancel(&self, deadline: Deadline) {
        // Without its thread statements still end at their own timeout.
        let _ = self.0.send(deadline);
    }
}

fn cancel_all(address: &Address, ended: &Receiver<Deadline>) {
    let mut connection = None;
    let mut working: Vec<Deadline> = Vec::new();
    loop {
        let next = match working.is_empty() {
            true => ended.recv().map_err(|_| RecvTimeoutError::Disconnected),
            false => ended.recv_timeout(AGAIN),
        };
        match next {
            Ok(deadline) => working.push(deadline),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        working.extend(ended.try_iter());
        working.retain(|deadline| match cancel(address, &mut connection, deadline) {
            Ok(works) => works,
            Err(error) => {
                tracing::warn!(%error, "a statement could not be cancelled");
                connection = None;
                false
            }
        });
    }
}

/// Cancels a request's statement; false if it has none any more. While this goes on, its process takes no other request's.
fn cancel(address: &Address, connection: &mut Option<AnyConnection>, deadline: &Deadline) -> Result<bool> {
    let process = deadline.0.process.lock();
    let Some(id) = *process else { return Ok(false) };
    let opened = match connection.take() {
        Some(opened) => opened,
        None => address.connect(false)?,
    };
    let opened = connection.insert(opened);
    diesel::sql_query("SELECT pg_cancel_backend($1)").bind::<Integer, _>(id).execute(opened)?;
    Ok(true)
}
