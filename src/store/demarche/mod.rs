//! Demarches of which an agency is a party.

mod changes;
mod follow_ups;

use crate::domain::agency::Agency;
use crate::domain::agreement::Agreement;
use crate::domain::demarche::{
    Demarche, DemarcheAnswer, DemarcheAsk, DemarcheAskKind, DemarcheDecision, DemarcheFigure, DemarcheParty,
    DemarchePattern, digest,
};
use crate::domain::incident::{IncidentActor, IncidentKind};
use crate::domain::incident_pattern::IncidentPattern;
use crate::domain::{Id, Vocabulary};
use crate::policy::Released;
use crate::store::database::connection::Backend;
use crate::store::database::errors::Result;
use crate::store::database::page::{Page, Position, Slice, Window, by_moment, page};
use crate::store::database::stored::stored;
use crate::store::database::tables::{
    agencies, demarche_asks, demarche_figures, demarche_parties, demarche_patterns, demarches,
};
use crate::store::session::read::ReadSession;
use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
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
    /// What it asks for, without words.
    pub asks: Vec<Released<DemarcheAsk>>,
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

    /// The digest of what an agency reads of it: its words, the parties, and the figures that count the agency's people.
    pub fn digest(&self, agency: Id<Agency>) -> String {
        let of_its_people: Vec<&DemarcheFigure> =
            self.figures.iter().filter(|figure| figure.provider_id == agency).map(|figure| &**figure).collect();
        let has_part = |party: &&Released<DemarcheParty>| party.decision != DemarcheDecision::Declined;
        let parties: Vec<Id<Agency>> = self.parties.iter().filter(has_part).map(|party| party.agency_id).collect();
        let asks: Vec<Id<DemarcheAsk>> = self.asks.iter().map(|ask| ask.id).collect();
        digest(&self.demarche, &asks, &of_its_people, &parties)
    }

    /// What an agency has decided, if it is a party.
    pub fn decision(&self, agency: Id<Agency>) -> Option<DemarcheDecision> {
        self.parties.iter().find(|party| party.agency_id == agency).map(|party| party.decision)
    }
}

/// The demarches of which an agency is a party and that it has not declined.
macro_rules! taken_part {
    ($agency:expr) => {
        demarche_parties::table
            .filter(demarche_parties::agency_id.eq($agency))
            .filter(demarche_parties::decision.ne(DemarcheDecision::Declined.code()))
            .select(demarche_parties::demarche_id)
    };
}

/// An ask as it was delivered.
fn unanswered(ask: DemarcheAsk) -> Released<DemarcheAsk> {
    Released::reference(DemarcheAsk { answer: None, answered_on: None, ..ask })
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

    /// Asks by key, of those, with their words, as they were delivered.
    ///
    /// # Errors
    /// If the database fails.
    pub fn worded_asks(&mut self, ids: &[Id<DemarcheAsk>]) -> Result<HashMap<Id<DemarcheAsk>, Released<DemarcheAsk>>> {
        let agency = self.viewer().agency.id;
        let of_party = || {
            demarche_asks::table
                .filter(demarche_asks::id.eq_any(ids.to_vec()))
                .filter(demarche_asks::demarche_id.eq_any(taken_part!(agency)))
        };
        let length = of_party().select(sql::<BigInt>("coalesce(sum(octet_length(detail)), 0)"));
        let asks = of_party().select(DemarcheAsk::as_select());
        let length: i64 = length.first(self.connection())?;
        self.hold_text(length)?;
        let asks: Vec<DemarcheAsk> = asks.load(self.connection())?;
        Ok(asks.into_iter().map(|ask| (ask.id, unanswered(ask))).collect())
    }

    fn demarches_query(&self) -> demarches::BoxedQuery<'static, Backend> {
        demarches::table.filter(demarches::id.eq_any(taken_part!(self.viewer().agency.id))).into_boxed()
    }

    fn demarches_slice(&mut self, slice: &Slice) -> Result<Vec<Demarche>> {
        let query = by_moment!(self.demarches_query(), demarches::drafted_at, demarches::id, slice);
        Ok(query.select(Demarche::as_select()).load(self.connection())?)
    }

    /// Demarches with all that belongs to them.
    fn files(&mut self, rows: Vec<Demarche>) -> Result<Vec<DemarcheFile>> {
        let ids: Vec<Id<Demarche>> = rows.iter().map(|row| row.id).collect();
        let responses: usize = rows.iter().filter_map(|row| row.response.as_deref()).map(str::len).sum();
        self.hold_text(responses as i64)?;
        macro_rules! of {
            ($record:ident in $table:ident by |$row:ident| $shown:expr) => {
                of!($record in $table as $record::as_select(), by |$row| $shown)
            };
            ($record:ident in $table:ident as $columns:expr, by |$row:ident| $shown:expr) => {{
                let rows = $table::table.filter($table::demarche_id.eq_any(ids.clone()));
                let mut rows: Vec<$record> = rows.select($columns).load(self.connection())?;
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
        let without_words = (
            demarche_asks::id,
            demarche_asks::demarche_id,
            demarche_asks::kind,
            sql::<Nullable<Text>>("NULL"),
            demarche_asks::follow_up_on,
            demarche_asks::answer,
            demarche_asks::answered_on,
        );
        let mut asks =
            of!(DemarcheAsk in demarche_asks as without_words, by |ask| (ask.kind, ask.follow_up_on, ask.id));
        let mut patterns = of!(DemarchePattern in demarche_patterns by |pattern| pattern.name.clone());
        let mut figures = of!(DemarcheFigure in demarche_figures by
            |one| (one.dimensions.clone(), one.value.clone(), one.release_number, one.count));
        let agency = self.viewer().agency.id;
        let file = |mut demarche: Demarche| {
            let id = demarche.id;
            let is_own = |figure: &Released<DemarcheFigure>| [figure.provider_id, figure.citer_id].contains(&agency);
            let parties = parties.remove(&id).unwrap_or_default();
            let has_joined = |party: &Released<DemarcheParty>| {
                party.agency_id == agency && party.decision == DemarcheDecision::Joined
            };
            let (is_delivered, has_joined) = (demarche.delivered_on.is_some(), parties.iter().any(has_joined));
            let mut asks = asks.remove(&id).unwrap_or_default();
            if !has_joined {
                (demarche.response, demarche.responded_on) = (None, None);
                asks = asks.iter().map(|ask| unanswered((**ask).clone())).collect();
            }
            let sees_all = is_delivered && has_joined;
            let mut figures = figures.remove(&id).unwrap_or_default();
            figures.retain(|figure| sees_all || is_own(figure));
            let mut patterns = patterns.remove(&id).unwrap_or_default();
            patterns.retain(|pattern| sees_all || pattern.citer_id == agency);
            DemarcheFile { parties, asks, patterns, figures, demarche: Released::reference(demarche) }
        };
        Ok(rows.into_iter().map(file).collect())
    }
}
