//! Bulk insertion, outside policy: the one file that branches on the database.

use crate::domain::Vocabulary;
use crate::domain::agency::Agency;
use crate::domain::agreement::Agreement;
use crate::domain::assistance::Assistance;
use crate::domain::case::Case;
use crate::domain::client::Client;
use crate::domain::consent::Consent;
use crate::domain::emergency::EmergencyAccess;
use crate::domain::enrolment::Enrolment;
use crate::domain::grants::Grants;
use crate::domain::incident::Incident;
use crate::domain::individual::Individual;
use crate::domain::place::Place;
use crate::domain::population_figure::PopulationFigure;
use crate::domain::programme::Programme;
use crate::domain::purpose::Purpose;
use crate::domain::retention::Anonymised;
use crate::domain::solution::Solution;
use crate::domain::specific_need::SpecificNeed;
use crate::domain::text::fold;
use crate::domain::{Key, country::CountryCode};
use crate::policy::reveal::coarse;
use crate::store::agreement::scopes;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::{Result, StoreError};
use crate::store::database::tables::*;
use crate::store::statistics;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use rand::RngExt;
use rand::seq::SliceRandom;

/// Rows of one statement: below SQLite's 32,766 and PostgreSQL's 65,535 values for the widest table.
pub(in crate::store) const ROWS: usize = 1_000;

/// A new row key: random, so that its order tells nothing.
pub fn new_key() -> Key {
    rand::rng().random_range(1..Key::MAX)
}

/// Inserts rows, each given as the values of its columns.
macro_rules! insert {
    ($connection:expr, $table:expr, $rows:expr, |$row:ident| $values:expr) => {{
        for chunk in $rows.chunks(ROWS) {
            let values: Vec<_> = chunk.iter().map(|$row| $values).collect();
            match $connection {
                AnyConnection::Sqlite(sqlite) => diesel::insert_into($table).values(&values).execute(sqlite)?,
                AnyConnection::Postgresql(postgres) => diesel::insert_into($table).values(&values).execute(postgres)?,
            };
        }
        Ok(())
    }};
}
pub(in crate::store) use insert;

fn code<V: Vocabulary>(value: Option<V>) -> Option<&'static str> {
    value.map(Vocabulary::code)
}

fn text(country: Option<CountryCode>) -> Option<String> {
    country.map(|country| country.to_string())
}

/// Inserts agencies.
pub fn agencies(connection: &mut AnyConnection, rows: &[Agency]) -> Result<()> {
    insert!(connection, agencies::table, rows, |row| (
        agencies::id.eq(row.id),
        agencies::code.eq(&row.code),
        agencies::name.eq(&row.name),
        agencies::country.eq(text(row.country)),
    ))
}

/// A client with its key's hash and purposes, as it is stored.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// The client.
    pub client: Client,
    /// Its agency.
    pub agency_id: Key,
    /// SHA-256 of its key, in hexadecimal.
    pub key_hash: String,
    /// The purposes that it is registered for; the first is the default.
    pub purposes: Vec<Purpose>,
}

/// Inserts clients; each has at least one purpose.
pub fn clients(connection: &mut AnyConnection, rows: &[NewClient]) -> Result<()> {
    let inserted: Result<()> = insert!(connection, clients::table, rows, |row| (
        clients::id.eq(row.client.id),
        clients::agency_id.eq(row.agency_id),
        clients::name.eq(&row.client.name),
        clients::role.eq(row.client.role.code()),
        clients::default_purpose.eq(row.purposes[0].code()),
        clients::key_hash.eq(&row.key_hash),
    ));
    inserted?;
    let registered =
        |row: &NewClient| row.purposes.iter().map(|purpose| (row.client.id, purpose.code())).collect::<Vec<_>>();
    let purposes: Vec<(Key, &str)> = rows.iter().flat_map(registered).collect();
    insert!(connection, client_purposes::table, purposes, |row| (
        client_purposes::client_id.eq(row.0),
        client_purposes::purpose.eq(row.1),
    ))
}

/// Inserts agreements, whose terms must stand.
pub fn agreements(connection: &mut AnyConnection, rows: &[Agreement]) -> Result<()> {
    for row in rows {
        row.check().map_err(|error| StoreError::Corrupt(format!("agreement {}: {error}", row.reference)))?;
    }
    let inserted: Result<()> = insert!(connection, agreements::table, rows, |row| (
        agreements::id.eq(row.id),
        agreements::reference.eq(&row.reference),
        agreements::provider_id.eq(row.provider_id),
        agreements::recipient_id.eq(row.recipient_id),
        agreements::purpose.eq(row.purpose.code()),
        agreements::level.eq(row.level.code()),
        agreements::grants.eq(row.grants().bits()),
        agreements::dimensions.eq(scopes::dimensions(&row.scope)),
        agreements::consent_required.eq(row.consent_required),
        agreements::minimum_cell_size.eq(row.minimum_cell_size),
        agreements::valid_from.eq(row.valid_from),
        agreements::valid_until.eq(row.valid_until),
        agreements::status.eq(row.status.code()),
        agreements::replaces_id.eq(row.replaces_id),
        agreements::retention_months.eq(row.retention_months),
        agreements::emergency.eq(row.emergency),
        agreements::proposed_by_id.eq(row.proposed_by_id),
        agreements::in_force_since.eq(row.in_force_since),
        agreements::revoked_at.eq(row.revoked_at),
        agreements::release_months.eq(row.release_months),
    ));
    inserted?;
    statistics::tables::insert(connection, rows)?;
    let values: Vec<scopes::Value> = rows.iter().flat_map(|row| scopes::values(row.id, &row.scope)).collect();
    insert!(connection, agreement_scopes::table, values, |row| (
        agreement_scopes::agreement_id.eq(row.agreement_id),
        agreement_scopes::dimension.eq(&row.dimension),
        agreement_scopes::position.eq(row.position),
        agreement_scopes::value.eq(&row.value),
        agreement_scopes::level.eq(row.level),
        agreement_scopes::least_stage.eq(&row.least_stage),
        agreement_scopes::destination.eq(&row.destination),
    ))
}

/// Inserts openings of emergency agreements, unreviewed.
pub fn emergency_accesses(connection: &mut AnyConnection, rows: &[EmergencyAccess]) -> Result<()> {
    insert!(connection, emergency_accesses::table, rows, |row| (
        emergency_accesses::id.eq(row.id),
        emergency_accesses::agreement_id.eq(row.agreement_id),
        emergency_accesses::client_id.eq(row.client_id),
        emergency_accesses::reason.eq(row.reason.code()),
        emergency_accesses::opened_at.eq(row.opened_at),
        emergency_accesses::closes_at.eq(row.closes_at),
    ))
}

/// Inserts places, each with its ancestors' keys (itself left out). Parents come before their children.
pub fn places(connection: &mut AnyConnection, rows: &[(Place, Vec<Key>)]) -> Result<()> {
    let inserted: Result<()> = insert!(connection, places::table, rows, |row| (
        places::id.eq(row.0.id),
        places::code.eq(&row.0.code),
        places::name.eq(&row.0.name),
        places::name_key.eq(fold(&row.0.name)),
        places::level.eq(row.0.level),
        places::parent_id.eq(row.0.parent_id),
        places::country.eq(row.0.country.to_string()),
    ));
    inserted?;
    let above = |row: &(Place, Vec<Key>)| {
        let place = row.0.id;
        row.1.iter().copied().chain([place]).map(move |ancestor| (place, ancestor)).collect::<Vec<_>>()
    };
    let ancestors: Vec<(Key, Key)> = rows.iter().flat_map(above).collect();
    insert!(connection, place_ancestors::table, ancestors, |row| (
        place_ancestors::place_id.eq(row.0),
        place_ancestors::ancestor_id.eq(row.1),
    ))
}

/// Inserts cases.
pub fn cases(connection: &mut AnyConnection, rows: &[Case]) -> Result<()> {
    insert!(connection, cases::table, rows, |row| (
        cases::id.eq(row.id),
        cases::holder_id.eq(row.holder_id),
        cases::number.eq(&row.number),
        cases::number_key.eq(fold(&row.number)),
    ))
}

/// Inserts individuals, with the keys and years by which they are searched and ordered.
pub fn individuals(connection: &mut AnyConnection, rows: &[Individual]) -> Result<()> {
    let key = |text: &Option<String>| text.as_deref().map(fold);
    let last: Option<i64> = individuals::table.select(diesel::dsl::max(individuals::audit_key)).first(connection)?;
    let rows: Vec<(i64, &Individual)> = (last.unwrap_or_default() + 1..).zip(rows).collect();
    insert!(connection, individuals::table, rows, |row| (
        individuals::id.eq(row.1.id),
        individuals::holder_id.eq(row.1.holder_id),
        individuals::case_id.eq(row.1.case_id),
        individuals::sex.eq(code(row.1.sex)),
        individuals::nationality.eq(text(row.1.nationality)),
        individuals::region_id.eq(row.1.region_id),
        individuals::registration_number.eq(&row.1.registration_number),
        individuals::registration_number_key.eq(key(&row.1.registration_number)),
        individuals::given_name.eq(&row.1.given_name),
        individuals::given_name_key.eq(key(&row.1.given_name)),
        individuals::family_name.eq(&row.1.family_name),
        individuals::family_name_key.eq(key(&row.1.family_name)),
        individuals::date_of_birth.eq(row.1.date_of_birth),
        individuals::phone.eq(&row.1.phone),
        individuals::place_id.eq(row.1.place_id),
        individuals::legal_status.eq(code(row.1.legal_status)),
        individuals::arrived_on.eq(row.1.arrived_on),
        individuals::arrived_year_on.eq(row.1.arrived_on.map(coarse)),
        individuals::registered_on.eq(row.1.registered_on),
        individuals::registered_year_on.eq(row.1.registered_on.map(coarse)),
        individuals::audit_key.eq(row.0),
    ))
}

/// Inserts what is kept of people who are anonymised, each under keys that nothing has had before: the audit's too, as the
/// people whom they replace are still there.
pub(in crate::store) fn anonymised(connection: &mut AnyConnection, rows: &[Anonymised]) -> Result<()> {
    let last: Option<i64> = individuals::table.select(diesel::dsl::max(individuals::audit_key)).first(connection)?;
    let mut ids: Vec<Key> = rows.iter().map(|_| new_key()).collect();
    ids.sort_unstable();
    let mut rows: Vec<&Anonymised> = rows.iter().collect();
    rows.shuffle(&mut rand::rng());
    let rows: Vec<_> = (last.unwrap_or_default() + 1..).zip(ids).zip(rows).collect();
    insert!(connection, individuals::table, rows, |row| (
        individuals::id.eq(row.0.1),
        individuals::holder_id.eq(row.1.holder_id),
        individuals::sex.eq(code(row.1.sex)),
        individuals::nationality.eq(text(row.1.nationality)),
        individuals::region_id.eq(row.1.region_id),
        individuals::audit_key.eq(row.0.0),
        individuals::anonymised.eq(true),
        individuals::age_band.eq(code(row.1.age_band)),
    ))
}

/// Inserts specific needs.
pub fn specific_needs(connection: &mut AnyConnection, rows: &[SpecificNeed]) -> Result<()> {
    insert!(connection, specific_needs::table, rows, |row| (
        specific_needs::id.eq(new_key()),
        specific_needs::individual_id.eq(row.individual_id),
        specific_needs::code.eq(row.code.as_str()),
    ))
}

/// Inserts consents, each with whether it is the newest for its person, recipient and purpose.
pub fn consents(connection: &mut AnyConnection, rows: &[(Consent, bool)]) -> Result<()> {
    insert!(connection, consents::table, rows, |row| (
        consents::id.eq(row.0.id),
        consents::individual_id.eq(row.0.individual_id),
        consents::recipient_id.eq(row.0.recipient_id),
        consents::purpose.eq(row.0.purpose.code()),
        consents::decision.eq(row.0.decision.code()),
        consents::recorded_at.eq(row.0.recorded_at),
        consents::expires_on.eq(row.0.expires_on),
        consents::newest.eq(row.1),
        consents::explained.eq(row.0.explained.map(Grants::bits)),
    ))
}

/// Inserts solutions.
pub fn solutions(connection: &mut AnyConnection, rows: &[Solution]) -> Result<()> {
    insert!(connection, solutions::table, rows, |row| (
        solutions::id.eq(row.id),
        solutions::individual_id.eq(row.individual_id),
        solutions::kind.eq(row.kind.code()),
        solutions::form.eq(code(row.form)),
        solutions::stage.eq(row.stage.code()),
        solutions::destination.eq(text(row.destination)),
        solutions::assisted.eq(row.assisted),
        solutions::stage_on.eq(row.stage_on),
    ))
}

/// Inserts programmes, each with the keys of its places.
pub fn programmes(connection: &mut AnyConnection, rows: &[(Programme, Vec<Key>)]) -> Result<()> {
    let inserted: Result<()> = insert!(connection, programmes::table, rows, |row| (
        programmes::id.eq(row.0.id),
        programmes::identifier.eq(&row.0.identifier),
        programmes::name.eq(&row.0.name),
        programmes::kind.eq(row.0.kind.code()),
        programmes::lead_id.eq(row.0.lead_id),
        programmes::implementer_id.eq(row.0.implementer_id),
        programmes::status.eq(row.0.status.code()),
        programmes::sector.eq(&row.0.sector),
        programmes::starts_on.eq(row.0.starts_on),
        programmes::ends_on.eq(row.0.ends_on),
        programmes::refugees_target.eq(row.0.refugees_target),
        programmes::refugees_reached.eq(row.0.refugees_reached),
        programmes::host_community_target.eq(row.0.host_community_target),
        programmes::host_community_reached.eq(row.0.host_community_reached),
    ));
    inserted?;
    let at = |row: &(Programme, Vec<Key>)| row.1.iter().map(|place| (row.0.id, *place)).collect::<Vec<_>>();
    programme_places(connection, rows.iter().flat_map(at).collect())
}

/// Inserts places of programmes, given as programme and place.
pub fn programme_places(connection: &mut AnyConnection, rows: Vec<(Key, Key)>) -> Result<()> {
    insert!(connection, programme_places::table, rows, |row| (
        programme_places::programme_id.eq(row.0),
        programme_places::place_id.eq(row.1),
    ))
}

/// Inserts enrolments.
pub fn enrolments(connection: &mut AnyConnection, rows: &[Enrolment]) -> Result<()> {
    insert!(connection, enrolments::table, rows, |row| (
        enrolments::id.eq(row.id),
        enrolments::individual_id.eq(row.individual_id),
        enrolments::programme_id.eq(row.programme_id),
        enrolments::started_on.eq(row.started_on),
        enrolments::ended_on.eq(row.ended_on),
    ))
}

/// Inserts assistance.
pub fn assistance(connection: &mut AnyConnection, rows: &[Assistance]) -> Result<()> {
    insert!(connection, assistance::table, rows, |row| (
        assistance::id.eq(row.id),
        assistance::individual_id.eq(row.individual_id),
        assistance::programme_id.eq(row.programme_id),
        assistance::amount_hundredths.eq(row.amount_hundredths),
        assistance::currency.eq(&row.currency),
        assistance::paid_on.eq(row.paid_on),
    ))
}

/// Inserts incidents.
pub fn incidents(connection: &mut AnyConnection, rows: &[Incident]) -> Result<()> {
    insert!(connection, incidents::table, rows, |row| (
        incidents::id.eq(row.id),
        incidents::individual_id.eq(row.individual_id),
        incidents::kind.eq(row.kind.code()),
        incidents::occurred_on.eq(row.occurred_on),
        incidents::place_id.eq(row.place_id),
    ))
}

/// Inserts population figures, each with its first source.
pub fn population_figures(connection: &mut AnyConnection, rows: &[PopulationFigure]) -> Result<()> {
    let inserted: Result<()> = insert!(connection, population_figures::table, rows, |row| (
        population_figures::id.eq(row.id),
        population_figures::identity.eq(&row.key),
        population_figures::year.eq(row.identity.year),
        population_figures::origin.eq(text(row.identity.origin)),
        population_figures::asylum.eq(text(row.identity.asylum)),
        population_figures::population_type.eq(row.identity.population_type.code()),
        population_figures::assisted.eq(row.identity.assisted),
        population_figures::place_id.eq(row.identity.place_id),
        population_figures::location.eq(&row.identity.location),
        population_figures::sex.eq(code(row.identity.sex)),
        population_figures::age_band.eq(code(row.identity.age_band)),
        population_figures::value.eq(row.value),
        population_figures::source.eq(&row.source),
    ));
    inserted?;
    let sources: Vec<(Key, &str)> = rows.iter().map(|row| (row.id, row.source.as_str())).collect();
    figure_sources(connection, &sources)
}

/// Adds sources to figures.
pub fn figure_sources(connection: &mut AnyConnection, rows: &[(Key, &str)]) -> Result<()> {
    insert!(connection, population_figure_sources::table, rows, |row| (
        population_figure_sources::figure_id.eq(row.0),
        population_figure_sources::source.eq(row.1),
    ))
}
