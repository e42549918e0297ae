//! Interviews on circuit rides, and what becomes of them: the embassy records that of those whom it sees.

use super::bulk::update;
use super::database::codes::codes;
use super::database::connection::AnyConnection;
use super::database::errors::{Result, changed_one};
use super::database::stored::stored;
use super::database::tables::{coverages, interviews, nominations, solutions};
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::category::DataCategory;
use crate::domain::circuit_ride::CircuitRide;
use crate::domain::coverage::CoverageBasis;
use crate::domain::individual::Individual;
use crate::domain::interview::Interview;
use crate::domain::language::LanguageCode;
use crate::domain::nomination::{InterviewOutcome, Nomination};
use crate::domain::place::Place;
use crate::domain::purpose::Purpose;
use crate::domain::solution::{Solution, SolutionKind, SolutionStage, SplitReason};
use crate::domain::{Id, Vocabulary};
use crate::policy::ItemAccess;
use chrono::{NaiveDate, NaiveDateTime};
use diesel::sql_types::{BigInt, Date, Nullable, Text};
use diesel::{
    ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper,
};

stored!(Interview in interviews {
    id: Id<Interview>,
    circuit_ride_id: Id<CircuitRide>,
    place_id: Id<Place>,
    starts_at: NaiveDateTime,
    ends_at: NaiveDateTime,
    interviewer: i32,
    room: String,
    interpreter_language: Option<LanguageCode>,
});

/// Somebody whom the viewer's agency interviews on a circuit ride, and whose solutions it sees by the day. Only
/// [`ReadSession::interviewee`] makes one, and whatever records what became of an interview takes it.
#[derive(Debug, Clone)]
pub struct Interviewee {
    person: ItemAccess,
    nomination: Nomination,
    /// The interview.
    pub interview: Interview,
    /// The solution that leads to the country of the ride, if the person pursues it.
    pub solution: Option<Solution>,
}

impl Interviewee {
    /// What has become of the interview.
    pub fn outcome(&self) -> Option<InterviewOutcome> {
        self.nomination.outcome
    }
}

impl ReadSession {
    /// Somebody whom the viewer's agency interviews on a circuit ride of its own, by the key by which it knows the person; nobody if the
    /// solutions are not revealed with their exact days, or no interview is scheduled. The person is put on record as looked up.
    ///
    /// # Errors
    /// If the database fails.
    pub fn interviewee(&mut self, ride: &CircuitRide, person: Id<Individual>) -> Result<Option<Interviewee>> {
        if self.viewer().purpose != Purpose::Resettlement || ride.requester_id != self.viewer().agency.id {
            return Ok(None);
        }
        let Some(found) = self.individuals(&[person])?.remove(&person) else { return Ok(None) };
        let person = found.access();
        if !person.reveal().reveals(DataCategory::Solutions) || !person.reveal().is_identified() {
            return Ok(None);
        }
        self.look_up_item(person, &[DataCategory::Solutions])?;
        let scheduled: Option<(Nomination, Interview)> = nominations::table
            .inner_join(interviews::table)
            .filter(nominations::circuit_ride_id.eq(ride.id))
            .filter(nominations::individual_id.eq(person.id()))
            .filter(nominations::withdrawn_on.is_null())
            .select((Nomination::as_select(), Interview::as_select()))
            .first(self.connection())
            .optional()?;
        let Some((nomination, interview)) = scheduled else { return Ok(None) };
        let pursued = solutions::table
            .filter(solutions::individual_id.eq(person.id()))
            .filter(solutions::kind.eq(SolutionKind::Resettlement.code()))
            .filter(solutions::destination.eq(ride.country.as_str()))
            .filter(solutions::stage.eq_any(codes(&[SolutionStage::Submitted, SolutionStage::Interviewed])));
        let solution = pursued.select(Solution::as_select()).first(self.connection()).optional()?;
        Ok(Some(Interviewee { person, nomination, interview, solution }))
    }

    /// Those who are interviewed together with somebody, and whom the viewer sees as it sees that one.
    ///
    /// # Errors
    /// If the database fails.
    pub fn interviewed_with(&mut self, ride: &CircuitRide, with: &Interviewee) -> Result<Vec<Interviewee>> {
        let others = nominations::table
            .filter(nominations::interview_id.eq(with.interview.id))
            .filter(nominations::individual_id.ne(with.person.id()))
            .select(nominations::individual_id);
        let bases: Vec<Id<CoverageBasis>> = self.grant().bases().iter().map(|basis| basis.id).collect();
        let known_as = coverages::table
            .filter(coverages::individual_id.eq_any(others))
            .filter(coverages::basis_id.eq_any(bases))
            .filter(coverages::ended.is_null())
            .filter(coverages::row_key.is_not_null())
            .order(coverages::row_key)
            .select(coverages::row_key.assume_not_null())
            .distinct();
        let known_as: Vec<Id<Individual>> = known_as.load(self.connection())?;
        let mut found = Vec::new();
        for person in known_as {
            found.extend(self.interviewee(ride, person)?);
        }
        Ok(found)
    }
}

impl WriteSession {
    /// Records what became of an interview, and moves the solution of whom it was with. On PostgreSQL nobody but the holder changes
    /// either itself.
    ///
    /// # Errors
    /// If the database fails.
    pub fn record_interview_outcome(
        &mut self,
        of: &Interviewee,
        outcome: InterviewOutcome,
        on: NaiveDate,
        split: Option<SplitReason>,
    ) -> Result<()> {
        self.change_access();
        let (nomination, person) = (of.nomination.id, of.person.id());
        let split = split.map(SplitReason::code);
        let connection = match self.connection() {
            AnyConnection::Postgresql(postgres) => {
                let record = diesel::sql_query("SELECT wall.record_outcome($1, $2, $3, $4)");
                let record = record.bind::<BigInt, _>(nomination).bind::<Text, _>(outcome.code());
                record.bind::<Date, _>(on).bind::<Nullable<Text>, _>(split).execute(postgres)?;
                return Ok(());
            }
            connection @ AnyConnection::Sqlite(_) => connection,
        };
        let became = (nominations::outcome.eq(Some(outcome.code())), nominations::outcome_on.eq(Some(on)));
        changed_one(diesel::update(nominations::table.find(nomination)).set(became).execute(connection)?)?;
        if let (Some(stage), Some(solution)) = (outcome.stage(), &of.solution) {
            let split_reason = split.or(solution.split_reason.map(SplitReason::code));
            let moved = (
                solutions::stage.eq(stage.code()),
                solutions::stage_on.eq(Some(on)),
                solutions::split_reason.eq(split_reason),
            );
            changed_one(diesel::update(solutions::table.find(solution.id)).set(moved).execute(connection)?)?;
        }
        update::touch(connection, person)
    }
}
