//! What people told of incidents: read for one person at a time.

use super::bulk::insert::{self, new_key};
use super::database::errors::Result;
use super::database::stored::stored;
use super::database::tables::incident_accounts;
use super::incident::IncidentFile;
use super::individual::held::Held;
use super::individual::items::{items, people, read};
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::Id;
use crate::domain::category::DataCategory;
use crate::domain::incident::Incident;
use crate::domain::incident_account::IncidentAccount;
use crate::domain::individual::Individual;
use crate::policy::Released;
use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::sql_types::BigInt;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};

stored!(IncidentAccount in incident_accounts {
    id: Id<IncidentAccount>,
    individual_id: Id<Individual>,
    incident_id: Id<Incident>,
    account: Option<String>,
    recorded_on: NaiveDate,
});

/// An account, with the incident that it is about.
pub type AccountOfIncident = (IncidentFile, Released<IncidentAccount>);

impl ReadSession {
    /// What a person told of its incidents, each with which, by date; nothing at all if the viewer does not see the person, its protection
    /// is not revealed, or its row shows dates by year.
    ///
    /// # Errors
    /// If the database fails.
    pub fn accounts_of(&mut self, person: Id<Individual>) -> Result<Option<Vec<AccountOfIncident>>> {
        let Some(person) = self.individuals(&[person])?.remove(&person) else { return Ok(None) };
        let access = person.access();
        if !access.reveal().reveals(DataCategory::Protection) || !access.reveal().is_identified() {
            return Ok(None);
        }
        let of_whom = people(&[access], DataCategory::Protection);
        let length =
            incident_accounts::table
                .filter(incident_accounts::individual_id.eq(access.id()))
                .select(sql::<BigInt>("coalesce(sum(octet_length(account)), 0)"));
        let length: i64 = length.first(self.connection())?;
        self.hold_text(length)?;
        let told: Vec<IncidentAccount> = read!(self, IncidentAccount in incident_accounts, of_whom);
        let told = items(&of_whom, told, |one| one.individual_id).remove(&access.id()).unwrap_or_default();
        let suffered = self.incidents_with_emergencies_of(&[access])?.remove(&access.id()).unwrap_or_default();
        let mut accounts: Vec<_> = Vec::new();
        for file in suffered {
            let of_incident = told.iter().filter(|account| account.incident_id == file.incident.id);
            let mut of_incident: Vec<_> = of_incident.cloned().collect();
            of_incident.sort_by_key(|account| (account.recorded_on, account.account.clone()));
            accounts.extend(of_incident.into_iter().map(|account| (file.clone(), account)));
        }
        Ok(Some(accounts))
    }
}

impl WriteSession {
    /// How many accounts there are of an incident.
    ///
    /// # Errors
    /// If the database fails.
    pub fn accounts_count(&mut self, incident: Id<Incident>) -> Result<i64> {
        let of_incident = incident_accounts::table.filter(incident_accounts::incident_id.eq(incident));
        Ok(of_incident.count().get_result(self.connection())?)
    }

    /// Records what was told of an incident of each of these people.
    ///
    /// # Errors
    /// If the database fails.
    pub fn add_accounts(&mut self, of: &[(Held, Id<Incident>)], account: &str) -> Result<()> {
        let recorded_on = self.viewer().today;
        let told = |(person, incident): &(Held, Id<Incident>)| IncidentAccount {
            id: new_key(),
            individual_id: person.id(),
            incident_id: *incident,
            account: Some(account.to_owned()),
            recorded_on,
        };
        insert::incident_accounts(self.connection(), &of.iter().map(told).collect::<Vec<_>>())
    }
}
