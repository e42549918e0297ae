//! Places.

use super::engine::loaders::Places;
use super::engine::request_context::RequestContext;
use super::schema::filters::{CodeFilter, CountryCodeFilter, NumberFilter, PlaceTest, TextFilter};
use super::schema::ids;
use super::schema::paging::{Cursor, Listed, PageArguments, connection};
use crate::domain;
use crate::domain::Key;
use crate::domain::country::CountryCode;
use crate::policy::Released;
use crate::store::database::page::{Position, SortValue};
use crate::store::place::PlaceFilter as Wanted;
use async_graphql::{Context, Error, ID, InputObject, Object};

/// What may be asked of places.
#[derive(Default)]
pub struct PlaceQueries;

/// What may be asked of places.
#[Object]
impl PlaceQueries {
    /// All places, by P-code.
    async fn places(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "After this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which places.")] filter: Option<PlaceFilter>,
    ) -> Result<PlaceConnection, Error> {
        places(context, PageArguments { first, after, last, before }, filter).await
    }
}

/// A place, by its row.
#[derive(Clone)]
pub struct Place(pub Released<domain::place::Place>);

/// The place with a key, if the key is there.
pub async fn place(context: &Context<'_>, key: Option<Key>) -> Option<Place> {
    RequestContext::of(context).load::<Places>(key?).await.map(Place)
}

/// An administrative place. Reference data: everybody sees all places.
#[Object]
impl Place {
    /// Global id, for this agency and purpose only.
    pub async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, "Place", self.0.id)
    }

    /// OCHA P-code, unique.
    async fn code(&self) -> &str {
        &self.0.code
    }

    /// Name. Not unique: Isfara is a town and a district.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// Administrative level: 1 is a region, 2 a district.
    async fn level(&self) -> i32 {
        self.0.level
    }

    /// The place that holds this one.
    async fn parent(&self, context: &Context<'_>) -> Option<Place> {
        place(context, self.0.parent_id).await
    }

    /// The country.
    async fn country(&self) -> CountryCode {
        self.0.country
    }
}

/// Which places to list. What is not given restricts nothing.
#[derive(InputObject, Clone, Default)]
pub struct PlaceFilter {
    /// With such a P-code.
    code: Option<CodeFilter>,
    /// With such a name.
    name: Option<TextFilter>,
    /// At such a level.
    level: Option<NumberFilter>,
    /// In such a country.
    country: Option<CountryCodeFilter>,
    /// Here or below.
    place: Option<PlaceTest>,
}

connection!(PlaceConnection of PlaceEdge to Place, Wanted, places_count: "A page of places.");

/// A page of places, by P-code.
pub async fn places(
    context: &Context<'_>,
    page: PageArguments,
    filter: Option<PlaceFilter>,
) -> Result<PlaceConnection, Error> {
    let request_context = RequestContext::of(context);
    let filter = filter.unwrap_or_default();
    let wanted = Wanted {
        codes: filter.code.map(|code| code.one_of("filter.code")).transpose()?,
        name: filter.name.map(|name| name.one("filter.name")).transpose()?,
        levels: filter.level.map(|level| level.range("filter.level")).transpose()?.unwrap_or_default(),
        countries: filter.country.map(|country| country.one_of("filter.country")).transpose()?,
        within: filter
            .place
            .map(|place| ids::open(request_context, "Place", "filter.place.within", &place.within))
            .transpose()?,
    };
    let window = page.window(context, "places")?;
    let found = request_context.read(|snapshot| snapshot.places_page(&wanted, &window))?;
    let rows = found.rows.into_iter().map(|row| {
        let position = Position { value: Some(SortValue::Text(row.code.clone())), id: row.id };
        (Cursor::new(request_context, "places", &position), Place(row))
    });
    let (has_previous, has_next) = (found.has_previous, found.has_next);
    Ok(PlaceConnection(Listed { filter: wanted, nodes: rows.collect(), has_previous, has_next }))
}
