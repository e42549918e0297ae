//! The Tajikistan demo: a synthetic caseload from a fixed seed, the same on every database.

mod agencies;
mod batch;
mod caseload;
mod demarches;
mod figures;
mod handovers;
mod names;
mod people;
mod places;
mod plan;
mod programmes;
mod protection;
mod random;
mod relocation;
mod rides;
mod services;
mod training;

pub use agencies::Keys;
pub use plan::Plan;

use crate::domain::agency::Agency;
use crate::domain::agreement::Agreement;
use crate::policy::api_key;
use crate::policy::seal::Secret;
use crate::policy::statistics::Noise;
use crate::store::agency::administration::has_client;
use crate::store::bulk::insert;
use crate::store::database::connection::{Address, AnyConnection};
use crate::store::statistics::making;
use crate::store::statistics::outcome::{Made, Wanted};
use crate::store::{StoreError, agency as stored, iati_report};
use caseload::Caseload;
use random::DemoRng;
use std::collections::HashMap;

/// Why the demo cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The demo is there with another number of people.
    #[error(
        "the demo in this database has {loaded} people, not {asked}; name another --database for a demo of another size"
    )]
    OtherSize {
        /// How many it has.
        loaded: i64,
        /// How many were asked for.
        asked: u32,
    },
    /// The demo was made with another secret, so that its keys are others.
    #[error(
        "the demo in this database was made with another secret key file; name that with --secret-key-file, or another --database"
    )]
    OtherSecret,
    /// The database holds something else.
    #[error("this database holds agencies of its own; name another --database for the demo")]
    NotTheDemo,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Loads the demo, or nothing if it is there already. `progress` hears how many people are loaded.
///
/// # Errors
/// If the database fails, or has agencies but not this demo, made with this secret and of this many people.
pub fn load(
    connection: &mut AnyConnection,
    secret: &Secret,
    plan: &Plan,
    mut progress: impl FnMut(u64),
) -> Result<Keys, DemoError> {
    let keys = Keys::new(secret);
    let present = stored::by_code(connection)?;
    if !present.is_empty() {
        return check(connection, &present, &keys, plan).map(|()| keys);
    }
    let mut rng = DemoRng::new();
    let agency_keys = agencies::AgencyKeys::new(&mut rng);
    insert::agencies(connection, &agencies::agencies(agency_keys))?;
    insert::clients(connection, &agencies::clients(agency_keys, &keys, &mut rng))?;
    let agreements = agencies::agreements(agency_keys, plan.as_of, &mut rng);
    insert::agreements(connection, &agreements)?;
    let places = places::Places::new(&mut rng);
    insert::places(connection, &places.rows)?;
    let mut programmes = programmes::Programmes::new(agency_keys, &places, plan.as_of, &mut rng);
    handovers::accept(&mut programmes, agency_keys, plan.as_of);
    insert::programmes(connection, &programmes.0)?;
    insert::programme_results(connection, &programmes.results(plan.as_of))?;
    for (report, (programme, _)) in programmes.reports(plan.as_of).iter().zip(&programmes.0) {
        iati_report::replace(connection, programme.id, report)?;
    }
    training::insert(connection, &programmes, &places, plan.as_of)?;
    handovers::insert(connection, &programmes, agency_keys, plan.as_of)?;
    let rides = rides::Rides::new(agency_keys, &places, plan.as_of);
    rides.insert(connection)?;
    insert::population_figures(connection, &figures::figures(&mut rng))?;
    let mut caseload = Caseload::new(*plan, agency_keys, &agreements, &places, &programmes, rides, rng);
    while let Some(batch) = caseload.next_batch() {
        batch.insert(connection)?;
        progress(caseload.made().into());
    }
    demarches::insert(connection, agency_keys, plan.as_of)?;
    relocation::insert(connection, agency_keys, &agreements, &places, plan.as_of)?;
    stored::note_demo_size(connection, plan.people.into())?;
    connection.analyse()?;
    Ok(keys)
}

/// Makes the demo's first releases of statistics, if they are not there yet.
///
/// # Errors
/// If the database cannot be reached, is not at this version's schema, or fails.
pub fn release(address: &Address, secret: &Secret, plan: &Plan) -> Result<Vec<Made>, StoreError> {
    let noise = |agreement: &Agreement, number: i32| {
        Noise::of(secret.derive(&["demo statistics", &agreement.reference, &number.to_string()]))
    };
    let wanted = Wanted { today: plan.as_of, reference: None, dry_run: false, noise: &noise };
    making::release(address, &wanted, |_, _| {})
}

/// Holds a database that is not empty against the demo that would be made.
fn check(
    connection: &mut AnyConnection,
    present: &HashMap<String, Agency>,
    keys: &Keys,
    plan: &Plan,
) -> Result<(), DemoError> {
    let unhcr = present.get("unhcr").filter(|_| agencies::AGENCIES.iter().all(|agency| present.contains_key(agency.0)));
    let unhcr = unhcr.ok_or(DemoError::NotTheDemo)?;
    if !has_client(connection, &api_key::hash(&keys.unhcr))? {
        return Err(DemoError::OtherSecret);
    }
    let loaded = stored::demo_size(connection, unhcr.id)?;
    match loaded == i64::from(plan.people) {
        true => Ok(()),
        false => Err(DemoError::OtherSize { loaded, asked: plan.people }),
    }
}

#[cfg(test)]
mod tests;
