//! What is published: the figures of whole countries, added up source by source.

use crate::domain::Vocabulary;
use crate::domain::country::CountryCode;
use crate::domain::population_figure::{Certainty, PopulationType};
use crate::domain::situation::{Line, Part, PublishedTotal, SituationMovement};
use crate::store::database::codes::codes;
use crate::store::database::connection::AnyConnection;
use crate::store::database::errors::Result;
use crate::store::database::tables::population_figures as f;
use chrono::{Datelike, NaiveDate};
use diesel::dsl::{max, sql};
use diesel::sql_types::{BigInt, Integer, Nullable};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl};
use std::collections::BTreeMap;

/// Who is there.
const STOCKS: [PopulationType; 3] =
    [PopulationType::Refugees, PopulationType::AsylumSeekers, PopulationType::OthersInNeed];

/// A group of figures: type, help, origin, asylum and source; and what they come to.
type Group = ((PopulationType, Option<bool>, Option<CountryCode>, Option<CountryCode>, String), Counted);

/// First and last year; the sum of what is known; how many are not known, and how many are known as at least and as about so many.
type Counted = (Option<i32>, Option<i32>, Option<i64>, i64, i64, i64);

/// The groups of figures of whole countries, all ages and both sexes, that a condition holds for.
macro_rules! groups {
    ($connection:expr, $condition:expr) => {{
        let by = || (f::population_type, f::assisted, f::origin, f::asylum, f::source);
        let counted = (
            sql::<Nullable<Integer>>("MIN(year)"),
            sql::<Nullable<Integer>>("MAX(year)"),
            sql::<Nullable<BigInt>>("CAST(SUM(value) AS BIGINT)"),
            sql::<BigInt>("COUNT(*) - COUNT(value)"),
            sql::<BigInt>("COUNT(CASE WHEN certainty = 'AT_LEAST' THEN value END)"),
            sql::<BigInt>("COUNT(CASE WHEN certainty = 'ABOUT' THEN value END)"),
        );
        let whole = f::table
            .filter(f::place_id.is_null())
            .filter(f::location.is_null())
            .filter(f::sex.is_null())
            .filter(f::age_band.is_null())
            .filter($condition);
        whole.group_by(by()).select((by(), counted)).load::<Group>($connection)?
    }};
}

/// What is published of the situation in a country of asylum until a day: of a stock the newest year of each source.
///
/// # Errors
/// If the database fails.
pub(super) fn published(
    connection: &mut AnyConnection,
    country: CountryCode,
    as_of: NaiveDate,
) -> Result<BTreeMap<Line, Vec<PublishedTotal>>> {
    let year = as_of.year();
    let flows = codes(&[PopulationType::ReturnedRefugees, PopulationType::Naturalisation]);
    let flow = || {
        let resettled = f::population_type.eq(PopulationType::Resettlement.code());
        let here = f::population_type.eq_any(flows.clone()).and(f::asylum.eq(country.as_str()));
        here.or(resettled.and(f::departed_from.eq(country.as_str())))
    };
    let stock = || f::population_type.eq_any(codes(&STOCKS)).and(f::asylum.eq(country.as_str()));
    let mut groups = groups!(connection, flow().and(f::year.le(year)));
    groups.extend(groups!(connection, flow().or(stock()).and(f::year.is_null())));
    let newest =
        f::table.filter(stock()).filter(f::year.le(year)).group_by(f::source).select((f::source, max(f::year)));
    for (source, newest) in newest.load::<(String, Option<i32>)>(connection)? {
        groups.extend(groups!(connection, stock().and(f::source.eq(&source)).and(f::year.eq(newest))));
    }
    Ok(lines(groups))
}

/// Groups of figures by line. What a source says of a whole movement stands; if it says nothing, its countries are added up.
fn lines(groups: Vec<Group>) -> BTreeMap<Line, Vec<PublishedTotal>> {
    let mut totals: BTreeMap<(Line, String, bool), PublishedTotal> = BTreeMap::new();
    for ((kind, assisted, origin, asylum, source), counted) in groups {
        let Some(movement) = movement(kind, assisted) else { continue };
        let of = if movement == SituationMovement::Resettled { asylum } else { origin };
        let part = of.map_or(Part::Whole, |of| Part::Country(Some(of)));
        let undated = counted.0.is_none();
        add(&mut totals, ((movement, part), source.clone(), undated), total(counted, source));
    }
    let mut sums = BTreeMap::new();
    for (((movement, _), source, undated), total) in &totals {
        let whole = ((*movement, Part::Whole), source.clone(), *undated);
        if !totals.contains_key(&whole) {
            add(&mut sums, whole, total.clone());
        }
    }
    let mut lines: BTreeMap<Line, Vec<PublishedTotal>> = BTreeMap::new();
    for ((line, ..), total) in totals.into_iter().chain(sums) {
        lines.entry(line).or_default().push(total);
    }
    lines
}

fn add<K: Ord>(totals: &mut BTreeMap<K, PublishedTotal>, key: K, total: PublishedTotal) {
    let sum = match totals.remove(&key) {
        Some(before) => before.and(total),
        None => total,
    };
    totals.insert(key, sum);
}

fn total((first, last, value, unknown, at_least, about): Counted, source: String) -> PublishedTotal {
    let certainties = [(unknown, Certainty::Unknown), (at_least, Certainty::AtLeast), (about, Certainty::About)];
    let known = value.map(|_| Certainty::Exact).into_iter();
    let present = certainties.into_iter().filter_map(|(figures, certainty)| (figures > 0).then_some(certainty));
    let certainty = present.chain(known).reduce(Certainty::and).unwrap_or(Certainty::Unknown);
    PublishedTotal { value, certainty, years: first.zip(last), source }
}

/// Which movement figures of a type are.
fn movement(kind: PopulationType, assisted: Option<bool>) -> Option<SituationMovement> {
    match (kind, assisted) {
        (PopulationType::Refugees | PopulationType::AsylumSeekers | PopulationType::OthersInNeed, _) => {
            Some(SituationMovement::Remaining)
        }
        (PopulationType::ReturnedRefugees, Some(true)) => Some(SituationMovement::ReturnedAssisted),
        (PopulationType::ReturnedRefugees, Some(false)) => Some(SituationMovement::ReturnedSpontaneous),
        (PopulationType::ReturnedRefugees, None) => Some(SituationMovement::Returned),
        (PopulationType::Resettlement, _) => Some(SituationMovement::Resettled),
        (PopulationType::Naturalisation, _) => Some(SituationMovement::Naturalised),
        _ => None,
    }
}
