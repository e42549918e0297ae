//! What changes of demarches have in common, and what they must fulfil.

use super::Demarche;
use crate::domain::agency::Agency;
use crate::domain::client::Role;
use crate::domain::demarche::DemarcheDecision;
use crate::domain::{self, Id};
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Allowed, Attempt, UserError, UserErrorCode, changed, check_day};
use crate::store::WriteSession;
use crate::store::demarche::DemarcheFile;
use async_graphql::{Context, Error, ID};
use chrono::NaiveDate;
use std::fmt::Debug;

pub(super) type Key = Id<domain::demarche::Demarche>;

/// The demarche after a change, or why nothing was changed.
pub(super) type Outcome = Result<Option<Demarche>, Vec<UserError>>;

pub(super) fn change(
    request_context: &RequestContext,
    idempotency_key: Option<&str>,
    request: &impl Debug,
    work: impl FnOnce(&mut WriteSession) -> Attempt<Key>,
) -> Result<Outcome, Error> {
    const WHO: Allowed<'_> = Allowed {
        roles: &[Role::DataOfficer],
        purpose: None,
        otherwise: "demarches are made by clients with the role DATA_OFFICER",
    };
    changed(request_context, (idempotency_key, request), &WHO, work, |session, key| {
        Ok(session.demarches(&[key])?.remove(&key).map(Demarche))
    })
}

/// Changes once a demarche of which the agency is a party.
pub(super) fn change_one(
    context: &Context<'_>,
    (demarche, idempotency_key): (&ID, Option<&str>),
    request: impl Debug,
    work: impl FnOnce(&mut WriteSession, &DemarcheFile) -> Attempt<()>,
) -> Result<Outcome, Error> {
    let request_context = RequestContext::of(context);
    let key = ids::open(request_context, "input.demarcheId", demarche)?;
    change(request_context, idempotency_key, &request, |session| {
        let file = file(session, Some(key), "demarcheId")?;
        work(session, &file)?;
        Ok(key)
    })
}

pub(super) fn file(session: &mut WriteSession, key: Option<Key>, field: &str) -> Attempt<DemarcheFile> {
    let missing = || {
        let message = "there is no such demarche of which the agency is a party";
        UserError::at(field, UserErrorCode::NotFound, message)
    };
    let key = key.ok_or_else(missing)?;
    Ok(session.demarches(&[key])?.remove(&key).ok_or_else(missing)?)
}

/// The agency has joined a demarche that is a draft still.
pub(super) fn check_draft(session: &WriteSession, file: &DemarcheFile) -> Attempt<()> {
    check_joined(session, file, "demarcheId")?;
    check_is_draft(file)
}

pub(super) fn check_is_draft(file: &DemarcheFile) -> Attempt<()> {
    match (file.demarche.delivered_on, file.demarche.withdrawn_on) {
        (Some(on), _) => {
            let message = format!("it was delivered on {on}; if not, its drafter reopens it (reopenDemarche)");
            Err(wrong_status(&message).into())
        }
        (_, Some(on)) => {
            let message = format!("its drafter took it back on {on}; if that is wrong, it reopens it (reopenDemarche)");
            Err(wrong_status(&message).into())
        }
        (None, None) => Ok(()),
    }
}

/// Nobody is asked still whether it joins. What is cited says nothing here: the drafter does not see it.
pub(super) fn check_decided(session: &mut WriteSession, file: &DemarcheFile) -> Attempt<()> {
    let undecided = file.parties.iter().filter(|party| party.decision == DemarcheDecision::Invited);
    let undecided: Vec<Id<Agency>> = undecided.map(|party| party.agency_id).collect();
    if undecided.is_empty() {
        return Ok(());
    }
    let agencies = session.agencies(&undecided)?;
    let codes: Vec<&str> = undecided.iter().filter_map(|id| Some(agencies.get(id)?.code.as_str())).collect();
    let message = format!(
        "{} has not decided; it joins the demarche as it stands, or declines, or its drafter withdraws the invitation \
         (withdrawDemarcheInvitation)",
        codes.join(" or ")
    );
    Err(wrong_status(&message).into())
}

pub(super) fn is_drafter(session: &WriteSession, file: &DemarcheFile) -> bool {
    file.demarche.drafter_id == session.viewer().agency.id
}

/// The agency drafts it, or has.
pub(super) fn check_is_drafter(session: &WriteSession, file: &DemarcheFile, field: &str) -> Attempt<()> {
    match is_drafter(session, file) {
        true => Ok(()),
        false => {
            let message = "this is for the agency that drafts the demarche";
            Err(UserError::at(field, UserErrorCode::NotAllowed, message).into())
        }
    }
}

/// The agency drafts it still.
pub(super) fn check_drafter(session: &WriteSession, file: &DemarcheFile) -> Attempt<()> {
    check_is_drafter(session, file, "demarcheId")?;
    check_is_draft(file)
}

/// The agency has joined a demarche that is delivered, and a day lies since then.
pub(super) fn check_delivered(session: &WriteSession, file: &DemarcheFile, field: &str, on: NaiveDate) -> Attempt<()> {
    check_joined(session, file, "demarcheId")?;
    match file.demarche.delivered_on {
        Some(delivered_on) => check_day(session, field, on, delivered_on),
        None => Err(wrong_status("it is not delivered").into()),
    }
}

pub(super) fn check_joined(session: &WriteSession, file: &DemarcheFile, field: &str) -> Attempt<()> {
    match file.decision(session.viewer().agency.id) {
        Some(DemarcheDecision::Joined) => Ok(()),
        _ => Err(UserError::at(
            field,
            UserErrorCode::NotAllowed,
            "the agency has not joined it as it stands; join it first",
        )
        .into()),
    }
}

pub(super) fn invalid(field: &str, message: String) -> UserError {
    UserError::at(field, UserErrorCode::Invalid, message)
}

pub(super) fn wrong_status(message: &str) -> UserError {
    UserError::at("demarcheId", UserErrorCode::WrongStatus, message)
}
