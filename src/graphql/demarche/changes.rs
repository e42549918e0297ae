//! How agencies draft a demarche, join it, deliver it, and follow it up.

use super::Demarche;
use super::citing::{cite_figure, cite_pattern};
use super::inputs::*;
use crate::domain::agency::Agency;
use crate::domain::client::Role;
use crate::domain::demarche::{
    DemarcheAsk, DemarcheAskKind, DemarcheDecision, DemarcheFollowUp, MAX_ASKS, MAX_DAYS_AHEAD, MAX_LINE, MAX_PARTIES,
    MAX_TEXT,
};
use crate::domain::purpose::Purpose;
use crate::domain::text::{is_line, is_text};
use crate::domain::{self, Id, Vocabulary};
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode, once, settled};
use crate::graphql::schema::vocabularies::requires;
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use crate::store::demarche::DemarcheFile;
use async_graphql::{Context, Error, ID, Object};
use chrono::{Days, NaiveDate, SubsecRound, Utc};
use std::fmt::Debug;

type Key = Id<domain::demarche::Demarche>;

/// What may be changed of demarches.
#[derive(Default)]
pub struct DemarcheMutations;

/// What may be changed of demarches.
#[Object]
impl DemarcheMutations {
    /// Drafts a demarche, and invites agencies to join it. From then on they see it.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn draft_demarche(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is asked of whom, and who is invited.")] input: DraftDemarcheInput,
    ) -> Result<DraftDemarchePayload, Error> {
        let follow_up =
            |(nth, ask): (usize, &DemarcheAskInput)| ask.follow_up_on.read(&format!("input.asks.{nth}.followUpOn"));
        let follow_up_on = input.asks.iter().enumerate().map(follow_up).collect::<Result<Vec<NaiveDate>, Error>>()?;
        let request_context = RequestContext::of(context);
        let changed = change(request_context, input.idempotency_key.as_deref(), &("draft", &input), |session| {
            draft(session, &input, &follow_up_on)
        })?;
        Ok(changed.into())
    }

    /// Cites a figure that was released to the agency. Its provider sees it, and must join the demarche as it stands then before it is
    /// delivered; the others see it once it is. For a party, under the purpose for which the figure is released.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn cite_demarche_figure(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "In which demarche, and which figure.")] input: CiteDemarcheFigureInput,
    ) -> Result<CiteDemarcheFigurePayload, Error> {
        let request_context = RequestContext::of(context);
        let agreement = input.agreement_id.as_ref().map(|id| ids::open(request_context, "input.agreementId", id));
        let agreement = agreement.transpose()?;
        let given = (&input.demarche_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("figure", &input), |session, file| {
            check_draft(session, file, "a figure is cited before it is delivered")?;
            cite_figure(session, &input, agreement, file)
        })?;
        Ok(changed.into())
    }

    /// Cites a pattern of the agency's incidents: its name, kind and actor, and nothing of whom they affected. For a party that holds it.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn cite_demarche_pattern(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "In which demarche, and which pattern.")] input: CiteDemarchePatternInput,
    ) -> Result<CiteDemarchePatternPayload, Error> {
        let request_context = RequestContext::of(context);
        let pattern = ids::open(request_context, "input.patternId", &input.pattern_id)?;
        let given = (&input.demarche_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("pattern", &input), |session, file| {
            check_draft(session, file, "a pattern is cited before it is delivered")?;
            cite_pattern(session, pattern, file)
        })?;
        Ok(changed.into())
    }

    /// Joins a demarche as it stands. For an agency that is invited, or of whose people a figure was cited since it joined.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn join_demarche(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] input: JoinDemarcheInput,
    ) -> Result<JoinDemarchePayload, Error> {
        let given = (&input.demarche_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("join", &input), |session, file| {
            decide(session, file, DemarcheDecision::Joined)
        })?;
        Ok(changed.into())
    }

    /// Declines a demarche, which the agency no longer sees then. For an agency that is invited or has joined, until it is delivered.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn decline_demarche(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] input: DeclineDemarcheInput,
    ) -> Result<DeclineDemarchePayload, Error> {
        let given = (&input.demarche_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("decline", &input), |session, file| {
            decide(session, file, DemarcheDecision::Declined)
        })?;
        Ok(changed.into())
    }

    /// Takes a demarche back that was not delivered. For its drafter.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn withdraw_demarche(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] input: WithdrawDemarcheInput,
    ) -> Result<WithdrawDemarchePayload, Error> {
        let given = (&input.demarche_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("withdraw", &input), |session, file| {
            check_drafter(session, file)?;
            Ok(session.withdraw_demarche(file.demarche.id)?)
        })?;
        Ok(changed.into())
    }

    /// Records that a demarche was delivered: nobody joins it any more, and all parties see all its figures. For its drafter, if the
    /// provider of each figure has joined since it was cited.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn deliver_demarche(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which, and when.")] input: DeliverDemarcheInput,
    ) -> Result<DeliverDemarchePayload, Error> {
        let on = input.delivered_on.read("input.deliveredOn")?;
        let given = (&input.demarche_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("deliver", &input), |session, file| {
            check_drafter(session, file)?;
            check_day(session, "deliveredOn", on, file.demarche.drafted_at.date())?;
            if session.rests_on_unagreed(file.demarche.id)? {
                let message = "it rests on a figure whose provider has not joined since it was cited";
                return Err(wrong_status(message).into());
            }
            Ok(session.deliver_demarche(file.demarche.id, on)?)
        })?;
        Ok(changed.into())
    }

    /// Records what the government said to a demarche as a whole. For a party that has joined.
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
            if !is_text(&input.response, MAX_TEXT) {
                return Err(invalid("response", format!("expected 1 to {MAX_TEXT} characters")).into());
            }
            Ok(session.record_response(file.demarche.id, input.response.trim(), on)?)
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
            check_delivered(session, file, "followedUpOn", on)?;
            if !is_line(&input.note, MAX_LINE) {
                return Err(invalid("note", format!("expected 1 to {MAX_LINE} characters on one line")).into());
            }
            let latest = session.viewer().today + Days::new(MAX_DAYS_AHEAD);
            if next_on <= on || next_on > latest {
                return Err(invalid("nextOn", format!("give a day after {on}, until {latest}")).into());
            }
            let follow_up = DemarcheFollowUp {
                id: new_key(),
                demarche_id: file.demarche.id,
                ask_id: ask,
                agency_id: session.viewer().agency.id,
                followed_up_on: on,
                note: input.note.trim().to_owned(),
            };
            Ok(session.follow_up_ask(&follow_up, next_on)?)
        })?;
        Ok(changed.into())
    }

    /// Records how something that was asked was answered. For a party that has joined.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn answer_demarche_ask(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What was asked, and how it was answered.")] input: AnswerDemarcheAskInput,
    ) -> Result<AnswerDemarcheAskPayload, Error> {
        let on = input.answered_on.read("input.answeredOn")?;
        let given = (&input.ask_id, input.idempotency_key.as_deref());
        let changed = change_ask(context, given, ("answer", &input), |session, file, ask| {
            check_delivered(session, file, "answeredOn", on)?;
            Ok(session.answer_ask(ask, input.answer, on)?)
        })?;
        Ok(changed.into())
    }
}

/// The demarche after a change, or why nothing was changed.
type Outcome = Result<Option<Demarche>, Vec<UserError>>;

fn change(
    request_context: &RequestContext,
    idempotency_key: Option<&str>,
    request: &impl Debug,
    work: impl FnOnce(&mut WriteSession) -> Attempt<Key>,
) -> Result<Outcome, Error> {
    if request_context.viewer().client.role != Role::DataOfficer {
        let message = "demarches are made by clients with the role DATA_OFFICER";
        return Ok(Err(vec![UserError::of(UserErrorCode::NotAllowed, message)]));
    }
    let changed =
        once(request_context, idempotency_key, request, |session| session.attempt(|session| settled(work(session))))?;
    let Ok(key) = changed.as_ref().copied() else { return Ok(changed.map(|_| None)) };
    let found = request_context.read(|session| Ok(session.demarches(&[key])?.remove(&key)))?;
    Ok(Ok(found.map(Demarche)))
}

/// Changes once a demarche of which the agency is a party.
fn change_one(
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

/// The same, of something that it asks for and that is not answered.
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
        let answered = file.asks.iter().find(|one| one.id == ask).and_then(|one| one.answer.zip(one.answered_on));
        if let Some((answer, on)) = answered {
            let message = format!("it was answered on {on}: {answer}");
            return Err(UserError::at("askId", UserErrorCode::WrongStatus, message).into());
        }
        work(session, &file, ask)?;
        Ok(file.demarche.id)
    })
}

fn file(session: &mut WriteSession, key: Option<Key>, field: &str) -> Attempt<DemarcheFile> {
    let missing = || {
        let message = "there is no such demarche of which the agency is a party";
        UserError::at(field, UserErrorCode::NotFound, message)
    };
    let key = key.ok_or_else(missing)?;
    Ok(session.demarches(&[key])?.remove(&key).ok_or_else(missing)?)
}

fn draft(session: &mut WriteSession, input: &DraftDemarcheInput, follow_up_on: &[NaiveDate]) -> Attempt<Key> {
    let viewer = session.viewer().clone();
    let mut wrong = Vec::new();
    for (field, text) in [("subject", &input.subject), ("addressee", &input.addressee)] {
        if !is_line(text, MAX_LINE) {
            wrong.push(invalid(field, format!("expected 1 to {MAX_LINE} characters on one line")));
        }
    }
    if !(1..=MAX_ASKS).contains(&input.asks.len()) {
        wrong.push(invalid("asks", format!("ask for 1 to {MAX_ASKS} things")));
    }
    let latest = viewer.today + Days::new(MAX_DAYS_AHEAD);
    for (nth, (ask, on)) in input.asks.iter().zip(follow_up_on).enumerate() {
        if !(viewer.today..=latest).contains(on) {
            wrong.push(invalid(
                &format!("asks.{nth}.followUpOn"),
                format!("give a day from {} to {latest}", viewer.today),
            ));
        }
        let has_words = ask.detail.as_deref().map(|detail| is_text(detail, MAX_TEXT));
        if has_words == Some(false) || has_words.is_none() && ask.kind == DemarcheAskKind::Other {
            wrong.push(invalid(&format!("asks.{nth}.detail"), format!("expected 1 to {MAX_TEXT} characters")));
        }
    }
    let invited = invited(session, input.invited_codes.as_deref().unwrap_or_default())?;
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    let demarche = domain::demarche::Demarche {
        id: new_key(),
        drafter_id: viewer.agency.id,
        subject: input.subject.trim().to_owned(),
        addressee: input.addressee.trim().to_owned(),
        drafted_at: Utc::now().naive_utc().trunc_subsecs(6),
        withdrawn_on: None,
        delivered_on: None,
        response: None,
        responded_on: None,
    };
    let ask = |(ask, on): (&DemarcheAskInput, &NaiveDate)| DemarcheAsk {
        id: new_key(),
        demarche_id: demarche.id,
        kind: ask.kind,
        detail: ask.detail.as_deref().map(|detail| detail.trim().to_owned()),
        follow_up_on: *on,
        answer: None,
        answered_on: None,
    };
    let asks: Vec<DemarcheAsk> = input.asks.iter().zip(follow_up_on).map(ask).collect();
    session.draft_demarche(&demarche, &asks, &invited)?;
    Ok(demarche.id)
}

/// The agencies of codes, each once, none of them the drafter.
fn invited(session: &mut WriteSession, codes: &[String]) -> Attempt<Vec<Id<Agency>>> {
    if codes.len() > MAX_PARTIES {
        return Err(invalid("invitedCodes", format!("invite at most {MAX_PARTIES} agencies")).into());
    }
    let mut invited = Vec::new();
    for (nth, code) in codes.iter().enumerate() {
        let field = format!("invitedCodes.{nth}");
        let Some(agency) = session.agencies_by_code(std::slice::from_ref(code))?.pop() else {
            return Err(UserError::at(&field, UserErrorCode::NotFound, "there is no such agency").into());
        };
        if agency == session.viewer().agency.id || invited.contains(&agency) {
            return Err(invalid(&field, "name other agencies, each once".to_owned()).into());
        }
        invited.push(agency);
    }
    Ok(invited)
}

fn decide(session: &mut WriteSession, file: &DemarcheFile, decision: DemarcheDecision) -> Attempt<()> {
    let viewer = session.viewer().agency.id;
    if file.demarche.drafter_id == viewer && decision == DemarcheDecision::Declined {
        let message = "the agency drafts it; it withdraws it instead";
        return Err(UserError::at("demarcheId", UserErrorCode::NotAllowed, message).into());
    }
    if file.demarche.delivered_on.is_some() || file.demarche.withdrawn_on.is_some() {
        return Err(wrong_status("it is no draft any more").into());
    }
    if file.decision(viewer) == Some(decision) {
        return Err(wrong_status(&format!("the agency has {} already", decision.code())).into());
    }
    Ok(session.decide_demarche(file.demarche.id, decision)?)
}

/// The agency has joined a demarche that is a draft still.
fn check_draft(session: &WriteSession, file: &DemarcheFile, why: &str) -> Attempt<()> {
    check_joined(session, file)?;
    match file.demarche.delivered_on.or(file.demarche.withdrawn_on) {
        Some(_) => Err(wrong_status(why).into()),
        None => Ok(()),
    }
}

fn check_drafter(session: &WriteSession, file: &DemarcheFile) -> Attempt<()> {
    if file.demarche.drafter_id != session.viewer().agency.id {
        let message = "this is for the agency that drafts it";
        return Err(UserError::at("demarcheId", UserErrorCode::NotAllowed, message).into());
    }
    check_draft(session, file, "it is no draft any more")
}

/// The agency has joined a demarche that is delivered, and a day lies since then.
fn check_delivered(session: &WriteSession, file: &DemarcheFile, field: &str, on: NaiveDate) -> Attempt<()> {
    check_joined(session, file)?;
    match file.demarche.delivered_on {
        Some(delivered_on) => check_day(session, field, on, delivered_on),
        None => Err(wrong_status("it is not delivered").into()),
    }
}

fn check_joined(session: &WriteSession, file: &DemarcheFile) -> Attempt<()> {
    match file.decision(session.viewer().agency.id) {
        Some(DemarcheDecision::Joined) => Ok(()),
        _ => Err(UserError::at(
            "demarcheId",
            UserErrorCode::NotAllowed,
            "the agency has not joined it as it stands; join it first",
        )
        .into()),
    }
}

fn check_day(session: &WriteSession, field: &str, on: NaiveDate, earliest: NaiveDate) -> Attempt<()> {
    let today = session.viewer().today;
    match (earliest.min(today)..=today).contains(&on) {
        true => Ok(()),
        false => Err(invalid(field, format!("give a day from {earliest} to {today}")).into()),
    }
}

fn invalid(field: &str, message: String) -> UserError {
    UserError::at(field, UserErrorCode::Invalid, message)
}

fn wrong_status(message: &str) -> UserError {
    UserError::at("demarcheId", UserErrorCode::WrongStatus, message)
}
