//! The flows of the report that the demo is made after, as population figures.

use super::random::DemoRng;
use crate::domain::population_figure::{Certainty, FigureIdentity, PopulationFigure, PopulationType};

const SOURCE: &str = "Diplomatic report on refugees in Tajikistan, undated, about 2003";

/// The report's figures: over 53,000 repatriated with help, an unknown number without, some 1,400 resettled in Canada, 1,500 remaining.
pub fn figures(rng: &mut DemoRng) -> Vec<PopulationFigure> {
    use Certainty::{About, AtLeast, Exact, Unknown};
    use PopulationType::{Refugees, Resettlement, ReturnedRefugees};
    let figures = [
        (None, "TJK", ReturnedRefugees, Some(true), Some(53_000), AtLeast),
        (None, "TJK", ReturnedRefugees, Some(false), None, Unknown),
        (Some("AFG"), "CAN", Resettlement, None, Some(1_400), About),
        (None, "TJK", Refugees, None, Some(1_500), Exact),
        (Some("AFG"), "TJK", Refugees, None, Some(1_470), Exact),
    ];
    let figure = |(origin, asylum, population_type, assisted, value, certainty): (Option<&str>, &str, _, _, _, _)| {
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
            departed_from: (population_type == Resettlement).then(|| "TJK".parse().expect("an ISO code")),
        };
        let (id, key, source) = (rng.key(), identity.as_key(None), SOURCE.to_owned());
        PopulationFigure { id, key, identity, value, certainty, source }
    };
    figures.into_iter().map(figure).collect()
}
