//! How parties follow up what a demarche asks for, until it is answered.

use super::checks::{
    Outcome, change, change_one, check_delivered, check_is_drafter, check_joined, file, invalid, is_drafter,
    wrong_status,
};
use super::inputs::*;
use crate::domain::Id;
use crate::domain::client::Role;
use crate::domain::demarche::{DemarcheAsk, DemarcheFollowUp, MAX_DAYS_AHEAD, MAX_FOLLOW_UPS, MAX_LINE, MAX_TEXT};
use crate::domain::text::{is_line, is_text};
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::graphql::schema::vocabularies::requires;
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use crate::store::demarche::DemarcheFile;
use async_graphql::{Context, Error, ID, Object};
use chrono::{Days, NaiveDate};
use std::fmt::Debug;

/// What may be changed of what demarches ask for.
#[derive(Default)]
pub struct DemarcheFollowUpMutations;

/// What may be changed of what demarches ask for.
#[Object]
impl DemarcheFollowUpMutations {
    /// Records what the government said to a demarche as a whole. For a party that has joined; the drafter corrects it.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn record_demarche_response(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of which demarche, and what was said.")] input: RecordDemarcheResponseInput,
    ) -> Result<RecordDemarcheResponsePayload, Error> {
        let on = input.responded_on.read("input.respondedOn")?;
        let given = (&input.demarche_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("response", &input), |session, file| {
            check_delivered(session, file, "respondedOn", on)?;
            if file.demarche.response.is_some() && !is_drafter(session, file) {
                return Err(wrong_status("a response is recorded; the drafter corrects it").into());
            }
            if !is_text(&input.response, MAX_TEXT) {
                return Err(invalid("response", format!("expected 1 to {MAX_TEXT} characters")).into());
            }
            Ok(session.record_response(file.demarche.id, Some((input.response.trim(), on)))?)
        })?;
        Ok(changed.into())
    }

    /// Withdraws a response that was recorded by mistake. For the drafter.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn withdraw_demarche_response(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of which demarche.")] input: WithdrawDemarcheResponseInput,
    ) -> Result<WithdrawDemarcheResponsePayload, Error> {
        let given = (&input.demarche_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("withdraw response", &input), |session, file| {
            check_is_drafter(session, file, "demarcheId")?;
            if file.demarche.response.is_none() {
                return Err(wrong_status("no response is recorded").into());
            }
            Ok(session.record_response(file.demarche.id, None)?)
        })?;
        Ok(changed.into())
    }

    /// Records that something that was asked was followed up, and when it is next. For a party that has joined.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn follow_up_demarche_ask(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What was asked, and what came of it.")] input: FollowUpDemarcheAskInput,
    ) -> Result<FollowUpDemarcheAskPayload, Error> {
        let on = input.followed_up_on.read("input.followedUpOn")?;
        let next_on = input.next_on.read("input.nextOn")?;
        let given = (&input.ask_id, input.idempotency_key.as_deref());
        let changed = change_ask(context, given, ("follow up", &input), |session, file, ask| {
            check_unanswered(file, ask)?;
            check_delivered(session, file, "followedUpOn", on)?;
            if !is_line(&input.note, MAX_LINE) {
                return Err(invalid("note", format!("expected 1 to {MAX_LINE} characters on one line")).into());
            }
            let agency = session.viewer().agency.id;
            if session.follow_ups_count(file.demarche.id)? >= MAX_FOLLOW_UPS as i64 {
                let message = format!("an agency follows up at most {MAX_FOLLOW_UPS} times in a demarche");
                return Err(UserError::at("askId", UserErrorCode::Taken, message).into());
            }
            let today = session.viewer().today;
            check_next(next_on, today.max(on + Days::new(1)), today)?;
            let follow_up = DemarcheFollowUp {
                id: new_key(),
                demarche_id: file.demarche.id,
                ask_id: ask,
                agency_id: agency,
                followed_up_on: on,
                note: input.note.trim().to_owned(),
            };
            Ok(session.follow_up_ask(&follow_up, next_on)?)
        })?;
        Ok(changed.into())
    }

    /// Withdraws a follow-up that was recorded by mistake, and says when the ask is followed up next instead. For the agency that recorded it,
    /// and the drafter.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn withdraw_demarche_follow_up(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] input: WithdrawDemarcheFollowUpInput,
    ) -> Result<WithdrawDemarcheFollowUpPayload, Error> {
        let request_context = RequestContext::of(context);
        let id = ids::open(request_context, "input.followUpId", &input.follow_up_id)?;
        let next_on = input.next_on.read("input.nextOn")?;
        let request = ("withdraw follow-up", &input);
        let changed = change(request_context, input.idempotency_key.as_deref(), &request, |session| {
            let found = session.follow_up(id)?;
            let file = file(session, found.as_ref().map(|one| one.demarche_id), "followUpId")?;
            check_joined(session, &file, "followUpId")?;
            let Some(found) = found else { return Ok(file.demarche.id) };
            if found.agency_id != session.viewer().agency.id && !is_drafter(session, &file) {
                let message = "another agency recorded it; that one withdraws it, or the drafter";
                return Err(UserError::at("followUpId", UserErrorCode::NotAllowed, message).into());
            }
            let today = session.viewer().today;
            check_next(next_on, today, today)?;
            session.withdraw_follow_up(&found, next_on)?;
            Ok(file.demarche.id)
        })?;
        Ok(changed.into())
    }

    /// Records how something that was asked was answered. For a party that has joined; the drafter corrects it.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn answer_demarche_ask(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What was asked, and how it was answered.")] input: AnswerDemarcheAskInput,
    ) -> Result<AnswerDemarcheAskPayload, Error> {
        let on = input.answered_on.read("input.answeredOn")?;
        let given = (&input.ask_id, input.idempotency_key.as_deref());
        let changed = change_ask(context, given, ("answer", &input), |session, file, ask| {
            if !is_drafter(session, file) {
                check_unanswered(file, ask)?;
            }
            check_delivered(session, file, "answeredOn", on)?;
            if let Some(last) = session.last_follow_up(ask)?.filter(|last| on < *last) {
                let message = format!("it was followed up on {last}; give that day, or one after");
                return Err(invalid("answeredOn", message).into());
            }
            Ok(session.answer_ask(ask, Some((input.answer, on)))?)
        })?;
        Ok(changed.into())
    }

    /// Takes the answer back that was recorded of something by mistake: it is followed up again. For the drafter.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn reopen_demarche_ask(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What was asked.")] input: ReopenDemarcheAskInput,
    ) -> Result<ReopenDemarcheAskPayload, Error> {
        let given = (&input.ask_id, input.idempotency_key.as_deref());
        let changed = change_ask(context, given, ("reopen ask", &input), |session, file, ask| {
            check_is_drafter(session, file, "askId")?;
            if file.asks.iter().any(|one| one.id == ask && one.answer.is_none()) {
                return Err(UserError::at("askId", UserErrorCode::WrongStatus, "it is not answered").into());
            }
            Ok(session.answer_ask(ask, None)?)
        })?;
        Ok(changed.into())
    }
}

/// Changes once something that a demarche asks for.
fn change_ask(
    context: &Context<'_>,
    (ask, idempotency_key): (&ID, Option<&str>),
    request: impl Debug,
    work: impl FnOnce(&mut WriteSession, &DemarcheFile, Id<DemarcheAsk>) -> Attempt<()>,
) -> Result<Outcome, Error> {
    let request_context = RequestContext::of(context);
    let ask = ids::open(request_context, "input.askId", ask)?;
    change(request_context, idempotency_key, &request, |session| {
        let key = session.demarche_of_ask(ask)?;
        let file = file(session, key, "askId")?;
        work(session, &file, ask)?;
        Ok(file.demarche.id)
    })
}

/// A day on which an ask is followed up next.
fn check_next(next_on: NaiveDate, earliest: NaiveDate, today: NaiveDate) -> Attempt<()> {
    let latest = today + Days::new(MAX_DAYS_AHEAD);
    match (earliest..=latest).contains(&next_on) {
        true => Ok(()),
        false => Err(invalid("nextOn", format!("give a day from {earliest} to {latest}")).into()),
    }
}

fn check_unanswered(file: &DemarcheFile, ask: Id<DemarcheAsk>) -> Attempt<()> {
    let answered = file.asks.iter().find(|one| one.id == ask).and_then(|one| one.answer.zip(one.answered_on));
    match answered {
        Some((answer, on)) => {
            let message = format!("it was answered on {on}: {answer}; the drafter corrects that");
            Err(UserError::at("askId", UserErrorCode::WrongStatus, message).into())
        }
        None => Ok(()),
    }
}
