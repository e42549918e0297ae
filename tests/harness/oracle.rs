//! Section 4 of the design in plain Rust, over values in memory: what the databases must agree with.

use super::incidents::Suffered;
use super::world::World;
use chrono::{Datelike, NaiveDate, Utc};
use panoh::domain::agency::Agency;
use panoh::domain::agreement::{Agreement, AgreementStatus};
use panoh::domain::category::DataCategory;
use panoh::domain::circuit_ride::CircuitRideStatus;
use panoh::domain::consent::{Consent, ConsentDecision};
use panoh::domain::emergency::EmergencyStatus;
use panoh::domain::emergency_access::EmergencyAccess;
use panoh::domain::grants::Level;
use panoh::domain::individual::{AgeBand, Individual};
use panoh::domain::place::Place;
use panoh::domain::purpose::Purpose;
use panoh::domain::solution::{Solution, SolutionKind, SolutionStage};
use panoh::domain::text::fold;
use panoh::domain::{Id, Vocabulary};
use panoh::policy::filter::{Condition, DateTest, Filter, TextTest};
use panoh::store::individual::order::{IndividualOrder, IndividualOrderField};
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

/// What one viewer sees of one person.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sight {
    pub revealed: BTreeSet<DataCategory>,
    pub granted: BTreeSet<DataCategory>,
    pub identified: bool,
}

pub struct Oracle<'w> {
    pub world: &'w World,
    pub agency: Id<Agency>,
    pub purpose: Purpose,
}

impl Oracle<'_> {
    /// What the viewer sees of a person, or nothing if the row is not visible.
    pub fn sight(&self, person: &Individual) -> Option<Sight> {
        if self.purpose == Purpose::CaseManagement {
            let all: BTreeSet<_> = DataCategory::ALL.iter().copied().collect();
            let own = Sight { revealed: all.clone(), granted: all, identified: true };
            return (person.holder_id == self.agency).then_some(own);
        }
        let rows = |agreement: &&Agreement| agreement.level != Level::Statistics && self.covers(agreement, person);
        let covering: Vec<&Agreement> = self.world.agreements.iter().filter(rows).collect();
        if covering.is_empty() {
            return None;
        }
        let mut sight = Sight::default();
        for agreement in covering {
            let identified = agreement.level == Level::Identified;
            sight.identified |= identified;
            for category in &agreement.categories {
                sight.granted.insert(*category);
                let needs_identified =
                    [DataCategory::Identity, DataCategory::Contact, DataCategory::Location].contains(category);
                if identified || !needs_identified {
                    sight.revealed.insert(*category);
                }
            }
        }
        Some(sight)
    }

    fn covers(&self, agreement: &Agreement, person: &Individual) -> bool {
        agreement.status == AgreementStatus::InForce
            && (agreement.valid_from..=agreement.valid_until).contains(&self.world.today)
            && agreement.recipient_id == self.agency
            && agreement.purpose == self.purpose
            && self.shares(agreement)
            && self.covered(agreement, person)
    }

    /// Whether an agreement's terms cover a person, in force or not.
    pub fn covered(&self, agreement: &Agreement, person: &Individual) -> bool {
        agreement.provider_id == person.holder_id
            && self.in_scope(agreement, person)
            && self.consents(agreement, person)
    }

    fn shares(&self, agreement: &Agreement) -> bool {
        let now = Utc::now().naive_utc();
        let opened = |opening: &&EmergencyAccess| opening.agreement_id == agreement.id && opening.is_open(now);
        !agreement.emergency || self.world.openings.iter().any(|opening| opened(&opening))
    }

    fn in_scope(&self, agreement: &Agreement, person: &Individual) -> bool {
        let scope = &agreement.scope;
        let world = self.world;
        let of = |id: Id<Individual>| id == person.id;
        let nationality =
            scope.nationalities.as_ref().is_none_or(|some| person.nationality.is_some_and(|one| some.contains(&one)));
        let status =
            scope.legal_statuses.as_ref().is_none_or(|some| person.legal_status.is_some_and(|one| some.contains(&one)));
        let place = scope.places.as_ref().is_none_or(|some| {
            some.iter().any(|scope| {
                let here = world.places.iter().find(|(place, _)| place.code == scope.code).unwrap().0.id;
                self.below(person.place_id, here) || scope.level == 1 && person.region_id == Some(here)
            })
        });
        let needs = scope.specific_needs.as_ref().is_none_or(|some| {
            let own = world.needs.iter().filter(|need| of(need.individual_id));
            own.into_iter().any(|need| some.iter().any(|code| matches_need(code.as_str(), need.code.as_str())))
        });
        let programmes = scope.programmes.as_ref().is_none_or(|some| {
            world.enrolments.iter().filter(|enrolment| of(enrolment.individual_id)).any(|enrolment| {
                let kind =
                    world.programmes.iter().find(|programme| programme.id == enrolment.programme_id).unwrap().kind;
                some.contains(&kind) && enrolment.ended_on.is_none_or(|end| end > self.world.today)
            })
        });
        let solutions = scope.solutions.as_ref().is_none_or(|some| {
            some.iter().any(|scope| {
                world.solutions.iter().filter(|solution| of(solution.individual_id)).any(|solution| {
                    solution.kind == scope.kind
                        && scope.least_stage.is_none_or(|least| reached(solution.stage, least))
                        && scope.destination.is_none_or(|to| solution.destination == Some(to))
                })
            })
        });
        let rides = scope.circuit_rides.as_ref().is_none_or(|some| {
            world.nominated.iter().map(|nominated| &nominated.nomination).any(|nomination| {
                let ride = world.rides.iter().find(|ride| ride.id == nomination.circuit_ride_id).unwrap();
                let pursues = |solution: &&Solution| {
                    of(solution.individual_id)
                        && solution.kind == SolutionKind::Resettlement
                        && solution.destination == Some(ride.country)
                        && ![SolutionStage::Identified, SolutionStage::Withdrawn].contains(&solution.stage)
                };
                of(nomination.individual_id)
                    && nomination.withdrawn_on.is_none()
                    && ride.status_on(self.world.today) == CircuitRideStatus::Requested
                    && ride.requester_id == self.agency
                    && some.contains(&ride.country)
                    && world.solutions.iter().any(|solution| pursues(&solution))
            })
        });
        nationality && status && place && needs && programmes && solutions && rides
    }

    fn consents(&self, agreement: &Agreement, person: &Individual) -> bool {
        let newest = self
            .world
            .consents
            .iter()
            .map(|(consent, _)| consent)
            .filter(|consent| consent.individual_id == person.id)
            .filter(|consent| consent.recipient_id == self.agency && consent.purpose == self.purpose)
            .max_by_key(|consent| consent.recorded_at);
        let stands = newest.is_some_and(|consent| {
            consent.decision == ConsentDecision::Given
                && consent.expires_on.is_none_or(|end| end >= self.world.today)
                && self.counts_for(consent, agreement)
        });
        let refused = newest.is_some_and(|consent| consent.decision != ConsentDecision::Given);
        let recipient = self.world.agencies.iter().find(|agency| agency.id == self.agency).unwrap();
        let origin = person.nationality.filter(|country| !country.is_pseudo());
        let to_origin = recipient.country.is_some_and(|country| origin.is_none_or(|origin| origin == country));
        let may_go_there = !(agreement.emergency && to_origin);
        may_go_there && if agreement.consent_required || to_origin { stands } else { !refused }
    }

    /// Whether an agreement grants nothing beyond what was explained to the person.
    fn counts_for(&self, consent: &Consent, agreement: &Agreement) -> bool {
        if let Some(explained) = consent.explained {
            return agreement.grants().is_within(explained);
        }
        let moment = consent.recorded_at;
        let same = self.world.agreements.iter().filter(|other| {
            (other.provider_id, other.recipient_id, other.purpose)
                == (agreement.provider_id, agreement.recipient_id, agreement.purpose)
        });
        let in_force: Vec<&Agreement> = same.clone().filter(|other| other.was_in_force(moment)).collect();
        let requiring: Vec<&Agreement> = in_force.iter().copied().filter(|other| other.consent_required).collect();
        let after = same.filter(|other| {
            other.in_force_since.is_some_and(|since| since > moment && other.revoked_at.is_none_or(|end| since < end))
        });
        let first = after.min_by_key(|other| (other.in_force_since, other.id));
        let told = [requiring, in_force, first.into_iter().collect()].into_iter().find(|told| !told.is_empty());
        let within = |told: Vec<&Agreement>| told.iter().all(|told| agreement.grants().is_within(told.grants()));
        told.map_or(agreement.status == AgreementStatus::Draft, within)
    }

    fn below(&self, place: Option<Id<Place>>, ancestor: Id<Place>) -> bool {
        let found = place.and_then(|key| self.world.places.iter().find(|(place, _)| place.id == key));
        found.is_some_and(|(place, above)| place.id == ancestor || above.contains(&ancestor))
    }

    /// Whether a filter holds, in three-valued logic: `None` is unknown.
    pub fn holds(&self, filter: &Filter, person: &Individual, sight: &Sight) -> Option<bool> {
        let each = |filters: &[Filter]| filters.iter().map(|one| self.holds(one, person, sight)).collect::<Vec<_>>();
        match filter {
            Filter::Condition(condition) => {
                let shown = condition.category().is_none_or(|category| sight.revealed.contains(&category));
                if shown { self.condition(condition, person, sight) } else { None }
            }
            Filter::All(filters) => every(&each(filters)),
            Filter::Any(filters) => {
                every(&each(filters).iter().map(|one| one.map(|one| !one)).collect::<Vec<_>>()).map(|one| !one)
            }
            Filter::Neither(filters) => every(&each(filters).iter().map(|one| one.map(|one| !one)).collect::<Vec<_>>()),
        }
    }

    fn condition(&self, condition: &Condition, person: &Individual, sight: &Sight) -> Option<bool> {
        let world = self.world;
        let of = |id: Id<Individual>| id == person.id;
        match condition {
            Condition::Holder(some) => Some(some.contains(&person.holder_id)),
            Condition::Code(column, some) => code(person, column).map(|one| some.contains(&one)),
            Condition::AgeBand(some) => {
                person.date_of_birth.map(|born| some.contains(&age_band(born, sight, self.world.today)))
            }
            Condition::Region(place) => person.region_id.map(|region| self.below(Some(region), *place)),
            Condition::GivenName(test) => text(&person.given_name, test),
            Condition::FamilyName(test) => text(&person.family_name, test),
            Condition::RegistrationNumber(test) => text(&person.registration_number, test),
            Condition::DateOfBirth(test) => person.date_of_birth.map(|date| within(date, test)),
            Condition::Phone(test) => text(&person.phone, test),
            Condition::Place(place) => person.place_id.map(|one| self.below(Some(one), *place)),
            Condition::ArrivedOn(test) => person.arrived_on.map(|date| within(shown_date(date, sight), test)),
            Condition::RegisteredOn(test) => person.registered_on.map(|date| within(shown_date(date, sight), test)),
            Condition::SpecificNeed(some) => {
                let own = world.needs.iter().filter(|need| of(need.individual_id));
                Some(
                    own.into_iter().any(|need| some.iter().any(|code| matches_need(code.as_str(), need.code.as_str()))),
                )
            }
            Condition::CaseNumber(test) => {
                let case = world.cases.iter().find(|case| Some(case.id) == person.case_id);
                text(&case.map(|case| case.number.clone()), test)
            }
            Condition::Nomination(some) => {
                let own = world.nominated.iter().map(|nominated| &nominated.nomination);
                let own = own.filter(|nomination| of(nomination.individual_id) && nomination.withdrawn_on.is_none());
                Some(own.into_iter().any(|nomination| some.contains(&nomination.circuit_ride_id)))
            }
            Condition::Enrolment(some) => {
                let own = world.enrolments.iter().filter(|enrolment| of(enrolment.individual_id));
                Some(own.into_iter().any(|enrolment| some.contains(&enrolment.programme_id)))
            }
            Condition::Incident(some) => {
                let own = world.suffered.iter().filter(|suffered| of(suffered.incident.individual_id));
                Some(own.into_iter().any(|suffered| some.contains(&suffered.incident.kind)))
            }
            Condition::Emergency(some) => {
                let own = world.suffered.iter().filter(|suffered| of(suffered.incident.individual_id));
                let status = |suffered: &Suffered| match suffered.emergency.closed_on {
                    None => EmergencyStatus::Open,
                    Some(_) => EmergencyStatus::Closed,
                };
                Some(own.into_iter().any(|suffered| some.contains(&status(suffered))))
            }
            Condition::Solution(test) => {
                let one = |solution: &Solution| {
                    every(&[
                        Some(test.kinds.as_ref().is_none_or(|some| some.contains(&solution.kind))),
                        Some(test.stages.as_ref().is_none_or(|some| some.contains(&solution.stage))),
                        test.destinations
                            .as_ref()
                            .map_or(Some(true), |some| solution.destination.map(|to| some.contains(&to))),
                        test.assisted.map_or(Some(true), |wanted| solution.assisted.map(|helped| helped == wanted)),
                    ])
                };
                let own = world.solutions.iter().filter(|solution| of(solution.individual_id));
                let each: Vec<_> = own.map(|solution| one(solution).map(|passes| !passes)).collect();
                every(&each).map(|none| !none)
            }
        }
    }

    /// The people that the viewer sees for whom the filter is known to hold, in order; those of equal values by their row keys.
    pub fn list(
        &self,
        filter: &Filter,
        order: IndividualOrder,
        row_keys: &HashMap<Id<Individual>, Id<Individual>>,
    ) -> Vec<(Id<Individual>, Sight)> {
        let visible = self.world.people.iter().filter_map(|person| Some((person, self.sight(person)?)));
        let mut found: Vec<_> =
            visible.filter(|(person, sight)| self.holds(filter, person, sight) == Some(true)).collect();
        found.sort_by(|(left, left_sight), (right, right_sight)| {
            let values = (value(left, left_sight, order.field), value(right, right_sight, order.field));
            let ties = row_keys[&left.id].cmp(&row_keys[&right.id]);
            match values {
                (None, None) => ties,
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(one), Some(other)) if order.descending => other.cmp(&one).then(ties.reverse()),
                (Some(one), Some(other)) => one.cmp(&other).then(ties),
            }
        });
        found.into_iter().map(|(person, sight)| (person.id, sight)).collect()
    }
}

fn value(person: &Individual, sight: &Sight, field: IndividualOrderField) -> Option<String> {
    let (category, value) = match field {
        IndividualOrderField::RegisteredOn => {
            (DataCategory::LegalStatus, person.registered_on.map(|date| shown_date(date, sight).to_string()))
        }
        IndividualOrderField::ArrivedOn => {
            (DataCategory::LegalStatus, person.arrived_on.map(|date| shown_date(date, sight).to_string()))
        }
        IndividualOrderField::DateOfBirth => {
            (DataCategory::Identity, person.date_of_birth.map(|date| date.to_string()))
        }
        IndividualOrderField::FamilyName => (DataCategory::Identity, person.family_name.as_deref().map(fold)),
        IndividualOrderField::RegistrationNumber => {
            (DataCategory::Identity, person.registration_number.as_deref().map(fold))
        }
    };
    value.filter(|_| sight.revealed.contains(&category))
}

/// A date as the row shows it.
pub fn shown_date(date: NaiveDate, sight: &Sight) -> NaiveDate {
    if sight.identified { date } else { NaiveDate::from_ymd_opt(date.year(), 1, 1).unwrap() }
}

fn every(values: &[Option<bool>]) -> Option<bool> {
    if values.contains(&Some(false)) {
        return Some(false);
    }
    if values.contains(&None) { None } else { Some(true) }
}

fn matches_need(code: &str, own: &str) -> bool {
    own == code || code.len() == 2 && own.starts_with(&format!("{code}-"))
}

fn reached(stage: SolutionStage, least: SolutionStage) -> bool {
    use SolutionStage::*;
    let rank = |stage| match stage {
        Identified => Some(0),
        Submitted => Some(1),
        Interviewed => Some(2),
        Accepted => Some(3),
        Departed | Granted => Some(4),
        Rejected | Withdrawn => None,
    };
    let both_ends = rank(least) == Some(4);
    match (rank(stage), rank(least)) {
        (Some(stage_rank), Some(least_rank)) if !both_ends => stage_rank >= least_rank,
        _ => stage == least,
    }
}

/// The age band that the row shows.
pub fn age_band(born: NaiveDate, sight: &Sight, today: NaiveDate) -> AgeBand {
    match shown_date(today, sight).years_since(born).unwrap_or(0) {
        0..=4 => AgeBand::Age0To4,
        5..=11 => AgeBand::Age5To11,
        12..=17 => AgeBand::Age12To17,
        18..=59 => AgeBand::Age18To59,
        _ => AgeBand::Age60Plus,
    }
}

/// The code that a person has in a column.
fn code(person: &Individual, column: &str) -> Option<String> {
    match column {
        "sex" => person.sex.map(|sex| sex.to_string()),
        "nationality" => person.nationality.map(|country| country.to_string()),
        "legal_status" => person.legal_status.map(|status| status.to_string()),
        "closed_as" => person.closed_as.map(|closed| closed.to_string()),
        other => panic!("tests/harness/oracle.rs has no rule for individuals.{other}"),
    }
}

fn text(value: &Option<String>, test: &TextTest) -> Option<bool> {
    value.as_deref().map(|value| match test {
        TextTest::Equals(wanted) => fold(value) == fold(wanted),
        TextTest::StartsWith(prefix) => fold(value).starts_with(&fold(prefix)),
    })
}

fn within(date: NaiveDate, test: &DateTest) -> bool {
    test.from.is_none_or(|from| date >= from) && test.until.is_none_or(|until| date <= until)
}
