//! Adding agencies and clients, outside policy.

use super::by_code;
use crate::domain::agency::Agency;
use crate::domain::client::{Client, Role};
use crate::domain::country::CountryCode;
use crate::domain::purpose::Purpose;
use crate::domain::text::is_line;
use crate::policy::api_key;
use crate::store::bulk::insert::{self, NewClient, new_key};
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::StoreError;
use crate::store::database::tables::{agencies, clients};
use chrono::{NaiveDateTime, Utc};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};

/// Why an agency or a client cannot be added.
#[derive(Debug, thiserror::Error)]
pub enum AdministrationError {
    /// The code is not well-formed.
    #[error("an agency's code has 2 to 32 of a-z, 0-9 and -")]
    BadCode,
    /// The name is no name.
    #[error("a name has 1 to {MAX_NAME} characters, and no control characters")]
    BadName,
    /// There is such an agency.
    #[error("there is an agency {0} already")]
    AgencyExists(String),
    /// There is no such agency.
    #[error("there is no agency {0}; `panoh agency add` makes one")]
    NoAgency(String),
    /// The agency has a client of this name.
    #[error("the agency has a client called {0} already; give another --name")]
    ClientExists(String),
    /// The agency has no client of this name whose key is accepted.
    #[error("the agency has no client called {0} whose key is accepted")]
    NoClient(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Adds an agency.
///
/// # Errors
/// If the code or the name is not well-formed, the code is taken, or the database fails.
pub fn add_agency(
    connection: &mut AnyConnection,
    code: &str,
    name: &str,
    country: Option<CountryCode>,
) -> Result<(), AdministrationError> {
    let well_formed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !(2..=32).contains(&code.len()) || !code.bytes().all(well_formed) {
        return Err(AdministrationError::BadCode);
    }
    check_name(name)?;
    if by_code(connection)?.contains_key(code) {
        return Err(AdministrationError::AgencyExists(code.to_owned()));
    }
    let agency = Agency { id: new_key(), code: code.to_owned(), name: name.trim().to_owned(), country };
    Ok(insert::agencies(connection, &[agency])?)
}

/// The most characters of the name of an agency or a client.
const MAX_NAME: usize = 200;

fn check_name(name: &str) -> Result<(), AdministrationError> {
    let is_name = is_line(name, MAX_NAME);
    is_name.then_some(()).ok_or(AdministrationError::BadName)
}

/// Adds a client and returns its key, which is kept nowhere. The first of the purposes is its default.
///
/// # Errors
/// If the name is no name or is taken, the agency is unknown, or the database fails.
pub fn add_client(
    connection: &mut AnyConnection,
    agency: &str,
    role: Role,
    name: &str,
    purposes: &[Purpose],
) -> Result<String, AdministrationError> {
    check_name(name)?;
    let name = name.trim();
    let found = by_code(connection)?.remove(agency);
    let agency_id = found.ok_or_else(|| AdministrationError::NoAgency(agency.to_owned()))?.id;
    let key = api_key::format(&rand::random());
    let mut registered: Vec<Purpose> = Vec::new();
    for purpose in purposes {
        if !registered.contains(purpose) {
            registered.push(*purpose);
        }
    }
    let same_name = clients::table.filter(clients::agency_id.eq(agency_id)).filter(clients::name.eq(name));
    if same_name.count().get_result::<i64>(connection).map_err(StoreError::from)? > 0 {
        return Err(AdministrationError::ClientExists(name.to_owned()));
    }
    let client = Client { id: new_key(), name: name.to_owned(), role };
    let row = NewClient { client, agency_id, key_hash: api_key::hash(&key), purposes: registered };
    insert::clients(connection, &[row])?;
    Ok(key)
}

/// Whether a client has the key with this hash.
///
/// # Errors
/// If the database fails.
pub fn has_client(connection: &mut AnyConnection, key_hash: &str) -> Result<bool, StoreError> {
    let found: i64 = clients::table.filter(clients::key_hash.eq(key_hash)).count().get_result(connection)?;
    Ok(found > 0)
}

/// A client, for the operator.
#[derive(Debug, Clone)]
pub struct ClientLine {
    /// Code of its agency.
    pub agency: String,
    /// Its name.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Its default purpose.
    pub purpose: Purpose,
    /// Whether its key is accepted.
    pub enabled: bool,
}

/// Every client, by agency and name.
///
/// # Errors
/// If the database fails.
pub fn list_clients(connection: &mut AnyConnection) -> Result<Vec<ClientLine>, StoreError> {
    type Row = (String, String, Role, Purpose, Option<NaiveDateTime>);
    let rows: Vec<Row> = clients::table
        .inner_join(agencies::table)
        .order((agencies::code, clients::name))
        .select((agencies::code, clients::name, clients::role, clients::default_purpose, clients::disabled_at))
        .load(connection)?;
    let line = |(agency, name, role, purpose, disabled): Row| ClientLine {
        agency,
        name,
        role,
        purpose,
        enabled: disabled.is_none(),
    };
    Ok(rows.into_iter().map(line).collect())
}

/// Accepts a client's key no more, from the next request on.
///
/// # Errors
/// If the agency is unknown, has no enabled client of this name, or the database fails.
pub fn disable_client(connection: &mut AnyConnection, agency: &str, name: &str) -> Result<(), AdministrationError> {
    let found = by_code(connection)?.remove(agency);
    let agency_id = found.ok_or_else(|| AdministrationError::NoAgency(agency.to_owned()))?.id;
    let client = clients::table
        .filter(clients::agency_id.eq(agency_id))
        .filter(clients::name.eq(name))
        .filter(clients::disabled_at.is_null());
    let now = Some(Utc::now().naive_utc());
    let changed = diesel::update(client).set(clients::disabled_at.eq(now)).execute(connection);
    match changed.map_err(StoreError::from)? {
        0 => Err(AdministrationError::NoClient(name.to_owned())),
        _ => Ok(()),
    }
}
