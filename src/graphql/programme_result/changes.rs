//! Reporting results of programmes.

use super::inputs::*;
use crate::domain::client::Role;
use crate::domain::programme_result::{MAX_INDICATOR, MAX_RESULTS, ProgrammeResult, ResultKey, number};
use crate::domain::text::is_line;
use crate::domain::{self, Id};
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::enrolment::participation::led_programme;
use crate::graphql::programme::changed_programme;
use crate::graphql::schema::scalars::GivenDecimal;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::graphql::schema::vocabularies::requires;
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use async_graphql::{Context, Error, Object};
use chrono::NaiveDate;

/// What may be changed of results.
#[derive(Default)]
pub struct ProgrammeResultMutations;

/// What may be changed of results.
#[Object]
impl ProgrammeResultMutations {
    /// Reports what a programme reached of an indicator in a period, instead of what was reported of the same before. Whoever sees the
    /// programme sees it: it is published, and names nobody. For the lead.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn report_result(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of what, for when, and how much.")] input: ReportResultInput,
    ) -> Result<ReportResultPayload, Error> {
        let request_context = RequestContext::of(context);
        let days = (input.period_from.read("input.periodFrom")?, input.period_until.read("input.periodUntil")?);
        let read = |field: &str, given: &Option<GivenDecimal>| {
            given.as_ref().map(|given| given.read(&format!("input.{field}"))).transpose()
        };
        let numbers = [
            ("baseline", read("baseline", &input.baseline)?),
            ("target", read("target", &input.target)?),
            ("reached", read("reached", &input.reached)?),
        ];
        let given = (input.idempotency_key.as_deref(), &("result", &input));
        let work = |session: &mut WriteSession| report(session, &input, days, &numbers);
        Ok(changed_programme(request_context, given, OTHERWISE, work)?.into())
    }

    /// Removes a result that was reported by mistake. For the lead.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn remove_result(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] input: RemoveResultInput,
    ) -> Result<RemoveResultPayload, Error> {
        let request_context = RequestContext::of(context);
        let period_from = input.period_from.read("input.periodFrom")?;
        let period_until = input.period_until.read("input.periodUntil")?;
        let given = (input.idempotency_key.as_deref(), &("no result", &input));
        let work = |session: &mut WriteSession| {
            let programme = led_programme(session, &input.programme_identifier)?;
            let indicator = input.indicator.trim();
            let participants = input.participants;
            let of = ResultKey { programme_id: programme.id, indicator, participants, period_from, period_until };
            match session.remove_result(of)? {
                true => Ok(programme.id),
                false => {
                    let message = "the programme has no result of this indicator, these participants and this period";
                    Err(UserError::at("indicator", UserErrorCode::NotFound, message).into())
                }
            }
        };
        Ok(changed_programme(request_context, given, OTHERWISE, work)?.into())
    }
}

const OTHERWISE: &str = "results are reported by clients with the role DATA_OFFICER";

/// The numbers that are given, each with its field.
type Given<'i> = [(&'i str, Option<String>); 3];

fn report(
    session: &mut WriteSession,
    input: &ReportResultInput,
    (from, until): (NaiveDate, NaiveDate),
    given: &Given<'_>,
) -> Attempt<Id<domain::programme::Programme>> {
    let programme = led_programme(session, &input.programme_identifier)?;
    let mut wrong = Vec::new();
    if !is_line(&input.indicator, MAX_INDICATOR) {
        let message = format!("expected 1 to {MAX_INDICATOR} characters on one line");
        wrong.push(UserError::at("indicator", UserErrorCode::Invalid, message));
    }
    if until < from {
        let message = format!("it lies before the first day of the period, {from}");
        wrong.push(UserError::at("periodUntil", UserErrorCode::Invalid, message));
    }
    let [baseline, target, reached] = given.each_ref().map(|(field, text)| {
        let read = text.as_deref().map(number).transpose();
        read.map_err(|error| wrong.push(UserError::invalid(field, &error))).unwrap_or_default()
    });
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    let result = ProgrammeResult {
        id: new_key(),
        programme_id: programme.id,
        indicator: input.indicator.trim().to_owned(),
        participants: input.participants,
        measure: input.measure,
        period_from: from,
        period_until: until,
        baseline,
        target,
        reached,
    };
    if session.has_most_results(result.key())? {
        let message = format!("a programme reports at most {MAX_RESULTS} results");
        return Err(UserError::at("indicator", UserErrorCode::Taken, message).into());
    }
    session.report_result(result)?;
    Ok(programme.id)
}
