//! Whoever writes waits in a queue. A database gives its lock to whoever asks at the right moment: one that writes again and again, as
//! the audit's writer does for answers, would go first each time, and others would wait for seconds.

use super::errors::{Result, StoreError};
use parking_lot::{ArcMutexGuard, FairMutex, RawFairMutex};
use std::sync::Arc;
use std::time::Duration;

/// How long whoever writes waits for its turn.
const MAX_WAIT: Duration = Duration::from_secs(5);

/// A queue before something that one writes at a time, of this process.
#[derive(Clone, Default)]
pub(in crate::store) struct Queue(Arc<FairMutex<()>>);

/// A turn, until it is dropped: it is kept until the transaction has ended.
pub(in crate::store) type Turn = ArcMutexGuard<RawFairMutex, ()>;

impl Queue {
    /// The turn to write, after all that asked for it before.
    ///
    /// # Errors
    /// If it does not come within five seconds.
    pub fn turn(&self) -> Result<Turn> {
        let turn = self.0.try_lock_arc_for(MAX_WAIT);
        turn.ok_or_else(|| StoreError::Unreachable("others write into it for long".to_owned()))
    }
}
