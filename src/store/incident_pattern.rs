//! Patterns of incidents: their holder's alone.

use super::bulk::insert;
use super::database::connection::Backend;
use super::database::errors::{Result, changed_one};
use super::database::page::{Page, Position, Slice, Window, by_moment, page};
use super::database::stored::stored;
use super::database::tables::{incident_patterns, incidents};
use super::individual::held::Held;
use super::session::read::ReadSession;
use super::session::write::WriteSession;
use crate::domain::agency::Agency;
use crate::domain::category::DataCategory;
use crate::domain::incident::{Incident, IncidentActor, IncidentKind, Verification};
use crate::domain::incident_pattern::IncidentPattern;
use crate::domain::individual::Individual;
use crate::domain::purpose::Purpose;
use crate::domain::{Id, Vocabulary};
use crate::policy::Released;
use crate::policy::filter::Filter;
use chrono::{NaiveDate, NaiveDateTime};
use diesel::dsl::{count, max, min};
use diesel::{
    AggregateExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper,
};
use std::collections::{BTreeSet, HashMap};

stored!(IncidentPattern in incident_patterns {
    id: Id<IncidentPattern>,
    holder_id: Id<Agency>,
    name: String,
    kind: Option<IncidentKind>,
    actor: Option<IncidentActor>,
    recorded_at: NaiveDateTime,
});

/// What belongs to a pattern, and is not unfounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PatternExtent {
    /// How many events.
    pub events: i64,
    /// How many people they affected.
    pub people: i64,
    /// The first day of them that is known.
    pub first_on: Option<NaiveDate>,
    /// The last.
    pub last_on: Option<NaiveDate>,
}

/// The same as the databases count it, by the pattern.
type Extent = (Option<Id<IncidentPattern>>, i64, i64, Option<NaiveDate>, Option<NaiveDate>);

/// The place of a pattern: newest first.
pub fn position(pattern: &IncidentPattern) -> Position {
    Position::of_moment(pattern.recorded_at, pattern.id)
}

impl ReadSession {
    /// A page of the agency's patterns, newest first; none for any other purpose than its own work.
    ///
    /// # Errors
    /// If the database fails.
    pub fn incident_patterns_page(&mut self, window: &Window) -> Result<Page<Released<IncidentPattern>>> {
        let place = |pattern: &Released<IncidentPattern>| position(pattern);
        page(window, place, |slice| self.incident_patterns_slice(slice))
    }

    /// How many there are.
    ///
    /// # Errors
    /// If the database fails.
    pub fn incident_patterns_count(&mut self, (): &()) -> Result<i64> {
        let query = self.incident_patterns_query();
        Ok(query.count().get_result(self.connection())?)
    }

    /// Patterns of the agency by key.
    ///
    /// # Errors
    /// If the database fails.
    pub fn incident_patterns(
        &mut self,
        ids: &[Id<IncidentPattern>],
    ) -> Result<HashMap<Id<IncidentPattern>, Released<IncidentPattern>>> {
        let query = self.incident_patterns_query().filter(incident_patterns::id.eq_any(ids.to_vec()));
        let rows: Vec<IncidentPattern> = query.select(IncidentPattern::as_select()).load(self.connection())?;
        Ok(rows.into_iter().map(|pattern| (pattern.id, Released::reference(pattern))).collect())
    }

    /// What belongs to patterns of the agency, and is not unfounded. That is put on record as a question.
    ///
    /// # Errors
    /// If the database fails.
    pub fn extents_of_patterns(
        &mut self,
        ids: &[Id<IncidentPattern>],
    ) -> Result<HashMap<Id<IncidentPattern>, PatternExtent>> {
        let own = self.incident_patterns_query().filter(incident_patterns::id.eq_any(ids.to_vec()));
        let own: Vec<Option<Id<IncidentPattern>>> =
            own.select(incident_patterns::id.nullable()).load(self.connection())?;
        let belonging = incidents::table
            .filter(incidents::pattern_id.eq_any(own))
            .filter(incidents::verification.ne(Verification::Unfounded.code()))
            .group_by(incidents::pattern_id);
        let rows: Vec<Extent> = belonging
            .select((
                incidents::pattern_id,
                count(incidents::event_id).aggregate_distinct(),
                count(incidents::individual_id).aggregate_distinct(),
                min(incidents::occurred_on),
                max(incidents::occurred_on),
            ))
            .load(self.connection())?;
        let affected = rows.iter().map(|(_, _, people, _, _)| people).sum();
        self.ask(&Filter::everybody(), BTreeSet::from([DataCategory::Protection]), affected)?;
        let extent = |(id, events, people, first_on, last_on): Extent| {
            Some((id?, PatternExtent { events, people, first_on, last_on }))
        };
        Ok(rows.into_iter().filter_map(extent).collect())
    }

    fn incident_patterns_query(&self) -> incident_patterns::BoxedQuery<'static, Backend> {
        let viewer = self.viewer();
        let holder = (viewer.purpose == Purpose::CaseManagement).then_some(viewer.agency.id);
        incident_patterns::table.filter(incident_patterns::holder_id.nullable().eq(holder)).into_boxed()
    }

    fn incident_patterns_slice(&mut self, slice: &Slice) -> Result<Vec<Released<IncidentPattern>>> {
        let query = self.incident_patterns_query();
        let query = by_moment!(query, incident_patterns::recorded_at, incident_patterns::id, slice);
        let rows: Vec<IncidentPattern> = query.select(IncidentPattern::as_select()).load(self.connection())?;
        Ok(rows.into_iter().map(Released::reference).collect())
    }
}

impl WriteSession {
    /// Whether the agency has a pattern of a name.
    ///
    /// # Errors
    /// If the database fails.
    pub fn has_pattern_named(&mut self, name: &str) -> Result<bool> {
        let named = self.incident_patterns_query().filter(incident_patterns::name.eq(name.to_owned()));
        let count: i64 = named.count().get_result(self.connection())?;
        Ok(count > 0)
    }

    /// The patterns of what people suffered.
    ///
    /// # Errors
    /// If the database fails.
    pub fn patterns_of(&mut self, people: &[Held]) -> Result<Vec<Id<IncidentPattern>>> {
        let ids: Vec<Id<Individual>> = people.iter().map(|person| person.id()).collect();
        let belonging = incidents::table
            .filter(incidents::individual_id.eq_any(ids))
            .filter(incidents::pattern_id.is_not_null())
            .select(incidents::pattern_id.assume_not_null())
            .distinct();
        Ok(belonging.load(self.connection())?)
    }

    /// Whether everything that belongs to a pattern fits what is said of it.
    ///
    /// # Errors
    /// If the database fails.
    pub fn fits_all(&mut self, pattern: &IncidentPattern) -> Result<bool> {
        let belonging = incidents::table.filter(incidents::pattern_id.eq(pattern.id)).select(Incident::as_select());
        let belonging: Vec<Incident> = belonging.load(self.connection())?;
        Ok(belonging.iter().all(|incident| pattern.fits(incident)))
    }

    /// Records what a pattern is called, and of which kind and by whom all its incidents are.
    ///
    /// # Errors
    /// If the database fails.
    pub fn correct_pattern(&mut self, pattern: &IncidentPattern) -> Result<()> {
        let corrected = (
            incident_patterns::name.eq(pattern.name.clone()),
            incident_patterns::kind.eq(pattern.kind.map(IncidentKind::code)),
            incident_patterns::actor.eq(pattern.actor.map(IncidentActor::code)),
        );
        changed_one(
            diesel::update(incident_patterns::table.find(pattern.id)).set(corrected).execute(self.connection())?,
        )?;
        Ok(())
    }

    /// Records a pattern.
    ///
    /// # Errors
    /// If the database fails.
    pub fn add_pattern(&mut self, pattern: &IncidentPattern) -> Result<()> {
        insert::incident_patterns(self.connection(), std::slice::from_ref(pattern))
    }
}
