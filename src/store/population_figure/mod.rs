//! Population figures: published facts.

mod filter;
pub(super) mod row;

use self::row::Row;
use super::bulk::reference;
use super::database::errors::Result;
use super::database::page::{Page, Position, Slice, Window, by_code, page};
use super::database::tables::population_figures;
use super::session::read::ReadSession;
use crate::domain::Id;
use crate::domain::country::CountryCode;
use crate::domain::population_figure::{PopulationFigure, PopulationType};
use crate::policy::Released;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use std::collections::HashMap;

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
        let figures = rows.into_iter().map(PopulationFigure::from);
        Ok(figures.map(|figure| (figure.id, Released::reference(figure))).collect())
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
