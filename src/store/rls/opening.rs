//! Transactions opened for a client: on PostgreSQL the database verifies the key itself, and shows what this client may see for
//! this purpose. What it granted is sealed, and opens further transactions until something changes that decides access.

use crate::domain::client::Client;
use crate::domain::{Id, Vocabulary};
use crate::store::credentials::Credentials;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::{Result, StoreError};
use crate::store::database::tables::policy_epochs;
use chrono::NaiveDate;
use diesel::sql_types::{Bool, Date, Nullable, Text};
use diesel::{ExpressionMethods, NullableExpressionMethods, PgConnection, QueryDsl, QueryableByName, RunQueryDsl};
use serde::Deserialize;
use std::collections::BTreeSet;

diesel::define_sql_function! {
    /// Sets a parameter of the transaction.
    fn set_config(name: Text, value: Text, local: Bool) -> Text;
}

/// Says in whose names the transaction puts entries on record: those of the clients that have these keys.
///
/// # Errors
/// If the database fails.
pub fn speak_for(connection: &mut AnyConnection, key_hashes: &BTreeSet<String>) -> Result<()> {
    if let AnyConnection::Postgresql(postgres) = connection {
        let hashes = key_hashes.iter().map(String::as_str).collect::<Vec<_>>().join(" ");
        diesel::select(set_config("panoh.speaks_for", hashes, true)).execute(postgres)?;
    }
    Ok(())
}

/// What the database granted a client, under its seal.
#[derive(Debug, QueryableByName)]
pub struct Granted {
    #[diesel(sql_type = Text)]
    granted: String,
    #[diesel(sql_type = Text)]
    until: String,
    #[diesel(sql_type = Text)]
    seal: String,
}

/// The part of it that the server needs.
#[derive(Deserialize)]
struct Terms {
    client: Option<Id<Client>>,
}

impl Granted {
    /// Opens the transaction for the client that has the credentials' key.
    ///
    /// # Errors
    /// If the database fails.
    pub fn open(connection: &mut PgConnection, credentials: &Credentials, today: NaiveDate) -> Result<Self> {
        Ok(diesel::sql_query("SELECT * FROM wall.open($1, $2, $3)")
            .bind::<Text, _>(&credentials.key_hash)
            .bind::<Nullable<Text>, _>(credentials.purpose.map(Vocabulary::code))
            .bind::<Date, _>(today)
            .get_result(connection)?)
    }

    /// Opens another transaction, and gives its policy epoch.
    ///
    /// # Errors
    /// If the database fails.
    pub fn set(&self, connection: &mut PgConnection, today: NaiveDate) -> Result<i64> {
        let set = |name: &'static str, value: &str| set_config(name, value.to_owned(), true).is_not_null();
        let epoch = policy_epochs::table.select(policy_epochs::epoch);
        let all = (
            set("panoh.granted", &self.granted),
            set("panoh.until", &self.until),
            set("panoh.seal", &self.seal),
            set("panoh.day", &today.to_string()),
            epoch.single_value().assume_not_null(),
        );
        let (.., epoch): (bool, bool, bool, bool, i64) = diesel::select(all).get_result(connection)?;
        Ok(epoch)
    }

    /// The client; none if nobody has the key.
    ///
    /// # Errors
    /// If what the database granted cannot be read.
    pub fn client(&self) -> Result<Option<Id<Client>>> {
        let corrupt = |_| StoreError::Corrupt("what a client is granted".to_owned());
        let terms: Terms = serde_json::from_str(&self.granted).map_err(corrupt)?;
        Ok(terms.client)
    }
}
