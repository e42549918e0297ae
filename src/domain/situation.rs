//! The situation of refugees in a country of asylum on a day: who remains, and who has left or stays for good.

use super::country::CountryCode;
use super::population_figure::Certainty;
use super::vocabulary;
use chrono::NaiveDate;

vocabulary! {
    /// What a line of the situation counts: a stock on its day, or a flow until then.
    SituationMovement {
        /// Who is there: open records (stock). Whoever was granted something and stays is among them.
        Remaining = "REMAINING",
        /// Voluntary repatriation with help (flow).
        ReturnedAssisted = "RETURNED_ASSISTED",
        /// Voluntary repatriation without help (flow).
        ReturnedSpontaneous = "RETURNED_SPONTANEOUS",
        /// Voluntary repatriation of which nobody said whether with help (flow).
        Returned = "RETURNED",
        /// Resettlement in a third country (flow).
        Resettled = "RESETTLED",
        /// Citizenship granted (flow).
        Naturalised = "NATURALISED",
        /// Legal residence granted (flow).
        GrantedResidence = "GRANTED_RESIDENCE",
        /// Departure by no solution, or by one that is not recorded any more (flow).
        DepartedOtherwise = "DEPARTED_OTHERWISE",
        /// Death (flow).
        Died = "DIED",
    }
}

/// Which line of the situation something belongs to.
pub type Line = (SituationMovement, Part);

/// The situation in a country on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    /// The country of asylum.
    pub country: CountryCode,
    /// The day.
    pub as_of: NaiveDate,
    /// By movement; of each the whole first, and then its countries.
    pub lines: Vec<SituationLine>,
    /// How many of those whom the viewer's agency holds are in no line, as nobody knows in which country they are or were; none for
    /// others.
    pub unplaced: Option<i64>,
}

/// One count of the situation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SituationLine {
    /// What it counts.
    pub movement: SituationMovement,
    /// Which part of the movement.
    pub part: Part,
    /// What is published of it; nothing is not zero.
    pub published: Vec<PublishedTotal>,
    /// Who is recorded, for the holder.
    pub recorded: Option<RecordedPeople>,
}

/// Which part of a movement a line counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// All of it.
    Whole,
    /// That of a country: where people go to if they are resettled, and where they are from else. None if that is unknown.
    Country(Option<CountryCode>),
}

/// How many people are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RecordedPeople {
    /// All of them.
    pub people: i64,
    /// Of these, those of whom the day is unknown.
    pub undated: i64,
}

/// What one source says of a movement. What it says by year, and what it says without one, are told apart: one may hold the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedTotal {
    /// Of a stock its newest figures, of a flow all of them; none if the source leaves them open.
    pub value: Option<i64>,
    /// How sure the source is.
    pub certainty: Certainty,
    /// The first and the last year of the figures; none if the source does not say.
    pub years: Option<(i32, i32)>,
    /// The file or report.
    pub source: String,
}

impl PublishedTotal {
    /// The sum with another total of the same source.
    pub fn and(self, other: Self) -> Self {
        let years = match (self.years, other.years) {
            (Some((first, last)), Some((from, until))) => Some((first.min(from), last.max(until))),
            (one, another) => one.or(another),
        };
        let value = match (self.value, other.value) {
            (Some(one), Some(another)) => Some(one.saturating_add(another)),
            (one, another) => one.or(another),
        };
        Self { value, certainty: self.certainty.and(other.certainty), years, source: self.source }
    }

    /// How many more are recorded; none if the source leaves its figure open.
    pub fn difference(&self, recorded: RecordedPeople) -> Option<i64> {
        self.value.map(|value| recorded.people - value)
    }
}
