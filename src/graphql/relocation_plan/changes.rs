//! How the holder records relocation plans, shares them, and says what became of them.

use super::RelocationPlan;
use super::inputs::*;
use crate::domain::agreement::Agreement;
use crate::domain::client::Role;
use crate::domain::place::Place;
use crate::domain::purpose::Purpose;
use crate::domain::relocation_plan::{MAX_PLACES, MAX_YEARS, RelocationPlanPlace, RelocationPlanShare, RelocationSide};
use crate::domain::{self, Id};
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::schema::ids;
use crate::graphql::schema::user_errors::{Allowed, Attempt, UserError, UserErrorCode, changed, check_day};
use crate::graphql::schema::vocabularies::requires;
use crate::policy::Released;
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use async_graphql::{Context, Error, ID, Object};
use chrono::{Months, NaiveDate, SubsecRound, Utc};
use std::fmt::Debug;

type Key = Id<domain::relocation_plan::RelocationPlan>;

/// The plan after a change, or why nothing was changed.
type Outcome = Result<Option<RelocationPlan>, Vec<UserError>>;

/// What may be changed of relocation plans.
#[derive(Default)]
pub struct RelocationPlanMutations;

/// What may be changed of relocation plans.
#[Object]
impl RelocationPlanMutations {
    /// Records that an authority means to move people. Only the agency sees it until it shares it.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn record_relocation_plan(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "From where to where, who announced it, and when.")] input: RecordRelocationPlanInput,
    ) -> Result<RecordRelocationPlanPayload, Error> {
        let announced_on = input.announced_on.read("input.announcedOn")?;
        let effective_on = input.effective_on.as_ref().map(|on| on.read("input.effectiveOn")).transpose()?;
        let changed = change(context, input.idempotency_key.as_deref(), &("plan", &input), |session| {
            record(session, &input, announced_on, effective_on)
        })?;
        Ok(changed.into())
    }

    /// Shares a plan with the recipient of an agreement, which sees what the releases under it tell of the plan. For the holder.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn share_relocation_plan(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which plan, under which agreement.")] input: ShareRelocationPlanInput,
    ) -> Result<ShareRelocationPlanPayload, Error> {
        let agreement = ids::open(RequestContext::of(context), "input.agreementId", &input.agreement_id)?;
        let given = (&input.relocation_plan_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("share", &input), |session, plan| share(session, plan, agreement))?;
        Ok(changed.into())
    }

    /// Takes a share back: the recipient sees the plan no more under that agreement. For the holder.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn unshare_relocation_plan(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which plan, under which agreement.")] input: UnshareRelocationPlanInput,
    ) -> Result<UnshareRelocationPlanPayload, Error> {
        let agreement = ids::open(RequestContext::of(context), "input.agreementId", &input.agreement_id)?;
        let given = (&input.relocation_plan_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("unshare", &input), |session, plan| {
            match session.unshare_relocation_plan(plan.id, agreement)? {
                true => Ok(()),
                false => {
                    let message = "the plan is not shared under this agreement";
                    Err(UserError::at("agreementId", UserErrorCode::NotFound, message).into())
                }
            }
        })?;
        Ok(changed.into())
    }

    /// Records what became of a plan. For the holder.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn close_relocation_plan(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which plan, and what became of it.")] input: CloseRelocationPlanInput,
    ) -> Result<CloseRelocationPlanPayload, Error> {
        let on = input.closed_on.read("input.closedOn")?;
        let given = (&input.relocation_plan_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("close", &input), |session, plan| {
            check_open(plan)?;
            check_day(session, "closedOn", on, plan.announced_on)?;
            Ok(session.end_relocation_plan(plan.id, Some((input.outcome, on)))?)
        })?;
        Ok(changed.into())
    }

    /// Opens a plan again that was closed by mistake. For the holder.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn reopen_relocation_plan(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which plan.")] input: ReopenRelocationPlanInput,
    ) -> Result<ReopenRelocationPlanPayload, Error> {
        let given = (&input.relocation_plan_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("reopen", &input), |session, plan| match plan.outcome {
            Some(_) => Ok(session.end_relocation_plan(plan.id, None)?),
            None => Err(UserError::at("relocationPlanId", UserErrorCode::WrongStatus, "it is not closed").into()),
        })?;
        Ok(changed.into())
    }

    /// Voids a plan that was recorded by mistake, and that is neither shared nor closed: it is removed. For the holder.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn void_relocation_plan(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which plan.")] input: VoidRelocationPlanInput,
    ) -> Result<VoidRelocationPlanPayload, Error> {
        let given = (&input.relocation_plan_id, input.idempotency_key.as_deref());
        let changed = change_one(context, given, ("void", &input), |session, plan| {
            check_open(plan)?;
            if session.shares_of_relocation_plans(&[plan.id])?.contains_key(&plan.id) {
                let message = "it is shared; take its shares back first (unshareRelocationPlan)";
                return Err(UserError::at("relocationPlanId", UserErrorCode::WrongStatus, message).into());
            }
            Ok(session.void_relocation_plan(plan.id)?)
        })?;
        Ok(changed.into())
    }
}

fn change(
    context: &Context<'_>,
    idempotency_key: Option<&str>,
    request: &impl Debug,
    work: impl FnOnce(&mut WriteSession) -> Attempt<Key>,
) -> Result<Outcome, Error> {
    let request_context = RequestContext::of(context);
    const WHO: Allowed<'_> = Allowed {
        roles: &[Role::DataOfficer],
        purpose: Some(Purpose::CaseManagement),
        otherwise: "relocation plans are recorded by clients with the role DATA_OFFICER, under CASE_MANAGEMENT",
    };
    changed(request_context, (idempotency_key, request), &WHO, work, |session, key| {
        Ok(session.relocation_plans(&[key])?.remove(&key).map(RelocationPlan))
    })
}

/// Changes once a plan that the agency holds.
fn change_one(
    context: &Context<'_>,
    (plan, idempotency_key): (&ID, Option<&str>),
    request: impl Debug,
    work: impl FnOnce(&mut WriteSession, &Released<domain::relocation_plan::RelocationPlan>) -> Attempt<()>,
) -> Result<Outcome, Error> {
    let key: Key = ids::open(RequestContext::of(context), "input.relocationPlanId", plan)?;
    change(context, idempotency_key, &request, |session| {
        let Some(plan) = session.relocation_plans(&[key])?.remove(&key) else {
            let message = "the agency holds no such plan";
            return Err(UserError::at("relocationPlanId", UserErrorCode::NotFound, message).into());
        };
        work(session, &plan)?;
        Ok(key)
    })
}

fn check_open(plan: &domain::relocation_plan::RelocationPlan) -> Attempt<()> {
    match plan.outcome {
        Some(outcome) => {
            let message = format!("it is {outcome} already; if that is wrong, reopen it first (reopenRelocationPlan)");
            Err(UserError::at("relocationPlanId", UserErrorCode::WrongStatus, message).into())
        }
        None => Ok(()),
    }
}

fn record(
    session: &mut WriteSession,
    input: &RecordRelocationPlanInput,
    announced_on: NaiveDate,
    effective_on: Option<NaiveDate>,
) -> Attempt<Key> {
    let (today, holder_id) = (session.viewer().today, session.viewer().agency.id);
    let mut wrong = Vec::new();
    let earliest = today - Months::new(12 * MAX_YEARS);
    if !(earliest..=today).contains(&announced_on) {
        wrong.push(invalid("announcedOn", format!("give a day from {earliest} to {today}")));
    }
    let latest = announced_on + Months::new(12 * MAX_YEARS);
    if effective_on.is_some_and(|on| !(announced_on..=latest).contains(&on)) {
        wrong.push(invalid("effectiveOn", format!("give a day from {announced_on} to {latest}")));
    }
    let sides = [
        ("fromPlaceCodes", &input.from_place_codes, RelocationSide::From),
        ("toPlaceCodes", &input.to_place_codes, RelocationSide::To),
    ];
    let known = session.places_by_code()?;
    let mut at: Vec<(String, RelocationSide, Id<Place>)> = Vec::new();
    for (field, codes, side) in sides {
        if !(1..=MAX_PLACES).contains(&codes.len()) {
            wrong.push(invalid(field, format!("name 1 to {MAX_PLACES} places")));
            continue;
        }
        for (nth, code) in codes.iter().enumerate() {
            let field = format!("{field}.{nth}");
            match known.get(code).map(|place| place.id) {
                None => wrong.push(invalid(&field, "there is no place with this P-code".to_owned())),
                Some(place) if at.iter().any(|(.., other)| *other == place) => {
                    wrong.push(invalid(&field, "the place is named before".to_owned()));
                }
                Some(place) => at.push((field, side, place)),
            }
        }
    }
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    let all: Vec<Id<Place>> = at.iter().map(|(.., place)| *place).collect();
    let (_, geography) = session.geography(holder_id, &all)?;
    let overlaps = |(_, side, place): &&(String, RelocationSide, Id<Place>)| {
        at.iter().any(|(_, other_side, other)| {
            other_side != side && (geography.is_within(*place, *other) || geography.is_within(*other, *place))
        })
    };
    if let Some((field, ..)) = at.iter().filter(|(_, side, _)| *side == RelocationSide::To).find(overlaps) {
        let message = "it lies in a place from which people are moved, or around one";
        return Err(invalid(field, message.to_owned()).into());
    }
    let plan = domain::relocation_plan::RelocationPlan {
        id: new_key(),
        holder_id,
        announced_by: input.announced_by,
        announced_on,
        effective_on,
        recorded_at: Utc::now().naive_utc().trunc_subsecs(6),
        outcome: None,
        closed_on: None,
    };
    let place = |(_, side, place_id): (String, RelocationSide, Id<Place>)| RelocationPlanPlace {
        relocation_plan_id: plan.id,
        place_id,
        side,
    };
    session.record_relocation_plan(&plan, &at.into_iter().map(place).collect::<Vec<_>>())?;
    Ok(plan.id)
}

fn share(
    session: &mut WriteSession,
    plan: &Released<domain::relocation_plan::RelocationPlan>,
    agreement: Id<Agreement>,
) -> Attempt<()> {
    let today = session.viewer().today;
    let refused = |code, message: &str| Err(UserError::at("agreementId", code, message).into());
    let Some(found) = session.agreements(&[agreement])?.remove(&agreement) else {
        return refused(UserErrorCode::NotFound, "there is no such agreement");
    };
    if found.provider_id != plan.holder_id {
        return refused(UserErrorCode::NotAllowed, "the agency does not provide under this agreement");
    }
    if !found.in_force(today) {
        return refused(UserErrorCode::WrongStatus, "the agreement is not in force today");
    }
    if found.statistics_tables.is_empty() {
        return refused(UserErrorCode::Invalid, "nothing is released under an agreement without statistics tables");
    }
    let shares = session.shares_of_relocation_plans(&[plan.id])?.remove(&plan.id).unwrap_or_default();
    if shares.iter().any(|(share, _)| share.agreement_id == agreement) {
        return refused(UserErrorCode::Taken, "the plan is shared under this agreement already");
    }
    let share = RelocationPlanShare { relocation_plan_id: plan.id, agreement_id: agreement, shared_on: today };
    Ok(session.share_relocation_plan(&share)?)
}

fn invalid(field: &str, message: String) -> UserError {
    UserError::at(field, UserErrorCode::Invalid, message)
}
