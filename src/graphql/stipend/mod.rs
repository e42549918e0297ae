//! Cash stipends: who gets one, and paying it.

mod inputs;

use self::inputs::{PayStipendInput, PayStipendPayload, StipendPeriodInput, VoidStipendInput, VoidStipendPayload};
use crate::domain::assistance::Assistance;
use crate::domain::client::Role;
use crate::domain::individual::Individual;
use crate::domain::money::minor_units;
use crate::domain::purpose::Purpose;
use crate::domain::stipend::{StipendCase, StipendCondition, StipendPeriod};
use crate::graphql::engine::errors::Code;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::enrolment::participation::{BY, check_lead, check_recorder, participant, programme};
use crate::graphql::individual::held::change_for;
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::graphql::schema::vocabularies::requires;
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use crate::store::participant::Participant;
use crate::store::stipend::TOLD;
use async_graphql::{Context, Error, ID, Object, SimpleObject};

/// What may be asked of stipends.
#[derive(Default)]
pub struct StipendQueries;

/// What may be asked of stipends.
#[Object]
impl StipendQueries {
    /// Whether a person gets a stipend for a period, and why or why not. For the holder, and for whoever leads a programme in which the
    /// person takes part and is shown its needs, assistance and legal status; null for others, and if there is nobody with this id.
    async fn stipend_eligibility(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The person.")] individual_id: ID,
        #[graphql(desc = "The IATI identifier of the programme.")] programme_identifier: String,
        #[graphql(desc = "The days for which it would be.")] period: StipendPeriodInput,
    ) -> Result<Option<StipendEligibility>, Error> {
        let request_context = RequestContext::of(context);
        let person = ids::open(request_context, "individualId", &individual_id)?;
        let period = period.read("period")?;
        let case = request_context.read(|session| {
            let Some((participant, record)) = session.participant(person)? else { return Ok(None) };
            let Some(case) = session.stipend_case(participant, record)? else { return Ok(None) };
            Ok(Some((case, session.programme_identified(&programme_identifier)?)))
        })?;
        let Some((case, programme)) = case else { return Ok(None) };
        let Some(programme) = programme else {
            return Err(Code::BadInput.at("programmeIdentifier", "the agency sees no programme with this identifier"));
        };
        let viewer = request_context.viewer();
        let conditions = case.conditions(&programme, viewer.agency.id, period, viewer.today);
        let checks =
            conditions.into_iter().map(|(condition, is_met, reason)| StipendCheck { condition, is_met, reason });
        Ok(Some(StipendEligibility { checks: checks.collect() }))
    }
}

/// Whether a person gets a stipend for a period.
pub struct StipendEligibility {
    checks: Vec<StipendCheck>,
}

/// Whether a person gets a stipend for a period.
#[Object]
impl StipendEligibility {
    /// Whether all conditions are met.
    async fn is_eligible(&self) -> bool {
        self.checks.iter().all(|check| check.is_met)
    }

    /// Each condition.
    async fn checks(&self) -> &[StipendCheck] {
        &self.checks
    }
}

/// One condition of a stipend.
#[derive(SimpleObject)]
pub struct StipendCheck {
    /// Which.
    condition: StipendCondition,
    /// Whether it is met.
    is_met: bool,
    /// Why, or why not and what would be right.
    reason: String,
}

/// What may be changed of stipends.
#[derive(Default)]
pub struct StipendMutations;

/// What may be changed of stipends.
#[Object]
impl StipendMutations {
    /// Records that a stipend was paid to a person who is eligible, once for a period. For the holder, under a programme that it leads or
    /// implements; and for the agency that leads the programme, if the person takes part in one of its programmes, and it is shown the
    /// person's needs, assistance and legal status.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], None))]
    async fn pay_stipend(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "To whom, for which days, and how much.")] input: PayStipendInput,
    ) -> Result<PayStipendPayload, Error> {
        let request_context = RequestContext::of(context);
        let person = ids::open(request_context, "input.individualId", &input.individual_id)?;
        let (period, paid_on) = (input.period.read("input.period")?, input.paid_on.read("input.paidOn")?);
        let (amount, currency) = (input.amount.read("input.amount")?, input.currency.read("input.currency")?);
        let request = ("stipend", &input);
        let changed = change_for(request_context, BY, input.idempotency_key.as_deref(), &request, |session| {
            let (participant, record) = participant(session, person)?;
            let amount_minor = minor_units(&amount, currency).map_err(|error| UserError::invalid("amount", &error))?;
            if paid_on > session.viewer().today {
                return Err(UserError::at("paidOn", UserErrorCode::Invalid, "it lies in the future").into());
            }
            if paid_on < period.payable_from() {
                let message = format!("a stipend for these days is paid from {} on", period.payable_from());
                return Err(UserError::at("paidOn", UserErrorCode::Invalid, message).into());
            }
            let programme = programme(session, &input.programme_identifier)?;
            if session.viewer().purpose != Purpose::CaseManagement {
                check_lead(session, &programme)?;
            }
            let case = case(session, participant, record)?;
            if let Some(registered_on) = case.person.registered_on.filter(|registered_on| paid_on < *registered_on) {
                let message = format!("the person was registered later, on {registered_on}");
                return Err(UserError::at("paidOn", UserErrorCode::Invalid, message).into());
            }
            let viewer = session.viewer();
            let conditions = case.conditions(&programme, viewer.agency.id, period, viewer.today);
            let unmet = conditions.into_iter().filter(|(_, is_met, _)| !is_met);
            let errors: Vec<UserError> = unmet.map(|(condition, _, reason)| refusal(condition, reason)).collect();
            if !errors.is_empty() {
                return Err(errors.into());
            }
            let payment = Assistance {
                id: new_key(),
                individual_id: participant.id(),
                programme_id: programme.id,
                amount_minor,
                currency: currency.code().to_owned(),
                paid_on,
                period_from: Some(period.from()),
                period_until: Some(period.until()),
            };
            session.pay(participant, payment)?;
            Ok(person)
        })?;
        Ok(changed.into())
    }

    /// Voids a stipend that was recorded by mistake, or did not reach the person: it is removed, and its days can be paid again. For whoever
    /// may pay it, and for the holder if the lead is not shown on what it rests.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], None))]
    async fn void_stipend(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which stipend.")] input: VoidStipendInput,
    ) -> Result<VoidStipendPayload, Error> {
        let request_context = RequestContext::of(context);
        let person = ids::open(request_context, "input.individualId", &input.individual_id)?;
        let period = input.period.read("input.period")?;
        let request = ("void stipend", &input);
        let changed = change_for(request_context, BY, input.idempotency_key.as_deref(), &request, |session| {
            let (participant, record) = participant(session, person)?;
            let programme = programme(session, &input.programme_identifier)?;
            let (viewer, own) = (session.viewer(), session.viewer().purpose == Purpose::CaseManagement);
            if !own || programme.implementer_on(viewer.today) != Some(viewer.agency.id) {
                check_recorder(session, participant, &programme, &TOLD)?;
            }
            let case = case(session, participant, record)?;
            let is_meant =
                |paid: &&Assistance| (paid.programme_id, StipendPeriod::of(paid)) == (programme.id, Some(period));
            let Some(paid) = case.payments.iter().find(is_meant) else {
                let message = "no stipend was paid under this programme for just these days";
                return Err(UserError::at("period", UserErrorCode::NotFound, message).into());
            };
            session.void_payment(participant, paid.id)?;
            Ok(person)
        })?;
        Ok(changed.into())
    }
}

/// What decides whether a person gets a stipend, if the agency is shown all of that.
fn case(session: &mut WriteSession, person: Participant, record: Individual) -> Attempt<StipendCase> {
    let message =
        "a stipend rests on SPECIFIC_NEEDS, ASSISTANCE and LEGAL_STATUS, and an agreement must show all of them";
    let unseen = || UserError::at("individualId", UserErrorCode::NotAllowed, message);
    Ok(session.stipend_case(person, record)?.ok_or_else(unseen)?)
}

/// What is wrong with a stipend of which a condition is not met.
fn refusal(condition: StipendCondition, reason: String) -> UserError {
    let (field, code) = match condition {
        StipendCondition::Programme => ("programmeIdentifier", UserErrorCode::Invalid),
        StipendCondition::OpenRecord => ("individualId", UserErrorCode::WrongStatus),
        StipendCondition::SpecificNeed => ("individualId", UserErrorCode::Invalid),
        StipendCondition::NotPaid => ("period", UserErrorCode::Taken),
    };
    UserError::at(field, code, reason)
}
