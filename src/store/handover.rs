//! Handovers that an agency proposes or receives, what becomes of them, and whom their receiver does not see.

use super::bulk::insert;
use super::database::connection::{AnyConnection, Backend};
use super::database::errors::{Result, changed_one};
use super::database::page::{Page, Position, Slice, Window, by_moment, page};
use super::database::stored::stored;
use super::database::tables::{consents, coverages, enrolments, handover_programmes, handovers, programmes};
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use super::visibility::other_coverage;
use crate::domain::agency::Agency;
use crate::domain::category::DataCategory;
use crate::domain::consent::{Consent, ConsentDecision};
use crate::domain::coverage::CoverageBasis;
use crate::domain::handover::{Handover, HandoverDecision, HandoverExceptionReason, HandoverProgramme};
use crate::domain::individual::Individual;
use crate::domain::programme::Programme;
use crate::domain::purpose::Purpose;
use crate::domain::{Id, Vocabulary};
use crate::policy::Released;
use crate::policy::filter::Filter;
use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::{exists, not};
use diesel::sql_types::BigInt;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper,
};
use std::collections::HashMap;

stored!(Handover in handovers {
    id: Id<Handover>,
    proposer_id: Id<Agency>,
    receiver_id: Id<Agency>,
    cut_over_on: NaiveDate,
    proposed_at: NaiveDateTime,
});

stored!(HandoverProgramme in handover_programmes {
    handover_id: Id<Handover>,
    programme_id: Id<Programme>,
    decision: HandoverDecision,
    decided_on: Option<NaiveDate>,
});

/// A programme of a handover by its identifier, and where its handover stands; with the programme if the viewer sees it, or is to answer.
#[derive(Debug, Clone)]
pub struct HandedProgramme {
    /// Where its handover stands.
    pub handed: Released<HandoverProgramme>,
    /// Its identifier.
    pub identifier: String,
    /// The programme.
    pub programme: Option<Released<Programme>>,
}

/// Somebody whom the receiver of a handover does not see, and why.
pub type HandoverException = (Released<Individual>, HandoverExceptionReason);

/// The place of a handover: newest first.
pub fn position(handover: &Handover) -> Position {
    Position::of_moment(handover.proposed_at, handover.id)
}

impl ReadSession {
    /// A page of the handovers to which the viewer's agency is a party, newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub fn handovers_page(&mut self, window: &Window) -> Result<Page<Released<Handover>>> {
        page(window, |handover: &Released<Handover>| position(handover), |slice| self.handovers_slice(slice))
    }

    /// How many there are.
    ///
    /// # Errors
    /// If the database fails.
    pub fn handovers_count(&mut self, (): &()) -> Result<i64> {
        let query = self.handovers_query();
        Ok(query.count().get_result(self.connection())?)
    }

    /// Handovers by key, of those to which the viewer's agency is a party.
    ///
    /// # Errors
    /// If the database fails.
    pub fn handovers(&mut self, ids: &[Id<Handover>]) -> Result<HashMap<Id<Handover>, Released<Handover>>> {
        let query = self.handovers_query().filter(handovers::id.eq_any(ids.to_vec()));
        let rows: Vec<Handover> = query.select(Handover::as_select()).load(self.connection())?;
        Ok(rows.into_iter().map(|handover| (handover.id, Released::reference(handover))).collect())
    }

    /// The programmes of handovers to which the viewer's agency is a party, by identifier.
    ///
    /// # Errors
    /// If the database fails.
    pub fn programmes_of_handovers(
        &mut self,
        ids: &[Id<Handover>],
    ) -> Result<HashMap<Id<Handover>, Vec<HandedProgramme>>> {
        let agency = self.viewer().agency.id;
        let own = handovers::table.filter(handovers::proposer_id.eq(agency).or(handovers::receiver_id.eq(agency)));
        let own = own.select(handovers::id);
        let rows: Vec<(HandoverProgramme, Programme)> = handover_programmes::table
            .inner_join(programmes::table)
            .filter(handover_programmes::handover_id.eq_any(ids))
            .filter(handover_programmes::handover_id.eq_any(own))
            .order(programmes::identifier)
            .select((HandoverProgramme::as_select(), Programme::as_select()))
            .load(self.connection())?;
        let all: Vec<Id<Programme>> = rows.iter().map(|(_, programme)| programme.id).collect();
        let seen = self.programmes(&all)?;
        let mut found: HashMap<Id<Handover>, Vec<_>> = HashMap::new();
        for (handed, programme) in rows {
            let of = found.entry(handed.handover_id).or_default();
            let is_shown = handed.decision == HandoverDecision::Proposed || seen.contains_key(&programme.id);
            of.push(HandedProgramme {
                handed: Released::reference(handed),
                identifier: programme.identifier.clone(),
                programme: is_shown.then(|| Released::reference(programme)),
            });
        }
        Ok(found)
    }

    /// Whether the handover of a programme awaits an answer.
    ///
    /// # Errors
    /// If the database fails.
    pub fn is_being_handed_over(&mut self, programme: Id<Programme>) -> Result<bool> {
        let proposed = handover_programmes::table
            .filter(handover_programmes::programme_id.eq(programme))
            .filter(handover_programmes::decision.eq(HandoverDecision::Proposed.code()));
        Ok(proposed.count().get_result::<i64>(self.connection())? > 0)
    }

    /// A page of those whom the viewer's agency holds, who are enrolled in what a handover hands over, and whom its receiver does not
    /// see; by the key by which the viewer knows them.
    ///
    /// # Errors
    /// If the database fails.
    pub fn handover_exceptions_page(&mut self, handover: &Handover, window: &Window) -> Result<Page<Id<Individual>>> {
        let found =
            page(window, |person| Position::of_key(*person), |slice| self.handover_exceptions_slice(handover, slice))?;
        self.ask_for_exceptions(found.rows.len() as i64)?;
        Ok(found)
    }

    /// How many they are.
    ///
    /// # Errors
    /// If the database fails.
    pub fn handover_exceptions_count(&mut self, handover: &Handover) -> Result<i64> {
        let found = self.handover_exceptions_query(handover)?;
        let number = found.count().get_result(self.connection())?;
        self.ask_for_exceptions(number)?;
        Ok(number)
    }

    /// Why the receiver of a handover does not see people, by the key by which the viewer knows them. They are shown with it.
    ///
    /// # Errors
    /// If the database fails.
    pub fn handover_exceptions(
        &mut self,
        handover: &Handover,
        people: &[Id<Individual>],
    ) -> Result<HashMap<Id<Individual>, HandoverException>> {
        let today = self.viewer().today;
        let found = self.individuals(people)?;
        let ids: Vec<Id<Individual>> = found.values().map(|person| person.access().id()).collect();
        let newest: Vec<Consent> = consents::table
            .filter(consents::individual_id.eq_any(ids))
            .filter(consents::recipient_id.eq(handover.receiver_id))
            .filter(consents::purpose.eq(Purpose::ProgrammeDelivery.code()))
            .filter(consents::newest)
            .select(Consent::as_select())
            .load(self.connection())?;
        let answers: HashMap<Id<Individual>, Consent> =
            newest.into_iter().map(|answer| (answer.individual_id, answer)).collect();
        let exception = |(key, person): (Id<Individual>, Released<Individual>)| {
            let reason = match answers.get(&person.access().id()) {
                None => HandoverExceptionReason::ConsentMissing,
                Some(answer) if answer.decision != ConsentDecision::Given => HandoverExceptionReason::ConsentRefused,
                Some(answer) if answer.expires_on.is_some_and(|expires_on| expires_on < today) => {
                    HandoverExceptionReason::ConsentExpired
                }
                Some(_) => HandoverExceptionReason::NotCovered,
            };
            (key, (person, reason))
        };
        Ok(found.into_iter().map(exception).collect())
    }

    /// A list of exceptions tells of people that they are enrolled.
    fn ask_for_exceptions(&mut self, found: i64) -> Result<()> {
        self.ask(&Filter::everybody(), [DataCategory::Assistance].into(), found)
    }

    fn handovers_query(&self) -> handovers::BoxedQuery<'static, Backend> {
        let agency = self.viewer().agency.id;
        handovers::table.filter(handovers::proposer_id.eq(agency).or(handovers::receiver_id.eq(agency))).into_boxed()
    }

    fn handovers_slice(&mut self, slice: &Slice) -> Result<Vec<Released<Handover>>> {
        let query = by_moment!(self.handovers_query(), handovers::proposed_at, handovers::id, slice);
        let rows: Vec<Handover> = query.select(Handover::as_select()).load(self.connection())?;
        Ok(rows.into_iter().map(Released::reference).collect())
    }

    fn handover_exceptions_query(&mut self, handover: &Handover) -> Result<coverages::BoxedQuery<'static, Backend>> {
        let viewer = self.viewer().clone();
        // Nobody is an agency's own for another purpose, and whoever receives sees its own.
        let own = match viewer.purpose {
            Purpose::CaseManagement if handover.receiver_id != viewer.agency.id => {
                vec![CoverageBasis::held(viewer.agency.id)]
            }
            _ => Vec::new(),
        };
        let shared = self.sharing_with(handover.receiver_id, |_| true)?;
        let handed = handover_programmes::table
            .filter(handover_programmes::handover_id.eq(handover.id))
            .filter(handover_programmes::decision.eq_any(["PROPOSED", "ACCEPTED"]))
            .select(handover_programmes::programme_id);
        let enrolled = enrolments::table
            .filter(enrolments::individual_id.eq(coverages::individual_id))
            .filter(enrolments::programme_id.eq_any(handed))
            .filter(enrolments::ended_on.is_null().or(enrolments::ended_on.assume_not_null().gt(viewer.today)));
        Ok(coverages::table
            .filter(coverages::basis_id.eq_any(own))
            .filter(coverages::ended.is_null())
            .filter(exists(enrolled))
            .filter(not(exists(other_coverage!(shared, viewer.today))))
            .into_boxed())
    }

    fn handover_exceptions_slice(&mut self, handover: &Handover, slice: &Slice) -> Result<Vec<Id<Individual>>> {
        let key = || coverages::row_key.assume_not_null();
        let mut query = self.handover_exceptions_query(handover)?.limit(slice.limit);
        if let Some(bound) = &slice.after {
            query = query.filter(key().ge(bound.position.id + i64::from(!bound.inclusive)));
        }
        if let Some(bound) = &slice.before {
            query = query.filter(key().le(bound.position.id - i64::from(!bound.inclusive)));
        }
        query = match slice.reversed {
            false => query.order(coverages::row_key.asc()),
            true => query.order(coverages::row_key.desc()),
        };
        Ok(query.select(key()).load(self.connection())?)
    }
}

impl WriteSession {
    /// Proposes to hand programmes over.
    ///
    /// # Errors
    /// If the database fails.
    pub fn propose_handover(&mut self, handover: &Handover, handed: &[Id<Programme>]) -> Result<()> {
        insert::handovers(self.connection(), std::slice::from_ref(handover))?;
        let proposed = |programme_id: &Id<Programme>| HandoverProgramme {
            handover_id: handover.id,
            programme_id: *programme_id,
            decision: HandoverDecision::Proposed,
            decided_on: None,
        };
        insert::handover_programmes(self.connection(), &handed.iter().map(proposed).collect::<Vec<_>>())
    }

    /// Accepts a programme of a handover: the receiver leads it from the day of the cut-over on.
    ///
    /// # Errors
    /// If the database fails.
    pub fn accept_handover(&mut self, handover: &Handover, programme: &Programme) -> Result<()> {
        if let AnyConnection::Postgresql(postgres) = self.connection() {
            let accept = diesel::sql_query("SELECT wall.accept_handover($1, $2)");
            accept.bind::<BigInt, _>(handover.id).bind::<BigInt, _>(programme.id).execute(postgres)?;
            return Ok(());
        }
        self.settle_handover(handover, programme.id, HandoverDecision::Accepted)?;
        let lead = (
            programmes::lead_id.eq(handover.proposer_id),
            programmes::implementer_id.eq(programme.implementer_on(self.viewer().today)),
            programmes::next_lead_id.eq(Some(handover.receiver_id)),
            programmes::next_lead_from.eq(Some(handover.cut_over_on)),
        );
        changed_one(diesel::update(programmes::table.find(programme.id)).set(lead).execute(self.connection())?)?;
        Ok(())
    }

    /// Says that a programme that was proposed is declined, or its proposal withdrawn.
    ///
    /// # Errors
    /// If the database fails.
    pub fn settle_handover(
        &mut self,
        handover: &Handover,
        programme: Id<Programme>,
        decision: HandoverDecision,
    ) -> Result<()> {
        let today = self.viewer().today;
        let settled =
            (handover_programmes::decision.eq(decision.code()), handover_programmes::decided_on.eq(Some(today)));
        let of_handover = handover_programmes::table.find((handover.id, programme));
        changed_one(diesel::update(of_handover).set(settled).execute(self.connection())?)?;
        Ok(())
    }
}
