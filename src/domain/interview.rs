//! Interviews on circuit rides: when and where, by whom, and in which language.

use super::Id;
use super::circuit_ride::CircuitRide;
use super::language::LanguageCode;
use super::place::Place;
use super::text::fold;
use chrono::NaiveDateTime;
use std::fmt;

/// The shortest interview, in minutes.
pub const MIN_MINUTES: i32 = 15;

/// The longest interview, in minutes.
pub const MAX_MINUTES: i32 = 480;

/// The most characters of a room.
pub const MAX_ROOM: usize = 64;

/// An interview of members of a case on a circuit ride. It names nobody: whom it is with, nominations say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interview {
    /// Row key, random.
    pub id: Id<Interview>,
    /// On which circuit ride.
    pub circuit_ride_id: Id<CircuitRide>,
    /// In which of its cities.
    pub place_id: Id<Place>,
    /// When it begins, in UTC.
    pub starts_at: NaiveDateTime,
    /// When it ends, in UTC.
    pub ends_at: NaiveDateTime,
    /// By which of the ride's officers, from 1.
    pub interviewer: i32,
    /// In which room.
    pub room: String,
    /// The language for which an interpreter is needed, if one is.
    pub interpreter_language: Option<LanguageCode>,
}

/// What two interviews need at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clash {
    /// The officer.
    Interviewer,
    /// The room.
    Room,
    /// The interpreter.
    Interpreter,
}

impl fmt::Display for Clash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interviewer => "the interviewer has",
            Self::Room => "the room has",
            Self::Interpreter => "the interpreter for this language has",
        })
    }
}

impl Interview {
    /// Whether one begins before the other has ended.
    pub fn is_at_once_with(&self, other: &Self) -> bool {
        self.starts_at < other.ends_at && other.starts_at < self.ends_at
    }

    /// What this and another interview need at once, if anything. A room is one in its city for all rides; a ride has officers of its own,
    /// and one interpreter for a language.
    pub fn clash(&self, other: &Self) -> Option<Clash> {
        let is_same_room = (self.place_id, fold(&self.room)) == (other.place_id, fold(&other.room));
        let is_same_ride = self.circuit_ride_id == other.circuit_ride_id;
        let needs_interpreter = self.interpreter_language.is_some();
        match self.is_at_once_with(other) && self.id != other.id {
            true if is_same_ride && self.interviewer == other.interviewer => Some(Clash::Interviewer),
            true if is_same_room => Some(Clash::Room),
            true if is_same_ride && needs_interpreter && self.interpreter_language == other.interpreter_language => {
                Some(Clash::Interpreter)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{NaiveDate, TimeDelta};

    fn interview(id: i64, from: i64, minutes: i64) -> Interview {
        let day = NaiveDate::from_ymd_opt(2003, 5, 31).unwrap().and_hms_opt(8, 0, 0).unwrap();
        Interview {
            id: Id::new(id),
            circuit_ride_id: Id::new(1),
            place_id: Id::new(1),
            starts_at: day + TimeDelta::minutes(from),
            ends_at: day + TimeDelta::minutes(from + minutes),
            interviewer: id as i32,
            room: format!("Room {id}"),
            interpreter_language: None,
        }
    }

    #[test]
    fn what_two_interviews_need_at_once_clashes() {
        let (one, other) = (interview(1, 0, 60), interview(2, 59, 60));
        assert_eq!(one.clash(&other), None, "nothing is needed twice");
        let dari = "prs".parse().ok();
        for (same, clash) in [
            (Interview { interviewer: 1, ..other.clone() }, Clash::Interviewer),
            (Interview { room: "room 1".to_owned(), ..other.clone() }, Clash::Room),
            (Interview { interpreter_language: dari, ..other.clone() }, Clash::Interpreter),
        ] {
            let one = Interview { interpreter_language: dari, ..one.clone() };
            assert_eq!((one.clash(&same), same.clash(&one)), (Some(clash), Some(clash)));
            let after = Interview { starts_at: one.ends_at, ..same };
            assert_eq!(one.clash(&after), None, "one begins when the other ends");
        }
        let of_other_ride =
            Interview { circuit_ride_id: Id::new(2), interviewer: 1, interpreter_language: dari, ..other.clone() };
        assert_eq!(
            Interview { interpreter_language: dari, ..one.clone() }.clash(&of_other_ride),
            None,
            "it has officers of its own"
        );
        assert_eq!(one.clash(&Interview { room: "room 1".to_owned(), ..of_other_ride }), Some(Clash::Room));
        let elsewhere = Interview { room: one.room.clone(), place_id: Id::new(2), ..other };
        assert_eq!(one.clash(&elsewhere), None, "rooms of two cities");
        assert_eq!(one.clash(&one), None, "it does not clash with itself");
    }
}
