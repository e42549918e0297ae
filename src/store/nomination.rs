//! Nominations for circuit rides, as they are shown, and as their holder makes them.

use super::bulk::{insert, lookup, update};
use super::circuit_ride::visible_rides;
use super::database::errors::{Result, changed_one};
use super::database::stored::stored;
use super::database::tables::{circuit_rides, consents, interviews, nominations};
use super::individual::held::Held;
use super::individual::items::{ordered, people};
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::agency::Agency;
use crate::domain::category::DataCategory;
use crate::domain::circuit_ride::{CircuitRide, CircuitRideStatus};
use crate::domain::consent::Consent;
use crate::domain::country::CountryCode;
use crate::domain::individual::Individual;
use crate::domain::interview::Interview;
use crate::domain::nomination::{InterviewOutcome, Nomination};
use crate::domain::purpose::Purpose;
use crate::domain::solution::SolutionStage;
use crate::domain::{Id, Vocabulary};
use crate::policy::{ItemAccess, Released};
use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};
use diesel::dsl::{count, exists, max};
use diesel::{
    AggregateExpressionMethods, BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl,
    RunQueryDsl, SelectableHelper,
};
use std::collections::{HashMap, HashSet};

stored!(Nomination in nominations {
    id: Id<Nomination>,
    individual_id: Id<Individual>,
    circuit_ride_id: Id<CircuitRide>,
    nominated_on: NaiveDate,
    withdrawn_on: Option<NaiveDate>,
    interview_id: Option<Id<Interview>>,
    outcome: Option<InterviewOutcome>,
    outcome_on: Option<NaiveDate>,
});

/// A nomination with its circuit ride, and with its interview if one is scheduled and shown.
pub type Nominated = (Released<Nomination>, Released<CircuitRide>, Option<Released<Interview>>);

/// Whether an interview was held, and what came of it is recorded.
macro_rules! was_held {
    () => {
        nominations::outcome
            .is_not_null()
            .and(nominations::outcome.ne(InterviewOutcome::NotHeld.code()))
            .assume_not_null()
    };
}

impl ReadSession {
    /// Nominations for circuit rides to which the viewer's agency is a party, by date.
    ///
    /// # Errors
    /// If the database fails.
    pub fn nominations_of(&mut self, accesses: &[ItemAccess]) -> Result<HashMap<Id<Individual>, Vec<Nominated>>> {
        let people = people(accesses, DataCategory::Solutions);
        let rows: Vec<(Nomination, CircuitRide)> = nominations::table
            .inner_join(circuit_rides::table)
            .filter(nominations::individual_id.eq_any(people.keys().copied()))
            .filter(visible_rides!(self.viewer().agency.id))
            .select((Nomination::as_select(), CircuitRide::as_select()))
            .load(self.connection())?;
        let mut shown: Vec<(Id<Individual>, Released<Nomination>, CircuitRide)> = Vec::new();
        for (nomination, ride) in rows {
            let individual = nomination.individual_id;
            let reveal = people.get(&individual).copied().unwrap_or_default();
            shown.extend(Released::reduced(nomination, reveal).map(|nomination| (individual, nomination, ride)));
        }
        let scheduled: Vec<Id<Interview>> = shown.iter().filter_map(|(_, of, _)| of.interview_id).collect();
        let scheduled = interviews::table.filter(interviews::id.eq_any(scheduled)).select(Interview::as_select());
        let scheduled: Vec<Interview> = scheduled.load(self.connection())?;
        let scheduled: HashMap<Id<Interview>, Interview> = scheduled.into_iter().map(|of| (of.id, of)).collect();
        let mut found: HashMap<Id<Individual>, Vec<Nominated>> = HashMap::new();
        for (individual, nomination, ride) in shown {
            let interview = nomination.interview_id.and_then(|id| scheduled.get(&id)).cloned();
            let of_person = found.entry(individual).or_default();
            of_person.push((nomination, Released::reference(ride), interview.map(Released::reference)));
        }
        Ok(ordered(found, |(of, ride, interview)| {
            let starts_at = interview.as_ref().map(|interview| interview.starts_at);
            (of.nominated_on, of.withdrawn_on, ride.requested_at, starts_at, of.outcome, of.outcome_on)
        }))
    }

    /// How many places of a circuit ride are taken by others than some people: by those who are nominated, and by those who were interviewed
    /// and are no longer. For whoever nominates.
    ///
    /// # Errors
    /// If the database fails.
    pub fn places_taken(&mut self, ride: Id<CircuitRide>, besides: &[Held]) -> Result<i64> {
        let ids: Vec<Id<Individual>> = besides.iter().map(|person| person.id()).collect();
        let taken = nominations::table
            .filter(nominations::circuit_ride_id.eq(ride))
            .filter(nominations::individual_id.ne_all(ids))
            .filter(nominations::withdrawn_on.is_null().or(was_held!()));
        Ok(taken.select(count(nominations::individual_id).aggregate_distinct()).first(self.connection())?)
    }

    /// The nominations of people for a circuit ride that stand.
    ///
    /// # Errors
    /// If the database fails.
    pub fn nominations_for(&mut self, ride: Id<CircuitRide>, people: &[Held]) -> Result<Vec<(Held, Nomination)>> {
        let ids: Vec<Id<Individual>> = people.iter().map(|person| person.id()).collect();
        let standing: Vec<Nomination> = nominations::table
            .filter(nominations::circuit_ride_id.eq(ride))
            .filter(nominations::individual_id.eq_any(ids))
            .filter(nominations::withdrawn_on.is_null())
            .select(Nomination::as_select())
            .load(self.connection())?;
        let mut of: HashMap<Id<Individual>, Nomination> =
            standing.into_iter().map(|nomination| (nomination.individual_id, nomination)).collect();
        Ok(people.iter().filter_map(|person| Some((*person, of.remove(&person.id())?))).collect())
    }

    /// Whether somebody is nominated for another circuit ride to the same country that is not over, and not interviewed there yet.
    ///
    /// # Errors
    /// If the database fails.
    pub fn is_nominated_elsewhere(&mut self, ride: &CircuitRide, people: &[Held]) -> Result<bool> {
        let awaited = self.awaited(people)?;
        Ok(awaited.iter().any(|(_, other)| other.country == ride.country && other.id != ride.id))
    }

    /// To which country records of one person await interviews on different circuit rides that go on, if there is one.
    ///
    /// # Errors
    /// If the database fails.
    pub fn await_interviews_apart(&mut self, records: &[Held]) -> Result<Option<CountryCode>> {
        let awaited = self.awaited(records)?;
        let is_apart = |(_, ride): &&(Nomination, CircuitRide)| {
            awaited.iter().any(|(_, other)| other.country == ride.country && other.id != ride.id)
        };
        Ok(awaited.iter().find(is_apart).map(|(_, ride)| ride.country))
    }

    /// The nominations of people for circuit rides that go on, of which nothing has come.
    fn awaited(&mut self, people: &[Held]) -> Result<Vec<(Nomination, CircuitRide)>> {
        let ids: Vec<Id<Individual>> = people.iter().map(|person| person.id()).collect();
        let mut standing: Vec<(Nomination, CircuitRide)> = nominations::table
            .inner_join(circuit_rides::table)
            .filter(nominations::individual_id.eq_any(ids))
            .filter(nominations::withdrawn_on.is_null())
            .filter(circuit_rides::status.eq(CircuitRideStatus::Requested.code()))
            .filter(circuit_rides::closes_on.ge(self.viewer().today))
            .select((Nomination::as_select(), CircuitRide::as_select()))
            .load(self.connection())?;
        standing.retain(|(nomination, _)| nomination.awaits_interview());
        Ok(standing)
    }

    /// Whether the day of an interview on a circuit ride has come that was held, as far as is known. For whoever nominates.
    ///
    /// # Errors
    /// If the database fails.
    pub fn has_interviewed(&mut self, ride: Id<CircuitRide>) -> Result<bool> {
        let tomorrow = (self.viewer().today + Days::new(1)).and_time(NaiveTime::MIN);
        let has_come = nominations::table
            .inner_join(interviews::table)
            .filter(nominations::circuit_ride_id.eq(ride))
            .filter(interviews::starts_at.lt(tomorrow))
            .filter(nominations::outcome.is_null().or(was_held!()));
        Ok(diesel::select(exists(has_come)).get_result(self.connection())?)
    }

    /// Whether somebody who is nominated for a circuit ride, of which nothing has come, awaits an interview on another one to the same
    /// country that goes on. For whoever nominates.
    ///
    /// # Errors
    /// If the database fails.
    pub fn awaits_elsewhere(&mut self, ride: &CircuitRide) -> Result<bool> {
        let waiting = || {
            let standing = nominations::table.filter(nominations::withdrawn_on.is_null());
            standing
                .filter(nominations::outcome.is_null().or(nominations::outcome.eq(InterviewOutcome::NotHeld.code())))
        };
        let nominated = waiting().filter(nominations::circuit_ride_id.eq(ride.id)).select(nominations::individual_id);
        let nominated: Vec<Id<Individual>> = nominated.load(self.connection())?;
        let elsewhere = waiting()
            .inner_join(circuit_rides::table)
            .filter(nominations::individual_id.eq_any(nominated))
            .filter(circuit_rides::id.ne(ride.id))
            .filter(circuit_rides::country.eq(ride.country.as_str()))
            .filter(circuit_rides::status.eq(CircuitRideStatus::Requested.code()))
            .filter(circuit_rides::closes_on.ge(self.viewer().today));
        Ok(diesel::select(exists(elsewhere)).get_result(self.connection())?)
    }

    /// How far embassies of a country have decided of a person on circuit rides, unless they rejected it.
    ///
    /// # Errors
    /// If the database fails.
    pub fn decided_stage(&mut self, person: Held, country: CountryCode) -> Result<Option<SolutionStage>> {
        let standing = lookup::standing_nominations(self.connection(), person.id(), country)?;
        let stages = standing.iter().filter_map(|(nomination, _)| nomination.outcome?.stage());
        Ok(stages.filter(|stage| *stage <= SolutionStage::Accepted).max())
    }

    /// The day of the last interview that embassies of a country held with a person, as its nominations stand.
    ///
    /// # Errors
    /// If the database fails.
    pub fn interviewed_on(&mut self, person: Held, country: CountryCode) -> Result<Option<NaiveDate>> {
        let held = nominations::table
            .inner_join(interviews::table)
            .inner_join(circuit_rides::table)
            .filter(nominations::individual_id.eq(person.id()))
            .filter(nominations::withdrawn_on.is_null())
            .filter(circuit_rides::country.eq(country.as_str()))
            .filter(was_held!());
        let last: Option<NaiveDateTime> = held.select(max(interviews::starts_at)).first(self.connection())?;
        Ok(last.map(|last| last.date()))
    }

    /// Those of some people whose consent to a recipient stands today, for resettlement.
    ///
    /// # Errors
    /// If the database fails.
    pub fn consent_to_resettlement(
        &mut self,
        people: &[Held],
        recipient: Id<Agency>,
    ) -> Result<HashSet<Id<Individual>>> {
        let ids: Vec<Id<Individual>> = people.iter().map(|person| person.id()).collect();
        let newest: Vec<Consent> = consents::table
            .filter(consents::individual_id.eq_any(ids))
            .filter(consents::recipient_id.eq(recipient))
            .filter(consents::purpose.eq(Purpose::Resettlement.code()))
            .filter(consents::newest)
            .select(Consent::as_select())
            .load(self.connection())?;
        let today = self.viewer().today;
        Ok(newest.into_iter().filter(|answer| answer.stands_on(today)).map(|answer| answer.individual_id).collect())
    }
}

/// Whether one begins before the other has ended.
macro_rules! is_at_once_with {
    ($interview:expr) => {
        interviews::starts_at.lt($interview.ends_at).and(interviews::ends_at.gt($interview.starts_at))
    };
}

impl WriteSession {
    /// Nominates people for a circuit ride from today on. Whoever was interviewed on it already, before that was withdrawn, is nominated as
    /// before.
    ///
    /// # Errors
    /// If the database fails.
    pub fn nominate(&mut self, ride: Id<CircuitRide>, people: &[Held]) -> Result<()> {
        self.change_access();
        let today = self.viewer().today;
        let ids: Vec<Id<Individual>> = people.iter().map(|person| person.id()).collect();
        let before = nominations::table
            .filter(nominations::circuit_ride_id.eq(ride))
            .filter(nominations::individual_id.eq_any(ids.clone()))
            .filter(nominations::outcome.eq(InterviewOutcome::Interviewed.code()))
            .order(nominations::withdrawn_on)
            .select((nominations::individual_id, nominations::id));
        let before: Vec<(Id<Individual>, Id<Nomination>)> = before.load(self.connection())?;
        let before: HashMap<Id<Individual>, Id<Nomination>> = before.into_iter().collect();
        for nomination in before.values() {
            let stands = nominations::withdrawn_on.eq(None::<NaiveDate>);
            changed_one(diesel::update(nominations::table.find(nomination)).set(stands).execute(self.connection())?)?;
        }
        let people = people.iter().filter(|person| !before.contains_key(&person.id()));
        let nomination = |person: &Held| Nomination {
            id: insert::new_key(),
            individual_id: person.id(),
            circuit_ride_id: ride,
            nominated_on: today,
            withdrawn_on: None,
            interview_id: None,
            outcome: None,
            outcome_on: None,
        };
        insert::nominations(self.connection(), &people.map(nomination).collect::<Vec<_>>())?;
        update::touch_all(self.connection(), &ids)
    }

    /// Withdraws a person's nomination from today on. An interview of which nothing has come is called off.
    ///
    /// # Errors
    /// If the database fails.
    pub fn withdraw_nomination(&mut self, person: Held, nomination: &Nomination) -> Result<()> {
        self.change_access();
        let today = self.viewer().today;
        let kept = nomination.interview_id.filter(|_| !nomination.awaits_interview());
        let withdrawn = (nominations::withdrawn_on.eq(Some(today)), nominations::interview_id.eq(kept));
        let of_person = nominations::table.find(nomination.id).filter(nominations::individual_id.eq(person.id()));
        changed_one(diesel::update(of_person).set(withdrawn).execute(self.connection())?)?;
        update::touch(self.connection(), person.id())
    }

    /// Calls off the interviews of a circuit ride on later days of which nothing has come.
    ///
    /// # Errors
    /// If the database fails.
    pub fn call_off_interviews(&mut self, ride: Id<CircuitRide>) -> Result<()> {
        let later = interviews::table
            .filter(interviews::circuit_ride_id.eq(ride))
            .filter(interviews::starts_at.ge((self.viewer().today + Days::new(1)).and_time(NaiveTime::MIN)))
            .select(interviews::id);
        let later: Vec<Id<Interview>> = later.load(self.connection())?;
        let called_off = || {
            nominations::table
                .filter(nominations::interview_id.eq_any(later.iter().map(|id| Some(*id))))
                .filter(nominations::outcome.is_null())
        };
        let people = called_off().select(nominations::individual_id);
        let people: Vec<Id<Individual>> = people.load(self.connection())?;
        diesel::update(called_off())
            .set(nominations::interview_id.eq(None::<Id<Interview>>))
            .execute(self.connection())?;
        update::touch_all(self.connection(), &people)
    }

    /// Schedules an interview with people who are nominated, in place of those that they had. The database removes one that is with nobody.
    ///
    /// # Errors
    /// If the database fails.
    pub fn schedule_interview(&mut self, interview: &Interview, nominated: &[(Held, Nomination)]) -> Result<()> {
        insert::interviews(self.connection(), std::slice::from_ref(interview))?;
        let scheduled = (
            nominations::interview_id.eq(Some(interview.id)),
            nominations::outcome.eq(None::<&str>),
            nominations::outcome_on.eq(None::<NaiveDate>),
        );
        for (person, nomination) in nominated {
            let of_person = nominations::table.find(nomination.id).filter(nominations::individual_id.eq(person.id()));
            changed_one(diesel::update(of_person).set(scheduled).execute(self.connection())?)?;
            update::touch(self.connection(), person.id())?;
        }
        Ok(())
    }

    /// The interviews of the same circuit ride at the same time that stay as they are if some of those nominated get this one. They name
    /// nobody.
    ///
    /// # Errors
    /// If the database fails.
    pub fn interviews_besides(
        &mut self,
        interview: &Interview,
        moved: &[(Held, Nomination)],
    ) -> Result<Vec<Interview>> {
        let ids: Vec<Id<Nomination>> = moved.iter().map(|(_, nomination)| nomination.id).collect();
        let others = nominations::table
            .filter(nominations::circuit_ride_id.eq(interview.circuit_ride_id))
            .filter(nominations::id.ne_all(ids));
        let with_others =
            others.filter(nominations::interview_id.is_not_null()).select(nominations::interview_id.assume_not_null());
        let kept = interviews::table
            .filter(interviews::id.eq_any(with_others))
            .filter(is_at_once_with!(interview))
            .order(interviews::starts_at);
        Ok(kept.select(Interview::as_select()).load(self.connection())?)
    }

    /// The interviews in the same city at the same time on other circuit rides to which the viewer's agency is a party.
    ///
    /// # Errors
    /// If the database fails.
    pub fn interviews_of_others(&mut self, interview: &Interview) -> Result<Vec<Interview>> {
        let rides = circuit_rides::table
            .filter(visible_rides!(self.viewer().agency.id))
            .filter(circuit_rides::status.eq(CircuitRideStatus::Requested.code()))
            .select(circuit_rides::id);
        let others = interviews::table
            .filter(interviews::circuit_ride_id.eq_any(rides))
            .filter(interviews::place_id.eq(interview.place_id))
            .filter(interviews::circuit_ride_id.ne(interview.circuit_ride_id))
            .filter(is_at_once_with!(interview))
            .order(interviews::starts_at);
        Ok(others.select(Interview::as_select()).load(self.connection())?)
    }

    /// The interviews that people have at the same time on other circuit rides that go on, for which they are nominated.
    ///
    /// # Errors
    /// If the database fails.
    pub fn interviews_elsewhere(&mut self, interview: &Interview, people: &[Held]) -> Result<Vec<Interview>> {
        let ids: Vec<Id<Individual>> = people.iter().map(|person| person.id()).collect();
        let elsewhere = nominations::table
            .inner_join(interviews::table)
            .inner_join(circuit_rides::table)
            .filter(nominations::individual_id.eq_any(ids))
            .filter(nominations::circuit_ride_id.ne(interview.circuit_ride_id))
            .filter(nominations::withdrawn_on.is_null())
            .filter(circuit_rides::status.eq(CircuitRideStatus::Requested.code()))
            .filter(is_at_once_with!(interview));
        Ok(elsewhere.select(Interview::as_select()).order(interviews::starts_at).load(self.connection())?)
    }
}
