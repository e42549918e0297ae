//! One attempt at a request: from its first statement to its last on one blocking thread, with one connection.

use super::budgets::{Charge, Left};
use super::large;
use super::refusals::{RETRY, limit};
use super::turns::Party;
use super::unread::Unread;
use super::{Service, Waited};
use crate::domain::audit::AuditRecord;
use crate::domain::purpose::Purpose;
use crate::graphql::errors::Code;
use crate::graphql::{Answer, DateTime, MANY_VALUES, Prepared, RateLimit, Recording, Request, Unrecorded};
use crate::store::database::deadline::Deadline;
use crate::store::{Credentials, ReadError, Refusal, Session, StoreError};
use chrono::{SubsecRound, TimeDelta, Utc};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often a query runs whose snapshot is outdated by a change of access before its answer is on record; then it runs
/// once more while nobody can change anything.
pub(super) const ATTEMPTS: usize = 3;

/// A request as it goes through its attempts.
pub(super) struct Work {
    pub service: Arc<Service>,
    pub credentials: Credentials,
    pub address: IpAddr,
    pub party: Party,
    pub deadline: Deadline,
    pub queries_only: bool,
    pub asked: Asked,
    /// What is asked for, as a number by which the same is known again.
    pub fingerprint: u64,
    pub well_formed: bool,
    pub not_by_get: bool,
    /// Whether it may change something.
    pub is_mutation: bool,
    /// How many attempts ended without an answer.
    pub attempts: usize,
    pub purpose: Option<Purpose>,
    pub waited: Waited,
}

pub(super) enum Asked {
    /// Nothing yet: only whether the key is a client's.
    Nothing,
    Unread(Unread),
    Read(Result<Prepared, Answer>),
}

/// How an attempt ended.
pub(super) enum Attempt {
    /// With an answer that leaves when its record is durable.
    Recording(Recording, Option<Duration>),
    /// With an answer that has no record of its own.
    Answered(Answer),
    /// No client has the key.
    Unknown(Answer),
    /// The key is proved to be a client's, which has its own turns and budget: the request begins again in its name.
    Proved,
    /// Something is to be changed: the request begins again when it may.
    Writes,
}

impl Work {
    /// Runs the request once, over one connection.
    pub fn attempt(&mut self) -> Attempt {
        let ended = match self.party {
            Party::Client(_) => {
                // Whatever is refused costs what it took to find that.
                let charge = self.service.budgets.charge(&self.party);
                self.open().and_then(|session| self.work(session, charge))
            }
            Party::Unauthenticated(_) => self.open().map(|_| {
                self.party = Party::Client(self.credentials.key_hash.clone());
                Attempt::Proved
            }),
        };
        ended.unwrap_or_else(|failure| failure)
    }

    /// Whether the next attempt is made while nobody else can change anything.
    pub fn writes(&self) -> bool {
        self.is_mutation || self.attempts == ATTEMPTS
    }

    /// Opens a snapshot; or ends the attempt.
    fn open(&self) -> Result<Session, Attempt> {
        let (store, today) = (&self.service.store, self.service.clock.today());
        let opened = match self.writes() {
            true => store.write(&self.credentials, today, &self.deadline).map(Session::Write),
            false => store.read(&self.credentials, today, &self.deadline).map(Session::Read),
        };
        let opened = opened.map_err(|error| match error {
            ReadError::Refused(refusal) => self.refuse(&refusal),
            ReadError::Store(error) => self.fail(error),
        });
        opened.inspect(|session| {
            let viewer = session.viewer();
            let client = || Some(format!("{}/{}", viewer.agency.code, viewer.client.name));
            self.service.unauthenticated.prove(&self.credentials.key_hash, client);
        })
    }

    fn work(&mut self, session: Session, mut charge: Charge) -> Result<Attempt, Attempt> {
        self.purpose = Some(session.viewer().purpose);
        self.prepare();
        self.is_mutation = matches!(&self.asked, Asked::Read(Ok(prepared)) if prepared.is_mutation());
        if self.is_mutation && !session.is_writable() {
            return Ok(Attempt::Writes);
        }
        let service = &self.service;
        let mut retry_after = None;
        let unrecorded = match &self.asked {
            Asked::Read(Ok(prepared)) => {
                let cost = prepared.cost(service.store.magnitude());
                let busy = || (RETRY, "another large request of this client is worked at".to_owned());
                let large = match prepared.is_large() {
                    true => service.large.take(&self.party).map(Some).ok_or_else(busy),
                    false => Ok(None),
                };
                let spent = |wait| (wait, format!("the client's budget is spent, and the request may cost {cost}"));
                match large.and_then(|large| charge.hold(cost).map(|()| large).map_err(spent)) {
                    Ok(large) => {
                        charge.waive(self.attempts > 0);
                        let (executed, wait) = self.execute(session, prepared, large, cost);
                        retry_after = wait;
                        executed
                    }
                    Err((wait, message)) => {
                        retry_after = Some(wait);
                        service.api.refuse(session, limit(&message))
                    }
                }
            }
            Asked::Read(Err(refusal)) => service.api.refuse(session, refusal.clone()),
            Asked::Unread(_) | Asked::Nothing => return Err(self.fail(StoreError::Unsettled)),
        };
        let recording = unrecorded.record(&service.store).map_err(|error| self.fail(error))?;
        Ok(Attempt::Recording(recording, retry_after))
    }

    /// Executes the request, as a large one from when it is; and after how long it may come back, if the client's others hold too much
    /// beside it.
    fn execute(
        &self,
        session: Session,
        prepared: &Prepared,
        mut large: Option<large::Taken>,
        cost: i64,
    ) -> (Unrecorded, Option<Duration>) {
        let service = &self.service;
        let mut values = service.values.hold(&self.party, 0);
        let is_full = Arc::new(AtomicBool::new(false));
        let full = Arc::clone(&is_full);
        let (rights, party) = (service.large.clone(), self.party.clone());
        let may_hold = move |more| {
            let has_room = values.grow(more);
            if large.is_none() && values.held() > MANY_VALUES {
                large = rights.take(&party);
            }
            let may = has_room && (large.is_some() || values.held() <= MANY_VALUES);
            full.fetch_or(!may, Ordering::Relaxed);
            may
        };
        let rate_limit = rate_limit(cost, service.budgets.left(&self.party));
        let executed = service.api.execute(session, prepared, Box::new(may_hold), rate_limit);
        (executed, is_full.load(Ordering::Relaxed).then_some(RETRY))
    }

    /// Reads and parses the request, at its first attempt.
    fn prepare(&mut self) {
        self.asked = match std::mem::replace(&mut self.asked, Asked::Nothing) {
            Asked::Unread(unread) => {
                let request = unread.read();
                self.well_formed = request.is_ok();
                Asked::Read(request.and_then(|request| self.prepared(request)))
            }
            other => other,
        };
    }

    fn prepared(&mut self, request: Request) -> Result<Prepared, Answer> {
        let prepared = self.service.api.prepare(&self.credentials.key_hash, request)?;
        self.not_by_get = self.queries_only && !prepared.is_query();
        match self.not_by_get {
            true => Err(Answer::refusal(Code::BadInput.error("only queries are served by GET; use POST"))),
            false => Ok(prepared),
        }
    }

    /// Refuses credentials: a client's is on record one by one, others' as counts.
    fn refuse(&self, refusal: &Refusal) -> Attempt {
        let audit_writer = self.service.store.audit_writer();
        let answer = refused(refusal);
        match refusal {
            Refusal::UnknownKey => {
                audit_writer.count_unauthenticated();
                Attempt::Unknown(answer)
            }
            Refusal::PurposeNotRegistered { purpose, agency_id, client_id, .. } => {
                self.service.unauthenticated.prove(&self.credentials.key_hash, || None);
                let record = AuditRecord::refused(*agency_id, *client_id, *purpose, Code::Forbidden.as_str());
                Attempt::Recording(Recording::of(answer, audit_writer.append(record, &self.credentials, None)), None)
            }
        }
    }

    fn fail(&self, error: StoreError) -> Attempt {
        Attempt::Answered(Answer::failed(&self.deadline.explain(error)))
    }
}

/// What a client is told whose credentials are refused.
fn refused(refusal: &Refusal) -> Answer {
    let code = match refusal {
        Refusal::UnknownKey => Code::Unauthenticated,
        Refusal::PurposeNotRegistered { .. } => Code::Forbidden,
    };
    Answer::refusal(code.error(refusal.to_string()))
}

fn rate_limit(cost: i64, left: Left) -> RateLimit {
    let full_after = TimeDelta::from_std(left.full_after).unwrap_or_default();
    let reset_at = (Utc::now() + full_after).naive_utc().trunc_subsecs(0);
    RateLimit { cost, limit: left.limit, remaining: left.remaining, reset_at: DateTime(reset_at) }
}
