//! Places.

use super::engine::errors::Code;
use super::engine::loaders::rows;
use super::engine::request_context::RequestContext;
use super::place_service::{PlaceService, TravelDistance};
use super::schema::filters::{CodeFilter, CountryCodeFilter, NumberFilter, PlaceTest, TextFilter};
use super::schema::ids;
use super::schema::paging::{Listed, PageArguments, connection, queries};
use super::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::domain;
use crate::domain::Id;
use crate::domain::country::CountryCode;
use crate::policy::Released;
use crate::store::WriteSession;
use crate::store::database::page::Position;
use crate::store::place::PlaceFilter as Wanted;
use async_graphql::{Context, Error, ID, InputObject, Object};

queries! {
    PlaceQueries: "What may be asked of places." {
        /// All places, by P-code.
        places(filter: Option<PlaceFilter> = "Which places.") -> PlaceConnection;
    }
}

/// A place, by its row.
#[derive(Clone)]
pub struct Place(pub Released<domain::place::Place>);

rows! {
    /// Places.
    Places => domain::place::Place, places;
}

/// The key of the place that a test names.
///
/// # Errors
/// If not exactly one is given, the id is no place's, the P-code is unknown, or the database fails.
pub fn place_key(
    request_context: &RequestContext,
    test: &PlaceTest,
    path: &str,
) -> Result<Id<domain::place::Place>, Error> {
    match (&test.within, &test.within_code) {
        (Some(id), None) => ids::open(request_context, &format!("{path}.within"), id),
        (None, Some(code)) => {
            let found = match code.contains('\0') {
                true => None,
                false => request_context.read(|session| session.place_with_code(code))?,
            };
            let unknown = || Code::BadInput.at(&format!("{path}.withinCode"), "no place has this P-code");
            found.ok_or_else(unknown)
        }
        _ => Err(Code::BadInput.at(path, "give either within or withinCode")),
    }
}

/// The place with a P-code that a change names in a field.
///
/// # Errors
/// If there is none, or the database fails.
pub fn placed(session: &mut WriteSession, field: &str, code: &str) -> Attempt<Id<domain::place::Place>> {
    let found = session.places_by_code()?.remove(code);
    let missing = || UserError::at(field, UserErrorCode::Invalid, "there is no place with this P-code");
    Ok(found.ok_or_else(missing)?.id)
}

/// The place with a key, if the key is there.
pub async fn place(context: &Context<'_>, key: Option<Id<domain::place::Place>>) -> Option<Place> {
    RequestContext::of(context).load::<Places>(key?).await.map(Place)
}

/// An administrative place. Reference data: everybody sees all places.
#[Object]
impl Place {
    /// Global id, for this agency and purpose only.
    pub async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, self.0.id)
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

    /// What there is, by kind, for whom, and who records it.
    async fn services(&self, context: &Context<'_>) -> Vec<PlaceService> {
        PlaceService::of(context, self.0.id).await
    }

    /// How far it is to other places, by their P-codes, as the viewer's agency records it.
    async fn distances(&self, context: &Context<'_>) -> Vec<TravelDistance> {
        TravelDistance::of(context, self.0.id).await
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
///
/// # Errors
/// If the filter or a paging argument is not valid, or the database fails.
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
        within: filter.place.map(|test| place_key(request_context, &test, "filter.place")).transpose()?,
    };
    let window = page.window(context, "places")?;
    let found = request_context.read(|session| session.places_page(&wanted, &window))?;
    let position = |row: &Released<domain::place::Place>| Position::of_text(&row.code, row.id);
    Ok(PlaceConnection(Listed::of(request_context, "places", wanted, found, position, Place)))
}
