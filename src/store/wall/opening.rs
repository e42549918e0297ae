//! Transactions opened for a client: on PostgreSQL the database verifies the key itself, and shows what this client may see for
//! this purpose. What it granted is sealed, and opens further transactions until something changes that decides access.

use crate::domain::purpose::Purpose;
use crate::domain::{Key, Vocabulary};
use crate::store::claim::Claim;
use crate::store::connection::AnyConnection;
use crate::store::errors::{Result, StoreError};
use crate::store::tables::clients;
use chrono::{NaiveDate, NaiveDateTime, TimeDelta, Utc};
use diesel::sql_types::{Bool, Date, Nullable, Text};
use diesel::{ExpressionMethods, OptionalExtension, PgConnection, QueryDsl, QueryableByName, RunQueryDsl};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

diesel::define_sql_function! {
    /// Sets a parameter of the transaction.
    fn set_config(name: Text, value: Text, local: Bool) -> Text;
}

/// By how much the clocks of the server and the database may differ.
const CLOCKS_DIFFER_BY: TimeDelta = TimeDelta::seconds(30);

/// What a transaction is opened for.
#[derive(Debug)]
pub struct Opening {
    /// The client; none where nobody has the key.
    pub client: Option<Key>,
    /// When something that was opened for an emergency closes.
    until: Option<NaiveDateTime>,
}

/// What clients were granted, as the database sealed it. It holds under one policy epoch, on one day.
#[derive(Debug, Clone, Default)]
pub struct Openings(Arc<Mutex<Sealed>>);

#[derive(Debug, Default)]
struct Sealed {
    until: Option<(i64, NaiveDate)>,
    by_claim: HashMap<(String, Option<Purpose>), Known>,
}

type Known = (Arc<Opening>, Arc<Granted>);

#[derive(Debug, QueryableByName)]
struct Granted {
    #[diesel(sql_type = Text)]
    granted: String,
    #[diesel(sql_type = Text)]
    until: String,
    #[diesel(sql_type = Text)]
    seal: String,
}

/// The part of what the database granted that the server needs.
#[derive(Deserialize)]
struct Terms {
    client: Option<Key>,
    until: Option<NaiveDateTime>,
}

impl Granted {
    /// Opens another transaction.
    fn set(&self, connection: &mut PgConnection, today: NaiveDate) -> Result<()> {
        let set = |name: &'static str, value: &str| set_config(name, value.to_owned(), true).is_not_null();
        let all = (
            set("panoh.granted", &self.granted),
            set("panoh.until", &self.until),
            set("panoh.seal", &self.seal),
            set("panoh.day", &today.to_string()),
        );
        diesel::select(all).execute(connection)?;
        Ok(())
    }
}

impl Openings {
    /// Opens the transaction for the client that has the claim's key.
    pub fn open(
        &self,
        connection: &mut AnyConnection,
        claim: &Claim,
        today: NaiveDate,
        epoch: i64,
    ) -> Result<Arc<Opening>> {
        match connection {
            AnyConnection::Sqlite(sqlite) => {
                let client = clients::table
                    .filter(clients::key_hash.eq(&claim.key_hash))
                    .filter(clients::disabled_at.is_null())
                    .select(clients::id)
                    .first(sqlite)
                    .optional()?;
                Ok(Arc::new(Opening { client, until: None }))
            }
            AnyConnection::Postgresql(postgres) => self.open_wall(postgres, claim, today, epoch),
        }
    }

    fn open_wall(
        &self,
        connection: &mut PgConnection,
        claim: &Claim,
        today: NaiveDate,
        epoch: i64,
    ) -> Result<Arc<Opening>> {
        let key = (claim.key_hash.clone(), claim.purpose);
        let known = self.sealed(epoch, today).by_claim.get(&key).cloned();
        if let Some((opening, sealed)) = known.filter(|(opening, _)| opening.is_fresh()) {
            sealed.set(connection, today)?;
            return Ok(opening);
        }
        let sealed: Granted = diesel::sql_query("SELECT * FROM wall.open($1, $2, $3)")
            .bind::<Text, _>(&claim.key_hash)
            .bind::<Nullable<Text>, _>(claim.purpose.map(Vocabulary::code))
            .bind::<Date, _>(today)
            .get_result(connection)?;
        let opening = Arc::new(Opening::read(&sealed)?);
        if opening.client.is_some() {
            let granted = (opening.clone(), Arc::new(sealed));
            self.sealed(epoch, today).by_claim.insert(key, granted);
        }
        Ok(opening)
    }

    /// What is sealed under an epoch on a day; whatever was before is forgotten.
    fn sealed(&self, epoch: i64, today: NaiveDate) -> MutexGuard<'_, Sealed> {
        let mut sealed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sealed.until != Some((epoch, today)) {
            *sealed = Sealed { until: Some((epoch, today)), by_claim: HashMap::new() };
        }
        sealed
    }
}

impl Opening {
    /// Whether nothing closes so soon that the database's clock may say that it has.
    fn is_fresh(&self) -> bool {
        self.until.is_none_or(|until| Utc::now().naive_utc() + CLOCKS_DIFFER_BY < until)
    }

    fn read(sealed: &Granted) -> Result<Self> {
        let corrupt = || StoreError::Corrupt("what the second wall granted".to_owned());
        let terms: Terms = serde_json::from_str(&sealed.granted).map_err(|_| corrupt())?;
        Ok(Self { client: terms.client, until: terms.until })
    }
}
