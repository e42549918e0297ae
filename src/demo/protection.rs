//! What follows from the demo's incidents: who did it, how far it is checked, what was told, patterns, and deportations that are followed up.

use super::agencies::AgencyKeys;
use super::batch::Batch;
use super::random::DemoRng;
use crate::domain::Vocabulary;
use crate::domain::emergency::{
    Emergency, EmergencyAction, EmergencyFact, EmergencyOutcome, EmergencyQuestion, EmergencyStep,
};
use crate::domain::incident::{Incident, IncidentActor, IncidentKind, Verification};
use crate::domain::incident_account::IncidentAccount;
use crate::domain::incident_pattern::IncidentPattern;
use chrono::{Days, NaiveDate, NaiveTime, TimeDelta};
use rand::seq::IndexedRandom;

const SEED: u64 = 0x70_72_6f_74_65;
const SEED_OF_PATTERNS: u64 = 0x70_61_74_74_65;

/// What the State Migration Service does again and again: how it is called, of which kind.
const PATTERNS: [(&str, IncidentKind); 2] = [
    ("Bribes demanded when permits to stay are renewed", IncidentKind::BribeDemand),
    ("Threats to move people from Dushanbe and Khujand to the countryside", IncidentKind::ForcedRelocation),
];

/// What is known of the deportation that is followed up, and what is done: due on which day from the demo's, and done.
const KNOWN: [(EmergencyQuestion, &str); 3] = [
    (EmergencyQuestion::BorderCrossing, "Taken to the bridge at Panji Poyon"),
    (EmergencyQuestion::LegalBasis, "No decision was shown"),
    (EmergencyQuestion::Family, "In Dushanbe, informed"),
];
const STEPS: [(EmergencyAction, i64, Option<i64>); 4] = [
    (EmergencyAction::Intervention, -18, Some(-17)),
    (EmergencyAction::OfficeAbroad, -17, Some(-16)),
    (EmergencyAction::Tracing, -3, None),
    (EmergencyAction::LegalAid, 10, None),
];

/// How many days before the demo's the deportation is that is followed up.
const DEPORTED: u64 = 20;

/// The patterns of the demo.
pub(super) fn patterns(agencies: AgencyKeys, as_of: NaiveDate) -> [IncidentPattern; 2] {
    let mut rng = DemoRng::apart(SEED_OF_PATTERNS);
    let recorded_at = (as_of - Days::new(60)).and_time(NaiveTime::MIN);
    PATTERNS.map(|(name, kind)| IncidentPattern {
        id: rng.key(),
        holder_id: agencies.unhcr,
        name: name.to_owned(),
        kind: Some(kind),
        actor: Some(IncidentActor::StateMigrationService),
        recorded_at,
    })
}

/// The patterns, whether a batch has them by now, and whether a deportation is followed up.
pub struct Protection {
    patterns: [IncidentPattern; 2],
    as_of: NaiveDate,
    rng: DemoRng,
    has_begun: bool,
    is_followed_up: bool,
}

impl Protection {
    /// The patterns, to which nothing belongs yet.
    pub fn new(agencies: AgencyKeys, as_of: NaiveDate) -> Self {
        let (patterns, rng) = (patterns(agencies, as_of), DemoRng::apart(SEED));
        Self { patterns, as_of, rng, has_begun: false, is_followed_up: false }
    }

    /// Adds to a batch what follows from its incidents.
    pub(super) fn follow(&mut self, batch: &mut Batch) {
        if !std::mem::replace(&mut self.has_begun, true) {
            batch.incident_patterns.extend(self.patterns.clone());
        }
        let mut incidents = std::mem::take(&mut batch.incidents);
        for incident in &mut incidents {
            self.check(incident);
            if [IncidentKind::ArbitraryDeportation, IncidentKind::Detention].contains(&incident.kind) {
                self.respond(incident, batch);
            }
            let told = match incident.kind {
                IncidentKind::BribeDemand => "Asked for money to renew the permit to stay.",
                IncidentKind::ArbitraryDeportation => "Taken from home at night; the papers were kept.",
                _ => continue,
            };
            batch.incident_accounts.push(IncidentAccount {
                id: self.rng.key(),
                individual_id: incident.individual_id,
                incident_id: incident.id,
                account: Some(told.to_owned()),
                recorded_on: self.recorded_on(incident),
            });
        }
        batch.incidents = incidents;
    }

    fn check(&mut self, incident: &mut Incident) {
        let again_and_again = self.patterns.iter().any(|pattern| pattern.kind == Some(incident.kind));
        let is_deported = incident.kind == IncidentKind::ArbitraryDeportation;
        let by_the_service = self.rng.chance(70.0) || is_deported || again_and_again;
        let other = IncidentActor::ALL.choose(&mut self.rng.0).copied();
        incident.actor = if by_the_service { Some(IncidentActor::StateMigrationService) } else { other };
        incident.verification = *Verification::ALL.choose(&mut self.rng.0).expect("there are some");
        if again_and_again && incident.verification == Verification::Unfounded {
            incident.verification = Verification::Reported;
        }
        let pattern = self.patterns.iter().find(|pattern| pattern.fits(incident));
        incident.pattern_id = pattern.map(|pattern| pattern.id);
    }

    /// The first deportation was a few weeks ago and is followed up; others, and detentions, are closed.
    fn respond(&mut self, incident: &mut Incident, batch: &mut Batch) {
        let is_deported = incident.kind == IncidentKind::ArbitraryDeportation;
        let is_first = is_deported && !std::mem::replace(&mut self.is_followed_up, true);
        let outcome = if is_deported { EmergencyOutcome::Refoulement } else { EmergencyOutcome::Safe };
        if is_first {
            incident.occurred_on = Some(self.as_of - Days::new(DEPORTED));
            incident.verification = Verification::Corroborated;
        }
        let opened_on = self.recorded_on(incident);
        let emergency = Emergency {
            id: self.rng.key(),
            individual_id: incident.individual_id,
            incident_id: incident.id,
            opened_on,
            closed_on: (!is_first).then(|| (opened_on + Days::new(30)).min(self.as_of)),
            outcome: (!is_first).then_some(outcome),
        };
        if is_first {
            let fact = |(question, answer): (EmergencyQuestion, &str)| EmergencyFact {
                id: self.rng.key(),
                individual_id: incident.individual_id,
                emergency_id: emergency.id,
                question,
                answer: Some(answer.to_owned()),
                known_on: opened_on,
            };
            batch.emergency_facts.extend(KNOWN.map(fact));
            let day = |days: i64| self.as_of + TimeDelta::days(days);
            let steps = STEPS.map(|(action, due, done)| (action, day(due), done.map(day)));
            batch.emergency_steps.extend(steps.map(|(action, due_on, done_on)| EmergencyStep {
                id: self.rng.key(),
                individual_id: incident.individual_id,
                emergency_id: emergency.id,
                action,
                due_on,
                done_on,
            }));
        }
        batch.emergencies.push(emergency);
    }

    /// The day after it happened.
    fn recorded_on(&self, incident: &Incident) -> NaiveDate {
        incident.occurred_on.map_or(self.as_of, |on| (on + Days::new(1)).min(self.as_of))
    }
}
