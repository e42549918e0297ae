//! Relocation plans: their holder's, and those that it shares beside its releases.

use super::bulk::insert;
use super::database::connection::Backend;
use super::database::errors::{Result, changed_one};
use super::database::page::{Page, Position, Slice, Window, by_moment, page};
use super::database::stored::stored;
use super::database::tables::{
    agencies, agreements, circuit_rides, enrolments, individuals, interviews, nominations, place_ancestors, places,
    programme_places, relocation_plan_places, relocation_plan_shares, relocation_plans,
};
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::agency::Agency;
use crate::domain::agreement::Agreement;
use crate::domain::category::DataCategory;
use crate::domain::circuit_ride::CircuitRideStatus;
use crate::domain::incident::IncidentActor;
use crate::domain::place::Place;
use crate::domain::programme::Programme;
use crate::domain::purpose::Purpose;
use crate::domain::relocation_plan::{
    RelocationOutcome, RelocationPlan, RelocationPlanPlace, RelocationPlanShare, RelocationSide,
};
use crate::domain::{Id, Vocabulary};
use crate::policy::Released;
use crate::policy::filter::Filter;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use diesel::dsl::count;
use diesel::{
    AggregateExpressionMethods, BoolExpressionMethods, ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl,
    RunQueryDsl, SelectableHelper,
};
use std::collections::{BTreeSet, HashMap};

stored!(RelocationPlan in relocation_plans {
    id: Id<RelocationPlan>,
    holder_id: Id<Agency>,
    announced_by: IncidentActor,
    announced_on: NaiveDate,
    effective_on: Option<NaiveDate>,
    recorded_at: NaiveDateTime,
    outcome: Option<RelocationOutcome>,
    closed_on: Option<NaiveDate>,
});

stored!(RelocationPlanPlace in relocation_plan_places {
    relocation_plan_id: Id<RelocationPlan>,
    place_id: Id<Place>,
    side: RelocationSide,
});

stored!(RelocationPlanShare in relocation_plan_shares {
    relocation_plan_id: Id<RelocationPlan>,
    agreement_id: Id<Agreement>,
    shared_on: NaiveDate,
});

/// The place of a plan: newest first.
pub fn position(plan: &RelocationPlan) -> Position {
    Position::of_moment(plan.recorded_at, plan.id)
}

/// A share with the recipient of its agreement.
pub type Shared = (Released<RelocationPlanShare>, Id<Agency>);

impl ReadSession {
    /// A page of the plans that the viewer sees, newest first: its agency's own, or those that are shared under an agreement by which it
    /// counts.
    ///
    /// # Errors
    /// If the database fails.
    pub fn relocation_plans_page(&mut self, window: &Window) -> Result<Page<Released<RelocationPlan>>> {
        let place = |plan: &Released<RelocationPlan>| position(plan);
        page(window, place, |slice| self.relocation_plans_slice(slice))
    }

    /// How many there are.
    ///
    /// # Errors
    /// If the database fails.
    pub fn relocation_plans_count(&mut self, (): &()) -> Result<i64> {
        let query = self.relocation_plans_query();
        Ok(query.count().get_result(self.connection())?)
    }

    /// Plans by key, of those.
    ///
    /// # Errors
    /// If the database fails.
    pub fn relocation_plans(
        &mut self,
        ids: &[Id<RelocationPlan>],
    ) -> Result<HashMap<Id<RelocationPlan>, Released<RelocationPlan>>> {
        let query = self.relocation_plans_query().filter(relocation_plans::id.eq_any(ids.to_vec()));
        let rows: Vec<RelocationPlan> = query.select(RelocationPlan::as_select()).load(self.connection())?;
        Ok(rows.into_iter().map(|plan| (plan.id, Released::reference(plan))).collect())
    }

    /// The newest of those plans.
    ///
    /// # Errors
    /// If the database fails.
    pub fn newest_relocation_plan(&mut self) -> Result<Option<Released<RelocationPlan>>> {
        let newest =
            self.relocation_plans_query().order((relocation_plans::recorded_at.desc(), relocation_plans::id.desc()));
        let found: Option<RelocationPlan> =
            newest.select(RelocationPlan::as_select()).first(self.connection()).optional()?;
        Ok(found.map(Released::reference))
    }

    /// The places of plans, by P-code.
    ///
    /// # Errors
    /// If the database fails.
    pub fn places_of_relocation_plans(
        &mut self,
        ids: &[Id<RelocationPlan>],
    ) -> Result<HashMap<Id<RelocationPlan>, Vec<Released<RelocationPlanPlace>>>> {
        let rows: Vec<RelocationPlanPlace> = relocation_plan_places::table
            .inner_join(JoinOnDsl::on(places::table, places::id.eq(relocation_plan_places::place_id)))
            .filter(relocation_plan_places::relocation_plan_id.eq_any(ids))
            .order(places::code)
            .select(RelocationPlanPlace::as_select())
            .load(self.connection())?;
        let mut found: HashMap<Id<RelocationPlan>, Vec<_>> = HashMap::new();
        for row in rows {
            found.entry(row.relocation_plan_id).or_default().push(Released::reference(row));
        }
        Ok(found)
    }

    /// Under which agreements plans are shared, by the agreements' references: those that the viewer's agency holds, with all; others with
    /// those by which it counts.
    ///
    /// # Errors
    /// If the database fails.
    pub fn shares_of_relocation_plans(
        &mut self,
        ids: &[Id<RelocationPlan>],
    ) -> Result<HashMap<Id<RelocationPlan>, Vec<Shared>>> {
        use relocation_plan_shares as s;
        let mut query = s::table
            .inner_join(JoinOnDsl::on(agreements::table, agreements::id.eq(s::agreement_id)))
            .inner_join(JoinOnDsl::on(agencies::table, agencies::id.eq(agreements::recipient_id)))
            .filter(s::relocation_plan_id.eq_any(ids))
            .order((agreements::reference, agencies::code))
            .select((RelocationPlanShare::as_select(), agreements::recipient_id))
            .into_boxed::<Backend>();
        if self.viewer().purpose != Purpose::CaseManagement {
            query = query.filter(s::agreement_id.eq_any(self.counting_agreements()));
        }
        let rows: Vec<(RelocationPlanShare, Id<Agency>)> = query.load(self.connection())?;
        let mut found: HashMap<Id<RelocationPlan>, Vec<Shared>> = HashMap::new();
        for (share, recipient) in rows {
            found.entry(share.relocation_plan_id).or_default().push((Released::reference(share), recipient));
        }
        Ok(found)
    }

    /// The places in some others, and these, by P-code, each with its level.
    ///
    /// # Errors
    /// If the database fails.
    pub fn places_within(&mut self, of: &[Id<Place>]) -> Result<HashMap<String, (Id<Place>, i32)>> {
        let below = place_ancestors::table
            .filter(place_ancestors::ancestor_id.eq_any(of.to_vec()))
            .select(place_ancestors::place_id);
        let within = places::table.filter(places::id.eq_any(of.to_vec()).or(places::id.eq_any(below)));
        let rows: Vec<(String, (Id<Place>, i32))> =
            within.select((places::code, (places::id, places::level))).load(self.connection())?;
        Ok(rows.into_iter().collect())
    }

    /// How many people of the viewer's agency at some places are enrolled on a day, by programme, and where each programme is, as far as
    /// that is recorded; none for any other purpose than its own work. That is put on record as a question.
    ///
    /// # Errors
    /// If the database fails.
    pub fn enrolments_at(&mut self, at: &[Id<Place>], on: NaiveDate) -> Result<Vec<(i64, Vec<Id<Place>>)>> {
        if self.viewer().purpose != Purpose::CaseManagement {
            return Ok(Vec::new());
        }
        let by_programme: Vec<(Id<Programme>, i64)> = enrolments::table
            .inner_join(JoinOnDsl::on(individuals::table, individuals::id.eq(enrolments::individual_id)))
            .filter(individuals::holder_id.eq(self.viewer().agency.id))
            .filter(individuals::closed_as.is_null())
            .filter(individuals::place_id.eq_any(at.iter().map(|place| Some(*place)).collect::<Vec<_>>()))
            .filter(enrolments::started_on.is_null().or(enrolments::started_on.le(on)))
            .filter(enrolments::ended_on.is_null().or(enrolments::ended_on.gt(on)))
            .group_by(enrolments::programme_id)
            .select((enrolments::programme_id, count(enrolments::id)))
            .load(self.connection())?;
        let programmes: Vec<Id<Programme>> = by_programme.iter().map(|(programme, _)| *programme).collect();
        let located: Vec<(Id<Programme>, Id<Place>)> = programme_places::table
            .filter(programme_places::programme_id.eq_any(programmes))
            .select((programme_places::programme_id, programme_places::place_id))
            .load(self.connection())?;
        let enrolled = by_programme.iter().map(|(_, number)| number).sum();
        self.ask(&Filter::everybody(), BTreeSet::from([DataCategory::Assistance, DataCategory::Location]), enrolled)?;
        let places_of =
            |programme| located.iter().filter(|(of, _)| *of == programme).map(|(_, place)| *place).collect();
        Ok(by_programme.into_iter().map(|(programme, number)| (number, places_of(programme))).collect())
    }

    /// How many interviews of people of the viewer's agency at some places are scheduled from a day on, by where they are held; none for any
    /// other purpose than its own work. That is put on record as a question.
    ///
    /// # Errors
    /// If the database fails.
    pub fn interviews_of(&mut self, at: &[Id<Place>], from: NaiveDate) -> Result<Vec<(Id<Place>, i64)>> {
        if self.viewer().purpose != Purpose::CaseManagement {
            return Ok(Vec::new());
        }
        let scheduled: Vec<(Id<Place>, i64)> = nominations::table
            .inner_join(interviews::table)
            .inner_join(circuit_rides::table)
            .inner_join(JoinOnDsl::on(individuals::table, individuals::id.eq(nominations::individual_id)))
            .filter(individuals::holder_id.eq(self.viewer().agency.id))
            .filter(individuals::closed_as.is_null())
            .filter(individuals::place_id.eq_any(at.iter().map(|place| Some(*place)).collect::<Vec<_>>()))
            .filter(nominations::withdrawn_on.is_null())
            .filter(nominations::outcome.is_null())
            .filter(circuit_rides::status.eq(CircuitRideStatus::Requested.code()))
            .filter(interviews::starts_at.ge(from.and_time(NaiveTime::MIN)))
            .group_by(interviews::place_id)
            .select((interviews::place_id, count(interviews::id).aggregate_distinct()))
            .load(self.connection())?;
        let asked = scheduled.iter().map(|(_, number)| number).sum();
        self.ask(&Filter::everybody(), BTreeSet::from([DataCategory::Solutions, DataCategory::Location]), asked)?;
        Ok(scheduled)
    }

    /// The agreements by which the viewer's agency counts.
    fn counting_agreements(&self) -> Vec<Id<Agreement>> {
        let agency = self.viewer().agency.id;
        let received = self.agreements_in_force().iter().filter(|agreement| agreement.recipient_id == agency);
        received.map(|agreement| agreement.id).collect()
    }

    fn relocation_plans_query(&self) -> relocation_plans::BoxedQuery<'static, Backend> {
        let viewer = self.viewer();
        match viewer.purpose {
            Purpose::CaseManagement => {
                relocation_plans::table.filter(relocation_plans::holder_id.eq(viewer.agency.id)).into_boxed()
            }
            _ => {
                let shared = relocation_plan_shares::table
                    .filter(relocation_plan_shares::agreement_id.eq_any(self.counting_agreements()))
                    .select(relocation_plan_shares::relocation_plan_id);
                relocation_plans::table.filter(relocation_plans::id.eq_any(shared)).into_boxed()
            }
        }
    }

    fn relocation_plans_slice(&mut self, slice: &Slice) -> Result<Vec<Released<RelocationPlan>>> {
        let query = self.relocation_plans_query();
        let query = by_moment!(query, relocation_plans::recorded_at, relocation_plans::id, slice);
        let rows: Vec<RelocationPlan> = query.select(RelocationPlan::as_select()).load(self.connection())?;
        Ok(rows.into_iter().map(Released::reference).collect())
    }
}

impl WriteSession {
    /// Records a plan with its places.
    ///
    /// # Errors
    /// If the database fails.
    pub fn record_relocation_plan(&mut self, plan: &RelocationPlan, at: &[RelocationPlanPlace]) -> Result<()> {
        insert::relocation_plans(self.connection(), std::slice::from_ref(plan))?;
        insert::relocation_plan_places(self.connection(), at)
    }

    /// Shares a plan under an agreement.
    ///
    /// # Errors
    /// If the database fails.
    pub fn share_relocation_plan(&mut self, share: &RelocationPlanShare) -> Result<()> {
        insert::relocation_plan_shares(self.connection(), std::slice::from_ref(share))
    }

    /// Takes a share back; tells whether there was one.
    ///
    /// # Errors
    /// If the database fails.
    pub fn unshare_relocation_plan(&mut self, plan: Id<RelocationPlan>, agreement: Id<Agreement>) -> Result<bool> {
        let share = relocation_plan_shares::table.find((plan, agreement));
        Ok(diesel::delete(share).execute(self.connection())? > 0)
    }

    /// Removes a plan that is not shared.
    ///
    /// # Errors
    /// If the database fails.
    pub fn void_relocation_plan(&mut self, plan: Id<RelocationPlan>) -> Result<()> {
        let at = relocation_plan_places::table.filter(relocation_plan_places::relocation_plan_id.eq(plan));
        diesel::delete(at).execute(self.connection())?;
        diesel::delete(relocation_plans::table.find(plan)).execute(self.connection())?;
        Ok(())
    }

    /// Records what became of a plan on a day, or that it goes on.
    ///
    /// # Errors
    /// If the database fails.
    pub fn end_relocation_plan(
        &mut self,
        plan: Id<RelocationPlan>,
        end: Option<(RelocationOutcome, NaiveDate)>,
    ) -> Result<()> {
        let (outcome, on) = end.unzip();
        let ended =
            (relocation_plans::outcome.eq(outcome.map(RelocationOutcome::code)), relocation_plans::closed_on.eq(on));
        changed_one(diesel::update(relocation_plans::table.find(plan)).set(ended).execute(self.connection())?)?;
        Ok(())
    }
}
