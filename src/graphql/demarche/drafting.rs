//! What a demarche is drafted with: what it is about, what it asks for, and whom it invites.

use super::checks::{Key, invalid};
use super::inputs::{CorrectDemarcheInput, DemarcheAskInput, DraftDemarcheInput};
use crate::domain::agency::Agency;
use crate::domain::demarche::{
    DemarcheAsk, DemarcheAskKind, MAX_ASKS, MAX_DAYS_AHEAD, MAX_LINE, MAX_PARTIES, MAX_TEXT,
};
use crate::domain::text::{is_line, is_text};
use crate::domain::{self, Id};
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use crate::store::demarche::DemarcheFile;
use async_graphql::Error;
use chrono::{Days, NaiveDate, SubsecRound, Utc};

/// The days on which asks are followed up first.
///
/// # Errors
/// If one is none, with its place.
pub(super) fn days_of(asks: &[DemarcheAskInput]) -> Result<Vec<NaiveDate>, Error> {
    let day = |(nth, ask): (usize, &DemarcheAskInput)| ask.follow_up_on.read(&format!("input.asks.{nth}.followUpOn"));
    asks.iter().enumerate().map(day).collect()
}

/// Drafts a demarche, if all of it makes sense.
///
/// # Errors
/// What is wrong with it, or if the database fails.
pub(super) fn draft(
    session: &mut WriteSession,
    input: &DraftDemarcheInput,
    follow_up_on: &[NaiveDate],
) -> Attempt<Key> {
    let viewer = session.viewer().clone();
    let mut wrong = wrong_lines([("subject", Some(&input.subject)), ("addressee", Some(&input.addressee))]);
    wrong.extend(wrong_asks(viewer.today, &input.asks, follow_up_on));
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
    session.draft_demarche(&demarche, &asks(demarche.id, &input.asks, follow_up_on), &invited)?;
    Ok(demarche.id)
}

/// Corrects a draft, if all that is given makes sense.
///
/// # Errors
/// What is wrong with it, or if the database fails.
pub(super) fn correct(
    session: &mut WriteSession,
    input: &CorrectDemarcheInput,
    file: &DemarcheFile,
    follow_up_on: &[NaiveDate],
) -> Attempt<()> {
    let mut wrong = wrong_lines([("subject", input.subject.as_ref()), ("addressee", input.addressee.as_ref())]);
    if let Some(asked) = &input.asks {
        wrong.extend(wrong_asks(session.viewer().today, asked, follow_up_on));
    }
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    let demarche = &file.demarche;
    let line = |given: &Option<String>, before: &String| given.as_deref().unwrap_or(before).trim().to_owned();
    let (subject, addressee) = (line(&input.subject, &demarche.subject), line(&input.addressee, &demarche.addressee));
    session.correct_demarche(demarche.id, &subject, &addressee)?;
    match &input.asks {
        Some(asked) => Ok(session.replace_asks(demarche.id, &asks(demarche.id, asked, follow_up_on))?),
        None => Ok(()),
    }
}

/// What is wrong with what a demarche is about, and to whom it is delivered.
fn wrong_lines(lines: [(&str, Option<&String>); 2]) -> Vec<UserError> {
    let is_wrong = |(_, text): &(&str, Option<&String>)| text.is_some_and(|text| !is_line(text, MAX_LINE));
    let message = |(field, _)| invalid(field, format!("expected 1 to {MAX_LINE} characters on one line"));
    lines.into_iter().filter(is_wrong).map(message).collect()
}

/// What is wrong with what a demarche asks for.
fn wrong_asks(today: NaiveDate, asks: &[DemarcheAskInput], follow_up_on: &[NaiveDate]) -> Vec<UserError> {
    let mut wrong = Vec::new();
    if !(1..=MAX_ASKS).contains(&asks.len()) {
        wrong.push(invalid("asks", format!("ask for 1 to {MAX_ASKS} things")));
    }
    let latest = today + Days::new(MAX_DAYS_AHEAD);
    for (nth, (ask, on)) in asks.iter().zip(follow_up_on).enumerate() {
        if !(today..=latest).contains(on) {
            wrong.push(invalid(&format!("asks.{nth}.followUpOn"), format!("give a day from {today} to {latest}")));
        }
        let has_words = ask.detail.as_deref().map(|detail| is_text(detail, MAX_TEXT));
        if has_words == Some(false) || has_words.is_none() && ask.kind == DemarcheAskKind::Other {
            wrong.push(invalid(&format!("asks.{nth}.detail"), format!("expected 1 to {MAX_TEXT} characters")));
        }
    }
    wrong
}

/// What a demarche asks for.
fn asks(demarche_id: Key, given: &[DemarcheAskInput], follow_up_on: &[NaiveDate]) -> Vec<DemarcheAsk> {
    let ask = |(ask, on): (&DemarcheAskInput, &NaiveDate)| DemarcheAsk {
        id: new_key(),
        demarche_id,
        kind: ask.kind,
        detail: ask.detail.as_deref().map(|detail| detail.trim().to_owned()),
        follow_up_on: *on,
        answer: None,
        answered_on: None,
    };
    given.iter().zip(follow_up_on).map(ask).collect()
}

/// The agencies of codes, each once, none of them the drafter.
///
/// # Errors
/// If a code is none of those, or the database fails.
pub(super) fn invited(session: &mut WriteSession, codes: &[String]) -> Attempt<Vec<Id<Agency>>> {
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
