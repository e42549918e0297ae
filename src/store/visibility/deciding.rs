//! Who goes on deciding coverage beside the server's work, whichever process began it.

use super::undecided::{go_on_deciding, undecided};
use crate::store::database::connection::{Address, AnyConnection, is_locked};
use crate::store::database::errors::{Result, StoreError};
use crate::store::database::files::Files;
use crate::store::database::policy_epoch;
use crate::store::database::pool::Use;
use crate::store::database::queue::Queue;
use crate::store::database::transaction::in_transaction;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

/// How often it looks whether something is undecided, and after how long again if that failed.
const EVERY: Duration = Duration::from_secs(1);
const AFTER_FAILURE: Duration = Duration::from_secs(10);

/// About how long others' changes wait for it, and how much longer it leaves the database to them each time.
const STEP: Duration = Duration::from_millis(25);
const PAUSE: u32 = 2;

/// Of how many people it decides first, and at most, in a step.
const FIRST: i32 = 20;
const MAX_PEOPLE: i32 = 1_000;

/// While it goes on: until the last clone is dropped.
#[derive(Clone)]
pub(in crate::store) struct Deciding {
    /// Its thread ends when this is dropped.
    _wanted: Sender<()>,
}

impl Deciding {
    /// For a server's database.
    pub fn start(address: Address, files: Files, changes: Queue) -> Self {
        let (wanted, unwanted) = channel::<()>();
        std::thread::spawn(move || {
            let mut connection = None;
            let mut wait = EVERY;
            while unwanted.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = match decide_all(&address, &files, &changes, &mut connection) {
                    Ok(()) => EVERY,
                    // Another process has SQLite's lock.
                    Err(StoreError::Statement(error)) if is_locked(&error) => EVERY,
                    Err(error) => {
                        tracing::warn!(%error, "whom agreements cover could not be decided");
                        connection = None;
                        AFTER_FAILURE
                    }
                };
            }
        });
        Self { _wanted: wanted }
    }
}

fn decide_all(address: &Address, files: &Files, changes: &Queue, connection: &mut Option<AnyConnection>) -> Result<()> {
    files.check()?;
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(address.connect(false)?),
    };
    let mut people = FIRST;
    while let Some(agreement) = undecided(connection)?.into_iter().min() {
        files.check()?;
        let turn = changes.turn()?;
        let began = Instant::now();
        in_transaction::<_, StoreError>(connection, Use::Writing, |connection| {
            policy_epoch::hold(connection)?;
            go_on_deciding(connection, agreement, people)
        })?;
        drop(turn);
        let took = began.elapsed();
        people = if took > STEP { people / 2 } else { people.saturating_mul(2) }.clamp(FIRST, MAX_PEOPLE);
        std::thread::sleep(took * PAUSE);
    }
    Ok(())
}
