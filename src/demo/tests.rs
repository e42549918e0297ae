use super::agencies::{AgencyKeys, agreements};
use super::batch::Batch;
use super::caseload::Caseload;
use super::places::Places;
use super::plan::Plan;
use super::programmes::Programmes;
use super::random::DemoRng;
use super::rides::Rides;
use crate::domain::Vocabulary;
use crate::domain::incident::IncidentKind;
use crate::domain::solution::SolutionStage;
use std::collections::{BTreeMap, BTreeSet};

fn batches(people: u32) -> Vec<Batch> {
    let plan = Plan { people, as_of: "2026-01-15".parse().unwrap() };
    let mut rng = DemoRng::new();
    let keys = AgencyKeys::new(&mut rng);
    let places = Places::new(&mut rng);
    let programmes = Programmes::new(keys, &places, plan.as_of, &mut rng);
    let agreements = agreements(keys, plan.as_of, &mut DemoRng::new());
    let mut caseload =
        Caseload::new(plan, keys, &agreements, &places, &programmes, Rides::new(keys, &places, plan.as_of), rng);
    std::iter::from_fn(|| caseload.next_batch()).collect()
}

/// Section 1 of the report, exactly: 1,500 people, 1,470 of them Afghan, the rest from Iran and Iraq.
#[test]
fn the_shares_come_out_exactly() {
    for (people, afghan) in [(1, 1), (50, 49), (100, 98), (1_500, 1_470), (20_001, 19_601)] {
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        for individual in batches(people).iter().flat_map(|batch| &batch.individuals) {
            *found.entry(individual.nationality.unwrap().to_string()).or_default() += 1;
        }
        assert_eq!(found.values().sum::<usize>(), people as usize);
        assert_eq!(found["AFG"], afghan, "of {people}");
        assert_eq!(found.len(), if people < 100 { found.len() } else { 3 }, "of {people}");
    }
}

#[test]
fn the_demo_is_the_same_each_time() {
    assert_eq!(batches(300), batches(300));
}

#[test]
fn every_stage_and_kind_of_incident_occurs() {
    let batch = batches(1_500).pop().unwrap();
    let stages: BTreeSet<_> = batch.solutions.iter().map(|solution| solution.stage).collect();
    assert_eq!(stages.len(), SolutionStage::ALL.len());
    let kinds: BTreeSet<_> = batch.incidents.iter().map(|incident| incident.kind).collect();
    assert_eq!(kinds.len(), IncidentKind::ALL.len());
}

#[test]
fn exactly_the_last_answer_counts() {
    let batch = batches(1_500).pop().unwrap();
    let mut answers: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (consent, newest) in &batch.consents {
        let to = (consent.individual_id, consent.recipient_id, consent.purpose);
        answers.entry(to).or_default().push((consent.recorded_at, *newest));
    }
    assert!(answers.values().any(|given| given.len() > 1));
    for mut given in answers.into_values() {
        given.sort_unstable();
        let last = given.pop().unwrap();
        assert!(last.1 && given.iter().all(|(_, newest)| !newest));
    }
}

#[test]
fn the_six_agreements_stand() {
    let mut rng = DemoRng::new();
    let keys = AgencyKeys::new(&mut rng);
    let as_of = "2026-01-15".parse().unwrap();
    let agreements = agreements(keys, as_of, &mut rng);
    assert_eq!(agreements.len(), 6);
    for agreement in agreements {
        assert_eq!(agreement.check(), Ok(()));
        assert!(agreement.in_force(as_of));
    }
}
