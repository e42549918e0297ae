//! Population figures.

use super::engine::loaders::lists;
use super::engine::request_context::RequestContext;
use super::place::{Place, place};
use super::schema::filters::{CountryCodeFilter, NumberFilter, PopulationTypeFilter};
use super::schema::ids;
use super::schema::paging::{Listed, PageArguments, connection, queries};
use super::schema::scalars::Long;
use crate::domain;
use crate::domain::country::CountryCode;
use crate::domain::individual::{AgeBand, Sex};
use crate::domain::population_figure::{Certainty, PopulationType};
use crate::policy::Released;
use crate::store::database::page::Position;
use crate::store::population_figure::PopulationFigureFilter as Wanted;
use async_graphql::{Context, Error, ID, InputObject, Object};

queries! {
    PopulationFigureQueries: "What may be asked of population figures." {
        /// Published population figures, by year.
        population_figures(filter: Option<PopulationFigureFilter> = "Which figures.") -> PopulationFigureConnection;
    }
}

lists! {
    /// The sources of population figures.
    SourcesOfFigures of domain::population_figure::PopulationFigure => String, sources_of_figures;
}

/// A population figure, by its row.
#[derive(Clone)]
pub struct PopulationFigure(pub Released<domain::population_figure::PopulationFigure>);

/// A published population figure, shown as published.
#[Object]
impl PopulationFigure {
    /// Global id, for this agency and purpose only.
    pub async fn id(&self, context: &Context<'_>) -> ID {
        ids::seal(context, self.0.id)
    }

    /// The year; null if the source does not say.
    async fn year(&self) -> Option<i32> {
        self.0.identity.year
    }

    /// Country of origin; null if the source does not say.
    async fn origin(&self) -> Option<CountryCode> {
        self.0.identity.origin
    }

    /// Country of asylum; null if the source does not say.
    async fn asylum(&self) -> Option<CountryCode> {
        self.0.identity.asylum
    }

    /// Which population.
    async fn population_type(&self) -> PopulationType {
        self.0.identity.population_type
    }

    /// With help or spontaneous; null if the figure does not tell these apart.
    async fn assisted(&self) -> Option<bool> {
        self.0.identity.assisted
    }

    /// The place; null if the figure is for the whole country or the place has no P-code.
    async fn place(&self, context: &Context<'_>) -> Option<Place> {
        place(context, self.0.identity.place_id).await
    }

    /// The place in the source's words, if it has no P-code.
    async fn location(&self) -> Option<&str> {
        self.0.identity.location.as_deref()
    }

    /// Sex; null if the figure does not tell these apart.
    async fn sex(&self) -> Option<Sex> {
        self.0.identity.sex
    }

    /// Age band; null if the figure does not tell these apart.
    async fn age_band(&self) -> Option<AgeBand> {
        self.0.identity.age_band
    }

    /// The number; null if it is unknown, which is not zero.
    async fn value(&self) -> Option<Long> {
        self.0.value.map(Long)
    }

    /// How sure the source is of the number.
    async fn certainty(&self) -> Certainty {
        self.0.certainty
    }

    /// Of people who came from another country of asylum: which; null if the source does not say.
    async fn departed_from(&self) -> Option<CountryCode> {
        self.0.identity.departed_from
    }

    /// The file or report that first gave the figure.
    async fn source(&self) -> &str {
        &self.0.source
    }

    /// All files and reports that give the figure.
    async fn sources(&self, context: &Context<'_>) -> Vec<String> {
        RequestContext::of(context).load::<SourcesOfFigures>(self.0.id).await
    }
}

/// Which figures to list. What is not given restricts nothing.
#[derive(InputObject, Clone, Default)]
pub struct PopulationFigureFilter {
    /// Of such years.
    year: Option<NumberFilter>,
    /// From such a country.
    origin: Option<CountryCodeFilter>,
    /// In such a country.
    asylum: Option<CountryCodeFilter>,
    /// Of such a population.
    population_type: Option<PopulationTypeFilter>,
}

connection!(PopulationFigureConnection of PopulationFigureEdge to PopulationFigure, Wanted, population_figures_count: "A page of population figures.");

/// A page of population figures, by year.
///
/// # Errors
/// If the filter or a paging argument is not valid, or the database fails.
pub async fn population_figures(
    context: &Context<'_>,
    page: PageArguments,
    filter: Option<PopulationFigureFilter>,
) -> Result<PopulationFigureConnection, Error> {
    let request_context = RequestContext::of(context);
    let filter = filter.unwrap_or_default();
    let years = filter.year.map(|year| year.range("filter.year")).transpose()?;
    let wanted = Wanted {
        years: years.unwrap_or_default(),
        origins: filter.origin.map(|origin| origin.one_of("filter.origin")).transpose()?,
        asylums: filter.asylum.map(|asylum| asylum.one_of("filter.asylum")).transpose()?,
        types: filter.population_type.map(|kind| kind.one_of("filter.populationType")).transpose()?,
    };
    let window = page.window(context, "populationFigures")?;
    let found = request_context.read(|session| session.population_figures_page(&wanted, &window))?;
    let position = |row: &Released<domain::population_figure::PopulationFigure>| Position::of_text(&row.key, row.id);
    Ok(PopulationFigureConnection(Listed::of(
        request_context,
        "populationFigures",
        wanted,
        found,
        position,
        PopulationFigure,
    )))
}
