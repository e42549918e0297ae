//! A request's way through its attempts.

use super::attempt::{ATTEMPTS, Asked, Attempt, Work};
use super::refusals::{RETRY, limit, unavailable};
use super::turns::{Full, Party, Turn};
use super::unauthenticated::REFUSED_AFTER;
use super::unread::Unread;
use super::{Outcome, Service, Waited};
use crate::graphql::{Answer, Recording};
use crate::store::database::deadline::Deadline;
use crate::store::{Credentials, StoreError};
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a request may take, waiting for its turn included.
const MAX_TIME: Duration = Duration::from_secs(10);

/// How much longer the record of a request may take whose time is over.
const RECORD: Duration = Duration::from_secs(2);

/// How much longer a statement that was ended may take to say so.
const GRACE: Duration = Duration::from_millis(500);

/// Lets in whoever has a client's key, before anything more of its request is kept: in whose name it waits.
///
/// # Errors
/// If no client has the key, or that cannot be found out now, with what is answered.
pub async fn admit(service: &Arc<Service>, credentials: &Credentials, address: IpAddr) -> Result<Party, Outcome> {
    let party = service.unauthenticated.party(&credentials.key_hash, address);
    if let Party::Unauthenticated(_) = party {
        // If another request of the client proves the key meanwhile, this one does so once more.
        let work = Work { party, ..Work::new(service, credentials, address, Asked::Nothing) };
        let _waiting = work.deadline.until_dropped();
        return work.next().await.map(|proved| proved.party);
    }
    Ok(party)
}

/// Answers a request of whoever has credentials, from an address; the answer is on record before it is given.
pub async fn answer(
    service: Arc<Service>,
    credentials: Credentials,
    address: IpAddr,
    asked: Unread,
    queries_only: bool,
) -> Outcome {
    let fingerprint = asked.fingerprint;
    let work = Work::new(&service, &credentials, address, Asked::Unread(asked));
    let mut work = Work { fingerprint, queries_only, ..work };
    let deadline = work.deadline.clone();
    let _waiting = deadline.until_dropped();
    while work.attempts <= ATTEMPTS {
        work = match work.next().await {
            Ok(work) => work,
            Err(outcome) => return outcome,
        };
    }
    work.outcome(Answer::failed(&StoreError::Unsettled), None)
}

/// Runs an attempt: from its first statement to its last on one blocking thread, with one connection. Nothing if it does not end.
async fn run(mut work: Work, turn: Turn) -> Option<(Work, Attempt)> {
    let deadline = work.deadline.clone();
    let span = tracing::Span::current();
    let mut running = pin!(tokio::task::spawn_blocking(move || {
        let _named = span.enter();
        let _turn = turn;
        let _entered = work.deadline.enter();
        let ended = work.attempt();
        (work, ended)
    }));
    let ended = match tokio::time::timeout_at(deadline.at().into(), &mut running).await {
        Ok(ended) => ended,
        Err(_) => {
            deadline.expire();
            tokio::time::timeout(GRACE, running).await.ok()?
        }
    };
    ended.ok()
}

impl Work {
    fn new(service: &Arc<Service>, credentials: &Credentials, address: IpAddr, asked: Asked) -> Self {
        Self {
            party: service.unauthenticated.party(&credentials.key_hash, address),
            service: Arc::clone(service),
            credentials: credentials.clone(),
            address,
            deadline: Deadline::after(MAX_TIME),
            queries_only: false,
            asked,
            fingerprint: 0,
            well_formed: true,
            not_by_get: false,
            is_mutation: false,
            attempts: 0,
            purpose: None,
            waited: Waited::default(),
        }
    }

    /// Makes the next attempt, in its turn.
    ///
    /// # Errors
    /// If the request ends by it, with what is answered.
    async fn next(mut self) -> Result<Self, Outcome> {
        let turn = match self.begin().await {
            Ok(turn) => turn,
            Err((refusal, retry_after)) => return Err(self.outcome(refusal, Some(retry_after))),
        };
        let (service, party) = (self.service.clone(), self.party.clone());
        let Some((mut work, ended)) = run(self, turn).await else {
            return Err(service.outcome(&party, unavailable("the database did not answer in time"), Some(RETRY)));
        };
        match ended {
            Attempt::Proved | Attempt::Writes => Ok(work),
            Attempt::Answered(answer) => Err(work.outcome(answer, None)),
            Attempt::Unknown(answer) => Err(work.unknown(answer).await),
            Attempt::Recording(recording, retry_after) => match work.recorded(recording).await {
                Ok(Some(answer)) => Err(work.outcome(answer, retry_after)),
                Ok(None) => Ok(Self { attempts: work.attempts + 1, ..work }),
                Err(error) => Err(work.outcome(Answer::failed(&error), None)),
            },
        }
    }

    /// What whoever has no client's key is told: after a while, if its address has tried too many.
    async fn unknown(&self, answer: Answer) -> Outcome {
        match self.service.unauthenticated.refuse(&self.credentials.key_hash, self.address) {
            None => self.outcome(answer, None),
            Some(retry_after) => {
                tokio::time::sleep(REFUSED_AFTER).await;
                self.outcome(limit("this address has tried too many wrong keys"), Some(retry_after))
            }
        }
    }

    /// Waits until something is left of the budget, and for a turn: to change something, if it is to.
    async fn begin(&mut self) -> Result<Turn, (Answer, Duration)> {
        let began = Instant::now();
        let spent = |wait| (limit("the client's budget is spent"), wait);
        let aside = self.service.budgets.put_aside(&self.party, self.fingerprint).map_err(spent)?;
        tokio::time::sleep(aside.wait).await;
        let busy = |Full { retry_after }| {
            (unavailable("too many requests wait; ask for fewer at once, or try again as told"), retry_after)
        };
        // Whoever changes something has connections of its own: it holds up no change while it waits for anything else.
        let turns = if self.writes() { &self.service.writers } else { &self.service.turns };
        let place = turns.ask(self.party.clone(), self.fingerprint).map_err(busy)?;
        let turn = place.turn(self.deadline.at()).await;
        self.waited.turn += began.elapsed();
        let turn = turn.map_err(busy)?;
        // Those before it may have left answers meanwhile that are not taken.
        match self.service.answers.is_full(&self.party) {
            true => Err((limit("take the answers that wait for this client first"), RETRY)),
            false => Ok(turn),
        }
    }

    /// Waits for a record.
    async fn recorded(&mut self, recording: Recording) -> Result<Option<Answer>, StoreError> {
        let began = Instant::now();
        let answer = recording.answer(self.deadline.at() + RECORD).await;
        self.waited.record += began.elapsed();
        answer
    }

    fn outcome(&self, answer: Answer, retry_after: Option<Duration>) -> Outcome {
        let document = match &self.asked {
            Asked::Read(Ok(prepared)) => Some(prepared.fingerprint(&self.service.store)),
            _ => None,
        };
        let Self { well_formed, not_by_get, purpose, waited, .. } = *self;
        let outcome = self.service.outcome(&self.party, answer, retry_after);
        Outcome { well_formed, not_by_get, purpose, document, waited, ..outcome }
    }
}
