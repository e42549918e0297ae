//! What the average of all releases tells of cells in which nobody changed, beside the bound.

use super::campaign::{Campaign, READERS, UNDP};
use panoh::policy::statistics::BASE;
use panoh::policy::statistics::bound::advantage;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Prints how far the average of all releases is from the truth, and how often it is told by all of them whether a person is in a cell,
/// by somebody who knows everybody else in it exactly.
pub fn state(campaign: &Campaign) {
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let mut single = (0.0, 0);
    let mut averaged = (0.0, 0);
    let mut told = [(0.0, 0); 2];
    let releases = campaign.releases.len();
    for (at, dimensions) in READERS[UNDP].tables.iter().enumerate() {
        if dimensions.iter().any(|dimension| ["PROGRAMME", "INCIDENT_KIND"].contains(dimension)) {
            continue;
        }
        let truths: Vec<_> = campaign.truths.iter().map(|truth| truth.cells(UNDP, dimensions)).collect();
        for (cell, people) in &truths[0] {
            if !truths.iter().all(|truth| truth.get(cell) == Some(people)) {
                continue;
            }
            let read = |release: usize| campaign.releases[release][UNDP][at].cells.get(cell).copied().flatten();
            let Some(shown) = (0..releases).map(read).collect::<Option<Vec<i64>>>() else { continue };
            let truth = people.len() as i64;
            single.0 += shown.iter().map(|shown| (shown - truth).abs() as f64).sum::<f64>();
            single.1 += releases;
            averaged.0 += (shown.iter().sum::<i64>() as f64 / releases as f64 - truth as f64).abs();
            averaged.1 += 1;
            // With the person it is the truth; without, it would be one more or one fewer, which are drawn here as releases draw.
            for other in [truth - 1, truth + 1] {
                let drawn: Vec<i64> = shown.iter().map(|_| (other + rng.random_range(0..BASE)) / BASE * BASE).collect();
                told[0].0 += (right(&shown, truth, other) + right(&drawn, other, truth)) / 2.0;
                told[0].1 += 1;
                for (one, drawn) in shown.iter().zip(&drawn) {
                    told[1].0 += (right(&[*one], truth, other) + right(&[*drawn], other, truth)) / 2.0;
                    told[1].1 += 1;
                }
            }
        }
    }
    let mean = |(sum, count): (f64, usize)| sum / count as f64;
    println!(
        "averages of {releases} releases, of {} cells in which nobody changed: mean error {:.2}, of one release {:.2}",
        averaged.1,
        mean(averaged),
        mean(single)
    );
    println!(
        "whether a person is in a cell, knowing all others: told by {releases} releases in {:.1} %, at most {:.1} %; by one in {:.1} %, \
         at most {:.1} %; by chance in 50 %",
        mean(told[0]) * 100.0,
        (1.0 + advantage(releases as i32)) * 50.0,
        mean(told[1]) * 100.0,
        (1.0 + advantage(1)) * 50.0
    );
    assert!(averaged.1 > 0, "the attack has cells to average");
}

/// Whether the truth is likelier than another number, by what was shown of it; half, if both are as likely.
fn right(shown: &[i64], truth: i64, other: i64) -> f64 {
    let likely = |people: i64| -> f64 { shown.iter().map(|shown| share(*shown, people)).product() };
    match likely(truth).total_cmp(&likely(other)) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Less => 0.0,
    }
}

/// In which share of cases a number is shown for so many people.
fn share(shown: i64, people: i64) -> f64 {
    (0..BASE).filter(|added| (people + added) / BASE * BASE == shown).count() as f64 / BASE as f64
}
