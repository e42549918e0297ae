//! Who is past a period, and of what.

use crate::domain::agency::Agency;
use crate::domain::audit::{AuditEvent, AuditRecord};
use crate::domain::case::Case;
use crate::domain::category::DataCategory;
use crate::domain::consent::ConsentDecision;
use crate::domain::individual::Individual;
use crate::domain::retention::{Periods, counted_from};
use crate::domain::sharing::{Sharing, sharings_past_period};
use crate::domain::{Id, Vocabulary};
use crate::policy::ledger::{self, Activity, Erased};
use crate::store::agency::by_code;
use crate::store::agreement::rows::all_agreements;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::*;
use chrono::NaiveDate;
use diesel::sql_types::{BigInt, Date, Nullable};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, QueryableByName, RunQueryDsl};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What of one holder is past its period.
#[derive(Debug, Clone)]
pub struct Due {
    /// The holder's code.
    pub holder: String,
    holder_id: Id<Agency>,
    /// The people of whom each category goes; whose IDENTITY goes are anonymised.
    pub(in crate::store) erased: BTreeMap<DataCategory, Vec<Id<Individual>>>,
    /// The others whose consents go, with the agreements that they were given for.
    pub(in crate::store) consents: BTreeMap<Sharing, Vec<Id<Individual>>>,
    /// The people of whom something goes and something stays, by the day from which their periods count.
    pub(in crate::store) retained: BTreeMap<NaiveDate, Vec<Id<Individual>>>,
}

impl Due {
    fn of(holder: String, holder_id: Id<Agency>) -> Self {
        Self { holder, holder_id, erased: BTreeMap::new(), consents: BTreeMap::new(), retained: BTreeMap::new() }
    }

    /// Of how many people what is erased.
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        let categories = self.erased.iter().map(|(category, people)| (category.code(), people.len()));
        let consents: BTreeSet<&Id<Individual>> = self.consents.values().flatten().collect();
        categories.chain((!consents.is_empty()).then_some(("consents", consents.len()))).collect()
    }

    /// The record of it, which names nobody.
    pub(in crate::store) fn record(&self) -> AuditRecord {
        let counts: Vec<String> = self.counts().into_iter().map(|(what, people)| format!("{what} {people}")).collect();
        let detail = format!("retention: {}", counts.join(", "));
        AuditRecord { agency_id: Some(self.holder_id), ..AuditRecord::of_change(AuditEvent::Administration, detail) }
    }
}

/// What is past its period, by holder.
///
/// # Errors
/// If the database fails.
pub fn past_period(connection: &mut AnyConnection, today: NaiveDate) -> Result<Vec<Due>> {
    let mut periods: BTreeMap<Id<Agency>, Vec<(DataCategory, i32)>> = BTreeMap::new();
    for (holder, category, months) in retention_periods::table.load::<(Id<Agency>, DataCategory, i32)>(connection)? {
        periods.entry(holder).or_default().push((category, months));
    }
    let sharings = sharings_past_period(&all_agreements(connection)?, today);
    for sharing in &sharings {
        periods.entry(sharing.provider_id).or_default();
    }
    let codes: HashMap<Id<Agency>, String> =
        by_code(connection)?.into_iter().map(|(code, agency)| (agency.id, code)).collect();
    let mut found = Vec::new();
    for (holder_id, periods) in periods {
        let holder = codes.get(&holder_id).cloned().unwrap_or_default();
        let mut past = Due::of(holder, holder_id);
        past.find(connection, &periods.into_iter().collect(), &sharings, today)?;
        found.push(past);
    }
    found.retain(|past| !past.counts().is_empty());
    found.sort_by(|left, right| left.holder.cmp(&right.holder));
    Ok(found)
}

/// What decides about one person.
struct Person {
    case_id: Option<Id<Case>>,
    /// The day from which periods count, as far as it is known.
    from: Option<NaiveDate>,
    retained_from: Option<NaiveDate>,
    holds: BTreeSet<DataCategory>,
}

impl Due {
    fn find(
        &mut self,
        connection: &mut AnyConnection,
        periods: &Periods,
        sharings: &BTreeSet<Sharing>,
        today: NaiveDate,
    ) -> Result<()> {
        let people = people(connection, self.holder_id, today)?;
        let mut of_cases: HashMap<Id<Case>, Option<NaiveDate>> = HashMap::new();
        for person in people.values() {
            if let Some(case) = person.case_id {
                let latest = of_cases.entry(case).or_default();
                *latest = person.from.max(*latest);
            }
        }
        let from = |person: &Person| person.case_id.and_then(|case| of_cases[&case]).max(person.from);
        let mut kept_in_part = BTreeSet::new();
        let mut anonymised = BTreeSet::new();
        for (id, person) in &people {
            let past = from(person).map(|from| periods.past(from, today)).unwrap_or_default();
            if past.contains(&DataCategory::Identity) {
                anonymised.insert(*id);
                continue;
            }
            for category in past.intersection(&person.holds) {
                self.erased.entry(*category).or_default().push(*id);
                kept_in_part.insert(*id);
            }
        }
        for sharing in sharings.iter().filter(|sharing| sharing.provider_id == self.holder_id) {
            let mut consenting = consenting(connection, sharing)?;
            consenting.retain(|id| !anonymised.contains(id));
            kept_in_part.extend(&consenting);
            self.consents.insert(*sharing, consenting);
        }
        if !anonymised.is_empty() {
            self.erased.insert(DataCategory::Identity, anonymised.into_iter().collect());
        }
        for id in kept_in_part {
            let Some((person, from)) = people.get(&id).and_then(|person| Some((person, from(person)?))) else {
                continue;
            };
            if person.retained_from != Some(from) {
                self.retained.entry(from).or_default().push(id);
            }
        }
        Ok(())
    }
}

/// A person, and a day of activity if it has one.
#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    person: Id<Individual>,
    #[diesel(sql_type = Nullable<Date>)]
    day: Option<NaiveDate>,
}

/// What decides about the people of a holder, but those who are anonymised, and records that were
/// merged into another, which go with it. What they hold and when they were of concern is read by
/// the ledger.
fn people(
    connection: &mut AnyConnection,
    holder: Id<Agency>,
    today: NaiveDate,
) -> Result<HashMap<Id<Individual>, Person>> {
    use individuals as i;
    type Row = (Id<Individual>, Option<Id<Case>>, Option<NaiveDate>);
    let rows: Vec<Row> = i::table
        .filter(i::holder_id.eq(holder).and(i::anonymised.eq(false)).and(i::merged_into_id.is_null()))
        .select((i::id, i::case_id, i::retained_from))
        .load(connection)?;
    let person = |(id, case_id, retained_from): Row| {
        (id, Person { case_id, from: retained_from, retained_from, holds: BTreeSet::new() })
    };
    let mut people: HashMap<Id<Individual>, Person> = rows.into_iter().map(person).collect();
    for (table, about) in ledger::TABLES.iter().filter_map(|table| Some((table, table.person?))) {
        let mut find = |day: &str, condition: &str| -> Result<Vec<Found>> {
            let of_holder = format!("SELECT id FROM individuals WHERE holder_id = {holder}");
            let found = format!(
                "SELECT {about} AS person, {day} AS day FROM {} WHERE {about} IN ({of_holder}) AND {condition} GROUP BY {about}",
                table.name
            );
            Ok(diesel::sql_query(found).load(connection)?)
        };
        for category in DataCategory::ALL.iter().filter(|category| category.is_erasable()) {
            let held: Vec<String> =
                table.cleared_with(*category).map(|column| format!("{column} IS NOT NULL")).collect();
            let holds = match table.erased == Erased::With(*category) {
                true => "true".to_owned(),
                false if held.is_empty() => continue,
                false => format!("({})", held.join(" OR ")),
            };
            for found in find("NULL", &holds)? {
                people.entry(found.person).and_modify(|person| _ = person.holds.insert(*category));
            }
        }
        for column in table.columns {
            let Some(activity) = column.activity else { continue };
            let latest = match activity {
                Activity::On => format!("max(date({}))", column.name),
                Activity::Until => format!("max(date(coalesce({}, '{today}')))", column.name),
            };
            for found in find(&latest, "true")? {
                let from = found.day.map(counted_from);
                people.entry(found.person).and_modify(|person| person.from = person.from.max(from));
            }
        }
    }
    Ok(people)
}

/// The people of whom consents to a sharing are held, besides a refusal or withdrawal that stands.
fn consenting(connection: &mut AnyConnection, sharing: &Sharing) -> Result<Vec<Id<Individual>>> {
    let outlived = consents::newest.eq(false).or(consents::decision.eq(ConsentDecision::Given.code()));
    let people = individuals::table.filter(individuals::holder_id.eq(sharing.provider_id)).select(individuals::id);
    Ok(consents::table
        .filter(consents::individual_id.eq_any(people))
        .filter(consents::recipient_id.eq(sharing.recipient_id))
        .filter(consents::purpose.eq(sharing.purpose.code()))
        .filter(outlived)
        .select(consents::individual_id)
        .distinct()
        .load(connection)?)
}
