//! The situation of refugees in a country.

use super::engine::errors::Code;
use super::engine::request_context::RequestContext;
use super::schema::ids;
use super::schema::scalars::{Date, GivenDate, Long};
use super::statistics::{CaseloadStatistics, released_statistics};
use crate::domain::agreement::Agreement;
use crate::domain::country::CountryCode;
use crate::domain::population_figure::Certainty;
use crate::domain::situation::{Part, PublishedTotal, RecordedPeople, SituationMovement};
use crate::domain::statistics::StatisticsDimension;
use crate::domain::{self, Id};
use async_graphql::{Context, Error, ID, Object, SimpleObject};

/// What may be asked of the situation.
#[derive(Default)]
pub struct SituationQueries;

/// What may be asked of the situation.
#[Object]
impl SituationQueries {
    /// The situation of refugees in a country of asylum on a day: who remains, who has left, and who stays for good. Everybody gets what
    /// is published; the holder, under CASE_MANAGEMENT, who is recorded; others what agreements release.
    async fn situation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The country of asylum.")] country: CountryCode,
        #[graphql(desc = "The day; today if it is left out. It does not lie in the future.")] as_of: Option<GivenDate>,
        #[graphql(desc = "The agreement of which the release is shown, if several have a table by nationality.")]
        agreement_id: Option<ID>,
    ) -> Result<Situation, Error> {
        let request_context = RequestContext::of(context);
        let today = request_context.viewer().today;
        let as_of = as_of.map_or(Ok(today), |day| day.read("asOf"))?;
        if as_of > today {
            return Err(Code::BadInput.at("asOf", "it lies in the future"));
        }
        let agreement = agreement_id.map(|id| ids::open(request_context, "agreementId", &id)).transpose()?;
        Ok(Situation { of: request_context.read(|session| session.situation(country, as_of))?, agreement })
    }
}

/// The situation.
pub struct Situation {
    of: domain::situation::Situation,
    agreement: Option<Id<Agreement>>,
}

/// The situation of refugees in a country of asylum on a day. What is not known is null, which is not zero.
#[Object]
impl Situation {
    /// The country of asylum.
    async fn country(&self) -> CountryCode {
        self.of.country
    }

    /// The day.
    async fn as_of(&self) -> Date {
        Date(self.of.as_of)
    }

    /// Stocks and flows: a line for each movement as a whole, followed by one for each country of which something is known.
    async fn lines(&self) -> Vec<SituationLine> {
        self.of.lines.iter().map(SituationLine::from).collect()
    }

    /// How many of those whom the agency holds are in no line, as nobody knows in which country they are or were. Null for others than
    /// the holder.
    async fn unplaced(&self) -> Option<i64> {
        self.of.unplaced
    }

    /// The caseload by nationality as an agreement releases it, if one has such a table and its release is not later than the day. It
    /// may have people of other countries. Null for the holder.
    async fn released(&self, context: &Context<'_>) -> Result<Option<CaseloadStatistics>, Error> {
        let released = released_statistics(context, vec![StatisticsDimension::Nationality], self.agreement)?;
        Ok(released.filter(|released| released.is_of(self.of.as_of)))
    }
}

/// One count of the situation.
#[derive(SimpleObject)]
pub struct SituationLine {
    /// What is counted: a stock on the day, or a flow until then.
    movement: SituationMovement,
    /// Whether the movement is counted as a whole; else the part of a country.
    is_whole: bool,
    /// Where people go to if they return or are resettled, where they are from else. Null if that is unknown, and of a whole.
    country: Option<CountryCode>,
    /// What is published, source by source; none if nothing is, which is not zero.
    published: Vec<PublishedLine>,
    /// Who is recorded, live and exact. Null for others than the holder.
    recorded: Option<RecordedLine>,
}

/// What one source says, by year or without one. Sources are never added up.
#[derive(SimpleObject)]
pub struct PublishedLine {
    /// Of a stock the newest year, of a flow the sum of all years; null if the source leaves it open.
    value: Option<Long>,
    /// How sure the source is. A sum of which the source leaves a part open is at least what it says.
    certainty: Certainty,
    /// The first year; null if the source does not say.
    from_year: Option<i32>,
    /// The last year; null if the source does not say.
    until_year: Option<i32>,
    /// The file or report that first gave the figures.
    source: String,
    /// How many more people are recorded than published; fewer if it is negative. Null for others than the holder, and if the source
    /// leaves its figure open.
    difference: Option<Long>,
}

/// Who is recorded.
#[derive(SimpleObject)]
pub struct RecordedLine {
    /// How many people.
    people: i64,
    /// Of these, how many of whom the day is unknown: they are counted on every day.
    undated: i64,
}

impl From<&domain::situation::SituationLine> for SituationLine {
    fn from(line: &domain::situation::SituationLine) -> Self {
        let (is_whole, country) = match line.part {
            Part::Whole => (true, None),
            Part::Country(country) => (false, country),
        };
        Self {
            movement: line.movement,
            is_whole,
            country,
            published: line.published.iter().map(|total| PublishedLine::of(total, line.recorded)).collect(),
            recorded: line.recorded.map(|RecordedPeople { people, undated }| RecordedLine { people, undated }),
        }
    }
}

impl PublishedLine {
    fn of(total: &PublishedTotal, recorded: Option<RecordedPeople>) -> Self {
        let (from_year, until_year) = total.years.unzip();
        Self {
            value: total.value.map(Long),
            certainty: total.certainty,
            from_year,
            until_year,
            source: total.source.clone(),
            difference: recorded.and_then(|recorded| total.difference(recorded)).map(Long),
        }
    }
}
