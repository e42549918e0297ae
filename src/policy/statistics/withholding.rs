//! What of a table is withheld: decided by drawn sums alone, once for the whole table.

use super::{Drawn, Key};
use std::collections::BTreeMap;

/// The greatest minimum at which a table tells how many people are in withheld cells. Beyond it that number, which is known to ten, would
/// tell a withheld cell more closely than the minimum.
pub const MAX_WITH_REST: i64 = 11;

/// A table's cells, apart by whether they are shown, and the number of those in the withheld ones, if it may be told.
pub(super) struct Withholding {
    /// The cells that are shown.
    pub shown: BTreeMap<Key, Drawn>,
    /// How many people are in the others; none if that is withheld too.
    pub rest: Option<i64>,
}

/// Withholds small cells, and what could tell them. Cells of a table that does not add up tell nothing of each other.
pub(super) fn withhold(drawn: BTreeMap<Key, Drawn>, minimum: i64, adds_up: bool) -> Withholding {
    let (mut shown, mut withheld): (BTreeMap<_, _>, BTreeMap<_, _>) =
        drawn.into_iter().partition(|(_, drawn)| drawn.may_show(minimum));
    let rest = match adds_up && minimum <= MAX_WITH_REST {
        true => suppress_beside(&mut shown, &mut withheld, minimum),
        false => None,
    };
    Withholding { shown, rest }
}

/// Complementary suppression. Zeros are withheld, so something always is, whether or not there is anybody in it; it is the rest of the
/// table's total. The smallest shown cells go until the rest's number is twice the minimum, and then it is told.
fn suppress_beside(shown: &mut BTreeMap<Key, Drawn>, withheld: &mut BTreeMap<Key, Drawn>, minimum: i64) -> Option<i64> {
    loop {
        let rest = withheld.values().map(|drawn| drawn.rounded()).sum();
        if rest >= 2 * minimum {
            return Some(rest);
        }
        let smallest = shown.iter().min_by_key(|(_, drawn)| drawn.rounded()).map(|(key, _)| key.clone())?;
        withheld.extend(shown.remove_entry(&smallest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// What whoever reads a table sees of it: the number of each cell that is shown, and the rest.
    type Seen = (Vec<Option<i64>>, Option<i64>);

    /// The fewest and the most people who can be in each cell, by all tables of so many cells that look alike to whoever reads them.
    fn intervals(cells: usize, minimum: i64, below: i64) -> BTreeMap<Seen, Vec<(i64, i64)>> {
        let mut found: BTreeMap<Seen, Vec<(i64, i64)>> = BTreeMap::new();
        let mut sums = vec![0; cells];
        loop {
            let key = |at: usize| vec![Some(at.to_string())];
            let drawn = sums.iter().enumerate().map(|(at, sum)| (key(at), Drawn::from_sum(*sum))).collect();
            let kept = withhold(drawn, minimum, true);
            let shown = (0..cells).map(|at| kept.shown.get(&key(at)).map(|drawn| drawn.rounded())).collect();
            let of = found.entry((shown, kept.rest)).or_insert_with(|| vec![(i64::MAX, 0); cells]);
            for ((least, most), sum) in of.iter_mut().zip(&sums) {
                (*least, *most) = ((*least).min((sum - 9).max(0)), (*most).max(*sum));
            }
            let Some(next) = sums.iter().position(|sum| *sum + 1 < below) else { return found };
            sums[next] += 1;
            sums[..next].fill(0);
        }
    }

    /// Whoever knows how cells are withheld, and that a table has no cell that is not listed, does not tell a withheld one more closely
    /// than the minimum: held against every table of up to three cells.
    #[test]
    fn a_withheld_cell_is_not_told_more_closely_than_the_minimum() {
        for minimum in [5, 6, 9, 10, 11, 12, 20, 40] {
            for (cells, below) in [(1, 400), (2, 160), (3, 75)] {
                let mut narrowest = i64::MAX;
                for ((shown, rest), intervals) in intervals(cells, minimum, below) {
                    assert!(rest.is_none() || minimum <= MAX_WITH_REST);
                    for (_, (least, most)) in shown.iter().zip(&intervals).filter(|(shown, _)| shown.is_none()) {
                        // Sums beyond those that are tried could make it wider only.
                        if *most < below - 1 {
                            narrowest = narrowest.min(most - least);
                        }
                    }
                }
                println!("minimum {minimum}, {cells} cells: a withheld one within {narrowest} people at the narrowest");
                assert!(narrowest >= minimum, "{minimum}, {cells}: {narrowest}");
            }
        }
    }
}
