//! Demarches of which an agency is a party.

use super::bulk::insert;
use super::database::connection::{AnyConnection, Backend};
use super::database::errors::Result;
use super::database::page::{Page, Position, Slice, Window, by_moment, page};
use super::database::stored::stored;
use super::database::tables::{
    agencies, demarche_asks, demarche_figures, demarche_follow_ups, demarche_parties, demarche_patterns, demarches,
};
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::agency::Agency;
use crate::domain::agreement::Agreement;
use crate::domain::demarche::{
    Demarche, DemarcheAnswer, DemarcheAsk, DemarcheAskKind, DemarcheDecision, DemarcheFigure, DemarcheFollowUp,
    DemarcheParty, DemarchePattern, digest,
};
use crate::domain::incident::{IncidentActor, IncidentKind};
use crate::domain::incident_pattern::IncidentPattern;
use crate::domain::{Id, Vocabulary};
use crate::policy::Released;
use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::{exists, sql};
use diesel::sql_types::{BigInt, Bool};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::HashMap;

stored!(Demarche in demarches {
    id: Id<Demarche>,
    drafter_id: Id<Agency>,
    subject: String,
    addressee: String,
    drafted_at: NaiveDateTime,
    withdrawn_on: Option<NaiveDate>,
    delivered_on: Option<NaiveDate>,
    response: Option<String>,
    responded_on: Option<NaiveDate>,
});

stored!(DemarcheParty in demarche_parties {
    demarche_id: Id<Demarche>,
    agency_id: Id<Agency>,
    decision: DemarcheDecision,
});

stored!(DemarcheAsk in demarche_asks {
    id: Id<DemarcheAsk>,
    demarche_id: Id<Demarche>,
    kind: DemarcheAskKind,
    detail: Option<String>,
    follow_up_on: NaiveDate,
    answer: Option<DemarcheAnswer>,
    answered_on: Option<NaiveDate>,
});

stored!(DemarcheFollowUp in demarche_follow_ups {
    id: Id<DemarcheFollowUp>,
    demarche_id: Id<Demarche>,
    ask_id: Id<DemarcheAsk>,
    agency_id: Id<Agency>,
    followed_up_on: NaiveDate,
    note: String,
});

stored!(DemarcheFigure in demarche_figures {
    id: Id<DemarcheFigure>,
    demarche_id: Id<Demarche>,
    agreement_id: Id<Agreement>,
    provider_id: Id<Agency>,
    citer_id: Id<Agency>,
    release_number: i32,
    as_of: NaiveDate,
    dimensions: String,
    value: String,
    count: i64,
});

stored!(DemarchePattern in demarche_patterns {
    demarche_id: Id<Demarche>,
    pattern_id: Id<IncidentPattern>,
    citer_id: Id<Agency>,
    name: String,
    kind: Option<IncidentKind>,
    actor: Option<IncidentActor>,
});

/// A demarche as a party sees it.
#[derive(Debug, Clone)]
pub struct DemarcheFile {
    /// The demarche.
    pub demarche: Released<Demarche>,
    /// The parties.
    pub parties: Vec<Released<DemarcheParty>>,
    /// What it asks for.
    pub asks: Vec<Released<DemarcheAsk>>,
    /// How that was followed up, by date.
    pub follow_ups: Vec<Released<DemarcheFollowUp>>,
    /// The figures on which it rests, of those that the viewer may see.
    pub figures: Vec<Released<DemarcheFigure>>,
    /// The patterns, by name.
    pub patterns: Vec<Released<DemarchePattern>>,
}

impl DemarcheFile {
    /// Its place: newest first.
    pub fn position(&self) -> Position {
        position(&self.demarche)
    }

    /// The digest of the figures that count an agency's people, of those that the viewer may see; none if there is no such figure.
    pub fn figures_digest(&self, provider: Id<Agency>) -> Option<String> {
        let of_its_people: Vec<&DemarcheFigure> =
            self.figures.iter().filter(|figure| figure.provider_id == provider).map(|figure| &**figure).collect();
        (!of_its_people.is_empty()).then(|| digest(&of_its_people))
    }

    /// What an agency has decided, if it is a party.
    pub fn decision(&self, agency: Id<Agency>) -> Option<DemarcheDecision> {
        self.parties.iter().find(|party| party.agency_id == agency).map(|party| party.decision)
    }
}

fn position(demarche: &Demarche) -> Position {
    Position::of_moment(demarche.drafted_at, demarche.id)
}

impl ReadSession {
    /// A page of the demarches of which the viewer's agency is a party and that it has not declined, newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub fn demarches_page(&mut self, window: &Window) -> Result<Page<DemarcheFile>> {
        let found = page(window, position, |slice| self.demarches_slice(slice))?;
        let (has_previous, has_next) = (found.has_previous, found.has_next);
        Ok(Page { rows: self.files(found.rows)?, has_previous, has_next })
    }

    /// How many there are.
    ///
    /// # Errors
    /// If the database fails.
    pub fn demarches_count(&mut self, (): &()) -> Result<i64> {
        let query = self.demarches_query();
        Ok(query.count().get_result(self.connection())?)
    }

    /// Demarches by key, of those.
    ///
    /// # Errors
    /// If the database fails.
    pub fn demarches(&mut self, ids: &[Id<Demarche>]) -> Result<HashMap<Id<Demarche>, DemarcheFile>> {
        let query = self.demarches_query().filter(demarches::id.eq_any(ids.to_vec()));
        let rows: Vec<Demarche> = query.select(Demarche::as_select()).load(self.connection())?;
        Ok(self.files(rows)?.into_iter().map(|file| (file.demarche.id, file)).collect())
    }

    fn demarches_query(&self) -> demarches::BoxedQuery<'static, Backend> {
        let joined = demarche_parties::table
            .filter(demarche_parties::agency_id.eq(self.viewer().agency.id))
            .filter(demarche_parties::decision.ne(DemarcheDecision::Declined.code()))
            .select(demarche_parties::demarche_id);
        demarches::table.filter(demarches::id.eq_any(joined)).into_boxed()
    }

    fn demarches_slice(&mut self, slice: &Slice) -> Result<Vec<Demarche>> {
        let query = by_moment!(self.demarches_query(), demarches::drafted_at, demarches::id, slice);
        Ok(query.select(Demarche::as_select()).load(self.connection())?)
    }

    /// Demarches with all that belongs to them.
    fn files(&mut self, rows: Vec<Demarche>) -> Result<Vec<DemarcheFile>> {
        let ids: Vec<Id<Demarche>> = rows.iter().map(|row| row.id).collect();
        let responses: usize = rows.iter().filter_map(|row| row.response.as_deref()).map(str::len).sum();
        let asked = demarche_asks::table
            .filter(demarche_asks::demarche_id.eq_any(ids.clone()))
            .select(sql::<BigInt>("coalesce(sum(coalesce(octet_length(detail), 0) + 100), 0)"));
        let noted = demarche_follow_ups::table
            .filter(demarche_follow_ups::demarche_id.eq_any(ids.clone()))
            .select(sql::<BigInt>("coalesce(sum(octet_length(note) + 100), 0)"));
        let (asked, noted): (i64, i64) = (asked.first(self.connection())?, noted.first(self.connection())?);
        self.hold_text(asked + noted + responses as i64)?;
        macro_rules! of {
            ($record:ident in $table:ident by |$row:ident| $shown:expr) => {{
                let rows = $table::table.filter($table::demarche_id.eq_any(ids.clone()));
                let mut rows: Vec<$record> = rows.select($record::as_select()).load(self.connection())?;
                rows.sort_by_key(|$row| $shown);
                let mut by_demarche: HashMap<Id<Demarche>, Vec<Released<$record>>> = HashMap::new();
                for row in rows {
                    by_demarche.entry(row.demarche_id).or_default().push(Released::reference(row));
                }
                by_demarche
            }};
        }
        let by_code = demarche_parties::table
            .inner_join(agencies::table)
            .filter(demarche_parties::demarche_id.eq_any(ids.clone()))
            .order(agencies::code)
            .select(DemarcheParty::as_select());
        let by_code: Vec<DemarcheParty> = by_code.load(self.connection())?;
        let mut parties: HashMap<Id<Demarche>, Vec<Released<DemarcheParty>>> = HashMap::new();
        for party in by_code {
            parties.entry(party.demarche_id).or_default().push(Released::reference(party));
        }
        let mut asks = of!(DemarcheAsk in demarche_asks by |ask| (ask.kind, ask.detail.clone(), ask.follow_up_on));
        let mut follow_ups =
            of!(DemarcheFollowUp in demarche_follow_ups by |one| (one.followed_up_on, one.note.clone()));
        let mut patterns = of!(DemarchePattern in demarche_patterns by |pattern| pattern.name.clone());
        let mut figures = of!(DemarcheFigure in demarche_figures by
            |one| (one.dimensions.clone(), one.value.clone(), one.release_number, one.count));
        let agency = self.viewer().agency.id;
        let file = |demarche: Demarche| {
            let id = demarche.id;
            let is_own = |figure: &Released<DemarcheFigure>| [figure.provider_id, figure.citer_id].contains(&agency);
            let parties = parties.remove(&id).unwrap_or_default();
            let has_joined = |party: &Released<DemarcheParty>| {
                party.agency_id == agency && party.decision == DemarcheDecision::Joined
            };
            let sees_all = demarche.delivered_on.is_some() && parties.iter().any(has_joined);
            let mut figures = figures.remove(&id).unwrap_or_default();
            figures.retain(|figure| sees_all || is_own(figure));
            DemarcheFile {
                parties,
                asks: asks.remove(&id).unwrap_or_default(),
                follow_ups: follow_ups.remove(&id).unwrap_or_default(),
                patterns: patterns.remove(&id).unwrap_or_default(),
                figures,
                demarche: Released::reference(demarche),
            }
        };
        Ok(rows.into_iter().map(file).collect())
    }
}

impl WriteSession {
    /// Drafts a demarche, with what it asks for and whom its drafter invites.
    ///
    /// # Errors
    /// If the database fails.
    pub fn draft_demarche(&mut self, demarche: &Demarche, asks: &[DemarcheAsk], invited: &[Id<Agency>]) -> Result<()> {
        insert::demarches(self.connection(), std::slice::from_ref(demarche))?;
        let mut parties = invitations(demarche.id, invited);
        let decision = DemarcheDecision::Joined;
        parties.push(DemarcheParty { demarche_id: demarche.id, agency_id: demarche.drafter_id, decision });
        insert::demarche_parties(self.connection(), &parties)?;
        insert::demarche_asks(self.connection(), asks)
    }

    /// Records that the viewer's agency declines: it takes back what it cites, and figures that count its people.
    ///
    /// # Errors
    /// If the database fails.
    pub fn decline_demarche(&mut self, demarche: Id<Demarche>) -> Result<()> {
        let of_its_people = demarche_figures::table
            .filter(demarche_figures::demarche_id.eq(demarche))
            .filter(demarche_figures::provider_id.eq(self.viewer().agency.id));
        diesel::delete(of_its_people).execute(self.connection())?;
        self.withdraw_citations(demarche)?;
        self.decide(demarche, DemarcheDecision::Declined)
    }

    /// Takes back what the viewer's agency cites.
    ///
    /// # Errors
    /// If the database fails.
    pub fn withdraw_citations(&mut self, demarche: Id<Demarche>) -> Result<()> {
        let agency = self.viewer().agency.id;
        let figures = demarche_figures::table
            .filter(demarche_figures::demarche_id.eq(demarche))
            .filter(demarche_figures::citer_id.eq(agency));
        diesel::delete(figures).execute(self.connection())?;
        let patterns = demarche_patterns::table
            .filter(demarche_patterns::demarche_id.eq(demarche))
            .filter(demarche_patterns::citer_id.eq(agency));
        diesel::delete(patterns).execute(self.connection())?;
        Ok(())
    }

    /// Invites agencies to a draft.
    ///
    /// # Errors
    /// If the database fails.
    pub fn invite_to_demarche(&mut self, demarche: Id<Demarche>, invited: &[Id<Agency>]) -> Result<()> {
        insert::demarche_parties(self.connection(), &invitations(demarche, invited))
    }

    /// Records that the viewer's agency joins.
    ///
    /// # Errors
    /// If the database fails.
    pub fn join_demarche(&mut self, demarche: Id<Demarche>) -> Result<()> {
        self.decide(demarche, DemarcheDecision::Joined)
    }

    fn decide(&mut self, demarche: Id<Demarche>, decision: DemarcheDecision) -> Result<()> {
        let own = demarche_parties::table.find((demarche, self.viewer().agency.id));
        diesel::update(own).set(demarche_parties::decision.eq(decision.code())).execute(self.connection())?;
        Ok(())
    }

    /// Cites a released figure: its provider decides anew whether it joins.
    ///
    /// # Errors
    /// If the database fails.
    pub fn cite_figure(&mut self, figure: &DemarcheFigure) -> Result<()> {
        insert::demarche_figures(self.connection(), std::slice::from_ref(figure))?;
        // On PostgreSQL nobody but the provider writes its decision; the database does.
        if let AnyConnection::Sqlite(sqlite) = self.connection() {
            let provider = demarche_parties::table.find((figure.demarche_id, figure.provider_id));
            let anew = demarche_parties::decision.eq(DemarcheDecision::Invited.code());
            diesel::update(provider).set(anew).execute(sqlite)?;
        }
        Ok(())
    }

    /// Cites a pattern.
    ///
    /// # Errors
    /// If the database fails.
    pub fn cite_pattern(&mut self, pattern: &DemarchePattern) -> Result<()> {
        insert::demarche_patterns(self.connection(), std::slice::from_ref(pattern))
    }

    /// Whether a demarche rests on a figure whose provider has not joined since it was cited. On PostgreSQL that is asked of the database:
    /// the drafter sees no figure that another cites.
    ///
    /// # Errors
    /// If the database fails.
    pub fn rests_on_unagreed(&mut self, demarche: Id<Demarche>) -> Result<bool> {
        match self.connection() {
            AnyConnection::Postgresql(postgres) => {
                let unagreed = sql::<Bool>("wall.rests_on_unagreed(").bind::<BigInt, _>(demarche).sql(")");
                Ok(diesel::select(unagreed).get_result(postgres)?)
            }
            AnyConnection::Sqlite(sqlite) => {
                let providers = demarche_figures::table
                    .filter(demarche_figures::demarche_id.eq(demarche))
                    .select(demarche_figures::provider_id);
                let unagreed = demarche_parties::table
                    .filter(demarche_parties::demarche_id.eq(demarche))
                    .filter(demarche_parties::agency_id.eq_any(providers))
                    .filter(demarche_parties::decision.ne(DemarcheDecision::Joined.code()));
                Ok(diesel::select(exists(unagreed)).get_result(sqlite)?)
            }
        }
    }

    /// Records that a demarche was delivered.
    ///
    /// # Errors
    /// If the database fails.
    pub fn deliver_demarche(&mut self, demarche: Id<Demarche>, on: NaiveDate) -> Result<()> {
        let delivered = demarches::delivered_on.eq(Some(on));
        diesel::update(demarches::table.find(demarche)).set(delivered).execute(self.connection())?;
        Ok(())
    }

    /// Takes a demarche back.
    ///
    /// # Errors
    /// If the database fails.
    pub fn withdraw_demarche(&mut self, demarche: Id<Demarche>) -> Result<()> {
        let withdrawn = demarches::withdrawn_on.eq(Some(self.viewer().today));
        diesel::update(demarches::table.find(demarche)).set(withdrawn).execute(self.connection())?;
        Ok(())
    }

    /// Records what the government said.
    ///
    /// # Errors
    /// If the database fails.
    pub fn record_response(&mut self, demarche: Id<Demarche>, response: &str, on: NaiveDate) -> Result<()> {
        let said = (demarches::response.eq(Some(response)), demarches::responded_on.eq(Some(on)));
        diesel::update(demarches::table.find(demarche)).set(said).execute(self.connection())?;
        Ok(())
    }

    /// Which demarche an ask belongs to.
    ///
    /// # Errors
    /// If the database fails.
    pub fn demarche_of_ask(&mut self, ask: Id<DemarcheAsk>) -> Result<Option<Id<Demarche>>> {
        let of = demarche_asks::table.find(ask).select(demarche_asks::demarche_id);
        Ok(of.first(self.connection()).optional()?)
    }

    /// Records that an ask was followed up, and when it is next.
    ///
    /// # Errors
    /// If the database fails.
    pub fn follow_up_ask(&mut self, follow_up: &DemarcheFollowUp, next_on: NaiveDate) -> Result<()> {
        insert::demarche_follow_ups(self.connection(), std::slice::from_ref(follow_up))?;
        let next = demarche_asks::follow_up_on.eq(next_on);
        diesel::update(demarche_asks::table.find(follow_up.ask_id)).set(next).execute(self.connection())?;
        Ok(())
    }

    /// Records how an ask was answered.
    ///
    /// # Errors
    /// If the database fails.
    pub fn answer_ask(&mut self, ask: Id<DemarcheAsk>, answer: DemarcheAnswer, on: NaiveDate) -> Result<()> {
        let answered = (demarche_asks::answer.eq(Some(answer.code())), demarche_asks::answered_on.eq(Some(on)));
        diesel::update(demarche_asks::table.find(ask)).set(answered).execute(self.connection())?;
        Ok(())
    }
}

fn invitations(demarche_id: Id<Demarche>, invited: &[Id<Agency>]) -> Vec<DemarcheParty> {
    let decision = DemarcheDecision::Invited;
    invited.iter().map(|agency| DemarcheParty { demarche_id, agency_id: *agency, decision }).collect()
}
