//! What is stated of a person's record: parsed, and applied to what is known.

use crate::domain::country::CountryCode;
use crate::domain::individual::{Individual, LegalStatus, Sex};
use crate::domain::solution::Solution;
use crate::domain::specific_need::NeedCode;
use crate::domain::text::is_line;
use crate::graphql::schema::scalars::GivenDate;
use crate::graphql::schema::user_errors::{Attempt, UserError, UserErrorCode};
use crate::store::WriteSession;
use async_graphql::{Enum, Error, InputObject};
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// What is stated of a person. What is left out, or null, is not stated: it is unknown of a new person, and stays as it is of one that
/// is registered.
#[derive(Debug, Clone, Default, InputObject)]
pub struct IndividualRecordInput {
    /// Registration number, unique with its holder; 1 to 100 characters.
    registration_number: Option<String>,
    /// Given name; 1 to 100 characters.
    given_name: Option<String>,
    /// Family name; 1 to 100 characters.
    family_name: Option<String>,
    /// Sex.
    sex: Option<Sex>,
    /// Date of birth, from 1900 on; not after arrival and registration.
    date_of_birth: Option<GivenDate>,
    /// Nationality, which is also the country of origin. Leave it out if it is unknown.
    nationality: Option<CountryCode>,
    /// Telephone number; 1 to 40 characters.
    phone: Option<String>,
    /// P-code of the place where the person lives; the region follows from it.
    place_code: Option<String>,
    /// Legal status.
    legal_status: Option<LegalStatus>,
    /// Arrival in the country of asylum, from 1900 on.
    arrived_on: Option<GivenDate>,
    /// Registration with the holder, from 1900 on.
    registered_on: Option<GivenDate>,
}

/// A field of a person's record that may be emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum IndividualField {
    /// Given name.
    GivenName,
    /// Family name.
    FamilyName,
    /// Sex.
    Sex,
    /// Date of birth.
    DateOfBirth,
    /// Nationality.
    Nationality,
    /// Telephone number.
    Phone,
    /// Place and region.
    Place,
    /// Legal status.
    LegalStatus,
    /// Arrival in the country of asylum, from 1900 on.
    ArrivedOn,
}

/// The most characters of a name or number.
const MAX_NAME: usize = 100;

/// The most characters of a telephone number.
const MAX_PHONE: usize = 40;

/// The dates of a record, which are read before anything is asked of the database.
#[derive(Debug, Clone, Copy)]
pub struct Dates {
    born: Option<NaiveDate>,
    arrived: Option<NaiveDate>,
    registered: Option<NaiveDate>,
}

impl IndividualRecordInput {
    /// Its dates.
    ///
    /// # Errors
    /// `BAD_INPUT` at a date that is none.
    pub fn dates(&self, path: &str) -> Result<Dates, Error> {
        let read = |given: &Option<GivenDate>, field: &str| {
            given.as_ref().map(|given| given.read(&format!("{path}.{field}"))).transpose()
        };
        Ok(Dates {
            born: read(&self.date_of_birth, "dateOfBirth")?,
            arrived: read(&self.arrived_on, "arrivedOn")?,
            registered: read(&self.registered_on, "registeredOn")?,
        })
    }

    /// A record with what is stated here.
    ///
    /// # Errors
    /// What is wrong with what is stated; or if the database fails.
    pub fn apply(&self, session: &mut WriteSession, dates: Dates, record: Individual) -> Attempt<Individual> {
        let mut errors = Vec::new();
        let mut invalid = |field: &str, reason: &str| {
            errors.push(UserError::at(&format!("record.{field}"), UserErrorCode::Invalid, reason));
        };
        let mut text = |field: &str, most: usize, stated: &Option<String>, known: Option<String>| {
            let Some(stated) = stated else { return known };
            if !is_line(stated, most) {
                invalid(field, &format!("expected 1 to {most} characters on one line; leave it out if it is unknown"));
            }
            Some(stated.trim().to_owned())
        };
        let registration_number =
            text("registrationNumber", MAX_NAME, &self.registration_number, record.registration_number);
        let given_name = text("givenName", MAX_NAME, &self.given_name, record.given_name);
        let family_name = text("familyName", MAX_NAME, &self.family_name, record.family_name);
        let phone = text("phone", MAX_PHONE, &self.phone, record.phone);
        let place = match &self.place_code {
            None => None,
            Some(code) => {
                let found = if is_line(code, MAX_NAME) { session.place_with_region(code)? } else { None };
                if found.is_none() {
                    invalid("placeCode", "no place has this P-code");
                }
                found
            }
        };
        let record = Individual {
            id: record.id,
            holder_id: record.holder_id,
            case_id: record.case_id,
            registration_number,
            given_name,
            family_name,
            sex: self.sex.or(record.sex),
            date_of_birth: dates.born.or(record.date_of_birth),
            nationality: self.nationality.or(record.nationality),
            phone,
            place_id: place.map_or(record.place_id, |(place, _)| Some(place)),
            region_id: place.map_or(record.region_id, |(_, region)| Some(region)),
            legal_status: self.legal_status.or(record.legal_status),
            arrived_on: dates.arrived.or(record.arrived_on),
            registered_on: dates.registered.or(record.registered_on),
            closed_as: record.closed_as,
            closed_on: record.closed_on,
            age_band: record.age_band,
        };
        for found in record.inconsistencies(session.viewer().today) {
            invalid(&camel_case(found.field), found.reason);
        }
        let taken = match &self.registration_number {
            Some(number) if errors.is_empty() => session.is_number_taken(number, record.id)?,
            _ => false,
        };
        if taken {
            let message = "another person of the agency has this number";
            errors.push(UserError::at("record.registrationNumber", UserErrorCode::Taken, message));
        }
        if errors.is_empty() { Ok(record) } else { Err(errors.into()) }
    }
}

impl IndividualField {
    /// The field's name in what states it.
    fn stated_in(self, input: &IndividualRecordInput) -> bool {
        match self {
            Self::GivenName => input.given_name.is_some(),
            Self::FamilyName => input.family_name.is_some(),
            Self::Sex => input.sex.is_some(),
            Self::DateOfBirth => input.date_of_birth.is_some(),
            Self::Nationality => input.nationality.is_some(),
            Self::Phone => input.phone.is_some(),
            Self::Place => input.place_code.is_some(),
            Self::LegalStatus => input.legal_status.is_some(),
            Self::ArrivedOn => input.arrived_on.is_some(),
        }
    }

    fn empty(self, record: &mut Individual) {
        match self {
            Self::GivenName => record.given_name = None,
            Self::FamilyName => record.family_name = None,
            Self::Sex => record.sex = None,
            Self::DateOfBirth => record.date_of_birth = None,
            Self::Nationality => record.nationality = None,
            Self::Phone => record.phone = None,
            Self::Place => (record.place_id, record.region_id) = (None, None),
            Self::LegalStatus => record.legal_status = None,
            Self::ArrivedOn => record.arrived_on = None,
        }
    }
}

/// Empties fields of a record, none of which may be stated too.
///
/// # Errors
/// What is wrong with the list.
pub fn empty(
    fields: &[IndividualField],
    stated: &IndividualRecordInput,
    record: &mut Individual,
) -> Result<(), UserError> {
    if fields.iter().any(|field| field.stated_in(stated)) {
        let message = "a field is either stated in record or emptied, not both";
        return Err(UserError::at("clear", UserErrorCode::Invalid, message));
    }
    fields.iter().for_each(|field| field.empty(record));
    Ok(())
}

/// Reads codes of specific needs, each once.
///
/// # Errors
/// What is wrong with a code.
pub fn needs(codes: &[String], path: &str) -> Result<BTreeSet<NeedCode>, UserError> {
    codes.iter().map(|code| code.parse().map_err(|error| UserError::invalid(path, &error))).collect()
}

/// A change of a person's record leaves it with solutions that it can have; what was wrong before may stay.
///
/// # Errors
/// If not, with what would have to be done first.
pub fn check_solutions(solutions: &[Solution], before: &Individual, after: &Individual, field: &str) -> Attempt<()> {
    let wrong = solutions.iter().find_map(|solution| {
        let known = solution.inconsistencies(before);
        let new = solution.inconsistencies(after).into_iter().find(|wrong| !known.contains(wrong));
        Some((solution, new?))
    });
    let Some((solution, wrong)) = wrong else { return Ok(()) };
    let to = solution.destination.map(|country| format!(" to {country}")).unwrap_or_default();
    let remedy = match (wrong.field, solution.stage_on) {
        ("stage_on", Some(on)) => format!("give a day until {on}"),
        _ if solution.stage.is_final() => "that solution was reached; this cannot be right".to_owned(),
        _ => "withdraw that solution first".to_owned(),
    };
    let message =
        format!("the person has a {}{to} that is {}: {}; {remedy}", solution.kind, solution.stage, wrong.reason);
    Err(UserError::at(field, UserErrorCode::Invalid, message).into())
}

/// The name of a column as the API has it.
pub fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (head, tail) = word.split_at(1);
        name + &head.to_uppercase() + tail
    })
}
