//! What would be released of an agreement's statistics tables, before it is signed: for the agency that holds the records.

use super::{Cell, StatisticsCell, statistics_cells};
use crate::domain::agreement::Agreement;
use crate::domain::statistics::{StatisticsDimension, figures_per_person};
use crate::graphql::agreement::StatisticsTable;
use crate::graphql::engine::errors::Code;
use crate::graphql::schema::scalars::Date;
use crate::policy::filter::Filter;
use crate::policy::statistics::bound::{advantage, right_at_most};
use crate::policy::statistics::{Published, Question, ReleasedTable, Withheld};
use async_graphql::{Error, SimpleObject};
use chrono::NaiveDate;

/// What would be released, and what can be inferred from it at most.
#[derive(SimpleObject)]
pub struct StatisticsPreview {
    /// In how many figures of a release one person may be; at most 8.
    figures_per_person: i32,
    /// The same together with the releases under all other agreements in force with this recipient: whoever reads them all can
    /// combine them.
    figures_per_person_in_all: i32,
    /// The first day on which something may be released: releases to one recipient for one purpose have one calendar. A new version with
    /// the same tables, scope, consent, categories, level and minimum shows the last release from its first day.
    first_release_from: Date,
    /// What somebody can find out at most who knows everybody else exactly, in words.
    says: String,
    /// The same of each dimension.
    inferences: Vec<StatisticsInference>,
    /// The tables, as the recipient would get them today. Noise is drawn anew for each preview, and for the release.
    tables: Vec<StatisticsTablePreview>,
}

/// What can be inferred of a person's value in a dimension, by somebody who knows everybody else exactly.
#[derive(SimpleObject)]
pub struct StatisticsInference {
    /// The dimension.
    dimension: StatisticsDimension,
    /// In how many of 100 cases the most frequent value is right: a guess without the release.
    guessed_in_100: i64,
    /// In how many of 100 cases a guess is right at most, with the release.
    at_most_in_100: i64,
    /// The same in words.
    says: String,
}

/// A table, as the recipient would get it today.
#[derive(SimpleObject)]
pub struct StatisticsTablePreview {
    /// The table.
    table: StatisticsTable,
    /// Of 100 cells with people in them, how many are withheld.
    withheld_cells_in_100: i64,
    /// Of 100 people, how many are in withheld cells.
    withheld_people_in_100: i64,
    /// Its total.
    total: Cell,
    /// Its cells.
    cells: Vec<StatisticsCell>,
}

/// The preview of an agreement's tables.
pub(in crate::graphql) fn of(
    draft: &Agreement,
    tables: Vec<(ReleasedTable, Withheld)>,
    (other_figures, first_release_from): (i32, NaiveDate),
) -> Result<Option<StatisticsPreview>, Error> {
    if tables.is_empty() {
        return Ok(None);
    }
    let figures = figures_per_person(&draft.statistics_tables);
    let says = format!(
        "A person is in at most {figures} {} of a release. Whether a person is counted in it, somebody who knows everybody else exactly \
         guesses right in at most {} of 100 cases, instead of 50.",
        if figures == 1 { "figure" } else { "figures" },
        in_100(0.5 + advantage(figures) / 2.0)
    );
    Ok(Some(StatisticsPreview {
        figures_per_person: figures,
        figures_per_person_in_all: figures + other_figures,
        first_release_from: Date(first_release_from),
        says,
        inferences: inferences(&tables),
        tables: tables.into_iter().map(table).collect::<Result<_, _>>()?,
    }))
}

fn inferences(tables: &[(ReleasedTable, Withheld)]) -> Vec<StatisticsInference> {
    let mut dimensions: Vec<StatisticsDimension> =
        tables.iter().flat_map(|(table, _)| table.table.dimensions.iter().copied()).collect();
    dimensions.sort_unstable();
    dimensions.dedup();
    let inference = |dimension: StatisticsDimension| {
        let position = |table: &ReleasedTable| table.table.dimensions.iter().position(|one| *one == dimension);
        let holding = || tables.iter().filter_map(|(table, lost)| Some((table, lost, position(table)?)));
        let figures = holding().map(|(table, _, _)| table.table.values_per_person).sum();
        let base = holding().map(|(_, lost, at)| lost.most_frequent[at]).fold(0.0, f64::max);
        let (guessed_in_100, at_most_in_100) = (in_100(base), in_100(right_at_most(base, figures)));
        let says = format!(
            "Somebody who knows everybody else exactly guesses this person's {dimension} right in at most {at_most_in_100} of 100 \
             cases, instead of {guessed_in_100}."
        );
        StatisticsInference { dimension, guessed_in_100, at_most_in_100, says }
    };
    dimensions.into_iter().map(inference).collect()
}

fn table((table, lost): (ReleasedTable, Withheld)) -> Result<StatisticsTablePreview, Error> {
    let dimensions = &table.table.dimensions;
    let question = Question::new(dimensions, &Filter::everybody())
        .map_err(|refusal| Code::BadInput.at("input.terms.statisticsTables", refusal.to_string()))?;
    let published = Published::released(&question, &table, |_, _| true)
        .map_err(|refusal| Code::Limit.at("input.terms.statisticsTables", refusal.to_string()))?;
    let share = |part: i64, whole: i64| in_100(part as f64 / whole.max(1) as f64);
    Ok(StatisticsTablePreview {
        withheld_cells_in_100: share(lost.withheld_cells as i64, lost.cells as i64),
        withheld_people_in_100: share(lost.withheld_people, lost.people),
        total: Cell::from(published.total()),
        cells: statistics_cells(&published, dimensions),
        table: StatisticsTable::from(&table.table),
    })
}

fn in_100(share: f64) -> i64 {
    (100.0 * share).round() as i64
}
