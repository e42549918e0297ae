//! Programmes that a viewer sees: those it leads, has handed over or implements, and those of a kind that an agreement of its names.

use super::database::codes::codes;
use super::database::connection::Backend;
use super::database::errors::Result;
use super::database::page::{Page, Position, Slice, Window, by_code, page};
use super::database::stored::stored;
use super::database::tables::{place_ancestors, places, programme_places, programmes};
use super::session::read::ReadSession;
use crate::domain::Id;
use crate::domain::agency::Agency;
use crate::domain::place::Place;
use crate::domain::programme::{Programme, ProgrammeKind, ProgrammeStatus};
use crate::policy::Released;
use chrono::NaiveDate;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl,
    RunQueryDsl, SelectableHelper,
};
use std::collections::HashMap;

stored!(Programme in programmes {
    id: Id<Programme>,
    identifier: String,
    name: String,
    kind: ProgrammeKind,
    lead_id: Id<Agency>,
    implementer_id: Option<Id<Agency>>,
    status: ProgrammeStatus,
    sector: Option<String>,
    starts_on: Option<NaiveDate>,
    ends_on: Option<NaiveDate>,
    refugees_target: Option<i32>,
    refugees_reached: Option<i32>,
    host_community_target: Option<i32>,
    host_community_reached: Option<i32>,
    next_lead_id: Option<Id<Agency>>,
    next_lead_from: Option<NaiveDate>,
});

fn released(rows: Vec<Programme>) -> impl Iterator<Item = Released<Programme>> {
    rows.into_iter().map(Released::reference)
}

/// Which programmes a client asks for; an absent part restricts nothing.
#[derive(Debug, Clone, Default)]
pub struct ProgrammeFilter {
    /// Of one of these kinds.
    pub kinds: Option<Vec<ProgrammeKind>>,
    /// At one of these statuses.
    pub statuses: Option<Vec<ProgrammeStatus>>,
    /// With one of these IATI identifiers.
    pub identifiers: Option<Vec<String>>,
    /// With one of these DAC sectors.
    pub sectors: Option<Vec<String>>,
    /// At this place or below it.
    pub place: Option<Id<Place>>,
}

/// The programmes that a snapshot's viewer sees, as a condition on `programmes`.
macro_rules! visible_programmes {
    ($session:expr) => {{
        let agency = $session.viewer().agency.id;
        let kinds = $crate::store::database::codes::codes($session.grant().programme_kinds());
        use $crate::store::database::tables::programmes;
        programmes::lead_id
            .eq(agency)
            .or(programmes::implementer_id.is_not_null().and(programmes::implementer_id.assume_not_null().eq(agency)))
            .or(programmes::next_lead_id.is_not_null().and(programmes::next_lead_id.assume_not_null().eq(agency)))
            .or(programmes::kind.eq_any(kinds))
    }};
}
pub(super) use visible_programmes;

impl ReadSession {
    /// Programmes by key, of those that the viewer sees.
    ///
    /// # Errors
    /// If the database fails.
    pub fn programmes(&mut self, ids: &[Id<Programme>]) -> Result<HashMap<Id<Programme>, Released<Programme>>> {
        let query = programmes::table.filter(programmes::id.eq_any(ids)).filter(visible_programmes!(self));
        Ok(released(query.select(Programme::as_select()).load(self.connection())?)
            .map(|programme| (programme.id, programme))
            .collect())
    }

    /// The programme with an IATI identifier, if the viewer sees it.
    ///
    /// # Errors
    /// If the database fails.
    pub fn programme_identified(&mut self, identifier: &str) -> Result<Option<Released<Programme>>> {
        // PostgreSQL holds no text with a NUL character, and would fail on the question.
        if identifier.contains('\0') {
            return Ok(None);
        }
        let query = programmes::table.filter(programmes::identifier.eq(identifier)).filter(visible_programmes!(self));
        let found = query.select(Programme::as_select()).first(self.connection()).optional()?;
        Ok(found.map(Released::reference))
    }

    /// The keys of programmes that the viewer sees, of those with these keys and identifiers; an absent list restricts nothing.
    ///
    /// # Errors
    /// If the database fails.
    pub fn programmes_named(
        &mut self,
        ids: Option<&[Id<Programme>]>,
        identifiers: Option<&[String]>,
    ) -> Result<Vec<Id<Programme>>> {
        let mut query = programmes::table.filter(visible_programmes!(self)).select(programmes::id).into_boxed();
        if let Some(ids) = ids {
            query = query.filter(programmes::id.eq_any(ids.to_vec()));
        }
        if let Some(identifiers) = identifiers {
            query = query.filter(programmes::identifier.eq_any(identifiers.to_vec()));
        }
        Ok(query.load(self.connection())?)
    }

    /// A page of programmes, by identifier.
    ///
    /// # Errors
    /// If the database fails.
    pub fn programmes_page(&mut self, filter: &ProgrammeFilter, window: &Window) -> Result<Page<Released<Programme>>> {
        let position = |programme: &Released<Programme>| Position::of_text(&programme.identifier, programme.id);
        page(window, position, |slice| self.programmes_slice(filter, slice))
    }

    /// How many programmes pass the filter.
    ///
    /// # Errors
    /// If the database fails.
    pub fn programmes_count(&mut self, filter: &ProgrammeFilter) -> Result<i64> {
        let query = self.programmes_query(filter);
        Ok(query.count().get_result(self.connection())?)
    }

    /// The places of programmes, by P-code.
    ///
    /// # Errors
    /// If the database fails.
    pub fn places_of_programmes(
        &mut self,
        ids: &[Id<Programme>],
    ) -> Result<HashMap<Id<Programme>, Vec<Released<Place>>>> {
        let rows: Vec<(Id<Programme>, Place)> = programme_places::table
            .inner_join(places::table)
            .filter(programme_places::programme_id.eq_any(ids))
            .order(places::code)
            .select((programme_places::programme_id, Place::as_select()))
            .load(self.connection())?;
        let mut found: HashMap<Id<Programme>, Vec<_>> = HashMap::new();
        for (programme, place) in rows {
            found.entry(programme).or_default().push(Released::reference(place));
        }
        Ok(found)
    }

    fn programmes_slice(&mut self, filter: &ProgrammeFilter, slice: &Slice) -> Result<Vec<Released<Programme>>> {
        let query = by_code!(self.programmes_query(filter), programmes::identifier, slice);
        Ok(released(query.select(Programme::as_select()).load(self.connection())?).collect())
    }

    fn programmes_query(&self, filter: &ProgrammeFilter) -> programmes::BoxedQuery<'static, Backend> {
        let mut query = programmes::table.filter(visible_programmes!(self)).into_boxed();
        if let Some(kinds) = &filter.kinds {
            query = query.filter(programmes::kind.eq_any(codes(kinds)));
        }
        if let Some(statuses) = &filter.statuses {
            query = query.filter(programmes::status.eq_any(codes(statuses)));
        }
        if let Some(identifiers) = &filter.identifiers {
            query = query.filter(programmes::identifier.eq_any(identifiers.clone()));
        }
        if let Some(sectors) = &filter.sectors {
            query = query.filter(programmes::sector.eq_any(sectors.clone()));
        }
        if let Some(place) = filter.place {
            let here = programme_places::table
                .inner_join(place_ancestors::table.on(place_ancestors::place_id.eq(programme_places::place_id)))
                .filter(place_ancestors::ancestor_id.eq(place))
                .select(programme_places::programme_id);
            query = query.filter(programmes::id.eq_any(here));
        }
        query
    }
}

/// The programme with an identifier, whoever sees it; for imports.
pub(super) fn by_identifier(
    connection: &mut super::database::connection::AnyConnection,
    identifier: &str,
) -> Result<Option<Programme>> {
    let found = programmes::table.filter(programmes::identifier.eq(identifier)).select(Programme::as_select());
    Ok(found.first(connection).optional()?)
}
