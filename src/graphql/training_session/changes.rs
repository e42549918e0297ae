//! Recording training sessions.

use super::inputs::*;
use crate::domain::client::Role;
use crate::domain::place::Place;
use crate::domain::programme::ProgrammeKind;
use crate::domain::text::{fold, is_line};
use crate::domain::training_session::{
    MAX_INSTITUTION, MAX_LINES, MAX_LINES_OF_PROGRAMME, MAX_PARTICIPANTS, TrainingParticipants, TrainingSession,
    TrainingTopic,
};
use crate::domain::{self, Id};
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::enrolment::participation::led_programme;
use crate::graphql::place::placed;
use crate::graphql::programme::changed_programme;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::graphql::schema::vocabularies::requires;
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use async_graphql::{Context, Error, Object};
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// What may be changed of training sessions.
#[derive(Default)]
pub struct TrainingSessionMutations;

/// What may be changed of training sessions.
#[Object]
impl TrainingSessionMutations {
    /// Records a session of a programme of training and who took part, instead of what was recorded of the same topic, day and place
    /// before. Whoever sees the programme sees it. For the lead.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn record_training_session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of what, when, where, and who took part.")] input: RecordTrainingSessionInput,
    ) -> Result<RecordTrainingSessionPayload, Error> {
        let held_on = input.held_on.read("input.heldOn")?;
        let request_context = RequestContext::of(context);
        let given = (input.idempotency_key.as_deref(), &("training", &input));
        let work = |session: &mut WriteSession| record(session, &input, held_on);
        Ok(changed_programme(request_context, given, OTHERWISE, work)?.into())
    }

    /// Removes a session that was recorded by mistake. For the lead.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn remove_training_session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which.")] input: RemoveTrainingSessionInput,
    ) -> Result<RemoveTrainingSessionPayload, Error> {
        let held_on = input.held_on.read("input.heldOn")?;
        let request_context = RequestContext::of(context);
        let given = (input.idempotency_key.as_deref(), &("no training", &input));
        let work = |session: &mut WriteSession| {
            let programme = led_programme(session, &input.programme_identifier)?;
            let place = placed(session, "placeCode", &input.place_code)?;
            match session.remove_training_session(&training(programme.id, input.topic, held_on, place))? {
                true => Ok(programme.id),
                false => {
                    let message = "the programme has no session of this topic, day and place";
                    Err(UserError::at("heldOn", UserErrorCode::NotFound, message).into())
                }
            }
        };
        Ok(changed_programme(request_context, given, OTHERWISE, work)?.into())
    }
}

const OTHERWISE: &str = "training sessions are recorded by clients with the role DATA_OFFICER";

fn training(
    programme_id: Id<domain::programme::Programme>,
    topic: TrainingTopic,
    held_on: NaiveDate,
    place_id: Id<Place>,
) -> TrainingSession {
    TrainingSession { id: new_key(), programme_id, topic, held_on, place_id }
}

fn record(
    session: &mut WriteSession,
    input: &RecordTrainingSessionInput,
    held_on: NaiveDate,
) -> Attempt<Id<domain::programme::Programme>> {
    let programme = led_programme(session, &input.programme_identifier)?;
    let mut wrong = check(input);
    let mut invalid = |field: &str, message: String| wrong.push(UserError::at(field, UserErrorCode::Invalid, message));
    if programme.kind != ProgrammeKind::Training {
        invalid("programmeIdentifier", format!("the programme is {}; this is for those of TRAINING", programme.kind));
    }
    if held_on > session.viewer().today {
        invalid("heldOn", "it lies in the future".to_owned());
    } else if let Some(starts_on) = programme.starts_on.filter(|starts_on| held_on < *starts_on) {
        invalid("heldOn", format!("the programme starts later, on {starts_on}"));
    }
    let place = session.places_by_code()?.remove(&input.place_code);
    if place.is_none() {
        invalid("placeCode", "there is no place with this P-code".to_owned());
    }
    let Some(place) = place.filter(|_| wrong.is_empty()) else { return Err(wrong.into()) };
    let training = training(programme.id, input.topic, held_on, place.id);
    if session.lines_besides(&training)? + input.participants.len() > MAX_LINES_OF_PROGRAMME {
        let message = format!("the sessions of a programme have at most {MAX_LINES_OF_PROGRAMME} lines together");
        return Err(UserError::at("participants", UserErrorCode::Taken, message).into());
    }
    let line = |line: &TrainingParticipantsInput| TrainingParticipants {
        training_session_id: training.id,
        institution: line.institution.trim().to_owned(),
        sex: line.sex,
        number: line.number,
    };
    session.record_training_session(&training, &input.participants.iter().map(line).collect::<Vec<_>>())?;
    Ok(programme.id)
}

/// What is wrong with who took part.
fn check(input: &RecordTrainingSessionInput) -> Vec<UserError> {
    let mut wrong = Vec::new();
    let mut invalid = |field: &str, message: String| wrong.push(UserError::at(field, UserErrorCode::Invalid, message));
    if !(1..=MAX_LINES).contains(&input.participants.len()) {
        invalid("participants", format!("expected 1 to {MAX_LINES} lines"));
    }
    let mut known = BTreeSet::new();
    for (nth, line) in input.participants.iter().take(MAX_LINES).enumerate() {
        let at = |field: &str| format!("participants.{nth}.{field}");
        if !is_line(&line.institution, MAX_INSTITUTION) {
            invalid(&at("institution"), format!("expected 1 to {MAX_INSTITUTION} characters on one line"));
        }
        if !known.insert((fold(&line.institution), line.sex)) {
            invalid(&at("institution"), "it is there before, with the same sex; add the numbers".to_owned());
        }
        if !(1..=MAX_PARTICIPANTS).contains(&line.number) {
            invalid(&at("number"), format!("expected 1 to {MAX_PARTICIPANTS}"));
        }
    }
    wrong
}
