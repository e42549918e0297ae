//! Figures as they are stored, each with its first source.

use crate::domain::Id;
use crate::domain::country::CountryCode;
use crate::domain::individual::{AgeBand, Sex};
use crate::domain::place::Place;
use crate::domain::population_figure::{Certainty, FigureIdentity, PopulationFigure, PopulationType};
use crate::store::database::stored::stored;
use crate::store::database::tables::population_figures;

stored! {
    /// A figure's row, with its first source.
    pub(in crate::store) struct Row in population_figures {
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
