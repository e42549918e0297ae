//! In what two records contradict each other, so that nobody can say which is right but whoever knows the person.

use super::merge_incidents::{emergency_of, facts_of, suffered_by_both};
use crate::domain::Id;
use crate::domain::emergency::{EmergencyFact, EmergencyOutcome, EmergencyQuestion};
use crate::domain::individual::Individual;
use crate::domain::nomination::{InterviewOutcome, Nomination};
use crate::domain::programme::Programme;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::{loans, nominations};
use chrono::NaiveDate;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};

/// What contradicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contradiction {
    /// How an emergency of both stands by either: how it ended, or nothing if it is open.
    Ended([Option<EmergencyOutcome>; 2]),
    /// What the answer to a question is in such an emergency, since one day.
    Answered(EmergencyQuestion),
    /// What an embassy decided of either on one circuit ride.
    Decided,
    /// Which loan of a day is meant in one programme.
    Lent(NaiveDate),
}

/// The first contradiction between two records.
///
/// # Errors
/// If the database fails.
pub fn contradiction(
    connection: &mut AnyConnection,
    one: Id<Individual>,
    other: Id<Individual>,
) -> Result<Option<Contradiction>> {
    let suffered = suffered(connection, one, other)?;
    let decided = decided(connection, one, other)?.then_some(Contradiction::Decided);
    let lent = lent(connection, one, other)?.map(Contradiction::Lent);
    Ok(suffered.or(decided).or(lent))
}

fn suffered(
    connection: &mut AnyConnection,
    one: Id<Individual>,
    other: Id<Individual>,
) -> Result<Option<Contradiction>> {
    for (one, other) in suffered_by_both(connection, one, other)? {
        let (Some(one), Some(other)) = (emergency_of(connection, one)?, emergency_of(connection, other)?) else {
            continue;
        };
        if one.outcome != other.outcome {
            return Ok(Some(Contradiction::Ended([one.outcome, other.outcome])));
        }
        let (had, others) = (facts_of(connection, one.id)?, facts_of(connection, other.id)?);
        let differs = |fact: &&EmergencyFact| {
            let same = others.iter().find(|other| (other.question, other.known_on) == (fact.question, fact.known_on));
            same.is_some_and(|other| other.answer != fact.answer)
        };
        if let Some(fact) = had.iter().find(differs) {
            return Ok(Some(Contradiction::Answered(fact.question)));
        }
    }
    Ok(None)
}

/// Whether an embassy accepted one and rejected the other on one circuit ride.
fn decided(connection: &mut AnyConnection, one: Id<Individual>, other: Id<Individual>) -> Result<bool> {
    let mut decided = |person: Id<Individual>| -> Result<Vec<Nomination>> {
        let standing = nominations::table
            .filter(nominations::individual_id.eq(person))
            .filter(nominations::withdrawn_on.is_null());
        let mut standing: Vec<Nomination> = standing.select(Nomination::as_select()).load(connection)?;
        standing.retain(|nomination| {
            [Some(InterviewOutcome::Accepted), Some(InterviewOutcome::Rejected)].contains(&nomination.outcome)
        });
        Ok(standing)
    };
    let (had, others) = (decided(one)?, decided(other)?);
    let differs = |one: &Nomination, other: &Nomination| {
        one.circuit_ride_id == other.circuit_ride_id && one.outcome != other.outcome
    };
    Ok(had.iter().any(|one| others.iter().any(|other| differs(one, other))))
}

/// A day on which both were lent money under one programme.
fn lent(connection: &mut AnyConnection, one: Id<Individual>, other: Id<Individual>) -> Result<Option<NaiveDate>> {
    let mut lent = |person: Id<Individual>| -> Result<Vec<(Id<Programme>, NaiveDate)>> {
        let of_person = loans::table.filter(loans::individual_id.eq(person));
        Ok(of_person.select((loans::programme_id, loans::disbursed_on)).load(connection)?)
    };
    let (had, others) = (lent(one)?, lent(other)?);
    Ok(had.into_iter().find(|loan| others.contains(loan)).map(|(_, day)| day))
}
