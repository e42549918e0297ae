//! What is asked of consents across the viewers that the wall keeps apart.

use crate::domain::Key;
use crate::domain::Vocabulary;
use crate::domain::purpose::Purpose;
use crate::store::connection::AnyConnection;
use crate::store::errors::Result;
use crate::store::tables::consents;
use chrono::NaiveDateTime;
use diesel::dsl::max;
use diesel::sql_types::{BigInt, Text};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

diesel::define_sql_function! {
    /// The moment of the newest consent to a recipient for a purpose.
    #[sql_name = "wall.newest_consent"]
    fn newest_consent_to(recipient: BigInt, purpose: Text) -> Nullable<Timestamp>;
}

/// The moment of the newest consent to a recipient for a purpose, whoever gave it.
pub fn newest_consent(
    connection: &mut AnyConnection,
    recipient: Key,
    purpose: Purpose,
) -> Result<Option<NaiveDateTime>> {
    Ok(match connection {
        AnyConnection::Sqlite(sqlite) => consents::table
            .filter(consents::recipient_id.eq(recipient))
            .filter(consents::purpose.eq(purpose.code()))
            .select(max(consents::recorded_at))
            .first(sqlite)?,
        AnyConnection::Postgresql(postgres) => {
            diesel::select(newest_consent_to(recipient, purpose.code())).get_result(postgres)?
        }
    })
}
