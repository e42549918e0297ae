//! How agencies draft a demarche, join it, and deliver it.

use super::checks::{
    change, change_one, check_decided, check_draft, check_drafter, check_is_draft, check_is_drafter, invalid,
    wrong_status,
};
use super::citing::{cite_figure, cite_pattern};
use super::drafting::{correct, days_of, draft, invited};
use super::inputs::*;
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::client::Role;
use crate::domain::demarche::{DemarcheDecision, MAX_PARTIES};
use crate::domain::purpose::Purpose;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode, check_day};
use crate::graphql::schema::vocabularies::requires;
use crate::store::WriteSession;
use crate::store::demarche::DemarcheFile;
use async_graphql::{Context, Error, Object};
use chrono::{Days, NaiveDate};

/// How many days after it was delivered a demarche is drafted at the latest.
const MAX_DAYS_LATE: u64 = 366;

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
        let follow_up_on = days_of(&input.asks)?;
        let request_context = RequestContext::of(context);
        let changed = change(request_context, input.idempotency_key.as_deref(), &("draft", &input), |session| {
            draft(session, &input, &follow_up_on)
        })?;
        Ok(changed.into())
    }

    /// Corrects what a demarche is about, to whom it is delivered, or what it asks for: whoever has joined must join it anew then. For its
    /// drafter, until it is delivered.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn correct_demarche(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which, and what is right.")] input: CorrectDemarcheInput,
    ) -> Result<CorrectDemarchePayload, Error> {
        let follow_up_on = days_of(input.asks.as_deref().unwrap_or_default())?;
        let given = (&input.demarche_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("correct demarche", &input), |session, file| {
            check_drafter(session, file)?;
            correct(session, &input, file, &follow_up_on)
        })?;
        Ok(changed.into())
    }

    /// Cites a figure that was released to the agency. Its provider sees it; others that have joined see it once the demarche is delivered.
    /// Everybody must join the demarche anew then. For a party, under the purpose for which the figure is released.
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
            check_is_draft(file)?;
            cite_figure(session, &input, agreement, file)
        })?;
        Ok(changed.into())
    }

    /// Cites a pattern of the agency's incidents: its name, kind and actor, and nothing of whom they affected. Everybody must join the
    /// demarche anew then. For a party that holds it.
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
            check_is_draft(file)?;
            cite_pattern(session, pattern, file)
        })?;
        Ok(changed.into())
    }

    /// Joins a demarche as it stands. For an agency that is invited.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn join_demarche(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] input: JoinDemarcheInput,
    ) -> Result<JoinDemarchePayload, Error> {
        let given = (&input.demarche_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("join", &input), |session, file| join(session, file, &input.digest))?;
        Ok(changed.into())
    }

    /// Declines a demarche, which the agency no longer sees then; it takes back what it cites, and figures that count its people. For an
    /// agency that is invited or, until it is delivered, has joined.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn decline_demarche(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] input: DeclineDemarcheInput,
    ) -> Result<DeclineDemarchePayload, Error> {
        let given = (&input.demarche_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("decline", &input), decline)?;
        Ok(changed.into())
    }

    /// Invites more agencies to a demarche, or such as have declined once more. Whoever has joined must join it anew then. For its drafter,
    /// until it is delivered.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn invite_to_demarche(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "To which, and whom.")] input: InviteToDemarcheInput,
    ) -> Result<InviteToDemarchePayload, Error> {
        let given = (&input.demarche_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("invite", &input), |session, file| {
            check_drafter(session, file)?;
            let invited = invited(session, &input.invited_codes)?;
            if invited.is_empty() {
                return Err(invalid("invitedCodes", "name one agency at least".to_owned()).into());
            }
            let is_invited =
                |agency: &Id<Agency>| !matches!(file.decision(*agency), None | Some(DemarcheDecision::Declined));
            if let Some(nth) = invited.iter().position(is_invited) {
                let message = "it is invited already";
                return Err(UserError::at(&format!("invitedCodes.{nth}"), UserErrorCode::Taken, message).into());
            }
            let (again, first): (Vec<Id<Agency>>, _) =
                invited.into_iter().partition(|agency| file.decision(*agency).is_some());
            // The drafter is a party, too.
            if file.parties.len() + first.len() > MAX_PARTIES + 1 {
                return Err(invalid("invitedCodes", format!("invite at most {MAX_PARTIES} agencies in all")).into());
            }
            Ok(session.invite_to_demarche(file.demarche.id, &first, &again)?)
        })?;
        Ok(changed.into())
    }

    /// Withdraws an invitation: the agency no longer sees the demarche, and what it cites in it and figures of its people are taken back. Whoever
    /// has joined must join it anew then. For the drafter, unless the agency has joined it as it stands.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn withdraw_demarche_invitation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "From which, and whose.")] input: WithdrawDemarcheInvitationInput,
    ) -> Result<WithdrawDemarcheInvitationPayload, Error> {
        let given = (&input.demarche_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("withdraw invitation", &input), |session, file| {
            check_is_drafter(session, file, "demarcheId")?;
            let agency = session.agencies_by_code(std::slice::from_ref(&input.agency_code))?.pop();
            match agency.map(|agency| (agency, file.decision(agency))) {
                Some((agency, Some(DemarcheDecision::Invited))) => {
                    Ok(session.withdraw_invitation(file.demarche.id, agency)?)
                }
                found => {
                    let decision = found.and_then(|(_, decision)| decision);
                    let message =
                        decision.map_or("it is not invited".to_owned(), |decision| format!("it has {decision}"));
                    Err(UserError::at("agencyCode", UserErrorCode::WrongStatus, message).into())
                }
            }
        })?;
        Ok(changed.into())
    }

    /// Takes back all that the agency cites in a demarche, so that it can cite something else. For a party, until it is delivered.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn withdraw_demarche_citations(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "In which demarche.")] input: WithdrawDemarcheCitationsInput,
    ) -> Result<WithdrawDemarcheCitationsPayload, Error> {
        let given = (&input.demarche_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("withdraw citations", &input), |session, file| {
            check_is_draft(file)?;
            Ok(session.withdraw_citations(file.demarche.id)?)
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

    /// Makes a demarche a draft again that was taken back, or recorded as delivered, by mistake: whoever has joined must join it anew then. For
    /// its drafter, if nothing is recorded since it was delivered.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn reopen_demarche(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] input: ReopenDemarcheInput,
    ) -> Result<ReopenDemarchePayload, Error> {
        let given = (&input.demarche_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("reopen", &input), |session, file| {
            check_is_drafter(session, file, "demarcheId")?;
            if file.demarche.delivered_on.is_none() && file.demarche.withdrawn_on.is_none() {
                return Err(wrong_status("it is a draft").into());
            }
            if let Some(first) = first_since_delivery(session, file)? {
                let message = format!(
                    "something is recorded of it on {first}, so that it was delivered; if not, take that back first \
                     (withdrawDemarcheResponse, withdrawDemarcheFollowUp, reopenDemarcheAsk)"
                );
                return Err(wrong_status(&message).into());
            }
            Ok(session.reopen_demarche(file.demarche.id)?)
        })?;
        Ok(changed.into())
    }

    /// Records that a demarche was delivered: nobody joins it any more, and whoever has joined sees all its figures. For its drafter, once every
    /// party has joined it as it stands, or declined. Once more with another day, it corrects the day.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn deliver_demarche(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which, and when.")] input: DeliverDemarcheInput,
    ) -> Result<DeliverDemarchePayload, Error> {
        let on = input.delivered_on.read("input.deliveredOn")?;
        let given = (&input.demarche_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("deliver", &input), |session, file| {
            let is_corrected = file.demarche.delivered_on.is_some_and(|delivered_on| delivered_on != on);
            match is_corrected {
                true => check_is_drafter(session, file, "demarcheId")?,
                false => check_drafter(session, file)?,
            }
            // It may have been delivered before anybody recorded it.
            let earliest = file.demarche.drafted_at.date() - Days::new(MAX_DAYS_LATE);
            check_day(session, "deliveredOn", on, earliest)?;
            if is_corrected {
                if let Some(first) = first_since_delivery(session, file)?.filter(|first| *first < on) {
                    let message = format!(
                        "something is recorded of it on {first}; give that day, or one before, or take that back first \
                         (withdrawDemarcheResponse, withdrawDemarcheFollowUp, reopenDemarcheAsk)"
                    );
                    return Err(invalid("deliveredOn", message).into());
                }
                return Ok(session.deliver_demarche(file.demarche.id, on)?);
            }
            check_draft(session, file)?;
            check_decided(session, file)?;
            Ok(session.deliver_demarche(file.demarche.id, on)?)
        })?;
        Ok(changed.into())
    }
}

/// The first day of what is recorded since a demarche was delivered.
fn first_since_delivery(session: &mut WriteSession, file: &DemarcheFile) -> Attempt<Option<NaiveDate>> {
    let answered = file.asks.iter().filter_map(|ask| ask.answered_on);
    let followed_up = session.first_follow_up(file.demarche.id)?;
    Ok(answered.chain(followed_up).chain(file.demarche.responded_on).min())
}

/// Joins a demarche as the agency has read it.
fn join(session: &mut WriteSession, file: &DemarcheFile, read: &str) -> Attempt<()> {
    let viewer = session.viewer().agency.id;
    check_is_draft(file)?;
    if file.decision(viewer) == Some(DemarcheDecision::Joined) {
        return Err(wrong_status("the agency has joined it already").into());
    }
    if file.digest(viewer) != read {
        let message = "it is not what was read: its words, figures or parties are others; read it, and give its digest";
        return Err(UserError::at("digest", UserErrorCode::Conflict, message).into());
    }
    Ok(session.join_demarche(file.demarche.id)?)
}

/// Declines a draft; one that was delivered, if the agency has not joined it.
fn decline(session: &mut WriteSession, file: &DemarcheFile) -> Attempt<()> {
    let viewer = session.viewer().agency.id;
    if file.demarche.drafter_id == viewer {
        let message = "the agency drafts it; it withdraws it instead";
        return Err(UserError::at("demarcheId", UserErrorCode::NotAllowed, message).into());
    }
    if file.decision(viewer) == Some(DemarcheDecision::Joined) {
        check_is_draft(file)?;
    }
    Ok(session.decline_demarche(file.demarche.id)?)
}
