//! Published population figures.

use super::country::CountryCode;
use super::individual::{AgeBand, Sex};
use super::place::Place;
use super::{Id, Noun, Vocabulary, vocabulary};

vocabulary! {
    /// UNHCR's population types: stocks at the end of a year, and flows during it.
    PopulationType {
        /// Refugees and people in refugee-like situations (stock).
        Refugees = "REF",
        /// Asylum-seekers (stock).
        AsylumSeekers = "ASY",
        /// Other people in need of international protection (stock).
        OthersInNeed = "OIP",
        /// Internally displaced people (stock).
        InternallyDisplaced = "IDP",
        /// Stateless people (stock).
        Stateless = "STA",
        /// Others of concern (stock).
        OthersOfConcern = "OOC",
        /// Host community (stock).
        HostCommunity = "HST",
        /// Returned refugees (flow).
        ReturnedRefugees = "RET",
        /// Returned internally displaced people (flow).
        ReturnedDisplaced = "RDP",
        /// Resettlement arrivals (flow).
        Resettlement = "RST",
        /// Naturalisation (flow).
        Naturalisation = "NAT",
    }
}

vocabulary! {
    /// How sure the source of a figure is.
    Certainty {
        /// As it stands.
        Exact = "EXACT",
        /// There are more: "over", "at least".
        AtLeast = "AT_LEAST",
        /// There may be more or fewer: "some", "about".
        About = "ABOUT",
        /// The source leaves the figure open, which is not zero.
        Unknown = "UNKNOWN",
    }
}

impl Certainty {
    /// How sure the sum of two figures is.
    pub fn and(self, other: Self) -> Self {
        use Certainty::*;
        match (self, other) {
            (Unknown, Unknown) => Unknown,
            (About, _) | (_, About) => About,
            (Exact, Exact) => Exact,
            _ => AtLeast,
        }
    }
}

/// What a figure counts: its identity. Two files that give the same identity speak of the same figure.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FigureIdentity {
    /// The year; unknown for some flows.
    pub year: Option<i32>,
    /// Country of origin.
    pub origin: Option<CountryCode>,
    /// Country of asylum.
    pub asylum: Option<CountryCode>,
    /// Which population.
    pub population_type: PopulationType,
    /// With help, or spontaneous.
    pub assisted: Option<bool>,
    /// The place, if it has a P-code.
    pub place_id: Option<Id<Place>>,
    /// The place in the source's words, if it has none.
    pub location: Option<String>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Age band.
    pub age_band: Option<AgeBand>,
    /// Of people who came from another country of asylum: which, if the source says.
    pub departed_from: Option<CountryCode>,
}

impl FigureIdentity {
    /// One text for the identity, with `*` for what is not told apart; unique in the databases, and the figures' order. The country
    /// that people left stands there only if the source says it.
    ///
    /// `place_code` is the P-code of the place, if there is one: keys of rows differ between databases.
    pub fn as_key(&self, place_code: Option<&str>) -> String {
        let text = |value: Option<String>| value.unwrap_or_else(|| "*".to_owned());
        [
            text(self.year.map(|year| format!("{year:04}"))),
            text(self.origin.map(|country| country.to_string())),
            text(self.asylum.map(|country| country.to_string())),
            self.population_type.code().to_owned(),
            text(self.assisted.map(|assisted| if assisted { "assisted" } else { "spontaneous" }.to_owned())),
            text(place_code.map(str::to_owned)),
            text(self.location.clone()),
            text(self.sex.map(|sex| sex.to_string())),
            text(self.age_band.map(|band| band.to_string())),
        ]
        .into_iter()
        .chain(self.departed_from.map(|country| country.to_string()))
        .collect::<Vec<_>>()
        .join("|")
    }

    /// Between which keys those of the years from one to another lie: from the first, and before the second.
    pub fn keys_of_years(from: Option<i32>, until: Option<i32>) -> (String, String) {
        let first_of = |year: i32| match year {
            ..0 => "0".to_owned(),
            0..=9999 => format!("{year:04}"),
            _ => ":".to_owned(),
        };
        (from.map_or("0".to_owned(), first_of), first_of(until.map_or(i32::MAX, |until| until.saturating_add(1))))
    }
}

/// A published figure, shown as published. An unknown value is not zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PopulationFigure {
    /// Row key.
    pub id: Id<PopulationFigure>,
    /// Its identity as one text: see [`FigureIdentity::as_key`].
    pub key: String,
    /// What it counts.
    pub identity: FigureIdentity,
    /// The number, or `None` if the source leaves it open.
    pub value: Option<i64>,
    /// How sure the source is of it.
    pub certainty: Certainty,
    /// The file or report that first gave it.
    pub source: String,
}

impl Noun for PopulationFigure {
    const NAME: &'static str = "PopulationFigure";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_ranges_of_keys() {
        let key = |year: Option<i32>| {
            FigureIdentity {
                year,
                origin: None,
                asylum: None,
                population_type: PopulationType::Refugees,
                assisted: None,
                place_id: None,
                location: None,
                sex: None,
                age_band: None,
                departed_from: None,
            }
            .as_key(None)
        };
        let ends = [None, Some(i32::MIN), Some(-1), Some(0), Some(1999), Some(2000), Some(9999), Some(i32::MAX)];
        for (from, until) in ends.into_iter().flat_map(|from| ends.map(|until| (from, until))) {
            let (first, end) = FigureIdentity::keys_of_years(from, until);
            for year in [None, Some(0), Some(1998), Some(1999), Some(2000), Some(2001), Some(9999)] {
                let within = year.is_some_and(|year| {
                    from.is_none_or(|from| from <= year) && until.is_none_or(|until| year <= until)
                });
                let key = key(year);
                assert_eq!(first <= key && key < end, within, "{year:?} from {from:?} until {until:?}");
            }
        }
    }
}
