//! What both of two merged records suffered together: it is recorded once, with all that was told, is known and was done.

use crate::domain::Id;
use crate::domain::emergency::{Emergency, EmergencyFact};
use crate::domain::incident::Incident;
use crate::domain::individual::Individual;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::{Result, changed_one};
use crate::store::database::tables::{emergencies, emergency_facts, emergency_steps, incident_accounts, incidents};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::HashMap;

/// Leaves one incident of each event that affected both records: that of the record which is kept.
///
/// # Errors
/// If the database fails.
pub(super) fn join_events(connection: &mut AnyConnection, to: Id<Individual>, from: Id<Individual>) -> Result<()> {
    for (one, other) in suffered_by_both(connection, to, from)? {
        let told = incident_accounts::table.filter(incident_accounts::incident_id.eq(other));
        diesel::update(told).set(incident_accounts::incident_id.eq(one)).execute(connection)?;
        join_emergencies(connection, one, other)?;
        diesel::delete(incidents::table.find(other)).execute(connection)?;
    }
    Ok(())
}

/// The incidents of events that affected two records: that of the one, and that of the other.
pub(super) fn suffered_by_both(
    connection: &mut AnyConnection,
    to: Id<Individual>,
    from: Id<Individual>,
) -> Result<Vec<(Id<Incident>, Id<Incident>)>> {
    let suffered = |person: Id<Individual>| {
        let of_person = incidents::table.filter(incidents::individual_id.eq(person));
        of_person.select((incidents::event_id, incidents::id))
    };
    let had: Vec<(Id<Incident>, Id<Incident>)> = suffered(to).load(connection)?;
    let had: HashMap<Id<Incident>, Id<Incident>> = had.into_iter().collect();
    let others: Vec<(Id<Incident>, Id<Incident>)> = suffered(from).load(connection)?;
    Ok(others.into_iter().filter_map(|(event, other)| Some((had.get(&event).copied()?, other))).collect())
}

/// Leaves one emergency of two incidents that are one, which stand alike: opened on the earlier day, and closed on the later.
fn join_emergencies(connection: &mut AnyConnection, one: Id<Incident>, other: Id<Incident>) -> Result<()> {
    let Some(left) = emergency_of(connection, other)? else { return Ok(()) };
    let Some(kept) = emergency_of(connection, one)? else {
        let moved = emergencies::incident_id.eq(one);
        changed_one(diesel::update(emergencies::table.find(left.id)).set(moved).execute(connection)?)?;
        return Ok(());
    };
    join_facts(connection, kept.id, left.id)?;
    let taken = emergency_steps::table.filter(emergency_steps::emergency_id.eq(left.id));
    diesel::update(taken).set(emergency_steps::emergency_id.eq(kept.id)).execute(connection)?;
    diesel::delete(emergencies::table.find(left.id)).execute(connection)?;
    let joined = (
        emergencies::opened_on.eq(kept.opened_on.min(left.opened_on)),
        emergencies::closed_on.eq(kept.closed_on.max(left.closed_on)),
    );
    changed_one(diesel::update(emergencies::table.find(kept.id)).set(joined).execute(connection)?)?;
    Ok(())
}

pub(super) fn emergency_of(connection: &mut AnyConnection, incident: Id<Incident>) -> Result<Option<Emergency>> {
    let of_incident = emergencies::table.filter(emergencies::incident_id.eq(incident));
    Ok(of_incident.select(Emergency::as_select()).first(connection).optional()?)
}

pub(super) fn facts_of(connection: &mut AnyConnection, emergency: Id<Emergency>) -> Result<Vec<EmergencyFact>> {
    let of_emergency = emergency_facts::table.filter(emergency_facts::emergency_id.eq(emergency));
    Ok(of_emergency.select(EmergencyFact::as_select()).load(connection)?)
}

/// Of two answers to a question the one stays that is known since later.
fn join_facts(connection: &mut AnyConnection, to: Id<Emergency>, from: Id<Emergency>) -> Result<()> {
    let had = facts_of(connection, to)?;
    for other in facts_of(connection, from)? {
        let one = had.iter().find(|one| one.question == other.question);
        let (moves, goes) = match one {
            Some(one) if one.known_on >= other.known_on => (None, Some(other.id)),
            one => (Some(other.id), one.map(|one| one.id)),
        };
        if let Some(goes) = goes {
            diesel::delete(emergency_facts::table.find(goes)).execute(connection)?;
        }
        if let Some(moves) = moves {
            let moved = emergency_facts::emergency_id.eq(to);
            changed_one(diesel::update(emergency_facts::table.find(moves)).set(moved).execute(connection)?)?;
        }
    }
    Ok(())
}
