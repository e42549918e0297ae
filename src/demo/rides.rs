//! The demo's circuit ride, being scheduled: the US embassy asks for it, UNHCR nominates cases and schedules some of their interviews.

use super::agencies::AgencyKeys;
use super::batch::Batch;
use super::places::Places;
use super::random::DemoRng;
use crate::domain::Id;
use crate::domain::circuit_ride::{CircuitRide, CircuitRideCity, CircuitRideStatus};
use crate::domain::consent::Consent;
use crate::domain::individual::Individual;
use crate::domain::interview::Interview;
use crate::domain::nomination::{InterviewOutcome, Nomination};
use crate::domain::place::Place;
use crate::domain::purpose::Purpose;
use crate::domain::solution::{Solution, SolutionKind, SolutionStage};
use crate::store::bulk::insert;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use std::collections::{BTreeMap, HashSet};

const SEED: u64 = 0x72_69_64_65_73;

/// Dushanbe and Khujand.
const CITIES: [&str; 2] = ["3501000", "3505401"];

/// How many days before the demo's day the ride is requested, cases are nominated, and it opens; how many days it lasts.
const DAYS: (u64, u64, u64, u64) = (40, 14, 1, 14);

const CAPACITY: usize = 60;
const INTERVIEWERS: usize = 3;
const INTERVIEWS_A_DAY: usize = 4;

/// The ride, and how many cases are nominated by now.
pub struct Rides {
    ride: CircuitRide,
    cities: [Id<Place>; 2],
    as_of: NaiveDate,
    rng: DemoRng,
    cases: usize,
    people: usize,
}

impl Rides {
    /// The ride, for which nobody is nominated yet.
    pub fn new(agencies: AgencyKeys, places: &Places, as_of: NaiveDate) -> Self {
        let mut rng = DemoRng::apart(SEED);
        let opens_on = as_of - Days::new(DAYS.2);
        let ride = CircuitRide {
            id: rng.key(),
            requester_id: agencies.embassy_us,
            holder_id: agencies.unhcr,
            country: "USA".parse().expect("an ISO code"),
            opens_on,
            closes_on: opens_on + Days::new(DAYS.3 - 1),
            capacity: CAPACITY as i32,
            interviewers: INTERVIEWERS as i32,
            status: CircuitRideStatus::Requested,
            requested_at: (as_of - Days::new(DAYS.0)).and_time(NaiveTime::MIN),
        };
        Self { ride, cities: CITIES.map(|code| places.key(code)), as_of, rng, cases: 0, people: 0 }
    }

    /// Inserts the ride.
    ///
    /// # Errors
    /// If the database fails.
    pub fn insert(&self, connection: &mut AnyConnection) -> Result<()> {
        insert::circuit_rides(connection, std::slice::from_ref(&self.ride))?;
        let cities = self.cities.map(|place_id| CircuitRideCity { circuit_ride_id: self.ride.id, place_id });
        insert::circuit_ride_cities(connection, &cities)
    }

    /// Nominates cases of a batch that fit, while there are places.
    pub(super) fn nominate(&mut self, batch: &mut Batch) {
        let nominated_on = self.as_of - Days::new(DAYS.1);
        let fits = |solution: &&Solution| {
            solution.kind == SolutionKind::Resettlement
                && solution.destination == Some(self.ride.country)
                && [SolutionStage::Submitted, SolutionStage::Interviewed].contains(&solution.stage)
                && solution.stage_on <= Some(nominated_on)
        };
        let submitted: HashSet<Id<Individual>> =
            batch.solutions.iter().filter(fits).map(|solution| solution.individual_id).collect();
        let agrees = |(consent, newest): &&(Consent, bool)| {
            *newest
                && (consent.recipient_id, consent.purpose) == (self.ride.requester_id, Purpose::Resettlement)
                && consent.stands_on(self.as_of)
        };
        let agreed: HashSet<Id<Individual>> =
            batch.consents.iter().filter(agrees).map(|(consent, _)| consent.individual_id).collect();
        let mut cases: BTreeMap<_, Vec<Id<Individual>>> = BTreeMap::new();
        for person in &batch.individuals {
            cases.entry(person.case_id).or_default().push(person.id);
        }
        for members in cases.into_values() {
            let fits = members.iter().all(|member| submitted.contains(member));
            // Whoever does not agree has taken consent back since.
            if fits && members.iter().any(|member| agreed.contains(member)) && self.people + members.len() <= CAPACITY {
                self.nominate_case(batch, &members, nominated_on);
            }
        }
    }

    /// The first case's interview did not take place, the second's nomination was withdrawn, and of the others two in three have a day.
    fn nominate_case(&mut self, batch: &mut Batch, members: &[Id<Individual>], nominated_on: NaiveDate) {
        let nth = self.cases;
        (self.cases, self.people) = (nth + 1, self.people + members.len());
        let interview = (nth != 1 && !nth.is_multiple_of(3) || nth == 0).then(|| self.interview(nth));
        let (outcome, outcome_on) = match (&interview, nth) {
            (Some(interview), 0) => (Some(InterviewOutcome::NotHeld), Some(interview.starts_at.date())),
            _ => (None, None),
        };
        batch.nominations.extend(members.iter().map(|member| Nomination {
            id: self.rng.key(),
            individual_id: *member,
            circuit_ride_id: self.ride.id,
            nominated_on,
            withdrawn_on: (nth == 1).then_some(self.as_of),
            interview_id: interview.as_ref().map(|interview| interview.id),
            outcome,
            outcome_on,
        }));
        batch.interviews.extend(interview);
    }

    fn interview(&mut self, nth: usize) -> Interview {
        let day = self.ride.opens_on + Days::new(if nth == 0 { 0 } else { 3 + (nth / INTERVIEWS_A_DAY) as u64 });
        let starts_at = day.and_time(NaiveTime::MIN) + TimeDelta::hours(4 + 2 * (nth % INTERVIEWS_A_DAY) as i64);
        Interview {
            id: self.rng.key(),
            circuit_ride_id: self.ride.id,
            place_id: self.cities[nth % 2],
            starts_at,
            ends_at: starts_at + TimeDelta::minutes(90),
            interviewer: (1 + nth % INTERVIEWERS) as i32,
            room: format!("Room {}", 1 + nth % 2),
            interpreter_language: "prs".parse().ok(),
        }
    }
}
