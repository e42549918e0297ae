//! The demo's caseload, in batches of whole cases, so that a large one needs no more memory than a small one.

use super::agencies::AgencyKeys;
use super::batch::Batch;
use super::names::Origin;
use super::people::{Household, Member, needs};
use super::places::Places;
use super::plan::Plan;
use super::programmes::Programmes;
use super::protection::Protection;
use super::random::DemoRng;
use super::rides::Rides;
use super::services;
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::agreement::Agreement;
use crate::domain::assistance::Assistance;
use crate::domain::case::Case;
use crate::domain::consent::{Consent, ConsentDecision};
use crate::domain::enrolment::Enrolment;
use crate::domain::grants::Grants;
use crate::domain::incident::{Incident, IncidentKind, Verification};
use crate::domain::individual::{AgeBand, RecordClosure};
use crate::domain::programme::ProgrammeKind;
use crate::domain::purpose::Purpose;
use crate::domain::solution::{
    IntegrationForm, Solution, SolutionKind, SolutionStage, SplitReason, SubmissionCategory, SubmissionPriority,
};
use crate::domain::specific_need::{NeedCode, SpecificNeed};
use crate::domain::stipend::StipendPeriod;
use crate::domain::{Vocabulary, country::CountryCode};
use crate::policy::consent::explained;
use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};
use rand::RngExt;
use rand::seq::IndexedRandom;

const BATCH: u32 = 10_000;

/// The seed of what follows from enrolments.
const SERVICES: u64 = 0x73_65_72_76_65;

/// Makes the caseload piece by piece.
pub struct Caseload<'p> {
    plan: Plan,
    keys: AgencyKeys,
    agreements: &'p [Agreement],
    places: &'p Places,
    programmes: &'p Programmes,
    rng: DemoRng,
    services_rng: DemoRng,
    rides: Rides,
    protection: Protection,
    made: u32,
    cases: u32,
    others: u32,
    others_made: u32,
}

impl<'p> Caseload<'p> {
    /// A caseload of which nothing is made yet; 98 in a hundred of its people are Afghan.
    pub fn new(
        plan: Plan,
        keys: AgencyKeys,
        agreements: &'p [Agreement],
        places: &'p Places,
        programmes: &'p Programmes,
        rides: Rides,
        rng: DemoRng,
    ) -> Self {
        let afghan = (u64::from(plan.people) * 98).div_ceil(100) as u32;
        let others = plan.people - afghan;
        let services_rng = DemoRng::apart(SERVICES);
        Self {
            plan,
            keys,
            agreements,
            places,
            programmes,
            rng,
            services_rng,
            rides,
            protection: Protection::new(keys, plan.as_of),
            made: 0,
            cases: 0,
            others,
            others_made: 0,
        }
    }

    /// How many people are made.
    pub fn made(&self) -> u32 {
        self.made
    }

    /// The next batch, until all people are made.
    pub fn next_batch(&mut self) -> Option<Batch> {
        let until = self.plan.people.min(self.made.saturating_add(BATCH));
        let mut batch = Batch::default();
        while self.made < until {
            self.case(&mut batch);
        }
        self.rides.nominate(&mut batch);
        self.protection.follow(&mut batch);
        services::add(&mut batch, self.programmes, self.plan.as_of, &mut self.services_rng);
        (!batch.cases.is_empty()).then_some(batch)
    }

    fn case(&mut self, batch: &mut Batch) {
        let (origin, most) = self.origin();
        let usual = *[1, 1, 2, 3, 3, 4, 4, 5, 6, 7].choose(&mut self.rng.0).expect("the list has sizes");
        let size = usual.min(most);
        let household = Household::new(origin, self.places, self.plan.as_of, &mut self.rng);
        self.cases += 1;
        let (id, holder_id) = (household.case_id, self.keys.unhcr);
        batch.cases.push(Case { id, holder_id, number: format!("DUS-{:06}", self.cases) });
        let mut solution = self.solution(origin);
        for position in 0..size {
            self.made += 1;
            let mut member = household.member(position, self.made, holder_id, self.plan.as_of, &mut self.rng);
            let parent = position == 0 && size > 1 && household.single_parent;
            let found = needs(&member.individual, size == 1, parent, &mut self.rng);
            self.programmes(&member, &found, batch);
            self.incident(&household, &member, batch);
            let individual_id = member.individual.id;
            if position == 0
                && let Some(solution) = &mut solution
            {
                submit(solution, &found);
            }
            batch.needs.extend(found.into_iter().map(|code| SpecificNeed { individual_id, code }));
            if let Some(solution) = &solution {
                let stage_on = Some(self.day(member.since));
                if solution.stage == SolutionStage::Departed {
                    member.individual.closed_as = Some(RecordClosure::Departed);
                    member.individual.closed_on = stage_on;
                }
                // In a few cases somebody goes apart from the others.
                let split_reason = (position == 1 && self.cases.is_multiple_of(20)).then_some(SplitReason::Separated);
                let id = self.rng.key();
                batch.solutions.push(Solution { id, individual_id, stage_on, split_reason, ..solution.clone() });
            }
            self.consents(&member, solution.as_ref(), batch);
            batch.individuals.push(member.individual);
        }
        if origin != Origin::Afghanistan {
            self.others_made += size;
        }
    }

    /// Where the next case comes from, and how many people it may have for the shares to come out exactly.
    fn origin(&mut self) -> (Origin, u32) {
        let others_left = self.others - self.others_made;
        let left = self.plan.people - self.made;
        let elsewhere = others_left > 0 && self.rng.0.random_range(0..left) < others_left;
        match elsewhere {
            false if left > others_left => (Origin::Afghanistan, left - others_left),
            _ if self.others_made * 2 < self.others => {
                (Origin::Iran, others_left.min(self.others.div_ceil(2) - self.others_made))
            }
            _ => (Origin::Iraq, others_left),
        }
    }

    /// A day from `since` on, before the demo's.
    fn day(&mut self, since: NaiveDate) -> NaiveDate {
        let days = (self.plan.as_of - since).num_days().max(1) as u64;
        self.plan.as_of - Days::new(self.rng.0.random_range(1..=days))
    }

    /// The solution that a case is considered for, if any.
    fn solution(&mut self, origin: Origin) -> Option<Solution> {
        use SolutionStage::*;
        let rng = &mut self.rng;
        let resettled =
            [Identified, Identified, Submitted, Submitted, Interviewed, Accepted, Departed, Rejected, Withdrawn];
        let integrated = [Identified, Submitted, Granted, Rejected, Withdrawn];
        let country = |code: &str| Some(code.parse::<CountryCode>().expect("an ISO code"));
        let (kind, form, stages, destination) = match rng.0.random_range(0..100) {
            0..18 => (SolutionKind::Resettlement, None, &resettled as &[_], country("USA")),
            18..24 => (SolutionKind::Resettlement, None, &resettled as &[_], country("CAN")),
            24 => (SolutionKind::Resettlement, None, &[Identified] as &[_], None),
            25..30 => (
                SolutionKind::LocalIntegration,
                Some(IntegrationForm::Citizenship),
                &integrated as &[_],
                country("TJK"),
            ),
            30..35 => (
                SolutionKind::LocalIntegration,
                Some(IntegrationForm::LegalResidence),
                &integrated as &[_],
                country("TJK"),
            ),
            35..38 => (
                SolutionKind::VoluntaryRepatriation,
                None,
                &[Identified, Submitted, Departed, Withdrawn] as &[_],
                country(origin.code()),
            ),
            _ => return None,
        };
        let stage = *stages.choose(&mut rng.0).expect("the list has stages");
        let assisted = rng.chance(70.0).then(|| rng.chance(80.0));
        let identified = Solution::identified(Id::new(0), Id::new(0), kind);
        Some(Solution { form, stage, destination, assisted, ..identified })
    }

    fn programmes(&mut self, member: &Member, needs: &[NeedCode], batch: &mut Batch) {
        let as_of = self.plan.as_of;
        let individual = &member.individual;
        let started_on = self.day(member.since);
        // Very few get stipends: the elderly, disabled people, single parents.
        let stipend = needs.iter().any(|need| ["ER", "DS", "SP"].contains(&need.category()));
        let of_school_age = matches!(individual.age_band, Some(AgeBand::Age5To11 | AgeBand::Age12To17));
        let adult = individual.age_band.is_some_and(|band| band >= AgeBand::Age18To59);
        let rng = &mut self.rng;
        let kind = match rng.0.random_range(0..100) {
            0..65 if of_school_age => ProgrammeKind::School,
            0..22 if adult => ProgrammeKind::MicroCredit,
            22..34 if adult => ProgrammeKind::Housing,
            34..54 if adult && stipend => ProgrammeKind::CashAssistance,
            _ => return,
        };
        let programme_id = self.programmes.key(kind);
        let individual_id = individual.id;
        let ended_on = match rng.0.random_range(0..40) {
            0..6 => Some(started_on + Days::new(rng.0.random_range(0..(as_of - started_on).num_days() as u64))),
            6 => Some(as_of),
            7..9 => Some(as_of + Days::new(rng.0.random_range(1..200))),
            _ => None,
        };
        batch.enrolments.push(Enrolment {
            id: rng.key(),
            individual_id,
            programme_id,
            started_on: Some(started_on),
            ended_on,
        });
        let payments = match kind {
            ProgrammeKind::CashAssistance => 3,
            ProgrammeKind::MicroCredit => 1,
            _ => 0,
        };
        for payment in 0..payments {
            let amount = if payments == 1 { rng.0.random_range(100..600) } else { 25 };
            let paid_on = (started_on + Days::new(30 * payment)).min(as_of);
            let (id, currency, amount_minor) = (rng.key(), "USD".to_owned(), amount * 100);
            // A stipend is for thirty days; one that would be paid too early is not paid yet.
            let period = (kind == ProgrammeKind::CashAssistance).then(|| {
                let from = started_on + Days::new(30 * payment);
                (from, from + Days::new(29))
            });
            let is_early =
                |(from, until)| StipendPeriod::new(from, until).is_ok_and(|period| paid_on < period.payable_from());
            if period.is_some_and(is_early) {
                continue;
            }
            let (period_from, period_until) = period.unzip();
            batch.assistance.push(Assistance {
                id,
                individual_id,
                programme_id,
                amount_minor,
                currency,
                paid_on,
                period_from,
                period_until,
            });
        }
    }

    fn incident(&mut self, household: &Household, member: &Member, batch: &mut Batch) {
        if !self.rng.chance(4.0) {
            return;
        }
        let occurred_on = Some(self.day(member.since));
        let rng = &mut self.rng;
        let id = rng.key();
        batch.incidents.push(Incident {
            id,
            individual_id: member.individual.id,
            event_id: id,
            kind: *IncidentKind::ALL.choose(&mut rng.0).expect("there are kinds"),
            actor: None,
            occurred_on,
            place_id: rng.chance(80.0).then_some(household.district.id),
            verification: Verification::Reported,
            pattern_id: None,
        });
    }

    /// What the person said of those who would see the record, and a few answers that nobody asked for.
    fn consents(&mut self, member: &Member, solution: Option<&Solution>, batch: &mut Batch) {
        let enrolled = batch.enrolments.last().is_some_and(|enrolment| enrolment.individual_id == member.individual.id);
        let destination = solution.filter(|solution| solution.kind == SolutionKind::Resettlement);
        let destination = destination.and_then(|solution| solution.destination).map(|country| country.to_string());
        let keys = self.keys;
        let concerned = [
            (enrolled, keys.undp, Purpose::ProgrammeDelivery),
            (destination.as_deref() == Some("USA"), keys.embassy_us, Purpose::Resettlement),
            (destination.as_deref() == Some("CAN"), keys.embassy_ca, Purpose::Resettlement),
        ];
        for (is_concerned, recipient_id, purpose) in concerned {
            let asked = if is_concerned { 92.0 } else { 2.0 };
            if self.rng.chance(asked) {
                self.consent(member, recipient_id, purpose, batch);
            }
        }
    }

    fn consent(&mut self, member: &Member, recipient_id: Id<Agency>, purpose: Purpose, batch: &mut Batch) {
        use ConsentDecision::*;
        let as_of = self.plan.as_of;
        let individual_id = member.individual.id;
        let first = self.day(member.since);
        let rng = &mut self.rng;
        let (answers, expires_on): (&[_], Option<NaiveDate>) = match rng.0.random_range(0..100) {
            0..80 => (&[Given], rng.chance(50.0).then(|| as_of + Days::new(400))),
            80..88 => (&[Refused], None),
            88..93 => (&[Given, Withdrawn], None),
            93..96 => (&[Refused, Given], None),
            _ => (&[Given], Some(as_of - Days::new(30))),
        };
        for (index, decision) in answers.iter().enumerate() {
            // A second answer comes halfway between the first and the demo's day.
            let day = first + Days::new((as_of - first).num_days() as u64 / 2 * index as u64);
            let second = NaiveTime::from_num_seconds_from_midnight_opt(
                self.rng.0.random_range(28_800..44_000) + 15_000 * index as u32,
                0,
            );
            let recorded_at = day.and_time(second.expect("an office hour"));
            let consent = Consent {
                id: self.rng.key(),
                individual_id,
                recipient_id,
                purpose,
                decision: *decision,
                recorded_at,
                expires_on: expires_on.filter(|_| *decision == Given),
                explained: self.explained(recipient_id, purpose, recorded_at),
            };
            batch.consents.push((consent, index + 1 == answers.len()));
        }
    }

    /// What people were told who answered at a moment.
    fn explained(&self, recipient: Id<Agency>, purpose: Purpose, moment: NaiveDateTime) -> Option<Grants> {
        let about = |one: &&Agreement| one.recipient_id == recipient && one.purpose == purpose;
        let agreements: Vec<Agreement> = self.agreements.iter().filter(about).cloned().collect();
        explained(&agreements, moment)
    }
}

/// On what the submission of a case rests, by the needs of its first member.
fn submit(solution: &mut Solution, needs: &[NeedCode]) {
    if solution.kind != SolutionKind::Resettlement || solution.stage == SolutionStage::Identified {
        return;
    }
    let category = needs.iter().find_map(|need| match need.category() {
        "SM" => Some(SubmissionCategory::Medical),
        "SV" | "TR" => Some(SubmissionCategory::SurvivorViolenceTorture),
        "WR" => Some(SubmissionCategory::WomenAtRisk),
        "LP" => Some(SubmissionCategory::LegalPhysicalProtection),
        _ => None,
    });
    let urgent = category.is_some_and(|category| category != SubmissionCategory::WomenAtRisk);
    solution.submission_category = Some(category.unwrap_or(SubmissionCategory::LackOfAlternatives));
    solution.priority = Some(if urgent { SubmissionPriority::Urgent } else { SubmissionPriority::Normal });
}
