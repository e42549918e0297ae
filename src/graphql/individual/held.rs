//! What changes of people whom the agency holds have in common: who may make them, once, and on whom.

use super::Individual;
use crate::domain::client::Role;
use crate::domain::individual::Individual as Record;
use crate::domain::purpose::Purpose;
use crate::domain::{Id, Vocabulary};
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode, once, settled};
use crate::store::WriteSession;
use crate::store::individual::held::Held;
use async_graphql::Error;
use std::fmt::Debug;

/// The person after a change, or why nothing was changed.
pub(in crate::graphql) type Outcome = Result<Option<Individual>, Vec<UserError>>;

/// Changes something of the caseload once, for the holder's caseworkers; gives the person as it is then.
///
/// # Errors
/// As [`once`].
pub(in crate::graphql) fn change(
    request_context: &RequestContext,
    idempotency_key: Option<&str>,
    request: &impl Debug,
    work: impl FnOnce(&mut WriteSession) -> Attempt<Id<Record>>,
) -> Result<Outcome, Error> {
    change_for(request_context, &[Purpose::CaseManagement], idempotency_key, request, work)
}

/// The same, for whoever may do so under one of some purposes.
///
/// # Errors
/// As [`once`].
pub(in crate::graphql) fn change_for(
    request_context: &RequestContext,
    purposes: &[Purpose],
    idempotency_key: Option<&str>,
    request: &impl Debug,
    work: impl FnOnce(&mut WriteSession) -> Attempt<Id<Record>>,
) -> Result<Outcome, Error> {
    let viewer = request_context.viewer();
    if viewer.client.role == Role::Reader || !purposes.contains(&viewer.purpose) {
        let purposes: Vec<&str> = purposes.iter().map(|purpose| purpose.code()).collect();
        let message = format!("this is for a CASEWORKER or DATA_OFFICER, under {}", purposes.join(" or "));
        return Ok(Err(vec![UserError::of(UserErrorCode::NotAllowed, message)]));
    }
    let changed = once(request_context, idempotency_key, request, |session| {
        let changed = session.attempt(|session| settled(work(session)))?;
        if changed.is_ok() {
            session.keep_coverage()?;
        }
        Ok(changed)
    })?;
    match changed {
        Err(errors) => Ok(Err(errors)),
        Ok(key) => {
            let found = request_context.read(|session| Ok(session.individuals(&[key])?.remove(&key)))?;
            match found {
                Some(found) => Ok(Ok(Some(Individual(found)))),
                // Whoever ends what showed the person sees nobody then.
                None if viewer.purpose != Purpose::CaseManagement => Ok(Ok(None)),
                None => {
                    let message = "the change was made, and the record was merged into another or is gone since";
                    Ok(Err(vec![UserError::of(UserErrorCode::NotFound, message)]))
                }
            }
        }
    }
}

/// A person whom the agency holds, and of whom something can be changed still.
///
/// # Errors
/// If there is no such person, or the database fails.
pub(in crate::graphql) fn held(session: &mut WriteSession, person: Id<Record>, field: &str) -> Attempt<Held> {
    Ok(all_held(session, &[person], |_| field.to_owned())?.remove(0))
}

/// The same of many people, in their order; each is named by the field of its place.
///
/// # Errors
/// If there is no such person, or the database fails.
pub(in crate::graphql) fn all_held(
    session: &mut WriteSession,
    people: &[Id<Record>],
    field: impl Fn(usize) -> String,
) -> Attempt<Vec<Held>> {
    let found = session.all_held(people)?;
    let missing = |nth| UserError::at(&field(nth), UserErrorCode::NotFound, "the agency holds nobody with this id");
    let held = |(nth, person)| found.get(person).copied().ok_or_else(|| missing(nth));
    let held = people.iter().enumerate().map(held).collect::<Result<Vec<Held>, UserError>>()?;
    let anonymised = session.anonymised(&held)?;
    if let Some(nth) = held.iter().position(|person| anonymised.contains(&person.id())) {
        let message = "the person is anonymised; nothing of it can change";
        return Err(UserError::at(&field(nth), UserErrorCode::Invalid, message).into());
    }
    Ok(held)
}
