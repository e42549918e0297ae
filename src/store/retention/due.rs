//! Who is past a period, and of what.

use crate::domain::audit::{AuditEvent, AuditRecord};
use crate::domain::category::DataCategory;
use crate::domain::consent::ConsentDecision;
use crate::domain::retention::{Periods, Sharing, counted_from, past_sharings};
use crate::domain::{Key, Vocabulary};
use crate::store::agency::by_code;
use crate::store::agreement;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::*;
use chrono::NaiveDate;
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What of one holder is past its period.
#[derive(Debug, Clone, Default)]
pub struct Due {
    /// The holder's code.
    pub holder: String,
    holder_id: Key,
    /// The people of whom each category goes; whose IDENTITY goes are anonymised.
    pub(in crate::store) erased: BTreeMap<DataCategory, Vec<Key>>,
    /// The others whose consents go, with the agreements that they were given for.
    pub(in crate::store) consents: BTreeMap<Sharing, Vec<Key>>,
    /// The people of whom something goes and something stays, by the day from which their periods count.
    pub(in crate::store) retained: BTreeMap<NaiveDate, Vec<Key>>,
}

impl Due {
    /// Of how many people what is erased.
    pub fn counts(&self) -> Vec<(&'static str, usize)> {
        let categories = self.erased.iter().map(|(category, people)| (category.code(), people.len()));
        let consents: BTreeSet<&Key> = self.consents.values().flatten().collect();
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
pub fn past(connection: &mut AnyConnection, today: NaiveDate) -> Result<Vec<Due>> {
    let mut periods: BTreeMap<Key, Vec<(DataCategory, i32)>> = BTreeMap::new();
    for (holder, category, months) in retention_periods::table.load::<(Key, DataCategory, i32)>(connection)? {
        periods.entry(holder).or_default().push((category, months));
    }
    let sharings = past_sharings(&agreement::all(connection)?, today);
    for sharing in &sharings {
        periods.entry(sharing.provider_id).or_default();
    }
    let codes: HashMap<Key, String> =
        by_code(connection)?.into_iter().map(|(code, agency)| (agency.id, code)).collect();
    let mut found = Vec::new();
    for (holder_id, periods) in periods {
        let holder = codes.get(&holder_id).cloned().unwrap_or_default();
        let mut past = Due { holder, holder_id, ..Due::default() };
        past.find(connection, &periods.into_iter().collect(), &sharings, today)?;
        found.push(past);
    }
    found.retain(|past| !past.counts().is_empty());
    found.sort_by(|left, right| left.holder.cmp(&right.holder));
    Ok(found)
}

/// What decides about one person.
struct Person {
    case_id: Option<Key>,
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
        let mut of_cases: HashMap<Key, Option<NaiveDate>> = HashMap::new();
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

/// Rows about the people of a holder.
macro_rules! of_people {
    ($table:ident, $holder:expr) => {{
        let people = individuals::table.filter(individuals::holder_id.eq($holder)).select(individuals::id);
        $table::table.filter($table::individual_id.eq_any(people))
    }};
}

/// What decides about the people of a holder, but those who are anonymised.
fn people(connection: &mut AnyConnection, holder: Key, today: NaiveDate) -> Result<HashMap<Key, Person>> {
    type Row = (Key, Option<Key>, Option<NaiveDate>, Option<NaiveDate>, bool, bool, bool);
    use individuals as i;
    let has_status = i::legal_status.is_not_null().or(i::arrived_on.is_not_null()).or(i::registered_on.is_not_null());
    let has = (i::phone.is_not_null(), i::place_id.is_not_null(), has_status);
    let rows: Vec<Row> = i::table
        .filter(i::holder_id.eq(holder).and(i::anonymised.eq(false)))
        .select((i::id, i::case_id, i::registered_on, i::retained_from, has.0, has.1, has.2))
        .load(connection)?;
    let mut people = HashMap::with_capacity(rows.len());
    for (id, case_id, registered_on, retained_from, contact, location, legal_status) in rows {
        let held = [
            (DataCategory::Contact, contact),
            (DataCategory::Location, location),
            (DataCategory::LegalStatus, legal_status),
            (DataCategory::Family, case_id.is_some()),
        ];
        let holds = held.into_iter().filter(|(_, has)| *has).map(|(category, _)| category).collect();
        let from = registered_on.map(counted_from).max(retained_from);
        people.insert(id, Person { case_id, from, retained_from, holds });
    }
    let mut note = |id: Key, category: Option<DataCategory>, on: Option<NaiveDate>| {
        if let Some(person) = people.get_mut(&id) {
            person.from = on.map(counted_from).max(person.from);
            person.holds.extend(category);
        }
    };
    let needs: Vec<Key> =
        of_people!(specific_needs, holder).select(specific_needs::individual_id).distinct().load(connection)?;
    needs.into_iter().for_each(|id| note(id, Some(DataCategory::SpecificNeeds), None));
    let solutions: Vec<(Key, Option<NaiveDate>)> =
        of_people!(solutions, holder).select((solutions::individual_id, solutions::stage_on)).load(connection)?;
    solutions.into_iter().for_each(|(id, on)| note(id, Some(DataCategory::Solutions), on));
    let incidents: Vec<(Key, Option<NaiveDate>, bool)> = of_people!(incidents, holder)
        .select((incidents::individual_id, incidents::occurred_on, incidents::place_id.is_not_null()))
        .load(connection)?;
    for (id, on, placed) in incidents {
        note(id, Some(DataCategory::Protection), on);
        note(id, placed.then_some(DataCategory::Location), None);
    }
    let enrolments: Vec<(Key, Option<NaiveDate>, Option<NaiveDate>)> = of_people!(enrolments, holder)
        .select((enrolments::individual_id, enrolments::started_on, enrolments::ended_on))
        .load(connection)?;
    for (id, started, ended) in enrolments {
        // Who is enrolled is of concern today.
        note(id, Some(DataCategory::Assistance), started.max(Some(ended.unwrap_or(today))));
    }
    let assistance: Vec<(Key, NaiveDate)> =
        of_people!(assistance, holder).select((assistance::individual_id, assistance::paid_on)).load(connection)?;
    assistance.into_iter().for_each(|(id, on)| note(id, Some(DataCategory::Assistance), Some(on)));
    let consents: Vec<(Key, chrono::NaiveDateTime)> =
        of_people!(consents, holder).select((consents::individual_id, consents::recorded_at)).load(connection)?;
    consents.into_iter().for_each(|(id, at)| note(id, None, Some(at.date())));
    Ok(people)
}

/// The people of whom consents to a sharing are held, besides a refusal or withdrawal that stands.
fn consenting(connection: &mut AnyConnection, sharing: &Sharing) -> Result<Vec<Key>> {
    let outlived = consents::newest.eq(false).or(consents::decision.eq(ConsentDecision::Given.code()));
    Ok(of_people!(consents, sharing.provider_id)
        .filter(consents::recipient_id.eq(sharing.recipient_id))
        .filter(consents::purpose.eq(sharing.purpose.code()))
        .filter(outlived)
        .select(consents::individual_id)
        .distinct()
        .load(connection)?)
}
