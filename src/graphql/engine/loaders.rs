//! The kinds of things that resolvers load in batches.

use super::request_context::Load;
use crate::domain::Key;
use crate::domain::agency::Agency;
use crate::domain::assistance::Assistance;
use crate::domain::case::Case;
use crate::domain::enrolment::Enrolment;
use crate::domain::incident::Incident;
use crate::domain::individual::Individual;
use crate::domain::place::Place;
use crate::domain::programme::Programme;
use crate::domain::solution::Solution;
use crate::domain::specific_need::SpecificNeed;
use crate::policy::{ItemAccess, Released};
use crate::store::individual::Detail;
use crate::store::{Result, Snapshot};
use std::collections::HashMap;

/// Single rows by key.
macro_rules! rows {
    ($($(#[doc = $doc:literal])+ $name:ident => $row:ty, $method:ident;)+) => {$(
        $(#[doc = $doc])+
        pub struct $name;

        impl Load for $name {
            type Key = Key;
            type Value = Option<Released<$row>>;

            fn load(snapshot: &mut Snapshot, keys: &[Key]) -> Result<HashMap<Key, Self::Value>> {
                Ok(snapshot.$method(keys)?.into_iter().map(|(key, row)| (key, Some(row))).collect())
            }

            fn missing() -> Self::Value {
                None
            }
        }
    )+};
}

/// Lists by key.
macro_rules! lists {
    ($($(#[doc = $doc:literal])+ $name:ident => $row:ty, $method:ident;)+) => {$(
        $(#[doc = $doc])+
        pub struct $name;

        impl Load for $name {
            type Key = Key;
            type Value = Vec<$row>;

            fn load(snapshot: &mut Snapshot, keys: &[Key]) -> Result<HashMap<Key, Self::Value>> {
                snapshot.$method(keys)
            }

            fn missing() -> Self::Value {
                Vec::new()
            }
        }
    )+};
}

/// An individual's items, by its pass.
macro_rules! items {
    ($($(#[doc = $doc:literal])+ $name:ident => $row:ty, $method:ident;)+) => {$(
        $(#[doc = $doc])+
        pub struct $name;

        impl Load for $name {
            type Key = ItemAccess;
            type Value = Vec<$row>;

            fn load(snapshot: &mut Snapshot, keys: &[ItemAccess]) -> Result<HashMap<ItemAccess, Self::Value>> {
                let mut items = snapshot.$method(keys)?;
                Ok(keys.iter().filter_map(|pass| Some((*pass, items.remove(&pass.id())?))).collect())
            }

            fn missing() -> Self::Value {
                Vec::new()
            }
        }
    )+};
}

rows! {
    /// Agencies.
    Agencies => Agency, agencies;
    /// Places.
    Places => Place, places;
}

/// The cases of released people who reveal their family.
pub struct Cases;

impl Load for Cases {
    type Key = ItemAccess;
    type Value = Option<Released<Case>>;

    fn load(snapshot: &mut Snapshot, keys: &[ItemAccess]) -> Result<HashMap<ItemAccess, Self::Value>> {
        let cases = snapshot.cases_of(keys)?;
        Ok(keys.iter().map(|pass| (*pass, cases.get(&pass.id()).cloned())).collect())
    }

    fn missing() -> Self::Value {
        None
    }
}

/// The members of cases, by the key of the case.
pub struct Members;

impl Load for Members {
    type Key = (Key, Detail);
    type Value = Vec<Released<Individual>>;

    fn load(snapshot: &mut Snapshot, keys: &[(Key, Detail)]) -> Result<HashMap<(Key, Detail), Self::Value>> {
        let mut members = HashMap::new();
        for detail in [Detail::Keys, Detail::Whole] {
            let asked = keys.iter().filter(|(_, wanted)| *wanted == detail);
            let cases: Vec<Key> = asked.map(|(case, _)| *case).collect();
            if !cases.is_empty() {
                let found = snapshot.members_of_cases(&cases, detail)?;
                members.extend(found.into_iter().map(|(case, of_case)| ((case, detail), of_case)));
            }
        }
        Ok(members)
    }

    fn missing() -> Self::Value {
        Vec::new()
    }
}

lists! {
    /// The places of programmes.
    PlacesOfProgrammes => Released<Place>, places_of_programmes;
    /// The sources of population figures.
    SourcesOfFigures => String, sources_of_figures;
}

items! {
    /// Specific needs.
    SpecificNeeds => Released<SpecificNeed>, specific_needs_of;
    /// Solutions.
    Solutions => Released<Solution>, solutions_of;
    /// Enrolments, each with its programme.
    Enrolments => (Released<Enrolment>, Released<Programme>), enrolments_of;
    /// Assistance, each with its programme.
    Payments => (Released<Assistance>, Released<Programme>), assistance_of;
    /// Incidents.
    Incidents => Released<Incident>, incidents_of;
}
