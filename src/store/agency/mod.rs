//! Agencies: reference data.

pub mod administration;

use super::database::connection::{AnyConnection, Backend};
use super::database::errors::Result;
use super::database::page::{Page, Position, Window, by_code, page};
use super::database::stored::stored;
use super::database::tables::{agencies, client_purposes, demos, individuals};
use super::session::read::ReadSession;
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::client::Client;
use crate::domain::country::CountryCode;
use crate::domain::purpose::Purpose;
use crate::policy::Released;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::HashMap;

stored!(Agency in agencies { id: Id<Agency>, code: String, name: String, country: Option<CountryCode> });

/// Which agencies a client asks for; an absent part restricts nothing.
#[derive(Debug, Clone, Default)]
pub struct AgencyFilter {
    /// With one of these codes.
    pub codes: Option<Vec<String>>,
}

fn query(filter: &AgencyFilter) -> agencies::BoxedQuery<'static, Backend> {
    let query = agencies::table.into_boxed();
    match &filter.codes {
        Some(codes) => query.filter(agencies::code.eq_any(codes.clone())),
        None => query,
    }
}

impl ReadSession {
    /// Agencies by key.
    ///
    /// # Errors
    /// If the database fails.
    pub fn agencies(&mut self, ids: &[Id<Agency>]) -> Result<HashMap<Id<Agency>, Released<Agency>>> {
        let found = agencies::table.filter(agencies::id.eq_any(ids)).select(Agency::as_select());
        let rows: Vec<Agency> = found.load(self.connection())?;
        Ok(rows.into_iter().map(|agency| (agency.id, Released::reference(agency))).collect())
    }

    /// A page of agencies, by code.
    ///
    /// # Errors
    /// If the database fails.
    pub fn agencies_page(&mut self, filter: &AgencyFilter, window: &Window) -> Result<Page<Released<Agency>>> {
        let position = |agency: &Released<Agency>| Position::of_text(&agency.code, agency.id);
        page(window, position, |slice| {
            let query = by_code!(query(filter), agencies::code, slice).select(Agency::as_select());
            let rows: Vec<Agency> = query.load(self.connection())?;
            Ok(rows.into_iter().map(Released::reference).collect())
        })
    }

    /// How many agencies pass the filter.
    ///
    /// # Errors
    /// If the database fails.
    pub fn agencies_count(&mut self, filter: &AgencyFilter) -> Result<i64> {
        Ok(query(filter).count().get_result(self.connection())?)
    }

    /// Clients by key: the viewer's own alone.
    ///
    /// # Errors
    /// Never: it is known already.
    pub fn clients(&mut self, ids: &[Id<Client>]) -> Result<HashMap<Id<Client>, Client>> {
        let own = self.viewer().client.clone();
        Ok(ids.contains(&own.id).then_some((own.id, own)).into_iter().collect())
    }

    /// The purposes for which the viewer's client is registered.
    ///
    /// # Errors
    /// If the database fails.
    pub fn purposes(&mut self) -> Result<Vec<Purpose>> {
        let client = self.viewer().client.id;
        let registered = client_purposes::table.filter(client_purposes::client_id.eq(client));
        Ok(registered.order(client_purposes::purpose).select(client_purposes::purpose).load(self.connection())?)
    }

    /// The keys of the agencies with these codes; unknown codes are left out.
    ///
    /// # Errors
    /// If the database fails.
    pub fn agencies_by_code(&mut self, codes: &[String]) -> Result<Vec<Id<Agency>>> {
        // PostgreSQL holds no text with a NUL character, and would fail on the question.
        let codes = codes.iter().filter(|code| !code.contains('\0'));
        let keys = agencies::table.filter(agencies::code.eq_any(codes)).select(agencies::id);
        Ok(keys.load(self.connection())?)
    }
}

/// Every agency, by code; for imports and administration.
///
/// # Errors
/// If the database fails.
pub fn by_code(connection: &mut AnyConnection) -> Result<HashMap<String, Agency>> {
    let rows: Vec<Agency> = agencies::table.select(Agency::as_select()).load(connection)?;
    Ok(rows.into_iter().map(|agency| (agency.code.clone(), agency)).collect())
}

/// Of how many people the demo was made that is in the database, if an agency holds its caseload.
///
/// # Errors
/// If the database fails.
pub fn demo_size(connection: &mut AnyConnection, holder: Id<Agency>) -> Result<i64> {
    let made: Option<i64> = demos::table.select(demos::people).first(connection).optional()?;
    match made {
        Some(made) => Ok(made),
        // One of a version that did not note it.
        None => Ok(individuals::table.filter(individuals::holder_id.eq(holder)).count().get_result(connection)?),
    }
}

/// Notes of how many people the demo was made.
///
/// # Errors
/// If the database fails.
pub fn note_demo_size(connection: &mut AnyConnection, people: i64) -> Result<()> {
    diesel::insert_into(demos::table).values(demos::people.eq(people)).execute(connection)?;
    Ok(())
}
