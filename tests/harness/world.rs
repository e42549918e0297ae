//! Random agencies, agreements and people, as plain values that can be inserted into a database and judged by the oracle.

use super::app::today;
use super::incidents::Suffered;
use super::rides::{Interviewed, insert_ride, ride};
use super::services::Services;
use chrono::{Days, NaiveDate, SubsecRound, TimeDelta, Utc};
use panoh::domain::agency::Agency;
use panoh::domain::agreement::{Agreement, AgreementStatus, PlaceScope, Scope, SolutionScope};
use panoh::domain::assistance::Assistance;
use panoh::domain::audit::AuditEvent;
use panoh::domain::case::Case;
use panoh::domain::category::DataCategory;
use panoh::domain::circuit_ride::{CircuitRide, CircuitRideStatus};
use panoh::domain::client::{Client, Role};
use panoh::domain::consent::{Consent, ConsentDecision};
use panoh::domain::country::CountryCode;
use panoh::domain::emergency_access::{EmergencyAccess, EmergencyReason};
use panoh::domain::enrolment::Enrolment;
use panoh::domain::grants::Grants;
use panoh::domain::grants::Level;
use panoh::domain::incident::IncidentKind;
use panoh::domain::individual::{Individual, LegalStatus, RecordClosure, Sex};
use panoh::domain::place::Place;
use panoh::domain::programme::{Programme, ProgrammeKind, ProgrammeStatus};
use panoh::domain::purpose::Purpose;
use panoh::domain::solution::{
    Solution, SolutionKind, SolutionStage, SplitReason, SubmissionCategory, SubmissionPriority,
};
use panoh::domain::specific_need::{NeedCode, SpecificNeed};
use panoh::domain::{Id, Vocabulary};
use panoh::policy::api_key;
use panoh::store::StoreError;
use panoh::store::bulk::insert::{self, NewClient};
use panoh::store::database::connection::Address;
use panoh::store::outside_policy::outside_policy;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

pub struct World {
    pub today: NaiveDate,
    pub agencies: Vec<Agency>,
    pub agreements: Vec<Agreement>,
    pub openings: Vec<EmergencyAccess>,
    pub places: Vec<(Place, Vec<Id<Place>>)>,
    pub programmes: Vec<Programme>,
    pub cases: Vec<Case>,
    pub people: Vec<Individual>,
    pub needs: Vec<SpecificNeed>,
    pub solutions: Vec<Solution>,
    pub rides: Vec<CircuitRide>,
    pub nominated: Vec<Interviewed>,
    pub enrolments: Vec<Enrolment>,
    pub suffered: Vec<Suffered>,
    pub payments: Vec<Assistance>,
    pub services: Vec<Services>,
    pub consents: Vec<(Consent, bool)>,
}

pub const NEEDS: [&str; 4] = ["ER", "ER-NF", "DS", "SP"];
pub const COUNTRIES: [&str; 4] = ["AFG", "IRN", "XXA", "USA"];
const PURPOSES: [Purpose; 2] = [Purpose::Resettlement, Purpose::ProgrammeDelivery];

pub fn pick<T: Copy>(rng: &mut ChaCha8Rng, from: &[T]) -> T {
    *from.choose(rng).expect("something to pick from")
}

fn country(rng: &mut ChaCha8Rng) -> CountryCode {
    pick(rng, &COUNTRIES).parse().unwrap()
}

fn maybe<T>(rng: &mut ChaCha8Rng, percent: u32, make: impl FnOnce(&mut ChaCha8Rng) -> T) -> Option<T> {
    if rng.random_range(0..100) < percent { Some(make(rng)) } else { None }
}

fn some<T: Copy>(rng: &mut ChaCha8Rng, from: &[T]) -> Vec<T> {
    from.iter().copied().filter(|_| rng.random_bool(0.5)).collect()
}

fn date(rng: &mut ChaCha8Rng) -> NaiveDate {
    today() - Days::new(rng.random_range(0..1_500))
}

impl World {
    pub fn new(seed: u64) -> Self {
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let agency = |(index, country): (usize, Option<&str>)| Agency {
            id: Id::new(index as i64 + 1),
            code: format!("agency-{index}"),
            name: format!("Agency {index}"),
            country: country.map(|code| code.parse().unwrap()),
        };
        let agencies: Vec<Agency> =
            [None, None, Some("USA"), Some("AFG")].into_iter().enumerate().map(agency).collect();
        let places = places();
        let programmes = programmes();
        let agreements: Vec<Agreement> = (1..=10).map(|id| agreement(rng, id)).collect();
        let cases: Vec<Case> = (1..=12)
            .map(|id| Case { id: Id::new(id), holder_id: Id::new(1 + id % 2), number: format!("C{id:02}") })
            .collect();
        let people: Vec<Individual> = (1..=30).map(|number| individual(rng, number, &places, &cases)).collect();
        let mut world = Self {
            today: today(),
            agencies,
            openings: agreements.iter().filter_map(|agreement| opening(rng, agreement)).collect(),
            agreements,
            places,
            programmes,
            cases,
            people,
            needs: Vec::new(),
            solutions: Vec::new(),
            rides: rides(rng),
            nominated: Vec::new(),
            enrolments: Vec::new(),
            suffered: Vec::new(),
            payments: Vec::new(),
            services: Vec::new(),
            consents: Vec::new(),
        };
        for index in 0..world.people.len() {
            world.hang_on(rng, index);
        }
        world
    }

    fn hang_on(&mut self, rng: &mut ChaCha8Rng, index: usize) {
        let individual_id = self.people[index].id;
        let code = |code: &str| code.parse::<NeedCode>().unwrap();
        let needs = some(rng, &NEEDS).into_iter().filter(|_| !index.is_multiple_of(3));
        self.needs.extend(needs.map(|need| SpecificNeed { individual_id, code: code(need) }));
        for _ in 0..rng.random_range(0..3) {
            let kind = pick(rng, &[SolutionKind::Resettlement, SolutionKind::VoluntaryRepatriation]);
            let resettlement = kind == SolutionKind::Resettlement;
            let id = Id::new(rng.random_range(1..i64::MAX));
            self.solutions.push(Solution {
                stage: pick(rng, SolutionStage::ALL),
                destination: maybe(rng, 80, country),
                assisted: maybe(rng, 60, |rng| rng.random_bool(0.5)),
                stage_on: maybe(rng, 80, date),
                submission_category: maybe(rng, 60, |rng| pick(rng, SubmissionCategory::ALL)).filter(|_| resettlement),
                priority: maybe(rng, 60, |rng| pick(rng, SubmissionPriority::ALL)).filter(|_| resettlement),
                split_reason: maybe(rng, 30, |rng| pick(rng, SplitReason::ALL)),
                ..Solution::identified(id, individual_id, kind)
            });
        }
        for programme in &self.programmes {
            if rng.random_bool(0.6) {
                continue;
            }
            let ended = [None, Some(today() - Days::new(1)), Some(today()), Some(today() + Days::new(1))];
            self.enrolments.push(Enrolment {
                id: Id::new(rng.random_range(1..i64::MAX)),
                individual_id,
                programme_id: programme.id,
                started_on: Some(today() - Days::new(400)),
                ended_on: pick(rng, &ended),
            });
        }
        if rng.random_bool(0.4) {
            let (number, kind) = (rng.random_range(1..i64::MAX), pick(rng, IncidentKind::ALL));
            let about = (kind, self.places[0].0.id, self.people_holder(individual_id));
            let mut suffered = Suffered::of(individual_id, about, number, [today() - Days::new(300); 7]);
            if number % 2 == 0 {
                (suffered.emergency.closed_on, suffered.emergency.outcome) = (None, None);
            }
            self.suffered.push(suffered);
            let (programme_id, paid_on) = (self.programmes[0].id, today() - Days::new(30));
            let (amount_minor, currency) = (2_500, "USD".to_owned());
            self.services.push(Services::of(individual_id, programme_id, number, [paid_on; 7]));
            self.payments.push(Assistance {
                id: Id::new(number),
                individual_id,
                programme_id,
                amount_minor,
                currency,
                paid_on,
                period_from: Some(paid_on),
                period_until: Some(paid_on + Days::new(29)),
            });
        }
        for index in 0..self.rides.len() {
            let ride = &self.rides[index];
            if rng.random_bool(0.5) || ride.holder_id != self.people_holder(individual_id) {
                continue;
            }
            let (number, city) = (rng.random_range(1..i64::MAX), self.places[0].0.id);
            let days = [20, 10, 5].map(|ago| today() - Days::new(ago));
            let withdrawn_on = maybe(rng, 30, |_| today());
            let mut interviewed = Interviewed::of(individual_id, (ride.id, city), number, days);
            interviewed.nomination.withdrawn_on = withdrawn_on;
            self.nominated.push(interviewed);
        }
        for recipient_id in (2..=4).map(Id::new) {
            for purpose in PURPOSES {
                self.answers(rng, individual_id, recipient_id, purpose);
            }
        }
    }

    fn people_holder(&self, id: Id<Individual>) -> Id<Agency> {
        self.people.iter().find(|person| person.id == id).unwrap().holder_id
    }

    fn answers(
        &mut self,
        rng: &mut ChaCha8Rng,
        individual_id: Id<Individual>,
        recipient_id: Id<Agency>,
        purpose: Purpose,
    ) {
        let count = pick(rng, &[0, 1, 1, 2]);
        for number in 0..count {
            let decision = pick(
                rng,
                &[ConsentDecision::Given, ConsentDecision::Given, ConsentDecision::Refused, ConsentDecision::Withdrawn],
            );
            let ends = [None, None, Some(today()), Some(today() - Days::new(1))];
            let consent = Consent {
                id: Id::new(rng.random_range(1..i64::MAX)),
                individual_id,
                recipient_id,
                purpose,
                decision,
                recorded_at: (today() - Days::new(100 - number)).and_hms_opt(12, 0, 0).unwrap(),
                expires_on: pick(rng, &ends).filter(|_| decision == ConsentDecision::Given),
                explained: maybe(rng, 70, explained),
            };
            self.consents.push((consent, number + 1 == count));
        }
    }

    /// Inserts everything, with one client an agency that is registered for every purpose; its key is the agency's code.
    pub fn insert(&self, address: &Address) {
        let client = |agency: &Agency| NewClient {
            client: Client { id: Id::new(agency.id.value()), name: agency.code.clone(), role: Role::Reader },
            agency_id: agency.id,
            key_hash: api_key::hash(&agency.code),
            purposes: Purpose::ALL.to_vec(),
        };
        outside_policy::<_, StoreError>(address, AuditEvent::Demo, "world", |connection| {
            insert::agencies(connection, &self.agencies)?;
            insert::clients(connection, &self.agencies.iter().map(client).collect::<Vec<_>>())?;
            insert::agreements(connection, &self.agreements)?;
            insert::emergency_accesses(connection, &self.openings)?;
            insert::places(connection, &self.places)?;
            let programmes: Vec<_> = self.programmes.iter().map(|programme| (programme.clone(), Vec::new())).collect();
            insert::programmes(connection, &programmes)?;
            insert::cases(connection, &self.cases)?;
            insert::individuals(connection, &self.people)?;
            insert::specific_needs(connection, &self.needs)?;
            insert::solutions(connection, &self.solutions)?;
            self.rides.iter().try_for_each(|ride| insert_ride(connection, ride, self.places[0].0.id))?;
            self.nominated.iter().try_for_each(|nominated| nominated.insert(connection))?;
            insert::enrolments(connection, &self.enrolments)?;
            self.suffered.iter().try_for_each(|suffered| suffered.insert(connection))?;
            insert::assistance(connection, &self.payments)?;
            self.services.iter().try_for_each(|services| services.insert(connection))?;
            insert::consents(connection, &self.consents)
        })
        .expect("the world can be inserted");
    }
}

/// What somebody was told: all categories, or one less.
pub fn explained(rng: &mut ChaCha8Rng) -> Grants {
    let untold = maybe(rng, 50, |rng| pick(rng, DataCategory::ALL));
    let told = DataCategory::ALL.iter().copied().filter(|category| Some(*category) != untold);
    Grants::new(&told.collect(), pick(rng, &[Level::Pseudonymised, Level::Identified, Level::Identified]))
}

fn places() -> Vec<(Place, Vec<Id<Place>>)> {
    let place = |id: i64, level, parent_id: Option<i64>| Place {
        id: Id::new(id),
        code: format!("P{id}"),
        name: format!("Place {id}"),
        level,
        parent_id: parent_id.map(Id::new),
        country: "TJK".parse().unwrap(),
    };
    let above = |ids: &[i64]| ids.iter().copied().map(Id::new).collect();
    vec![
        (place(1, 1, None), above(&[])),
        (place(2, 1, None), above(&[])),
        (place(3, 2, Some(1)), above(&[1])),
        (place(4, 2, Some(1)), above(&[1])),
        (place(5, 2, Some(2)), above(&[2])),
        (place(6, 3, Some(3)), above(&[3, 1])),
    ]
}

/// Circuit rides that are over, end today, go on, were declined or closed.
fn rides(rng: &mut ChaCha8Rng) -> Vec<CircuitRide> {
    let ends = [-1, 0, 1, 30];
    let made = |(id, holder): (i64, i64)| {
        let (requester, country) = pick(rng, &[(3, "USA"), (4, "AFG")]);
        let days = [today() - Days::new(40), today() + TimeDelta::days(pick(rng, &ends))];
        let status =
            pick(rng, &[CircuitRideStatus::Requested, CircuitRideStatus::Requested, CircuitRideStatus::Closed]);
        CircuitRide { status, ..ride(id, [requester, holder].map(Id::new), country, days) }
    };
    [(1, 1), (2, 1), (3, 1), (4, 2)].into_iter().map(made).collect()
}

fn programmes() -> Vec<Programme> {
    let programme = |(index, kind): (usize, ProgrammeKind)| Programme {
        id: Id::new(index as i64 + 1),
        identifier: format!("programme-{index}"),
        name: format!("Programme {index}"),
        kind,
        lead_id: Id::new(1),
        implementer_id: None,
        status: ProgrammeStatus::Implementation,
        sector: None,
        starts_on: None,
        ends_on: None,
        refugees_target: None,
        refugees_reached: None,
        host_community_target: None,
        host_community_reached: None,
        next_lead_id: None,
        next_lead_from: None,
    };
    let kinds = [ProgrammeKind::School, ProgrammeKind::Housing, ProgrammeKind::MicroCredit];
    kinds.into_iter().enumerate().map(programme).collect()
}

fn agreement(rng: &mut ChaCha8Rng, id: i64) -> Agreement {
    let place = |(code, level): (&str, i32)| PlaceScope { code: code.to_owned(), level };
    let solution = |rng: &mut ChaCha8Rng| SolutionScope {
        kind: pick(rng, &[SolutionKind::Resettlement, SolutionKind::VoluntaryRepatriation]),
        least_stage: maybe(rng, 70, |rng| pick(rng, SolutionStage::ALL)),
        destination: maybe(rng, 50, country),
    };
    let scope = Scope {
        nationalities: maybe(rng, 20, |rng| some(rng, &COUNTRIES).iter().map(|code| code.parse().unwrap()).collect()),
        places: maybe(rng, 20, |rng| some(rng, &[("P1", 1), ("P3", 2), ("P6", 3)]).into_iter().map(place).collect()),
        legal_statuses: maybe(rng, 20, |rng| some(rng, LegalStatus::ALL)),
        specific_needs: maybe(rng, 20, |rng| some(rng, &NEEDS).iter().map(|code| code.parse().unwrap()).collect()),
        programmes: maybe(rng, 20, |rng| some(rng, &[ProgrammeKind::School, ProgrammeKind::Housing])),
        solutions: maybe(rng, 20, |rng| (0..rng.random_range(0..3)).map(|_| solution(rng)).collect()),
        circuit_rides: maybe(rng, 20, |rng| some(rng, &COUNTRIES).iter().map(|code| code.parse().unwrap()).collect()),
    };
    let mut categories: BTreeSet<DataCategory> = some(rng, DataCategory::ALL).into_iter().collect();
    categories.insert(DataCategory::Demographics);
    categories.extend(scope.categories().into_iter().map(|(_, category)| category));
    let provider_id = pick(rng, &[1, 1, 2].map(Id::new));
    let recipients: Vec<Id<Agency>> =
        [2, 3, 4, 4].into_iter().map(Id::new).filter(|agency| *agency != provider_id).collect();
    let spans = [(-10, 10), (-10, 0), (0, 10), (1, 10), (-10, -1)];
    let (from, until) = if rng.random_bool(0.7) { spans[0] } else { pick(rng, &spans) };
    let day = |offset: i64| today() + chrono::TimeDelta::days(offset);
    let status = if rng.random_bool(0.85) { AgreementStatus::InForce } else { pick(rng, AgreementStatus::ALL) };
    Agreement {
        id: Id::new(id),
        reference: format!("A-{id:02}"),
        provider_id,
        recipient_id: pick(rng, &recipients),
        purpose: pick(rng, &PURPOSES),
        level: pick(rng, &[Level::Statistics, Level::Pseudonymised, Level::Identified, Level::Identified]),
        categories,
        scope,
        consent_required: rng.random_bool(0.4),
        minimum_cell_size: 5,
        emergency: rng.random_bool(0.25),
        valid_from: day(from),
        valid_until: day(until),
        status,
        replaces_id: None,
        proposed_by_id: None,
        in_force_since: (status != AgreementStatus::Draft).then(|| day(from).into()),
        retention_months: None,
        revoked_at: None,
        statistics_tables: Vec::new(),
        release_months: None,
    }
}

/// An opening of an emergency agreement: past, present or to come.
fn opening(rng: &mut ChaCha8Rng, agreement: &Agreement) -> Option<EmergencyAccess> {
    let from = pick(rng, &[None, Some(-5), Some(-1), Some(-1), Some(-1), Some(1)]).filter(|_| agreement.emergency)?;
    let opened_at = Utc::now().naive_utc().trunc_subsecs(6) + TimeDelta::hours(from);
    Some(EmergencyAccess {
        id: Id::new(agreement.id.value()),
        agreement_id: agreement.id,
        client_id: Id::new(agreement.recipient_id.value()),
        reason: pick(rng, EmergencyReason::ALL),
        opened_at,
        closes_at: opened_at + TimeDelta::hours(3),
        reviewed_at: None,
        justified: None,
    })
}

fn individual(rng: &mut ChaCha8Rng, number: i64, places: &[(Place, Vec<Id<Place>>)], cases: &[Case]) -> Individual {
    let holder_id = pick(rng, &[1, 1, 2].map(Id::new));
    let own: Vec<Id<Case>> = cases.iter().filter(|case| case.holder_id == holder_id).map(|case| case.id).collect();
    let place = maybe(rng, 80, |rng| rng.random_range(0..places.len()));
    let region = place.map(|index| places[index].1.last().copied().unwrap_or(places[index].0.id));
    let closed = maybe(rng, 15, |rng| (pick(rng, RecordClosure::ALL), date(rng)));
    Individual {
        id: Id::new((rng.next_u64() >> 1) as i64),
        holder_id,
        case_id: maybe(rng, 80, |rng| pick(rng, &own)),
        sex: maybe(rng, 90, |rng| pick(rng, Sex::ALL)),
        nationality: maybe(rng, 85, country),
        region_id: region.or(maybe(rng, 30, |rng| pick(rng, &[1, 2].map(Id::new)))),
        registration_number: maybe(rng, 90, |_| format!("Reg-{number:03}")),
        given_name: maybe(rng, 90, |rng| pick(rng, &["Zahra", "ahmad", "Ärzu"]).to_owned()),
        family_name: maybe(rng, 80, |rng| pick(rng, &["Noori", "noori", "Amiri", "Öztürk"]).to_owned()),
        date_of_birth: maybe(rng, 85, |rng| today() - Days::new(rng.random_range(0..30_000))),
        phone: maybe(rng, 50, |_| format!("+992 00 {number:03}")),
        place_id: place.map(|index| places[index].0.id),
        legal_status: maybe(rng, 85, |rng| pick(rng, LegalStatus::ALL)),
        closed_as: closed.map(|(closed_as, _)| closed_as),
        closed_on: closed.map(|(_, closed_on)| closed_on),
        arrived_on: maybe(rng, 80, date),
        registered_on: maybe(rng, 80, date),
        age_band: None,
    }
}
