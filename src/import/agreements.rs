//! Agreements, from a CSV of our own. An empty dimension of the scope restricts nothing.

use super::table::{Row, Table};
use super::{ImportError, Report, RowError, RowErrors, no_such_agency};
use crate::domain::agency::Agency;
use crate::domain::agreement::{Agreement, AgreementStatus, PlaceScope, Scope, SolutionScope};
use crate::domain::solution::{SolutionKind, SolutionStage};
use crate::domain::statistics::{MIN_RELEASE_MONTHS, StatisticsTable};
use crate::domain::{Id, Vocabulary, country::CountryCode};
use crate::store::agency::by_code;
use crate::store::bulk::insert::{self, new_key};
use crate::store::bulk::reference;
use crate::store::database::connection::AnyConnection;
use chrono::{NaiveTime, SubsecRound, Utc};
use std::collections::{BTreeSet, HashMap};

/// Columns that a file may have besides: how long the recipient may keep what it got, whether it is an emergency agreement, and to which
/// countries' circuit rides its scope is.
const RETENTION: &str = "retention_months";
const EMERGENCY: &str = "emergency";
const CIRCUIT_RIDES: &str = "circuit_rides";

/// Columns that a file may have besides: the statistics tables, and how many months lie between releases.
const TABLES: &str = "statistics_tables";
const RELEASE_MONTHS: &str = "release_months";

/// The header, and two made-up agreements. A statistics table is its dimensions, joined by `*`. A scope of solutions is `KIND:LEAST_STAGE:COUNTRY`, the last two of which may be left out.
pub const TEMPLATE: &str = "\
reference,provider,recipient,purpose,level,categories,nationalities,places,legal_statuses,specific_needs,programmes,solutions,consent_required,minimum_cell_size,valid_from,valid_until,status,statistics_tables,release_months
DSA-2003-91,unhcr,embassy-us,RESETTLEMENT,IDENTIFIED,DEMOGRAPHICS;IDENTITY;SOLUTIONS,AFG;IRN,3501000,,,,RESETTLEMENT:SUBMITTED:USA,yes,5,2024-01-01,2033-12-31,IN_FORCE,,
DSA-2003-92,unhcr,undp,STATISTICS,STATISTICS,DEMOGRAPHICS,,,,,,,no,10,2024-01-01,2033-12-31,DRAFT,NATIONALITY*SEX*AGE_BAND;REGION,3
";

/// Reads a file of agreements.
///
/// # Errors
/// If the file is no whole CSV in UTF-8, its header is not right, or it has over a million rows.
pub fn table(bytes: &[u8]) -> Result<Table<'_>, ImportError> {
    let header = TEMPLATE.lines().next().expect("the template has a header").split(',');
    let columns: Vec<&str> = header.filter(|column| ![TABLES, RELEASE_MONTHS].contains(column)).collect();
    Table::read_with(bytes, &columns, &[RETENTION, EMERGENCY, CIRCUIT_RIDES, TABLES, RELEASE_MONTHS])
}

/// Imports agreements. A signed agreement is never edited: of one that is stored, only the status may differ.
///
/// # Errors
/// If a row is wrong, or the database fails.
pub fn import(connection: &mut AnyConnection, mut table: Table<'_>) -> Result<Report, ImportError> {
    let mut errors = std::mem::take(&mut table.errors);
    let agencies = by_code(connection)?;
    let places = reference::places(connection)?;
    let stored = reference::agreements(connection)?;
    let mut seen: HashMap<(String, [Id<Agency>; 2]), u64> = HashMap::new();
    let now = Utc::now().naive_utc().trunc_subsecs(6);
    let mut report = Report::default();
    let (mut added, mut changed, mut lines) = (Vec::new(), Vec::new(), HashMap::new());
    for row in table.rows() {
        let Some(agreement) = read(&row, &agencies, &places, &mut errors) else { continue };
        let named = (agreement.reference.clone(), reference::parties(&agreement));
        if let Some(line) = seen.insert(named.clone(), row.line) {
            errors.push(row.error("reference", format!("line {line} has this reference between the two already")));
            continue;
        }
        // What the API alone decides, or the file does not state, is as it is.
        let as_stored = |known: &'_ Agreement| Agreement {
            id: known.id,
            replaces_id: known.replaces_id,
            proposed_by_id: known.proposed_by_id,
            in_force_since: known.in_force_since,
            revoked_at: known.revoked_at,
            retention_months: match row.has(RETENTION) {
                true => agreement.retention_months,
                false => known.retention_months,
            },
            statistics_tables: match row.has(TABLES) {
                true => agreement.statistics_tables.clone(),
                false => known.statistics_tables.clone(),
            },
            release_months: match row.has(TABLES) {
                true => agreement.release_months,
                false => known.release_months,
            },
            scope: match row.has(CIRCUIT_RIDES) {
                true => agreement.scope.clone(),
                false => Scope { circuit_rides: known.scope.circuit_rides.clone(), ..agreement.scope.clone() },
            },
            emergency: match row.has(EMERGENCY) {
                true => agreement.emergency,
                false => known.emergency,
            },
            ..agreement.clone()
        };
        match stored.get(&named).map(|known| (known, as_stored(known))) {
            None => {
                lines.insert(agreement.id, row.line);
                added.push(agreement);
            }
            Some((known, stated)) if *known == stated => report.unchanged += 1,
            Some((known, _)) if known.status == AgreementStatus::Revoked => {
                errors
                    .push(row.error("status", "it is revoked, which is final; a new agreement needs a new reference"));
            }
            Some((known, _)) if known.status.is_signed() && agreement.status == AgreementStatus::Draft => {
                errors.push(row.error("status", "it was in force and is no draft any more; suspend or revoke it"));
            }
            Some((known, stated)) if *known == (Agreement { status: known.status, ..stated.clone() }) => {
                lines.insert(known.id, row.line);
                changed.push((known.id, agreement.status));
            }
            Some(_) => errors
                .push(row.error("reference", "it is stored with other terms; a new version needs a new reference")),
        }
    }
    let as_changed = |known: &Agreement| Agreement {
        status: changed.iter().find(|(id, _)| *id == known.id).map_or(known.status, |(_, status)| *status),
        ..known.clone()
    };
    let all: Vec<Agreement> = stored.values().map(as_changed).chain(added.iter().cloned()).collect();
    for agreement in all.iter().filter(|one| one.status != AgreementStatus::Revoked) {
        let line = lines.get(&agreement.id);
        if let (Some(line), Err(refused)) = (line, agreement.check_beside(&all)) {
            errors.push(RowError { line: *line, column: Some(TABLES.to_owned()), reason: refused.to_string() });
        }
    }
    errors.finish()?;
    insert::agreements(connection, &added)?;
    report.added = added.len();
    report.updated = changed.len();
    for (id, status) in changed {
        reference::set_agreement_status(connection, id, status, now)?;
    }
    Ok(report)
}

fn read(
    row: &Row,
    agencies: &HashMap<String, Agency>,
    places: &reference::Places,
    errors: &mut RowErrors,
) -> Option<Agreement> {
    let before = errors.count();
    let mut agency = |column: &str| {
        let code = row.required::<String>(column, errors)?;
        let found = agencies.get(&code).map(|agency| agency.id);
        if found.is_none() {
            errors.push(row.error(column, no_such_agency(agencies)));
        }
        found
    };
    let (provider_id, recipient_id) = (agency("provider"), agency("recipient"));
    let reference = row.required::<String>("reference", errors);
    let purpose = row.required("purpose", errors);
    let level = row.required("level", errors);
    let categories = row.list("categories", errors).unwrap_or_default().into_iter().collect::<BTreeSet<_>>();
    let scope = Scope {
        nationalities: row.list("nationalities", errors),
        places: places_of(row, places, errors),
        legal_statuses: row.list("legal_statuses", errors),
        specific_needs: row.list("specific_needs", errors),
        programmes: row.list("programmes", errors),
        solutions: solutions(row, errors),
        circuit_rides: row.list(CIRCUIT_RIDES, errors),
    };
    let mut answer = |column: &str| match row.text(column) {
        Some("yes") => Some(true),
        Some("no") => Some(false),
        _ => {
            errors.push(row.error(column, "expected yes or no"));
            None
        }
    };
    let consent_required = answer("consent_required");
    let emergency = if row.text(EMERGENCY).is_some() { answer(EMERGENCY) } else { Some(false) };
    let minimum_cell_size = row.required::<i32>("minimum_cell_size", errors);
    let mut date = |column: &str| {
        if row.text(column).is_none() {
            errors.push(row.error(column, "it must not be empty"));
        }
        row.date(column, errors)
    };
    let (valid_from, valid_until) = (date("valid_from"), date("valid_until"));
    let status: Option<AgreementStatus> = row.required("status", errors);
    let retention_months = row.value(RETENTION, errors);
    let statistics_tables: Vec<StatisticsTable> = row.list(TABLES, errors).unwrap_or_default();
    let release_months = row.number(RELEASE_MONTHS, errors).map(|months| i32::try_from(months).unwrap_or(i32::MAX));
    let release_months = release_months.or((!statistics_tables.is_empty()).then_some(MIN_RELEASE_MONTHS));
    if errors.count() > before {
        return None;
    }
    // When one was revoked that comes as such is unknown: it explains nothing to anybody.
    let began = status?.is_signed();
    let agreement = Agreement {
        id: new_key(),
        reference: reference?,
        provider_id: provider_id?,
        recipient_id: recipient_id?,
        purpose: purpose?,
        level: level?,
        categories,
        scope,
        consent_required: consent_required?,
        minimum_cell_size: minimum_cell_size?,
        valid_from: valid_from?,
        valid_until: valid_until?,
        status: status?,
        replaces_id: None,
        proposed_by_id: None,
        in_force_since: began.then_some(valid_from?.and_time(NaiveTime::MIN)),
        retention_months,
        revoked_at: None,
        statistics_tables,
        release_months,
        emergency: emergency?,
    };
    let checked = agreement.check().map_err(|error| {
        errors.push(RowError { line: row.line, column: None, reason: error.to_string() });
    });
    checked.ok().map(|()| agreement)
}

fn places_of(row: &Row, places: &reference::Places, errors: &mut RowErrors) -> Option<Vec<PlaceScope>> {
    let codes: Vec<String> = row.list("places", errors)?;
    let place = |code: String| match places.get(&code) {
        Some((place, _)) => Some(PlaceScope { code, level: place.level }),
        None => {
            errors.push(row.error("places", format!("no place has the P-code {code}; import places first")));
            None
        }
    };
    Some(codes.into_iter().filter_map(place).collect())
}

fn solutions(row: &Row, errors: &mut RowErrors) -> Option<Vec<SolutionScope>> {
    let texts: Vec<String> = row.list("solutions", errors)?;
    let mut scopes = Vec::new();
    for text in texts {
        match solution(&text) {
            Some(scope) => scopes.push(scope),
            None => errors
                .push(row.error("solutions", "expected KIND:LEAST_STAGE:COUNTRY, such as RESETTLEMENT:SUBMITTED:USA")),
        }
    }
    Some(scopes)
}

fn solution(text: &str) -> Option<SolutionScope> {
    let mut parts = text.split(':').map(str::trim);
    let kind = SolutionKind::parse(parts.next()?).ok()?;
    let stage = parts.next().filter(|stage| !stage.is_empty()).map(SolutionStage::parse).transpose().ok()?;
    let country = parts.next().filter(|country| !country.is_empty()).map(str::parse::<CountryCode>).transpose().ok()?;
    parts.next().is_none().then_some(SolutionScope { kind, least_stage: stage, destination: country })
}
