//! Published population figures.

use super::country::CountryCode;
use super::individual::{AgeBand, Sex};
use super::{Key, Vocabulary, vocabulary};

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
    /// The place, where it has a P-code.
    pub place_id: Option<Key>,
    /// The place in the source's words, where it has none.
    pub location: Option<String>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Age band.
    pub age_band: Option<AgeBand>,
}

impl FigureIdentity {
    /// One text for the identity, with `*` for what is not told apart; unique in the databases, and the figures' order.
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
        .join("|")
    }
}

/// A published figure, shown as published. An unknown value is not zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PopulationFigure {
    /// Row key.
    pub id: Key,
    /// Its identity as one text: see [`FigureIdentity::as_key`].
    pub key: String,
    /// What it counts.
    pub identity: FigureIdentity,
    /// The number, or `None` where the source leaves it open.
    pub value: Option<i64>,
    /// The file or report that first gave it.
    pub source: String,
}
