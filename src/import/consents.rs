//! Consents, refusals and withdrawals, from a CSV of our own.

use super::table::{Row, Table};
use super::{ImportError, Options, Report, RowError, RowErrors, no_such_agency};
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::agreement::Agreement;
use crate::domain::consent::{Consent, ConsentDecision};
use crate::domain::individual::Individual;
use crate::domain::purpose::Purpose;
use crate::domain::text::fold;
use crate::policy::consent::{can_explain, explained};
use crate::store::agency::by_code;
use crate::store::agreement::rows::agreements_between;
use crate::store::bulk::insert::{self, new_key};
use crate::store::bulk::{lookup, reference};
use crate::store::database::connection::AnyConnection;
use chrono::{DateTime, Days, NaiveDateTime, NaiveTime};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A column that a file may have besides: the reference of the agreement that was explained to the person.
const AGREEMENT: &str = "agreement";

/// The header, and two made-up entries.
pub const TEMPLATE: &str = "\
holder,registration_number,recipient,purpose,decision,recorded_at,expires_on
unhcr,TJK-03C0000001,embassy-us,RESETTLEMENT,GIVEN,2003-05-31,2008-12-31
unhcr,TJK-03C0000001,embassy-us,RESETTLEMENT,WITHDRAWN,2003-06-15T09:30:00Z,
";

/// Reads a file of entries.
///
/// # Errors
/// If the file is no whole CSV in UTF-8, its header is not right, or it has over a million rows.
pub fn table(bytes: &[u8]) -> Result<Table<'_>, ImportError> {
    let columns: Vec<&str> = TEMPLATE.lines().next().expect("the template has a header").split(',').collect();
    Table::read_with(bytes, &columns, &[AGREEMENT])
}

/// Whom an entry is of, to whom and what for.
type About = (Id<Individual>, Id<Agency>, Purpose);

/// People by holder and folded registration number.
type People = HashMap<(Id<Agency>, String), Id<Individual>>;

/// Imports entries. The newest about a person, recipient and purpose counts, in whatever order they arrive.
///
/// # Errors
/// If a row is wrong, or the database fails.
pub fn import(connection: &mut AnyConnection, mut table: Table<'_>, options: &Options) -> Result<Report, ImportError> {
    let mut errors = std::mem::take(&mut table.errors);
    let agencies = by_code(connection)?;
    let mut told = Told { stored: reference::agreements(connection)?, between: HashMap::new() };
    let people = people(connection, &table, &agencies)?;
    let mut about: BTreeMap<About, Vec<(u64, Consent)>> = BTreeMap::new();
    for row in table.rows() {
        if let Some(consent) = read(&row, &agencies, &people, options, &mut errors) {
            let Some(consent) = told.explain(connection, &row, &agencies, consent, &mut errors)? else { continue };
            let key = (consent.individual_id, consent.recipient_id, consent.purpose);
            about.entry(key).or_default().push((row.line, consent));
        }
    }
    let mut report = Report::default();
    let mut added = Vec::new();
    let mut superseded = Vec::new();
    for ((person, recipient, purpose), entries) in about {
        let mut known = lookup::answers(connection, person, recipient, purpose)?;
        let newest = known.last().map(|consent| consent.recorded_at);
        let mut new: Vec<Consent> = Vec::new();
        for (line, consent) in entries {
            let same_time = known.iter().find(|known| known.recorded_at == consent.recorded_at);
            match same_time {
                None => {
                    known.push(consent.clone());
                    new.push(consent);
                }
                Some(stored) if *stored == (Consent { id: stored.id, explained: stored.explained, ..consent }) => {
                    report.unchanged += 1;
                }
                Some(_) => {
                    let reason = "another answer was recorded at the same time".to_owned();
                    errors.push(RowError { line, column: Some("recorded_at".to_owned()), reason });
                }
            }
        }
        new.sort_by_key(|consent| consent.recorded_at);
        let counts =
            new.last().map(|consent| consent.recorded_at).filter(|last| newest.is_none_or(|newest| *last > newest));
        if counts.is_some() {
            superseded.push((person, recipient, purpose));
        }
        added.extend(new.into_iter().map(|consent| {
            let is_newest = Some(consent.recorded_at) == counts;
            (consent, is_newest)
        }));
    }
    errors.finish()?;
    for (person, recipient, purpose) in superseded {
        lookup::supersede(connection, person, recipient, purpose)?;
    }
    insert::consents(connection, &added)?;
    report.added = added.len();
    Ok(report)
}

/// What people were told: the agreements that rows name, or those between holder, recipient and purpose.
struct Told {
    stored: reference::Agreements,
    between: HashMap<(Id<Agency>, Id<Agency>, Purpose), Vec<Agreement>>,
}

impl Told {
    /// The consent with what was explained to the person; nothing if the row names an agreement that is none.
    fn explain(
        &mut self,
        connection: &mut AnyConnection,
        row: &Row,
        agencies: &HashMap<String, Agency>,
        consent: Consent,
        errors: &mut RowErrors,
    ) -> Result<Option<Consent>, ImportError> {
        let Some(holder) = row.text("holder").and_then(|code| agencies.get(code)) else { return Ok(None) };
        let (holder, recipient, purpose) = (holder.id, consent.recipient_id, consent.purpose);
        let explained = match row.text(AGREEMENT) {
            Some(reference) => {
                let parties = [holder.min(recipient), holder.max(recipient)];
                let named = self.stored.get(&(reference.to_owned(), parties));
                let Some(named) = named.filter(|named| named.provider_id == holder && named.purpose == purpose) else {
                    let reason = "the holder has no agreement with this reference with the recipient for the purpose";
                    errors.push(row.error(AGREEMENT, reason));
                    return Ok(None);
                };
                if !can_explain(named, consent.recorded_at) {
                    let reason = "it was revoked, and not in force when the answer was recorded; name another";
                    errors.push(row.error(AGREEMENT, reason));
                    return Ok(None);
                }
                Some(named.grants())
            }
            None => {
                let key = (holder, recipient, purpose);
                let known = match self.between.entry(key) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(unknown) => {
                        unknown.insert(agreements_between(connection, holder, recipient, purpose)?)
                    }
                };
                explained(known, consent.recorded_at)
            }
        };
        Ok(Some(Consent { explained, ..consent }))
    }
}

/// The people that rows name.
fn people(
    connection: &mut AnyConnection,
    table: &Table<'_>,
    agencies: &HashMap<String, Agency>,
) -> Result<People, ImportError> {
    let mut numbers: BTreeMap<Id<Agency>, BTreeSet<String>> = BTreeMap::new();
    for row in table.rows() {
        let holder = row.text("holder").and_then(|code| agencies.get(code));
        if let (Some(holder), Some(number)) = (holder, row.text("registration_number")) {
            numbers.entry(holder.id).or_default().insert(number.to_owned());
        }
    }
    let mut people = HashMap::new();
    for (holder, numbers) in numbers {
        let numbers: Vec<String> = numbers.into_iter().collect();
        let found = lookup::people(connection, holder, &numbers)?;
        people.extend(found.into_iter().map(|(number, id)| ((holder, number), id)));
    }
    Ok(people)
}

fn read(
    row: &Row,
    agencies: &HashMap<String, Agency>,
    people: &People,
    options: &Options,
    errors: &mut RowErrors,
) -> Option<Consent> {
    let before = errors.count();
    let mut agency = |column: &str| {
        let code = row.required::<String>(column, errors)?;
        let found = agencies.get(&code).map(|agency| agency.id);
        if found.is_none() {
            errors.push(row.error(column, no_such_agency(agencies)));
        }
        found
    };
    let (holder, recipient) = (agency("holder"), agency("recipient"));
    if holder.is_some() && holder == recipient {
        errors.push(row.error("recipient", "the holder needs no consent to its own records"));
    }
    let number = row.required::<String>("registration_number", errors);
    let person = holder.zip(number).and_then(|(holder, number)| people.get(&(holder, fold(&number))).copied());
    if holder.is_some() && row.text("registration_number").is_some() && person.is_none() {
        errors.push(row.error("registration_number", "the holder has nobody with this number"));
    }
    let purpose = row.required::<Purpose>("purpose", errors);
    if purpose == Some(Purpose::CaseManagement) {
        errors.push(row.error("purpose", "CASE_MANAGEMENT is the holder's own work and needs no consent"));
    }
    let decision = row.required::<ConsentDecision>("decision", errors);
    let recorded_at = row.text("recorded_at").and_then(|text| moment(text, decision));
    match recorded_at {
        None => {
            errors.push(row.error("recorded_at", "expected YYYY-MM-DD, or a UTC time such as 2003-06-15T09:30:00Z"));
        }
        // East of Greenwich it may be tomorrow already.
        Some(moment) if moment.date() > options.today + Days::new(1) => {
            errors.push(row.error("recorded_at", "it lies in the future"));
        }
        Some(_) => {}
    }
    let expires_on = row.date("expires_on", errors);
    if expires_on.is_some() && decision.is_some_and(|decision| decision != ConsentDecision::Given) {
        errors.push(row.error("expires_on", "only a consent that is GIVEN expires"));
    }
    if expires_on.zip(recorded_at).is_some_and(|(expiry, recorded)| expiry < recorded.date()) {
        errors.push(row.error("expires_on", "it lies before recorded_at"));
    }
    if errors.count() > before {
        return None;
    }
    let (individual_id, recipient_id) = (person?, recipient?);
    let (purpose, decision, recorded_at) = (purpose?, decision?, recorded_at?);
    Some(Consent {
        id: new_key(),
        individual_id,
        recipient_id,
        purpose,
        decision,
        recorded_at,
        expires_on,
        explained: None,
    })
}

/// A UTC time, or a day: its start for a consent, its end for a refusal or a withdrawal, which so stands against every
/// consent of the same day.
fn moment(text: &str, decision: Option<ConsentDecision>) -> Option<NaiveDateTime> {
    let time = DateTime::parse_from_rfc3339(text).map(|time| time.naive_utc()).ok();
    let of_day = match decision {
        Some(ConsentDecision::Refused | ConsentDecision::Withdrawn) => NaiveTime::from_hms_opt(23, 59, 59)?,
        _ => NaiveTime::MIN,
    };
    let date = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| text.len() == 10);
    time.or_else(|| date.map(|date| date.and_time(of_day)))
}
