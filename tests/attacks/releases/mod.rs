//! Attacks on a series of releases: whatever is known of who changed and when, the numbers tell hardly more of anybody than the base
//! rates do.

mod averages;
mod campaign;
mod changes;
mod guesses;
mod intervals;
mod truth;
mod withheld;

use crate::harness::{Engine, each_engine};
use campaign::{CA, Campaign, UNDP, UNDP_OTHERWISE, US};
use changes::Kind;
use guesses::{Method, Reading, Score, attack, attack_live};
use panoh::policy::statistics::bound::right_at_most;
use std::collections::BTreeMap;

/// How much better than by base rates values may be guessed: over all that are guessed of at least 200 people, and of each attribute within
/// two standard errors.
const MAX_BETTER: f64 = 0.05;

const BY_UNDP: Reading = Reading { of: &[UNDP], against: &[] };

/// The campaigns of a kind: one, or as many as `PANOH_CAMPAIGNS` says, each of other people and other noise.
fn campaigns(engine: Engine, kind: Kind) -> Vec<Campaign> {
    let rounds = std::env::var("PANOH_CAMPAIGNS").map_or(1, |many| many.parse().expect("how many campaigns there are"));
    (0..rounds).map(|round| Campaign::run(engine, kind, round)).collect()
}

/// Runs an attack by both methods, prints what it guessed, and holds it against the base rates.
fn hold(campaigns: &[Campaign], name: &str, reading: &Reading, wanted: &[&'static str]) {
    for method in [Method::ByHowMuch, Method::Whether] {
        let mut scores: BTreeMap<&str, Score> = BTreeMap::new();
        for campaign in campaigns {
            for (dimension, score) in attack(campaign, reading, method, wanted) {
                scores.entry(dimension).or_default().add(score);
            }
        }
        let mut all = Score::default();
        for (dimension, score) in scores {
            let (right, by_rates) = score.shares();
            println!(
                "{name}, {method:?}: {} people, {dimension} guessed {:.1} %, by base rates {:.1} %, at most {:.1} %",
                score.guessed,
                right * 100.0,
                by_rates * 100.0,
                right_at_most(by_rates, reading.figures(dimension)) * 100.0
            );
            let more = MAX_BETTER + 2.0 * score.standard_error();
            assert!(right <= by_rates + more, "{name}, {method:?}, {dimension}: {right:.3} beside {by_rates:.3}");
            all.add(score);
        }
        let (right, by_rates) = all.shares();
        println!(
            "{name}, {method:?}: {} values guessed {:.1} %, by base rates {:.1} %",
            all.guessed,
            right * 100.0,
            by_rates * 100.0
        );
        assert!(all.guessed >= 200, "{name}: {} values", all.guessed);
        assert!(right <= by_rates + MAX_BETTER, "{name}, {method:?}: {right:.3} beside {by_rates:.3}");
    }
}

/// The control: the attack finds nearly everything if tables are live and exact.
fn would_work(campaign: &Campaign, wanted: &[&'static str]) {
    let mut all = Score::default();
    attack_live(campaign, wanted).into_values().for_each(|score| all.add(score));
    let (right, by_rates) = all.shares();
    println!(
        "the same attack on live exact tables: {:.1} % right, by base rates {:.1} %",
        right * 100.0,
        by_rates * 100.0
    );
    assert!(right > 0.95, "{right}");
}

/// Whoever knows who passes from one age band to another in a quarter guesses sex, nationality, status and region hardly better.
#[test]
fn birthdays_tell_nothing_else() {
    each_engine(|engine| {
        let campaigns = campaigns(engine, Kind::Birthdays);
        let wanted = ["SEX", "NATIONALITY", "LEGAL_STATUS", "REGION", "SPECIFIC_NEED"];
        hold(&campaigns, "birthdays", &BY_UNDP, &wanted);
        withheld::hold(&campaigns[0]);
    });
}

const ALL: [&str; 7] = ["SEX", "NATIONALITY", "AGE_BAND", "LEGAL_STATUS", "REGION", "SPECIFIC_NEED", "ARRIVAL_YEAR"];

const COMMON: [&str; 6] = ["SEX", "NATIONALITY", "AGE_BAND", "LEGAL_STATUS", "REGION", "SPECIFIC_NEED"];

/// Who refuses tells nothing by it: not by the cells that fall, nor by what others are still told on the same day, nor by what the
/// same agency is told for another purpose.
#[test]
fn refusals_tell_nothing() {
    each_engine(|engine| {
        let campaigns = campaigns(engine, Kind::Refusals);
        hold(&campaigns, "refusals", &BY_UNDP, &ALL);
        would_work(&campaigns[0], &ALL);
        let two = Reading { of: &[UNDP], against: &[US] };
        hold(&campaigns, "refusals, beside a second agency", &two, &COMMON);
        let three = Reading { of: &[UNDP], against: &[US, CA] };
        hold(&campaigns, "refusals, beside a second and a third agency", &three, &COMMON);
        let other_purpose = Reading { of: &[UNDP], against: &[UNDP_OTHERWISE] };
        hold(&campaigns, "refusals, beside another purpose", &other_purpose, &COMMON);
        withheld::hold(&campaigns[0]);
    });
}

/// Who arrives or departs is not told by the cells that grow or fall, nor by the cells of two or three agencies, or of one for two
/// purposes, taken together.
#[test]
fn arrivals_and_departures_tell_nothing() {
    each_engine(|engine| {
        let campaigns = campaigns(engine, Kind::Moves);
        hold(&campaigns, "arrivals and departures", &BY_UNDP, &ALL);
        let two = Reading { of: &[UNDP, US], against: &[] };
        hold(&campaigns, "arrivals and departures, two agencies", &two, &COMMON);
        let three = Reading { of: &[UNDP, US, CA], against: &[] };
        hold(&campaigns, "arrivals and departures, three agencies", &three, &COMMON);
        let two_purposes = Reading { of: &[UNDP, UNDP_OTHERWISE], against: &[] };
        hold(&campaigns, "arrivals and departures, two purposes", &two_purposes, &COMMON);
        withheld::hold(&campaigns[0]);
    });
}

/// Whose legal status or region is known to have changed from a known value is not told by it what it changed to. What all releases
/// together tell of whoever did not change is stated beside the bound.
#[test]
fn edits_tell_nothing() {
    each_engine(|engine| {
        let campaigns = campaigns(engine, Kind::Edits);
        hold(&campaigns, "edits", &BY_UNDP, &["LEGAL_STATUS", "REGION"]);
        averages::state(&campaigns[0]);
        withheld::hold(&campaigns[0]);
    });
}
