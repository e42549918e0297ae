//! Demarches: what agencies ask of a government together.

pub(super) mod changes;
mod checks;
pub(super) mod citing;
mod drafting;
pub(super) mod follow_ups;
mod inputs;

use super::agency::{Agency, agency};
use super::engine::loaders::{lists, rows};
use super::engine::request_context::RequestContext;
use super::schema::ids;
use super::schema::paging::{Listed, PageArguments, connection, queries};
use super::schema::scalars::{Date, DateTime, Long};
use crate::domain;
use crate::domain::demarche::{DemarcheAnswer, DemarcheAskKind, DemarcheDecision, DemarcheStatus};
use crate::domain::incident::{IncidentActor, IncidentKind};
use crate::policy::Released;
use crate::store::demarche::DemarcheFile;
use async_graphql::{Context, Error, ID, Object};

queries! {
    DemarcheQueries: "What may be asked of demarches." {
        /// The demarches of which the viewer's agency is a party and that it has not declined, newest first.
        demarches() -> DemarcheConnection;
    }
}

rows! {
    /// What demarches ask for, with its words.
    WordedAsks => domain::demarche::DemarcheAsk, worded_asks;
}

lists! {
    /// How what demarches ask for was followed up.
    FollowUpsOfAsks of domain::demarche::DemarcheAsk => Released<domain::demarche::DemarcheFollowUp>, follow_ups_of;
}

/// The name by which this list's cursors are sealed.
const ORDER: &str = "demarches";

/// A demarche, by its row, with all that belongs to it.
#[derive(Clone)]
pub struct Demarche(pub DemarcheFile);

/// What agencies ask of a government, visible to its parties. It rests on released figures and on patterns, in which nothing is of anybody.
#[Object]
impl Demarche {
    /// Global id, for this agency and purpose only.
    pub async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, self.0.demarche.id)
    }

    /// The agency that drafts and delivers it.
    async fn drafter(&self, context: &Context<'_>) -> Result<Agency, Error> {
        agency(context, self.0.demarche.drafter_id).await
    }

    /// What it is about.
    async fn subject(&self) -> &str {
        &self.0.demarche.subject
    }

    /// To whom it is delivered.
    async fn addressee(&self) -> &str {
        &self.0.demarche.addressee
    }

    /// Where it stands.
    async fn status(&self) -> DemarcheStatus {
        self.0.demarche.status(self.0.asks.iter().all(|ask| ask.answer.is_some()))
    }

    /// When it was drafted.
    async fn drafted_at(&self) -> DateTime {
        DateTime(self.0.demarche.drafted_at)
    }

    /// When it was taken back.
    async fn withdrawn_on(&self) -> Option<Date> {
        self.0.demarche.withdrawn_on.map(Date)
    }

    /// When it was delivered.
    async fn delivered_on(&self) -> Option<Date> {
        self.0.demarche.delivered_on.map(Date)
    }

    /// What the government said; null for whoever has not joined.
    async fn response(&self) -> Option<&str> {
        self.0.demarche.response.as_deref()
    }

    /// When it did; null for whoever has not joined.
    async fn responded_on(&self) -> Option<Date> {
        self.0.demarche.responded_on.map(Date)
    }

    /// Its parties by code, the drafter too.
    async fn parties(&self) -> Vec<DemarcheParty> {
        self.0.parties.iter().cloned().map(DemarcheParty).collect()
    }

    /// What it asks for.
    async fn asks(&self) -> Vec<DemarcheAsk> {
        self.0.asks.iter().cloned().map(DemarcheAsk).collect()
    }

    /// The released figures on which it rests; those that the viewer's agency provides or cites, until it is delivered and unless the agency
    /// has joined it.
    async fn figures(&self) -> Vec<DemarcheFigure> {
        self.0.figures.iter().cloned().map(DemarcheFigure).collect()
    }

    /// A digest of its words, its parties, and the figures that count the agency's people, which `joinDemarche` takes.
    async fn digest(&self, context: &Context<'_>) -> String {
        self.0.digest(RequestContext::of(context).viewer().agency.id)
    }

    /// The patterns of incidents on which it rests; those that the viewer's agency cites, until it is delivered and unless the agency has
    /// joined it.
    async fn patterns(&self) -> Vec<DemarchePattern> {
        self.0.patterns.iter().cloned().map(DemarchePattern).collect()
    }
}

/// A party, by its row.
pub struct DemarcheParty(Released<domain::demarche::DemarcheParty>);

/// An agency's part in a demarche.
#[Object]
impl DemarcheParty {
    /// Which agency.
    async fn agency(&self, context: &Context<'_>) -> Result<Agency, Error> {
        agency(context, self.0.agency_id).await
    }

    /// Whether it joins.
    async fn decision(&self) -> DemarcheDecision {
        self.0.decision
    }
}

/// An ask, by its row.
pub struct DemarcheAsk(Released<domain::demarche::DemarcheAsk>);

/// One thing that a demarche asks for.
#[Object]
impl DemarcheAsk {
    /// Id for changes, for this agency and purpose only. `node` does not read it.
    async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, self.0.id)
    }

    /// What.
    async fn kind(&self) -> DemarcheAskKind {
        self.0.kind
    }

    /// The same in words.
    async fn detail(&self, context: &Context<'_>) -> Option<String> {
        RequestContext::of(context).load::<WordedAsks>(self.0.id).await?.detail.clone()
    }

    /// When it is followed up next, until it is answered.
    async fn follow_up_on(&self) -> Option<Date> {
        Some(Date(self.0.follow_up_on)).filter(|_| self.0.answer.is_none())
    }

    /// Whether it was to be followed up before today and is not.
    async fn is_overdue(&self, context: &Context<'_>) -> bool {
        let today = RequestContext::of(context).viewer().today;
        self.0.answer.is_none() && self.0.follow_up_on < today
    }

    /// How it was answered; null until it is, and for whoever has not joined.
    async fn answer(&self) -> Option<DemarcheAnswer> {
        self.0.answer
    }

    /// When it was answered; null for whoever has not joined.
    async fn answered_on(&self) -> Option<Date> {
        self.0.answered_on.map(Date)
    }

    /// How it was followed up, by date; nothing for whoever has not joined.
    async fn follow_ups(&self, context: &Context<'_>) -> Vec<DemarcheFollowUp> {
        let follow_ups = RequestContext::of(context).load::<FollowUpsOfAsks>(self.0.id).await;
        follow_ups.into_iter().map(DemarcheFollowUp).collect()
    }
}

/// A follow-up, by its row.
pub struct DemarcheFollowUp(Released<domain::demarche::DemarcheFollowUp>);

/// That an ask was followed up.
#[Object]
impl DemarcheFollowUp {
    /// Id for changes, for this agency and purpose only. `node` does not read it.
    async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, self.0.id)
    }

    /// By which agency.
    async fn agency(&self, context: &Context<'_>) -> Result<Agency, Error> {
        agency(context, self.0.agency_id).await
    }

    /// When.
    async fn followed_up_on(&self) -> Date {
        Date(self.0.followed_up_on)
    }

    /// What came of it.
    async fn note(&self) -> &str {
        &self.0.note
    }
}

/// A figure, by its row.
pub struct DemarcheFigure(Released<domain::demarche::DemarcheFigure>);

/// A released figure on which a demarche rests, as it stood in its release: rounded at random, so that it tells nobody apart.
#[Object]
impl DemarcheFigure {
    /// Whose people it counts.
    async fn provider(&self, context: &Context<'_>) -> Result<Agency, Error> {
        agency(context, self.0.provider_id).await
    }

    /// To whom it was released, and who cites it.
    async fn cited_by(&self, context: &Context<'_>) -> Result<Agency, Error> {
        agency(context, self.0.citer_id).await
    }

    /// The number of the release.
    async fn release_number(&self) -> i32 {
        self.0.release_number
    }

    /// As of which day it counts.
    async fn as_of(&self) -> Date {
        Date(self.0.as_of)
    }

    /// The dimensions of the table.
    async fn dimensions(&self) -> Vec<&str> {
        self.0.dimensions.split('*').collect()
    }

    /// The value of each, as in the release: null for those of whom it is not known.
    async fn value(&self) -> Vec<Option<&str>> {
        self.0.value.split('*').map(|value| Some(value).filter(|value| !value.is_empty())).collect()
    }

    /// How many people.
    async fn count(&self) -> Long {
        Long(self.0.count)
    }
}

/// A pattern, by its row.
pub struct DemarchePattern(Released<domain::demarche::DemarchePattern>);

/// A pattern of incidents on which a demarche rests: what happens again and again, and nothing of whom it affected.
#[Object]
impl DemarchePattern {
    /// What it is called.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Of which kind its incidents are; null if of several.
    async fn kind(&self) -> Option<IncidentKind> {
        self.0.kind
    }

    /// Who did them; null if several did, or it is not known.
    async fn actor(&self) -> Option<IncidentActor> {
        self.0.actor
    }
}

connection!(DemarcheConnection of DemarcheEdge to Demarche, (), demarches_count: "A page of demarches.");

/// A page of the demarches of which the viewer's agency is a party.
async fn demarches(context: &Context<'_>, arguments: PageArguments) -> Result<DemarcheConnection, Error> {
    let request_context = RequestContext::of(context);
    let window = arguments.window(context, ORDER)?;
    let found = request_context.read(|session| session.demarches_page(&window))?;
    Ok(DemarcheConnection(Listed::of(request_context, ORDER, (), found, DemarcheFile::position, Demarche)))
}
