//! On what demarches rest: released figures, and patterns of incidents.

use super::inputs::CiteDemarcheFigureInput;
use crate::domain::agreement::Agreement;
use crate::domain::demarche::{DemarcheDecision, DemarcheFigure, DemarchePattern, MAX_CITED, MIN_AFFECTED, MIN_EVENTS};
use crate::domain::incident_pattern::IncidentPattern;
use crate::domain::{Id, Vocabulary};
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::policy::filter::Filter;
use crate::policy::statistics::Question;
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use crate::store::demarche::DemarcheFile;
use crate::store::incident_pattern::PatternExtent;
use crate::store::statistics::StatisticsError;

/// Cites a cell of a release, as it is shown to the viewer's agency.
///
/// # Errors
/// If nothing is released there, or it is withheld; if its provider is no party; or the database fails.
pub(super) fn cite_figure(
    session: &mut WriteSession,
    input: &CiteDemarcheFigureInput,
    agreement: Option<Id<Agreement>>,
    file: &DemarcheFile,
) -> Attempt<()> {
    check_number(file)?;
    if input.group_by.is_empty() || input.value.len() != input.group_by.len() {
        let message = "give a value for each dimension, of which there is one at least";
        return Err(UserError::at("value", UserErrorCode::Invalid, message).into());
    }
    let question = Question::new(&input.group_by, &Filter::everybody());
    let question = question.map_err(|refusal| UserError::invalid("groupBy", &refusal))?;
    let answer = match session.caseload_statistics(&question, agreement) {
        Ok(answer) => answer,
        Err(StatisticsError::Store(error)) => return Err(error.into()),
        Err(refusal) => return Err(UserError::at("groupBy", UserErrorCode::NotFound, refusal.to_string()).into()),
    };
    let (Some(release), Some(agreement)) = (answer.release, answer.agreement) else {
        let message = "live counts are not cited; ask under the purpose for which they are released";
        return Err(UserError::at("groupBy", UserErrorCode::NotAllowed, message).into());
    };
    let cell = answer.published.cells().iter().find(|cell| *cell.key() == input.value);
    let Some(count) = cell.and_then(|cell| cell.count()) else {
        let message = "the release has no such cell, or it is withheld";
        return Err(UserError::at("value", UserErrorCode::NotFound, message).into());
    };
    let Some(agreement) = session.agreements(&[agreement])?.remove(&agreement) else {
        return Err(UserError::at("agreementId", UserErrorCode::NotFound, "there is no such agreement").into());
    };
    if [None, Some(DemarcheDecision::Declined)].contains(&file.decision(agreement.provider_id)) {
        let message = "whose people it counts is no party of the demarche, or has declined it";
        return Err(UserError::at("demarcheId", UserErrorCode::NotAllowed, message).into());
    }
    let dimensions: Vec<&str> = input.group_by.iter().map(|dimension| dimension.code()).collect();
    let value: Vec<&str> = input.value.iter().map(|value| value.as_deref().unwrap_or_default()).collect();
    let figure = DemarcheFigure {
        id: new_key(),
        demarche_id: file.demarche.id,
        agreement_id: agreement.id,
        provider_id: agreement.provider_id,
        citer_id: session.viewer().agency.id,
        release_number: release.number,
        as_of: release.as_of,
        dimensions: dimensions.join("*"),
        value: value.join("*"),
        count,
    };
    let is_same = |other: &DemarcheFigure| {
        (other.agreement_id, other.release_number, &other.dimensions, &other.value)
            == (figure.agreement_id, figure.release_number, &figure.dimensions, &figure.value)
    };
    if file.figures.iter().any(|other| is_same(other)) {
        return Err(UserError::at("value", UserErrorCode::Taken, cited_already("figure")).into());
    }
    Ok(session.cite_figure(&figure)?)
}

/// Cites a pattern of the viewer's agency.
///
/// # Errors
/// If there is none, few people are in it, or the database fails.
pub(super) fn cite_pattern(
    session: &mut WriteSession,
    pattern: Id<IncidentPattern>,
    file: &DemarcheFile,
) -> Attempt<()> {
    check_number(file)?;
    let Some(found) = session.incident_patterns(&[pattern])?.remove(&pattern) else {
        return Err(UserError::at("patternId", UserErrorCode::NotFound, "the agency has no such pattern").into());
    };
    if file.patterns.iter().any(|cited| cited.pattern_id == pattern) {
        return Err(UserError::at("patternId", UserErrorCode::Taken, cited_already("pattern")).into());
    }
    let extent = session.extents_of_patterns(&[pattern])?.remove(&pattern).unwrap_or_default();
    if !is_cited(&extent) {
        let message = format!(
            "it has {} events, which affected {} people; a pattern that is cited has at least {MIN_EVENTS} and {MIN_AFFECTED}, without \
             what is unfounded",
            extent.events, extent.people
        );
        return Err(UserError::at("patternId", UserErrorCode::Invalid, message).into());
    }
    let cited = DemarchePattern {
        demarche_id: file.demarche.id,
        pattern_id: pattern,
        citer_id: session.viewer().agency.id,
        name: found.name.clone(),
        kind: found.kind,
        actor: found.actor,
    };
    Ok(session.cite_pattern(&cited)?)
}

/// Takes a pattern of the viewer's agency back from drafts that cite it, if it has no longer the events, or the people, of one that is cited.
///
/// # Errors
/// If the database fails.
pub(in crate::graphql) fn withdraw_if_short(
    session: &mut WriteSession,
    pattern: Option<Id<IncidentPattern>>,
) -> Attempt<()> {
    let Some(pattern) = pattern else { return Ok(()) };
    let cited = session.drafts_citing(pattern)?;
    if !cited.is_empty() && !session.extents_of_patterns(&[pattern])?.get(&pattern).is_some_and(is_cited) {
        session.withdraw_pattern(pattern, &cited)?;
    }
    Ok(())
}

/// Whether so much belongs to a pattern that it is cited.
fn is_cited(extent: &PatternExtent) -> bool {
    extent.events >= MIN_EVENTS && extent.people >= MIN_AFFECTED
}

fn cited_already(what: &str) -> String {
    format!("this {what} is cited already; whoever cites it takes it back (withdrawDemarcheCitations)")
}

fn check_number(file: &DemarcheFile) -> Attempt<()> {
    if file.figures.len() + file.patterns.len() < MAX_CITED {
        return Ok(());
    }
    let message = format!("it rests on {MAX_CITED} figures and patterns, and no more are cited");
    Err(UserError::at("demarcheId", UserErrorCode::Invalid, message).into())
}
