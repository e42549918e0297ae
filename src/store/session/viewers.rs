//! Who asks, with all that decides what they see: kept between requests under one policy epoch, on one day.

use super::identify::identify;
use crate::domain::agreement::Agreement;
use crate::domain::purpose::Purpose;
use crate::policy::seal::{Seal, Secret};
use crate::policy::{Grant, Viewer};
use crate::store::agreement::rows::{agreements_given, agreements_in_force};
use crate::store::credentials::{Credentials, ReadError};
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::policy_epoch;
use crate::store::emergency_access::open::next_change;
use crate::store::rls::Granted;
use chrono::{NaiveDate, NaiveDateTime, TimeDelta, Utc};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// By how much the clocks of the server and the database may differ.
const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::seconds(30);

/// A viewer, and by what right it sees what.
pub(in crate::store) struct Known {
    pub viewer: Viewer,
    pub agreements: Vec<Agreement>,
    pub grant: Grant,
    pub seal: Seal,
    /// How many people it sees, once that was counted: the same until the epoch or the day changes.
    pub people: OnceLock<i64>,
    /// What PostgreSQL granted it, sealed.
    granted: Option<Granted>,
    /// When an emergency opens or closes that changes it.
    until: Option<NaiveDateTime>,
}

/// The viewers that were known under an epoch, on a day.
#[derive(Clone)]
pub(in crate::store) struct Viewers {
    secret: Arc<Secret>,
    known: Arc<Mutex<UnderEpoch>>,
}

#[derive(Default)]
struct UnderEpoch {
    epoch: i64,
    day: NaiveDate,
    by_credentials: HashMap<(String, Option<Purpose>), Arc<Known>>,
}

impl Viewers {
    /// No viewer is known yet.
    pub fn new(secret: Arc<Secret>) -> Self {
        Self { secret, known: Arc::default() }
    }

    /// Opens a transaction for the client that has the credentials' key. Gives the transaction's epoch too.
    ///
    /// # Errors
    /// If the credentials are refused, or the database fails.
    pub fn open(
        &self,
        connection: &mut AnyConnection,
        credentials: &Credentials,
        today: NaiveDate,
    ) -> Result<(Arc<Known>, i64), ReadError> {
        let key = (credentials.key_hash.clone(), credentials.purpose);
        let known = {
            let known = self.known.lock();
            let fresh = |found: &&Arc<Known>| known.day == today && found.is_fresh();
            known.by_credentials.get(&key).filter(fresh).map(|found| (Arc::clone(found), known.epoch))
        };
        let mut read = None;
        if let Some((known, epoch)) = known {
            let now = known.reopen(connection, today)?;
            if now == epoch {
                return Ok((known, epoch));
            }
            read = Some(now);
        }
        let epoch = read.map_or_else(|| policy_epoch::read(connection), Ok)?;
        let known = Arc::new(Known::read(connection, credentials, today, &self.secret)?);
        self.keep(epoch, today, key, &known);
        Ok((known, epoch))
    }

    /// Keeps a viewer; whatever was known under an earlier epoch or on another day is forgotten.
    fn keep(&self, epoch: i64, day: NaiveDate, key: (String, Option<Purpose>), viewer: &Arc<Known>) {
        let mut known = self.known.lock();
        if (known.epoch, known.day) != (epoch, day) {
            if known.epoch > epoch {
                return;
            }
            *known = UnderEpoch { epoch, day, by_credentials: HashMap::new() };
        }
        known.by_credentials.insert(key, Arc::clone(viewer));
    }
}

impl Known {
    fn read(
        connection: &mut AnyConnection,
        credentials: &Credentials,
        today: NaiveDate,
        secret: &Secret,
    ) -> Result<Self, ReadError> {
        let granted = match connection {
            AnyConnection::Sqlite(_) => None,
            AnyConnection::Postgresql(postgres) => Some(Granted::open(postgres, credentials, today)?),
        };
        let viewer = identify(connection, credentials, granted.as_ref(), today)?;
        let agreements = agreements_in_force(connection, &viewer)?;
        let until = next_change(connection, &viewer)?;
        let given = agreements_given(connection, &viewer)?;
        let (grant, seal) = (Grant::new(&viewer, &agreements, &given), Seal::new(secret, &viewer));
        Ok(Self { viewer, agreements, grant, seal, people: OnceLock::new(), granted, until })
    }

    /// Opens another transaction for the same viewer, and gives its epoch.
    fn reopen(&self, connection: &mut AnyConnection, today: NaiveDate) -> Result<i64> {
        match (connection, &self.granted) {
            (AnyConnection::Postgresql(postgres), Some(granted)) => granted.set(postgres, today),
            (connection, _) => policy_epoch::read(connection),
        }
    }

    /// Whether no emergency opens or closes so soon that the database's clock may say that it has.
    fn is_fresh(&self) -> bool {
        self.until.is_none_or(|until| Utc::now().naive_utc() + CLOCKS_DIFFER_BY < until)
    }
}
