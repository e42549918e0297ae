//! From credentials and a request to an answer that is on record: in its turn, within its client's budget, until its deadline.

pub mod allowance;
pub mod answer;
mod attempt;
pub mod budgets;
mod clock;
pub mod large;
mod promises;
mod refusals;
pub mod turns;
pub mod unauthenticated;
mod unread;

pub use self::clock::Clock;
pub use self::unread::Unread;

use self::allowance::{Allowance, Held};
use self::budgets::{Budgets, Left};
use self::large::Large;
use self::turns::{Party, Turns};
use self::unauthenticated::Unauthenticated;
use crate::domain::purpose::Purpose;
use crate::graphql::{Answer, Api, MAX_VALUES};
use crate::store::Store;
use std::time::Duration;

/// How many bytes of bodies a client may send before their requests are answered.
const MAX_BODIES: usize = 4 * 1024 * 1024;

/// How many bytes of answers may wait until a client gets no more.
const MAX_ANSWERS: usize = 8 * 1024 * 1024;

/// What answers requests.
pub struct Service {
    /// The schema.
    pub api: Api,
    /// The database.
    pub store: Store,
    /// Which day it is.
    pub clock: Clock,
    /// Who is worked for, and who waits.
    pub turns: Turns,
    /// Who changes something, one at a time, and who waits for that.
    pub writers: Turns,
    /// What is left of each client's budget.
    pub budgets: Budgets,
    /// Who tries keys that no client has.
    pub unauthenticated: Unauthenticated,
    /// Requests' bodies that are not answered yet.
    pub bodies: Allowance,
    /// Answers that are not taken yet.
    pub answers: Allowance,
    /// Values of answers that are being made.
    pub values: Allowance,
    /// Whose large request is worked at.
    pub large: Large,
}

/// What became of a request.
pub struct Outcome {
    /// The answer.
    pub answer: Answer,
    /// Whether the request's body or parameters were well-formed.
    pub well_formed: bool,
    /// Whether something other than a query was asked for by GET.
    pub not_by_get: bool,
    /// For which purpose it ran, if it did.
    pub purpose: Option<Purpose>,
    /// After how long the client may ask again, if it asked for too much or too many others do.
    pub retry_after: Option<Duration>,
    /// What is left of the client's budget, if it has one.
    pub left: Option<Left>,
    /// The document's fingerprint.
    pub document: Option<String>,
    /// What it waited for.
    pub waited: Waited,
    /// Counts its bytes until it is taken.
    pub held: Option<Held>,
}

/// How long a request waited.
#[derive(Debug, Clone, Copy, Default)]
pub struct Waited {
    /// For its turn.
    pub turn: Duration,
    /// For its record.
    pub record: Duration,
}

impl Service {
    /// A service over a store, with so many connections.
    pub fn new(store: Store, clock: Clock, connections: u32) -> Self {
        Self {
            api: Api::default(),
            store,
            clock,
            turns: Turns::new(connections as usize),
            writers: Turns::new(1),
            budgets: Budgets::over(connections),
            unauthenticated: Unauthenticated::default(),
            bodies: Allowance::up_to(MAX_BODIES),
            answers: Allowance::up_to(MAX_ANSWERS),
            values: Allowance::up_to(MAX_VALUES),
            large: Large::default(),
        }
    }

    /// What becomes of a request that a client sends while too much of what it sent before waits.
    pub fn has_too_many_bodies(&self, party: &Party) -> Outcome {
        let message = format!("{MAX_BODIES} bytes of this client's requests wait: send fewer at once");
        self.outcome(party, refusals::limit(&message), Some(refusals::RETRY))
    }

    /// What becomes of a party's request of which nothing is known but the answer.
    fn outcome(&self, party: &Party, answer: Answer, retry_after: Option<Duration>) -> Outcome {
        Outcome {
            held: Some(self.answers.hold(party, answer.json().len())),
            left: matches!(party, Party::Client(_)).then(|| self.budgets.left(party)),
            well_formed: true,
            not_by_get: false,
            purpose: None,
            document: None,
            waited: Waited::default(),
            retry_after,
            answer,
        }
    }
}
