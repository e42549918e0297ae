//! From credentials to a viewer, inside the snapshot.

use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::client::{Client, Role};
use crate::domain::country::CountryCode;
use crate::domain::purpose::Purpose;
use crate::policy::Viewer;
use crate::store::credentials::{Credentials, ReadError, Refusal};
use crate::store::database::connection::AnyConnection;
use crate::store::database::tables::{agencies, client_purposes, clients};
use crate::store::rls::Granted;
use chrono::NaiveDate;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl};

type ClientRow = (Id<Client>, String, Role, Purpose, Id<Agency>, String, String, Option<CountryCode>, Purpose);

/// The viewer that credentials prove. PostgreSQL has looked the client up itself.
pub(in crate::store) fn identify(
    connection: &mut AnyConnection,
    credentials: &Credentials,
    granted: Option<&Granted>,
    today: NaiveDate,
) -> Result<Viewer, ReadError> {
    let client = match granted {
        Some(granted) => granted.client()?,
        None => clients::table
            .filter(clients::key_hash.eq(&credentials.key_hash))
            .filter(clients::disabled_at.is_null())
            .select(clients::id)
            .first(connection)
            .optional()?,
    };
    let Some(client) = client else {
        return Err(Refusal::UnknownKey.into());
    };
    let rows: Vec<ClientRow> = client_purposes::table
        .inner_join(clients::table.inner_join(agencies::table))
        .filter(clients::id.eq(client))
        .select((
            clients::id,
            clients::name,
            clients::role,
            clients::default_purpose,
            agencies::id,
            agencies::code,
            agencies::name,
            agencies::country,
            client_purposes::purpose,
        ))
        .load(connection)?;
    let registered: Vec<Purpose> = rows.iter().map(|row| row.8).collect();
    let Some((id, name, role, default, agency, code, agency_name, country, _)) = rows.into_iter().next() else {
        return Err(Refusal::UnknownKey.into());
    };
    let purpose = credentials.purpose.unwrap_or(default);
    if !registered.contains(&purpose) {
        return Err(Refusal::PurposeNotRegistered { purpose, agency_id: agency, client_id: id }.into());
    }
    Ok(Viewer {
        agency: Agency { id: agency, code, name: agency_name, country },
        client: Client { id, name, role },
        purpose,
        today,
    })
}
