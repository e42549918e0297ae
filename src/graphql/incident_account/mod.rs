//! What people told of incidents: never in a list of people, and read for one person in a request.

use crate::domain::client::Role;
use crate::domain::incident_account::{MAX_ACCOUNT, MAX_ACCOUNTS};
use crate::domain::purpose::Purpose;
use crate::domain::text::is_text;
use crate::domain::{self, category::DataCategory};
use crate::graphql::engine::errors::Code;
use crate::graphql::engine::request_context::RequestContext;
use crate::graphql::incident::Incident;
use crate::graphql::incident::held::held_incident;
use crate::graphql::individual::Individual;
use crate::graphql::individual::held::change;
use crate::graphql::schema::ids;
use crate::graphql::schema::scalars::Date;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode, payloads};
use crate::graphql::schema::vocabularies::{category, requires};
use crate::policy::Released;
use crate::store::incident::IncidentFile;
use async_graphql::{Context, Error, ID, InputObject, Object};

/// What may be asked of accounts.
#[derive(Default)]
pub struct IncidentAccountQueries;

/// What may be asked of accounts.
#[Object]
impl IncidentAccountQueries {
    /// What a person told of its incidents, by date; null if the person is not to be seen, its PROTECTION is not revealed, or its row shows
    /// dates by year. A request asks for the accounts of one person.
    async fn incident_accounts(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The person.")] individual_id: ID,
    ) -> Result<Option<Vec<IncidentAccount>>, Error> {
        let request_context = RequestContext::of(context);
        let person = ids::open(request_context, "individualId", &individual_id)?;
        if !request_context.asks_first_for_accounts() {
            return Err(Code::Limit.at("individualId", "a request asks for the accounts of one person, once"));
        }
        let found = request_context.read(|session| session.accounts_of(person))?;
        let each = |(file, account)| IncidentAccount { file, account };
        Ok(found.map(|accounts| accounts.into_iter().map(each).collect()))
    }
}

/// An account, as released, with its incident.
pub struct IncidentAccount {
    file: IncidentFile,
    account: Released<domain::incident_account::IncidentAccount>,
}

/// What was told of an incident.
#[Object]
impl IncidentAccount {
    /// Of which. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn incident(&self) -> Incident {
        Incident(self.file.clone())
    }

    /// What was told. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn account(&self) -> Option<&str> {
        self.account.account.as_deref()
    }

    /// When it was recorded. Category PROTECTION.
    #[graphql(directive = category::apply(DataCategory::Protection))]
    async fn recorded_on(&self) -> Date {
        Date(self.account.recorded_on)
    }
}

/// What adding an account takes.
#[derive(Debug, InputObject)]
pub struct AddIncidentAccountInput {
    /// The incident, of a person whom the agency holds.
    incident_id: ID,
    /// What was told: 1 to 4,000 characters, of which lines may be parted.
    account: String,
    /// Makes a repeated request do nothing twice; 1 to 64 characters.
    idempotency_key: Option<String>,
}

payloads! {
    individual: Individual = "The person; null if nothing was changed.";
    /// The person, or why nothing was recorded.
    AddIncidentAccountPayload;
}

/// What may be changed of accounts.
#[derive(Default)]
pub struct IncidentAccountMutations;

/// What may be changed of accounts.
#[Object]
impl IncidentAccountMutations {
    /// Adds to what a person told of an incident. What was told before stays as it is. For the holder.
    #[graphql(directive = requires::apply(vec![Role::Caseworker, Role::DataOfficer], Some(Purpose::CaseManagement)))]
    async fn add_incident_account(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Of which incident, and what.")] input: AddIncidentAccountInput,
    ) -> Result<AddIncidentAccountPayload, Error> {
        let request_context = RequestContext::of(context);
        let id = ids::open(request_context, "input.incidentId", &input.incident_id)?;
        let changed = change(request_context, input.idempotency_key.as_deref(), &("account", &input), |session| {
            let (person, access, incident) = held_incident(session, id)?;
            let account = checked_account(&input.account)?;
            if session.accounts_count(incident.id)? >= MAX_ACCOUNTS as i64 {
                let message = format!("an incident has at most {MAX_ACCOUNTS} accounts");
                return Err(UserError::at("incidentId", UserErrorCode::Invalid, message).into());
            }
            session.add_accounts(&[(access, incident.id)], &account)?;
            session.touch(&[access])?;
            Ok(person)
        })?;
        Ok(changed.into())
    }
}

/// An account as it is kept.
///
/// # Errors
/// If it is empty or too long, or holds what nobody can read.
pub(in crate::graphql) fn checked_account(account: &str) -> Attempt<String> {
    match is_text(account, MAX_ACCOUNT) {
        true => Ok(account.trim().to_owned()),
        false => {
            let message =
                format!("expected 1 to {MAX_ACCOUNT} characters, without control characters but ends of lines");
            Err(UserError::at("account", UserErrorCode::Invalid, message).into())
        }
    }
}
