//! Protection incidents.

use super::incident_pattern::IncidentPattern;
use super::individual::Individual;
use super::place::Place;
use super::{Id, Noun, vocabulary};
use chrono::NaiveDate;

vocabulary! {
    /// What happened to a person.
    IncidentKind {
        /// An official demanded a bribe.
        BribeDemand = "BRIBE_DEMAND",
        /// The person was made to move, or threatened with it.
        ForcedRelocation = "FORCED_RELOCATION",
        /// The person was deported without due process.
        ArbitraryDeportation = "ARBITRARY_DEPORTATION",
        /// The person was detained.
        Detention = "DETENTION",
        /// Services were refused.
        DenialOfServices = "DENIAL_OF_SERVICES",
        /// Anything else.
        Other = "OTHER",
    }
}

vocabulary! {
    /// Who did it.
    IncidentActor {
        /// The State Migration Service.
        StateMigrationService = "STATE_MIGRATION_SERVICE",
        /// The police.
        Police = "POLICE",
        /// Border guards.
        BorderGuards = "BORDER_GUARDS",
        /// A local authority.
        LocalAuthority = "LOCAL_AUTHORITY",
        /// Another authority of the state.
        OtherAuthority = "OTHER_AUTHORITY",
        /// A school, hospital or another provider of services.
        ServiceProvider = "SERVICE_PROVIDER",
        /// Somebody without office.
        PrivatePerson = "PRIVATE_PERSON",
    }
}

vocabulary! {
    /// How far a report of an incident is checked.
    Verification {
        /// Somebody reported it.
        Reported = "REPORTED",
        /// Another source says the same.
        Corroborated = "CORROBORATED",
        /// Staff have checked it.
        Verified = "VERIFIED",
        /// It did not happen, or not so.
        Unfounded = "UNFOUNDED",
    }
}

impl Verification {
    /// What a report that is checked so far can become; less than it is, if that was a mistake.
    pub fn next(self) -> &'static [Self] {
        match self {
            Self::Reported => &[Self::Corroborated, Self::Verified, Self::Unfounded],
            Self::Corroborated => &[Self::Reported, Self::Verified, Self::Unfounded],
            Self::Verified => &[Self::Reported, Self::Corroborated, Self::Unfounded],
            Self::Unfounded => &[Self::Reported],
        }
    }
}

/// A protection incident, as one individual suffered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// Row key, random.
    pub id: Id<Incident>,
    /// Who suffered it.
    pub individual_id: Id<Individual>,
    /// The same for all whom one event affected: the row key of the first.
    pub event_id: Id<Incident>,
    /// What happened.
    pub kind: IncidentKind,
    /// Who did it; none if that is not known.
    pub actor: Option<IncidentActor>,
    /// When.
    pub occurred_on: Option<NaiveDate>,
    /// Where.
    pub place_id: Option<Id<Place>>,
    /// How far it is checked.
    pub verification: Verification,
    /// To which pattern of its holder it belongs.
    pub pattern_id: Option<Id<IncidentPattern>>,
}

impl Noun for Incident {
    const NAME: &'static str = "Incident";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Vocabulary;

    #[test]
    fn a_report_becomes_anything_else_and_what_is_unfounded_is_checked_from_the_beginning() {
        for verification in Verification::ALL.iter().filter(|one| **one != Verification::Unfounded) {
            let others: Vec<Verification> =
                Verification::ALL.iter().copied().filter(|other| other != verification).collect();
            assert_eq!(verification.next(), others);
        }
        assert_eq!(Verification::Unfounded.next(), [Verification::Reported]);
    }
}
