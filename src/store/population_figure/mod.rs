//! Population figures: published facts.

mod filter;

use super::bulk::reference;
use super::database::errors::Result;
use super::database::page::{Page, Position, Slice, Window, by_code, page};
use super::database::stored::stored;
use super::database::tables::population_figures;
use super::session::read::ReadSession;
use crate::domain::Id;
use crate::domain::country::CountryCode;
use crate::domain::individual::{AgeBand, Sex};
use crate::domain::place::Place;
use crate::domain::population_figure::{Certainty, FigureIdentity, PopulationFigure, PopulationType};
use crate::policy::Released;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::HashMap;

stored! {
    /// A figure's row, with its first source.
    pub(super) struct Row in population_figures {
        id: Id<PopulationFigure>,
        identity: String,
        year: Option<i32>,
        origin: Option<CountryCode>,
        asylum: Option<CountryCode>,
        population_type: PopulationType,
        assisted: Option<bool>,
        place_id: Option<Id<Place>>,
        location: Option<String>,
        sex: Option<Sex>,
        age_band: Option<AgeBand>,
        value: Option<i64>,
        source: String,
        certainty: Certainty,
        departed_from: Option<CountryCode>,
    }
}

impl From<&PopulationFigure> for Row {
    fn from(figure: &PopulationFigure) -> Self {
        let identity = &figure.identity;
        Self {
            id: figure.id,
            identity: figure.key.clone(),
            year: identity.year,
            origin: identity.origin,
            asylum: identity.asylum,
            population_type: identity.population_type,
            assisted: identity.assisted,
            place_id: identity.place_id,
            location: identity.location.clone(),
            sex: identity.sex,
            age_band: identity.age_band,
            value: figure.value,
            source: figure.source.clone(),
            // What is not known is certain once another source fills it.
            certainty: figure.value.map_or(Certainty::Exact, |_| figure.certainty),
            departed_from: identity.departed_from,
        }
    }
}

impl From<Row> for PopulationFigure {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            key: row.identity,
            identity: FigureIdentity {
                year: row.year,
                origin: row.origin,
                asylum: row.asylum,
                population_type: row.population_type,
                assisted: row.assisted,
                place_id: row.place_id,
                location: row.location,
                sex: row.sex,
                age_band: row.age_band,
                departed_from: row.departed_from,
            },
            value: row.value,
            certainty: row.value.map_or(Certainty::Unknown, |_| row.certainty),
            source: row.source,
        }
    }
}

/// Which figures a client asks for; an absent part restricts nothing.
#[derive(Debug, Clone, Default)]
pub struct PopulationFigureFilter {
    /// From this year to that one.
    pub years: (Option<i32>, Option<i32>),
    /// From one of these countries.
    pub origins: Option<Vec<CountryCode>>,
    /// In one of these countries.
    pub asylums: Option<Vec<CountryCode>>,
    /// Of one of these types.
    pub types: Option<Vec<PopulationType>>,
}

impl ReadSession {
    /// Figures by key.
    ///
    /// # Errors
    /// If the database fails.
    pub fn population_figures(
        &mut self,
        ids: &[Id<PopulationFigure>],
    ) -> Result<HashMap<Id<PopulationFigure>, Released<PopulationFigure>>> {
        let query = population_figures::table.filter(population_figures::id.eq_any(ids));
        let rows: Vec<Row> = query.select(Row::as_select()).load(self.connection())?;
        Ok(rows.into_iter().map(|row| (row.id, Released::reference(row.into()))).collect())
    }

    /// A page of figures, by identity: year first.
    ///
    /// # Errors
    /// If the database fails.
    pub fn population_figures_page(
        &mut self,
        filter: &PopulationFigureFilter,
        window: &Window,
    ) -> Result<Page<Released<PopulationFigure>>> {
        let position = |figure: &Released<PopulationFigure>| Position::of_text(&figure.key, figure.id);
        page(window, position, |slice: &Slice| {
            let connection = self.connection();
            let first = population_figures::table.filter(filter.first(connection, slice)).into_boxed();
            let rows: Vec<Row> =
                by_code!(first, population_figures::identity, slice).select(Row::as_select()).load(connection)?;
            Ok(rows.into_iter().map(|row| Released::reference(row.into())).collect())
        })
    }

    /// How many figures pass the filter.
    ///
    /// # Errors
    /// If the database fails.
    pub fn population_figures_count(&mut self, filter: &PopulationFigureFilter) -> Result<i64> {
        let connection = self.connection();
        let passing = population_figures::table.filter(filter.passing(connection));
        Ok(passing.count().get_result(connection)?)
    }

    /// The sources of figures, in order.
    ///
    /// # Errors
    /// If the database fails.
    pub fn sources_of_figures(
        &mut self,
        ids: &[Id<PopulationFigure>],
    ) -> Result<HashMap<Id<PopulationFigure>, Vec<String>>> {
        reference::sources_of_figures(self.connection(), ids)
    }
}
