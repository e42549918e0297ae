//! The flows of the report that the demo is made after, as population figures.

use super::DemoRng;
use crate::domain::population_figure::{FigureIdentity, PopulationFigure, PopulationType};

const SOURCE: &str = "Diplomatic report on refugees in Tajikistan, undated, about 2003";

/// The report's figures: over 53,000 repatriated with help, an unknown number without, some 1,400 resettled in Canada, 1,500 remaining.
pub fn figures(rng: &mut DemoRng) -> Vec<PopulationFigure> {
    use PopulationType::{Refugees, Resettlement, ReturnedRefugees};
    let figures = [
        (None, "TJK", ReturnedRefugees, Some(true), Some(53_000)),
        (None, "TJK", ReturnedRefugees, Some(false), None),
        (Some("AFG"), "CAN", Resettlement, None, Some(1_400)),
        (None, "TJK", Refugees, None, Some(1_500)),
        (Some("AFG"), "TJK", Refugees, None, Some(1_470)),
    ];
    let figure = |(origin, asylum, population_type, assisted, value): (Option<&str>, &str, _, _, _)| {
        let identity = FigureIdentity {
            year: None,
            origin: origin.map(|code| code.parse().expect("an ISO code")),
            asylum: Some(asylum.parse().expect("an ISO code")),
            population_type,
            assisted,
            place_id: None,
            location: None,
            sex: None,
            age_band: None,
        };
        PopulationFigure { id: rng.key(), key: identity.as_key(None), identity, value, source: SOURCE.to_owned() }
    };
    figures.into_iter().map(figure).collect()
}
