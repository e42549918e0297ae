//! The audit: an agency's own entries, and who has seen a person.

use super::agency::{Agency, agency};
use super::engine::errors::Code;
use super::engine::request_context::RequestContext;
use super::schema::ids;
use super::schema::paging::{Listed, PageArguments, connection, queries};
use super::schema::scalars::{DateTime, Long};
use super::schema::vocabularies::requires;
use crate::domain;
use crate::domain::Vocabulary;
use crate::domain::audit::{AuditEvent, AuditOutcome, Shown};
use crate::domain::category::DataCategory;
use crate::domain::client::Role;
use crate::domain::purpose::Purpose;
use crate::store::audit::log::{AuditFilter, AuditLine};
use async_graphql::{Context, Error, ID, Object, SimpleObject};

queries! {
    AuditQueries: "What may be asked of the audit." {
        /// What is on record of the requests of the viewer's agency, newest first.
        #[graphql(directive = requires::apply(vec![Role::DataOfficer], None))]
        audit_entries() -> AuditEntryConnection;

        /// Who was told what of a person that the agency holds, newest first; null if there is no such person.
        #[graphql(directive = requires::apply(vec![Role::DataOfficer], Some(Purpose::CaseManagement)))]
        async fn access_log(
            &self,
            context: &Context<'_>,
            #[graphql(desc = "The person.")] individual_id: ID,
            #[graphql(desc = "The first so many, 1 to 100.")] first: Option<i32>,
            #[graphql(desc = "After this cursor.")] after: Option<String>,
            #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
            #[graphql(desc = "Before this cursor.")] before: Option<String>,
        ) -> Result<Option<AccessLogConnection>, Error> {
            access_log(context, &individual_id, PageArguments { first, after, last, before }).await
        }
    }
}

/// An entry of the audit.
pub struct AuditEntry(AuditLine);

/// What is on record of one request of the viewer's agency. Values, names and variables never are.
#[Object]
impl AuditEntry {
    /// Its number among the agency's entries, from one, without gaps.
    async fn sequence(&self) -> Long {
        Long(self.0.entry.number)
    }

    /// When it was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.entry.recorded_at)
    }

    /// What it is about.
    async fn event(&self) -> AuditEvent {
        self.0.entry.record.event
    }

    /// Name of the client that asked.
    async fn client(&self) -> Option<&str> {
        self.0.client.as_deref()
    }

    /// The request's purpose.
    async fn purpose(&self) -> Option<Purpose> {
        self.0.entry.record.purpose
    }

    /// How it ended; null of an entry of another version that has an outcome of its own.
    async fn outcome(&self) -> Option<AuditOutcome> {
        AuditOutcome::parse(&self.0.entry.record.outcome).ok()
    }

    /// References of the agreements in force that were used.
    async fn agreements(&self) -> &[String] {
        &self.0.entry.record.agreements
    }

    /// Keyed hash of the operation's name: equal for equal names.
    async fn operation(&self) -> Option<&str> {
        self.0.entry.record.operation.as_deref()
    }

    /// Keyed hash of the document, its literals removed: equal for equal documents.
    async fn document(&self) -> Option<&str> {
        self.0.entry.record.document.as_deref()
    }

    /// What else there is to say: an emergency access that was opened or reviewed; what retention erased, of how many people.
    async fn detail(&self) -> Option<&str> {
        self.0.entry.record.detail.as_deref()
    }

    /// Who was shown: how many people with which categories.
    async fn disclosures(&self) -> Vec<Disclosure> {
        let record = &self.0.entry.record;
        let earlier = record.disclosures.iter().map(|of| Disclosure {
            categories: of.categories.iter().copied().collect(),
            people: of.people.iter().map(|(first, last)| last - first + 1).sum(),
        });
        let shown = record.people.iter().flat_map(|people| &people.shown);
        let disclosure =
            |of: &Shown| Disclosure { categories: of.categories.iter().copied().collect(), people: of.people };
        earlier.chain(shown.map(disclosure)).collect()
    }

    /// How many people were looked up: named by a filter by identity, contact or the number of a case.
    async fn looked_up(&self) -> i64 {
        self.0.entry.record.people.as_ref().map_or(0, |people| people.looked_up)
    }

    /// What was asked about everybody whom the agreements covered, or whom the agency holds.
    async fn questions(&self) -> Vec<Question> {
        let asked = self.0.entry.record.questions.iter().flat_map(|questions| &questions.asked);
        let question = |of: &domain::audit::Question| Question {
            categories: of.categories.iter().copied().collect(),
            found: of.found,
        };
        asked.map(question).collect()
    }
}

/// People who were shown with the same categories.
#[derive(SimpleObject)]
pub struct Disclosure {
    /// What was selected and revealed; none if only that they exist was told.
    categories: Vec<DataCategory>,
    /// How many people.
    people: i64,
}

/// A question: a count, a filter, an order.
#[derive(SimpleObject)]
pub struct Question {
    /// What it was about; none if it was only how many people there are.
    categories: Vec<DataCategory>,
    /// How many were found; 0 for statistics, whose counts are protected.
    found: i64,
}

/// An entry of a person's access log.
pub struct AccessLogEntry(AuditLine);

/// That somebody was told something of a person.
#[Object]
impl AccessLogEntry {
    /// When.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.entry.recorded_at)
    }

    /// Whose client it was.
    async fn agency(&self, context: &Context<'_>) -> Result<Option<Agency>, Error> {
        match self.0.entry.record.agency_id {
            Some(key) => agency(context, key).await.map(Some),
            None => Ok(None),
        }
    }

    /// Name of the client, if it is one of the viewer's agency.
    async fn client(&self) -> Option<&str> {
        self.0.client.as_deref()
    }

    /// For what purpose.
    async fn purpose(&self) -> Option<Purpose> {
        self.0.entry.record.purpose
    }

    /// Under which agreements, by reference; none if it was the holder itself.
    async fn agreements(&self) -> &[String] {
        &self.0.entry.record.agreements
    }

    /// The person was shown.
    async fn shown(&self) -> bool {
        self.0.about.shown
    }

    /// The person was looked up: a filter named the person by identity, contact or the number of a case.
    async fn looked_up(&self) -> bool {
        self.0.about.looked_up
    }

    /// Something was asked about everybody whom an agreement covered, and it covered the person: a count, a filter, an order.
    async fn asked(&self) -> bool {
        self.0.about.asked
    }

    /// What was shown, looked up by or asked about; none if only that the person is there was told.
    async fn categories(&self) -> Vec<DataCategory> {
        self.0.about.categories().into_iter().collect()
    }
}

connection!(AuditEntryConnection of AuditEntryEdge to AuditEntry, AuditFilter, audit_count as Long: "A page of audit entries.");
connection!(AccessLogConnection of AccessLogEdge to AccessLogEntry, AuditFilter, audit_count as Long: "A page of a person's access log.");

/// A page of the entries of the viewer's agency.
pub(super) async fn audit_entries(
    context: &Context<'_>,
    arguments: PageArguments,
) -> Result<AuditEntryConnection, Error> {
    data_officer(context)?;
    Ok(AuditEntryConnection(lines(context, arguments, AuditFilter::OwnAgency, "auditEntries", AuditEntry)?))
}

/// A page of a person's access log.
pub(super) async fn access_log(
    context: &Context<'_>,
    individual: &ID,
    arguments: PageArguments,
) -> Result<Option<AccessLogConnection>, Error> {
    data_officer(context)?;
    let request_context = RequestContext::of(context);
    if request_context.viewer().purpose != Purpose::CaseManagement {
        return Err(Code::Forbidden.error("the access log is the holder's: state the purpose CASE_MANAGEMENT"));
    }
    let individual = ids::open(request_context, "individualId", individual)?;
    let found = request_context.read(|session| Ok(session.individuals(&[individual])?.remove(&individual)))?;
    let Some(person) = found else { return Ok(None) };
    let subject = request_context.read(|session| session.subject(person.access()))?;
    let order = format!("accessLog {individual}");
    let filter = AuditFilter::Person(subject);
    Ok(Some(AccessLogConnection(lines(context, arguments, filter, &order, AccessLogEntry)?)))
}

fn lines<N>(
    context: &Context<'_>,
    arguments: PageArguments,
    filter: AuditFilter,
    order: &str,
    node: impl Fn(AuditLine) -> N,
) -> Result<Listed<N, AuditFilter>, Error> {
    let request_context = RequestContext::of(context);
    let window = arguments.window(context, order)?;
    let found = request_context.read(|session| session.audit_page(&filter, &window))?;
    Ok(Listed::of(request_context, order, filter, found, AuditLine::position, node))
}

fn data_officer(context: &Context<'_>) -> Result<(), Error> {
    match RequestContext::of(context).viewer().client.role {
        Role::DataOfficer => Ok(()),
        _ => Err(Code::Forbidden.error("the audit is for clients with the role DATA_OFFICER")),
    }
}
