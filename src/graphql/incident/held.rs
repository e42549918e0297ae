//! Incidents as whoever holds their people changes them.

use crate::domain::Id;
use crate::domain::incident::Incident;
use crate::domain::individual::Individual;
use crate::graphql::individual::held::held;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::store::WriteSession;
use crate::store::individual::held::Held;

/// An incident of a person whom the agency holds, and of whom something can be changed still.
///
/// # Errors
/// If there is none, or the database fails.
pub(in crate::graphql) fn held_incident(
    session: &mut WriteSession,
    id: Id<Incident>,
) -> Attempt<(Id<Individual>, Held, Incident)> {
    let missing = || {
        let message = "nobody whom the agency holds has this incident";
        UserError::at("incidentId", UserErrorCode::NotFound, message)
    };
    let (person, _, incident) = session.held_incident(id)?.ok_or_else(missing)?;
    let access = held(session, person, "incidentId")?;
    Ok((person, access, incident))
}

/// That nothing is changed by an incident which is unfounded.
pub(in crate::graphql) fn unfounded(field: &str) -> UserError {
    let message = "the incident is UNFOUNDED; if that is wrong, record that it is REPORTED first (verifyIncident)";
    UserError::at(field, UserErrorCode::WrongStatus, message)
}
