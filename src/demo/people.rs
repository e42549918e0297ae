//! The demo's people: cases of one to seven, with what the registration desk would know of each.

use super::names::Origin;
use super::places::{District, Places};
use super::random::DemoRng;
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::case::Case;
use crate::domain::individual::{AgeBand, Individual, LegalStatus, Sex};
use crate::domain::specific_need::NeedCode;
use chrono::{Datelike, Days, NaiveDate};
use rand::RngExt;
use rand::seq::IndexedRandom;

/// What the members of a case share.
pub struct Household {
    /// The case's key.
    pub case_id: Id<Case>,
    /// Where they come from.
    pub origin: Origin,
    /// Where they live.
    pub district: District,
    /// One adult with children.
    pub single_parent: bool,
    /// Registration of those who came first.
    pub registered_on: NaiveDate,
    family_name: &'static str,
    arrived_on: NaiveDate,
}

/// A member of a household.
pub struct Member {
    /// The record.
    pub individual: Individual,
    /// The day from which the desk knows the person.
    pub since: NaiveDate,
}

impl Household {
    /// Draws a household.
    pub fn new(origin: Origin, places: &Places, as_of: NaiveDate, rng: &mut DemoRng) -> Self {
        let arrived_on = as_of - Days::new(rng.0.random_range(100..3_650));
        Self {
            case_id: rng.key(),
            origin,
            district: places.any(rng),
            single_parent: rng.chance(15.0),
            family_name: origin.family_name(&mut rng.0),
            arrived_on,
            registered_on: arrived_on + Days::new(rng.0.random_range(0..90)),
        }
    }

    /// Draws the member at a position: the head first, then a spouse or a grandparent, then children.
    pub fn member(
        &self,
        position: u32,
        number: u32,
        holder_id: Id<Agency>,
        as_of: NaiveDate,
        rng: &mut DemoRng,
    ) -> Member {
        let sex = if rng.0.random_bool(0.5) { Sex::Female } else { Sex::Male };
        let child_at_the_head = position == 0 && rng.chance(1.0);
        let is_child = child_at_the_head || position > if self.single_parent { 0 } else { 1 };
        let born = born(if is_child { 2 } else { position }, as_of, rng);
        let since = self.registered_on.max(born);
        let place_unknown = rng.chance(1.0);
        let registered_on = if rng.chance(0.5) { None } else { Some(since) };
        let date_of_birth = if rng.chance(1.0) { None } else { Some(born) };
        let adult = AgeBand::on(as_of, born) >= AgeBand::Age18To59;
        let individual = Individual {
            id: rng.key(),
            holder_id,
            case_id: Some(self.case_id),
            sex: Some(sex),
            nationality: Some(self.origin.code().parse().expect("an ISO code")),
            region_id: if place_unknown && rng.chance(50.0) { None } else { Some(self.district.region_id) },
            registration_number: Some(format!("TJK-{:02}C{number:07}", since.year() % 100)),
            given_name: Some(self.origin.given_name(sex, &mut rng.0).to_owned()),
            family_name: Some(self.family_name.to_owned()),
            date_of_birth,
            phone: (adult && rng.chance(60.0))
                .then(|| format!("+992 00 {:03} {:04}", number % 1_000, rng.0.random_range(0..10_000))),
            place_id: (!place_unknown).then_some(self.district.id),
            legal_status: legal_status(rng),
            arrived_on: if rng.chance(2.0) { None } else { Some(self.arrived_on.max(born)) },
            registered_on,
            closed_as: None,
            closed_on: None,
            age_band: date_of_birth.map(|born| AgeBand::on(as_of, born)),
        };
        Member { individual, since }
    }
}

fn born(position: u32, as_of: NaiveDate, rng: &mut DemoRng) -> NaiveDate {
    let years = match position {
        0 => 19..62,
        1 if rng.chance(25.0) => 60..85,
        1 => 18..55,
        _ => 0..18,
    };
    as_of - Days::new(u64::from(rng.0.random_range(years.start * 365..years.end * 365_u32)) + 1)
}

fn legal_status(rng: &mut DemoRng) -> Option<LegalStatus> {
    match rng.0.random_range(0..100) {
        0 => None,
        1..16 => Some(LegalStatus::AsylumSeeker),
        16..22 => Some(LegalStatus::LegalResident),
        22..25 => Some(LegalStatus::Citizen),
        25 => Some(LegalStatus::Other),
        _ => Some(LegalStatus::Refugee),
    }
}

/// The specific needs that the desk would note for a member of a household: `alone`, or the `head` of one with a single parent.
pub fn needs(individual: &Individual, alone: bool, single_parent: bool, rng: &mut DemoRng) -> Vec<NeedCode> {
    let band = individual.age_band;
    let female = individual.sex == Some(Sex::Female);
    let adult = band.is_some_and(|band| band >= AgeBand::Age18To59);
    let child = band.is_some_and(|band| band <= AgeBand::Age12To17);
    let candidates = [
        (band == Some(AgeBand::Age60Plus), 45.0, &["ER", "ER-NF"] as &[&str]),
        (true, 4.0, &["DS"]),
        (adult && single_parent, 90.0, &["SP"]),
        (adult && female, 4.0, &["WR"]),
        (child, 3.0, &["CR"]),
        (child && alone, 90.0, &["SC"]),
        (true, 3.0, &["SM"]),
        (true, 1.5, &["FU"]),
        (adult, 2.0, &["LP-RR", "LP-TD"]),
        (adult, 1.0, &["TR"]),
        (female, 1.0, &["SV"]),
    ];
    let mut found = Vec::new();
    for (may_apply, percent, codes) in candidates {
        if may_apply && rng.chance(percent) {
            let code = codes.choose(&mut rng.0).expect("the list has codes");
            found.push(code.parse().expect("a code of UNHCR's"));
        }
    }
    found
}
