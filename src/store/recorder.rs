//! The one writer of requests' audit records. While one group is made durable the next gathers, so that requests do not
//! queue on a disk flush each.

use super::audit::Chain;
use super::audit_people;
use super::claim::Claim;
use super::connection::{Address, AnyConnection, Use};
use super::errors::{Result, StoreError};
use super::policy_epoch;
use super::transaction::in_transaction;
use super::wall;
use crate::domain::audit::{AuditEvent, AuditRecord};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

/// The most records of one transaction.
const MOST: usize = 256;

/// How often requests that prove no client are put on record, as a count: a stranger cannot fill the disk.
const STRANGERS_EVERY: Duration = Duration::from_secs(60);

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
pub struct Recorder {
    waiting: Sender<Waiting>,
    strangers: Arc<AtomicU64>,
}

struct Waiting {
    record: AuditRecord,
    /// The hash of the key of the client in whose name it is; none for nobody's.
    key_hash: Option<String>,
    /// The epoch that must still hold, if any.
    epoch: Option<i64>,
    reply: SyncSender<Result<Recorded, String>>,
}

impl Recorder {
    /// A recorder for a database. Its thread ends with the last clone.
    pub fn start(address: Address) -> Self {
        let (waiting, records) = channel();
        let strangers = Arc::new(AtomicU64::new(0));
        let mut writer =
            Writer { address, connection: None, strangers: Arc::clone(&strangers), newest: 0, compacted: 0 };
        std::thread::spawn(move || {
            while catch_unwind(AssertUnwindSafe(|| writer.run(&records))).is_err() {
                tracing::error!("the audit's writer panicked; it goes on with the next records");
            }
        });
        Self { waiting, strangers }
    }

    /// Waits until a record of the claim's client is durable, unless access has changed since `epoch`.
    pub fn append(&self, record: AuditRecord, claim: &Claim, epoch: i64) -> Result<Recorded> {
        self.send(record, claim, Some(epoch))
    }

    fn send(&self, record: AuditRecord, claim: &Claim, epoch: Option<i64>) -> Result<Recorded> {
        let (reply, answer) = sync_channel(1);
        let gone = |_| StoreError::Audit("its writer has stopped".to_owned());
        let waiting = Waiting { record, key_hash: Some(claim.key_hash.clone()), epoch, reply };
        self.waiting.send(waiting).map_err(|_| gone(()))?;
        answer.recv().map_err(|_| gone(()))?.map_err(StoreError::Audit)
    }

    /// Waits until a record of the claim's client is durable that rests on no snapshot.
    pub fn append_always(&self, record: AuditRecord, claim: &Claim) -> Result<()> {
        self.send(record, claim, None).map(|_| ())
    }

    /// Counts a request that proved no client.
    pub fn count_stranger(&self) {
        self.strangers.fetch_add(1, Ordering::Relaxed);
    }
}

struct Writer {
    address: Address,
    connection: Option<AnyConnection>,
    strangers: Arc<AtomicU64>,
    /// The newest entry that it appended.
    newest: i64,
    /// How many segments are in order.
    compacted: i64,
}

impl Writer {
    fn run(&mut self, records: &Receiver<Waiting>) {
        let mut counted = Instant::now();
        loop {
            let wait = STRANGERS_EVERY.saturating_sub(counted.elapsed());
            match records.recv_timeout(wait) {
                Ok(first) => {
                    let group: Vec<Waiting> = std::iter::once(first).chain(records.try_iter().take(MOST - 1)).collect();
                    self.write(group);
                    self.compact();
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.write_strangers(),
            }
            if counted.elapsed() >= STRANGERS_EVERY {
                counted = Instant::now();
                self.write_strangers();
            }
        }
    }

    fn write(&mut self, group: Vec<Waiting>) {
        let epochs: Vec<Option<i64>> = group.iter().map(|waiting| waiting.epoch).collect();
        let key_hashes: BTreeSet<String> = group.iter().filter_map(|waiting| waiting.key_hash.clone()).collect();
        let (records, replies): (Vec<_>, Vec<_>) =
            group.into_iter().map(|waiting| (waiting.record, waiting.reply)).unzip();
        let is_fresh = |index: usize, epoch| epochs[index].is_none_or(|held| held == epoch);
        let outcome = self.append(&records, &key_hashes, is_fresh);
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

    fn write_strangers(&mut self) {
        let count = self.strangers.swap(0, Ordering::Relaxed);
        if count == 0 {
            return;
        }
        let mut record = AuditRecord::of_change(AuditEvent::Unauthenticated, format!("{count} requests"));
        record.outcome = "UNAUTHENTICATED".to_owned();
        if let Err(error) = self.append(&[record], &BTreeSet::new(), |_, _| true) {
            self.strangers.fetch_add(count, Ordering::Relaxed);
            tracing::error!(%error, "requests that proved no client could not be put on record");
        }
    }

    /// Appends the records that are fresh at the epoch, in the names of the clients that have these keys, and gives the epoch. A
    /// connection that failed is made anew.
    fn append(
        &mut self,
        records: &[AuditRecord],
        key_hashes: &BTreeSet<String>,
        is_fresh: impl Fn(usize, i64) -> bool,
    ) -> Result<i64> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.address.connect(false)?,
        };
        let (epoch, newest) = in_transaction::<_, StoreError>(&mut connection, Use::Writing, |connection| {
            // Whoever raises the epoch has the chain when that takes effect: no record rests on the epoch before it any more.
            let mut chain = Chain::lock(connection)?;
            let epoch = policy_epoch::read(connection)?;
            wall::speak_for(connection, key_hashes)?;
            let fresh = records.iter().enumerate().filter(|(index, _)| is_fresh(*index, epoch));
            chain.append(connection, fresh.map(|(_, record)| record.clone()).collect())?;
            Ok((epoch, chain.newest()))
        })?;
        self.newest = newest;
        self.connection = Some(connection);
        Ok(epoch)
    }

    /// Puts in order what entries list of people, whenever a segment is full. What failed is tried again with the next.
    fn compact(&mut self) {
        let full = audit_people::segments(self.newest);
        let Some(connection) = self.connection.as_mut().filter(|_| full > self.compacted) else { return };
        match audit_people::compact(connection) {
            Ok(()) => self.compacted = full,
            Err(error) => {
                self.connection = None;
                tracing::warn!(%error, "a segment of the audit could not be put in order");
            }
        }
    }
}
