//! The one writer of requests' audit records. While one group is made durable the next gathers, so that requests do not
//! queue on a disk flush each.

use super::chain::Chain;
use super::compaction::Compaction;
use crate::domain::audit::{AuditEvent, AuditRecord};
use crate::store::credentials::Credentials;
use crate::store::database::connection::{Address, AnyConnection};
use crate::store::database::errors::{Result, StoreError};
use crate::store::database::files::Files;
use crate::store::database::policy_epoch;
use crate::store::database::pool::Use;
use crate::store::database::queue::Queue;
use crate::store::database::transaction::in_transaction;
use crate::store::rls;
use parking_lot::Mutex;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// The most records of one transaction.
const MAX_GROUP: usize = 256;

/// How often requests that prove no client are put on record, as a count: whoever has no key cannot fill the disk.
const UNAUTHENTICATED_EVERY: Duration = Duration::from_secs(60);

/// How often SQLite's logs are shortened that grew while something read them for long.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It is durable: the answer may leave.
    Durable,
    /// Access has changed since the request's snapshot: nothing is on record, and the request must run again.
    Stale,
}

/// The way to the audit for requests.
#[derive(Clone)]
pub struct AuditWriter {
    address: Address,
    files: Files,
    queue: Queue,
    waiting: Arc<Mutex<Sender<Waiting>>>,
    unauthenticated: Arc<AtomicU64>,
}

/// What tells when a record is durable.
pub struct Receipt(oneshot::Receiver<Result<Recorded, String>>);

impl Receipt {
    /// Waits until the record is durable, but no longer than until a time: whoever waits longer gets no answer, and the record tells
    /// of one that was not given.
    ///
    /// # Errors
    /// If the record is not durable in time, or its writer failed or has stopped.
    pub async fn durable(self, until: Instant) -> Result<Recorded> {
        match tokio::time::timeout_at(until.into(), self.0).await {
            Ok(Ok(recorded)) => recorded.map_err(StoreError::Audit),
            Ok(Err(_)) => Err(StoreError::Audit("its writer has stopped".to_owned())),
            Err(_) => Err(StoreError::Audit("it did not answer in time".to_owned())),
        }
    }

    /// The same, for a thread that may wait.
    ///
    /// # Errors
    /// If the record is not durable in time, or its writer failed or has stopped.
    pub fn wait(self, until: Instant) -> Result<Recorded> {
        Handle::current().block_on(self.durable(until))
    }
}

struct Waiting {
    /// None from whoever only asks whether something can be put on record.
    record: Option<AuditRecord>,
    /// The hash of the key of the client in whose name it is; none for nobody's.
    key_hash: Option<String>,
    /// The epoch that must still hold, if any.
    epoch: Option<i64>,
    reply: oneshot::Sender<Result<Recorded, String>>,
}

impl AuditWriter {
    /// An audit writer for a database. Its thread ends with the last clone.
    pub fn start(address: Address) -> Self {
        let unauthenticated = Arc::new(AtomicU64::new(0));
        let files = Files::of(&address);
        let queue = Queue::default();
        let waiting = Arc::new(Mutex::new(write_in_background(&address, &files, &queue, &unauthenticated)));
        Self { address, files, queue, waiting, unauthenticated }
    }

    /// Puts a record of the credentials' client on record, unless access has changed since an epoch on which it rests.
    pub fn append(&self, record: AuditRecord, credentials: &Credentials, epoch: Option<i64>) -> Receipt {
        self.send(Some(record), Some(credentials.key_hash.clone()), epoch)
    }

    /// Tells whether something can be put on record now.
    pub fn probe(&self) -> Receipt {
        self.send(None, None, None)
    }

    fn send(&self, record: Option<AuditRecord>, key_hash: Option<String>, epoch: Option<i64>) -> Receipt {
        let (reply, receipt) = oneshot::channel();
        let waiting = Waiting { record, key_hash, epoch, reply };
        let mut writer = self.waiting.lock();
        if let Err(unsent) = writer.send(waiting) {
            *writer = write_in_background(&self.address, &self.files, &self.queue, &self.unauthenticated);
            // A writer that ends at once lets the receipt tell so.
            let _ = writer.send(unsent.0);
        }
        Receipt(receipt)
    }

    /// Which files the server has open.
    pub(in crate::store) fn files(&self) -> &Files {
        &self.files
    }

    /// Where whoever writes into the chain waits.
    pub(in crate::store) fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Counts a request that proved no client.
    pub fn count_unauthenticated(&self) {
        self.unauthenticated.fetch_add(1, Ordering::Relaxed);
    }
}

/// Starts the writer. Whatever it panics at, it goes on with the next records; nothing that can fail stands outside.
fn write_in_background(
    address: &Address,
    files: &Files,
    queue: &Queue,
    unauthenticated: &Arc<AtomicU64>,
) -> Sender<Waiting> {
    let (waiting, records) = channel();
    let mut writer = Writer {
        address: address.clone(),
        files: files.clone(),
        queue: queue.clone(),
        connection: None,
        unauthenticated: Arc::clone(unauthenticated),
        compaction: Compaction::of(address.clone(), files.clone(), queue.clone()),
    };
    std::thread::spawn(move || {
        let mut panicked = false;
        let mut write = || {
            if std::mem::replace(&mut panicked, true) {
                tracing::error!("the audit's writer panicked; it goes on with the next records");
            }
            writer.run(&records);
        };
        while catch_unwind(AssertUnwindSafe(&mut write)).is_err() {}
    });
    waiting
}

struct Writer {
    address: Address,
    files: Files,
    queue: Queue,
    connection: Option<AnyConnection>,
    unauthenticated: Arc<AtomicU64>,
    compaction: Compaction,
}

impl Writer {
    fn run(&mut self, records: &Receiver<Waiting>) {
        let mut counted = Instant::now();
        let mut tidied = Instant::now();
        loop {
            let wait = UNAUTHENTICATED_EVERY.saturating_sub(counted.elapsed());
            match records.recv_timeout(wait) {
                Ok(first) => {
                    let group: Vec<Waiting> =
                        std::iter::once(first).chain(records.try_iter().take(MAX_GROUP - 1)).collect();
                    self.write(group);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.write_unauthenticated(),
            }
            if counted.elapsed() >= UNAUTHENTICATED_EVERY {
                counted = Instant::now();
                self.write_unauthenticated();
            }
            if tidied.elapsed() >= TIDY_EVERY {
                tidied = Instant::now();
                self.shorten_logs();
            }
        }
    }

    fn write(&mut self, group: Vec<Waiting>) {
        let epochs: Vec<Option<i64>> = group.iter().map(|waiting| waiting.epoch).collect();
        let key_hashes: BTreeSet<String> = group.iter().filter_map(|waiting| waiting.key_hash.clone()).collect();
        let (records, replies): (Vec<_>, Vec<_>) =
            group.into_iter().map(|waiting| (waiting.record, waiting.reply)).unzip();
        let is_fresh = |index: usize, epoch| epochs[index].is_none_or(|held| held == epoch);
        let outcome = match records.iter().any(Option::is_some) {
            true => self.append(&records, &key_hashes, is_fresh),
            false => self.try_out(),
        };
        for (index, reply) in replies.into_iter().enumerate() {
            let answer = match &outcome {
                Ok(epoch) if epochs[index].is_none_or(|held| held == *epoch) => Ok(Recorded::Durable),
                Ok(_) => Ok(Recorded::Stale),
                Err(error) => Err(error.to_string()),
            };
            // A request that was given up waits no more.
            let _ = reply.send(answer);
        }
    }

    fn write_unauthenticated(&mut self) {
        let count = self.unauthenticated.swap(0, Ordering::Relaxed);
        if count == 0 {
            return;
        }
        let mut record = AuditRecord::of_change(AuditEvent::Unauthenticated, format!("{count} requests"));
        record.outcome = "UNAUTHENTICATED".to_owned();
        if let Err(error) = self.append(&[Some(record)], &BTreeSet::new(), |_, _| true) {
            self.unauthenticated.fetch_add(count, Ordering::Relaxed);
            tracing::error!(%error, "requests that proved no client could not be put on record");
        }
    }

    /// Appends the records that are fresh at the epoch, in the names of the clients that have these keys, and gives the epoch.
    fn append(
        &mut self,
        records: &[Option<AuditRecord>],
        key_hashes: &BTreeSet<String>,
        is_fresh: impl Fn(usize, i64) -> bool,
    ) -> Result<i64> {
        let (epoch, newest) = self.in_transaction(|connection| {
            // Whoever raises the epoch has the chain when that takes effect: no record rests on the epoch before it any more.
            let mut chain = Chain::lock(connection)?;
            let epoch = policy_epoch::read(connection)?;
            rls::speak_for(connection, key_hashes)?;
            let fresh = records.iter().enumerate().filter(|(index, _)| is_fresh(*index, epoch));
            chain.append(connection, fresh.filter_map(|(_, record)| record.clone()).collect())?;
            Ok((epoch, chain.newest()))
        })?;
        self.compaction.tell(newest);
        Ok(epoch)
    }

    /// Tries whether something can be put on record: the chain is written as it is, for the disk, and an entry is taken back, for
    /// the rights.
    fn try_out(&mut self) -> Result<i64> {
        self.files.check_room()?;
        let epoch = self.in_transaction(|connection| {
            Chain::lock(connection)?;
            policy_epoch::read(connection)
        })?;
        let mut done = false;
        let taken_back = self.in_transaction::<()>(|connection| {
            let record = AuditRecord::of_change(AuditEvent::Unauthenticated, "0 requests".to_owned());
            Chain::lock(connection)?.append(connection, vec![record])?;
            done = true;
            Err(StoreError::Unsettled)
        });
        match taken_back {
            Err(error) if !done => Err(error),
            _ => Ok(epoch),
        }
    }

    /// A transaction over the writer's own connection. One that failed is made anew.
    fn in_transaction<T>(&mut self, work: impl FnOnce(&mut AnyConnection) -> Result<T>) -> Result<T> {
        self.files.check()?;
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.address.connect(false)?,
        };
        let _turn = self.queue.turn()?;
        let done = in_transaction::<_, StoreError>(&mut connection, Use::Writing, work)?;
        self.connection = Some(connection);
        Ok(done)
    }

    /// Shortens SQLite's logs.
    fn shorten_logs(&mut self) {
        let Some(connection) = self.connection.as_mut() else { return };
        if let Err(error) = connection.shorten_logs() {
            self.connection = None;
            tracing::warn!(%error, "the database's log could not be shortened");
        }
    }
}
