//! Population figures: published facts.

use super::codes::codes;
use super::connection::Backend;
use super::errors::Result;
use super::page::{Page, Position, Slice, SortValue, Window, by_code, page};
use super::snapshot::Snapshot;
use super::tables::{population_figure_sources, population_figures};
use crate::domain::Key;
use crate::domain::country::CountryCode;
use crate::domain::individual::{AgeBand, Sex};
use crate::domain::population_figure::{FigureIdentity, PopulationFigure, PopulationType};
use crate::policy::Released;
use diesel::{ExpressionMethods, QueryDsl, Queryable, RunQueryDsl};
use std::collections::HashMap;

#[derive(Queryable)]
struct Row {
    id: Key,
    identity: String,
    year: Option<i32>,
    origin: Option<CountryCode>,
    asylum: Option<CountryCode>,
    population_type: PopulationType,
    assisted: Option<bool>,
    place_id: Option<Key>,
    location: Option<String>,
    sex: Option<Sex>,
    age_band: Option<AgeBand>,
    value: Option<i64>,
    source: String,
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
            },
            value: row.value,
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

impl Snapshot {
    /// Figures by key.
    pub fn population_figures(&mut self, ids: &[Key]) -> Result<HashMap<Key, Released<PopulationFigure>>> {
        let query = population_figures::table.filter(population_figures::id.eq_any(ids));
        let rows: Vec<Row> = query.load(self.connection())?;
        Ok(rows.into_iter().map(|row| (row.id, Released::reference(row.into()))).collect())
    }

    /// A page of figures, by identity: year first.
    pub fn population_figures_page(
        &mut self,
        filter: &PopulationFigureFilter,
        window: &Window,
    ) -> Result<Page<Released<PopulationFigure>>> {
        let position = |figure: &Released<PopulationFigure>| Position {
            value: Some(SortValue::Text(figure.key.clone())),
            id: figure.id,
        };
        page(window, position, |slice: &Slice| {
            let query = by_code!(query(filter), population_figures::identity, slice);
            let rows: Vec<Row> = query.load(self.connection())?;
            Ok(rows.into_iter().map(|row| Released::reference(row.into())).collect())
        })
    }

    /// How many figures pass the filter.
    pub fn population_figures_count(&mut self, filter: &PopulationFigureFilter) -> Result<i64> {
        Ok(query(filter).count().get_result(self.connection())?)
    }

    /// The sources of figures, in order.
    pub fn sources_of_figures(&mut self, ids: &[Key]) -> Result<HashMap<Key, Vec<String>>> {
        let rows: Vec<(Key, String)> = population_figure_sources::table
            .filter(population_figure_sources::figure_id.eq_any(ids))
            .order(population_figure_sources::source)
            .load(self.connection())?;
        let mut found: HashMap<Key, Vec<String>> = HashMap::new();
        for (figure, source) in rows {
            found.entry(figure).or_default().push(source);
        }
        Ok(found)
    }
}

fn query(filter: &PopulationFigureFilter) -> population_figures::BoxedQuery<'static, Backend> {
    let mut query = population_figures::table.into_boxed();
    if let Some(year) = filter.years.0 {
        query = query.filter(population_figures::year.ge(year));
    }
    if let Some(year) = filter.years.1 {
        query = query.filter(population_figures::year.le(year));
    }
    let texts = |countries: &[CountryCode]| countries.iter().map(ToString::to_string).collect::<Vec<_>>();
    if let Some(origins) = &filter.origins {
        query = query.filter(population_figures::origin.eq_any(texts(origins)));
    }
    if let Some(asylums) = &filter.asylums {
        query = query.filter(population_figures::asylum.eq_any(texts(asylums)));
    }
    if let Some(types) = &filter.types {
        query = query.filter(population_figures::population_type.eq_any(codes(types)));
    }
    query
}
