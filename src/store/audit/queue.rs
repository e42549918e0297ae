//! Whoever writes into the chain waits in a queue. A database gives its lock to whoever asks at the right moment: one that writes again
//! and again, as the audit's writer does for answers, would go first each time, and a change would wait for seconds.

use crate::store::database::errors::{Result, StoreError};
use parking_lot::{FairMutex, FairMutexGuard};
use std::sync::Arc;
use std::time::Duration;

/// How long whoever writes into the chain waits for its turn.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// The queue before the chain of a database, of this process.
#[derive(Clone, Default)]
pub(in crate::store) struct ChainQueue(Arc<FairMutex<()>>);

impl ChainQueue {
    /// The turn to lock the chain, after all that asked for it before. It is kept until the transaction has ended.
    ///
    /// # Errors
    /// If it does not come within five seconds.
    pub fn turn(&self) -> Result<FairMutexGuard<'_, ()>> {
        self.0.try_lock_for(MAX_WAIT).ok_or_else(|| StoreError::Audit("others write into it for long".to_owned()))
    }
}
