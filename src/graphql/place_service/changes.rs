//! Recording what there is at places, and how far it is to them.

use super::inputs::*;
use crate::domain::client::Role;
use crate::domain::individual::AgeBand;
use crate::domain::place_service::{MAX_KILOMETRES, PlaceService, PlaceServiceKind, TravelDistance};
use crate::domain::specific_need::NeedCode;
use crate::domain::{self, Id};
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::place::{Place, placed};
use crate::graphql::schema::user_errors::{Allowed, Attempt, UserError, UserErrorCode, changed};
use crate::graphql::schema::vocabularies::requires;
use crate::store::WriteSession;
use crate::store::bulk::insert::new_key;
use async_graphql::{Context, Error, Object};
use std::fmt::Debug;

type Key = Id<domain::place::Place>;

/// What may be changed of services at places.
#[derive(Default)]
pub struct PlaceServiceMutations;

/// What may be changed of services at places, and of distances.
#[Object]
impl PlaceServiceMutations {
    /// Records what there is at a place, instead of what the agency recorded of the same kind for the same people. Everybody sees it;
    /// relocationImpact rests on what the holder records.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn record_place_service(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What there is, where, and for whom.")] input: RecordPlaceServiceInput,
    ) -> Result<RecordPlaceServicePayload, Error> {
        let changed = change(context, input.idempotency_key.as_deref(), &("service", &input), |session| {
            let mut wrong = kilometres("reachKilometres", input.reach_kilometres);
            let for_whom = for_whom(input.kind, input.age_band, input.specific_need.as_deref());
            let (age_band, specific_need) = for_whom.unwrap_or_else(|error| {
                wrong.push(error);
                (None, None)
            });
            let place_id = placed(session, "placeCode", &input.place_code)?;
            if !wrong.is_empty() {
                return Err(wrong.into());
            }
            let (kind, reach_kilometres) = (input.kind, input.reach_kilometres);
            let service =
                PlaceService { reach_kilometres, ..service(session, place_id, kind, age_band, specific_need) };
            session.record_place_service(&service)?;
            Ok(place_id)
        })?;
        Ok(changed.into())
    }

    /// Removes what the agency recorded of a place.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn remove_place_service(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What was recorded.")] input: RemovePlaceServiceInput,
    ) -> Result<RemovePlaceServicePayload, Error> {
        let changed = change(context, input.idempotency_key.as_deref(), &("removed", &input), |session| {
            let for_whom = for_whom(input.kind, input.age_band, input.specific_need.as_deref());
            let (age_band, specific_need) = for_whom.map_err(|error| vec![error])?;
            let place_id = placed(session, "placeCode", &input.place_code)?;
            let service = service(session, place_id, input.kind, age_band, specific_need);
            match session.remove_place_service(&service)? {
                true => Ok(place_id),
                false => {
                    let message = "the agency has recorded no such service there";
                    Err(UserError::at("kind", UserErrorCode::NotFound, message).into())
                }
            }
        })?;
        Ok(changed.into())
    }

    /// Records how far it is between two places, instead of what the agency recorded before. Only the agency sees it; relocationImpact
    /// rests on what the holder records.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn record_travel_distance(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Between which places, and how far.")] input: RecordTravelDistanceInput,
    ) -> Result<RecordTravelDistancePayload, Error> {
        let changed = change(context, input.idempotency_key.as_deref(), &("distance", &input), |session| {
            let wrong = kilometres("kilometres", input.kilometres);
            let from = placed(session, "fromPlaceCode", &input.from_place_code)?;
            let to = placed(session, "toPlaceCode", &input.to_place_code)?;
            let agency = session.viewer().agency.id;
            let (_, geography) = session.geography(agency, &[from, to])?;
            if geography.is_within(from, to) || geography.is_within(to, from) {
                let message = "name another place, of which neither lies in the other";
                return Err(UserError::at("toPlaceCode", UserErrorCode::Invalid, message).into());
            }
            if !wrong.is_empty() {
                return Err(wrong.into());
            }
            session.record_travel_distance(&TravelDistance::between(agency, (from, to), input.kilometres))?;
            Ok(from)
        })?;
        Ok(changed.into())
    }

    /// Removes what the agency recorded of the distance between two places.
    #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
    async fn remove_travel_distance(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Between which places.")] input: RemoveTravelDistanceInput,
    ) -> Result<RemoveTravelDistancePayload, Error> {
        let changed = change(context, input.idempotency_key.as_deref(), &("no distance", &input), |session| {
            let from = placed(session, "fromPlaceCode", &input.from_place_code)?;
            let to = placed(session, "toPlaceCode", &input.to_place_code)?;
            let agency = session.viewer().agency.id;
            match session.remove_travel_distance(&TravelDistance::between(agency, (from, to), 0))? {
                true => Ok(from),
                false => {
                    let message = "the agency has recorded no distance between them";
                    Err(UserError::at("toPlaceCode", UserErrorCode::NotFound, message).into())
                }
            }
        })?;
        Ok(changed.into())
    }
}

fn change(
    context: &Context<'_>,
    idempotency_key: Option<&str>,
    request: &impl Debug,
    work: impl FnOnce(&mut WriteSession) -> Attempt<Key>,
) -> Result<Result<Option<Place>, Vec<UserError>>, Error> {
    let request_context = RequestContext::of(context);
    const WHO: Allowed<'_> = Allowed {
        roles: &[Role::DataOfficer],
        purpose: None,
        otherwise: "what there is at places is recorded by clients with the role DATA_OFFICER",
    };
    changed(request_context, (idempotency_key, request), &WHO, work, |session, key| {
        Ok(session.places(&[key])?.remove(&key).map(Place))
    })
}

fn kilometres(field: &str, kilometres: i32) -> Vec<UserError> {
    match (0..=MAX_KILOMETRES).contains(&kilometres) {
        true => Vec::new(),
        false => vec![UserError::at(field, UserErrorCode::Invalid, format!("expected 0 to {MAX_KILOMETRES}"))],
    }
}

/// For whom a service of a kind is.
fn for_whom(
    kind: PlaceServiceKind,
    age_band: Option<AgeBand>,
    specific_need: Option<&str>,
) -> Result<(Option<AgeBand>, Option<NeedCode>), UserError> {
    let invalid = |field, message: &str| Err(UserError::at(field, UserErrorCode::Invalid, message));
    if (kind == PlaceServiceKind::School) != age_band.is_some() {
        return invalid("ageBand", "give an age band for a SCHOOL, and for nothing else");
    }
    let Some(code) = specific_need else { return Ok((age_band, None)) };
    match code.parse::<NeedCode>() {
        Ok(need) if kind == PlaceServiceKind::MedicalCare && need.category() == code => Ok((None, Some(need))),
        Ok(_) if kind != PlaceServiceKind::MedicalCare => {
            invalid("specificNeed", "only MEDICAL_CARE is for a specific need")
        }
        Ok(_) => invalid("specificNeed", "give the category, two letters such as SM"),
        Err(error) => invalid("specificNeed", &error.to_string()),
    }
}

fn service(
    session: &WriteSession,
    place_id: Key,
    kind: PlaceServiceKind,
    age_band: Option<AgeBand>,
    specific_need: Option<NeedCode>,
) -> PlaceService {
    let agency_id = session.viewer().agency.id;
    PlaceService { id: new_key(), agency_id, place_id, kind, age_band, specific_need, reach_kilometres: 0 }
}
