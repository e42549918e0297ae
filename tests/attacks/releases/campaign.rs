//! Eight releases of a caseload in which known people change from quarter to quarter, as every recipient reads them over HTTP.

use super::changes::{Change, Changing, Kind};
use super::truth::{Cell, Truth};
use crate::harness::app::{secret, today};
use crate::harness::{Engine, TestApp};
use chrono::{Months, NaiveDate};
use diesel::connection::SimpleConnection;
use panoh::domain::Id;
use panoh::domain::agreement::Agreement;
use panoh::domain::audit::AuditEvent;
use panoh::domain::category::DataCategory::{Demographics, LegalStatus, SpecificNeeds};
use panoh::domain::individual::Individual;
use panoh::domain::purpose::Purpose;
use panoh::policy::statistics::Noise;
use panoh::store::agreement::rows::all_agreements;
use panoh::store::bulk::insert;
use panoh::store::database::connection::AnyConnection;
use panoh::store::outside_policy::outside_policy;
use panoh::store::statistics::making;
use panoh::store::statistics::outcome::{Outcome, Wanted};
use panoh::store::{StoreError, agency};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many people the caseload begins with.
const PEOPLE: u32 = 600;

/// How many releases there are.
pub const RELEASES: u32 = 8;

/// A recipient under a purpose, with its agreement's tables.
pub struct Reader {
    pub agency: &'static str,
    pub purpose: &'static str,
    pub tables: &'static [&'static [&'static str]],
}

/// UNDP's place among the recipients, UNDP's under its other purpose, and that of both embassies.
pub const UNDP: usize = 0;
pub const UNDP_OTHERWISE: usize = 2;
pub const US: usize = 3;
pub const CA: usize = 4;

const COMMON: &[&[&str]] =
    &[&["NATIONALITY", "SEX", "AGE_BAND"], &["REGION", "LEGAL_STATUS"], &["SPECIFIC_NEED", "SEX"]];

/// The demo's two agreements of statistics first, then three more with tables in common.
pub const READERS: [Reader; 5] = [
    Reader {
        agency: "undp",
        purpose: "STATISTICS",
        tables: &[
            &["NATIONALITY", "SEX", "AGE_BAND"],
            &["REGION", "LEGAL_STATUS"],
            &["SPECIFIC_NEED", "SEX"],
            &["REGION", "PROGRAMME"],
            &["ARRIVAL_YEAR"],
        ],
    },
    Reader {
        agency: "embassy-us",
        purpose: "PROTECTION_ADVOCACY",
        tables: &[&["REGION", "LEGAL_STATUS"], &["INCIDENT_KIND", "REGION"]],
    },
    Reader { agency: "undp", purpose: "PROTECTION_ADVOCACY", tables: COMMON },
    Reader { agency: "embassy-us", purpose: "STATISTICS", tables: COMMON },
    Reader { agency: "embassy-ca", purpose: "STATISTICS", tables: COMMON },
];

/// A table as a recipient reads it.
pub struct ReadTable {
    pub dimensions: &'static [&'static str],
    pub cells: BTreeMap<Cell, Option<i64>>,
    pub rest: Option<i64>,
}

/// What there is to know of a campaign: what attackers read and know, and the truth beside it.
pub struct Campaign {
    /// By release, recipient and table.
    pub releases: Vec<Vec<Vec<ReadTable>>>,
    /// Who changed, of whom the attackers know it.
    pub changes: Vec<Change>,
    /// By release.
    pub truths: Vec<Truth>,
}

/// The day of a release.
pub fn day(nth: u32) -> NaiveDate {
    today() + Months::new(3 * nth)
}

impl Campaign {
    /// Lives through all releases. In each quarter people change in one way, whom the attackers know by name.
    pub fn run(engine: Engine, kind: Kind, round: u64) -> Self {
        let app = TestApp::demo(engine, PEOPLE);
        let readers = begin(&app);
        let ids: Vec<Id<Agreement>> = readers.iter().map(|agreement| agreement.id).collect();
        let mut owner = app.database.address.connect(false).unwrap();
        let mut changing = Changing::new(&mut owner, kind, round);
        let mut campaign = Self { releases: Vec::new(), changes: Vec::new(), truths: Vec::new() };
        let mut targets = Vec::new();
        for nth in 0..RELEASES {
            targets.push(work(&app, |connection| changing.quarter(connection, nth)));
            make(&app, kind, (round, nth));
            campaign.releases.push(READERS.iter().map(|reader| read(&app, reader)).collect());
            campaign.truths.push(Truth::read(&mut owner, engine, day(nth), &ids));
        }
        for (nth, targets) in targets.into_iter().enumerate().skip(1) {
            let at = |nth: usize, id: &Id<Individual>| {
                let truth: &Truth = &campaign.truths[nth];
                truth.counted[UNDP].contains(id).then(|| truth.people[id].clone())
            };
            let change = |(id, edited)| Change { release: nth, before: at(nth - 1, &id), after: at(nth, &id), edited };
            campaign.changes.extend(targets.into_iter().map(change).collect::<Vec<_>>());
        }
        campaign
    }

    /// Who changed between a release and the one before.
    pub fn changes_of(&self, release: usize) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.release == release)
    }
}

fn work<T>(app: &TestApp, work: impl FnOnce(&mut AnyConnection) -> Result<T, StoreError>) -> T {
    outside_policy(&app.database.address, AuditEvent::Administration, "test", work).unwrap()
}

/// Puts the agreements of all recipients in force; the demo's own first release is undone, so that every key is one of a fixed seed.
fn begin(app: &TestApp) -> Vec<Agreement> {
    work(app, |connection| {
        connection.batch_execute(
            "DELETE FROM statistics_cells; DELETE FROM statistics_counted; DELETE FROM statistics_releases",
        )?;
        let by_code = agency::by_code(connection)?;
        let present = all_agreements(connection)?;
        let mut in_order = Vec::new();
        for (at, reader) in (0..).zip(&READERS) {
            let recipient_id = by_code[reader.agency].id;
            let purpose: Purpose =
                if reader.purpose == "STATISTICS" { Purpose::Statistics } else { Purpose::ProtectionAdvocacy };
            let is_its = |one: &&Agreement| (one.recipient_id, one.purpose) == (recipient_id, purpose);
            if let Some(agreement) = present.iter().find(is_its) {
                in_order.push(agreement.clone());
                continue;
            }
            let like = present.iter().find(|one| one.reference == "DSA-2003-02").expect("the demo's").clone();
            let tables = reader.tables.iter().map(|dimensions| dimensions.join("*").parse().unwrap()).collect();
            let agreement = Agreement {
                id: Id::new(9_000 + at),
                reference: format!("DSA-2026-{at:02}"),
                recipient_id,
                purpose,
                categories: [Demographics, LegalStatus, SpecificNeeds].into_iter().collect(),
                statistics_tables: tables,
                ..like
            };
            insert::agreements(connection, std::slice::from_ref(&agreement))?;
            connection.batch_execute(&format!(
                "INSERT INTO client_purposes SELECT id, '{0}' FROM clients WHERE agency_id = {recipient_id} AND NOT EXISTS \
                 (SELECT 1 FROM client_purposes WHERE client_id = clients.id AND purpose = '{0}')",
                reader.purpose
            ))?;
            in_order.push(agreement);
        }
        Ok(in_order)
    })
}

/// Makes a release of every agreement, with keys of a fixed seed.
fn make(app: &TestApp, kind: Kind, (round, nth): (u64, u32)) {
    let noise = |agreement: &Agreement, number: i32| {
        Noise::of(secret().derive(&[
            "campaign",
            &format!("{kind:?} {round}"),
            &agreement.reference,
            &number.to_string(),
        ]))
    };
    let wanted = Wanted { today: day(nth), reference: None, dry_run: false, noise: &noise };
    let made = making::release(&app.database.address, &wanted, |_, _| {}).unwrap();
    assert_eq!(made.len(), READERS.len());
    for one in made {
        assert_eq!((one.outcome, one.number), (Outcome::Made, nth as i32 + 1), "{}: {}", one.reference, one.changed);
    }
}

/// Every agreed table of the newest release, whole.
fn read(app: &TestApp, reader: &Reader) -> Vec<ReadTable> {
    let asked: Vec<String> = reader.tables.iter().enumerate().map(|(at, dimensions)| {
        format!(
            "t{at}: caseloadStatistics(groupBy: [{}]) {{ rest {{ count }} cells {{ key {{ value }} cell {{ count }} }} }}",
            dimensions.join(" ")
        )
    }).collect();
    let answer = app.ask_for(reader.agency, Some(reader.purpose), &format!("{{ {} }}", asked.join(" ")), json!({}));
    assert!(answer.get("errors").is_none(), "{answer}");
    let text = |part: &Value| part["value"].as_str().map(str::to_owned);
    let table = |(at, dimensions): (usize, &&'static [&'static str])| {
        let table = &answer["data"][format!("t{at}")];
        let cell =
            |cell: &Value| (cell["key"].as_array().unwrap().iter().map(text).collect(), cell["cell"]["count"].as_i64());
        ReadTable {
            dimensions,
            cells: table["cells"].as_array().unwrap().iter().map(cell).collect(),
            rest: table["rest"]["count"].as_i64(),
        }
    };
    reader.tables.iter().enumerate().map(table).collect()
}
