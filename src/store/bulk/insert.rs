//! Bulk insertion, outside policy: the one file that branches on the database.

use crate::domain::Id;
use crate::domain::Vocabulary;
use crate::domain::agency::Agency;
use crate::domain::agreement::Agreement;
use crate::domain::assistance::Assistance;
use crate::domain::case::Case;
use crate::domain::circuit_ride::{CircuitRide, CircuitRideCity};
use crate::domain::client::Client;
use crate::domain::consent::Consent;
use crate::domain::demarche::{
    Demarche, DemarcheAsk, DemarcheFigure, DemarcheFollowUp, DemarcheParty, DemarchePattern,
};
use crate::domain::emergency::{Emergency, EmergencyFact, EmergencyStep};
use crate::domain::emergency_access::EmergencyAccess;
use crate::domain::enrolment::Enrolment;
use crate::domain::handover::{Handover, HandoverProgramme};
use crate::domain::housing::Housing;
use crate::domain::iati_report::{ProgrammeBudget, ProgrammeLocation, ProgrammeOrganisation, ProgrammeTransaction};
use crate::domain::incident::Incident;
use crate::domain::incident_account::IncidentAccount;
use crate::domain::incident_pattern::IncidentPattern;
use crate::domain::individual::Individual;
use crate::domain::interview::Interview;
use crate::domain::loan::{Loan, Repayment};
use crate::domain::nomination::Nomination;
use crate::domain::place::Place;
use crate::domain::place_service::{PlaceService, TravelDistance};
use crate::domain::population_figure::PopulationFigure;
use crate::domain::programme::Programme;
use crate::domain::programme_result::ProgrammeResult;
use crate::domain::purpose::Purpose;
use crate::domain::relocation_plan::{RelocationPlan, RelocationPlanPlace, RelocationPlanShare};
use crate::domain::school_year::SchoolYear;
use crate::domain::solution::Solution;
use crate::domain::specific_need::SpecificNeed;
use crate::domain::text::fold;
use crate::domain::training_session::{TrainingParticipants, TrainingSession};
use crate::policy::reveal::coarse;
use crate::store::agreement::rows::Row as AgreementRow;
use crate::store::agreement::scopes;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::{Result, StoreError};
use crate::store::database::insert::{ROWS, insert};
use crate::store::database::stored::Stored;
use crate::store::database::tables::*;
use crate::store::population_figure::row::Row as FigureRow;
use crate::store::statistics::tables as agreed_tables;
use chrono::{NaiveDate, NaiveDateTime, SubsecRound, Utc};
use diesel::dsl::{Eq, max};
use diesel::sql_types::BigInt;
use diesel::{ExpressionMethods, QueryDsl, QueryableByName, RunQueryDsl};
use rand::RngExt;

/// A new row key: random, so that its order tells nothing.
pub fn new_key<T>() -> Id<T> {
    Id::new(rand::rng().random_range(1..i64::MAX))
}

/// Declares inserts of records that are their rows.
macro_rules! inserts {
    ($($(#[doc = $doc:literal])+ $table:ident of $record:ident;)+) => {$(
        $(#[doc = $doc])+
        ///
        /// # Errors
        /// If the database fails.
        pub fn $table(connection: &mut AnyConnection, rows: &[$record]) -> Result<()> {
            insert!(connection, $table::table, rows, |row| row.values())
        }
    )+};
}

inserts! {
    /// Inserts agencies.
    agencies of Agency;
    /// Inserts openings of emergency agreements, unreviewed.
    emergency_accesses of EmergencyAccess;
    /// Inserts solutions.
    solutions of Solution;
    /// Inserts results of programmes.
    programme_results of ProgrammeResult;
    /// Inserts budgets of programmes.
    programme_budgets of ProgrammeBudget;
    /// Inserts transactions of programmes.
    programme_transactions of ProgrammeTransaction;
    /// Inserts organisations that take part in programmes.
    programme_organisations of ProgrammeOrganisation;
    /// Inserts locations of programmes.
    programme_locations of ProgrammeLocation;
    /// Inserts handovers.
    handovers of Handover;
    /// Inserts programmes of handovers.
    handover_programmes of HandoverProgramme;
    /// Inserts training sessions.
    training_sessions of TrainingSession;
    /// Inserts participants of training sessions.
    training_participants of TrainingParticipants;
    /// Inserts what there is at places.
    place_services of PlaceService;
    /// Inserts distances between places.
    travel_distances of TravelDistance;
    /// Inserts relocation plans.
    relocation_plans of RelocationPlan;
    /// Inserts places of relocation plans.
    relocation_plan_places of RelocationPlanPlace;
    /// Inserts shares of relocation plans.
    relocation_plan_shares of RelocationPlanShare;
    /// Inserts enrolments.
    enrolments of Enrolment;
    /// Inserts assistance.
    assistance of Assistance;
    /// Inserts loans.
    loans of Loan;
    /// Inserts repayments.
    repayments of Repayment;
    /// Inserts housing.
    housing of Housing;
    /// Inserts years at school.
    school_years of SchoolYear;
    /// Inserts circuit rides.
    circuit_rides of CircuitRide;
    /// Inserts cities of circuit rides.
    circuit_ride_cities of CircuitRideCity;
    /// Inserts interviews.
    interviews of Interview;
    /// Inserts nominations.
    nominations of Nomination;
    /// Inserts patterns of incidents.
    incident_patterns of IncidentPattern;
    /// Inserts incidents.
    incidents of Incident;
    /// Inserts accounts of incidents.
    incident_accounts of IncidentAccount;
    /// Inserts demarches.
    demarches of Demarche;
    /// Inserts parties of demarches.
    demarche_parties of DemarcheParty;
    /// Inserts what demarches ask for.
    demarche_asks of DemarcheAsk;
    /// Inserts how that was followed up.
    demarche_follow_ups of DemarcheFollowUp;
    /// Inserts figures on which demarches rest.
    demarche_figures of DemarcheFigure;
    /// Inserts patterns on which demarches rest.
    demarche_patterns of DemarchePattern;
    /// Inserts emergencies.
    emergencies of Emergency;
    /// Inserts what is known in emergencies.
    emergency_facts of EmergencyFact;
    /// Inserts steps of emergencies.
    emergency_steps of EmergencyStep;
}

/// A client with its key's hash and purposes, as it is stored.
#[derive(Debug, Clone)]
pub struct NewClient {
    /// The client.
    pub client: Client,
    /// Its agency.
    pub agency_id: Id<Agency>,
    /// SHA-256 of its key, in hexadecimal.
    pub key_hash: String,
    /// The purposes that it is registered for; the first is the default.
    pub purposes: Vec<Purpose>,
}

/// Inserts clients; each has at least one purpose.
///
/// # Errors
/// If the database fails.
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
    let purposes: Vec<(Id<Client>, &str)> = rows.iter().flat_map(registered).collect();
    insert!(connection, client_purposes::table, purposes, |row| (
        client_purposes::client_id.eq(row.0),
        client_purposes::purpose.eq(row.1),
    ))
}

/// Inserts agreements, whose terms must stand.
///
/// # Errors
/// If the terms of one do not stand, or the database fails.
pub fn agreements(connection: &mut AnyConnection, rows: &[Agreement]) -> Result<()> {
    for row in rows {
        row.check().map_err(|error| StoreError::Corrupt(format!("agreement {}: {error}", row.reference)))?;
    }
    let stored: Vec<AgreementRow> = rows.iter().map(AgreementRow::from).collect();
    let inserted: Result<()> = insert!(connection, agreements::table, stored, |row| row.values());
    inserted?;
    agreed_tables::insert(connection, rows)?;
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

/// Inserts places, each with its ancestors' keys (itself left out). Parents come before their children.
///
/// # Errors
/// If the database fails.
pub fn places(connection: &mut AnyConnection, rows: &[(Place, Vec<Id<Place>>)]) -> Result<()> {
    let inserted: Result<()> =
        insert!(connection, places::table, rows, |row| (row.0.values(), places::name_key.eq(fold(&row.0.name)),));
    inserted?;
    let above = |row: &(Place, Vec<Id<Place>>)| {
        let place = row.0.id;
        row.1.iter().copied().chain([place]).map(move |ancestor| (place, ancestor)).collect::<Vec<_>>()
    };
    let ancestors: Vec<(Id<Place>, Id<Place>)> = rows.iter().flat_map(above).collect();
    insert!(connection, place_ancestors::table, ancestors, |row| (
        place_ancestors::place_id.eq(row.0),
        place_ancestors::ancestor_id.eq(row.1),
    ))
}

/// Inserts cases.
///
/// # Errors
/// If the database fails.
pub fn cases(connection: &mut AnyConnection, rows: &[Case]) -> Result<()> {
    insert!(connection, cases::table, rows, |row| (row.values(), cases::number_key.eq(fold(&row.number))))
}

/// The moment at which a record changes.
pub(super) fn now() -> NaiveDateTime {
    Utc::now().naive_utc().trunc_subsecs(6)
}

/// Inserts individuals, with the keys and years by which they are searched and ordered.
///
/// # Errors
/// If the database fails.
pub fn individuals(connection: &mut AnyConnection, rows: &[Individual]) -> Result<()> {
    individuals_as(connection, rows, false)
}

/// By what a record is searched and ordered: folded names and numbers, and years.
#[allow(clippy::type_complexity, reason = "one type a column")]
pub(super) fn keys_and_years(
    record: &Individual,
) -> (
    Eq<individuals::registration_number_key, Option<String>>,
    Eq<individuals::given_name_key, Option<String>>,
    Eq<individuals::family_name_key, Option<String>>,
    Eq<individuals::arrived_year_on, Option<NaiveDate>>,
    Eq<individuals::registered_year_on, Option<NaiveDate>>,
) {
    let key = |text: &Option<String>| text.as_deref().map(fold);
    (
        individuals::registration_number_key.eq(key(&record.registration_number)),
        individuals::given_name_key.eq(key(&record.given_name)),
        individuals::family_name_key.eq(key(&record.family_name)),
        individuals::arrived_year_on.eq(record.arrived_on.map(coarse)),
        individuals::registered_year_on.eq(record.registered_on.map(coarse)),
    )
}

fn individuals_as(connection: &mut AnyConnection, rows: &[Individual], anonymised: bool) -> Result<()> {
    let rows: Vec<(i64, &Individual)> = audit_keys(connection, rows.len())?.into_iter().zip(rows).collect();
    let now = now();
    insert!(connection, individuals::table, rows, |row| (
        row.1.values(),
        keys_and_years(row.1),
        individuals::updated_at.eq(now),
        individuals::audit_key.eq(row.0),
        individuals::age_band.eq(row.1.age_band.filter(|_| anonymised).stored()),
        individuals::anonymised.eq(anonymised),
    ))
}

/// New numbers by which the audit names people. On PostgreSQL several take them at once.
fn audit_keys(connection: &mut AnyConnection, number: usize) -> Result<Vec<i64>> {
    match connection {
        AnyConnection::Sqlite(sqlite) => {
            let last: Option<i64> = individuals::table.select(max(individuals::audit_key)).first(sqlite)?;
            Ok((last.unwrap_or_default() + 1..).take(number).collect())
        }
        AnyConnection::Postgresql(postgres) => {
            let keys = diesel::sql_query("SELECT nextval('audit_keys') AS key FROM generate_series(1, $1)")
                .bind::<BigInt, _>(number as i64)
                .load::<AuditKey>(postgres)?;
            Ok(keys.into_iter().map(|row| row.key).collect())
        }
    }
}

#[derive(QueryableByName)]
struct AuditKey {
    #[diesel(sql_type = BigInt)]
    key: i64,
}

/// Inserts what is kept of people who are anonymised, each under keys that nothing has had before: the audit's too, as the
/// people whom they replace are still there. In an order that tells nothing.
pub(in crate::store) fn anonymised(connection: &mut AnyConnection, mut kept: Vec<Individual>) -> Result<()> {
    kept.iter_mut().for_each(|person| person.id = new_key());
    kept.sort_unstable_by_key(|person| person.id);
    individuals_as(connection, &kept, true)
}

/// Inserts specific needs.
///
/// # Errors
/// If the database fails.
pub fn specific_needs(connection: &mut AnyConnection, rows: &[SpecificNeed]) -> Result<()> {
    insert!(connection, specific_needs::table, rows, |row| (
        specific_needs::id.eq(new_key::<SpecificNeed>()),
        row.values()
    ))
}

/// Inserts consents, each with whether it is the newest for its person, recipient and purpose.
///
/// # Errors
/// If the database fails.
pub fn consents(connection: &mut AnyConnection, rows: &[(Consent, bool)]) -> Result<()> {
    insert!(connection, consents::table, rows, |row| (row.0.values(), consents::newest.eq(row.1)))
}

/// Inserts programmes, each with the keys of its places.
///
/// # Errors
/// If the database fails.
pub fn programmes(connection: &mut AnyConnection, rows: &[(Programme, Vec<Id<Place>>)]) -> Result<()> {
    let inserted: Result<()> = insert!(connection, programmes::table, rows, |row| row.0.values());
    inserted?;
    let at = |row: &(Programme, Vec<Id<Place>>)| row.1.iter().map(|place| (row.0.id, *place)).collect::<Vec<_>>();
    programme_places(connection, rows.iter().flat_map(at).collect())
}

/// Inserts places of programmes, given as programme and place.
///
/// # Errors
/// If the database fails.
pub fn programme_places(connection: &mut AnyConnection, rows: Vec<(Id<Programme>, Id<Place>)>) -> Result<()> {
    insert!(connection, programme_places::table, rows, |row| (
        programme_places::programme_id.eq(row.0),
        programme_places::place_id.eq(row.1),
    ))
}

/// Inserts population figures, each with its first source.
///
/// # Errors
/// If the database fails.
pub fn population_figures(connection: &mut AnyConnection, rows: &[PopulationFigure]) -> Result<()> {
    let stored: Vec<FigureRow> = rows.iter().map(FigureRow::from).collect();
    let inserted: Result<()> = insert!(connection, population_figures::table, stored, |row| row.values());
    inserted?;
    let sources: Vec<(Id<PopulationFigure>, &str)> = rows.iter().map(|row| (row.id, row.source.as_str())).collect();
    figure_sources(connection, &sources)
}

/// Adds sources to figures.
///
/// # Errors
/// If the database fails.
pub fn figure_sources(connection: &mut AnyConnection, rows: &[(Id<PopulationFigure>, &str)]) -> Result<()> {
    insert!(connection, population_figure_sources::table, rows, |row| (
        population_figure_sources::figure_id.eq(row.0),
        population_figure_sources::source.eq(row.1),
    ))
}
