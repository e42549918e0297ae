//! Places: reference data.

use super::database::connection::Backend;
use super::database::errors::Result;
use super::database::page::{Page, Position, Slice, Window, by_code, page};
use super::database::stored::stored;
use super::database::tables::{place_ancestors, places};
use super::session::read::ReadSession;
use crate::domain::Id;
use crate::domain::country::CountryCode;
use crate::domain::place::{Place, REGION_LEVEL};
use crate::policy::Released;
use crate::policy::filter::TextTest;
use diesel::{ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::HashMap;

stored!(Place in places {
    id: Id<Place>,
    code: String,
    name: String,
    level: i32,
    parent_id: Option<Id<Place>>,
    country: CountryCode,
});

/// Which places a client asks for; an absent part restricts nothing.
#[derive(Debug, Clone, Default)]
pub struct PlaceFilter {
    /// With one of these P-codes.
    pub codes: Option<Vec<String>>,
    /// With such a name.
    pub name: Option<TextTest>,
    /// From this level to that one.
    pub levels: (Option<i32>, Option<i32>),
    /// In one of these countries.
    pub countries: Option<Vec<CountryCode>>,
    /// This place or below it.
    pub within: Option<Id<Place>>,
}

impl ReadSession {
    /// Places by key.
    ///
    /// # Errors
    /// If the database fails.
    pub fn places(&mut self, ids: &[Id<Place>]) -> Result<HashMap<Id<Place>, Released<Place>>> {
        let found = places::table.filter(places::id.eq_any(ids)).select(Place::as_select());
        let rows: Vec<Place> = found.load(self.connection())?;
        Ok(rows.into_iter().map(|place| (place.id, Released::reference(place))).collect())
    }

    /// The key of the place with a P-code.
    ///
    /// # Errors
    /// If the database fails.
    pub fn place_with_code(&mut self, code: &str) -> Result<Option<Id<Place>>> {
        let found = places::table.filter(places::code.eq(code)).select(places::id);
        Ok(found.first(self.connection()).optional()?)
    }

    /// The keys of the place with a P-code and of the region that holds it: itself, if it is one or wider.
    ///
    /// # Errors
    /// If the database fails.
    pub fn place_with_region(&mut self, code: &str) -> Result<Option<(Id<Place>, Id<Place>)>> {
        let Some(place) = self.place_with_code(code)? else { return Ok(None) };
        let region = place_ancestors::table
            .inner_join(JoinOnDsl::on(places::table, places::id.eq(place_ancestors::ancestor_id)))
            .filter(place_ancestors::place_id.eq(place))
            .filter(places::level.eq(REGION_LEVEL))
            .select(places::id);
        let region: Option<Id<Place>> = region.first(self.connection()).optional()?;
        Ok(Some((place, region.unwrap_or(place))))
    }

    /// A page of places, by P-code.
    ///
    /// # Errors
    /// If the database fails.
    pub fn places_page(&mut self, filter: &PlaceFilter, window: &Window) -> Result<Page<Released<Place>>> {
        let position = |place: &Released<Place>| Position::of_text(&place.code, place.id);
        page(window, position, |slice| self.places_slice(filter, slice))
    }

    /// How many places pass the filter.
    ///
    /// # Errors
    /// If the database fails.
    pub fn places_count(&mut self, filter: &PlaceFilter) -> Result<i64> {
        Ok(query(filter).count().get_result(self.connection())?)
    }

    fn places_slice(&mut self, filter: &PlaceFilter, slice: &Slice) -> Result<Vec<Released<Place>>> {
        let query = by_code!(query(filter), places::code, slice).select(Place::as_select());
        let rows: Vec<Place> = query.load(self.connection())?;
        Ok(rows.into_iter().map(Released::reference).collect())
    }
}

fn query(filter: &PlaceFilter) -> places::BoxedQuery<'static, Backend> {
    let mut query = places::table.into_boxed();
    if let Some(codes) = &filter.codes {
        query = query.filter(places::code.eq_any(codes.clone()));
    }
    if let Some(from) = filter.levels.0 {
        query = query.filter(places::level.ge(from));
    }
    if let Some(until) = filter.levels.1 {
        query = query.filter(places::level.le(until));
    }
    if let Some(countries) = &filter.countries {
        query = query.filter(places::country.eq_any(countries.iter().map(ToString::to_string).collect::<Vec<_>>()));
    }
    if let Some(within) = filter.within {
        let below =
            place_ancestors::table.filter(place_ancestors::ancestor_id.eq(within)).select(place_ancestors::place_id);
        query = query.filter(places::id.eq_any(below));
    }
    match &filter.name {
        None => query,
        Some(test) => {
            let (from, before, exact) = super::database::text::range(test);
            query = match exact {
                true => query.filter(places::name_key.eq(from)),
                false => query.filter(places::name_key.ge(from)),
            };
            match before {
                Some(before) => query.filter(places::name_key.lt(before)),
                None => query,
            }
        }
    }
}
