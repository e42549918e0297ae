//! What a relocation plan would change: how many people would lose the reach of what.

use super::Id;
use super::place::Place;
use super::place_service::Reach;

/// How many people live at a place, of those of whom a figure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Residents {
    /// Where.
    pub place_id: Id<Place>,
    /// How many; none if that is withheld.
    pub count: Option<i64>,
    /// Whether nothing of what the count sums is withheld.
    pub is_complete: bool,
}

/// Of how many people, enrolments or interviews something would change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelocationChange {
    /// How many there are now.
    pub before: i64,
    /// How many there would be afterwards.
    pub after: i64,
    /// How many would be lost.
    pub lost: i64,
    /// Of how many that is not known.
    pub unknown: i64,
    /// Whether nothing of all this is withheld.
    pub is_complete: bool,
}

impl Default for RelocationChange {
    fn default() -> Self {
        Self { before: 0, after: 0, lost: 0, unknown: 0, is_complete: true }
    }
}

impl RelocationChange {
    /// The change for people, each with what is in reach where they live now; and for all of them, what is where they would be.
    pub fn of(residents: impl IntoIterator<Item = (Residents, Reach)>, afterwards: Reach) -> Self {
        let mut change = Self::default();
        for (residents, now) in residents {
            change.is_complete &= residents.is_complete && residents.count.is_some();
            change.add(residents.count.unwrap_or_default(), now, afterwards);
        }
        change
    }

    /// Adds some for whom the reach changes.
    pub fn add(&mut self, number: i64, now: Reach, afterwards: Reach) {
        let part = |holds: bool| if holds { number } else { 0 };
        self.before += part(now == Reach::Within);
        self.after += part(afterwards == Reach::Within);
        self.lost += part((now, afterwards) == (Reach::Within, Reach::Beyond));
        self.unknown += part(now == Reach::Unknown || (now, afterwards) == (Reach::Within, Reach::Unknown));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_loses_what_is_told_apart_from_what_is_not_known() {
        let at = |place, count| Residents { place_id: Id::new(place), count, is_complete: true };
        let people = [
            (at(1, Some(30)), Reach::Within),
            (at(2, Some(5)), Reach::Beyond),
            (at(3, Some(2)), Reach::Unknown),
            (at(4, None), Reach::Within),
        ];
        let change = |afterwards| RelocationChange::of(people, afterwards);
        let lost = RelocationChange { before: 30, after: 0, lost: 30, unknown: 2, is_complete: false };
        assert_eq!(change(Reach::Beyond), lost);
        assert_eq!(change(Reach::Within), RelocationChange { after: 37, lost: 0, ..lost });
        assert_eq!(change(Reach::Unknown), RelocationChange { lost: 0, unknown: 32, ..lost });
    }
}
