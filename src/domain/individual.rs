//! Individuals: the people of the caseload.

use super::agency::Agency;
use super::case::Case;
use super::country::CountryCode;
use super::place::Place;
use super::{Id, Noun, vocabulary};
use chrono::{Datelike, Months, NaiveDate};

vocabulary! {
    /// Sex, as registered.
    Sex {
        /// Female.
        Female = "FEMALE",
        /// Male.
        Male = "MALE",
    }
}

vocabulary! {
    /// UNHCR's age bands, in completed years on the request's UTC date.
    AgeBand {
        /// 0 to 4 years.
        Age0To4 = "AGE_0_4",
        /// 5 to 11 years.
        Age5To11 = "AGE_5_11",
        /// 12 to 17 years.
        Age12To17 = "AGE_12_17",
        /// 18 to 59 years.
        Age18To59 = "AGE_18_59",
        /// 60 years and older.
        Age60Plus = "AGE_60_PLUS",
    }
}

impl AgeBand {
    /// The band of someone born on `born`, on the day `today`.
    pub fn on(today: NaiveDate, born: NaiveDate) -> Self {
        let youngest_first = Self::ALL_BANDS.into_iter().rev();
        youngest_first.into_iter().find(|band| band.latest_birth(today) >= born).unwrap_or(Self::Age0To4)
    }

    /// Dates of birth of the band on the day `today`: later than the first (if any), up to and including the second (if any).
    pub fn births(self, today: NaiveDate) -> (Option<NaiveDate>, Option<NaiveDate>) {
        let older = Self::ALL_BANDS.into_iter().find(|band| *band > self);
        let latest = (self != Self::Age0To4).then(|| self.latest_birth(today));
        (older.map(|band| band.latest_birth(today)), latest)
    }

    const ALL_BANDS: [Self; 5] = [Self::Age0To4, Self::Age5To11, Self::Age12To17, Self::Age18To59, Self::Age60Plus];

    fn latest_birth(self, today: NaiveDate) -> NaiveDate {
        let years = match self {
            Self::Age0To4 => 0,
            Self::Age5To11 => 5,
            Self::Age12To17 => 12,
            Self::Age18To59 => 18,
            Self::Age60Plus => 60,
        };
        today.checked_sub_months(Months::new(12 * years)).unwrap_or(NaiveDate::MIN)
    }
}

vocabulary! {
    /// Standing before the law of the country of asylum.
    LegalStatus {
        /// Asked for asylum; not yet decided.
        AsylumSeeker = "ASYLUM_SEEKER",
        /// Recognised as a refugee.
        Refugee = "REFUGEE",
        /// Holds a residence permit.
        LegalResident = "LEGAL_RESIDENT",
        /// Has become a citizen.
        Citizen = "CITIZEN",
        /// Anything else.
        Other = "OTHER",
    }
}

vocabulary! {
    /// Why a record is closed.
    RecordClosure {
        /// The person has left the country of asylum.
        Departed = "DEPARTED",
        /// The person has died.
        Deceased = "DECEASED",
    }
}

/// A person of the caseload, with every field as stored. What a viewer gets is a released one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Individual {
    /// Key: the database's own of a stored person, random; of a released one, that by which the viewer knows it.
    pub id: Id<Individual>,
    /// The agency that holds the record.
    pub holder_id: Id<Agency>,
    /// The case (registration group) that the person belongs to, by a key of the same kind.
    pub case_id: Option<Id<Case>>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Nationality, which is also the country of origin.
    pub nationality: Option<CountryCode>,
    /// The place of level 1 that holds the exact place.
    pub region_id: Option<Id<Place>>,
    /// Registration number, unique with its holder.
    pub registration_number: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Exact date of birth.
    pub date_of_birth: Option<NaiveDate>,
    /// Telephone number.
    pub phone: Option<String>,
    /// The exact place.
    pub place_id: Option<Id<Place>>,
    /// Legal status.
    pub legal_status: Option<LegalStatus>,
    /// Arrival in the country of asylum.
    pub arrived_on: Option<NaiveDate>,
    /// Registration with the holder.
    pub registered_on: Option<NaiveDate>,
    /// Why the record is closed, if it is.
    pub closed_as: Option<RecordClosure>,
    /// The day of departure or death.
    pub closed_on: Option<NaiveDate>,
    /// Age band on the request's date, derived; of an anonymised person, as it was stored on the day of that.
    pub age_band: Option<AgeBand>,
}

impl Noun for Individual {
    const NAME: &'static str = "Individual";
}

impl Individual {
    /// A person of whom nothing is read but its key and its holder.
    pub fn known_as(id: Id<Individual>, holder_id: Id<Agency>) -> Self {
        Self {
            id,
            holder_id,
            case_id: None,
            sex: None,
            nationality: None,
            region_id: None,
            registration_number: None,
            given_name: None,
            family_name: None,
            date_of_birth: None,
            phone: None,
            place_id: None,
            legal_status: None,
            arrived_on: None,
            registered_on: None,
            closed_as: None,
            closed_on: None,
            age_band: None,
        }
    }

    /// The first day on which something can be done for the person.
    pub fn earliest(&self) -> Option<NaiveDate> {
        self.date_of_birth.max(self.arrived_on).max(self.registered_on)
    }

    /// What of the record cannot be, on the day `today`: days that lie in the future or before what comes first, and countries that
    /// are no nationality.
    pub fn inconsistencies(&self, today: NaiveDate) -> Vec<Inconsistency> {
        let days = [
            ("date_of_birth", self.date_of_birth),
            ("arrived_on", self.arrived_on),
            ("registered_on", self.registered_on),
            ("closed_on", self.closed_on),
        ];
        let mut found = Vec::new();
        let mut add = |field, reason| found.push(Inconsistency { field, reason });
        if self.nationality.is_some_and(|country| country.as_str() == "UNK") {
            add("nationality", "leave an unknown nationality empty");
        }
        for (field, _) in days.into_iter().filter(|(_, day)| day.is_some_and(|day| day > today)) {
            add(field, "it lies in the future");
        }
        for (field, _) in days.into_iter().filter(|(_, day)| day.is_some_and(|day| day.year() < 1900)) {
            add(field, "it lies before 1900");
        }
        for (later, (field, day)) in days.into_iter().enumerate() {
            if days[..later].iter().any(|(_, earlier)| earlier.zip(day).is_some_and(|(earlier, day)| earlier > day)) {
                add(field, "it lies before what comes first: birth, arrival, registration, departure or death");
            }
        }
        if self.closed_as.is_some() != self.closed_on.is_some() {
            add("closed_on", "a record is closed with a reason and a day, or is not closed");
        }
        found
    }
}

/// Declares the fields of a record that can be stated, each with the column of imports that states it. One that is missing does not
/// compile.
macro_rules! stated {
    ($($field:ident by $column:literal),+; together $($pair:ident),+; never $($never:ident),+) => {
        impl Individual {
            /// The record, with what it lacks taken from another one. A place goes with its region.
            pub fn or(self, other: &Self) -> Self {
                let place = if self.place_id.or(self.region_id).is_some() { &self } else { other };
                let ($($pair,)+) = ($(place.$pair,)+);
                Self { $($field: self.$field.or_else(|| other.$field.clone()),)+ $($pair,)+ $($never: self.$never,)+ }
            }

            /// The columns of imports in which another record has other values.
            pub fn differences(&self, other: &Self) -> Vec<&'static str> {
                let place = [("place", self.place_id != other.place_id)];
                let columns = [$(($column, self.$field != other.$field)),+];
                columns.into_iter().chain(place).filter_map(|(column, differs)| differs.then_some(column)).collect()
            }
        }
    };
}

stated! {
    case_id by "case_number",
    registration_number by "registration_number",
    given_name by "given_name",
    family_name by "family_name",
    sex by "sex",
    date_of_birth by "date_of_birth",
    nationality by "nationality",
    phone by "phone",
    legal_status by "legal_status",
    arrived_on by "arrived_on",
    registered_on by "registered_on",
    closed_as by "closed_as",
    closed_on by "closed_on";
    together place_id, region_id;
    never id, holder_id, age_band
}

/// What of a record cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inconsistency {
    /// The field.
    pub field: &'static str,
    /// Why not, and what would be right.
    pub reason: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Vocabulary;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn bands_change_on_the_birthday() {
        let today = date("2026-11-23");
        for (born, band) in [
            ("2026-11-23", AgeBand::Age0To4),
            ("2021-11-24", AgeBand::Age0To4),
            ("2021-11-23", AgeBand::Age5To11),
            ("2008-11-24", AgeBand::Age12To17),
            ("2008-11-23", AgeBand::Age18To59),
            ("1966-11-24", AgeBand::Age18To59),
            ("1966-11-23", AgeBand::Age60Plus),
        ] {
            assert_eq!(AgeBand::on(today, date(born)), band, "{born}");
        }
    }

    #[test]
    fn every_birth_lies_in_the_range_of_its_band_only() {
        for today in ["2024-02-29", "2025-02-28", "2025-03-01"].map(date) {
            for days in (0..36_000).step_by(7) {
                let born = today - chrono::Days::new(days);
                let bands: Vec<_> = AgeBand::ALL
                    .iter()
                    .filter(|band| {
                        let (after, until) = band.births(today);
                        after.is_none_or(|after| born > after) && until.is_none_or(|until| born <= until)
                    })
                    .collect();
                assert_eq!(bands, [&AgeBand::on(today, born)], "{born} on {today}");
            }
        }
    }
}
